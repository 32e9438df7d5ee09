"""Words made safe and short."""

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.blocks import text

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2022, 6, 5, 12, 0, tzinfo=UTC)


def test_an_ampersand_is_escaped_first_and_once() -> None:
    assert text.escape("a<b>&amp;") == "a&lt;b&gt;&amp;amp;"


@pytest.mark.parametrize(
    ("hostile", "shown"),
    [
        ("SRV_SQL_01", "SRV_SQL_01"),
        ("_italic_", "ˍitalicˍ"),
        ("*bold* ~gone~ `code`", "∗bold∗ ∼gone∼ ˋcodeˋ"),
        (":warning: at 21:10", "∶warning: at 21:10"),
        ("<!channel> <@U1>", "&lt;!channel&gt; &lt;@U1&gt;"),
        ("https://evil.example", "https∶//evil.example"),
        ("@channel and @HERE", "＠channel and ＠HERE"),
        ("> quoted", "› quoted"),
        ("two\nlines\u2028and\ttabs", "two lines and tabs"),
        ("left\u202eright\u2066\ufeff", "leftright"),
        ("\u3164\u2800", ""),
        ("\ud800x", "x"),
        ("a" + "\u0301" * 50, "a" + "\u0301" * 3),
        ("R&D", "R&amp;D"),
    ],
)
def test_foreign_words_mean_nothing_to_slack(hostile: str, shown: str) -> None:
    assert text.foreign(hostile) == shown


def test_an_entity_is_never_cut_in_half() -> None:
    """The length is that after escaping."""
    assert text.foreign("&" * 20, 12) == "&amp;&amp;…"


@given(st.text(), st.integers(min_value=1, max_value=300))
def test_foreign_words_keep_their_length(hostile: str, length: int) -> None:
    assert len(text.foreign(hostile, length)) <= length
    assert len(text.literal(hostile, length)) <= length


def test_a_long_word_keeps_both_its_ends() -> None:
    name = "backup-" + "x" * 240 + "-SQL01"
    assert text.foreign(name) == "backup-xxxxxxxxxxxxx…xxxxx-SQL01"
    assert text.foreign(name, 300, whole=True) == name


def test_a_near_moment_is_a_weekday_and_a_far_one_a_date() -> None:
    assert text.moment(datetime(2022, 6, 4, 19, 10, tzinfo=UTC), BERLIN, NOW) == "Sat 21:10"
    assert text.moment(datetime(2022, 5, 29, 19, 10, tzinfo=UTC), BERLIN, NOW) == "29 May 2022 21:10"


def test_a_week_ago_is_not_told_by_its_weekday() -> None:
    assert text.moment(NOW - timedelta(days=7), BERLIN, NOW) == "29 May 2022 14:00"


def test_an_hour_that_comes_twice_names_its_zone() -> None:
    first = datetime(2022, 10, 30, 0, 30, tzinfo=UTC)
    twice = [text.moment(first + timedelta(hours=hours), BERLIN, first) for hours in (0, 1, 2)]
    assert twice == ["Sun 02:30 CEST", "Sun 02:30 CET", "Sun 03:30"]


def test_slack_draws_a_moment_and_its_fallback_names_the_zone() -> None:
    token = text.slack_moment(datetime(2022, 6, 4, 19, 10, tzinfo=UTC), BERLIN)
    assert token == "<!date^1654369800^{date_short_pretty} {time}|Sat 4 Jun 2022 21:10 CEST>"


def test_a_zone_without_a_name_is_told_by_its_distance() -> None:
    assert text.zone_name(NOW, ZoneInfo("America/Sao_Paulo")) == "UTC-03"


def test_the_ends_of_the_calendar_are_told_in_utc() -> None:
    latest = datetime.max.replace(tzinfo=UTC)
    assert text.moment(latest, BERLIN, NOW) == "31 Dec 9999 23:59"
    assert text.slack_moment(datetime(1, 1, 1, tzinfo=UTC), ZoneInfo("America/New_York")).startswith("Mon 1 Jan 1 ")


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (-5, "0 s"),
        (42, "42 s"),
        (59.7, "1 min"),
        (42 * 60, "42 min"),
        (3600, "1 h"),
        (85 * 60, "1 h 25 min"),
        (31 * 3600, "31 h"),
        (5 * 86400, "5 days"),
    ],
)
def test_a_span_is_told_in_the_unit_people_use(seconds: float, told: str) -> None:
    assert text.span(timedelta(seconds=seconds)) == told


@pytest.mark.parametrize(
    ("amount", "told"),
    [(0, "0 B"), (999, "999 B"), (1500, "1.5 KB"), (999_999, "1.0 MB"), (12.3e6, "12 MB"), (1e30, "1000000000000 EB")],
)
def test_a_size_is_told_in_decimal_units(amount: float, told: str) -> None:
    assert text.size(amount) == told


def test_what_is_no_number_has_no_size() -> None:
    assert text.size(float("nan")) == text.size(float("inf")) == ""


@pytest.mark.parametrize("words", ["a::b::c", "::warning::", "x:::y:::z", "urn:acronis.com::policy_manager::admin"])
def test_colons_in_a_row_make_no_emoji(words: str) -> None:
    assert re.search(r":\S*:", text.foreign(words)) is None
