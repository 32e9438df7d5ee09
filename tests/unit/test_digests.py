"""When digests are due, and what they say."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.alerting.digests import LATEST, begins, key_of, last_due
from bot.blocks.cards import card
from bot.blocks.digest_card import digest_card
from bot.errors import SettingsError
from bot.language import parse
from bot.model import Kind, Message
from bot.model.digests import AtRisk, Digest, DigestDay, DigestLine, DigestView
from tests.builders import settings
from tests.typed_phrases import VERBS

BERLIN = ZoneInfo("Europe/Berlin")
DAILY = Digest("C0TEAM", time(8), BERLIN)
WORKDAYS = Digest("C0TEAM", time(8), BERLIN, frozenset(range(5)))
ZONES = st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia"])


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


@pytest.mark.parametrize(
    ("digest", "now", "due"),
    [
        (DAILY, "2026-11-26T08:00:00+01:00", "2026-11-26T08:00:00+01:00"),
        (DAILY, "2026-11-26T07:59:59+01:00", None),
        (DAILY, "2026-11-26T14:00:00+01:00", "2026-11-26T08:00:00+01:00"),
        (DAILY, "2026-11-26T14:00:01+01:00", None),
        (WORKDAYS, "2026-11-28T09:00:00+01:00", None),
        (Digest("C0TEAM", time(2, 30), BERLIN), "2026-03-29T03:10:00+02:00", "2026-03-29T03:00:00+02:00"),
        (Digest("C0TEAM", time(2, 30), BERLIN), "2026-10-25T02:40:00+01:00", "2026-10-25T02:30:00+02:00"),
    ],
)
def test_a_digest_is_due_by_the_clock_on_the_wall_and_not_too_late(digest: Digest, now: str, due: str | None) -> None:
    assert last_due(digest, at(now)) == (at(due) if due else None)


def test_a_digest_is_about_the_time_since_the_one_before() -> None:
    monday = at("2026-11-30T08:00:00+01:00")
    assert begins(WORKDAYS, monday) == at("2026-11-27T08:00:00+01:00")
    assert begins(DAILY, monday) == at("2026-11-29T08:00:00+01:00")
    only = Digest("C0TEAM", time(8), BERLIN, frozenset({0}))
    assert begins(only, monday) == at("2026-11-23T08:00:00+01:00")


@given(st.integers(0, 3_600 * 24 * 3_650), st.times(), ZONES)
def test_a_day_has_one_digest_whatever_the_clock_does(seconds: int, clock: time, zone: str) -> None:
    now = at("2020-01-01T00:00:00Z") + timedelta(seconds=seconds)
    digest = Digest("C0TEAM", clock.replace(second=0, microsecond=0), ZoneInfo(zone))
    keys = {key_of(digest, due) for hour in range(48) if (due := last_due(digest, now + timedelta(hours=hour)))}
    assert 1 <= len(keys) <= 3
    due = last_due(digest, now)
    assert due is None or (timedelta() <= now - due <= LATEST and begins(digest, due) < due)


def line(**changes: Any) -> DigestLine:
    return DigestLine(
        **{
            "alert_id": 14,
            "name": "SRV-SQL01",
            "plan": "Nightly",
            "tenant": "Acme Corp",
            "kind": Kind.BACKUP,
            "code": "error",
            "cause": "Backup storage is full.",
            "since": at("2026-11-25T22:10:00Z"),
            "is_critical": True,
            **changes,
        }
    )


VIEW = DigestView(
    at("2026-11-25T07:00:00Z"),
    at("2026-11-26T07:00:00Z"),
    "Europe/Berlin",
    "",
    open=14,
    critical=6,
    taken=3,
    snoozed=2,
    failed=9,
    healed=5,
    resolved=1,
    missed=2,
    worst=(line(), line(code="missed", is_critical=False, cause="")),
    at_risk=(
        AtRisk("SRV-SQL01", "Nightly", "Acme Corp", at("2026-11-26T10:00:00Z"), at("2026-11-26T21:00:00Z")),
        AtRisk("SRV-DC01", "Weekly", "", None, at("2026-11-26T12:00:00Z")),
    ),
    at_risk_size=4,
    within=397,
    workloads=412,
    days=tuple(DigestDay(date(2026, 11, day), 400, day % 7) for day in range(19, 26)),
)


def drawn(view: DigestView) -> Message:
    return card(digest_card, view, BERLIN)


def test_a_digest_says_its_numbers_in_words() -> None:
    first, *rest = drawn(VIEW).text.splitlines()
    said = "\n".join(rest)
    assert first == ("Digest: 14 alerts open, 6 critical; 2 did not run, 9 failed")
    for words in (
        "5 healed by themselves, 1 resolved by hand",
        "3 taken, 2 snoozed",
        "397 of 412 workloads (96 %)",
        "MISSED",
        "Mon 23: 400 good, 2 failed",
        "At risk in the next 12 h: 4",
        "SRV-SQL01, Acme Corp · due Thu 11:00 · its last good backup gets too old Thu 22:00",
        "SRV-DC01 · its last good backup gets too old Thu 13:00",
        "and 2 more: ask /tasks protected? tonight",
    ):
        assert words in said


@pytest.mark.parametrize(("task_id", "action"), [("944455285181775872", "task.details"), ("", "alert.why")])
def test_each_open_alert_of_a_digest_has_its_details_beside_it(task_id: str, action: str) -> None:
    """An alert that no task is behind says why."""
    shown = drawn(replace(VIEW, worst=(line(task_id=task_id), line(task_id=task_id)), open=2, at_risk_size=2))
    beside = [block["accessory"] for block in shown.blocks if "accessory" in block]
    assert [each["action_id"] for each in beside] == [action, action]
    assert {each["value"] for each in beside} == {task_id or "14"}


def test_what_a_digest_leaves_out_has_a_button_that_asks_for_it() -> None:
    shown = drawn(replace(VIEW, unplanned=("SRV-NEW",), unplanned_size=3))
    beside = {
        each["accessory"]["value"]: each["accessory"]["action_id"] for each in shown.blocks if "accessory" in each
    }
    wanted = ("alerts", "protected? tonight", "protected? without a plan")
    assert {value: beside.get(value) for value in wanted} == dict.fromkeys(wanted, "tasks.ask.beside")
    for value in wanted:
        assert parse(value, VIEW.until, BERLIN, VERBS).verb == value.split()[0]


def test_all_is_well_only_where_all_is_known() -> None:
    nothing = DigestView(VIEW.since, VIEW.until, "UTC", "")
    assert drawn(nothing).text.startswith("Digest: nothing is open\n")
    behind = DigestView(VIEW.since, VIEW.until, "UTC", "", stale="the copy is behind")
    assert "no open alert is known" in drawn(behind).text
    assert "Not up to date" in drawn(behind).text


# ── settings ──

WRITTEN = """
[[digests]]
channel = "C0TEAM"
at = "07:30"
days = ["mon", "fri"]
zone = "Europe/Berlin"
match = 'tenant "Acme Corp"'

