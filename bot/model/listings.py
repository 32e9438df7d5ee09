"""What questions about tasks find: lists with what is said beside them, the steps of a task, one task in full."""

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime, timedelta

from bot.model.history import Past
from bot.model.query import Found
from bot.model.tasks import Activity, Task
from bot.model.values import dataclass


@dataclass(frozen=True, slots=True)
class Listing:
    """A list of tasks and what is said beside it.

    `hidden` counts management tasks that only `all` shows, `paused` paused ones beside running ones, `running` what
    runs now, and `stuck` how much of it takes unusually long; `current` is what runs and is paused. `fine` counts
    what ended well in the time asked for, the last of it at `newest`; None: nobody counted. `is_least`: not all of
    it could be counted. A live `found` is the whole list, one from the copy is a page of it; `before` are then
    tasks read live that the list begins with, None where it has none by its nature.
    """

    found: Found[Task]
    hidden: int = 0
    paused: int = 0
    running: int = 0
    fine: int | None = None
    newest: datetime | None = None
    is_least: bool = False
    before: tuple[Task, ...] | None = None
    stuck: int = 0
    current: tuple[Task, ...] = ()


@dataclass(frozen=True, slots=True)
class RowFacts:
    """What the past and the alerts tell of the tasks in a list, by their ids.

    `unusual`: how long runs of those usually take that run for unusually long. `recovered`: when the last good run of
    the same workload and plan ended that began after a failed one. `critical`: those of which a critical alert is open.
    """

    unusual: Mapping[str, timedelta] = field(default_factory=dict[str, timedelta])
    recovered: Mapping[str, datetime] = field(default_factory=dict[str, datetime])
    critical: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Steps:
    found: Found[Activity]
    task: Task | None = None


@dataclass(frozen=True, slots=True)
class Details:
    """One task with what is known around it. Where `stale` is not "", the task is the copy's: it says why.

    `steps` are None where they could not be read, `past` where nothing is known of earlier runs. `path` has the names
    of the tenants from the root down to the task's own, those that are known.
    """

    task: Task
    as_of: datetime
    past: Past | None = None
    steps: Found[Activity] | None = None
    stale: str = ""
    path: tuple[str, ...] = ()
