"""Reads the bounds of a question: of time (since, before, last, on) and of length (longer than, shorter than).

A reader gets the place of its term's own first word and the place after its words; None: no such bound follows.
All bounds are exclusive. In a bound of length a day is 24 hours and a month is 30 days.
"""

import re
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.language.clocks import CLOCK_WORDS, with_clock, with_hour
from bot.language.days import NUMBER_OF_WEEKDAY, begins_day
from bot.language.lengths import ago, length_at
from bot.language.sentence import ADVICE, Sentence, read
from bot.language.spans import Moment, nights_at, quarters_at, refuse_gaps, this
from bot.language.times import day_ago_at, moment_at, next_clock
from bot.model.values import dataclass
from bot.model.zones import local_of, midnight

_AND = frozenset(("and", "&", "&amp", "to", "until", "till"))
_BESIDE = frozenset(("and", "&", "&amp", "+", "or"))
_NAMED = frozenset(("this", "last"))
_TO = frozenset(("to", "until", "till", "through"))
_FROM = "from"
_ON = "on"
_ONWARDS = frozenset(("onwards", "onward"))
_STRETCHES = frozenset(("yesterday", "yday", "overnight", "lastnight", "last", "this", "tonight"))
_BEFORE_BEGINNING = frozenset(("since", "last", "from"))
_LAST = frozenset(("last", "past", "previous", "prev", "prior"))
_DAY = timedelta(days=1)
_AROUND = timedelta(hours=1)
_KEPT = timedelta(days=90)  # as long as Acronis keeps tasks
_AFTER = frozenset(("since", "after", "from"))
_BEFORE = frozenset(("before", "until", "till"))
_HOUR = re.compile("(?:[01]?[0-9]|2[0-4])h?")
_BEGINNING = frozenset(("start", "beginning"))
_BEFORE_BEGIN = _BEGINNING | {"the"}
_OF_ALL = _BEGINNING | {"forever", "ever"}
_WEEK = timedelta(days=6, hours=12)  # a day is looked up in the middle of it: clocks may be moved meanwhile
_NUMBER = re.compile(r"[0-9]{1,6}")
_BEFORE_STRETCH = frozenset(("on", "during", "of", "in"))
_SHORT_HOURS = frozenset(("hr", "hrs"))
_COUNTED = frozenset(("failures", "fails", "failed", "errors", "times", "runs", "backups", "alerts", "warnings"))


@dataclass(frozen=True, slots=True)
class Window:
    """Bounds of time (UTC), either may be open. `until` is the place after the last word."""

    after: datetime | None
    before: datetime | None
    until: int


@dataclass(frozen=True, slots=True)
class LengthBound:
    """One bound of length. `until` is the place after the last word."""

    longer_than: timedelta | None
    shorter_than: timedelta | None
    until: int


def since(sentence: Sentence, first: int, at: int) -> Window | None:
    """`since monday`; and `from 22:00 to 06:00`, whose end is read from its start on. `Since the beginning` is ever."""
    past = at + 1 + (sentence.word(at) == "the")
    if sentence.word(past - 1) in _OF_ALL and sentence.word(past) != "of":
        return ever(sentence, first, past)
    sentence = _with_hours(sentence, at)
    moment = _moment_at(sentence, at)
    if moment is None:
        return last(sentence, at, at + (sentence.word(at) in _LAST))
    if stretch := _up_to(sentence, at, moment):
        return stretch
    if sentence.word(first) == _FROM and sentence.word(at) in _STRETCHES:
        return on(sentence, at, at)  # `errors from last night` are those of that night
    if clock := _clock_within(sentence, moment):
        return Window(clock.start, None, clock.until)
    return Window(moment.start, None, moment.until + _is_onwards(sentence, moment.until))


def _clock_within(sentence: Sentence, whole: Moment) -> Moment | None:
    """`since last night 10pm`: a clock time behind a stretch that it lies in."""
    word = sentence.word(whole.until)
    if not (word[:1].isdigit() or word in CLOCK_WORDS) or not timedelta() < whole.end - whole.start <= _DAY:
        return None
    sentence = with_clock(sentence, whole.until)
    begins = next_clock(sentence, whole.until, whole.start - timedelta(seconds=1))
    return begins if begins and begins.start <= whole.end else None


