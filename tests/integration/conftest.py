from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.sandbox import slack
from tests.night import Night, night
from tests.patience import hurried, unhurried

__all__ = ["hurried", "unhurried"]


@pytest.fixture
async def watch(tmp_path: Path) -> AsyncIterator[Night]:
    """A night at work; its Slack token may not read history."""
    async with night(tmp_path) as running:
        yield running


@pytest.fixture
async def reader(tmp_path: Path) -> AsyncIterator[Night]:
    """A night whose Slack token may read history."""
    async with night(tmp_path, scopes=(*slack.SCOPES, "channels:history", "groups:history")) as running:
        yield running
