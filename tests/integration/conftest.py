from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.night import Night, night


@pytest.fixture
async def watch(tmp_path: Path) -> AsyncIterator[Night]:
    """A night at work; its Slack token may not read history."""
    async with night(tmp_path) as running:
        yield running
