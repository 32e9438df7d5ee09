from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from bot.sandbox import slack
from tests import postgres
from tests.bot_process import Stage, stage


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.needs("postgres"))])
def database_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """A file that the bot makes, and once more a server's database; "" is the file."""
    if request.param == "sqlite":
        yield ""
    else:
        with postgres.database() as made:
            yield made.url


@pytest.fixture
async def here(tmp_path: Path, database_url: str) -> AsyncIterator[Stage]:
    """Both pretend servers; the Slack token may not read history."""
    async with stage(tmp_path, database_url=database_url, forks=True) as running:
        yield running


@pytest.fixture
async def reader(tmp_path: Path, database_url: str) -> AsyncIterator[Stage]:
    """Both pretend servers; the Slack token may read history."""
    async with stage(
        tmp_path, database_url=database_url, forks=True, scopes=(*slack.SCOPES, "channels:history")
    ) as running:
        yield running


@pytest.fixture
async def living(tmp_path: Path, database_url: str) -> AsyncIterator[Stage]:
    """Both pretend servers; Acronis has weeks of history behind it and tasks that run."""
    async with stage(tmp_path, database_url=database_url, forks=True, world="living") as running:
        yield running
