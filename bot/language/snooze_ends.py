"""Reads when a snooze shall end. Any words give an end that lies ahead, or a UsageError.

    words  = end [remark]                              of remarks see `remarks`; without `because` none has a time in it
    end    = ["for" | "in"] length | ["until"] (length | moment | "next run" | "it recovers")
    moment = day [["at"] clock] | clock [["on"] day] | stamp          days and clocks are the next ones to come

A day alone is its first moment; a weekday with a clock may be today. A night ends at eight, a weekend on Monday.
A bare number after `until` is an hour, and alone or after `for` neither that nor hours; four digits are a clock.
"""

import re
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from bot.errors import UsageError
from bot.language.days import NUMBER_OF_MONTH, NUMBER_OF_WEEKDAY, Day, begins_day, day_at
from bot.language.german import in_english
from bot.language.lengths import UNITS, Length, length_at
from bot.language.remarks import COURTESY, parted, remark_of
from bot.language.sentence import Sentence, read
from bot.language.spans import Moment
from bot.language.times import TIME_WORDS, next_clock, spelled_moment, stamp_at
from bot.model import LONGEST_SNOOZE, SnoozeEnd
from bot.model.values import dataclass
from bot.model.zones import local_of, midnight, moment_of

EXAMPLE: Final = "/tasks snooze 14 until 08:00"
UNTIL: Final = frozenset({"until", "till", "til", "'til", "unitl", "untill"})
BEFORE_END: Final = UNTIL | {"for", "in"}
_PASSED: Final = frozenset({"the", "its", "a", "an", "on", "at", "this", "coming", "by", "next", "about"})
_NEXT_RUN: Final = re.compile(
    r"(?:(?:the|its|their) )?next (?:run|backup|restore|job|time|attempt|one)|it runs(?: again)?"
)
_RECOVERY: Final = re.compile(
    r"(?:(?:it|this|that|alert|the alert|the backup|backup) )?(?:(?:is|has|gets|it's|its) )?"
    r"(?:recover(?:s|ed|y)?|heal(?:s|ed)?|fixed|well|ok|okay|good|fine|green|works?|succeeds?|mended|better)(?: again)?"
)
_MORNING: Final = re.compile(
    r"(?:all |the |over ?)*(?:tonight|night|overnight)|(?:i'm|i am|im) (?:up|awake)|i (?:get|wake) up"
)
_WEEKEND: Final = re.compile(r"(?:over |after |all |the |this )*weekend(?: is over)?")
_ENDLESS: Final = frozenset({"forever", "ever", "always", "indefinitely", "further notice", "for ever", "never"})
_HOUR: Final = re.compile(r"[0-9]{1,2}")
_CLOCK: Final = re.compile(r"[0-9]{1,2}:[0-9]{2}")
_BEFORE_NOON: Final = re.compile(r"[1-9]|1[01]")
_ORDINAL: Final = re.compile(r"([0-9]{1,2})(?:st|nd|rd|th)")
_MORE: Final = "more"
_NEXT: Final = re.compile(r"\bnext\b|\bnächst", re.IGNORECASE)
_TOMORROW_NIGHT: Final = ("tomorrow night", "tomorrow evening")
_FOUR_DIGITS: Final = re.compile(r"([01][0-9]|2[0-3])([0-5][0-9])")
_WITH_STOP: Final = re.compile(r"([01]?[0-9]|2[0-3])[.h]([0-5][0-9])")
_NUMBERED_DAY: Final = re.compile(r"(?:0?[1-9]|[12][0-9]|3[01])\.(?:0?[1-9]|1[0-2])")
_PARTS: Final = {"morning": "08:00", "midday": "12:00", "noon": "12:00", "afternoon": "13:00", "evening": "18:00"}
_WHEN: Final = UNTIL | UNITS | {*_PARTS, *TIME_WORDS, "or", "and", "then", "from", "to", "after"}
_OF_WEEK: Final = re.compile(r"(?:all |over |the |rest of |for |end of )*(?:the |this |next )?week(?: is over)?")
_WEEK: Final = timedelta(days=7)
_MOST_OF_A_YEAR: Final = timedelta(days=350)
"""A day without its year is read as the next one to come, or as one of the last two weeks."""


