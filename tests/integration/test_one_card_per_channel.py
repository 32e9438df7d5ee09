"""Whatever happens, every alert is shown by exactly one card of each channel that hears of it (design §5)."""

import asyncio
import tempfile
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.alerting.routing import route
from bot.alerting.silences import AWAY, silence_of
from bot.alerting.triage import Deed, Outcome
from bot.model import (
    SILENCES,
    Act,
    Attempt,
    AuditQuery,
    CardKind,
    Cause,
    Ending,
    Fault,
    Kind,
    Policy,
    Resource,
    Result,
    Route,
    Routing,
    Rules,
    Severity,
    Silence,
    Task,
    Tenant,
    silence_id,
)
from bot.store.alerts.acts import Acts
from bot.store.audit import Audit
from bot.store.engine import Database
from bot.store.leases import Lease
from bot.store.recording import Recorder
from bot.store.review import Reviewer
from bot.store.silences.review import SilenceReviewer
from tests.builders import NOW, next_id, task
from tests.records import Records

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
PEOPLE = ("U0MIA", "U0NOAH")
DEEDS = [Act.TAKE, Act.RELEASE, Act.SNOOZE, Act.SNOOZE, Act.WAKE, Act.RESOLVE, Act.UNDO, Act.NOTE, Act.RETIRE]
ACTIONS = st.one_of(
    st.tuples(
        st.just("page"),
        st.lists(st.tuples(MACHINES, st.sampled_from(["ok", "error", "error", "cancelled"])), max_size=9),
    ),
    st.tuples(st.just("restore"), MACHINES),
    st.tuples(st.just("platform"), st.lists(MACHINES, min_size=1, max_size=9)),
    st.tuples(
        st.just("silent"), st.tuples(st.sampled_from(sorted(Silence)), st.lists(MACHINES, min_size=1, max_size=9))
    ),
    st.tuples(st.just("back"), st.tuples(st.integers(0, 30))),
    st.tuples(st.just("finish"), st.none()),
    st.tuples(st.just("deliver"), st.none()),
    st.tuples(st.just("act"), st.tuples(st.sampled_from(DEEDS), st.integers(0, 30), st.sampled_from(PEOPLE))),
    st.tuples(st.just("pass"), st.sampled_from([0.5, 3, 60, 60 * 27, 60 * 24 * 15])),
)


class Bench(Records):
    """A store of its own, and a clock that only the actions move."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.now = NOW
        self.is_quiet = True
        self.lease = Lease("main", "main", "me", timedelta(days=9_999))
        self.recorder = Recorder(database, Rules(), ALL, ROUTING)
        self.reviewer = Reviewer(database, Rules(), ROUTING, ALL)
        self.silences = SilenceReviewer(database, Rules(), ROUTING)
        self.acts = Acts(database, Rules(), ROUTING)
        self.done = 0

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
        elif what in ("act", "silent", "back"):
            doing: Any = {"act": self.act, "silent": self.fall_silent, "back": self.back}[what]
            await doing(*how)
        elif what == "finish":
            await self.finish()
        elif what == "deliver":
            await self.show_all()
        else:
            self.now += timedelta(minutes=how)
            await self.reviewer.review(self.now, {"main"})

    async def fall_silent(self, code: Silence, numbers: list[int]) -> None:
        """What these machines were to run did not come, hangs or waits. Quietly, a review is not yet at work."""
        runs = [
            silence_of(self.run(number, "ok"), code, silence_id(code, f"r-{number}", self.now), AWAY, self.now)
            for number in numbers
        ]
        if not self.is_quiet:
            await self.silences.tell([run for run in runs if run is not None], self.now)

    async def back(self, which: int) -> None:
        """One of the silences is over without a run."""
        silent = [alert for alert in await self.open_alerts() if alert.latest.code in SILENCES]
        if silent:
            await self.silences.end(silent[which % len(silent)].fingerprint, Ending.BACK, self.now)

    async def act(self, act: Act, which: int, person: str) -> None:
        """Somebody acts on one of the alerts there ever were. What is done stands in the audit, and nothing else."""
        every = await self.alerts()
        if not every:
            return
        alert = every[which % len(every)]
        deed = Deed(act, person, self.now, until=self.now + timedelta(hours=2) if act is Act.SNOOZE else None)
        acted = await self.acts.act([alert.id], deed, Attempt(self.now, person, "T1", act))
        self.done += acted.done[0].outcome is Outcome.DONE

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
        shown = await self.shown()
        cards = Counter(
            (alert, card.channel) for alert, posts in shown.items() for card in posts if card.channel not in PEOPLE
        )
        assert all(count == 1 for count in cards.values()), cards
        for alert in () if self.is_quiet else await self.open_alerts():
            wanted = {each.channel for each in route(alert, ROUTING, self.now).recipients}
            missing = wanted - {card.channel for card in shown.get(alert.id, ())}
            # What a first start's summary shows stays there, as long as it is no news.
            is_summed_up = any(card.kind is CardKind.SUMMARY for card in shown.get(alert.id, ()))
            is_silenced = alert.triage.snooze is not None  # it became critical meanwhile: that is told when it ends
            assert missing <= ({LOUD} if is_summed_up or is_silenced else set()), alert
        written = await Audit(self.database).find(AuditQuery(), 0, 1_000)
        assert sum(not each.attempt.refused for each in written.entries) == self.done


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


LEFT_EMPTY = [
    ("restore", 0),
    ("page", [(0, "error"), (1, "error"), (2, "error"), (3, "error")]),
    ("page", [(0, "ok"), (0, "error"), (3, "ok")]),
]
"""The storm is withdrawn, since its only alert has healed, while a new alert comes that would have joined it."""


@settings(max_examples=40, deadline=None)
@given(st.lists(ACTIONS, max_size=14), st.booleans())
@example(LEFT_EMPTY, False)
def test_every_alert_is_shown_by_exactly_one_card_of_a_channel(actions: list[tuple[str, Any]], quiet: bool) -> None:
    asyncio.run(play(actions, quiet=quiet))
