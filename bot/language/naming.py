"""Reads names: those behind a word that says of what, and those that stand alone.

    names   = name { ("," | "or" | of people and causes "and") name }
    name    = known | quoted | word { word }      up to the next known word, comma, quote or known name
    known   = the whole name of something that is known, whatever its words mean; the longest one
    part    = words without a meaning of their own that are a part of one known name

Known are the words of the table, and times that begin with a weekday, a month or a number. Words that change nothing
are part of a name (`Bank of America`) except at its end. A comma before `Inc.` and its like parts no names. A name of
which the table has all words (a tenant called Google) needs quotes, or a word before it.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

from bot.errors import UsageError
from bot.language.days import begins_day, month_at
from bot.language.known import NOBODY, OF_THINGS, KnownName
from bot.language.periods import BEGIN_PERIODS
from bot.language.sentence import Sentence, in_quotes
from bot.language.slips import MOST_OFFERS, raise_slip, refuse_cause_slip, refuse_slip
from bot.language.table import ALONE, BARE, FILLERS, LEADS_ALERTS, NAME_TERMS, OF_ALERTS, PASSED, cause_at, term_at
from bot.language.terms import Names, Phrase
from bot.language.whole_names import bare, called, whole, whole_at, without_s
from bot.model import OF_FAILURES, Mark, NameField, folded

OR: Final = "or"
AND: Final = frozenset(("and", "&", "&amp", "+"))
_PARTS: Final = "and"
_PARTED: Final = OF_FAILURES | {NameField.PERSON}
_LONG_MONTH: Final = 6  # letters
_THIS: Final = "this"
_BEGIN_TIMES: Final = BEGIN_PERIODS | {"overnight", "tonight", _THIS}  # they begin no name's second word
_NONE: Final = frozenset(("no", "without"))  # a cause may begin so: `no consent`
_BEFORE_CAUSES: Final = frozenset(("it", "they", "the", "a", "an", "their", "its"))
_BEFORE_WHOLE: Final = frozenset(("for", "at", "on"))
_LONGEST_NAME: Final = 256  # Acronis keeps no more characters
_LEGAL_FORM: Final = re.compile("inc|ltd|limited|llc|llp|lp|corp|co|plc|pty|gmbh|ag|bv|nv|sa|srl|ab")
_NAME_EXAMPLE: Final = {
    NameField.TENANT: '/tasks tenant "Acme Corp"',
    NameField.MACHINE: '/tasks machine "SRV-SQL01"',
    NameField.PLAN: '/tasks plan "Nightly"',
    NameField.PERSON: '/tasks by "alice"',
    NameField.TYPE: '/tasks type "UserMailboxBackup"',
    NameField.ANY: '/tasks "SRV-SQL01"',
    NameField.CAUSE: "/tasks cause storage",
    NameField.CODE: "/tasks code MemoNoSpace",
}

_NO_LOGINS: Final = frozenset(("me", "myself", "us", "mir", "hand", "somebody", "someone", "anybody", "anyone"))
_NO_GROUPS: Final = frozenset(
    ("severity", "age", "result", "results", "status", "state", "type", "name", "date", "size")
)
_NO_GROUP: Final = "is nothing by which figures are told: `stats` tells them by plan, tenant, workload or cause."
_NO_LOGIN: Final = "is no login: Acronis knows people by the names with which they sign in there, or a part of these."
_STANDINGS: Final = ALONE | OF_ALERTS.keys()


# ── names behind a word ──


def names_at(sentence: Sentence, at: int, field: NameField, *, optional: bool = False) -> Names | None:
    """The names that begin here, if any. A number begins one, unless it is `optional`: then a time is a time."""
    while field is NameField.CAUSE and sentence.word(at) in _BEFORE_CAUSES and sentence.word(at + 1):
        at += 1
    marks, place, until = list[Mark](), at, at
    while found := _name_at(sentence, place, field, at_number=not optional and place == at):
        mark, end = found
        marks.extend(_meant(sentence, place, end, mark))
        until = place = end
        if sentence.word(end) == OR or _is_and(sentence, end, field):  # of people, and of causes
            place = end + 1
        elif end >= sentence.end or not sentence.tokens[end].apart:
            break
    return Names(field, tuple(marks), until) if marks else None


def _is_and(sentence: Sentence, at: int, field: NameField) -> bool:
    """`by alice and bob`, `cause dns and tls`: no login and no cause has the word in it. `by alice and SRV-SQL01` also
    names a machine."""
    if field not in _PARTED or sentence.word(at) != _PARTS:
        return False
    behind = sentence.word(at + 1)
    return not (behind in _STANDINGS or whole_at(sentence, at + 1)[0] or sentence.names.holding(behind))


def _meant(sentence: Sentence, first: int, until: int, mark: Mark) -> Iterable[Mark]:
    """`cause no space`: the words of the error book where these are others; the mark itself where not."""
    cause = cause_at(sentence, first) if mark.field is NameField.CAUSE else None
    if cause is None or cause[1] != until or sentence.tokens[first].name:
        return (mark,)
    return (replace(mark, pattern=words) for words in cause[0])


def _name_at(sentence: Sentence, at: int, field: NameField, *, at_number: bool) -> tuple[Mark, int] | None:
    known, until = _called_at(sentence, at, field)
    if known:
        return whole(sentence, at, until, known), until
    is_cause = field is NameField.CAUSE and sentence.word(at) in _NONE and not _ends(sentence, at + 1)
    until = _end_of_name(sentence, at + is_cause, at_number=at_number)
    if until == at:
        return None
    if field in _PARTED:
        until = next((each for each in range(at + 1, until) if _is_and(sentence, each, field)), until)
    if field in OF_FAILURES:
        until = _before_known(sentence, at, until)
    mark = _mark(sentence, at, until, field)
    if known := _by_letters(sentence, at, until, mark):
        return whole(sentence, at, until, known), until
    refuse_slip(sentence, at, until, mark)
    if field is NameField.CAUSE and not sentence.tokens[at].name:
        refuse_cause_slip(sentence, at, until)
    return mark, until


def _by_letters(sentence: Sentence, at: int, until: int, mark: Mark) -> KnownName | None:
    """`tenant obrien`: what bears the name but for accents and signs. Raises UsageError where several do."""
    names = sentence.names
    if mark.field not in OF_THINGS or not names or "*" in mark.pattern or names.has_part(mark.pattern, mark.field):
        return None
    found = names.by_letters(mark.pattern, mark.field)
    if len(found) > 1:
        raise _several(sentence, at, until, found)
    return found[0] if found else None


def _before_known(sentence: Sentence, at: int, until: int) -> int:
    """`cause storage beta`, `code MemoNoSpace beta`: the place after words that are always a cause, or after one word,
    where the others are in a known name. No cause has a word of alerts in it: `cause storage critical`."""
    until = next((each for each in range(at + 1, until) if sentence.word(each) in LEADS_ALERTS), until)
    cause = cause_at(sentence, at)
    end = cause[1] if cause else at + 1
    if end >= until or not sentence.names or sentence.names.holding(sentence.name(at, until)):
        return until
    return end if sentence.names.holding(sentence.name(end, until)) else until


def _ends(sentence: Sentence, at: int) -> bool:
    return at >= sentence.end or is_known(sentence, at)


def _called_at(sentence: Sentence, at: int, field: NameField) -> tuple[KnownName | None, int]:
    """The known name of this field that begins here, in quotes too."""
    if field not in OF_THINGS or not sentence.names or at >= sentence.end:
        return None, at
    if quoted := sentence.tokens[at].name:
        found, until = sentence.names.called(quoted), at + 1
    else:
        found, until = whole_at(sentence, at)
    return next((known for known in found if known.field is field), None), until


def name_needed(sentence: Sentence, first: int, until: int, field: NameField) -> UsageError:
    """The error that no name follows the words from `first` up to `until`."""
    told = f"{sentence.shown(first, until)} needs a name after it."
    if not sentence.word(until):
        return sentence.fault(told, first, until, _NAME_EXAMPLE[field])
    told += f" {sentence.shown(until)} has a meaning of its own: put it in quotes if it is a name."
    words = " ".join(sentence.word(at) for at in range(first, until))
    return sentence.fault(told, first, until, f"/tasks {words} {in_quotes(sentence.name(until, until + 1))}")


def _mark(sentence: Sentence, first: int, until: int, field: NameField) -> Mark:
    pattern = sentence.name(first, until)
    told = ""
    if field is NameField.PERSON and sentence.word(first) in _NO_LOGINS and until == first + 1:
        raise sentence.fault(f"{sentence.shown(first)} {_NO_LOGIN}", first, until, _NAME_EXAMPLE[field])
    if field is NameField.PERSON and sentence.word(first) in _NO_GROUPS and until == first + 1:
        raise sentence.fault(f"{sentence.shown(first)} {_NO_GROUP}", first, until, "/tasks stats by tenant")
    if len(pattern) > _LONGEST_NAME:
        told = f"A name has at most {_LONGEST_NAME} characters."
    elif not pattern.strip("*"):
        told = "That fits every name." if pattern else "That is no name."
    if told:
        raise sentence.fault(told, first, until, _NAME_EXAMPLE[field])
    return Mark(field, pattern, *sentence.span(first, until))


def _end_of_name(sentence: Sentence, first: int, *, at_number: bool) -> int:
    """The place after the name that begins here; `first` itself where none does. A number begins one `at_number`."""
    if first < sentence.end and sentence.tokens[first].name:
        return first + 1
    at = first + (at_number and sentence.word(first)[:1].isdigit())
    while _is_in_name(sentence, first, at) and not (at > first and _ends_sentence(sentence, first, at)):
        at += 1
    while at > first and sentence.word(at - 1) in FILLERS:
        at -= 1
    return at


def _ends_sentence(sentence: Sentence, first: int, at: int) -> bool:
    """`customer beta late`, `machine sql01 offline yesterday`: a word that says how it stands, or a cause, where no
    known name has it behind the words before."""
    is_standing = sentence.word(at) in _STANDINGS and (at + 1 == sentence.end or is_known(sentence, at + 1))
    if not sentence.names or not (is_standing or cause_at(sentence, at)):
        return False
    before, whole = sentence.name(first, at), sentence.name(first, at + 1)
    return bool(sentence.names.holding(before)) and not sentence.names.holding(whole)


def _is_in_name(sentence: Sentence, first: int, at: int) -> bool:
    word, is_first = sentence.word(at), at == first
    if not word or (word == OR and not is_first):
        return False
    if not is_first and sentence.tokens[at].apart and not _LEGAL_FORM.fullmatch(word):
        return False
    if not is_first and sentence.names is not NOBODY and _is_whole_name(sentence, at):
        return False
    return not is_known(sentence, at, is_first=is_first)


def _is_whole_name(sentence: Sentence, at: int) -> bool:
    """`by alice for acme corp`: a small word before a known name ends the name before it, too."""
    return bool(whole_at(sentence, at + (sentence.word(at) in _BEFORE_WHOLE))[0])


def is_known(sentence: Sentence, at: int, *, is_first: bool = False) -> bool:
    """Whether what begins here has a meaning of its own. An impossible time has none, unless it looks like a time."""
    if term_at(sentence, at):
        return True
    word = sentence.word(at)
    if not (begins_day(word) or (word in _BEGIN_TIMES and (not is_first or word == _THIS))):
        return False
    if month_at(sentence, at) and (is_first or len(word) < _LONG_MONTH):
        return False  # a person called May, a tenant called Jan
    try:
        return time_at(sentence, at) is not None
    except UsageError:
        return not is_first and any(mark in word[1:] for mark in "/-:")


def time_at(sentence: Sentence, at: int) -> Phrase | None:
    """A time without a word before it."""
    for term in BARE:
        given = term.reads(sentence, at, at) if term.reads else None
        if given:
            return Phrase(term, given, at, given.until)
    return None


# ── names alone ──


def alone_at(sentence: Sentence, at: int, until: int) -> Phrase | None:
    """The known name that begins here and is longer than the words up to `until`, which have a meaning of their own."""
    found, end = whole_at(sentence, at)
    if not found or end <= until:
        return None
    _refuse_longer(sentence, at, end)
    if len(found) > 1:
        raise _several(sentence, at, end, found)
    return bare(sentence, at, end, found[0])


def part_at(sentence: Sentence, at: int) -> Phrase | None:
    """What has the words that begin here in its name. Raises UsageError where several have, or where one is near."""
    if not sentence.names or not sentence.word(at) or sentence.word(at) in FILLERS:
        return None
    if "*" in (typed := sentence.name(at, at + 1)) and typed.strip("*"):
        mark = _mark(sentence, at, at + 1, NameField.ANY)
        return Phrase(NAME_TERMS[NameField.ANY], Names(NameField.ANY, (mark,), at + 1), at, at + 1)
    end = _end_of_run(sentence, at)
    until, found = _longest_part(sentence, at, end)
    if until < end and len(found) > 1 and (narrowed := _with_all(sentence, until, end, found)):
        until, found = end, narrowed
    if until < end and not _longest_part(sentence, until or at, end)[1]:
        raise_slip(sentence, at, end, least=until + 1)
        found = found[:1]  # what follows is an error: that one is told
    if not found:
        return None
    if len(found) > 1:
        raise _several(sentence, at, until, found)
    if sentence.word(at) in sentence.names.causes:
        raise _name_or_cause(sentence, at, until, found[0])
    return bare(sentence, at, until, found[0])


def _host_at(sentence: Sentence, at: int) -> Sequence[KnownName]:
    """`srv-sql01.acme.local`: the machine that is known without its domain, if one is."""
    host, dot, _ = sentence.name(at, at + 1).partition(".")
    machines = [known for known in sentence.names.called(host) if known.field is NameField.MACHINE] if dot else []
    return machines if len(machines) == 1 else ()


def _name_or_cause(sentence: Sentence, first: int, until: int, known: KnownName) -> UsageError:
    """`failed storage`, where a plan has it in its name and failures have it in their cause."""
    shown, cause = sentence.shown(first, until), f"cause {in_quotes(sentence.name(first, until))}"
    told = f"{shown} can mean {known.field} {in_quotes(known.name)} or a cause of failures: say which."
    return sentence.fault(told, first, until, meant=(called(known, sentence), cause))


def _end_of_run(sentence: Sentence, first: int) -> int:
    at = first + 1
    while at < sentence.end and not sentence.tokens[at].apart and _is_in_name(sentence, first, at):
        if cause_at(sentence, at):
            break
        at += 1
    while at > first + 1 and sentence.word(at - 1) in FILLERS:
        at -= 1
    return at


def _longest_part(sentence: Sentence, first: int, end: int) -> tuple[int, Sequence[KnownName]]:
    """The place after the longest part of names that begins here, and what has it in its name."""
    for until in range(end, first, -1):
        if found := sentence.names.holding(without_s(sentence.name(first, until))):
            return until, found
    host = _host_at(sentence, first)
    return first + len(host), host


def _with_all(sentence: Sentence, first: int, end: int, found: Sequence[KnownName]) -> Sequence[KnownName]:
    """Of several names those that have each of the next words in them too: `acme berlin`, `srv sql01`."""
    words = [folded(without_s(sentence.name(at, at + 1))) for at in range(first, end)]
    return [known for known in found if all(word in folded(known.name) for word in words)]


def _refuse_longer(sentence: Sentence, first: int, until: int) -> None:
    """Raises UsageError where unknown words follow a known name that make a slip of a longer one."""
    if until >= sentence.end or sentence.tokens[until].apart or sentence.word(until) in FILLERS:
        return
    if _is_in_name(sentence, first, until) and not sentence.names.holding(sentence.word(until)):
        raise_slip(sentence, first, _end_of_run(sentence, until), least=until + 1)


def _several(sentence: Sentence, first: int, until: int, found: Sequence[KnownName]) -> UsageError:
    shown, typed = sentence.shown(first, until), sentence.name(first, until)
    outside = [token.word for at, token in enumerate(sentence.tokens) if not first <= at < until]
    before = "about " if all(word in PASSED for word in outside) else ""
    meant = [called(each, sentence, before) for each in found[:MOST_OFFERS]]
    if len(found) > MOST_OFFERS:
        meant.append(f"named {in_quotes(typed)}")
        told = f"{shown} is part of {len(found):,} names: say more of it."
    else:
        told = f"{shown} can mean {_listed(found)}: say which."
    return sentence.fault(told, first, until, meant=meant)


def _listed(found: Iterable[KnownName]) -> str:
    *rest, last = [f"{each.field} {in_quotes(each.name)}" for each in found]
    return f"{', '.join(rest)} or {last}"
