"""A bot that watches the pretend world through a socket, in simulated time: client, store, rules and jobs are real.

Nothing is delivered. What it alerts of is read from its database, as soon as it stands there.
"""

from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from sqlalchemy import text

from bot import wiring
from bot.acronis import AcronisClient
from bot.acronis.kinds import Classifier
from bot.jobs.plans import PlanReading
from bot.jobs.rhythms import Rhythms
from bot.model import SILENCES, SystemClock
from bot.sandbox import acronis
from bot.sandbox.acronis.times import SECOND
from bot.settings import Settings
from bot.store.engine import Database
from bot.store.learning import Learner
from bot.store.plans.recording import PlanRecorder
from bot.store.schema import moment
from bot.telemetry import Vitals
from tests.builders import settings
from tests.detectors.faults import Away, Faults, Happening
from tests.detectors.fleet import Fleet
from tests.detectors.world import RememberingWorld

READING: Final = timedelta(minutes=15)
"""Between two readings of plans, as settings have it where they say nothing."""
TICK: Final = timedelta(minutes=5)
"""Between two polls and reviews. The bot polls each minute; alerts come up to five minutes later here."""
PRUNED: Final = timedelta(days=1)
_TOLD = text(
    "SELECT o.rowid, o.code, o.began_at, a.id, lower(a.resource_id), lower(a.policy_id) FROM occurrences o"
    " JOIN alerts a ON a.id = o.alert_id WHERE o.rowid > :after ORDER BY o.rowid"
)


class Hands(SystemClock):
    """A clock that stands until it is moved."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at

    def nanoseconds(self) -> int:
        return round(self.at.timestamp()) * SECOND


@dataclass(frozen=True, slots=True)
class Told:
    """An alert for silence, or something that joins one that is open: then not `is_new`. Ids are in lower case."""

    at: datetime
    code: str
    due_at: datetime
    alert_id: int
    is_new: bool
    workload: str
    plan: str


class Watch:
    """`told` is what the bot has alerted of."""

    def __init__(
        self,
        given: Settings,
        clock: Hands,
        database: Database,
        served: acronis.Running,
        client: AcronisClient,
        tick: timedelta,
        reading: timedelta,
    ) -> None:
        self._settings, self._clock, self._client = given, clock, client
        self._each, self._reading = tick, reading
        self.database, self.served = database, served
        self.told: list[Told] = []
        self._alerts: set[int] = set()
        self._after = 0
        self._was_down = False
        self._starts()

    def _starts(self) -> None:
        """As after a start of the bot."""
        given, clock = self._settings, self._clock
        store, vitals = wiring.alert_store(given, self.database), Vitals(clock, given.beat)
        jobs = wiring.account_jobs(given, self._client, store.recorder, vitals, _nothing)
        self.poll, self.backfill = jobs.poll, jobs.backfill
        self.review = wiring.review(given, store, _nothing)
        self.prune = wiring.prune(given, self.database)
        self.reading = PlanReading(self._client, PlanRecorder(self.database), clock, given.rules, every=self._reading)
        self.rhythms = Rhythms(Learner(self.database, given.routing, given.rules.missed_grace), clock)
        self._read_at: datetime | None = None
        self._pruned_at = clock.now()

    async def begins(self) -> None:
        """The first start: all history is read, all plans, and each rhythm is known."""
        await self.poll.run()
        while not self.backfill.done:
            await self.backfill.run()
        for _ in range(4):
            await self.reading.run()
        await self._learn()

    async def _learn(self) -> None:
        await self.rhythms.run()
        while not self.rhythms._is_done:
            await self.rhythms.run()

    async def live(self, until: datetime, faults: Faults) -> None:
        """What is to happen from now on happens, and the bot goes on meanwhile, but where it is down."""
        happenings = [each for each in faults.happenings if each.at > self._clock.at]
        while self._clock.at < until:
            then = self._clock.at + self._each
            self._happen(happenings, then, _away(faults.aways, then))
            is_down = any(away.is_bot for away in _away(faults.aways, self._clock.at))
            if self._was_down and not is_down:
                self._starts()
            if not is_down:
                await self._tick()
            self._was_down = is_down

    def _happen(self, happenings: list[Happening], until: datetime, aways: Collection[Away]) -> None:
        world, control = self.served.world, self.served.control
        assert isinstance(world, RememberingWorld)
        while happenings and happenings[0].at <= until:
            happening = happenings.pop(0)
            self._clock.at = max(happening.at, self._clock.at)
            world.advance()
            happening.act(control, world)
        self._clock.at = until
        world.advance()
        control.outage(on=any(not away.is_bot for away in aways))

    async def _tick(self) -> None:
        now = self._clock.now()
        if self._read_at is None or now - self._read_at >= self._reading:
            self._read_at = now
            await self.reading.run()
        await self.poll.run()
        await self._learn()
        await self.review.run()
        if now - self._pruned_at >= PRUNED:
            self._pruned_at = now
            await self.prune.run()
        await self._hear()

    async def _hear(self) -> None:
        async with self.database.read() as connection:
            rows = (await connection.execute(_TOLD, {"after": self._after})).all()
        for rowid, code, began_at, alert_id, workload, plan in rows:
            self._after = rowid
            if code in SILENCES:
                is_new = alert_id not in self._alerts
                told = Told(self._clock.now(), code, moment(began_at), alert_id, is_new, workload, plan)
                self.told.append(told)
            self._alerts.add(alert_id)


@asynccontextmanager
async def watch(
    folder: Path,
    fleet: Fleet,
    at: datetime,
    *,
    seed: int,
    days: int,
    tick: timedelta = TICK,
    reading: timedelta = READING,
) -> AsyncIterator[Watch]:
    """A bot that begins at that time, in a world that has so many days behind it. It polls each `tick`, and reads plans
    each `reading`."""
    clock = Hands(at)
    served = await acronis.serve(world=RememberingWorld(fleet, clock.nanoseconds, seed=seed, days=days))
    served.control.settings(token_lifetime=10**8)
    seconds = str(round(tick.total_seconds()))
    given = settings(folder, ACRONIS_URL=served.url, POLL_SECONDS=seconds, TIME_ZONE="Europe/Berlin")
    given = replace(given, clock=clock, rules=replace(given.rules, history=timedelta(days=days)))
    database = Database(given.database)
    client = AcronisClient(
        "default",
        served.url,
        "sandbox-client",
        "sandbox-secret",
        classifier=Classifier(),
        sleep=_at_once,
        per_second=100_000,
    )
    try:
        await database.migrate()
        yield Watch(given, clock, database, served, client, tick, reading)
    finally:
        await client.aclose()
        await database.close()
        await served.close()


def utc(text_: str) -> datetime:
    return datetime.fromisoformat(text_).replace(tzinfo=UTC)


def _away(aways: Collection[Away], at: datetime) -> list[Away]:
    return [away for away in aways if away.since <= at < away.until]


async def _at_once(_: float) -> None:
    """No time is lost between two tries: the clock stands."""


def _nothing() -> None:
    """Nobody delivers here."""
