"""The table of terms: the grammar of filters, the help, the did-you-mean and the documentation in one.

The language grows by a row here. A row's words are what people may type, the first one is the term's own name; `asks`
is what the term adds to a question; `reads` is how the time after it is read. Knows nothing of order, defaults and
contradictions: those are `question`'s.
"""

from typing import Final

from bot.language import windows
from bot.language.terms import Group, Term
from bot.model import FAILED, OFFICE365_TYPES, Kind, ResultCode, TaskQuery, TaskState, TimeField, Workload


def _states(*states: TaskState) -> TaskQuery:
    return TaskQuery(states=frozenset(states))


def _results(*codes: str) -> TaskQuery:
    return TaskQuery(results=frozenset(codes))


def _workload(workload: Workload) -> TaskQuery:
    return TaskQuery(workloads=frozenset({workload}))


def _kind(kind: Kind) -> TaskQuery:
    return TaskQuery(kinds=frozenset({kind}))


TERMS: Final = (
    Term(
        ("running", "run", "runs", "in progress", "active", "ongoing"),
        Group.STATE,
        "in progress now; says what is paused",
        "/tasks running",
        said="running",
        asks=_states(TaskState.STARTED),
    ),
    Term(
        ("queued", "enqueued", "assigned", "waiting", "pending"),
        Group.STATE,
        "waiting for their turn now",
        "/tasks queued",
        said="queued",
        asks=_states(TaskState.ENQUEUED, TaskState.ASSIGNED),
    ),
    Term(
        ("paused", "blocked"),
        Group.STATE,
        "paused now, waiting for somebody",
        "/tasks paused",
        said="paused",
        asks=_states(TaskState.PAUSED),
    ),
    Term(
        ("completed", "complete", "finished", "ended", "done"),
        Group.STATE,
        "ended, well or not; a time then means when they ended",
        "/tasks completed since 2022-06-01",
        said="completed",
        asks=_states(TaskState.COMPLETED),
    ),
    Term(
        ("failed", "fail", "fails", "failing", "failure", "failures", "error", "errors"),
        Group.RESULT,
        "ended in an error, abandoned or timed out",
        "/tasks failed",
        said="failed",
        asks=_results(*FAILED),
    ),
    Term(
        ("ok", "okay", "good", "successful", "succeeded", "success"),
        Group.RESULT,
        "ended well",
        "/tasks ok today",
        said="successful",
        asks=_results(ResultCode.OK),
    ),
    Term(
        ("warnings", "warning", "with warnings", "with warning", "warned"),
        Group.RESULT,
        "ended with warnings",
        "/tasks warnings",
        said="warning",
        tail="with warnings",
        asks=_results(ResultCode.WARNING),
    ),
    Term(
        ("cancelled", "canceled", "aborted", "stopped"),
        Group.RESULT,
        "cancelled by somebody",
        "/tasks cancelled",
        said="cancelled",
        asks=_results(ResultCode.CANCELLED),
    ),
    Term(
        ("abandoned",),
        Group.RESULT,
        "given up by Acronis",
        "/tasks abandoned",
        said="abandoned",
        asks=_results(ResultCode.ABANDONED),
    ),
    Term(
        ("timedout", "timed out", "timed-out", "timeout", "timeouts"),
        Group.RESULT,
        "ended because they took too long",
        "/tasks timedout",
        said="timed out",
        asks=_results(ResultCode.TIMEDOUT),
    ),
    Term(
        ("o365", "office365", "office 365", "office"),
        Group.WORKLOAD,
        "the ten types of Acronis's guide; four of them are Google's",
        "/tasks o365 since 2022-06-01",
        said="Office 365",
        asks=TaskQuery(types=OFFICE365_TYPES),
    ),
    Term(
        ("m365", "microsoft365", "microsoft 365", "microsoft", "ms365"),
        Group.WORKLOAD,
        "Microsoft 365 alone",
        "/tasks failed m365",
        said="Microsoft 365",
        asks=_workload(Workload.MICROSOFT365),
    ),
    Term(
        ("google", "google workspace", "gworkspace", "workspace", "gsuite", "g suite"),
        Group.WORKLOAD,
        "Google Workspace alone",
        "/tasks google yesterday",
        said="Google",
        asks=_workload(Workload.GOOGLE),
    ),
    Term(
        ("machines", "machine", "servers", "server", "computers", "computer"),
        Group.WORKLOAD,
        "machines with an agent",
        "/tasks machines failed",
        said="machine",
        asks=_workload(Workload.MACHINE),
    ),
    Term(
        ("backups", "backup"),
        Group.KIND,
        "backups alone",
        "/tasks backups failed",
        said="backups",
        asks=_kind(Kind.BACKUP),
    ),
    Term(
        ("restores", "restore", "recoveries", "recovery"),
        Group.KIND,
        "restores alone",
        "/tasks restores last 7 days",
        said="restores",
        asks=_kind(Kind.RESTORE),
    ),
    Term(
        ("management", "maintenance"),
        Group.KIND,
        "updates, scans, plans being applied",
        "/tasks management today",
        said="management",
        asks=_kind(Kind.MANAGEMENT),
    ),
    Term(
        ("unknown", "unknown kind", "other"),
        Group.KIND,
        "of a type that Acronis does not explain",
        "/tasks unknown failed",
        said="unknown",
        asks=_kind(Kind.UNKNOWN),
    ),
    Term(
        ("all", "everything", "any"),
        Group.SCOPE,
        "everything, management tasks and parts of runs too",
        "/tasks all today",
        said="all",
        everything=True,
    ),
    Term(
        ("since", "after", "from"),
        Group.TIME,
        "from a day or a time on",
        "/tasks since 2022-06-01",
        reads=windows.since,
    ),
    Term(
        ("before",),
        Group.TIME,
        "before a day or a time",
        "/tasks failed since 2022-06-01 before 2022-06-02",
        reads=windows.before,
    ),
    Term(
        ("until", "till", "to", "through"),
        Group.TIME,
        "up to a time, or to the end of a day",
        "/tasks failed since monday until today",
        reads=windows.until,
    ),
    Term(
        ("on",),
        Group.TIME,
        "on one day",
        "/tasks failed on 2022-06-01",
        reads=windows.on,
        bare=True,
    ),
    Term(
        ("last", "past", "previous"),
        Group.TIME,
        "so long back from now",
        "/tasks last 24h",
        reads=windows.last,
        bare=True,
    ),
    Term(
        ("today", "yesterday"),
        Group.TIME,
        "on that day, where you are",
        "/tasks failed yesterday",
        reads=windows.itself,
    ),
    Term(
        ("started", "began"),
        Group.TIME,
        "makes a time mean when tasks started",
        "/tasks failed started since yesterday",
        said="started",
        time_field=TimeField.STARTED,
    ),
)

FILLERS: Final = frozenset(
    ("and", "&", "&amp", "+", "the", "in", "of", "tasks", "task", "jobs", "job", "only", "just", "please")
)
"""Words that may stand anywhere and change nothing. (Slack writes & as &amp; and the semicolon parts words.)"""

_NO_LEAVING_OUT = "leaves something out, which cannot be asked. Say what you want instead."

REFUSED: Final = {
    **dict.fromkeys(("not", "without", "except", "no", "but", "-"), _NO_LEAVING_OUT),
    "or": "is not needed: several words of one sort are alternatives, words of different sorts all have to hold.",
}
"""Words that people may well type and that would be misunderstood, and the answer. "-" is any word after a dash."""
