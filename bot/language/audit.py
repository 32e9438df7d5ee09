"""Words after `audit` into an `AuditQuery`. Pure and total: any text gives a query or a UsageError.

    audit  = { person | act | "refused" | number | filter }       in any order
    person = "by" ("me" | "@" name | name | id)      id = a person's id of Slack's: U0123456789, @U0123456789
    number = "#" digits | "alert" digits | digits                 an alert's; digits alone right after `audit` or an act
    filter = names of tenants, machines and plans, and times, as everywhere

Words of its own are cut out of the text, and the rest is read as filters, so that an error points where it was typed.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from bot.errors import UsageError
from bot.language.filters import phrases_from
from bot.language.grammar import LONGEST
from bot.language.question import asked
from bot.language.sentence import Sentence, read
from bot.language.table import term_at
from bot.language.terms import Group
from bot.language.times import spelled_window
from bot.language.unknown import unknown
from bot.language.wording import describe
from bot.model import Act, AuditQuery, NameField, TaskQuery, folded

EXAMPLE: Final = "/tasks audit resolve since yesterday"

NOBODY: Final[Mapping[str, str]] = {}
NOBODY_CALLED: Final[Mapping[str, Collection[str]]] = {}

_ACTS: Final = {act.value: act for act in Act}
_REFUSED: Final = frozenset({"refused", "denied"})
_ALERT: Final = frozenset({"alert", "alerts"})
_NUMBER: Final = re.compile(r"#?([0-9]{1,9})")
_PERSON: Final = re.compile(r"[uw][a-z0-9]{2,30}")
_MOST_WORDS: Final = 3  # of a person's name
_MOST_NAMES: Final = 20
_BETWEEN: Final = frozenset({"or", "and"})
_GROUPS: Final = frozenset({Group.NAME, Group.TIME})
_NO_ID: Final = (
    "it is not known who that is: type the name as Slack shows it, choose the person from Slack's list after an @, say"
    " `by U0123456789` with the member ID from the profile, or `by me`."
)


@dataclass(slots=True)
class _Own:
    """What the words of its own ask for, and which places of the sentence they take."""

    query: AuditQuery = field(default_factory=AuditQuery)
    places: set[int] = field(default_factory=set[int])


def parse_audit(
    text: str,
    now: datetime,
    zone: ZoneInfo,
    me: str = "",
    people: Mapping[str, str] = NOBODY,
    called: Mapping[str, Collection[str]] = NOBODY_CALLED,
) -> AuditQuery:
    """What is asked for after the word `audit`, which may stand first. `me` is who asks; `people` are the ids of those
    who were chosen from Slack's list, by the names that stand in the text (`@mia`); `called` are those of who bears a
    name that was typed. Raises UsageError."""
    if len(text) > LONGEST:
        raise UsageError(f"That is {len(text):,} characters; it may have {LONGEST:,}.", text="", example=EXAMPLE)
    sentence = read(text, now, zone)
    named: dict[str, Collection[str]] = {folded(name): users for name, users in called.items()}
    named |= {folded(name.lstrip("@")): (user,) for name, user in people.items()}
    named |= dict.fromkeys(("me", "myself"), (me,)) if me else {}
    own = _own(sentence, int(sentence.word(0) == Act.AUDIT), named)
    rest = replace(sentence, tokens=tuple(each for at, each in enumerate(sentence.tokens) if at not in own.places))
    return replace(own.query, tasks=_filters(rest))


def _own(sentence: Sentence, first: int, named: Mapping[str, Collection[str]]) -> _Own:
    own = _Own(places=set(range(first)))
    at = first
    while at < sentence.end:
        at = _take(sentence, at, named, own)
    return own


def _take(sentence: Sentence, at: int, named: Mapping[str, Collection[str]], own: _Own) -> int:
    """Looks at one place, and returns the next one."""
    word, query, until = sentence.word(at), own.query, at + 1
    if act := _ACTS.get(word):
        own.query = replace(query, acts=query.acts | {act})
    elif word in _BETWEEN and at - 1 in own.places:
        pass  # take or resolve
    elif word in _REFUSED:
        own.query = replace(query, refused=True)
    elif word == "by":
        found, until = _people(sentence, until, named)
        own.query = replace(query, people=query.people | found)
    elif number := _number(sentence, at, own):
        until = at + 1 + int(word in _ALERT)
        own.query = replace(query, alerts=query.alerts | {number})
    else:
        return until
    own.places.update(range(at, until))
    return until


def _people(sentence: Sentence, at: int, named: Mapping[str, Collection[str]]) -> tuple[set[str], int]:
    """The ids from this place on, and the place after them. Raises UsageError where the first is none."""
    found, until = set[str](), at
    while known := _ids(sentence, until, named):
        ids, until = known
        found.update(ids)
    if not found:
        told = f"{sentence.shown(at) or '“by” needs a person after it'}: {_NO_ID}"
        raise sentence.fault(told, at if at < sentence.end else at - 1, None, "/tasks audit by me")
    return found, until


def _ids(sentence: Sentence, at: int, named: Mapping[str, Collection[str]]) -> tuple[Collection[str], int] | None:
    """Whom the longest name here means, and the place after it."""
    for name, until in reversed(_names(sentence, at)):
        if users := named.get(folded(name)):
            return users, until
    name = next((name for name, _ in _names(sentence, at)), "")
    if _PERSON.fullmatch(name) and any(letter.isdigit() for letter in name):
        return (name.upper(),), at + 1
    return None


def _names(sentence: Sentence, at: int) -> list[tuple[str, int]]:
    """What may be a name here, of one word or of more, and the place after each."""
    words = [(token.name or token.word).casefold() for token in sentence.tokens[at : at + _MOST_WORDS]]
    return [(" ".join(words[:size]).lstrip("@"), at + size) for size in range(1, len(words) + 1)]


def typed_people(text: str, now: datetime, zone: ZoneInfo) -> tuple[str, ...]:
    """What may be names of people in it: whoever bears one can be handed to `parse_audit` as `called`."""
    if len(text) > LONGEST:
        return ()
    sentence, found = read(text, now, zone), dict[str, None]()
    for by in [at for at in range(sentence.end) if sentence.word(at) == "by"]:
        at = by + 1
        while at < sentence.end and not _ends(sentence, at):
            found |= dict.fromkeys(name for name, _ in _names(sentence, at))
            at += 1
    return tuple(found)[:_MOST_NAMES]


def _number(sentence: Sentence, at: int, own: _Own) -> int:
    """The alert's number at this place, 0 where none stands there. `3 days ago` and `last 7 days` have none."""
    word = sentence.word(at)
    if word in _ALERT:
        found = _NUMBER.fullmatch(sentence.word(at + 1))
        return int(found[1]) if found else 0
    found = _NUMBER.fullmatch(word)
    if found is None:
        return 0
    is_first = at == 0 or at - 1 in own.places
    is_marked = sentence.text.startswith("#", sentence.tokens[at].offset)
    if not is_marked and not (is_first and _ends(sentence, at + 1)):
        return 0
    return int(found[1])


