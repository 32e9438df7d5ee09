"""The nouns, the rules' parameters and the clock. No I/O, no third-party import, nothing of ours is imported.

Times are timezone-aware UTC `datetime`; durations are `timedelta`; ids are text, exactly as Acronis or Slack wrote
them. Words are Acronis's own where it has one (Task, Activity, state, result code), else the field's (alert).

    tasks     tasks and activities           alerts   problems, and what they mean
    names     how names are compared         routing  who hears of them, and what was decided
    query     which of them                  cards    what channels show about them
    asking    verbs, one use of them         messages  messages and windows
    acts      what people do about alerts    running  running a backup now
    home      what the Home tab is drawn from
    health    how the bot itself is
    history   what the copy knows            rules    numbers
    listings  what questions find            zones    what clocks on the wall show
    clock     what time it is                headers  what a server's dates and waits mean

`plans` (plans, workloads, agents, tenants as Acronis shows them) is imported from its own file: a start needs none
of it.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from bot.model.acts import (
    EVERYONE,
    LONGEST_SNOOZE,
    LONGEST_WORDS,
    Act,
    Aim,
    Attempt,
    AuditEntry,
    AuditPage,
    AuditQuery,
    Grant,
    Membership,
    Role,
)
from bot.model.alerts import (
    Alert,
    AlertStatus,
    Assessment,
    Ending,
    Note,
    Occurrence,
    Owner,
    Reason,
    Resolution,
    Run,
    Severity,
    Snooze,
    SnoozeEnd,
    Triage,
    TriageState,
)
from bot.model.cards import (
    EDITS_LIMITED,
    NOT_WATCHED,
    WAY_IN,
    AlertView,
    Card,
    CardKind,
    OpenAlerts,
    OpenCount,
    OutageView,
    PersonalView,
    Posted,
    PostState,
    Reasons,
    Reply,
    Says,
    Share,
    Shift,
    StormPage,
    StormView,
    SummaryView,
    UndeliveredView,
    View,
)
from bot.model.clock import Clock, SimulatedClock, SystemClock, clock_from
from bot.model.history import (
    Basis,
    History,
    LastGood,
    Past,
    PastRun,
    Reach,
    RunFact,
    Stats,
    SubjectHistory,
    Tally,
)
from bot.model.messages import Block, FieldErrors, Home, Message, Modal, Place
from bot.model.names import OUR_SIGNS, cleaned, composed, folded, glob_fits, pattern_fits, words_fit
from bot.model.query import (
    BACKUPS,
    DEFAULT_KINDS,
    OF_FAILURES,
    Found,
    LeftOut,
    NameField,
    NameFilter,
    Origin,
    Pace,
    Sort,
    TaskQuery,
    TimeField,
    time_of,
)
from bot.model.routing import (
    EVERY_FAILURE,
    ClimbStep,
    ClockZone,
    Decision,
    Quiet,
    Recipient,
    Route,
    Routing,
    Target,
    Verdict,
)
from bot.model.rules import Checkpoint, Rules
from bot.model.standings import (
    AT_FAULT,
    Due,
    DueBackup,
    DueSoon,
    Protected,
    Protection,
    Standing,
    TenantStanding,
)
from bot.model.tasks import (
    FAILED,
    HEALING,
    OF_A_TASK,
    OFFICE365_TYPES,
    OUTCOME_UNKNOWN,
    SILENCES,
    STAND_IN,
    Activity,
    Blocker,
    Cause,
    Execution,
    Fault,
    Kind,
    Page,
    Policy,
    Progress,
    Resource,
    Result,
    ResultCode,
    Silence,
    Task,
    TaskState,
    Tenant,
    Workload,
    length_of,
    silence_id,
    task_behind,
)

if TYPE_CHECKING:
    from bot.model.asking import Answer, Form, Invocation, Mark, Person, Press, Profile, Takes, Verb, Whence
    from bot.model.health import HealthReport, PlanHealth, WayInState
    from bot.model.home import AlertGroup, HomePart, OpenOverview, Overview, TenantRisk
    from bot.model.listings import Details, Listing, RowFacts, Steps
    from bot.model.running import Acceptance, Application, NotRunnable, Outcome, Runnable, Start, Started
else:
    _LATE = ("asking", "health", "home", "listings", "running")

    def __getattr__(name: str) -> Any:
        """Nouns of questions and answers are loaded when one is first used: a start does without them."""
        for module in _LATE if name[0].isupper() else ():  # nouns are classes; `headers` is a module
            nouns = vars(import_module(f"{__name__}.{module}"))
            if name in nouns:
                return nouns[name]
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
