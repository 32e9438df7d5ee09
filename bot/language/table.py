"""The table of terms: the grammar of filters, the help, the did-you-mean and the documentation in one.

All words for filters stand here, and the language grows by a row here. (Days stand in `days`, units and times of day in
`times`, and what follows `sort` in `order`. The word of a verb stands in the verb's own file, in `handlers`.) A row's
words are what people may type; the first one is the term's name. What several terms mean together is `question`'s, and
what cannot both be true is `contradictions`'.
"""

from functools import partial
from typing import Final

from bot.language import bounds, order
from bot.language.days import WEEKDAYS
from bot.language.sentence import NOT, Sentence
from bot.language.terms import ENDED, QUEUED, Group, Term
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

_state = partial(Term, Group.STATE)
_result = partial(Term, Group.RESULT)
_workload = partial(Term, Group.WORKLOAD)
_kind = partial(Term, Group.KIND)
_service = partial(Term, Group.SERVICE)
_name = partial(Term, Group.NAME)
_scope = partial(Term, Group.SCOPE)
_time = partial(Term, Group.TIME)
_length = partial(Term, Group.LENGTH)
_order = partial(Term, Group.ORDER)

TERMS: Final[tuple[Term, ...]] = (
    _state(
        ("running", "run", "runs", "in progress", "active", "ongoing"),
        "in progress now; says what is paused",
        "/tasks running",
        asks=TaskQuery(states=frozenset({TaskState.STARTED})),
    ),
    _state(
        ("queued", "enqueued", "assigned", "waiting", "pending"),
        "waiting for their turn now",
        "/tasks queued",
        asks=TaskQuery(states=QUEUED),
    ),
    _state(
        ("paused", "blocked"),
        "paused now, waiting for somebody",
        "/tasks paused",
        asks=TaskQuery(states=frozenset({TaskState.PAUSED})),
    ),
    _state(
        ("completed", "complete", "finished", "ended", "done"),
        "ended, well or not; a time then means when they ended",
        "/tasks completed since 2022-06-01",
        asks=TaskQuery(states=ENDED),
    ),
    _result(
        ("failed", "fail", "fails", "failing", "failure", "failures", "error", "errors", "with errors"),
        "ended in an error, abandoned or timed out",
        "/tasks failed",
        asks=TaskQuery(results=FAILED),
    ),
    _result(
        ("ok", "okay", "good", "successful", "succeeded", "success"),
        "ended well",
        "/tasks ok today",
        said="successful",
        asks=TaskQuery(results=frozenset({ResultCode.OK})),
    ),
    _result(
        ("warnings", "warning", "with warnings", "with warning", "warned"),
        "ended with warnings",
        "/tasks warnings",
        said="warning",
        tail="with warnings",
        asks=TaskQuery(results=frozenset({ResultCode.WARNING})),
    ),
    _result(
        ("cancelled", "canceled", "aborted", "stopped"),
        "cancelled by somebody",
        "/tasks cancelled",
        asks=TaskQuery(results=frozenset({ResultCode.CANCELLED})),
    ),
    _result(
        ("abandoned",),
        "given up by Acronis",
        "/tasks abandoned",
        asks=TaskQuery(results=frozenset({ResultCode.ABANDONED})),
    ),
    _result(
        ("timedout", "timed out", "timed-out", "timeout", "timeouts"),
        "ended because they took too long",
        "/tasks timedout",
        said="timed out",
        asks=TaskQuery(results=frozenset({ResultCode.TIMEDOUT})),
    ),
    _workload(
        ("o365", "office365", "office 365", "office"),
        "the ten types of Acronis's guide; four of them are Google's",
        "/tasks o365 since 2022-06-01",
        said="Office 365",
        asks=TaskQuery(types=OFFICE365_TYPES),
    ),
    _workload(
        ("m365", "microsoft365", "microsoft 365", "microsoft", "ms365"),
        "Microsoft 365 alone",
        "/tasks failed m365",
        said="Microsoft 365",
        asks=TaskQuery(workloads=frozenset({Workload.MICROSOFT365})),
    ),
    _workload(
        ("google", "google workspace", "gworkspace", "workspace", "gsuite", "g suite"),
        "Google Workspace alone",
        "/tasks google yesterday",
        said="Google",
        asks=TaskQuery(workloads=frozenset({Workload.GOOGLE})),
    ),
    _workload(
        ("machines", "servers", "computers"),
        "machines with an agent",
        "/tasks machines failed",
        said="machine",
        asks=TaskQuery(workloads=frozenset({Workload.MACHINE})),
    ),
    _kind(
        ("backups", "backup"),
        "backups alone",
        "/tasks backups failed",
        asks=TaskQuery(kinds=frozenset({Kind.BACKUP})),
    ),
    _kind(
        ("restores", "restore", "recoveries", "recovery"),
        "restores alone",
        "/tasks restores last 7 days",
        asks=TaskQuery(kinds=frozenset({Kind.RESTORE})),
    ),
    _kind(
        ("management", "maintenance"),
        "updates, scans, plans being applied",
        "/tasks management today",
        asks=TaskQuery(kinds=frozenset({Kind.MANAGEMENT})),
    ),
    _kind(
        ("unknown", "unknown kind", "other"),
        "of a type that Acronis does not explain",
        "/tasks unknown failed",
        asks=TaskQuery(kinds=frozenset({Kind.UNKNOWN})),
    ),
    _service(
        ("mailbox", "mailboxes", "exchange"),
        "Exchange Online mailboxes: the guide's two types",
        "/tasks mailbox failed",
        asks=TaskQuery(types=frozenset({"UserMailboxBackup", "UserMailboxRestore"})),
    ),
    _service(
        ("sharepoint", "sharepoint online"),
        "SharePoint Online: the guide's two types",
        "/tasks sharepoint restores",
        said="SharePoint",
        asks=TaskQuery(types=frozenset({"SPBackup", "SPRestore"})),
    ),
    _service(
        ("onedrive", "one drive"),
        "OneDrive: the guide's two types",
        "/tasks onedrive last 7 days",
        said="OneDrive",
        asks=TaskQuery(types=frozenset({"ODBackup", "ODRestore"})),
    ),
    _service(
        ("gmail", "google mail"),
        "Gmail: the guide's two types",
        "/tasks gmail backups",
        said="Gmail",
        asks=TaskQuery(types=frozenset({"GSBackupGMail", "GSRestoreGMail"})),
    ),
    _service(
        ("gdrive", "google drive"),
        "Google Drive: the guide's two types",
        "/tasks gdrive today",
        said="Google Drive",
        asks=TaskQuery(types=frozenset({"GSBackupGDrive", "GSRestoreGDrive"})),
    ),
    _name(
        ("tenant", "customer", "client", "for tenant", "from tenant"),
        "of this tenant; part of the name is enough, a star is any characters, a comma parts several",
        '/tasks failed tenant "Acme Corp"',
        names=NameField.TENANT,
    ),
    _name(
        ("machine", "server", "computer", "on machine", "on server", "for machine"),
        "of this machine, mailbox or site; without a name: machines",
        "/tasks machine srv-* failed",
        asks=TaskQuery(workloads=frozenset({Workload.MACHINE})),
        names=NameField.MACHINE,
    ),
    _name(
        ("plan", "policy"),
        "under this plan",
        "/tasks plan nightly yesterday",
        names=NameField.PLAN,
    ),
    _name(
        ("by", "started by"),
        "started by this person",
        "/tasks restores by alice last 7 days",
        names=NameField.PERSON,
    ),
    _name(
        ("type",),
        "of this type, as Acronis writes it; parts of runs too",
        "/tasks type UserMailboxBackup",
        names=NameField.TYPE,
    ),
    _name(
        ("named", "name", "called"),
        "with this name anywhere: machine, plan, tenant or person; quotes alone mean it too",
        "/tasks named SRV-SQL01",
        names=NameField.ANY,
    ),
    _scope(
        (NOT, "without", "except", "except for", "excluding", "no", "but", "but not"),
        "leaves out the word or name after it; a dash right before a word does too",
        "/tasks failed not google",
        leaves_out=True,
    ),
    _scope(
        ("all", "everything"),
        "everything, management tasks and parts of runs too",
        "/tasks all today",
        everything=True,
    ),
    _time(
        ("since", "after", "from"),
        "from a day or a time on",
        "/tasks since 2022-06-01",
        reads=bounds.since,
    ),
    _time(
        ("before",),
        "before a day or a time",
        "/tasks failed since 2022-06-01 before 2022-06-02",
        reads=bounds.before,
    ),
    _time(
        ("until", "till", "to", "through"),
        "up to a time, or to the end of a day",
        "/tasks failed since monday until today",
        reads=bounds.until,
    ),
    _time(
        ("on",),
        "on one day",
        "/tasks failed on 2022-06-01",
        reads=bounds.on,
        bare=True,
    ),
    _time(
        ("between",),
        "from one time to another, last days whole",
        "/tasks failed between monday and wednesday",
        reads=bounds.between,
        needs="two times",
    ),
    _time(
        ("last", "past", "previous"),
        "so long back from now",
        "/tasks last 24h",
        reads=bounds.last,
        bare=True,
    ),
    _time(
        ("today", "yesterday"),
        "on that day, where you are",
        "/tasks failed yesterday",
        reads=bounds.own_day,
    ),
    _time(
        ("started", "began"),
        "makes a time mean when tasks started",
        "/tasks failed started since yesterday",
        time_field=TimeField.STARTED,
    ),
    _time(
        ("changed", "updated"),
        "makes a time mean when tasks last changed",
        "/tasks all changed last 24h",
        time_field=TimeField.UPDATED,
    ),
    _length(
        ("longer than", "longer", "over", "more than", ">"),
        "took longer, or has run for longer",
        "/tasks running longer than 2h",
        reads=bounds.longer,
        needs="a length such as 2h",
    ),
    _length(
        ("shorter than", "shorter", "under", "less than", "<"),
        "took less time",
        "/tasks ok shorter than 5m",
        reads=bounds.shorter,
        needs="a length such as 5m",
    ),
    _order(
        ("sort", "sort by", "sorted", "sorted by", "order by", "ordered by"),
        "by time, started, ended, duration, name or tenant",
        "/tasks failed sort duration",
        reads=order.sort,
        needs="time, started, ended, duration, name or tenant",
    ),
    _order(
        ("newest", "latest"),
        "newest first, as lists are anyway",
        "/tasks newest 5",
        reads=order.by(None, backwards=False),
    ),
    _order(
        ("oldest", "earliest"),
        "oldest first",
        "/tasks failed oldest",
        reads=order.by(None, backwards=True),
    ),
    _order(
        ("longest", "slowest"),
        "those that took longest first",
        "/tasks backups longest 5",
        reads=order.by(Sort.DURATION, backwards=False),
    ),
    _order(
        ("shortest", "fastest"),
        "those that took the least time first",
        "/tasks ok shortest",
        reads=order.by(Sort.DURATION, backwards=True),
    ),
    _order(
        (order.BACKWARDS, "reversed"),
        "the other way round",
        "/tasks sort name backwards",
        reads=order.backwards,
    ),
    _order(
        ("first", "top", "limit"),
        "so many and no more",
        "/tasks failed first 5",
        reads=order.first,
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

BARE: Final = tuple(term for term in TERMS if term.bare)
NAME_TERMS: Final = {term.names: term for term in TERMS if term.names}
"""The term that stands before each kind of name."""

BY_WORDS: Final = {words: term for term in TERMS for words in term.words}
KNOWN_WORDS: Final = (*BY_WORDS, *WEEKDAYS)
_BY_FIRST_WORD: Final[dict[str, list[tuple[tuple[str, ...], Term]]]] = {}
for _words in sorted((tuple(words.split()) for words in BY_WORDS), key=len, reverse=True):
    _BY_FIRST_WORD.setdefault(_words[0], []).append((_words, BY_WORDS[" ".join(_words)]))


def term_at(sentence: Sentence, at: int) -> tuple[Term, int] | None:
    """The term whose words begin here, the longest first, and the place after them."""
    for words, term in _BY_FIRST_WORD.get(sentence.word(at), ()):
        until = at + len(words)
        if all(sentence.word(at + n) == word for n, word in enumerate(words)):
            return term, until
    return None


def terms() -> tuple[Term, ...]:
    """The whole table, in the order in which it is explained."""
    return TERMS
