"""Running a backup now: what a plan is on a workload, what would run, and how it went."""

from datetime import datetime
from enum import StrEnum

from bot.model.values import dataclass

BACKUP_POLICY = "policy.backup."
"""How the types of policies begin that back something up; the root of a plan, and what scans, begin otherwise."""


@dataclass(frozen=True, slots=True)
class Application:
    """A policy on a workload. `parent_ids` are those of the plan it is a part of. Names and states are Acronis's texts.

    Ids are in lower case. `is_enabled` and `is_licensed` are None where Acronis does not say. `percent` is of a run
    that goes on. `event_id` is the alert of Acronis's own that says why its status is what it is.
    """

    policy_id: str
    policy_type: str
    context_id: str
    parent_ids: tuple[str, ...] = ()
    policy_name: str = ""
    is_enabled: bool | None = None
    is_licensed: bool | None = None
    deployment: str = ""
    execution: str = ""
    percent: int | None = None
    last_run_at: datetime | None = None
    last_good_at: datetime | None = None
    next_run_at: datetime | None = None
    event_id: str = ""
    event_type: str = ""
    event_severity: str = ""

    @property
    def is_backup(self) -> bool:
        return self.policy_type.casefold().startswith(BACKUP_POLICY)

    @property
    def is_running(self) -> bool:
        """Whether a run goes on, waits for a person, or is being stopped."""
        return self.execution in ("running", "cancelling", "interaction_required")

    @property
    def is_idle(self) -> bool:
        """Whether Acronis says that no run goes on; what it leaves out is not said."""
        return self.execution == "idle"


class Acceptance(StrEnum):
    """What became of a request to run."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Outcome:
    """`words` say to a person why it was refused or is not known, "" where it was accepted."""

    acceptance: Acceptance
    words: str = ""


@dataclass(frozen=True, slots=True)
class Runnable:
    """What would run: one backup policy on one workload. `policy_ids` are its own and those of its plan."""

    account: str
    application: Application
    workload: str
    plan: str
    tenant: str
    policy_ids: frozenset[str]


@dataclass(frozen=True, slots=True)
class NotRunnable:
    """`words` say to a person why."""

    words: str


class Start(StrEnum):
    """How a start ended. `NOT_SEEN`: its outcome was not known, and no run was found; `UNKNOWN`: nor could one look."""

    STARTED = "started"
    REFUSED = "refused"
    NOT_SEEN = "not seen"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Started:
    """`words` are for a person. A run that began, did so after `since`, by Acronis's clock."""

    outcome: Start
    words: str
    since: datetime | None = None
