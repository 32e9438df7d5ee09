"""How old the last good backup may get, why, and how a failure is judged by it: weekly, daily, every four hours."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.alerting.attempts import next_attempt
from bot.alerting.reminders import next_look_at
from bot.alerting.severity import Facts, judge
from bot.alerting.targets import Targets, how_often, target, why
from bot.model import Assessment, Reason, Rules, RunFact, Severity
from bot.model.plans import UNKNOWN_RHYTHM, Retry, Rhythm, RhythmSource, Schedule, StartTimes
from tests.builders import alert

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
LENGTH = HOUR / 2
ALERT = alert(id=1, ended_at=MONDAY)
WORKDAYS = frozenset(range(5))


def rhythm(*hours: float, weekdays: frozenset[int] = frozenset(), **changes: Any) -> Rhythm:
    times = StartTimes(tuple(round(hour * 60) for hour in hours), weekdays)
    return Rhythm(RhythmSource.PLAN, Schedule((times,), changes.pop("delay", timedelta())), **changes)


NIGHTLY = rhythm(21)
FOUR_HOURLY = rhythm(1, 5, 9, 13, 17, 21)
WEEKLY = rhythm(3, weekdays=frozenset({6}))


def past(given: Rhythm, last: datetime, *codes: str, gap: timedelta, **changes: Any) -> Facts:
    """Runs so far apart, the last at `last`; the codes are of the last ones, oldest first, all before went well."""
    every = [*("ok",) * (10 - len(codes)), *codes]
    runs = tuple(RunFact(last - gap * place, code, LENGTH) for place, code in enumerate(reversed(every)))
    good = next(run for run in runs if run.code == "ok")
    return Facts(runs, good.began_at + LENGTH, MONDAY - 90 * DAY, good_began_at=good.began_at, rhythm=given, **changes)


def judged(facts: Facts, after: timedelta = LENGTH, targets: Targets = Targets()) -> Assessment:  # noqa: B008
    """So long after the last run began."""
    return judge(ALERT, facts, targets, facts.runs[0].began_at + after)


# ── the target ──


@pytest.mark.parametrize(
    ("given", "at", "hours"),
    [
        (NIGHTLY, MONDAY + 21 * HOUR, 48),
        (FOUR_HOURLY, MONDAY + 21 * HOUR, 8),
        (WEEKLY, MONDAY, 14 * 24),
        (rhythm(21, weekdays=WORKDAYS), MONDAY + 4 * DAY + 21 * HOUR, 96),
        (rhythm(21, weekdays=WORKDAYS), MONDAY + 21 * HOUR, 48),
        (rhythm(21, delay=HOUR), MONDAY + 21 * HOUR, 49),
        (rhythm(21, zone="Europe/Berlin"), datetime(2026, 3, 28, 20, 0, tzinfo=UTC), 47),
    ],
)
def test_one_failed_run_may_be_made_good_by_the_next(given: Rhythm, at: datetime, hours: float) -> None:
    assert target(Targets(), given, at, LENGTH) == hours * HOUR + LENGTH
    assert target(Targets(), given, at, None) == hours * HOUR


@pytest.mark.parametrize(("spare", "hours", "words"), [(0, 24, "no run"), (2, 72, "two runs"), (7, 192, "7 runs")])
def test_spare_runs_are_a_setting(spare: int, hours: int, words: str) -> None:
    targets = Targets(spare_runs=spare)
    assert target(targets, NIGHTLY, MONDAY, None) == hours * HOUR
    assert why(targets, NIGHTLY) == f"the plan runs daily, {words} may fail"


def test_what_is_set_counts_before_the_rhythm_and_what_is_unknown_has_one_for_all() -> None:
    assert target(Targets(own=5 * HOUR), NIGHTLY, MONDAY, LENGTH) == 5 * HOUR
    assert why(Targets(own=5 * HOUR), NIGHTLY) == "set for this in the settings"
    assert target(Targets(), UNKNOWN_RHYTHM, MONDAY, LENGTH) == 48 * HOUR
    assert why(Targets(), Rhythm(why="no start is known")) == "when it is due is not known (no start is known)"
    assert why(Targets(), UNKNOWN_RHYTHM) == "when it is due is not known"
    assert why(Targets(), Rhythm(RhythmSource.LEARNED, NIGHTLY.schedule)) == "it usually runs daily, one run may fail"
    untrue = Rhythm(RhythmSource.LEARNED, NIGHTLY.schedule, why="its runs do not follow the plan's own schedule")
    assert why(Targets(), untrue).endswith("one run may fail (its runs do not follow the plan's own schedule)")


@pytest.mark.parametrize(
    ("sets", "words"),
    [
        ([StartTimes((1260,))], "daily"),
        ([StartTimes((0, 720))], "every 12 h"),
        ([StartTimes((540, 1080), WORKDAYS)], "twice a day on working days"),
        ([StartTimes((540,), frozenset({0, 2, 4}))], "3 times a week"),
        ([StartTimes((540, 600), frozenset({6}))], "twice a day on 1 day a week"),
        ([StartTimes(tuple(range(0, 1440, 15)))], "every 15 min"),
        ([StartTimes((60,), month_days=frozenset({-1}))], "monthly"),
        ([StartTimes((60,), frozenset({6}), weeks=frozenset({1}))], "monthly"),
        ([StartTimes((60,), month_days=frozenset({1, 15}))], "by the calendar"),
        ([StartTimes((60,), months=frozenset({1, 7}))], "by the calendar"),
        ([StartTimes((1260,), WORKDAYS), StartTimes((540,), frozenset({5}))], "6 times a week"),
    ],
)
def test_how_often_a_plan_runs_is_said_in_words(sets: list[StartTimes], words: str) -> None:
    assert how_often(Schedule(tuple(sets))) == words


# ── severity ──


@pytest.mark.parametrize(
    ("given", "last", "gap"),
    [
        (NIGHTLY, MONDAY + 21 * HOUR, DAY),
        (FOUR_HOURLY, MONDAY + 21 * HOUR, 4 * HOUR),
        (WEEKLY, MONDAY - 21 * HOUR, 7 * DAY),
        (rhythm(21, weekdays=WORKDAYS), MONDAY + 4 * DAY + 21 * HOUR, DAY),
    ],
)
def test_the_first_failure_is_a_warning_and_the_second_in_a_row_is_critical(
    given: Rhythm, last: datetime, gap: timedelta
) -> None:
    first, second = past(given, last, "error", gap=gap), past(given, last, "error", "error", gap=gap)
    assert judged(first).reason is Reason.IN_TIME
    assert (judged(second).severity, judged(second).reason) == (Severity.CRITICAL, Reason.WILL_MISS)


def test_a_failure_after_the_weekend_is_no_worse_than_one_before_it() -> None:
    monday = MONDAY + 21 * HOUR
    runs = [RunFact(monday, "error", LENGTH), *(RunFact(monday - day * DAY, "ok", LENGTH) for day in (3, 4, 5))]
    facts = Facts(tuple(runs), monday - 3 * DAY + LENGTH, good_began_at=monday - 3 * DAY)
    assessment = judged(
        Facts(facts.runs, facts.last_good_at, None, None, facts.good_began_at, rhythm(21, weekdays=WORKDAYS))
    )
    assert (assessment.reason, assessment.next_run_at) == (Reason.IN_TIME, monday + DAY)


def test_an_extra_run_at_noon_that_fails_is_no_reason_to_page() -> None:
    noon = MONDAY + 12 * HOUR
    nights = past(NIGHTLY, MONDAY - 3 * HOUR, "ok", gap=DAY)
    facts = Facts((RunFact(noon, "error", LENGTH), *nights.runs), nights.last_good_at, None, None, None, NIGHTLY)
    assert judged(facts).next_run_at == MONDAY + 21 * HOUR
    assert judged(facts).severity is Severity.WARNING


def test_a_target_is_missed_at_its_moment_and_not_before() -> None:
    facts = past(NIGHTLY, MONDAY + 21 * HOUR, "error", gap=DAY)
    misses_at = judged(facts).misses_at
    assert misses_at == MONDAY - 3 * HOUR + LENGTH + 48 * HOUR + LENGTH
    assert judge(ALERT, facts, Targets(), misses_at).reason is Reason.MISSED
    assert judge(ALERT, facts, Targets(), misses_at - LENGTH / 30).reason is not Reason.MISSED


# ── the plan's own new tries ──

TWELVE = Retry(HOUR, 12)


def tried(times: int, start: datetime = MONDAY + 21 * HOUR, retry: Retry = TWELVE, given: Rhythm = NIGHTLY) -> Facts:
    """The schedule's run failed, and so many tries after it, each an hour after the end of the one before."""
    nights = past(given, start - DAY, gap=DAY)
    failed = [RunFact(start + (retry.interval + HOUR / 12) * place, "error", HOUR / 12) for place in range(times + 1)]
    own = Rhythm(given.source, given.schedule, retry=retry)
    return Facts((*reversed(failed), *nights.runs), nights.last_good_at, None, None, nights.good_began_at, own)


