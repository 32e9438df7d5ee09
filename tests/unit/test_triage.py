"""What people do about alerts, and what time makes of it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.alerting.severity import Facts
from bot.alerting.triage import ASK_AFTER, Deed, Happening, Outcome, do, looks, settle
from bot.model import LONGEST_SNOOZE, Act, Alert, Cause, Ending, Kind, Reason, RunFact, SnoozeEnd
from tests.builders import alert as built

NOW = datetime(2026, 11, 26, 3, 12, tzinfo=UTC)
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


def alert(**changes: object) -> Alert:
    known = built(id=7, ended_at=NOW - HOUR, began_at=NOW - 2 * HOUR, opened_at=NOW - HOUR)
    return replace(known, **changes)  # type: ignore[arg-type]


def deed(act: Act, by: str = "U0MIA", after: timedelta = timedelta(), **more: object) -> Deed:
    return Deed(act, by, NOW + after, by[2:].title(), **more)  # type: ignore[arg-type]


def done(known: Alert, *deeds: Deed) -> Alert:
    for each in deeds:
        result = do(known, each, Facts())
        assert result.outcome is Outcome.DONE
        known = result.after
    return known


def failed_again(known: Alert, at: datetime, **changes: object) -> Alert:
    latest = replace(known.latest, ended_at=at, began_at=at - HOUR, **changes)  # type: ignore[arg-type]
    return replace(known, latest=latest, occurrences=known.occurrences + 1)


def facts(*codes: str) -> Facts:
    return Facts(tuple(RunFact(code=code, began_at=NOW, length=HOUR) for code in codes))


def test_of_two_who_take_it_one_has_it_and_the_other_hears_who() -> None:
    first = done(alert(), deed(Act.TAKE))
    second = do(first, deed(Act.TAKE, "U0NOAH"), Facts())
    assert second.outcome is Outcome.OTHERS
    assert second.after.triage.owner == first.triage.owner
    over = do(first, deed(Act.TAKE, "U0NOAH", over=True), Facts())
    assert over.after.triage.owner is not None
    assert over.after.triage.owner.who == "U0NOAH"


def test_the_owner_may_hand_it_on_and_nobody_else_releases_it() -> None:
    taken = done(alert(), deed(Act.TAKE))
    handed = done(taken, deed(Act.TAKE, to="U0NOAH", to_name="Noah"))
    assert handed.triage.owner is not None
    assert (handed.triage.owner.who, handed.triage.owner.name) == ("U0NOAH", "Noah")
    assert do(handed, deed(Act.RELEASE), Facts()).outcome is Outcome.OTHERS
    assert done(handed, deed(Act.RELEASE, "U0NOAH")).triage.owner is None
    assert do(alert(), deed(Act.RELEASE), Facts()).outcome is Outcome.NOT_SO


def test_taken_and_snoozed_both_hold_and_neither_ends_the_alert() -> None:
    both = done(alert(), deed(Act.TAKE), deed(Act.SNOOZE, until=NOW + 2 * HOUR))
    assert both.is_open
    assert both.triage.owner
    assert both.triage.snooze
    assert not both.triage.is_untouched


@pytest.mark.parametrize("end", SnoozeEnd)
def test_a_snooze_always_ends(end: SnoozeEnd) -> None:
    snoozed = done(alert(), deed(Act.SNOOZE, until=NOW + timedelta(days=999), end=end))
    assert snoozed.triage.snooze is not None
    assert snoozed.triage.snooze.until == NOW + LONGEST_SNOOZE
    woken, happened = settle(snoozed, Facts(), NOW + LONGEST_SNOOZE)
    assert (woken.triage.snooze, happened) == (None, (Happening.WOKEN,))


def test_a_snooze_that_would_be_over_is_none() -> None:
    assert do(alert(), deed(Act.SNOOZE, until=NOW), Facts()).outcome is Outcome.TOO_LATE


def snoozed(**more: object) -> Alert:
    return done(alert(), replace(deed(Act.SNOOZE, until=NOW + 8 * HOUR), **more))  # type: ignore[arg-type]


def test_the_same_error_stays_silenced() -> None:
    again = failed_again(snoozed(), NOW + HOUR)
    assert settle(again, facts("error", "error"), NOW + HOUR) == (again, ())


def test_another_error_breaks_through() -> None:
    again = failed_again(snoozed(), NOW + HOUR, cause=Cause(text="Another", code="Other"))
    woken, happened = settle(again, facts("error", "error"), NOW + HOUR)
    assert (woken.triage.snooze, happened) == (None, (Happening.OTHER_ERROR,))


def test_a_failed_restore_breaks_through() -> None:
    restore = alert(latest=replace(alert().latest, kind=Kind.RESTORE))
    again = failed_again(done(restore, deed(Act.SNOOZE, until=NOW + 8 * HOUR)), NOW + HOUR)
    assert settle(again, Facts(), NOW + HOUR)[1] == (Happening.RESTORE,)


def test_a_missed_target_breaks_through_unless_it_was_missed_before() -> None:
    missed = replace(alert().assessment, reason=Reason.MISSED)
    assert settle(replace(snoozed(), assessment=missed), Facts(), NOW + HOUR)[1] == (Happening.MISSED,)
    before = done(alert(assessment=missed), deed(Act.SNOOZE, until=NOW + 8 * HOUR))
    assert settle(before, Facts(), NOW + HOUR)[1] == ()


def test_a_third_failure_breaks_through_and_a_fourth_of_one_snoozed_at_three_does_not() -> None:
    again = failed_again(snoozed(), NOW + HOUR)
    assert settle(again, facts("error", "error", "error"), NOW + HOUR)[1] == (Happening.THIRD,)
    at_three = do(alert(), deed(Act.SNOOZE, until=NOW + 8 * HOUR), facts("error", "error", "error")).after
    again = failed_again(at_three, NOW + HOUR)
    assert settle(again, facts("error", "error", "error", "error"), NOW + HOUR)[1] == ()


def test_a_snooze_until_the_next_run_ends_with_that_run() -> None:
    until_run = snoozed(end=SnoozeEnd.NEXT_RUN)
    assert settle(until_run, Facts(last_run_at=NOW - HOUR), NOW + HOUR)[1] == ()
    assert settle(failed_again(until_run, NOW + HOUR), Facts(), NOW + HOUR)[1] == (Happening.NEXT_RUN,)
    assert settle(until_run, Facts(last_run_at=NOW + HOUR), NOW + HOUR)[1] == (Happening.NEXT_RUN,)


def test_who_snoozed_is_told_before_it_ends() -> None:
    known = snoozed()
    assert settle(known, Facts(), NOW + 8 * HOUR - 16 * MINUTE)[1] == ()
    assert settle(known, Facts(), NOW + 8 * HOUR - 15 * MINUTE)[1] == (Happening.WARNED,)


def test_an_owner_who_lets_it_rest_is_asked_and_then_has_it_no_longer() -> None:
    taken = done(alert(), deed(Act.TAKE))
    assert settle(taken, Facts(), NOW + ASK_AFTER - MINUTE)[1] == ()
    asked, happened = settle(taken, Facts(), NOW + ASK_AFTER)
    assert happened == (Happening.ASKED,)
    assert settle(asked, Facts(), NOW + ASK_AFTER + 29 * MINUTE)[1] == ()
    released, happened = settle(asked, Facts(), NOW + ASK_AFTER + 30 * MINUTE)
    assert (released.triage.owner, happened) == (None, (Happening.RELEASED,))


@pytest.mark.parametrize("answer", [Act.TAKE, Act.NOTE, Act.SNOOZE])
def test_an_owner_who_does_anything_has_answered(answer: Act) -> None:
    asked, _ = settle(done(alert(), deed(Act.TAKE)), Facts(), NOW + ASK_AFTER)
    answered = done(
        asked, deed(answer, after=ASK_AFTER + MINUTE, until=NOW + 9 * HOUR if answer is Act.SNOOZE else None)
    )
    assert settle(answered, Facts(), NOW + ASK_AFTER + HOUR)[1] == ()


def test_resolved_by_hand_may_be_opened_again_for_ten_minutes() -> None:
    resolved = done(alert(), deed(Act.RESOLVE, text="Replaced the disk"))
    assert (resolved.is_open, resolved.ending) == (False, Ending.BY_HAND)
    assert resolved.resolution is not None
    assert resolved.resolution.reason == "Replaced the disk"
    undone = done(resolved, deed(Act.UNDO, after=10 * MINUTE))
    assert (undone.is_open, undone.resolution, undone.ending) == (True, None, None)
    late = do(resolved, deed(Act.UNDO, after=11 * MINUTE), Facts())
    assert late.outcome is Outcome.TOO_LATE
    assert do(resolved, deed(Act.UNDO), Facts(), is_followed=True).outcome is Outcome.FOLLOWED
    assert do(resolved, deed(Act.UNDO), Facts(last_good_at=NOW), is_followed=False).outcome is Outcome.RECOVERED
    assert list(looks(resolved, NOW)) == [NOW + timedelta(minutes=10, microseconds=1)]


def test_what_is_over_is_acted_on_no_more_but_noted() -> None:
    over = done(alert(), deed(Act.RESOLVE))
    for act in (Act.TAKE, Act.RELEASE, Act.SNOOZE, Act.WAKE, Act.RESOLVE):
        assert do(over, deed(act, until=NOW + HOUR), Facts()).outcome is Outcome.ENDED
    assert do(over, deed(Act.NOTE, text="Ordered"), Facts()).outcome is Outcome.DONE
