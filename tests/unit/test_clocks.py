"""The simulated clock: processes that are given the same text tell the same time."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.errors import SettingsError
from bot.model import SimulatedClock, SystemClock, clock_from
from bot.settings import Mode, load
from tests.unit.test_settings import ENOUGH


def test_without_a_word_it_is_the_systems_clock() -> None:
    assert isinstance(clock_from({}), SystemClock)
    assert isinstance(clock_from({"NIGHTSHIFT_CLOCK": "  "}), SystemClock)


def test_it_goes_on_from_its_start_since_the_moment_named_as_fast_as_told() -> None:
    since = datetime.now(UTC) - timedelta(minutes=1)
    clock = clock_from({"NIGHTSHIFT_CLOCK": f"2026-03-02T10:00+01:00 {since.isoformat()} 60"})
    went = clock.now() - datetime(2026, 3, 2, 9, tzinfo=UTC)
    assert timedelta(hours=1) <= went < timedelta(hours=2)


def test_two_processes_with_the_same_text_have_the_same_clock() -> None:
    told = {"NIGHTSHIFT_CLOCK": "2026-03-02T09:00Z 2026-11-25T14:30Z"}
    assert clock_from(told) == clock_from(told) == SimulatedClock(*_both(), 1.0)


def _both() -> tuple[datetime, datetime]:
    return datetime(2026, 3, 2, 9, tzinfo=UTC), datetime(2026, 11, 25, 14, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("soon", "START SINCE"),
        ("2026-03-02T09:00Z", "START SINCE"),
        ("2026-03-02T09:00 2026-11-25T14:30Z", "zone"),
        ("2026-03-02T09:00Z 2026-11-25T14:30Z 0", "above 0"),
        ("2026-03-02T09:00Z 2026-11-25T14:30Z nan", "above 0"),
        ("2026-03-02T09:00Z 2026-11-25T14:30Z fast", "START SINCE"),
        ("2026-03-02T09:00Z 2026-11-25T14:30Z 1 2", "START SINCE"),
    ],
)
def test_what_is_no_clock_is_told_with_all_other_faults(text: str, word: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as caught:
        load({**ENOUGH, "NIGHTSHIFT_CLOCK": text, "ALERT_CHANNEL": ""}, Mode.RUN, folder=tmp_path)
    told = caught.value.faults
    assert any("ALERT_CHANNEL" in fault for fault in told)
    assert any(fault.startswith("NIGHTSHIFT_CLOCK") and word in fault for fault in told)


def test_the_settings_have_the_clock(tmp_path: Path) -> None:
    told = {"NIGHTSHIFT_CLOCK": "2026-03-02T09:00Z 2026-11-25T14:30Z"}
    assert load({**ENOUGH, **told}, Mode.RUN, folder=tmp_path).clock == clock_from(told)
