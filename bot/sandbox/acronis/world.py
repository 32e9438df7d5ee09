"""The world behind the API: two tables and a clock. Nothing runs by itself: whoever looks calls `advance` first."""

import heapq
import time
from collections.abc import Callable, Iterable
from typing import Any, Final

from bot.sandbox.acronis.catalog import ASSIGNMENTS, PARTNER, Assignment, Tenant
from bot.sandbox.acronis.records import activity_rows, bulk_rows, task_rows
from bot.sandbox.acronis.runs import Maker, Run, ailing_cause, past, present
from bot.sandbox.acronis.table import Row, Table
from bot.sandbox.acronis.times import SECOND

KINDS: Final = ("living", "empty")


class World:
    """`living` has four weeks behind it and goes on; in `empty` nothing happens by itself. One seed, one world."""

    home: Tenant = PARTNER

    def __init__(self, seed: int = 1, now: Callable[[], int] = time.time_ns, *, kind: str = "living") -> None:
        if kind not in KINDS:
            raise ValueError(f"world: {kind!r} is none of {', '.join(KINDS)}")
        self._seed = seed
        self._clock = now
        self._days = 28 if kind == "living" else 0
        self.reset()

    def reset(self) -> None:
        """As it was at the start."""
        self.tasks = Table()
        self.activities = Table()
        self.maker = Maker(self._seed)
        self.dice = self.maker.dice("scenarios")
        self.offset = 0
        self._live: dict[int, tuple[Run, tuple[str, int]]] = {}
        self._due: list[tuple[int, int]] = []
        self._later: list[Run] = []
        self._healed: set[str] = set()
        if self._days:
            now = self.now()
            runs = [*past(self.maker, now, self._days), *present(self.maker, now)]
            self.begin(sorted(runs, key=lambda run: run.task.number))
            self._due = sorted((one.next_start(now), place) for place, one in enumerate(ASSIGNMENTS))

    def now(self) -> int:
        """Unix nanoseconds, as this server sees it."""
        return self._clock() + self.offset

    def table(self, kind: str) -> Table:
        """Of `tasks` or `activities`."""
        return self.tasks if kind == "tasks" else self.activities

    def advance(self) -> None:
        """Starts what is due and moves what runs. Cheap when nothing has changed."""
        now, started = self.now(), []
        while self._due and self._due[0][0] <= now:
            at, place = self._due[0]
            assignment = ASSIGNMENTS[place]
            ailing = None if assignment.key in self._healed else ailing_cause(assignment)
            started.append(self.maker.scheduled(assignment, at, ailing))
            heapq.heapreplace(self._due, (assignment.next_start(at), place))
        started += [run for run in self._later if run.enqueued <= now]
        self._later = [run for run in self._later if run.enqueued > now]
        self.begin(started)
        self.show([run for run, seen in self._live.values() if seen != (run.state(now), run.changed(now))], now)

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
