"""What holds for any text and any question."""

from dataclasses import replace
from datetime import UTC, datetime
from random import Random
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import UsageError
from bot.language import describe, parse, terms
from bot.model import Invocation, Takes, TaskQuery, Verb

VERBS = (
    Verb("overview", ""),
    Verb("help", "", Takes.WORD),
    Verb("show", "", Takes.ID, optional=False, examples=("/tasks show 12",)),
    Verb("activities", "", Takes.ID_OR_FILTERS),
)
ZONES = st.sampled_from(
    ["UTC", "Europe/Berlin", "America/New_York", "Africa/Cairo", "Australia/Lord_Howe", "America/Havana"]
).map(ZoneInfo)
NOWS = st.datetimes(datetime(2024, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001 - Hypothesis wants them naive
TIMES = ["yesterday", "monday", "2022-06-01", "1 June", "18:00", "2 days ago", "06/07/22", "3 days", "feb 29", "now"]
WORDS = [word for term in terms() for word in term.words]
PIECES = st.sampled_from([*WORDS, *TIMES, "and", "the", "show", "help", "12", "—", "“", "”", "ago", "at", "last"])
PHRASES = st.lists(st.one_of(PIECES, st.text(max_size=6)), max_size=7).map(" ".join)
QUICK = settings(deadline=None, max_examples=200)

PLAIN = [term for term in terms() if term.reads is None]
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


def understood(text: str, now: datetime, zone: ZoneInfo) -> Invocation | None:
    """None where the text is refused, as it must be: in words, pointing into it, with an example that works."""
    try:
        return parse(text, now, zone, VERBS)
    except UsageError as refused:
        error = refused
    assert error.told
    assert error.text == text
    assert 0 <= error.offset <= error.offset + error.length <= len(text)
    parse(error.example.removeprefix("/tasks"), now, zone, VERBS)
    return None


@QUICK
@given(st.text(max_size=3_000), NOWS, ZONES)
def test_any_text_is_understood_or_refused_in_words(text: str, now: datetime, zone: ZoneInfo) -> None:
    understood(text, now, zone)


@QUICK
@given(PHRASES, NOWS, ZONES)
def test_any_words_are_understood_or_refused_in_words(text: str, now: datetime, zone: ZoneInfo) -> None:
    understood(text, now, zone)


@QUICK
@given(st.lists(st.sampled_from(PLAIN), max_size=4, unique=True), WINDOWS, NOWS, ZONES, st.randoms())
def test_order_does_not_matter_and_what_is_said_back_is_the_same(
    chosen: list[object], window: str, now: datetime, zone: ZoneInfo, random: Random
) -> None:
    words = [term.words[0] for term in PLAIN if term in chosen]
    asked_for = _query(" ".join([*words, window]), now, zone)
    shuffled = [window, *words]
    random.shuffle(shuffled)
    assert _query(" ".join(shuffled), now, zone) == asked_for
    if asked_for:
        for said in (describe(asked_for, zone), describe(asked_for, zone, now)):
            again = _query(said, now, zone)
            assert again
            assert replace(again, time_is_default=asked_for.time_is_default) == asked_for


def _query(text: str, now: datetime, zone: ZoneInfo) -> TaskQuery | None:
    found = understood(text, now, zone)
    return found.query if found and found.verb == "" else None
