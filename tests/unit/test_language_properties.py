"""What holds for any text and any question."""

import re
import sys
from dataclasses import replace
from datetime import UTC, datetime
from random import Random
from types import FrameType
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from bot.errors import UsageError
from bot.language import TERMS, describe, parse
from bot.language.table import ALONE, OF_ALERTS
from bot.model import Invocation, NameField, Takes, TaskQuery, Verb

VERBS = (
    Verb("overview", ""),
    Verb("help", "", Takes.WORD),
    Verb("show", "", Takes.ID, optional=False, examples=("/tasks show 12",)),
    Verb("activities", "", Takes.ID_OR_FILTERS),
    Verb("stats", "", Takes.FILTERS),
    Verb(
        "history", "", Takes.NAME_AND_FILTERS, optional=False, examples=("/tasks history x",), names=NameField.MACHINE
    ),
    Verb("protected?", "", Takes.NAME_AND_FILTERS, names=NameField.TENANT),
)
ZONES = st.sampled_from(
    ["UTC", "Europe/Berlin", "America/New_York", "Africa/Cairo", "Australia/Lord_Howe", "America/Havana"]
).map(ZoneInfo)
NOWS = st.datetimes(datetime(2024, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001 - Hypothesis wants them naive
TIMES = ["yesterday", "monday", "2022-06-01", "1 June", "18:00", "2 days ago", "06/07/22", "3 days", "feb 29", "now"]
WORDS = [word for term in TERMS for word in term.words]
ODD = ["and", "or", "the", "12", "—", "-", "“", "”", '"', "'", ",", "ago", "at", "last", "Acme", '"Acme"', "srv-*", "*"]
PIECES = st.sampled_from([*WORDS, *TIMES, *ODD, "show", "help", "history", "protected", "stats"])
PHRASES = st.lists(st.one_of(PIECES, st.text(max_size=6)), max_size=7).map(" ".join)
QUICK = settings(deadline=None, max_examples=200)

PLAIN = [term for term in TERMS if term.asks != TaskQuery() and not term.names]
SCOPES = [term.words[0] for term in TERMS if term.everything or term.time_field]
SHAPES = [
    "oldest",
    "newest",
    "longest 3",
    "shortest",
    "sort name",
    "sort by tenant backwards",
    "first 5",
    "longer than 2h",
]
NAMES = [
    "tenant Acme Corp",
    'tenant "Beta"',
    "machine srv-*, db1",
    "plan nightly",
    "started by alice",
    "named x",
    "type a.b",
    "“x y”",
]
PARTS = st.one_of(
    st.sampled_from(PLAIN).map(lambda term: term.words[0]),
    st.sampled_from(SCOPES),
    st.sampled_from(SHAPES),
    st.sampled_from(NAMES),
    st.sampled_from([*(term.words[0] for term in PLAIN), *NAMES]).map(lambda words: f"not {words}"),
)
MOMENTS = st.one_of(
    st.datetimes(datetime(2023, 1, 1), datetime(2023, 12, 30)).map(  # noqa: DTZ001 - a wall-clock time
        lambda at: at.replace(microsecond=0).isoformat()
    ),
    st.dates(datetime(2023, 1, 1).date(), datetime(2023, 12, 30).date()).map(str),  # noqa: DTZ001
    st.integers(1, 2_000).map(lambda hours: f"{hours}h ago"),
    st.integers(1, 400).map(lambda days: f"{days} days ago"),
)
WINDOWS = st.one_of(
    st.just(""),
    MOMENTS.map(lambda at: f"since {at}"),
    MOMENTS.map(lambda at: f"before {at}"),
    st.tuples(MOMENTS, MOMENTS).map(lambda pair: f"since {pair[0]} before {pair[1]}"),
    st.dates(datetime(2023, 1, 1).date(), datetime(2023, 12, 30).date()).map(lambda day: f"on {day}"),  # noqa: DTZ001
    st.sampled_from(["today", "yesterday", "last 7 days", "24h"]),
)
_BEHIND_THE_COMMAND = re.compile(r"^\s*/tasks(?:\s+|$)", re.IGNORECASE)


def understood(text: str, now: datetime, zone: ZoneInfo) -> Invocation | None:
    """None where the text is refused, as it must be: in words, pointing into it, with an example that works."""
    try:
        return parse(text, now, zone, VERBS)
    except UsageError as refused:
        error = refused
    assert error.told
    assert error.text == _BEHIND_THE_COMMAND.sub("", text, count=1)
    assert 0 <= error.offset <= error.offset + error.length <= len(error.text)
    parse(error.example.removeprefix("/tasks"), now, zone, VERBS)
    return None


@QUICK
@example("/TASKS/", datetime(2024, 1, 1, tzinfo=UTC), ZoneInfo("UTC"))
@example("/tasks 0", datetime(2024, 1, 1, tzinfo=UTC), ZoneInfo("UTC"))
@given(st.text(max_size=3_000), NOWS, ZONES)
def test_any_text_is_understood_or_refused_in_words(text: str, now: datetime, zone: ZoneInfo) -> None:
    understood(text, now, zone)


@pytest.mark.parametrize(
    "first", sorted({*ALONE, *OF_ALERTS, "alerts", "protected?", "failed", "no", "my", "show", "which"})
)
def test_words_about_alerts_and_about_backups_are_understood_or_refused_in_words(first: str) -> None:
    for second in (*ALONE, *OF_ALERTS, "alerts", "protected?", "failed", "all", "servers", "backups", "storage"):
        for third in ("", "last night", "or late"):
            understood(f"{first} {second} {third}", datetime(2024, 1, 1, tzinfo=UTC), ZoneInfo("UTC"))


@pytest.mark.parametrize(
    "text", ["no backup not late", "no backups but not missed", "no backups at a no backups at b", "not late no backup"]
)
def test_two_ways_to_say_how_things_stand_are_understood_or_refused(text: str) -> None:
    understood(text, datetime(2024, 1, 1, tzinfo=UTC), ZoneInfo("UTC"))


@QUICK
@example('late "alerts"', datetime(2024, 1, 1, tzinfo=UTC), ZoneInfo("UTC"))  # it was asked for without end
@example("history running 0", datetime(2024, 1, 1, tzinfo=UTC), ZoneInfo("UTC"))  # in quotes it was no machine's name
@given(PHRASES, NOWS, ZONES)
def test_any_words_are_understood_or_refused_in_words(text: str, now: datetime, zone: ZoneInfo) -> None:
    understood(text, now, zone)


PILED = """failed |x|x |"|" |'a |“a”|,|tenant a,|tenant |a or |not |-a |since |1 |longer than 1h|9|*a|*|sort name |last
|2022-06-01t|a:|1/2/22 |ﷺ|😀|障|of |faild |18:00 |2 days ago |this week |machine |between monday and """
NASTY = [*PILED.split("|"), "\u0301", "\u200b", "\n", "\x00"]


@pytest.mark.parametrize("piece", NASTY)
@pytest.mark.parametrize("start", ["", "tenant a ", "history ", "longer than ", "not "])
def test_twice_as_much_of_anything_is_about_twice_the_work(start: str, piece: str) -> None:
    """Counted in calls, not in seconds: how long the worst takes is told by the benchmark."""
    half, whole = (calls((start + piece * 3_000)[:length]) for length in (1_500, 3_000))
    assert whole <= 3 * half + 5_000


def calls(text: str) -> int:
    """How many functions it takes to read `text`."""
    made = 0

    def count(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal made
        made += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        understood(text, datetime(2026, 6, 6, tzinfo=UTC), ZoneInfo("Europe/Berlin"))
    finally:
        sys.setprofile(before)
    return made


@QUICK
@example(["unusual"], "since 2h ago before 1h ago", datetime(2024, 1, 1, tzinfo=UTC), ZoneInfo("UTC"), Random(0))
@example(["running", "not failed"], "on 2023-01-01", datetime(2024, 1, 1, tzinfo=UTC), ZoneInfo("UTC"), Random(0))
@given(st.lists(PARTS, max_size=5, unique=True), WINDOWS, NOWS, ZONES, st.randoms())
def test_order_does_not_matter_and_what_is_said_back_is_the_same(
    parts: list[str], window: str, now: datetime, zone: ZoneInfo, random: Random
) -> None:
    shuffled = [window, *parts]
    random.shuffle(shuffled)
    assume(not any(_is_of_standing(" ".join(words).strip()) for words in (parts, shuffled)))
    asked_for = _query(" ".join([*parts, window]), now, zone)
    assert _in_order(_query(" ".join(shuffled), now, zone)) == _in_order(asked_for)
    if asked_for:
        for said in (describe(asked_for, zone), describe(asked_for, zone, now)):
            again = _query(said, now, zone)
            assert again
            assert replace(again, time_is_default=asked_for.time_is_default) == asked_for


def _is_of_standing(text: str) -> bool:
    """Whether the words ask how things stand, where they come in this order, and are no filters."""
    return text == "all ok" or "paused plan" in text


def _in_order(query: TaskQuery | None) -> TaskQuery | None:
    """With its names in one order: they stand as they were typed."""
    if query is None:
        return None
    names = [replace(each, patterns=tuple(sorted(each.patterns))) for each in query.names]
    return replace(query, names=tuple(sorted(names, key=repr)))


def _query(text: str, now: datetime, zone: ZoneInfo) -> TaskQuery | None:
    found = understood(text, now, zone)
    return found.query if found and found.verb == "" else None
