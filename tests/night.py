"""A night at work, in one process: real SQLite, the pretend Acronis and the pretend Slack on sockets, real jobs.

The clock is the real one and can be moved; time in the servers is real.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import aiohttp

from bot import wiring
from bot.acronis import AcronisClient
from bot.alerting.plan import Plan, Post
from bot.alerting.triage import Result
from bot.jobs.deliver import Delivery
from bot.jobs.poll import Poll
from bot.model import (
    EVERY_FAILURE,
    Act,
    Aim,
    Person,
    Reasons,
    Route,
    Routing,
    Says,
    SystemClock,
    Target,
    TaskQuery,
    Verdict,
    Whence,
)
from bot.model.pace import Pace
from bot.replay import Rulebook
from bot.replay.dry_delivery import Said
from bot.replay.simulation import Simulation
from bot.sandbox import acronis, slack
from bot.services import Access, Acting
from bot.settings import Settings
from bot.slack.rate_limits import RateLimits
from bot.store.alerts.acts import Acts
from bot.store.alerts.queries import AlertBook
from bot.store.audit import Audit
from bot.store.cards.apply import apply
from bot.store.engine import Database, copy_database
from bot.store.replay_source import Tape
from bot.telemetry import Vitals
from bot.wiring.drawings import DRAWINGS
from tests.builders import raw_task, rfc3339, settings
from tests.fresh_file import fresh_file
from tests.patience import PATIENCE, patient_limits
from tests.records import Records

CHANNEL = "C0ALERTS"
FALLBACK = "C0FALLBACK"
SITE = "https://sandbox.slack.com/"
ON_CALL = "<!subteam^S0ONCALL>"
MINUTE = timedelta(minutes=1)
NIGHTLY = Target(TaskQuery(), timedelta(hours=26))
MIA, NOAH = (Person(f"U0{name.upper()}", "T0SANDBOX", ZoneInfo("UTC"), name=name) for name in ("Mia", "Noah"))
CAUSE = {"domain": "Storage", "code": "NoSpace", "context": {"cause_str": "Backup storage is full."}}


class MovableClock(SystemClock):
    """The real time, and what is added to it. One that `stands` goes on by what is added alone."""

    def __init__(self) -> None:
        self.ahead = timedelta()
        self._stands_at: datetime | None = None

    def now(self) -> datetime:
        return (self._stands_at or datetime.now(UTC)) + self.ahead

    def stands(self) -> None:
        self._stands_at = datetime.now(UTC)


class Night(Records):
    """All parts of the alert path. `poll` and `deliver` do one round and return when it is over.

    `ends` is awaited before the database is closed: for parts with work of their own.
    """

    def __init__(
        self,
        given: Settings,
        clock: MovableClock,
        database: Database,
        acronis_: acronis.Running,
        slack_: slack.Running,
        client: AcronisClient,
        session: aiohttp.ClientSession,
    ) -> None:
        super().__init__(database)
        self.settings = given
        self.clock = clock
        self.acronis = acronis_.control
        self.slack = slack_.slack
        self.client = client
        self.rules = given.rules
        self.vitals = Vitals(clock, MINUTE)
        self._session = session
        self.ends: list[Callable[[], Awaitable[None]]] = []
        self.follow(given.routing)
        self.work = wiring.work_of(given, database, self.vitals)
        self.delivery = self.another_delivery()

    def follow(self, routing: Routing, *, by_rhythm: bool = False) -> None:
        """As after a start with these routes. What has no target of its own has that of `routing`, 26 h where this is
        the usual one, or that of its rhythm."""
        if not by_rhythm:
            rest = NIGHTLY if routing.target == Routing().target else replace(NIGHTLY, within=routing.target)
            routing = replace(routing, targets=(*routing.targets, rest))
        self.settings = replace(self.settings, rules=self.rules, routing=routing)
        store = wiring.alert_store(self.settings, self.database)
        self.recorder, self.reviewer, self.outbox = store.recorder, store.reviewer, store.outbox
        jobs = wiring.account_jobs(self.settings, self.client, self.recorder, self.vitals, _nothing)
        self.poll, self.sweep, self.backfill = jobs.poll.run, jobs.sweep.run, jobs.backfill
        self.review = wiring.review(self.settings, store, _nothing).run
        self.figures = wiring.figures(self.settings, store, self.vitals).run
        access = Access(self.settings.grants, routing, self.database)
        acts = Acts(self.database, self.rules, routing)
        self.acting = Acting(acts, Audit(self.database), access, self.clock, _nothing)

    def another_poll(self) -> Poll:
        """A second process's."""
        return wiring.account_jobs(self.settings, self.client, self.recorder, self.vitals, _nothing).poll

    def another_delivery(
        self, api_url: str = "", limits: RateLimits | None = None, *, seconds: int = PATIENCE
    ) -> Delivery:
        """As after a restart. Without `limits` of its own it is as fast as Slack lets it. A call takes `seconds`."""
        given = replace(self.settings, slack_api_url=api_url or self.settings.slack_api_url)
        self.web = wiring.slack_client(given, self._session, seconds=seconds)
        limits = limits or RateLimits(Pace(6e6, 1e6), Pace(6e6, 1e6))
        return wiring.delivery(
            *(given, self.outbox, self.web, self.work, SITE),
            pace=0.0,
            limits=limits,
            jitter=_no_jitter,
            measures=self.vitals.measures,
        )

    def never_answered(self, method: str, **more: Any) -> None:
        """Slack does what it is asked and does not answer, once or as often as is said, and is waited for briefly."""
        self.delivery = self.another_delivery(seconds=2)
        self.slack.fault("late", method, **more)

    def happens(self, code: str = "ok", *, ago: float = 1.0, took: float = 0.5, **changes: Any) -> dict[str, Any]:
        """A nightly backup of SRV-SQL01 that ended `ago` minutes before now and took so many, at Acronis."""
        ended = self.clock.now() - ago * MINUTE
        failed = {"error": CAUSE} if code in ("error", "abandoned", "timedout") else {}
        raw = raw_task(
            **{
                "enqueuedAt": rfc3339(ended - took * MINUTE),
                "startedAt": rfc3339(ended - took * MINUTE),
                "completedAt": rfc3339(ended),
                "updatedAt": rfc3339(ended),
                "result": {"code": code, **failed},
                **changes,
            }
        )
        self.acronis.add(tasks=[raw])
        return raw

    async def begins(self) -> None:
        """The first start is over, and its summary is posted."""
        await self.poll()
        await self.deliver()

    async def backfill_all(self) -> None:
        """All of the history is read."""
        while not self.backfill.done:
            await self.backfill.run()

    async def fails(self) -> None:
        """The first start is behind, and a failure is recorded but not posted yet."""
        await self.begins()
        self.happens("error", ago=0.5)
        await self.poll()

    async def deliver(self) -> None:
        await self.delivery.tick()
        await self.delivery.idle()

    async def later(self, **times: float) -> None:
        """Time passes, and what is due then is delivered."""
        self.clock.ahead += timedelta(**times)
        await self.deliver()

    async def reviewed(self, **times: float) -> None:
        """Time passes, a poll brings nothing new, a review looks at what changed, and what is due is delivered."""
        self.clock.ahead += timedelta(**times)
        await self.poll()
        await self.review()
        await self.figures()
        await self.deliver()

    async def owe(self, card: Post, says: Says, *, after: timedelta = timedelta(), broadcast: bool = False) -> None:
        """A line is owed to the card's thread, due after so long."""
        now = self.clock.now()
        line = Post(-1, card.kind, card.account, card.channel, now, now + after, 3, parent_id=card.id)
        async with self.database.write() as connection:
            await apply(connection, Plan((replace(line, says=says, broadcast=broadcast),)), now)

    async def act(self, act: Act, person: Person = MIA, *, on: str = "1", key: str = "", **more: Any) -> Result:
        """A person acts on an alert, or on a storm's card, in the alert channel."""
        whence = Whence(CHANNEL, key=key, via="button")
        return await self.acting.act(act, Aim.read(on), person, whence, **more)

    async def reasons(self, id_: str = "1") -> Reasons | None:
        """What `why` answers to an alert's number or a task's id. None where neither is known."""
        return await AlertBook(self.database, wiring.questions(self.settings, self.database)).reasons(id_)

    async def decisions(self, id_: str = "1") -> list[tuple[Verdict, str]]:
        """Each decision about an alert and the channel it concerns, oldest first."""
        known = await self.reasons(id_)
        assert known is not None
        return [(each.verdict, each.channel) for each in known.decisions]

    @property
    def cards(self) -> list[slack.Message]:
        """What the alert channel shows now, but for the card of the first start."""
        return [each for each in self.slack.shown(CHANNEL) if not each.text.startswith("Nightshift")]

    @property
    def cards_ever(self) -> list[slack.Message]:
        """Every card ever posted about SRV-SQL01, whatever became of it; replies are none."""
        return [each for each in self.slack.posts(CHANNEL) if "SRV-SQL01" in each.text and not each.thread_ts]

    def calls(self, method: str, channel: str = "") -> int:
        """How often a method of Slack was called, in one channel or in all."""
        asked = [each for each in self.slack.requests if each["method"] == method]
        return sum(not channel or each["arguments"].get("channel") == channel for each in asked)