@pytest.mark.parametrize("times", [0, 1, 4, 11])
def test_while_the_plan_still_tries_again_it_stays_a_warning(times: int) -> None:
    assessment = judged(tried(times), after=HOUR / 12)
    assert (assessment.severity, assessment.reason) == (Severity.WARNING, Reason.RETRYING)
    assert (assessment.attempt, assessment.attempts) == (times + 1, 12)
    started = MONDAY + 21 * HOUR + (HOUR + HOUR / 12) * (times + 1)
    assert assessment.next_run_at == started
    assert assessment.gives_up_at == started + (HOUR + HOUR / 12) * (11 - times)


def test_after_the_last_attempt_it_is_judged_as_it_stands() -> None:
    assessment = judged(tried(12), after=HOUR / 12)
    assert (assessment.severity, assessment.reason) == (Severity.CRITICAL, Reason.IN_A_ROW)
    assert (assessment.attempt, assessment.gives_up_at) == (None, None)


def test_a_plan_that_stopped_to_try_is_judged_when_it_would_have_given_up() -> None:
    facts = tried(3)
    assessment = judged(facts, after=HOUR / 12)
    now = facts.runs[0].began_at + HOUR / 12
    gives_up_at = assessment.gives_up_at
    assert gives_up_at is not None
    known = alert(id=1, assessment=assessment)
    look_at = next_look_at(known, facts, (), Rules(), now)
    assert look_at is not None
    later = max(look_at, gives_up_at)
    while judge(known, facts, Targets(), later).reason is Reason.RETRYING:
        following = next_look_at(known, facts, (), Rules(), later)
        assert following is not None
        later = following
    assert gives_up_at <= later <= gives_up_at + HOUR


