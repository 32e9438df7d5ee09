"""The table of terms: the grammar of filters, the help, the did-you-mean and the documentation in one.

The words for filters stand in `terms.toml`, but for days, units and times of day, and what follows `sort`.
"""

import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from sys import intern
from typing import Any, Final, NamedTuple, TypeVar

from bot.language import bounds, order
from bot.language.days import WEEKDAYS
from bot.language.sentence import Sentence
from bot.language.terms import NOTHING, SETS, Group, Reader, Term
from bot.language.times import TIME_WORDS
from bot.model import (
    FAILED,
    OFFICE365_TYPES,
    Due,
    Kind,
    NameField,
    Pace,
    ResultCode,
    Severity,
    Silence,
    Sort,
    Standing,
    TaskQuery,
    TaskState,
    TimeField,
    TriageState,
    Workload,
)

V = TypeVar("V")

_FILE = Path(__file__).with_name("terms.toml")
_READERS: Mapping[str, Reader] = {
    "since": bounds.since,
    "before": bounds.before,
    "older than": bounds.older,
    "newer than": bounds.newer,
    "until": bounds.until,
    "on": bounds.on,
    "at": bounds.at,
    "around": bounds.around,
    "ever": bounds.ever,
    "between": bounds.between,
    "last": bounds.last,
    "today": bounds.own_day,
    "longer than": bounds.longer,
    "shorter than": bounds.shorter,
    "sort": order.sort,
    "newest": order.by(None, backwards=False),
    "oldest": order.by(None, backwards=True),
    "longest": order.by(Sort.DURATION, backwards=False),
    "shortest": order.by(Sort.DURATION, backwards=True),
    "backwards": order.backwards,
    "first": order.first,
}
"""What reads the words that follow a term, by the term's name."""

_VALUES: Mapping[str, Callable[[str], str]] = {
    "states": TaskState,
    "results": ResultCode,
    "types": str,
    "workloads": Workload,
    "kinds": Kind,
    "names": NameField,
    "time_field": TimeField,
    "paces": Pace,
}
_WHOLE_SETS: Mapping[str, frozenset[str]] = {"failed": FAILED, "office 365": OFFICE365_TYPES}


def _term(group: str, entry: dict[str, Any]) -> Term:
    """Raises ValueError at a value, and TypeError at a field, that is not known."""
    for field in _VALUES.keys() & entry.keys():
        value, read = entry[field], _VALUES[field]
        if isinstance(value, list):
            entry[field] = frozenset(map(read, value))
        else:
            entry[field] = _WHOLE_SETS[value] if field in SETS else read(value)
    asks = {field: entry.pop(field) for field in SETS if field in entry}
    words = tuple(entry.pop("words"))
    return Term(Group(group), words, asks=replace(NOTHING, **asks), reads=_READERS.get(words[0]), **entry)


_TABLE: Final = tomllib.loads(_FILE.read_text(encoding="utf-8"))
_LEADS: Final = _TABLE.pop("lead")
CAUSES: Final[dict[str, tuple[str, ...]]] = {
    words: tuple(cause.get("means", [words])) for cause in _TABLE.pop("cause") for words in cause["words"]
}
"""Words that are always a cause of failures, and what is looked for in the error book."""
_PASSED_OVER: Final[dict[str, list[str]]] = _TABLE.pop("passed")
TERMS: Final = tuple(_term(group, entry) for group, entries in _TABLE.items() for entry in entries)

FILLERS: Final = frozenset(_PASSED_OVER["anywhere"])
"""Words that may stand anywhere and change nothing. (Slack writes & as &amp; and the semicolon parts words.)"""
PASSED: Final = FILLERS | frozenset(_PASSED_OVER["outside_names"])
"""And those that belong to a name where they stand in one."""
BEFORE_PHRASES: Final = frozenset(_PASSED_OVER["before_phrases"])
BEFORE_NAMES: Final = BEFORE_PHRASES | frozenset(_PASSED_OVER["before_names"])
"""Small words that say nothing before the name of something known, and those that say nothing before a word either."""