@dataclass(frozen=True, slots=True)
class Ending:
    """`until` is None where only the `end` was named. `by_clock`: it depends on the asker's zone."""

    end: SnoozeEnd
    until: datetime | None = None
    by_clock: bool = False


def ending(text: str, at: int, now: datetime, zone: ZoneInfo) -> tuple[Ending | None, str]:
    """What stands from the place `at` of the text on, None where nothing does; and its remark. Raises UsageError."""
    until, remark = parted(text, at)
    try:
        sentence = _without_courtesy(read(" " * at + text[at:until], now, zone))
        if not sentence.end:
            return None, remark
        found, beside = _in_english_or_german(sentence)
    except UsageError as error:
        raise UsageError(error.told, text=text, offset=error.offset, length=error.length, example=EXAMPLE) from error
    return found, remark_of(text[sentence.tokens[beside].offset :]) if beside < sentence.end else remark


def _in_english_or_german(sentence: Sentence) -> tuple[Ending, int]:
    """As `_ending`. German words are read where all of them say when: a remark stays what was typed."""
    try:
        return _ending(sentence)
    except UsageError:
        german = in_english(sentence)
        if german is sentence:
            raise
        with suppress(UsageError):
            found, beside = _ending(german)
            if beside == german.end:
                return found, sentence.end
        raise


def spoken_ending(found: Ending) -> str:
    """In words that `ending` reads as the same."""
    if found.until is not None:
        return f"until {found.until.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    return "until next run" if found.end is SnoozeEnd.NEXT_RUN else "until it recovers"


def _without_courtesy(sentence: Sentence) -> Sentence:
    tokens = sentence.tokens
    while tokens and tokens[-1].word in COURTESY and not tokens[-1].name:
        tokens = tokens[:-1]
    more = next((at for at in range(1, len(tokens)) if tokens[at].word == _MORE and tokens[at - 1].word.isdigit()), -1)
    return replace(sentence, tokens=tuple(each for place, each in enumerate(tokens) if place != more))  # `2 more hours`


def _ending(sentence: Sentence) -> tuple[Ending, int]:
    """The end, and the place where its remark begins."""
    at = 0
    while sentence.word(at) in BEFORE_END:
        at += 1
    if at == sentence.end:
        raise sentence.fault(f"{sentence.shown(0, at)} needs a time after it.", 0, at)
    said = " ".join(sentence.word(n) for n in range(at, sentence.end))
    if _NEXT_RUN.fullmatch(said):
        return Ending(SnoozeEnd.NEXT_RUN), sentence.end
    if _RECOVERY.fullmatch(said):
        return Ending(SnoozeEnd.RECOVERY), sentence.end
    if said in _ENDLESS:
        told = (
            f"A snooze always ends, after {LONGEST_SNOOZE.days} days at the latest. “until it recovers” is the longest."
        )
        raise sentence.fault(told, 0, sentence.end)
    return _timed(_awake(sentence, at, said), at)


def _awake(sentence: Sentence, at: int, said: str) -> Sentence:
    """A night and a weekend as the moment of their end. Until such a time begins, no words are changed."""
    begins = sentence.word(at - 1) in UNTIL and said.endswith(("tonight", "weekend")) and not said.startswith("after")
    if not begins and _MORNING.fullmatch(said):
        return _instead(sentence, at, "08:00")
    if said == "tonight":
        return _instead(sentence, at, "18:00")
    if said in _TOMORROW_NIGHT:
        return _instead(sentence, at, "tomorrow", "18:00")
    if said == "today":
        return _instead(sentence, at, "tomorrow")
    if (not begins and _WEEKEND.fullmatch(said)) or _OF_WEEK.fullmatch(said):
        return _instead(sentence, at, "monday", "08:00")
    return sentence


def _instead(sentence: Sentence, at: int, *words: str) -> Sentence:
    """With these words from a place on: a night ends at eight, a weekend on Monday at eight."""
    said = tuple(sentence.tokens[at]._replace(word=word, name="") for word in words)
    return replace(sentence, tokens=(*sentence.tokens[:at], *said))


