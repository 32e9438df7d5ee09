"""The world behind the API: two tables and a clock. Nothing runs by itself: whoever looks calls `advance` first."""

import heapq
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any, Final

from bot.sandbox.acronis.alerts import AlertBook
from bot.sandbox.acronis.catalog import LIVING, PARTNER, RHYTHM, Assignment, Catalog, Tenant
from bot.sandbox.acronis.fleet import Application, Fleet
from bot.sandbox.acronis.records import activity_rows, bulk_rows, task_rows
from bot.sandbox.acronis.runs import Maker, Run, ailing_cause, past, present
from bot.sandbox.acronis.table import Row, Table
from bot.sandbox.acronis.times import DAY, SECOND

KINDS: Final = ("living", "empty", "rhythm")
_OLDER: Final = 30  # days by which workloads and plans are older than their history


class World:
    """`living` has four weeks behind it and goes on; in `empty` nothing happens by itself. One seed, one world.

    `rhythm` is living too, and has plans by schedules, in a zone whose clocks change. A `catalog` that is handed in
    takes the place of the world's own; `days` is how much lies behind a world that lives.
    """

    home: Tenant = PARTNER

    def __init__(
        self,
        seed: int = 1,
        now: Callable[[], int] = time.time_ns,
        *,
        kind: str = "living",
        catalog: Catalog | None = None,
        days: int = 28,
    ) -> None:
        if kind not in KINDS:
            raise ValueError(f"world: {kind!r} is none of {', '.join(KINDS)}")
        self._seed = seed
        self._clock = now
        self.is_living = kind != "empty"
        self._days = days if self.is_living else 0
        self._catalog = catalog or (RHYTHM if kind == "rhythm" else LIVING)
        self.reset()

    def reset(self) -> None:
        """As it was at the start."""
        self.tasks = Table()
        self.activities = Table()
        self.maker = Maker(self._seed)
        self.dice = self.maker.dice("scenarios")
        self.offset = 0
        self._live: dict[int, tuple[Run, tuple[str, int]]] = {}
        self._due: list[tuple[int, str]] = []
        self._later: list[Run] = []
        self._healed: set[str] = set()
        now = self.now()
        self.fleet = Fleet(self._catalog, now - (self._days + _OLDER) * DAY if self._days else now)
        self.alerts = AlertBook(self.fleet)
        if self.is_living:
            runs = [*past(self.maker, now, self._days, self._catalog.assignments)]
            runs += present(self.maker, now) if self._catalog.is_known else ()
            self._start(sorted(runs, key=lambda run: run.task.number), now)
            self.expect(self.fleet.applications.values(), now)

    def now(self) -> int:
        """Unix nanoseconds, as this server sees it."""
        return self._clock() + self.offset

    def table(self, kind: str) -> Table:
        """Of `tasks` or `activities`."""
        return self.tasks if kind == "tasks" else self.activities

    def advance(self) -> None:
        """Starts what is due and moves what runs. Cheap when nothing has changed."""
        now, started = self.now(), list[Run]()
        while self._due and self._due[0][0] <= now:
            at, key = heapq.heappop(self._due)
            found = self.fleet.applications.get(key)
            if found and found.due == at:
                started += self._come_due(found, at)
                self.expect((found,), at)
        self.fleet.wake(now)
        started += [run for run in self._later if run.enqueued <= now]
        self._later = [run for run in self._later if run.enqueued > now]
        self._start(started, now)
        self.show([run for run, seen in self._live.values() if seen != (run.state(now), run.changed(now))], now)

    def expect(self, applications: Iterable[Application], after: int) -> None:
        """From now on these start when they are due next after `after`; in a world where nothing happens, never."""
        for found in applications if self.is_living else ():
            found.due = found.one.next_start(after)
            if found.due is not None:
                heapq.heappush(self._due, (found.due, found.one.key))

    def _come_due(self, found: Application, at: int) -> Iterable[Run]:
        """What starts at that time."""
        resource = self.fleet.resources[found.one.workload.key]
        if not self.fleet.expects(found, at) or found.is_going:
            return ()
        if resource.offline is not None:
            self.alerts.raise_of(found, "BackupStatusUnknown", at)
            return ()
        if found.skips:
            found.skips -= 1
            found.changed = at
            self.alerts.raise_of(found, "BackupDidNotStart", at)
            return ()
        ailing = None if found.one.key in self._healed else ailing_cause(found.one)
        runs = self.maker.attempts(found.one, at, ailing, found.failures)
        found.failures = 0
        return [replace(run, is_empty=True) for run in runs] if found.empty else runs

    def _start(self, runs: list[Run], now: int) -> None:
        """Begins those whose time has come. Who looks sees a run up to two seconds early, as queued."""
        late = now + 2 * SECOND
        self._later += [run for run in runs if run.enqueued > late]
        self.begin(run for run in runs if run.enqueued <= late)

    def begin(self, runs: Iterable[Run]) -> None:
        """Lets runs into the world; from now on they move by themselves until they are over."""
        self.show(list(runs), self.now())

    def begin_later(self, runs: Iterable[Run]) -> None:
        """The same, but nobody sees a run before its time has come."""
        self._later += runs
        self.advance()

    def show(self, runs: list[Run], now: int) -> None:
        """Shows runs as they are at `now`, which may lie ahead."""
        for run in runs:
            if run.state(now) == "completed":
                self._live.pop(run.task.number, None)
            else:
                self._live[run.task.number] = (run, (run.state(now), run.changed(now)))
            self.fleet.note(run, now)
            if run.state(now) == "completed":
                self.alerts.finished(run)
        if runs:
            self.tasks.put(row for run in runs for row in task_rows(run, now))
            self.activities.put(row for run in runs for row in activity_rows(run, now))

    def going_on(self) -> list[Run]:
        """The runs that are not over, in the order in which they came."""
        return [self._live[number][0] for number in sorted(self._live)]

    def heal(self, assignment: Assignment) -> None:
        """The scheduled runs of this plan and resource succeed again."""
        self._healed.add(assignment.key)

    def add(self, tasks: Iterable[Any] = (), activities: Iterable[Any] = ()) -> None:
        """Puts objects down word by word, also such that no real service would send. A known id is replaced."""
        self.tasks.put(Row(raw) for raw in tasks)
        self.activities.put(Row(raw) for raw in activities)

    def grow(self, count: int) -> None:
        """Adds `count` finished backup tasks, ten seconds between two, the newest now."""
        self.tasks.put(bulk_rows(count, self.now(), 10 * SECOND, len(self.tasks)))
