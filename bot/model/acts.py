"""What people do about alerts, who may, and what is written down of it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.model.query import TaskQuery


class Role(StrEnum):
    """What a person may do, the least first: only ask; act on alerts; run backups and read the audit, too."""

    VIEWER = "viewer"
    RESPONDER = "responder"
    MANAGER = "manager"


class Act(StrEnum):
    """What a person does about alerts. The values are verbs after /tasks, but for `undo`, which is a button."""

    TAKE = "take"
    RELEASE = "release"
    SNOOZE = "snooze"
    WAKE = "wake"
    RESOLVE = "resolve"
    UNDO = "undo"
    NOTE = "note"
    RUN = "run"
    AUDIT = "audit"


EVERYONE = "everyone"


@dataclass(frozen=True, slots=True)
class Grant:
    """A role for `who`: user ids, user groups' ids, channels' ids, or `EVERYONE`; for the alerts that `match`."""

    role: Role
    who: frozenset[str]
    match: TaskQuery = TaskQuery()


@dataclass(frozen=True, slots=True)
class Attempt:
    """A line of the audit: who tried what, where and when, and what it changed. Names may be hostile.

    `target` is what people typed or pressed it for; `alert_id` is None where that is no alert. `refused` is why it was
    not allowed or not done, "" where it was. `before` and `after` are the state in words.
    """

    at: datetime
    user_id: str
    team_id: str
    act: Act
    channel: str = ""
    via: str = ""
    alert_id: int | None = None
    target: str = ""
    text: str = ""
    refused: str = ""
    before: str = ""
    after: str = ""
    key: str = ""


@dataclass(frozen=True, slots=True)
class Membership:
    """Which user groups a person is in. Slack did not say it of the `unsure` ones; `trouble` is why, a sentence."""

    groups: frozenset[str] = frozenset()
    unsure: frozenset[str] = frozenset()
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """A line of the audit as it is kept, with the names that its alert bore then. Names may be hostile."""

    number: int
    attempt: Attempt
    tenant: str = ""
    name: str = ""
    plan: str = ""


@dataclass(frozen=True, slots=True)
class AuditQuery:
    """Which lines of the audit. What is empty asks for all. `tasks` has the names and the time that are asked for."""

    people: frozenset[str] = frozenset()
    acts: frozenset[Act] = frozenset()
    alerts: frozenset[int] = frozenset()
    refused: bool = False
    tasks: TaskQuery = TaskQuery()


@dataclass(frozen=True, slots=True)
class AuditPage:
    """Some lines, the newest first: from the place `offset` on, of `size` in all."""

    entries: tuple[AuditEntry, ...]
    size: int
    offset: int = 0