def _ends(sentence: Sentence, at: int) -> bool:
    """Whether what stands here begins something else."""
    word = sentence.word(at)
    is_own = (
        word in _ACTS
        or word in _REFUSED
        or word in _ALERT
        or word in _BETWEEN
        or word == "by"
        or _NUMBER.fullmatch(word)
    )
    return at >= sentence.end or bool(is_own) or term_at(sentence, at) is not None


def _filters(sentence: Sentence) -> TaskQuery:
    phrases, at = phrases_from(sentence, 0)
    if at < sentence.end:
        raise unknown(sentence, at, 0, ())
    for phrase in phrases:
        names = getattr(phrase.given, "field", None)
        if phrase.term.group not in _GROUPS or names in (NameField.PERSON, NameField.TYPE):
            told = f"{sentence.shown(phrase.first, phrase.until)} says nothing of the audit."
            raise sentence.fault(told, phrase.first, phrase.until, EXAMPLE)
    query = asked(sentence, phrases, ever=True)
    return TaskQuery(names=query.names, after=query.after, before=query.before)


# ── kept with an answer, so that a page button asks for the same ──


def packed(query: AuditQuery) -> str:
    """All of it but the names and times, in words that `parse_audit` reads."""
    people = [f"by {each}" for each in sorted(query.people)]
    alerts = [f"#{each}" for each in sorted(query.alerts)]
    return " ".join([Act.AUDIT, *people, *sorted(query.acts), *(["refused"] if query.refused else []), *alerts])


def audit_words(query: AuditQuery, zone: ZoneInfo, now: datetime) -> str:
    """How it was understood, without the people: `Attempts to resolve, refused, alert 14, tenant “Acme”, since …`."""
    tasks = query.tasks
    acts = f" to {' or '.join(sorted(query.acts))}" if query.acts else ""
    alerts = [f"alert {number}" for number in sorted(query.alerts)]
    first, *names = describe(TaskQuery(names=tasks.names, roots_only=True), zone, noun="attempts").split(", ", 1)
    is_timed = tasks.after is not None or tasks.before is not None
    time = [spelled_window(tasks.after, tasks.before, zone, now)] if is_timed else []
    return ", ".join([f"{first}{acts}", *(["refused"] if query.refused else []), *alerts, *names, *time])
