"""When to look at an alert next: the one moment that review and replay both ask (design §5)."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from bot.alerting.plan import Post
from bot.alerting.reminders import next_look_at
from bot.alerting.severity import Facts
from bot.model import Alert, AlertStatus, Assessment, CardKind, Kind, PostState, Reason, Rules, Severity
from tests.builders import NOW, alert, changed

HOUR = timedelta(hours=1)
RULES = Rules()
OPEN = alert(opened_at=NOW, ended_at=NOW)
AFTER = timedelta(microseconds=1)


def look(item: Alert, *cards: Post, facts: Facts = Facts(), now: datetime = NOW) -> datetime | None:  # noqa: B008 - frozen
    return next_look_at(item, facts, cards, RULES, now)


def judged(severity: Severity, reason: Reason, **times: Any) -> Alert:
    return changed(OPEN, assessment=replace(Assessment(severity, reason), **times))


def card(**changes: object) -> Post:
    values = {"shown": 1, "ts": "1.1", **changes}
    return Post(1, CardKind.ALERT, "main", "C0A", NOW, NOW, 1, **values)  # type: ignore[arg-type]


def test_an_alert_that_is_over_is_looked_at_no_more() -> None:
    assert look(changed(OPEN, status=AlertStatus.RESOLVED)) is None


@pytest.mark.parametrize("reason", [Reason.IN_TIME, Reason.WILL_MISS])
def test_it_is_looked_at_when_its_target_passes_also_where_it_is_critical_for_what_is_to_come(reason: Reason) -> None:
    severity = Severity.CRITICAL if reason is Reason.WILL_MISS else Severity.WARNING
    item = judged(severity, reason, misses_at=NOW + 3 * HOUR)
    assert look(item) == NOW + 3 * HOUR


def test_a_warning_is_looked_at_when_its_next_run_should_have_come() -> None:
    item = judged(Severity.WARNING, Reason.IN_TIME, misses_at=NOW + 9 * HOUR, next_run_at=NOW + 2 * HOUR)
    assert look(item) == NOW + 2 * HOUR


def test_what_is_unknown_is_looked_at_when_the_known_history_is_as_long_as_the_target() -> None:
    item = judged(Severity.WARNING, Reason.UNKNOWN)
    known_since = NOW - 20 * HOUR
    assert look(item, facts=Facts(history_from=known_since)) == known_since + item.assessment.target


def test_what_only_age_ends_is_looked_at_when_it_does() -> None:
    item = judged(Severity.WARNING, Reason.MINOR)
    assert look(item) == NOW + RULES.silent_closes + AFTER
    assert look(item, facts=Facts(last_run_at=NOW + HOUR)) == NOW + HOUR + RULES.silent_closes + AFTER
    restore = changed(item, kind=Kind.RESTORE)
    assert look(restore) == NOW + RULES.restore_closes + AFTER


def test_a_critical_card_is_looked_at_when_it_is_raised_again_until_that_was_often_enough() -> None:
    item = judged(Severity.CRITICAL, Reason.MISSED)
    assert look(item, card(remind_at=NOW + HOUR)) == NOW + HOUR
    assert look(item, card(remind_at=NOW)) == NOW + timedelta(minutes=1)
    silent = NOW + RULES.silent_closes + AFTER
    assert look(item, card(remind_at=NOW + HOUR, reminders=RULES.repeat_most)) == silent
    assert look(item, card(remind_at=NOW + HOUR, state=PostState.WITHDRAWN)) == silent
