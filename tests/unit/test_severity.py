"""How severe an alert is, and when the next run comes (design §5)."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.alerting.attempts import usual_try
from bot.alerting.learning import learn
from bot.alerting.rhythm import next_due
from bot.alerting.severity import Facts, judge
from bot.alerting.targets import Targets
from bot.model import Alert, AlertStatus, Assessment, Kind, Reason, RunFact, Severity, Tenant
from bot.model.plans import Rhythm, RhythmSource, Schedule, StartTimes
from tests.builders import NOW, alert, changed

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
TARGET = timedelta(hours=26)
ALERT = alert(
    id=1,
    fingerprint="f",
    account="main",
    kind=Kind.BACKUP,
    tenant=Tenant("67"),
    name="SRV-SQL01",
    plan="Nightly",
    type="t",
    status=AlertStatus.OPEN,
    opened_at=NOW,
    ended_at=NOW,
    task_id="1",
    code="error",
)


def runs(*codes: str, every: timedelta = DAY, last: datetime = NOW - HOUR) -> tuple[RunFact, ...]:
    """Runs of a regular plan, the oldest named first, given newest first as the copy does."""
    newest_first = codes[::-1]
    return tuple(RunFact(last - every * place, code) for place, code in enumerate(newest_first))


def every(hours: int) -> Rhythm:
    """A plan that runs so often, as `runs` has it."""
    return Rhythm(RhythmSource.PLAN, Schedule((StartTimes(tuple(range(8 % hours * 60, 24 * 60, hours * 60))),)))


DAILY = every(24)


def nightly(*codes: str) -> Facts:
    """A nightly plan whose last run began an hour ago; the last good one ended with it or its night's."""
    starts = runs(*codes)
    good = next((start.began_at + HOUR / 2 for start in starts if start.code == "ok"), None)
    return Facts(starts, good, NOW - 30 * DAY, rhythm=DAILY)


def judged(facts: Facts, now: datetime = NOW, alert: Alert = ALERT, target: timedelta = TARGET) -> Assessment:
    return judge(alert, facts, Targets(target), now)


def test_a_failure_is_critical_where_the_next_run_comes_too_late_for_the_target() -> None:
    assessment = judged(nightly("ok", "ok", "ok", "error"))
    assert (assessment.severity, assessment.reason) == (Severity.CRITICAL, Reason.WILL_MISS)
    assert assessment.next_run_at == NOW - HOUR + DAY
    assert assessment.misses_at == NOW - HOUR - DAY + HOUR / 2 + TARGET


def test_a_failure_is_a_warning_where_the_next_run_comes_in_time() -> None:
    facts = Facts(runs("ok", "ok", "ok", "error", every=4 * HOUR), NOW - 5 * HOUR, NOW - 30 * DAY, rhythm=every(4))
    assert judged(facts).reason is Reason.IN_TIME
    assert judged(facts).severity is Severity.WARNING


def test_a_longer_target_makes_a_nightly_failure_a_warning() -> None:
    assert judged(nightly("ok", "ok", "ok", "error"), target=timedelta(hours=50)).reason is Reason.IN_TIME


def test_the_next_run_counts_by_its_usual_end_and_equal_is_too_late() -> None:
    """In time if it takes less than what is left until the target is missed, too late if it takes as long."""
    known = runs("ok", "ok", "ok", "error", every=4 * HOUR)
    last_good, misses_at = NOW - 24 * HOUR, NOW + 2 * HOUR
    assert misses_at == last_good + TARGET

    def assessed(length: timedelta) -> Assessment:
        lasting = tuple(replace(run, length=length) for run in known)
        return judged(Facts(lasting, last_good, NOW - 30 * DAY, rhythm=every(4)), now=NOW - 2 * HOUR)

    next_run_at = assessed(HOUR).next_run_at
    assert next_run_at is not None
    until = misses_at - next_run_at
    assert assessed(until - HOUR / 60).reason is Reason.IN_TIME
    for length in (until, until + HOUR):
        assert (assessed(length).reason, assessed(length).is_in_time) == (Reason.WILL_MISS, False)


def test_a_last_good_backup_older_than_the_target_is_critical() -> None:
    assessment = judged(nightly("ok", "error", "cancelled"), now=NOW + 3 * HOUR)
    assert (assessment.severity, assessment.reason) == (Severity.CRITICAL, Reason.MISSED)


def test_without_a_rhythm_it_is_a_warning_until_the_target_is_missed() -> None:
    facts = Facts(runs("ok", "error"), NOW - 20 * HOUR, NOW - 30 * DAY)
    assert judged(facts).reason is Reason.NOT_YET
    assert judged(facts, now=NOW + 6 * HOUR).reason is Reason.MISSED


