"""Reads names that people type: `tenant "Acme Corp"`, `machine srv-*, db1`. Knows which words end a name.

    names = name { ("," | "or") name }
    name  = quoted | word { word }              up to the next known word, comma or quote

Known are the words of the table, and times that begin with a weekday, a month or a number. Words that change nothing
are part of a name (`Bank of America`) except at its end. A comma before `Inc.` and its like parts no names.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from bot.errors import UsageError
from bot.language.days import begins_day
from bot.language.lexicon import bare_terms, term_at
from bot.language.sentence import Sentence, in_quotes
from bot.language.table import FILLERS
from bot.language.times import Present
from bot.model import Mark, NameField, NameFilter

LONGEST: Final = 256
"""Characters of a name: Acronis keeps no more."""

MOST: Final = 50
"""Names in one question."""

_OR = "or"
_LEGAL: Final = frozenset(
    [
        "inc",
        "ltd",
        "limited",
        "llc",
        "llp",
        "lp",
        "corp",
        "co",
        "plc",
        "pty",
        "gmbh",
        "ag",
        "bv",
        "nv",
        "sa",
        "srl",
        "ab",
    ]
)
_EXAMPLE: Final = {
    NameField.TENANT: '/tasks tenant "Acme Corp"',
    NameField.MACHINE: '/tasks machine "SRV-SQL01"',
    NameField.PLAN: '/tasks plan "Nightly"',
    NameField.PERSON: '/tasks by "alice"',
    NameField.TYPE: '/tasks type "UserMailboxBackup"',
    NameField.ANY: '/tasks "SRV-SQL01"',
}


@dataclass(frozen=True, slots=True)
class Names:
    """Names of one kind, each with where it stands. `until` is the place after the last word."""

    field: NameField
    marks: tuple[Mark, ...]
    until: int


def names_at(
    sentence: Sentence, at: int, field: NameField, present: Present, *, optional: bool = False
) -> Names | None:
    """The names that begin here; None where a known word, or nothing, stands in their place.

    Where a name has to come, a number begins one (`tenant 3M`); where it is `optional`, a time is a time.
    """
    marks, place, until = list[Mark](), at, at
    while (end := _end(sentence, place, present, at_number=not optional and place == at)) > place:
        marks.append(_mark(sentence, place, end, field))
        until = place = end
        if sentence.word(end) == _OR:
            place = end + 1
        elif end >= len(sentence.tokens) or not sentence.tokens[end].apart:
            break
    return Names(field, tuple(marks), until) if marks else None


def needed(sentence: Sentence, first: int, until: int, field: NameField) -> UsageError:
    """The error that no name follows the words from `first` up to `until`."""
    told = f"{sentence.shown(first, until)} needs a name after it."
    if not sentence.word(until):
        return sentence.fault(told, first, until, _EXAMPLE[field])
    told += f" {sentence.shown(until)} has a meaning of its own: put it in quotes if it is a name."
    words = " ".join(sentence.word(at) for at in range(first, until))
    return sentence.fault(told, first, until, f"/tasks {words} {in_quotes(sentence.name(until, until + 1))}")


def filters(found: Iterable[tuple[Names, bool]]) -> tuple[NameFilter, ...]:
    """Names of one kind are alternatives, whether said at once or apart; but names of any kind each have to hold."""
    patterns: dict[tuple[int, bool, int], dict[str, str]] = {}
    order = list(NameField)
    for number, (names, leaves_out) in enumerate(found):
        key = (order.index(names.field), leaves_out, number if names.field is NameField.ANY else 0)
        known = patterns.setdefault(key, {})
        for mark in names.marks:
            known.setdefault(mark.pattern.casefold(), mark.pattern)
    return tuple(
        NameFilter(order[field], tuple(known.values()), leaves_out)
        for (field, leaves_out, _), known in sorted(patterns.items(), key=lambda item: item[0])
    )


def said(wanted: NameFilter) -> str:
    """`“Acme Corp”, “Beta”`, to stand after the word that says of what."""
    return ", ".join(map(in_quotes, wanted.patterns))


def _mark(sentence: Sentence, first: int, until: int, field: NameField) -> Mark:
    pattern = sentence.name(first, until)
    told = ""
    if len(pattern) > LONGEST:
        told = f"A name has at most {LONGEST} characters."
    elif not pattern.strip("*"):
        told = "That fits every name." if pattern else "That is no name."
    if told:
        raise sentence.fault(told, first, until, _EXAMPLE[field])
    return Mark(field, pattern, *sentence.span(first, until))


def _end(sentence: Sentence, first: int, present: Present, *, at_number: bool) -> int:
    """The place after the name that begins here; `first` itself where none does. A number begins one `at_number`."""
    if first < len(sentence.tokens) and sentence.tokens[first].name:
        return first + 1
    at = first + (at_number and sentence.word(first)[:1].isdigit())
    while _goes_on(sentence, first, at, present):
        at += 1
    while at > first and sentence.word(at - 1) in FILLERS:
        at -= 1
    return at


def _goes_on(sentence: Sentence, first: int, at: int, present: Present) -> bool:
    word = sentence.word(at)
    if not word or (word == _OR and at > first):
        return False
    if at > first and sentence.tokens[at].apart and word not in _LEGAL:
        return False
    return not is_known(sentence, at, present, first=at == first)


def is_known(sentence: Sentence, at: int, present: Present, *, first: bool = True) -> bool:
    """Whether what begins here has a meaning of its own. A time that cannot be has none, unless it looks like one."""
    if term_at(sentence, at):
        return True
    word = sentence.word(at)
    if not begins_day(word):
        return False
    try:
        return any(term.reads and term.reads(sentence, at, at, present) for term in bare_terms())
    except UsageError:
        return not first and any(mark in word[1:] for mark in "/-:")


def count(found: Sequence[Names]) -> int:
    return sum(len(names.marks) for names in found)
