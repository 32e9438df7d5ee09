"""Several real bots while their server is started anew, gives way to a standby, or is slow: each card is there once."""

from collections.abc import Iterator
from functools import partial

import pytest

from tests import postgres
from tests.acceptance.test_many_processes import happens, is_recovered, told
from tests.bot_process import Stage
from tests.night import CHANNEL
from tests.tcp_proxy import proxy

pytestmark = [pytest.mark.needs("postgres"), pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)]
SLOW = 0.1
"""Seconds that each statement takes longer."""


@pytest.fixture
def primary() -> Iterator[postgres.RunningServer]:
    """A server of the test's own."""
    server = postgres.start()
    yield server
    server.end()


async def goes_wrong(here: Stage, name: str) -> None:
    """After the first start, which tells what was before it."""
    await here.seen(lambda: here.slack.posts(CHANNEL))
    happens(here, "error", name)
    await here.seen(partial(told, here, name))


async def goes_well(here: Stage, *names: str) -> None:
    """Each of them recovers, and was told once."""
    for name in names:
        happens(here, "ok", name)
    for name in names:
        await here.seen(partial(is_recovered, here, name))
        assert len(told(here, name)) == 1


async def test_a_server_that_is_started_anew_loses_nothing(reader: Stage, primary: postgres.RunningServer) -> None:
    bots = await reader.group(3, DATABASE_URL=primary.make())
    await goes_wrong(reader, "SRV-1")
    happens(reader, "error", "SRV-2")
    primary.stop()
    happens(reader, "error", "SRV-3")
    await bots[0].until_logged("job could not use the database")
    again = postgres.start(primary.folder, primary.port)
    try:
        for name in ("SRV-2", "SRV-3"):
            await reader.seen(partial(told, reader, name))
        await goes_well(reader, "SRV-1", "SRV-2", "SRV-3")
        assert not any(bot.has_ended for bot in bots)
    finally:
        again.stop()


async def test_a_standby_that_takes_over_is_found_and_nothing_is_lost(
    reader: Stage, primary: postgres.RunningServer
) -> None:
    name = primary.make().rpartition("/")[2]
    standby = postgres.standby_of(primary)
    hosts = f"127.0.0.1:{primary.port},127.0.0.1:{standby.port}"
    url = f"postgresql://{postgres.USER}@{hosts}/{name}?target_session_attrs=read-write"
    try:
        bots = await reader.group(2, DATABASE_URL=url)
        await goes_wrong(reader, "SRV-1")
        happens(reader, "error", "SRV-2")
        primary.stop()
        happens(reader, "error", "SRV-3")
        await bots[0].until_logged("job could not use the database")
        standby.execute("SELECT pg_promote()")
        for name in ("SRV-2", "SRV-3"):
            await reader.seen(partial(told, reader, name))
        await goes_well(reader, "SRV-1", "SRV-2", "SRV-3")
        assert not any(bot.has_ended for bot in bots)
    finally:
        standby.end()


async def test_a_slow_database_delays_and_loses_nothing(reader: Stage, database_url: str) -> None:
    server = postgres.shared()
    async with proxy(server.port) as way:
        url = database_url.replace(f":{server.port}/", f":{way.port}/")
        await reader.group(2, DATABASE_URL=url)
        await goes_wrong(reader, "SRV-0")
        way.delay = SLOW
        names = [f"SRV-{number}" for number in range(4)]
        for name in names[1:]:
            happens(reader, "error", name)
        for name in names:
            await reader.seen(partial(told, reader, name))
        await goes_well(reader, *names)
        assert "SRV-" not in (await reader.answered("alerts")).text