def _is_onwards(sentence: Sentence, at: int) -> bool:
    """`from monday on`, `monday onwards`."""
    word = sentence.word(at)
    return word in _ONWARDS or (word == _ON and moment_at(sentence, at + 1) is None)


def _up_to(sentence: Sentence, at: int, start: Moment) -> Window | None:
    """A stretch from this start on, whose end follows: `22:00 to 06:00`."""
    end = _second(sentence, start.until + 1, start) if sentence.word(start.until) in _TO else None
    if end is None:
        return None
    begins = _on_its_day(sentence, at, start, end)
    return Window(begins, end.end, end.until) if end.end > begins else None


def _moment_at(sentence: Sentence, at: int) -> Moment | None:
    """The moment after a word of time, where four digits are a clock."""
    begins = _past_beginning(sentence, at) if sentence.word(at) in _BEFORE_BEGIN else at
    if begins > at and (current := this(sentence, begins + (sentence.word(begins) in ("the", "this")))):
        return current
    at = begins
    is_bare = len(sentence.word(at)) == len("2100")
    return moment_at(with_clock(sentence, at) if is_bare else sentence, at)


def _past_beginning(sentence: Sentence, at: int) -> int:
    """The place after `the start of`: a bound is where a time begins."""
    until = at + (sentence.word(at) == "the")
    is_named = sentence.word(until) in _BEGINNING and sentence.word(until + 1) == "of"
    return until + 2 if is_named else at


def before(sentence: Sentence, _first: int, at: int) -> Window | None:
    moment = _moment_at(sentence, at)
    if moment is None:
        return None
    is_end = "end" in (sentence.word(at), sentence.word(at + 1))  # `before the end of october`
    return Window(None, moment.end if is_end else moment.start, moment.until)


def older(sentence: Sentence, _first: int, at: int) -> Window | None:
    """`older than 2 days`; a moment does too."""
    length = length_at(sentence, at)
    return Window(None, ago(sentence, length), length.until) if length else before(sentence, at, at)


def newer(sentence: Sentence, _first: int, at: int) -> Window | None:
    length = length_at(sentence, at)
    return Window(ago(sentence, length), None, length.until) if length else since(sentence, at, at)


def until(sentence: Sentence, _first: int, at: int) -> Window | None:
    moment = _moment_at(sentence, at)
    if moment is None:
        return None
    is_beginning = _past_beginning(sentence, at) > at
    return Window(None, moment.start if is_beginning else moment.end, moment.until)


def between(sentence: Sentence, first: int, at: int) -> Window | None:
    """`between monday and wednesday` holds all of Wednesday. A second clock time alone is the next after the first."""
    sentence = _with_hours(sentence, at)
    start = _moment_at(sentence, at)
    if start is None:
        return None
    end = _second(sentence, start.until + 1, start) if sentence.word(start.until) in _AND else None
    if end is None:
        told = f"{sentence.shown(first)} needs two times, with “and” between them."
        raise sentence.fault(told, first, start.until, "/tasks failed between monday and wednesday")
    return _clocks_in(sentence, at, end.until) or Window(_on_its_day(sentence, at, start, end), end.end, end.until)


def _clocks_in(sentence: Sentence, at: int, until: int) -> Window | None:
    """`2 and 4 last night`, `22 and 6 on monday`: two clock times, and behind them the stretch in which they lie."""
    place = until + (sentence.word(until) in _BEFORE_STRETCH)
    whole = moment_at(sentence, place) if sentence.word(place) else None
    if whole is None or not timedelta() < whole.end - whole.start <= _DAY:
        return None
    begins = _clock_in(sentence, at, whole)
    ends = _second(sentence, begins.until + 1, begins) if begins else None
    return Window(begins.start, ends.end, whole.until) if begins and ends and ends.until == until else None


def _clock_in(sentence: Sentence, at: int, whole: Moment) -> Moment | None:
    """The clock time here in a stretch; two in the morning is said of *this morning*, too, which begins at six."""
    day = midnight(local_of(whole.start, sentence.zone).date(), sentence.zone)
    moments = (next_clock(sentence, at, start - timedelta(seconds=1)) for start in (whole.start, day))
    return next((each for each in moments if each and each.start < whole.end), None)


def _on_its_day(sentence: Sentence, at: int, start: Moment, end: Moment) -> datetime:
    """Where a stretch begins whose end names the day for both: `between 2am and 4am yesterday`."""
    if start.start < end.end:
        return start.start
    begins = next_clock(sentence, at, end.end - _DAY - timedelta(seconds=1))
    return begins.start if begins and begins.until == start.until else start.start