def _timed(sentence: Sentence, at: int) -> tuple[Ending, int]:
    first = at
    if found := _length_ahead(sentence, at):
        moment, by_clock = found, False
    elif found := _moment_ahead(sentence, at):
        moment, by_clock = found, True
    else:
        raise sentence.fault(f"{sentence.shown(first, sentence.end)} is no time that I can read.", first, sentence.end)
    if moment.until < sentence.end and not _is_remark(sentence, moment.until):
        told = f"{sentence.shown(moment.until, sentence.end)} is too much: a snooze has one end."
        raise sentence.fault(told, first, sentence.end)
    typed = sentence.shown(first).strip("“”?!(). ")
    if (
        (_HOUR.fullmatch(typed) or (first and _CLOCK.fullmatch(typed)))
        and moment.until == first + 1
        and sentence.word(first - 1) not in UNTIL
    ):  # `snooze 14 8`, `for 1:30`
        told = f"{sentence.shown(first)} may be an hour, or so many hours or minutes: say which."
        raise sentence.fault(told, first, first + 1)
    until, said = moment.start, spelled_moment(moment.start, sentence.zone)
    if until <= sentence.now:
        raise sentence.fault(f"{said} is past: a snooze ends later than now.", first, sentence.end)
    if until - sentence.now > LONGEST_SNOOZE:
        told = f"{said} is too far ahead: a snooze lasts {LONGEST_SNOOZE.days} days at most."
        raise sentence.fault(told, first, sentence.end)
    return Ending(SnoozeEnd.TIME, until, by_clock), moment.until


def _is_remark(sentence: Sentence, at: int) -> bool:
    """Whether no word from this place on may say when: what is misread would wake somebody at another time."""
    offset, length = sentence.span(at, sentence.end)
    words = [sentence.word(n) for n in range(at, sentence.end)]
    says_when = any(word in _WHEN or word[:1].isdigit() or begins_day(word) for word in words)
    return not says_when and bool(remark_of(sentence.text[offset : offset + length]))


def _length_ahead(sentence: Sentence, at: int) -> Moment | None:
    """`2h`, `2 hours 30 minutes`, `an hour`, `half an hour`."""
    if [sentence.word(at + n) for n in range(3)] in (["half", "an", "hour"], ["half", "a", "hour"]):
        return _ahead(sentence, Length(0, timedelta(minutes=30), at + 3))
    while sentence.word(at) in _PASSED:
        at += 1
    whole: Length | None = None
    while length := length_at(sentence, at):
        days, counted = (whole.days, whole.counted) if whole else (0, timedelta())
        whole = Length(days + length.days, counted + length.counted, length.until)
        at = length.until + (sentence.word(length.until) == "and")
    return _ahead(sentence, whole) if whole and sentence.word(whole.until) != "ago" else None


def _ahead(sentence: Sentence, length: Length) -> Moment:
    """Days go by the clock on the wall, hours are counted."""
    start = sentence.now.astimezone(UTC)
    if length.days:
        start = moment_of(local_of(start, sentence.zone) + timedelta(days=min(length.days, 4_000)), sentence.zone)
    return Moment(start + length.counted, start + length.counted, length.until)


def _moment_ahead(sentence: Sentence, at: int) -> Moment | None:
    while sentence.word(at) in _PASSED:
        at += 1
    if stamp := stamp_at(sentence, at):
        return stamp
    if day := _day_ahead(sentence, at):
        at = day.until
        while sentence.word(at) in _PASSED:
            at += 1
        if clock := _clock_on(sentence, at, day):
            return clock
        start = midnight(day.day, sentence.zone)
        return Moment(start, start, day.until)
    return _next_clock(sentence, at)


def _clock_on(sentence: Sentence, at: int, day: Day) -> Moment | None:
    """The clock that stands here, on that day. A weekday is today's own while the clock is still to come."""
    is_weekday = sentence.word(day.until - 1) in NUMBER_OF_WEEKDAY and not _NEXT.search(sentence.text)
    if is_weekday and day.day - _WEEK == sentence.today:
        today = _clock_from(sentence, at, midnight(sentence.today, sentence.zone) - timedelta(microseconds=1))
        if today and today.start > sentence.now:
            return today
    return _clock_from(sentence, at, midnight(day.day, sentence.zone) - timedelta(microseconds=1))