_READS_ONLY: Final = "cannot be done from here: Nightshift only reads. Acronis's console can."
_HOW_OFTEN: Final = "asks how often, which lists do not tell. How often what failed stands in the figures."
_ONE_TIME: Final = "asks for two times beside each other: ask for each by itself."
_NO_SIZES: Final = "asks for sizes, which are not kept. What took longest can be asked."
_NO_MEANS: Final = "is not told over many runs. How long the runs of one usually take stands in its history."
_NO_TEAMS: Final = "has no word of its own: Acronis's guide explains no types of it. All of Microsoft 365 can be asked."
_IS_AHEAD: Final = "asks for what is still ahead: what is due in the next hours can be asked."
REFUSED: Final = {
    **dict.fromkeys(
        ("delete", "remove", "erase", "disable", "enable", "pause", "edit", "create", "install", "restart", "reboot"),
        _READS_ONLY,
    ),
    "next": _IS_AHEAD,
    **dict.fromkeys(
        ("biggest", "largest", "smallest", "size", "sizes", "big", "bigger", "larger", "smaller", "gb", "tb"), _NO_SIZES
    ),
    **dict.fromkeys(("often", "twice", "once", "repeatedly", "times", "most", "flaky"), _HOW_OFTEN),
    "teams": _NO_TEAMS,
    **dict.fromkeys(("average", "median", "mean", "avg"), _NO_MEANS),
    **dict.fromkeys(("vs", "versus", "compare", "compared", "than"), _ONE_TIME),
    "or": "stands only between names, or between words of one sort; words of different sorts all have to hold.",
}
"""Words that people may well type and that would be misunderstood, and the answer."""
_INSTEAD_OF: Final = {
    _IS_AHEAD: "/tasks protected? tonight",
    _NO_SIZES: "/tasks longest 5",
    _NO_TEAMS: "/tasks m365 failed",
    _NO_MEANS: "/tasks history SRV-SQL01",
    _HOW_OFTEN: "/tasks stats by plan",
    _ONE_TIME: "/tasks stats yesterday",
}
INSTEAD: Final = {word: _INSTEAD_OF[told] for word, told in REFUSED.items() if told in _INSTEAD_OF}
"""What to ask in their place, where something is near."""