def _second(sentence: Sentence, at: int, start: Moment) -> Moment | None:
    """The end, read from the start on: asked on a Tuesday, the Wednesday after Monday lies ahead."""
    sentence = with_clock(sentence, at)
    if clock := next_clock(sentence, at, start.start):
        return moment_at(sentence, at) if begins_day(sentence.word(clock.until)) else clock  # `6am today`
    is_weekday = sentence.word(at) in NUMBER_OF_WEEKDAY
    return moment_at(replace(sentence, now=start.start + _WEEK) if is_weekday else sentence, at)


def last(sentence: Sentence, first: int, at: int) -> Window | None:
    """`last 7 days`, `last week`; and `last monday`, whose first word is a part of the day's name."""
    while first != at and sentence.word(at) == "the":
        at += 1
    if whole := nights_at(sentence, at) or quarters_at(sentence, at):
        return Window(whole.start, whole.end, whole.until)
    if first != at and sentence.word(at) == "week" and sentence.word(at + 1) in NUMBER_OF_WEEKDAY:
        return on(_with_last(sentence, at - 1), at - 1, at - 1)  # `last week monday`
    if length := length_at(sentence, at):
        if first == at and sentence.word(at) in _SHORT_HOURS:  # a department: `sharepoint hr`
            return None
        return Window(ago(sentence, length), None, length.until)
    refuse_gaps(sentence, first, at)
    if first != at and _NUMBER.fullmatch(sentence.word(at)):
        told = f"{sentence.shown(first, at + 1)} of what? Say “first {sentence.word(at)}”, or name hours or days."
        raise sentence.fault(told, first, at + 1, "/tasks failed last 5 days", (f"first {sentence.word(at)}",))
    return on(_with_last(sentence, at - 1), at - 1, at - 1) if first != at else None


def _with_last(sentence: Sentence, at: int) -> Sentence:
    """`previous night`, `past weekend` as `last night`, `last weekend`."""
    token = sentence.tokens[at]
    if token.word == "last" or token.word not in _LAST:
        return sentence
    return replace(sentence, tokens=(*sentence.tokens[:at], token._replace(word="last"), *sentence.tokens[at + 1 :]))


def on(sentence: Sentence, _first: int, at: int) -> Window | None:
    """A whole day. A time of day has no breadth: it is no window."""
    return _stretch(sentence, at, at)


def _stretch(sentence: Sentence, first: int, at: int) -> Window | None:
    """A time that has a breadth. Raises UsageError at one moment; its own words begin at `first`."""
    if sentence.word(at) == "now":
        return None
    moment = moment_at(sentence, at)
    if moment is not None and moment.start == moment.end:
        moment = day_ago_at(sentence, at) or moment
    if moment is None:
        return None
    if stretch := _up_to(sentence, at, moment):
        return stretch
    if sentence.word(moment.until) in _ONWARDS:
        return Window(moment.start, None, moment.until + 1)
    if moment.start == moment.end:
        told = f"{sentence.shown(at, moment.until)} is one moment: say whether since it or before it."
        words = " ".join(sentence.word(place) for place in range(at, moment.until))
        is_past = moment.start <= sentence.now
        example = f"/tasks since {words}" if len(words) <= 40 and is_past else ADVICE
        raise sentence.fault(told, first, moment.until, example, [f"since {words}"] if is_past else ())
    return _within(sentence, moment) or _with_next_days(sentence, moment)


def _within(sentence: Sentence, whole: Moment) -> Window | None:
    """`yesterday after 18:00`, `last night between 1 and 3`: a part of a stretch, whose clock times follow it."""
    word, at = sentence.word(whole.until), whole.until + 1
    if word not in _AFTER | _BEFORE and word != "between":
        return None
    sentence = _with_hours(with_clock(sentence, at), at)
    begins = _clock_in(sentence, at, whole)
    if begins is None:
        return None
    if word in _BEFORE:
        return Window(whole.start, begins.start, begins.until)
    ends = _second(sentence, begins.until + 1, begins) if sentence.word(begins.until) in _AND else None
    if ends:
        return Window(begins.start, ends.end, ends.until)
    return None if word == "between" else Window(begins.start, whole.end, begins.until)


