from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.sandbox import slack
from tests.bot_process import Stage, stage


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Stage]:
    """Both pretend servers; the Slack token may not read history."""
    async with stage(tmp_path) as running:
        yield running


@pytest.fixture
async def reader(tmp_path: Path) -> AsyncIterator[Stage]:
    """Both pretend servers; the Slack token may read history."""
    async with stage(tmp_path, scopes=(*slack.SCOPES, "channels:history")) as running:
        yield running


@pytest.fixture
async def living(tmp_path: Path) -> AsyncIterator[Stage]:
    """Both pretend servers; Acronis has weeks of history behind it and tasks that run."""
    async with stage(tmp_path, world="living") as running:
        yield running