[[digests]]
channel = "C0TEAM"
"""


def test_digests_are_read_with_their_defaults(tmp_path: Path) -> None:
    (tmp_path / "nightshift.toml").write_text(WRITTEN)
    own, plain = settings(tmp_path, ACRONIS_URL="http://127.0.0.1:9").digests
    assert (own.at, own.days, own.zone, own.about) == (
        time(7, 30),
        frozenset({0, 4}),
        BERLIN,
        "Alerts, tenant “Acme Corp”",
    )
    assert (plain.at, plain.days, plain.zone.key, plain.about) == (time(8), frozenset(range(7)), "UTC", "")


@pytest.mark.parametrize(
    ("setting", "told"),
    [
        ('at = "25:00"', "has 25:00, which no clock shows"),
        ('at = "8"', "must be a time"),
        ("days = []", "days"),
        ('zone = "Europe/Nowhere"', "is not known"),
        ('match = "since monday"', "cannot be read"),
    ],
)
def test_what_is_wrong_with_a_digest_is_told(tmp_path: Path, setting: str, told: str) -> None:
    (tmp_path / "nightshift.toml").write_text(f'[[digests]]\nchannel = "C0TEAM"\n{setting}\n')
    with pytest.raises(SettingsError, match="digests") as found:
        settings(tmp_path)
    assert told in str(found.value)


def test_the_same_digest_twice_is_refused(tmp_path: Path) -> None:
    (tmp_path / "nightshift.toml").write_text('[[digests]]\nchannel = "C0TEAM"\n' * 2)
    with pytest.raises(SettingsError, match="the same as the one on line"):
        settings(tmp_path)