def test_a_run_by_hand_is_not_tried_again() -> None:
    assert next_attempt(tried(0, start=MONDAY + 12 * HOUR).runs, tried(0).rhythm, MONDAY + 13 * HOUR) is None
    given_up = tried(12)
    by_hand = (RunFact(given_up.runs[0].began_at + 5 * HOUR, "error", LENGTH), *given_up.runs)
    assert next_attempt(by_hand, given_up.rhythm, by_hand[0].began_at + LENGTH) is None


def test_the_next_start_of_the_schedule_begins_the_count_anew() -> None:
    every_four = tried(3, given=FOUR_HOURLY).runs  # 21:00 to 00:15
    at_one = (RunFact(MONDAY + 25 * HOUR, "error", HOUR / 12), *every_four)
    attempt = next_attempt(at_one, Rhythm(RhythmSource.PLAN, FOUR_HOURLY.schedule, retry=TWELVE), MONDAY + 25.2 * HOUR)
    assert attempt is not None
    assert attempt.number == 1


@pytest.mark.parametrize("code", ["ok", "warning", "cancelled", "odd"])
def test_what_did_not_fail_is_not_tried_again(code: str) -> None:
    facts = tried(2)
    runs = (RunFact(facts.runs[0].began_at + HOUR, code, LENGTH), *facts.runs)
    assert next_attempt(runs, facts.rhythm, runs[0].began_at + LENGTH) is None


def test_a_plan_without_tries_of_its_own_has_none() -> None:
    facts = tried(1)
    for retry in (None, Retry(HOUR, 0)):
        own = Rhythm(NIGHTLY.source, NIGHTLY.schedule, retry=retry)
        assert next_attempt(facts.runs, own, facts.runs[0].began_at + LENGTH) is None


def test_tries_are_known_where_it_is_not_known_when_the_plan_is_due() -> None:
    attempt = next_attempt(tried(2).runs, Rhythm(retry=TWELVE), tried(2).runs[0].began_at + LENGTH)
    assert attempt is not None
    assert attempt.number == 3
