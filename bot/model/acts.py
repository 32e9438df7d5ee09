"""What people do about alerts, who may, and what is written down of it."""

import re
from datetime import datetime, timedelta
from enum import StrEnum

from bot.model.query import TaskQuery
from bot.model.values import dataclass

_AIM = re.compile(r"([0-9]{1,12})|s([0-9]{1,12})(?::([tc][0-9a-f]{8,32}))?", re.ASCII)


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
    RETIRE = "retire"
    RUN = "run"
    AUDIT = "audit"


EVERYONE = "everyone"
LONGEST_SNOOZE = timedelta(days=14)
"""A snooze always ends, at the latest after this."""
LONGEST_WORDS = 3_000
"""Characters of a note or of a reason."""


@dataclass(frozen=True, slots=True)
class Aim:
    """What an act is about: one alert, or what a storm's card counts, all of it or a share: `t` or `c` and a tenant's
    or a cause's key. As text it is `7`, `s14` or `s14:tKEY`; people can forge it."""

    alert_id: int = 0
    card_id: int = 0
    share: str = ""

    def __str__(self) -> str:
        return str(self.alert_id) if self.alert_id else ":".join(filter(None, (f"s{self.card_id}", self.share)))

    @classmethod
    def read(cls, text: str) -> "Aim":
        """Of what makes no sense: about nothing."""
        found = _AIM.fullmatch(text)
        if found is None:
            return cls()
        alert, card, share = found.groups()
        return cls(int(alert)) if alert else cls(card_id=int(card), share=share or "")


@dataclass(frozen=True, slots=True)
class Grant:
    """A role for `who`: user ids, user groups' ids, channels' ids, or `EVERYONE`; for the alerts that `match`."""

    role: Role
    who: frozenset[str]
    match: TaskQuery = TaskQuery()


@dataclass(frozen=True, slots=True)
class Attempt:
    """A line of the audit: who tried what, where and when, and what it changed. Names may be hostile, texts too.

    `target` is what people typed or pressed it for; `alert_id` is None where that is no alert. `size` is how many
    alerts the act was about. `text` is a note or a reason, `to_id` and `to_name` whom an alert was handed to, `until`
    and `end` when a snooze ends. `refused` is why it was not allowed or not done, "" where it was. `before` and `after`
    are the alert's state in words. `key` is the delivery's.
    """

    at: datetime
    user_id: str
    team_id: str
    act: Act
    user_name: str = ""
    channel: str = ""
    via: str = ""
    alert_id: int | None = None
    target: str = ""
    size: int = 1
    text: str = ""
    to_id: str = ""
    to_name: str = ""
    until: datetime | None = None
    end: str = ""
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