@pytest.mark.parametrize("known", [None, NOW - 20 * HOUR])
def test_what_history_does_not_reach_is_unknown_and_makes_nothing_critical(known: datetime | None) -> None:
    assessment = judged(Facts(runs("error", "error"), None, known))
    assert (assessment.severity, assessment.reason, assessment.misses_at) == (Severity.WARNING, Reason.UNKNOWN, None)


def test_no_good_backup_in_all_history_is_critical() -> None:
    assert judged(Facts(runs("error"), None, NOW - 27 * HOUR)).reason is Reason.NEVER


def test_three_failures_in_a_row_are_critical_even_where_the_past_is_unknown() -> None:
    assert judged(Facts(runs("error", "timedout", "abandoned"), None, NOW - HOUR)).reason is Reason.IN_A_ROW


def test_a_cancelled_run_neither_breaks_a_row_of_failures_nor_counts() -> None:
    target = timedelta(days=60)
    assert judged(nightly("ok", "error", "error", "cancelled", "error"), target=target).reason is Reason.IN_A_ROW
    assert judged(nightly("ok", "error", "cancelled", "error"), target=target).reason is Reason.IN_TIME
    assert judged(nightly("error", "error", "ok", "error"), target=target).reason is Reason.IN_TIME


def test_an_unknown_result_breaks_no_row_of_failures() -> None:
    target = timedelta(days=60)
    assert judged(nightly("ok", "error", "odd", "error", "error"), target=target).reason is Reason.IN_A_ROW


def test_a_failed_restore_is_critical() -> None:
    assessment = judged(Facts(), alert=changed(ALERT, kind=Kind.RESTORE))
    assert (assessment.severity, assessment.reason) == (Severity.CRITICAL, Reason.RESTORE)


@pytest.mark.parametrize(
    "alert",
    [
        changed(ALERT, kind=Kind.UNKNOWN),
        changed(ALERT, kind=Kind.MANAGEMENT),
        changed(ALERT, code="warning"),
        changed(ALERT, code="cancelled", kind=Kind.RESTORE),
    ],
)
def test_warnings_cancelled_runs_and_other_kinds_are_never_critical(alert: Alert) -> None:
    assert judged(nightly("error", "error", "error"), alert=alert).reason is Reason.MINOR


def test_what_was_critical_stays_so_until_it_ends() -> None:
    before = changed(ALERT, assessment=Assessment(Severity.CRITICAL, Reason.IN_A_ROW))
    assessment = judged(nightly("ok", "ok", "ok", "error"), alert=before, target=timedelta(hours=90))
    assert (assessment.severity, assessment.reason) == (Severity.CRITICAL, Reason.IN_A_ROW)


def test_after_a_failure_that_is_usually_tried_again_the_next_run_comes_soon() -> None:
    tries = [(0.0, "error"), (0.5, "ok"), (24, "ok"), (48, "error"), (48.5, "ok"), (72, "ok"), (96, "error")]
    starts = tuple(RunFact(NOW - 96.1 * HOUR + hours * HOUR, code) for hours, code in reversed(tries))
    assert usual_try(starts, NOW) == starts[0].began_at + HOUR / 2
    assert usual_try(starts, NOW + HOUR) is None


def test_a_plan_of_working_days_comes_next_on_monday() -> None:
    friday = datetime(2026, 3, 20, 21, 0, tzinfo=NOW.tzinfo)
    days = [friday - timedelta(days=ago) for ago in range(19) if (friday - timedelta(days=ago)).weekday() < 5]
    rhythm = learn(tuple(RunFact(day, "ok") for day in days), "UTC")
    assert next_due(rhythm, friday + HOUR) == friday + 3 * DAY


def test_a_run_that_did_not_come_is_expected_at_the_next_turn() -> None:
    assert next_due(DAILY, NOW + 30 * HOUR) == NOW - HOUR + 2 * DAY


@given(
    st.lists(
        st.tuples(st.timedeltas(timedelta(), timedelta(days=90)), st.sampled_from(["ok", "error", "cancelled", "x"])),
        max_size=28,
    )
)
def test_any_history_gives_a_next_run_after_now_or_none(past: list[tuple[timedelta, str]]) -> None:
    starts = tuple(sorted((RunFact(NOW - ago, code) for ago, code in past), key=lambda run: run.began_at, reverse=True))
    for expected in (next_due(learn(starts, "UTC"), NOW), usual_try(starts, NOW)):
        assert expected is None or expected > NOW
