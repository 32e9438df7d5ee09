"""Reads stretches of time that have a name: last night, this week, november, the weekend.

    span    = ["last"] "night" | "overnight" | "tonight" | "this" ("week" | "month" | "quarter" | "year" | part)
              | ("week" | "month" | "quarter" | "year") "to date"
              | ["last" | "this"] "weekend" | number "nights ago" | "night before last" | part
              | "last" [number] "quarters" | ["last"] month [year] | "in" year | "week" number | "night" "of" day
    part    = "morning" | "afternoon" | "evening" | "night"

Last night is from 18:00 yesterday to 06:00 today, by the clock on the wall, whenever it is asked: most backups are
planned into those hours. A night begins on the day that it is named by, tonight is the night that is on, and
this night the latest that has begun. Weeks begin on
Monday, a weekend is its whole Saturday and Sunday. A weekend, a month, a part of a day: the latest that has begun.
"""

import re
from dataclasses import replace
from datetime import date, datetime, time, timedelta

from bot.language.days import NUMBER_OF_MONTH, NUMBER_OF_WEEKDAY, YEARS, Day, day_at, month_at, year_at
from bot.language.sentence import Sentence
from bot.model.values import dataclass
from bot.model.zones import local_of, midnight, moment_of

_DAY = timedelta(days=1)
_AMOUNTS = (
    *("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"),
    *("thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
)
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
NUMBER_WORDS = {"a": "1", "an": "1", "couple": "2", "few": "3"} | {
    word: str(number) for number, word in enumerate(_AMOUNTS, 1)
}
DIGITS = {word: number for number, word in enumerate(_AMOUNTS[:9], 1)}
TENS = {word: 10 * number for number, word in enumerate(_TENS, 2)}
NUMBER_WORDS |= {word: str(number) for word, number in TENS.items()}
NUMBER_WORDS |= {f"{ten}-{one}": str(TENS[ten] + DIGITS[one]) for ten in TENS for one in DIGITS}
_WEEK_NUMBER = re.compile("0?[1-9]|[1-4][0-9]|5[0-3]")
_ONE = frozenset(("1", "one", "a", "an"))
_MORNING = time(6)
_SATURDAY = 5
_MOST_NIGHTS = 366
_QUARTER = 3  # months
_MOST_QUARTERS = 40
PARTS = {
    "morning": (6, 12),
    "afternoon": (12, 18),
    "evening": (18, 24),
    "night": (18, 30),
    "nite": (18, 30),
}  # hours of the day
SHORT_PARTS = {"am": (0, 12), "pm": (12, 24), "eve": (18, 24), "morn": (6, 12)}
"""Parts of a day behind its name alone: `monday pm`."""
_WEEKS = frozenset(("week", "wk", "kw", "cw"))
_GLUED_WEEKS = {f"{word}{number}": number for word in ("w", "wk", "kw", "cw") for number in range(1, 54)}
_TO = frozenset(("to", "until", "and", "on"))
_TO_DATE = {"ytd": "year", "qtd": "quarter", "mtd": "month", "wtd": "week"}
_BEGIN_SPANS = frozenset(
    (
        *PARTS,
        *NUMBER_OF_MONTH,
        "overnight",
        "lastnight",
        "over",
        "last",
        "this",
        "tonight",
        "weekend",
        "in",
        *_WEEKS,
        *_GLUED_WEEKS,
        "month",
        "quarter",
        "year",
        *_TO_DATE,
    )
)


@dataclass(frozen=True, slots=True)
class Moment:
    """From when to when (UTC) the words reach; a time of day has no breadth. `until` is the place after them."""

    start: datetime
    end: datetime
    until: int


def span_at(sentence: Sentence, at: int) -> Moment | None:
    """A stretch of time with a name: last night, this week, tonight, the weekend."""
    if sentence.word(at) not in _BEGIN_SPANS:
        return None
    if night := _night(sentence, at):
        return night
    word, after, today = sentence.word(at), sentence.word(at + 1), sentence.today
    if after == "to" and sentence.word(at + 2) == "date" and (to_date := this(sentence, at)):
        return replace(to_date, until=at + 3)
    if "weekend" in (word, after) and word in ("weekend", "last", "this"):
        return _weekend(sentence, at + 1 + (word != "weekend"), is_over=word == "last")
    if word == "last" and after in PARTS:
        return part_of(sentence, today - _DAY, after, at + 2)
    if word in PARTS:
        has_begun = local_of(sentence.now, sentence.zone).hour >= PARTS[word][0]
        return part_of(sentence, today if has_begun else today - _DAY, word, at + 1)
    if word != "this":
        return _of_calendar(sentence, at)
    return part_of(sentence, today, after, at + 2) if after in PARTS or after in SHORT_PARTS else this(sentence, at + 1)


def _night(sentence: Sentence, at: int) -> Moment | None:
    """Last night, tonight, the night before last, the night of Monday."""
    word, after, today = sentence.word(at), sentence.word(at + 1), sentence.today
    if (word, after, sentence.word(at + 2)) == ("night", "before", "last"):
        return part_of(sentence, today - 2 * _DAY, "night", at + 3)
    if word in ("overnight", "lastnight", "night"):
        named = day_at(sentence, at + 1 + (after in ("of", "on", "from")))
        if named is None:
            return part_of(sentence, today - _DAY, "night", at + 1)
        return part_of(sentence, named.day, "night", _past_next_day(sentence, named))
    if (word, after) in (("last", "night"), ("last", "nights"), ("over", "night")):
        return part_of(sentence, today - _DAY, "night", at + 2)
    if (word, after) == ("this", "night"):
        is_ahead = local_of(sentence.now, sentence.zone).hour < PARTS["night"][0]
        return part_of(sentence, today - is_ahead * _DAY, "night", at + 2)
    if word == "tonight":
        is_on = local_of(sentence.now, sentence.zone).time() < _MORNING
        return part_of(sentence, today - is_on * _DAY, "night", at + 1)
    return None


def _past_next_day(sentence: Sentence, named: Day) -> int:
    """The place after `sunday to monday`: a night begins on one day and ends on the next."""
    to = sentence.word(named.until) in _TO
    is_next = to and NUMBER_OF_WEEKDAY.get(sentence.word(named.until + 1)) == (named.day.weekday() + 1) % 7
    return named.until + 2 if is_next else named.until


def _of_calendar(sentence: Sentence, at: int) -> Moment | None:
    """A month by its name, a year after `in`, a week by its number, all that is kept."""
    word, after = sentence.word(at), sentence.word(at + 1)
    if word in _TO_DATE:
        return this(sentence, at)
    if word == "last" and (quarters := quarters_at(sentence, at + 1)):
        return quarters
    if month := month_at(sentence, at + (word == "last")):
        first, until = month
        return days_from(sentence, first, months_on(first, 1), until)
    if word == "in" and len(after) == len("2025") and (year := year_at(sentence, at + 1)) and year in YEARS:
        return days_from(sentence, date(year, 1, 1), date(year + 1, 1, 1), at + 2)
    if word in _WEEKS and after == "of" and (named := day_at(sentence, at + 2)):
        monday = named.day - named.day.weekday() * _DAY
        return days_from(sentence, monday, monday + 7 * _DAY, named.until)
    if word in _WEEKS and _WEEK_NUMBER.fullmatch(after):
        return _of_week(sentence, int(after), at + 2)
    if word in _GLUED_WEEKS:
        return _of_week(sentence, _GLUED_WEEKS[word], at + 1)
    return None


def _of_week(sentence: Sentence, number: int, until: int) -> Moment | None:
    """The latest week of this number that has begun."""
    for year in (sentence.today.isocalendar().year, sentence.today.isocalendar().year - 1):
        try:
            monday = date.fromisocalendar(year, number, 1)
        except ValueError:
            return None
        if monday <= sentence.today:
            return days_from(sentence, monday, monday + 7 * _DAY, until)
    return None


def this(sentence: Sentence, at: int) -> Moment | None:
    """This week, this month, this friday, by the word that stands here."""
    word, today, until = _TO_DATE.get(sentence.word(at), sentence.word(at)), sentence.today, at + 1
    if word in NUMBER_OF_WEEKDAY:
        day = today + (NUMBER_OF_WEEKDAY[word] - today.weekday()) * _DAY
        return days_from(sentence, day, day + _DAY, until)
    if word in ("week", "wk"):
        monday = today - today.weekday() * _DAY
        return days_from(sentence, monday, monday + 7 * _DAY, until)
    if word == "month":
        first = today.replace(day=1)
        return days_from(sentence, first, months_on(first, 1), until)
    if word == "quarter":
        first = _quarter(today)
        return days_from(sentence, first, months_on(first, _QUARTER), until)
    return days_from(sentence, date(today.year, 1, 1), date(today.year + 1, 1, 1), until) if word == "year" else None


def days_from(sentence: Sentence, first: date, past: date, until: int) -> Moment:
    """From the first day up to, not including, the one `past` the last."""
    return Moment(midnight(first, sentence.zone), midnight(past, sentence.zone), until)


def months_on(first: date, months: int) -> date:
    """The first day of the month that comes so many after this one's, or before it."""
    year, month = divmod(first.year * 12 + first.month - 1 + months, 12)
    return date(year, month + 1, 1)


def _weekend(sentence: Sentence, until: int, *, is_over: bool) -> Moment:
    """The latest that has begun; the last one that is over."""
    today = sentence.today
    saturday = today - (today.weekday() - _SATURDAY) % 7 * _DAY
    if is_over and today - saturday < 2 * _DAY:
        saturday -= 7 * _DAY
    return days_from(sentence, saturday, saturday + 2 * _DAY, until)


def part_of(sentence: Sentence, day: date, part: str, until: int) -> Moment:
    """A part of a day, by the clock on the wall. A night ends on the day after."""
    first, last = PARTS.get(part) or SHORT_PARTS[part]
    start = clock_on(sentence, day, time(first))
    return Moment(start, clock_on(sentence, day + last // 24 * _DAY, time(last % 24)), until)


def nights_at(sentence: Sentence, at: int) -> Moment | None:
    """`3 nights`: from the first evening to the last morning."""
    if sentence.word(at + 1) != "nights":
        return None
    number = NUMBER_WORDS.get(sentence.word(at), sentence.word(at))
    if not number.isdigit() or not 1 <= int(number) <= _MOST_NIGHTS:
        return None
    first = part_of(sentence, sentence.today - int(number) * _DAY, "night", at + 2)
    if sentence.word(at + 2) == "ago":
        return replace(first, until=at + 3)
    return replace(first, end=part_of(sentence, sentence.today - _DAY, "night", at + 2).end)


def quarters_at(sentence: Sentence, at: int) -> Moment | None:
    """`quarter`, `2 quarters`, behind a word for last: so many whole ones before the one that is on."""
    word, is_one = sentence.word(at), sentence.word(at) == "quarter"
    behind = sentence.word(at + 3 - is_one) if sentence.word(at + 2 - is_one) == "of" else ""
    if behind in ("a", "an"):
        return None  # of an hour
    if is_one and len(behind) == len("2025") and (year := year_at(sentence, at + 2)) and year in YEARS:
        return days_from(sentence, date(year, 10, 1), date(year + 1, 1, 1), at + 3)
    if not is_one and sentence.word(at + 1) not in ("quarter", "quarters"):
        return None
    number = "1" if is_one else NUMBER_WORDS.get(word, word)
    if not number.isdigit() or not 1 <= int(number) <= _MOST_QUARTERS:
        return None
    this_one = _quarter(sentence.today)
    return days_from(sentence, months_on(this_one, -_QUARTER * int(number)), this_one, at + 2 - is_one)


def _quarter(day: date) -> date:
    """The first day of its quarter."""
    return day.replace(month=day.month - (day.month - 1) % _QUARTER, day=1)


def clock_on(sentence: Sentence, day: date, clock: time) -> datetime:
    return moment_of(datetime.combine(day, clock), sentence.zone)


def refuse_gaps(sentence: Sentence, first: int, at: int) -> None:
    """Raises UsageError at `last 3 weekends`, `last two mondays`: times with gaps between them."""
    number = sentence.word(at)
    if first == at or not (number.isdecimal() or number in NUMBER_WORDS):
        return
    each = sentence.word(at + 1).removesuffix("s")
    if each not in NUMBER_OF_WEEKDAY and each != "weekend":
        return
    if number in _ONE:
        told = f"{sentence.shown(first, at + 2)} is said without a number: “last {each}”."
        raise sentence.fault(told, first, at + 2, f"/tasks failed last {each}", (f"last {each}",))
    shown, weeks = sentence.shown(first, at + 2), f"last {number} weeks"
    told = f"{shown} are times with gaps between them, and an answer is about one. Ask for one of them, or for weeks."
    raise sentence.fault(told, first, at + 2, f"/tasks failed {weeks}", (f"last {each}", weeks))
