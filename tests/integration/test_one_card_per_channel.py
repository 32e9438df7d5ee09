"""Whatever happens, every alert is shown by exactly one card of each channel that hears of it (design §5)."""

import asyncio
import tempfile
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update

from bot.alerting.routing import route
from bot.model import (
    Cause,
    Fault,
    Kind,
    Policy,
    PostState,
    Resource,
    Result,
    Route,
    Routing,
    Rules,
    Severity,
    Task,
    Tenant,
)
from bot.store.alerts.rows import ALERT
from bot.store.engine import Database
from bot.store.leases import Lease
from bot.store.recording import Recorder
from bot.store.review import Reviewer
from bot.store.schema import alerts, card_alerts, posts
from tests.builders import NOW, next_id, task

ALL, LOUD = "C0ALL", "C0LOUD"
ROUTING = Routing(
    (
        Route("loud", LOUD, mention="<!here>", severities=frozenset({Severity.CRITICAL}), goes_on=True),
        Route("default", ALL, mention="<!channel>"),
    )
)
PLATFORM = Cause("Acronis's storage does not answer.", entry="storage-away", is_platform=True)

MACHINES = st.integers(0, 11)
CODES = st.sampled_from(["ok", "error", "error", "cancelled"])
ACTIONS = st.one_of(
    st.tuples(
        st.just("page"),
        st.lists(st.tuples(MACHINES, st.sampled_from(["ok", "error", "error", "cancelled"])), max_size=9),
    ),
    st.tuples(st.just("restore"), MACHINES),
    st.tuples(st.just("platform"), st.lists(MACHINES, min_size=1, max_size=9)),
    st.tuples(st.just("finish"), st.none()),
    st.tuples(st.just("deliver"), st.none()),
    st.tuples(st.just("pass"), st.sampled_from([0.5, 3, 60, 60 * 27, 60 * 24 * 15])),
)


class Bench:
    """A store of its own, and a clock that only the actions move."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.now = NOW
        self.is_quiet = True
        self.lease = Lease("main", "main", "me", timedelta(days=9_999))
        self.recorder = Recorder(database, Rules(), ALL, ROUTING)
        self.reviewer = Reviewer(database, Rules(), ROUTING, ALL)

    async def begin(self, *, quiet: bool) -> None:
        await self.recorder.leases.take(self.lease, self.now)
        await self.recorder.begin_quietly("main", self.now - timedelta(days=1), self.now)
        if not quiet:
            await self.finish()

    async def do(self, what: str, how: Any) -> None:
        self.now += timedelta(seconds=10)
        if what == "page":
            await self.record([self.run(number, code) for number, code in how])
        elif what == "restore":
            await self.record([self.run(how, "error", kind=Kind.RESTORE)])
        elif what == "platform":
            fault = Fault(cause=PLATFORM.text, explained=PLATFORM)
            await self.record([self.run(number, "error", result=Result("error", fault)) for number in how])
        elif what == "finish":
            await self.finish()
        elif what == "deliver":
            async with self.database.write() as connection:
                shown = {"shown": posts.c.version, "ts": "1.1", "state": PostState.WAITING.value}
                await connection.execute(update(posts).where(posts.c.state == "waiting").values(shown))
        else:
            self.now += timedelta(minutes=how)
            await self.reviewer.review(self.now, {"main"})

    async def finish(self) -> None:
        await self.recorder.finish(self.lease, self.now)
        self.is_quiet = False

    async def record(self, page: list[Task]) -> None:
        await self.recorder.record(self.lease, page, None, self.now, self.now + timedelta(seconds=30))

    def run(self, number: int, code: str, **changes: Any) -> Task:
        """A run of one of twelve machines, each of a tenant of its own."""
        began = self.now - timedelta(seconds=5)
        return task(
            **{
                "id": next_id(),
                "code": code,
                "name": f"SRV-{number}",
                "resource": Resource(f"r-{number}", "machine", f"SRV-{number}"),
                "policy": Policy("p", "backup", "Nightly"),
                "tenant": Tenant(str(number), name=f"Tenant {number}"),
                "started_at": began,
                "completed_at": self.now,
                "updated_at": self.now,
                **changes,
            }
        )

    async def check(self) -> None:
        async with self.database.read() as connection:
            known = {row.id: ALERT.decode(row) for row in await connection.execute(select(alerts))}
            shown = await connection.execute(
                select(card_alerts.c.alert_id, posts.c.channel)
                .join(posts, posts.c.id == card_alerts.c.card_id)
                .where(posts.c.state != PostState.WITHDRAWN.value)
            )
            cards = Counter((row.alert_id, row.channel) for row in shown)
        assert all(count == 1 for count in cards.values()), cards
        for alert in known.values():
            if alert.is_open and not self.is_quiet:
                wanted = {each.channel for each in route(alert, ROUTING, self.now).recipients}
                missing = {channel for channel in wanted if (alert.id, channel) not in cards}
                assert missing <= ({LOUD} if alert.id in await self.summed_up() else set()), alert

    async def summed_up(self) -> set[int]:
        """What a first start's summary shows stays there, as long as it is no news."""
        async with self.database.read() as connection:
            shown = select(card_alerts.c.alert_id).join(posts, posts.c.id == card_alerts.c.card_id)
            return set((await connection.execute(shown.where(posts.c.kind == "summary"))).scalars())


async def play(actions: list[tuple[str, Any]], *, quiet: bool) -> None:
    with tempfile.TemporaryDirectory() as folder:
        database = Database(Path(folder) / "bench.sqlite3")
        await database.migrate()
        try:
            bench = Bench(database)
            await bench.begin(quiet=quiet)
            for what, how in actions:
                await bench.do(what, how)
                await bench.check()
            await bench.do("finish", None)
            await bench.do("pass", 0.5)
            await bench.check()
        finally:
            await database.close()


@settings(max_examples=40, deadline=None)
@given(st.lists(ACTIONS, max_size=14), st.booleans())
def test_every_alert_is_shown_by_exactly_one_card_of_a_channel(actions: list[tuple[str, Any]], quiet: bool) -> None:
    asyncio.run(play(actions, quiet=quiet))