def _with_hours(sentence: Sentence, at: int) -> Sentence:
    """The sentence with two bare numbers here read as hours: `between 22 and 6`."""
    places = (at, at + 2) if sentence.word(at + 1) in _AND else ()
    if not places or not all(_HOUR.fullmatch(sentence.word(place)) for place in places):
        return sentence
    tokens = list(sentence.tokens)
    for place in places:
        tokens[place] = tokens[place]._replace(word=f"{int(sentence.word(place).rstrip('h')) % 24}:00")
    return replace(sentence, tokens=tuple(tokens))


def _with_next_days(sentence: Sentence, moment: Moment) -> Window:
    """`yesterday and today`: days that touch are one stretch."""
    start, end, until = moment.start, moment.end, moment.until
    while (next_at := _beside(sentence, until)) and (
        begins_day(sentence.word(next_at)) or sentence.word(next_at) in _NAMED
    ):
        beside = on(sentence, next_at, next_at)
        if beside is None or beside.after is None or beside.before is None:
            break
        if beside.after != end and beside.before != start:
            break
        start, end, until = min(start, beside.after), max(end, beside.before), beside.until
    return Window(start, end, until)


def _beside(sentence: Sentence, at: int) -> int:
    """The place after a word or comma that joins days; 0 where none stands here."""
    if sentence.word(at) in _BESIDE:
        return at + 1
    return at if at < sentence.end and sentence.tokens[at].apart else 0


def at(sentence: Sentence, first: int, at: int) -> Window | None:
    """`at night`; `at 03:00` is one moment, as the time alone is."""
    return _stretch(sentence, first, at)


def around(sentence: Sentence, first: int, at: int) -> Window | None:
    """An hour before a time of day and an hour after it; a longer time whole."""
    moment = moment_at(with_hour(sentence, at), at)
    if moment is None or moment.start < moment.end:
        return _stretch(sentence, first, at)
    return Window(moment.start - _AROUND, moment.end + _AROUND, moment.until)


def ever(sentence: Sentence, _first: int, at: int) -> Window | None:
    """All that is kept."""
    return Window(sentence.minute - _KEPT, None, at)


def own_day(sentence: Sentence, first: int, _at: int) -> Window | None:
    """The day that the term's own word names."""
    return on(sentence, first, first)


def longer(sentence: Sentence, first: int, at: int) -> LengthBound | None:
    if _NUMBER.fullmatch(sentence.word(at)) and sentence.word(at + 1) in _COUNTED:
        told = (
            f"{sentence.shown(first, at + 2)} asks how often, which lists do not tell. The figures do, the worst first."
        )
        raise sentence.fault(told, first, at + 2, "/tasks stats by workload")
    found = _length(sentence, at)
    return LengthBound(found[0], None, found[1]) if found else None


def shorter(sentence: Sentence, _first: int, at: int) -> LengthBound | None:
    found = _length(sentence, at)
    return LengthBound(None, found[0], found[1]) if found else None


def _length(sentence: Sentence, at: int) -> tuple[timedelta, int] | None:
    """`2h`, and `2 hours 30 minutes`: the parts of a length may stand apart, the longer one first."""
    whole, step = timedelta(), timedelta.max
    while length := length_at(sentence, at):
        part = timedelta(days=length.days) + length.counted
        if part >= step:
            break
        whole, step, at = whole + part, part, length.until
    return (whole, at) if whole else None


def beginning(text: str, now: datetime, zone: ZoneInfo) -> datetime:
    """Where a stretch of time begins (UTC): `7d`, `monday`. Raises UsageError, also for what is not past."""
    sentence = read(text, now, zone)
    at = int(sentence.word(0) in _BEFORE_BEGINNING)
    if (length := length_at(sentence, at)) and sentence.word(length.until) != "ago":
        start, end = ago(sentence, length), length.until
    elif moment := moment_at(sentence, at):
        start, end = moment.start, moment.until
    else:
        told = f"{sentence.shown(0, sentence.end) or text} is no time. Say 7d, 24h, monday or 2022-06-01."
        raise sentence.fault(told, 0, sentence.end, "7d")
    if end < sentence.end:
        told = f"{sentence.shown(end, sentence.end)} is too much: one time is enough here."
        raise sentence.fault(told, end, sentence.end, "7d")
    if start >= now:
        raise sentence.fault(f"{sentence.shown(0, end)} is still to come.", at, end, "7d")
    return start
