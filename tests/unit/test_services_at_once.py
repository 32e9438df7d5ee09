"""What a card's row does at once: its moments are those of the same words typed."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from bot.language import parse_act
from bot.model import Person
from bot.services import AT_ONCE

BERLIN, CAIRO = ZoneInfo("Europe/Berlin"), ZoneInfo("Africa/Cairo")


@pytest.mark.parametrize(
    ("now", "zone", "morning"),
    [
        ("2026-11-26T03:12+01:00", BERLIN, "2026-11-26T08:00+01:00"),
        ("2026-11-26T08:00+01:00", BERLIN, "2026-11-27T08:00+01:00"),
        ("2026-11-26T07:59:59+01:00", BERLIN, "2026-11-26T08:00+01:00"),
        ("2026-03-28T22:00+01:00", BERLIN, "2026-03-29T08:00+02:00"),
        ("2026-10-24T22:00+02:00", BERLIN, "2026-10-25T08:00+01:00"),
        ("2026-11-26T23:30+00:00", CAIRO, "2026-11-27T08:00+02:00"),
        ("2026-12-31T23:30+01:00", BERLIN, "2027-01-01T08:00+01:00"),
    ],
)
def test_until_the_morning_is_the_next_eight_o_clock_where_the_person_is(
    now: str, zone: ZoneInfo, morning: str
) -> None:
    at, person = datetime.fromisoformat(now), Person("U0MIA", "T0SANDBOX", zone)
    until = AT_ONCE["snooze.morning"].until(at, person)
    typed = parse_act("snooze 14 until 08:00", at, zone).ending
    assert typed is not None
    assert until == typed.until == datetime.fromisoformat(morning)
