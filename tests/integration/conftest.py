from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from bot.sandbox import slack
from tests import postgres
from tests.night import Night, night
from tests.patience import hurried, unhurried

__all__ = ["hurried", "unhurried"]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "night_url" in metafunc.fixturenames and metafunc.definition.get_closest_marker("both_databases"):
        on_server = pytest.param("postgresql", marks=pytest.mark.needs("postgres"))
        metafunc.parametrize("night_url", ["sqlite", on_server], indirect=True)


@pytest.fixture
def night_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """Where a night's database is: a file, "", but where a test is marked `both_databases`."""
    if getattr(request, "param", "sqlite") == "sqlite":
        yield ""
    else:
        with postgres.database() as made:
            yield made.url


@pytest.fixture
async def watch(tmp_path: Path, night_url: str) -> AsyncIterator[Night]:
    """A night at work; its Slack token may not read history."""
    async with night(tmp_path, url=night_url) as running:
        yield running


@pytest.fixture
async def reader(tmp_path: Path, night_url: str) -> AsyncIterator[Night]:
    """A night whose Slack token may read history."""
    async with night(tmp_path, url=night_url, scopes=(*slack.SCOPES, "channels:history", "groups:history")) as running:
        yield running
