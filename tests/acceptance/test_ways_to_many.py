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
QUESTIONS = 4
SOCKETS = 2


async def fails(here: Stage) -> None:
    """After the first start, which tells what was before it."""
    await here.seen(lambda: here.slack.posts(CHANNEL))
    happens(here, "error", "SRV-SQL01")
    await here.seen(lambda: told(here, "SRV-SQL01"))


async def asked_and_pressed(here: Stage) -> None:
    """Each question has one answer, each press is done once, though Slack may deliver one twice, to two of them."""
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
    answers = [each.text for each in here.slack.whispers(MIA) if "open" in each.text.partition("\n")[0]]
    assert len(answers) == QUESTIONS, [each.text for each in here.slack.whispers(MIA)]


@pytest.mark.needs("pgbouncer")
async def test_bots_behind_a_pgbouncer_work_as_without(reader: Stage) -> None:
    """The tables are made round it, and so each process hears of the others; all else goes through it."""
    server = postgres.shared()
    reader.database_url = server.make()
    with pgbouncer.before(server) as port:
        through = reader.database_url.replace(f":{server.port}/", f":{port}/")
        ways = {"DATABASE_URL": through, "DATABASE_DIRECT_URL": reader.database_url}
        migrate = await reader.start("migrate", environment=reader.environment(**ways), keep_words=True)
        assert await migrate.ended() == 0, "\n".join(migrate.words)
        bots = await reader.group(2, **ways)
        await fails(reader)
        await asked_and_pressed(reader)
        for bot in bots:
            await bot.until_logged("listening to other processes")
        name = reader.database_url.rpartition("/")[2]
        statements = f"SELECT query FROM pg_stat_activity WHERE datname = '{name}' AND backend_type = 'client backend'"
        open_ = [str(query) for (query,) in server.execute(statements)]
        assert sum("LISTEN" in query for query in open_) == len(bots)
        assert len(open_) <= pgbouncer.POOL + len(bots)


async def test_several_bots_behind_a_balancer_answer_each_request_once(reader: Stage) -> None:
    ports = [free_port() for _ in range(2)]
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
    async with stage(tmp_path, database_url=database_url, limits=limits, scopes=scopes, forks=True) as here:
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