def _next_clock(sentence: Sentence, at: int) -> Moment | None:
    """`08:00`, and `08:00 on friday`."""
    clock = _clock_from(sentence, at, sentence.now)
    if clock is None:
        return None
    after = clock.until
    while sentence.word(after) in _PASSED:
        after += 1
    day = _day_ahead(sentence, after)
    if day is None:
        return clock
    if sentence.word(after) == "tonight" and _BEFORE_NOON.fullmatch(sentence.word(at)):
        evening = sentence.tokens[at]._replace(word=f"{int(sentence.word(at)) + 12}:00")
        sentence = replace(sentence, tokens=(*sentence.tokens[:at], evening, *sentence.tokens[at + 1 :]))
    found = _clock_on(sentence, at, day)
    return replace(found, until=day.until) if found else None


def _clock_from(sentence: Sentence, at: int, after: datetime) -> Moment | None:
    """The first moment after `after` at which clocks show what stands here."""
    word = sentence.word(at)
    clock = _PARTS.get(word) or _clock_word(word, sentence.word(at + 1))
    if not clock:
        return None
    before, *_ = sentence.tokens[at : at + 1]
    tokens = (*sentence.tokens[:at], before._replace(word=clock), *sentence.tokens[at + 1 :])
    alone = replace(sentence, tokens=tokens[at:])
    found = next_clock(alone, 0, after)
    return replace(found, until=found.until + at) if found else None


def _clock_word(word: str, following: str) -> str:
    """The word as a clock's, where it may be one: `8` is `8:00`, `0800` and `8.00` too."""
    if _HOUR.fullmatch(word) and following not in ("am", "pm", "a.m", "p.m"):
        return f"{word}:00" if int(word) < 24 else ""
    if found := _FOUR_DIGITS.fullmatch(word):
        return f"{found[1]}:{found[2]}"
    return word.replace(".", ":").replace("h", ":") if _is_stopped(word) else word


def _is_stopped(word: str) -> bool:
    """`21.00` and `8h30`, but not `1.12`, which is a day."""
    return bool(_WITH_STOP.fullmatch(word)) and not _NUMBERED_DAY.fullmatch(word)


def _day_ahead(sentence: Sentence, at: int) -> Day | None:
    """The next day to come of this name. Today and yesterday are what they are. Raises UsageError as `day_at`."""
    word = sentence.word(at)
    if word in ("tonight", "tmrw", "tomorow", "tommorow", "tmr"):
        today = day_at(replace(sentence, tokens=(sentence.tokens[at]._replace(word="today"),)), 0)
        days = 0 if word == "tonight" else 1
        return Day(today.day + timedelta(days=days), at + 1) if today else None
    if (
        not begins_day(word)
        or word == "last"
        or _is_stopped(word)
        or (_HOUR.fullmatch(word) and sentence.word(at + 1) in UNITS)
    ):
        return None
    if word in NUMBER_OF_WEEKDAY and not begins_date(sentence, at + 1):
        return day_at(_later(sentence, _WEEK), at)
    if number := _ORDINAL.fullmatch(word):
        return _next_of_month(sentence, int(number[1]), at + 1) or day_at(_later(sentence, _MOST_OF_A_YEAR), at)
    is_near = word in ("today", "yesterday", "tomorrow")
    return day_at(sentence if is_near else _later(sentence, _MOST_OF_A_YEAR), at)


def _next_of_month(sentence: Sentence, number: int, until: int) -> Day | None:
    """`the 27th`: the next day of this number, where no month follows."""
    if sentence.word(until) in NUMBER_OF_MONTH or sentence.word(until) == "of":
        return None
    days = (sentence.today + timedelta(days=ahead) for ahead in range(1, 63))
    found = next((day for day in days if day.day == number), None)
    return Day(found, until) if found else None


def begins_date(sentence: Sentence, at: int) -> bool:
    """Whether a date may follow a weekday here: `friday 27 november`, not `friday 9:00`."""
    word = sentence.word(at)
    if not begins_day(word) or word in NUMBER_OF_WEEKDAY:
        return False
    try:
        return day_at(sentence, at) is not None
    except UsageError:
        return True


def _later(sentence: Sentence, length: timedelta) -> Sentence:
    """As if it were typed so much later, the clock on the wall being the same."""
    return replace(sentence, now=moment_of(local_of(sentence.now, sentence.zone) + length, sentence.zone))
