"""The table of terms: the grammar of filters, the help, the did-you-mean and the documentation in one.

All words for filters stand here, and the language grows by a row here. (Days stand in `days`, units and times of day in
`times`, and what follows `sort` in `order`. The word of a verb stands in the verb's own file, in `handlers`.) A row's
words are what people may type; the first one is the term's name. What several terms mean together is `question`'s, and
what cannot both be true is `contradictions`'.
"""

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

TERMS: Final = (
    Term(
        ("running", "run", "runs", "in progress", "active", "ongoing"),
        Group.STATE,
        "in progress now; says what is paused",
        "/tasks running",
        asks=TaskQuery(states=frozenset({TaskState.STARTED})),
    ),
    Term(
        ("queued", "enqueued", "assigned", "waiting", "pending"),
        Group.STATE,
        "waiting for their turn now",
        "/tasks queued",
        asks=TaskQuery(states=QUEUED),
    ),
    Term(
        ("paused", "blocked"),
        Group.STATE,
        "paused now, waiting for somebody",
        "/tasks paused",
        asks=TaskQuery(states=frozenset({TaskState.PAUSED})),
    ),
    Term(
        ("completed", "complete", "finished", "ended", "done"),
        Group.STATE,
        "ended, well or not; a time then means when they ended",
        "/tasks completed since 2022-06-01",
        asks=TaskQuery(states=ENDED),
    ),
    Term(
        ("failed", "fail", "fails", "failing", "failure", "failures", "error", "errors", "with errors"),
        Group.RESULT,
        "ended in an error, abandoned or timed out",
        "/tasks failed",
        asks=TaskQuery(results=FAILED),
    ),
    Term(
        ("ok", "okay", "good", "successful", "succeeded", "success"),
        Group.RESULT,
        "ended well",
        "/tasks ok today",
        said="successful",
        asks=TaskQuery(results=frozenset({ResultCode.OK})),
    ),
    Term(
        ("warnings", "warning", "with warnings", "with warning", "warned"),
        Group.RESULT,
        "ended with warnings",
        "/tasks warnings",
        said="warning",
        tail="with warnings",
        asks=TaskQuery(results=frozenset({ResultCode.WARNING})),
    ),
    Term(
        ("cancelled", "canceled", "aborted", "stopped"),
        Group.RESULT,
        "cancelled by somebody",
        "/tasks cancelled",
        asks=TaskQuery(results=frozenset({ResultCode.CANCELLED})),
    ),
    Term(
        ("abandoned",),
        Group.RESULT,
        "given up by Acronis",
        "/tasks abandoned",
        asks=TaskQuery(results=frozenset({ResultCode.ABANDONED})),
    ),
    Term(
        ("timedout", "timed out", "timed-out", "timeout", "timeouts"),
        Group.RESULT,
        "ended because they took too long",
        "/tasks timedout",
        said="timed out",
        asks=TaskQuery(results=frozenset({ResultCode.TIMEDOUT})),
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
        asks=TaskQuery(workloads=frozenset({Workload.MICROSOFT365})),
    ),
    Term(
        ("google", "google workspace", "gworkspace", "workspace", "gsuite", "g suite"),
        Group.WORKLOAD,
        "Google Workspace alone",
        "/tasks google yesterday",
        said="Google",
        asks=TaskQuery(workloads=frozenset({Workload.GOOGLE})),
    ),
    Term(
        ("machines", "servers", "computers"),
        Group.WORKLOAD,
        "machines with an agent",
        "/tasks machines failed",
        said="machine",
        asks=TaskQuery(workloads=frozenset({Workload.MACHINE})),
    ),
    Term(
        ("backups", "backup"),
        Group.KIND,
        "backups alone",
        "/tasks backups failed",
        asks=TaskQuery(kinds=frozenset({Kind.BACKUP})),
    ),
    Term(
        ("restores", "restore", "recoveries", "recovery"),
        Group.KIND,
        "restores alone",
        "/tasks restores last 7 days",
        asks=TaskQuery(kinds=frozenset({Kind.RESTORE})),
    ),
    Term(
        ("management", "maintenance"),
        Group.KIND,
        "updates, scans, plans being applied",
        "/tasks management today",
        asks=TaskQuery(kinds=frozenset({Kind.MANAGEMENT})),
    ),
    Term(
        ("unknown", "unknown kind", "other"),
        Group.KIND,
        "of a type that Acronis does not explain",
        "/tasks unknown failed",
        asks=TaskQuery(kinds=frozenset({Kind.UNKNOWN})),
    ),
    Term(
        ("mailbox", "mailboxes", "exchange"),
        Group.SERVICE,
        "Exchange Online mailboxes: the guide's two types",
        "/tasks mailbox failed",
        asks=TaskQuery(types=frozenset({"UserMailboxBackup", "UserMailboxRestore"})),
    ),
    Term(
        ("sharepoint", "sharepoint online"),
        Group.SERVICE,
        "SharePoint Online: the guide's two types",
        "/tasks sharepoint restores",
        said="SharePoint",
        asks=TaskQuery(types=frozenset({"SPBackup", "SPRestore"})),
    ),
    Term(
        ("onedrive", "one drive"),
        Group.SERVICE,
        "OneDrive: the guide's two types",
        "/tasks onedrive last 7 days",
        said="OneDrive",
        asks=TaskQuery(types=frozenset({"ODBackup", "ODRestore"})),
    ),
    Term(
        ("gmail", "google mail"),
        Group.SERVICE,
        "Gmail: the guide's two types",
        "/tasks gmail backups",
        said="Gmail",
        asks=TaskQuery(types=frozenset({"GSBackupGMail", "GSRestoreGMail"})),
    ),
    Term(
        ("gdrive", "google drive"),
        Group.SERVICE,
        "Google Drive: the guide's two types",
        "/tasks gdrive today",
        said="Google Drive",
        asks=TaskQuery(types=frozenset({"GSBackupGDrive", "GSRestoreGDrive"})),
    ),
    Term(
        ("tenant", "customer", "client", "for tenant", "from tenant"),
        Group.NAME,
        "of this tenant; part of the name is enough, a star is any characters, a comma parts several",
        '/tasks failed tenant "Acme Corp"',
        names=NameField.TENANT,
    ),
    Term(
        ("machine", "server", "computer", "on machine", "on server", "for machine"),
        Group.NAME,
        "of this machine, mailbox or site; without a name: machines",
        "/tasks machine srv-* failed",
        asks=TaskQuery(workloads=frozenset({Workload.MACHINE})),
        names=NameField.MACHINE,
    ),
    Term(
        ("plan", "policy"),
        Group.NAME,
        "under this plan",
        "/tasks plan nightly yesterday",
        names=NameField.PLAN,
    ),
    Term(
        ("by", "started by"),
        Group.NAME,
        "started by this person",
        "/tasks restores by alice last 7 days",
        names=NameField.PERSON,
    ),
    Term(
        ("type",),
        Group.NAME,
        "of this type, as Acronis writes it; parts of runs too",
        "/tasks type UserMailboxBackup",
        names=NameField.TYPE,
    ),
    Term(
        ("named", "name", "called"),
        Group.NAME,
        "with this name anywhere: machine, plan, tenant or person; quotes alone mean it too",
        "/tasks named SRV-SQL01",
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
        everything=True,
    ),
    Term(
        ("since", "after", "from"),
        Group.TIME,
        "from a day or a time on",
        "/tasks since 2022-06-01",
        reads=bounds.since,
    ),
    Term(
        ("before",),
        Group.TIME,
        "before a day or a time",
        "/tasks failed since 2022-06-01 before 2022-06-02",
        reads=bounds.before,
    ),
    Term(
        ("until", "till", "to", "through"),
        Group.TIME,
        "up to a time, or to the end of a day",
        "/tasks failed since monday until today",
        reads=bounds.until,
    ),
    Term(
        ("on",),
        Group.TIME,
        "on one day",
        "/tasks failed on 2022-06-01",
        reads=bounds.on,
        bare=True,
    ),
    Term(
        ("between",),
        Group.TIME,
        "from one time to another, last days whole",
        "/tasks failed between monday and wednesday",
        reads=bounds.between,
        needs="two times",
    ),
    Term(
        ("last", "past", "previous"),
        Group.TIME,
        "so long back from now",
        "/tasks last 24h",
        reads=bounds.last,
        bare=True,
    ),
    Term(
        ("today", "yesterday"),
        Group.TIME,
        "on that day, where you are",
        "/tasks failed yesterday",
        reads=bounds.own_day,
    ),
    Term(
        ("started", "began"),
        Group.TIME,
        "makes a time mean when tasks started",
        "/tasks failed started since yesterday",
        time_field=TimeField.STARTED,
    ),
    Term(
        ("changed", "updated"),
        Group.TIME,
        "makes a time mean when tasks last changed",
        "/tasks all changed last 24h",
        time_field=TimeField.UPDATED,
    ),
    Term(
        ("longer than", "longer", "over", "more than", ">"),
        Group.LENGTH,
        "took longer, or has run for longer",
        "/tasks running longer than 2h",
        reads=bounds.longer,
        needs="a length such as 2h",
    ),
    Term(
        ("shorter than", "shorter", "under", "less than", "<"),
        Group.LENGTH,
        "took less time",
        "/tasks ok shorter than 5m",
        reads=bounds.shorter,
        needs="a length such as 5m",
    ),
    Term(
        ("sort", "sort by", "sorted", "sorted by", "order by", "ordered by"),
        Group.ORDER,
        "by time, started, ended, duration, name or tenant",
        "/tasks failed sort duration",
        reads=order.sort,
        needs="time, started, ended, duration, name or tenant",
    ),
    Term(
        ("newest", "latest"),
        Group.ORDER,
        "newest first, as lists are anyway",
        "/tasks newest 5",
        reads=order.by(None, backwards=False),
    ),
    Term(
        ("oldest", "earliest"),
        Group.ORDER,
        "oldest first",
        "/tasks failed oldest",
        reads=order.by(None, backwards=True),
    ),
    Term(
        ("longest", "slowest"),
        Group.ORDER,
        "those that took longest first",
        "/tasks backups longest 5",
        reads=order.by(Sort.DURATION, backwards=False),
    ),
    Term(
        ("shortest", "fastest"),
        Group.ORDER,
        "those that took the least time first",
        "/tasks ok shortest",
        reads=order.by(Sort.DURATION, backwards=True),
    ),
    Term(
        (order.BACKWARDS, "reversed"),
        Group.ORDER,
        "the other way round",
        "/tasks sort name backwards",
        reads=order.backwards,
    ),
    Term(
        ("first", "top", "limit"),
        Group.ORDER,
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
