"""Days of one month that are named with it once: `20-22 nov`, `nov 20 to 22`, `20.-22.11.`. Pure.

    range = day to day ["of"] month [year] | month day to day [year] | day to day"."number of month["."year]
    to    = "-" | "to" | "until" | "till" | "through" | "and"

The month and the year are put beside both days: `20 nov to 22 nov`. The word between them stays: `20 and 22 nov` are
two days, and nothing between.
"""

import re
from dataclasses import replace
from typing import Final, NamedTuple

from bot.language.days import MONTHS, NUMBER_OF_MONTH
from bot.language.sentence import TO, Sentence, Token

_DIGIT: Final = re.compile("[0-9]")
_DAY: Final = re.compile(r"([0-9]{1,2})(?:st|nd|rd|th)?")
_DAYS: Final = re.compile(r"([0-9]{1,2})(?:st|nd|rd|th|\.)?-([0-9]{1,2})(?:st|nd|rd|th)?")
_DATE: Final = re.compile(r"([0-9]{1,2})\.([0-9]{1,2})(?:\.((?:20)?[0-9]{2}))?")
_DAY_AND_DATE: Final = re.compile(rf"([0-9]{{1,2}})\.-{_DATE.pattern}")
_YEAR: Final = re.compile("(?:19|20)[0-9]{2}")
_TO: Final = frozenset((TO, "until", "till", "through", "and"))
_BEGUN: Final = re.compile(rf"(?<![\w.-])[0-9]{{1,2}}(?:st|nd|rd|th|\.)?(?:-| (?:{'|'.join(sorted(_TO))}) )")
_LAST: Final = 31


class _Range(NamedTuple):
    """Two days, from the word at `begins` up to, not including, `until`. No month: none is named beside them."""

    first: str
    last: str
    begins: int
    until: int
    between: str = TO
    month: str = ""
    year: str = ""


def with_months(sentence: Sentence) -> Sentence:
    """The sentence with the month beside each day of it."""
    if not _DIGIT.search(sentence.text) or not _BEGUN.search(" ".join([token.word for token in sentence.tokens])):
        return sentence
    tokens, at = list[Token](), 0
    while at < sentence.end:
        found = _range_at(sentence, at)
        if found is None or not found.month or not 0 < int(found.first) < int(found.last) <= _LAST:
            tokens.append(sentence.tokens[at])
            at += 1
            continue
        if found.begins < at:
            tokens.pop()
        year = [found.year] if found.year else []
        words = (found.first, found.month, *year, found.between, found.last, found.month, *year)
        offset, length = sentence.span(found.begins, found.until)
        tokens.extend(Token(word, offset, length) for word in words)
        at = found.until
    return replace(sentence, tokens=tuple(tokens))


def _range_at(sentence: Sentence, at: int) -> _Range | None:
    word, between = sentence.word(at), sentence.word(at + 1)
    if within := _DAY_AND_DATE.fullmatch(word):
        return _of_date(_Range(within[1], within[2], at, at + 1), within[3], within[4])
    if days := _DAYS.fullmatch(word):
        return _beside(sentence, _Range(days[1], days[2], at, at + 1))
    if between not in _TO or not (first := _DAY.fullmatch(word)):
        return None
    last = sentence.word(at + 2)
    if date := _DATE.fullmatch(last):
        return _of_date(_Range(first[1], date[1], at, at + 3, between), date[2], date[3])
    day = _DAY.fullmatch(last)
    return _beside(sentence, _Range(first[1], day[1], at, at + 3, between)) if day else None


def _of_date(found: _Range, number: str, year: str | None) -> _Range:
    """The same in the month of this number."""
    month = MONTHS[int(number) - 1] if 1 <= int(number) <= len(MONTHS) else ""
    return found._replace(month=month, year=f"20{year[-2:]}" if year else "")


def _beside(sentence: Sentence, found: _Range) -> _Range:
    """The same with the month that stands behind it or before it, and with its year."""
    behind = found.until + (sentence.word(found.until) == "of")
    if sentence.word(behind) in NUMBER_OF_MONTH:
        found = found._replace(month=sentence.word(behind), until=behind + 1)
    elif (before := sentence.word(found.begins - 1)) in NUMBER_OF_MONTH:
        found = found._replace(month=before, begins=found.begins - 1)
    year = sentence.word(found.until)
    is_year = bool(found.month and _YEAR.fullmatch(year))
    return found._replace(year=year, until=found.until + 1) if is_year else found