BARE: Final = tuple(term for term in TERMS if term.bare)
NAME_TERMS: Final = {term.names: term for term in TERMS if term.names}  # the term that stands before each kind of name
CRITICAL: Final = Term(
    Group.RESULT,
    ("critical", "crit"),
    "of alerts: the restore point is at stake; `warning` is the other severity",
    "/tasks alerts critical",
    asks=TaskQuery(severities=frozenset({Severity.CRITICAL})),
)
_TRIAGE: Final = (
    (TriageState.TAKEN, ("taken", "acked", "acknowledged", "owned"), "of alerts: somebody has it"),
    (TriageState.MINE, ("mine", "my"), "of alerts: you have it, or you snoozed it"),
    (TriageState.SNOOZED, ("snoozed", "muted", "silenced"), "of alerts: it is silenced for now"),
    (TriageState.UNTOUCHED, ("untouched", "untaken", "unowned", "unacked"), "of alerts: nobody did anything about it"),
)
_SILENCES: Final = (
    (Silence.MISSED, ("missed", "skipped"), "of alerts: it was due and did not start"),
    (Silence.NEVER, ("never",), "of alerts: its plan has not run once"),
    (Silence.STUCK, ("stuck", "hung", "hanging"), "of alerts: its run does not end"),
    (Silence.WAITS, ("waiting", "waits"), "of alerts: its run waits for a person"),
    (Silence.VANISHED, ("vanished", "deleted"), "of alerts: it ran, and is deleted"),
    (Silence.EMPTY, ("empty",), "of alerts: its runs save nothing"),
    (Silence.OFFLINE, ("offline",), "of alerts: its agent is away"),
)
_LEADING: Final = (
    CRITICAL,
    *(
        Term(
            Group.STATE,
            words,
            meaning,
            f"/tasks alerts {state}",
            said=words[-1] if state == "mine" else "",
            asks=TaskQuery(triage=frozenset({state})),
        )
        for state, words, meaning in _TRIAGE
    ),
)
ALERT_TERMS: Final = (
    *_LEADING,
    *(
        Term(
            Group.RESULT,
            words,
            meaning,
            f"/tasks alerts {words[0]}",
            asks=TaskQuery(results=frozenset[str]({code})),
        )
        for code, words, meaning in _SILENCES
    ),
)
"""Known only where alerts are asked for."""
LEADS_ALERTS: Final = frozenset(word for term in _LEADING for word in term.words)
"""Those with which a question about alerts may begin, without its verb."""
OF_ALERTS: Final = {word: term for term in ALERT_TERMS for word in term.words}
_STANDINGS: Final = (
    (Standing.FAILING, ("failing",), "of `protected?`: its last run failed, or its good runs save nothing"),
    (Standing.NEVER, ("never", "never ran"), "of `protected?`: there never was a good backup"),
    (Standing.MISSED, ("missed", "did not run", "not run"), "of `protected?`: it was due, and did not start"),
    (Standing.LATE, ("late", "overdue"), "of `protected?`: the last good backup is older than its target"),
    (
        Standing.NO_PLAN,
        ("without a plan", "without plan", "without plans", "no plan", "unplanned"),
        "of `protected?`: nothing backs it up",
    ),
    (Standing.UNKNOWN, ("unknown",), "of `protected?`: what would tell is not known, and why"),
    (Standing.PAUSED, ("paused",), "of `protected?`: its plan is paused, or switched off"),
    (Standing.NOT_EXPECTED, ("not expected", "unexpected"), "of `protected?`: no backup is due any more, and why"),
    (Standing.GOOD, ("good", "green"), "of `protected?`: a good backup within its target"),
)
STANDING_TERMS: Final = (
    *(
        Term(
            Group.RESULT,
            words,
            meaning,
            f"/tasks protected? {words[0]}",
            asks=TaskQuery(standings=frozenset({standing})),
        )
        for standing, words, meaning in _STANDINGS
    ),
    Term(
        Group.TIME,
        ("tonight", "due tonight"),
        "of `protected?`: what is due in the next 12 hours, and what of it is at risk",
        "/tasks protected? tonight",
        asks=TaskQuery(due=frozenset({Due.TONIGHT})),
    ),
)
"""Known only where restore points are asked for."""
OF_STANDINGS: Final = {tuple(words.split()): term for term in STANDING_TERMS for words in term.words}
_LONGEST_STANDING: Final = max(map(len, OF_STANDINGS))
ALONE: Final = frozenset(("missed", "late", "overdue", "never", "green", "unprotected"))
"""First words that ask for restore points by themselves. All others mean something else there."""
BY_WORDS: Final = {words: term for term in TERMS for words in term.words}
KNOWN_WORDS: Final = (*BY_WORDS, *WEEKDAYS)
GUESSED: Final = (*KNOWN_WORDS, *TIME_WORDS, *LEADS_ALERTS, *ALONE, *CAUSES)
"""What may have been meant by a word that is not known."""


def _by_first_word(found: Iterable[tuple[str, V]]) -> dict[str, list[tuple[tuple[str, ...], V]]]:
    """By the first of its words: the others, and what they stand for; the longest first."""
    known: dict[str, list[tuple[tuple[str, ...], V]]] = {}
    for words, value in sorted(found, key=lambda each: -len(each[0].split())):
        first, *more = map(intern, words.split())
        known.setdefault(first, []).append((tuple(more), value))
    return known


_BY_FIRST_WORD: Final = _by_first_word(BY_WORDS.items())
FILLERS_OF_MORE: Final = _by_first_word((words, words) for words in _PASSED_OVER["together"])


