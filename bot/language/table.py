"""The table of terms: the grammar of filters, the help, the did-you-mean and the documentation in one.

The language grows by a row here. A row's words are what people may type, the first one is the term's own name; `asks`
is what the term adds to a question; `reads` is how what follows it is read. Knows nothing of order and defaults:
those are `question`'s; nor of what cannot both be true: that is `contradictions`'.
"""

from typing import Final

from bot.language import lengths, shape, windows
from bot.language.sentence import NOT
from bot.language.terms import Group, Term
from bot.model import (
    FAILED,
    OFFICE365_TYPES,
    Kind,
    NameField,
    ResultCode,
    Sort,
    TaskQuery,
    TaskState,
    TimeField,
    Workload,
)


def _states(*states: TaskState) -> TaskQuery:
    return TaskQuery(states=frozenset(states))


def _results(*codes: str) -> TaskQuery:
    return TaskQuery(results=frozenset(codes))


def _workload(workload: Workload) -> TaskQuery:
    return TaskQuery(workloads=frozenset({workload}))


def _kind(kind: Kind) -> TaskQuery:
    return TaskQuery(kinds=frozenset({kind}))


def _types(*types: str) -> TaskQuery:
    return TaskQuery(types=frozenset(types))


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
        ("failed", "fail", "fails", "failing", "failure", "failures", "error", "errors", "with errors"),
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
        ("machines", "servers", "computers"),
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
        ("mailbox", "mailboxes", "exchange"),
        Group.SERVICE,
        "Exchange Online mailboxes: the guide's two types",
        "/tasks mailbox failed",
        said="mailbox",
        asks=_types("UserMailboxBackup", "UserMailboxRestore"),
    ),
    Term(
        ("sharepoint", "sharepoint online"),
        Group.SERVICE,
        "SharePoint Online: the guide's two types",
        "/tasks sharepoint restores",
        said="SharePoint",
        asks=_types("SPBackup", "SPRestore"),
    ),
    Term(
        ("onedrive", "one drive"),
        Group.SERVICE,
        "OneDrive: the guide's two types",
        "/tasks onedrive last 7 days",
        said="OneDrive",
        asks=_types("ODBackup", "ODRestore"),
    ),
    Term(
        ("gmail", "google mail"),
        Group.SERVICE,
        "Gmail: the guide's two types",
        "/tasks gmail backups",
        said="Gmail",
        asks=_types("GSBackupGMail", "GSRestoreGMail"),
    ),
    Term(
        ("gdrive", "google drive"),
        Group.SERVICE,
        "Google Drive: the guide's two types",
        "/tasks gdrive today",
        said="Google Drive",
        asks=_types("GSBackupGDrive", "GSRestoreGDrive"),
    ),
    Term(
        ("tenant", "customer", "client", "for tenant", "from tenant"),
        Group.NAME,
        "of this tenant; part of the name is enough, a star is any characters, a comma parts several",
        '/tasks failed tenant "Acme Corp"',
        said="tenant",
        names=NameField.TENANT,
    ),
    Term(
        ("machine", "server", "computer", "on machine", "on server", "for machine"),
        Group.NAME,
        "of this machine, mailbox or site; without a name: machines",
        "/tasks machine srv-* failed",
        said="machine",
        asks=_workload(Workload.MACHINE),
        names=NameField.MACHINE,
    ),
    Term(
        ("plan", "policy"),
        Group.NAME,
        "under this plan",
        "/tasks plan nightly yesterday",
        said="plan",
        names=NameField.PLAN,
    ),
    Term(
        ("by", "started by"),
        Group.NAME,
        "started by this person",
        "/tasks restores by alice last 7 days",
        said="by",
        names=NameField.PERSON,
    ),
    Term(
        ("type",),
        Group.NAME,
        "of this type, as Acronis writes it; parts of runs too",
        "/tasks type UserMailboxBackup",
        said="type",
        names=NameField.TYPE,
    ),
    Term(
        ("named", "name", "called"),
        Group.NAME,
        "with this name anywhere: machine, plan, tenant or person; quotes alone mean it too",
        "/tasks named SRV-SQL01",
        said="named",
        names=NameField.ANY,
    ),
    Term(
        (NOT, "without", "except", "except for", "excluding", "no", "but", "but not"),
        Group.SCOPE,
        "leaves out the word or name after it; a dash right before a word does too",
        "/tasks failed not google",
        leaves_out=True,
    ),
    Term(
        ("all", "everything"),
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
        ("between",),
        Group.TIME,
        "from one time to another, last days whole",
        "/tasks failed between monday and wednesday",
        reads=windows.between,
        needs="two times",
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
    Term(
        ("changed", "updated"),
        Group.TIME,
        "makes a time mean when tasks last changed",
        "/tasks all changed last 24h",
        said="changed",
        time_field=TimeField.UPDATED,
    ),
    Term(
        ("longer than", "longer", "over", "more than", ">"),
        Group.LENGTH,
        "took longer, or has run for longer",
        "/tasks running longer than 2h",
        said="longer than",
        reads=lengths.longer,
        needs="a length such as 2h",
    ),
    Term(
        ("shorter than", "shorter", "under", "less than", "<"),
        Group.LENGTH,
        "took less time",
        "/tasks ok shorter than 5m",
        said="shorter than",
        reads=lengths.shorter,
        needs="a length such as 5m",
    ),
    Term(
        ("sort", "sort by", "sorted", "sorted by", "order by", "ordered by"),
        Group.ORDER,
        "by time, started, ended, duration, name or tenant",
        "/tasks failed sort duration",
        reads=shape.sort,
        needs="time, started, ended, duration, name or tenant",
    ),
    Term(
        ("newest", "latest"),
        Group.ORDER,
        "newest first, as lists are anyway",
        "/tasks newest 5",
        reads=shape.order(None, backwards=False, of_times=True),
    ),
    Term(
        ("oldest", "earliest"),
        Group.ORDER,
        "oldest first",
        "/tasks failed oldest",
        reads=shape.order(None, backwards=True, of_times=True),
    ),
    Term(
        ("longest", "slowest"),
        Group.ORDER,
        "those that took longest first",
        "/tasks backups longest 5",
        reads=shape.order(Sort.DURATION, backwards=False),
    ),
    Term(
        ("shortest", "fastest"),
        Group.ORDER,
        "those that took the least time first",
        "/tasks ok shortest",
        reads=shape.order(Sort.DURATION, backwards=True),
    ),
    Term(
        ("backwards", "reversed"),
        Group.ORDER,
        "the other way round",
        "/tasks sort name backwards",
        reads=shape.reversed_,
    ),
    Term(
        ("first", "top", "limit"),
        Group.ORDER,
        "so many and no more",
        "/tasks failed first 5",
        reads=shape.first,
        needs="a number",
    ),
)

_PARTICLES = ("and", "&", "&amp", "+", "the", "in", "of", "what", "which", "that", "are", "were", "took")
FILLERS: Final = frozenset(
    (*_PARTICLES, "tasks", "task", "jobs", "job", "only", "just", "please", "any", "is", "are", "list")
)
"""Words that may stand anywhere and change nothing. (Slack writes & as &amp; and the semicolon parts words.)"""

REFUSED: Final = {
    "or": "stands only between names, or between words of one sort; words of different sorts all have to hold.",
}
"""Words that people may well type and that would be misunderstood, and the answer."""