def machine(name: str) -> dict[str, Any]:
    """The resource of a raw task."""
    return {"resource": {"id": f"id-of-{name}", "type": "machine", "name": name}}


@asynccontextmanager
async def night(
    folder: Path,
    *,
    routes: Sequence[Route] = (),
    world: str = "empty",
    url: str = "",
    history: timedelta | None = None,
    **slack_options: Any,
) -> AsyncIterator[Night]:
    """A night in a folder of its own. Metering of posts is off unless asked for: tests post more than people read.

    `routes` come before the one that takes everything to the alert channel and mentions `ON_CALL`. `url` is where the
    database is, a file there where it is "". So much `history` is read, 90 days where nothing is said.
    """
    routing = Routing(routes=(*routes, Route("default", CHANNEL, EVERY_FAILURE, ON_CALL)))
    options = {"limits": patient_limits(metered=False), **slack_options}
    acronis_ = await acronis.serve(world=world)
    slack_ = await slack.serve(**options)
    clock = MovableClock()
    elsewhere = {"DATABASE_URL": url} if url else {}
    read = settings(folder, ACRONIS_URL=acronis_.url, SLACK_API_URL=slack_.api_url, **elsewhere)
    rules = read.rules if history is None else replace(read.rules, history=history)
    given = replace(read, clock=clock, fallback_channel=FALLBACK, routing=routing, rules=rules)
    if not url and not (folder / "night.sqlite3").exists():
        fresh_file(folder / "night.sqlite3")
    database = Database(given.database)
    (client,) = wiring.acronis_clients(given, _no_sleep)
    async with aiohttp.ClientSession() as session:
        running = Night(given, clock, database, acronis_, slack_, client, session)
        try:
            yield running
        finally:
            for end in running.ends:
                await end()
            await client.aclose()
            await database.close()
            await slack_.close()
            await acronis_.close()


@asynccontextmanager
async def replayed(
    running: Night, folder: Path, since: datetime, until: datetime
) -> AsyncIterator[tuple[list[Said], Records]]:
    """What a replay of the night's file says from `since` on, and the records that it leaves.

    A week of history comes before.
    """
    copy_database(running.database.path, folder / "tape.sqlite3")
    tape, simulated = Database(folder / "tape.sqlite3"), Database(folder / "simulated.sqlite3")
    try:
        await simulated.migrate()
        book = Rulebook(running.settings.routing, running.rules, CHANNEL)
        zone, views, drawings = running.settings.zone, wiring.VIEWS, DRAWINGS
        simulation = Simulation(Tape(tape), simulated, book, zone, views, drawings)
        await simulation.run(running.clock.now() - timedelta(days=7), since, until, MINUTE)
        yield [each for each in simulation.said if each.at >= since], Records(simulated)
    finally:
        await tape.close()
        await simulated.close()


async def _no_sleep(_: float) -> None:
    """Tries follow each other at once."""


def _nothing() -> None:
    """Nobody waits to be woken: the test delivers itself."""


def _no_jitter() -> float:
    return 0.0