_CAUSES_BY_FIRST: Final = _by_first_word(CAUSES.items())


class Lead(NamedTuple):
    """What words stand for; the words `dropped` beside them; whether they stand for it only where nothing follows."""

    says: str
    dropped: frozenset[str] = frozenset()
    alone: bool = False


def _lead(entry: dict[str, Any]) -> Lead:
    return Lead(entry["says"], frozenset(entry.get("drops", ())), entry.get("alone", False))


def _leads(found: Iterable[dict[str, Any]]) -> dict[str, list[tuple[tuple[str, ...], Lead]]]:
    return _by_first_word((words, lead) for entry in found for lead in [_lead(entry)] for words in entry["words"])


_LEADS_BY_FIRST: Final = _leads(_LEADS)
LEADS_ANYWHERE: Final = _leads(entry for entry in _LEADS if entry.get("anywhere"))
"""Those that mean the same wherever they stand."""
LEAD_WORDS: Final = tuple(words for lead in _LEADS for words in lead["words"])
LEADS_END: Final = frozenset(words.split()[-1] for words in LEAD_WORDS)
"""The last words of them."""


def _at(
    sentence: Sentence,
    at: int,
    known: Mapping[str, Sequence[tuple[tuple[str, ...], V]]],
    fits: Callable[[V, int], bool] | None = None,
) -> tuple[V, int] | None:
    """What the most words here stand for that `fits`, and the place after them."""
    found = known.get(sentence.word(at))
    if not found:
        return None
    after = sentence.word(at + 1) if found[0][0] else ""  # the one with the most words comes first
    for more, value in found:
        if not more or (more[0] == after and all(sentence.word(at + n) == word for n, word in enumerate(more, 1))):
            until = at + 1 + len(more)
            if fits is None or fits(value, until):
                return value, until
    return None


def cause_at(sentence: Sentence, at: int) -> tuple[tuple[str, ...], int] | None:
    """The words of the error book that are meant by those of a cause that begin here, and the place after these."""
    return _at(sentence, at, _CAUSES_BY_FIRST) if sentence.word(at) in _CAUSES_BY_FIRST else None


def fillers_together_at(sentence: Sentence, at: int) -> int:
    """The place after the words here that change nothing together; `at` itself where there are none."""
    found = _at(sentence, at, FILLERS_OF_MORE)
    return found[1] if found else at


def filler_at(sentence: Sentence, at: int) -> int:
    """The place after the words here that change nothing; `at` itself where there are none."""
    word = sentence.word(at)
    if word in FILLERS_OF_MORE and (until := fillers_together_at(sentence, at)) > at:
        return until
    return at + (word in PASSED or word in sentence.passed)


def lead_at(sentence: Sentence, at: int) -> tuple[Lead, int] | None:
    """The words of the language that other words stand for at the beginning, and the place after these."""
    return _at(sentence, at, _LEADS_BY_FIRST, lambda lead, until: until >= sentence.end or not lead.alone)


def lead_anywhere(sentence: Sentence) -> int:
    """The place of words that stand for others wherever they stand; -1 where there are none."""
    for at, token in enumerate(sentence.tokens):
        if token.word in LEADS_ANYWHERE and _at(sentence, at, LEADS_ANYWHERE):
            return at
    return -1


def term_at(sentence: Sentence, at: int) -> tuple[Term, int] | None:
    """The term whose words begin here, the longest first, and the place after them."""
    if sentence.has_standings and (found := _standing_at(sentence, at)):
        return found
    if sentence.has_severities and (of_alerts := OF_ALERTS.get(sentence.word(at))):
        return of_alerts, at + 1
    return _at(sentence, at, _BY_FIRST_WORD)


def _standing_at(sentence: Sentence, at: int) -> tuple[Term, int] | None:
    for many in range(_LONGEST_STANDING, 0, -1):
        words = tuple(sentence.word(at + n) for n in range(many))
        if term := OF_STANDINGS.get(words):
            return term, at + many
    return None
