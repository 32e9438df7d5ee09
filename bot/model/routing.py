"""Who hears of an alert, and what was decided about it."""

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime, time, timedelta
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from bot.model.alerts import Severity
from bot.model.query import DEFAULT_KINDS, TaskQuery, TimeField
from bot.model.tasks import FAILED, TaskState, Tenant
from bot.model.values import dataclass

UTC_ZONE = ZoneInfo("UTC")
EVERY_FAILURE: Final = TaskQuery(
    states=frozenset[str]({TaskState.COMPLETED}),
    results=FAILED,
    kinds=DEFAULT_KINDS,
    roots_only=True,
    time_field=TimeField.COMPLETED,
)
"""What a route is for that names neither results nor kinds nor anything else."""


@dataclass(frozen=True, slots=True)
class Quiet:
    """Hours in which a route holds what can wait, by the clock of `zone`. Where `end` is not after `start`, it is the
    next day's. `days` are those on which the hours begin, Monday is 0."""

    start: time
    end: time
    zone: ZoneInfo = UTC_ZONE
    days: frozenset[int] = frozenset(range(7))


@dataclass(frozen=True, slots=True)
class Route:
    """Alerts that match and are of one of `severities` go to `channel`; "" tells nobody.

    `match` is a question in the words of /tasks. A route that names results or kinds asks for these; else it asks for
    what failed, of backups, restores and unknown kinds. `mention` is in Slack's own form (`<!here>`, `<@U…>`,
    `<!subteam^S…>`), "" for nobody. Where it `goes_on`, later routes are looked at too.
    """

    name: str
    channel: str
    match: TaskQuery = TaskQuery()
    mention: str = ""
    severities: frozenset[Severity] = frozenset(Severity)
    quiet: Quiet | None = None
    goes_on: bool = False


@dataclass(frozen=True, slots=True)
class Target:
    """The last good backup of what matches must not be older than `within`."""

    match: TaskQuery
    within: timedelta


@dataclass(frozen=True, slots=True)
class ClockZone:
    """Machines of what matches have clocks of `zone`, an IANA name, where they do not say otherwise themselves."""

    match: TaskQuery
    zone: str


@dataclass(frozen=True, slots=True)
class ClimbStep:
    """Once an alert was untouched for so long, it is told further: with one or more of these. What is "" is not told.

    `mention` is in Slack's own form and goes to the alert's own channels; `channel` hears of it too, `person` by direct
    message, `hook` by a POST to that address. `place` is the step's among all, counted from 1, as the file has them
    now: it names the step to people, and nothing else.
    """

    place: int
    after: timedelta
    mention: str = ""
    channel: str = ""
    person: str = ""
    hook: str = field(default="", repr=False)
    match: TaskQuery = TaskQuery()
    severities: frozenset[Severity] = frozenset({Severity.CRITICAL})


@dataclass(frozen=True, slots=True)
class Routing:
    """Who hears of what. `routes` are in order, the last one takes everything. `bound`: a channel's only tenants.

    A tenant is named by its whole name (without case; `*` stands for anything), its id or UUID, or the id of one above
    it. `meant` has the tenants that names in `bound` mean, by the folded name; of a name that is not in it yet, whoever
    bears it. `targets` are in order; `target` is for what none matches and no rhythm is known of; of what has one
    `spare_runs` may fail. `climb` is in the order of time. `zones` are in order; `zone` is for what none matches.
    """

    routes: tuple[Route, ...] = ()
    bound: Mapping[str, frozenset[str]] = field(default_factory=dict[str, frozenset[str]])
    targets: tuple[Target, ...] = ()
    target: timedelta = timedelta(hours=48)
    spare_runs: int = 1
    meant: Mapping[str, Tenant] = field(default_factory=dict[str, Tenant])
    climb: tuple[ClimbStep, ...] = ()
    zones: tuple[ClockZone, ...] = ()
    zone: str = "UTC"


@dataclass(frozen=True, slots=True)
class Recipient:
    """That an alert goes to a channel, by which route. `held_until` is the end of its quiet hours, None: at once."""

    channel: str
    route: str
    mention: str = ""
    held_until: datetime | None = None


class Verdict(StrEnum):
    """What was decided about an alert and a channel. The values are words people read."""

    SPOKEN = "spoken"
    HELD = "held"
    FOLDED = "folded"
    SILENT = "silent"
    RAISED = "raised"
    REPEATED = "repeated"
    CLIMBED = "climbed"
    WITHDRAWN = "withdrawn"
    ENDED = "ended"
    ACTED = "acted"


@dataclass(frozen=True, slots=True)
class Decision:
    """One decision and its reason, a sentence for a person. `channel` is "" where none is concerned."""

    alert_id: int
    at: datetime
    verdict: Verdict
    reason: str
    channel: str = ""
