"""The world behind the API: two shelves, a clock, and what happens as time passes. No HTTP in here.

Nothing runs in the background. Whoever looks calls `advance` first; it brings the shelves up to the clock's time.
"""

import heapq
import time
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, Final

from bot.sandbox.acronis.bulk import sketches
from bot.sandbox.acronis.drawing import draw_activities, draw_tasks
from bot.sandbox.acronis.history import Maker, ailing_cause, past, present
from bot.sandbox.acronis.instants import SECOND
from bot.sandbox.acronis.runs import Run
from bot.sandbox.acronis.scenery import ASSIGNMENTS, PARTNER, Assignment, Tenant
from bot.sandbox.acronis.shelf import Row, Shelf

KINDS: Final = ("living", "empty")


class World:
    """`living` has four weeks behind it and goes on; `empty` holds what is put there and nothing happens by itself.

    `now` gives unix nanoseconds. The same seed and the same start give the same world.
    """

    def __init__(
        self, seed: int = 1, now: Callable[[], int] = time.time_ns, *, kind: str = "living", days: int = 28
    ) -> None:
        if kind not in KINDS:
            raise ValueError(f"world: {kind!r} is none of {', '.join(KINDS)}")
        self.renew: Callable[[], World] = partial(World, seed, now, kind=kind, days=days)
        self.tasks = Shelf()
        self.activities = Shelf()
        self.maker = Maker(seed)
        self.dice = self.maker.dice("scenarios")
        self.offset = 0
        self.home: Tenant = PARTNER
        self._clock = now
        self._live: dict[int, tuple[Run, tuple[str, int]]] = {}
        self._due: list[tuple[int, int]] = []
        self._healed: set[str] = set()
        if kind == "living":
            self._furnish(days)

    def now(self) -> int:
        """Unix nanoseconds, as this server sees it."""
        return self._clock() + self.offset

    def _furnish(self, days: int) -> None:
        now = self.now()
        runs = sorted([*past(self.maker, now, days), *present(self.maker, now)], key=lambda run: run.task.number)
        self.begin(runs)
        for place, assignment in enumerate(ASSIGNMENTS):
            heapq.heappush(self._due, (assignment.next_start(now), place))

    def advance(self) -> None:
        """Starts what is due and moves what runs. Cheap when nothing has changed."""
        now = self.now()
        self.begin(self._started_until(now))
        moved = [run for run, seen in self._live.values() if seen != (run.state(now), run.changed(now))]
        if moved:
            self._show(moved, now)

    def _started_until(self, now: int) -> list[Run]:
        runs = []
        while self._due and self._due[0][0] <= now:
            at, place = self._due[0]
            assignment = ASSIGNMENTS[place]
            ailing = None if assignment.key in self._healed else ailing_cause(assignment)
            runs.append(self.maker.scheduled(assignment, at, ailing))
            heapq.heapreplace(self._due, (assignment.next_start(at), place))
        return runs

    def begin(self, runs: Iterable[Run]) -> None:
        """Lets runs into the world; from now on they move by themselves until they are over."""
        fresh = list(runs)
        if fresh:
            self._show(fresh, self.now())

    def _show(self, runs: Iterable[Run], now: int) -> None:
        tasks: list[Row] = []
        activities: list[Row] = []
        for run in runs:
            tasks += (Row(key=key, draw=draw) for key, draw in draw_tasks(run, now))
            activities += (Row(key=key, draw=draw) for key, draw in draw_activities(run, now))
            if run.state(now) == "completed":
                self._live.pop(run.task.number, None)
            else:
                self._live[run.task.number] = (run, (run.state(now), run.changed(now)))
        self.tasks.put(tasks)
        self.activities.put(activities)

    def show_ahead(self, run: Run) -> None:
        """Shows a run as it will be when it is over, with stamps that lie ahead."""
        self._show([run], run.completed or run.enqueued)

    def heal(self, assignment: Assignment) -> None:
        """The scheduled runs of this plan and resource succeed again."""
        self._healed.add(assignment.key)

    def add(self, tasks: Iterable[Any] = (), activities: Iterable[Any] = ()) -> None:
        """Puts objects down word by word, also such that no real service would send. A known id is replaced."""
        self.tasks.put(Row(raw) for raw in tasks)
        self.activities.put(Row(raw) for raw in activities)

    def grow(self, count: int, *, until: int | None = None, apart: int = 10 * SECOND) -> None:
        """Adds `count` finished backup tasks, the newest at `until` (now), `apart` nanoseconds between two."""
        last = self.now() if until is None else until
        self.tasks.put(sketches(count, last, apart, len(self.tasks)))
