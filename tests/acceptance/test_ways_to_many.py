"""Several real bots behind a pgbouncer, behind a balancer, and with many sockets: each request is answered once."""

import asyncio
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest

from bot.model import Act
from bot.sandbox import slack
from tests import pgbouncer, postgres
from tests.acceptance.test_many_processes import happens, is_recovered, is_taken, told
from tests.bot_process import MIA, Stage, free_port, stage
from tests.chaos.books import Books
from tests.night import CHANNEL
from tests.patience import patient_limits
from tests.tcp_proxy import proxy

pytestmark = [pytest.mark.needs("postgres"), pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)]
QUESTIONS = 6
SOCKETS = 3


async def fails(here: Stage) -> None:
    """After the first start, which tells what was before it."""
    await here.seen(lambda: here.slack.posts(CHANNEL))
    happens(here, "error", "SRV-SQL01")
    await here.seen(lambda: told(here, "SRV-SQL01"))


async def asked_and_pressed(here: Stage) -> None:
    """Each question has one answer, each press is done once, though Slack may deliver one twice, to two of them."""
    whispers = len(here.slack.whispers(MIA))
    for _ in range(QUESTIONS):
        assert "SRV-SQL01" in (await here.answered("alerts")).text
    for button, words in 2 * (("Take", "Taken by mia"), ("Release", "")):
        (card,) = told(here, "SRV-SQL01")
        assert (await here.slack.tap(MIA, label=button, channel=CHANNEL, ts=card.ts, twice=True)).acked
        await here.seen(partial(is_taken, here, words))
    with closing(Books(here.database_url)) as books:
        assert [act.act for act in books.acts()] == 2 * [Act.TAKE, Act.RELEASE]
    happens(here, "ok", "SRV-SQL01")
    await here.seen(partial(is_recovered, here, "SRV-SQL01"))
    assert len(told(here, "SRV-SQL01")) == 1
    assert len(here.slack.whispers(MIA)) == whispers + QUESTIONS


@pytest.mark.needs("pgbouncer")
async def test_bots_behind_a_pgbouncer_work_as_without(reader: Stage, database_url: str) -> None:
    server = postgres.shared()
    with pgbouncer.before(server) as port:
        url = database_url.replace(f":{server.port}/", f":{port}/")
        bots = await reader.group(3, DATABASE_URL=url, DATABASE_DIRECT_URL=database_url)
        await fails(reader)
        await asked_and_pressed(reader)
        for bot in bots:
            await bot.until_logged("listening to other processes")
        name = database_url.rpartition("/")[2]
        statements = f"SELECT query FROM pg_stat_activity WHERE datname = '{name}' AND backend_type = 'client backend'"
        open_ = [query for (query,) in server.execute(statements)]
        assert sum("LISTEN" in str(query) for query in open_) == len(bots)
        assert len(open_) <= pgbouncer.POOL + len(bots)


@pytest.mark.needs("pgbouncer")
async def test_migrate_goes_round_a_pgbouncer(here: Stage) -> None:
    """So do bots that start on an empty database."""
    server = postgres.shared()
    made = server.make()
    with pgbouncer.before(server) as port:
        through = made.replace(f":{server.port}/", f":{port}/")
        environment = here.environment(DATABASE_URL=through, DATABASE_DIRECT_URL=made)
        bot = await here.start("migrate", environment=environment, keep_words=True)
        assert await bot.ended() == 0, "\n".join(bot.words)
        await here.group(2, DATABASE_URL=through, DATABASE_DIRECT_URL=made)
        await fails(here)


async def test_several_bots_behind_a_balancer_answer_each_request_once(reader: Stage) -> None:
    ports = [free_port() for _ in range(3)]
    starting = (reader.started("serve", HOST="127.0.0.1", PORT=str(port)) for port in ports)
    await asyncio.gather(*starting)
    async with proxy(*ports) as balancer:
        reader.slack.set_request_url(f"http://127.0.0.1:{balancer.port}/slack/events")
        await fails(reader)
        await asked_and_pressed(reader)
        assert balancer.made >= QUESTIONS  # each of them had its share


async def test_as_many_sockets_as_slack_gives_answer_each_request_once(tmp_path: Path, database_url: str) -> None:
    """Slack gives ten; here it gives fewer. A process that gets none takes the place of one that ends, and its own goes
    on when Slack renews them."""
    limits = patient_limits(metered=False, connections=SOCKETS)
    scopes = (*slack.SCOPES, "channels:history")
    async with stage(tmp_path, database_url=database_url, limits=limits, scopes=scopes) as here:
        bots = await here.group(SOCKETS)
        more = await here.start("run")
        await fails(here)
        await asked_and_pressed(here)
        assert len(here.slack.sockets.open) == SOCKETS
        bots[0].kill()
        await more.ready()
        await here.slack.sockets.disconnect()
        await here.slack.sockets.connected(SOCKETS)
        before = len(here.slack.whispers(MIA))
        for _ in range(SOCKETS):
            await here.answered("alerts")
        assert len(here.slack.whispers(MIA)) == before + SOCKETS
