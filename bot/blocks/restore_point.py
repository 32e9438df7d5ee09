"""What an alert means for the restore point. People look at a card later, so it has times and no ages against now."""

from datetime import datetime, timedelta

from bot.blocks.last_runs import last_good
from bot.blocks.phrase import At, Foreign, Phrase, Strong
from bot.blocks.task_words import GOOD
from bot.blocks.text import span
from bot.model import SILENCES, Alert, AlertView, Assessment, Kind, Reason, Silence, TaskState

_LONG = timedelta(hours=10)
_IN_TIME = {None: "", True: ", in time for the target", False: ", too late for the target"}


def restore_point(view: AlertView) -> tuple[Phrase, ...]:
    alert = view.alert
    if alert.latest.kind is Kind.RESTORE:  # nobody expects an earlier good one
        return (_retrying(view),)
    if alert.latest.code == Silence.OFFLINE:  # each of its plans has its own
        return ()
    return (good_line(view), _target(alert), *_ahead(view))


def good_line(view: AlertView) -> Phrase:
    """`Last good backup Sat 21:10, 31 h before the failure, target 48 h: the plan runs daily, one run may fail`."""
    alert, at = view.alert, good_at(view)
    if alert.latest.code == Silence.OFFLINE or (at is None and alert.latest.kind is Kind.RESTORE):
        return ()
    if alert.latest.code == Silence.EMPTY:  # its good runs are what saved nothing
        return ("Nothing saved since ", At(alert.latest.began_at))
    line = last_good(GOOD[alert.latest.kind], at, view.history_from)
    gap = alert.latest.ended_at - at if at else None
    is_failure = alert.latest.code not in SILENCES
    age = f", {span(gap)} before the failure" if is_failure and gap and gap.total_seconds() > 0 else ""
    target = f", target {target_words(alert)}" if alert.latest.kind is Kind.BACKUP and not alert.ending else ""
    return (*line, f"{age}{target}") if age or target else line


def target_words(alert: Alert) -> str:
    """`48 h: the plan runs daily, one run may fail`. From ten hours on the usual length of a run is left out of it."""
    target, why = alert.assessment.target, alert.assessment.target_why
    if target >= _LONG:
        target -= target % timedelta(hours=1)
    return f"{span(target)}: {why}" if why else span(target)


def good_at(view: AlertView) -> datetime | None:
    return view.last_good_at or view.alert.assessment.last_good_at


def severity(alert: Alert) -> str:
    """`critical: it failed three times in a row`. "" for an alert that is over or was never judged."""
    assessment = alert.assessment
    if alert.ending or assessment.reason is Reason.UNKNOWN:
        return ""
    return f"{assessment.severity.value}: {assessment.reason.words}"


def _target(alert: Alert) -> Phrase:
    at = alert.assessment.misses_at
    if at is None or alert.latest.kind is not Kind.BACKUP:
        return ()
    was_missed = alert.assessment.reason is Reason.MISSED or at <= alert.latest.ended_at
    return (Strong("Target"), " was missed " if was_missed else " will be missed ", At(at))


def _ahead(view: AlertView) -> tuple[Phrase, ...]:
    """The next run, and whether it comes in time. A run that is on its way already takes its place."""
    assessment = view.alert.assessment
    if view.retrying_since is not None:
        return (_retrying(view), *_attempt(assessment))
    if assessment.next_run_at is None:
        return (("It usually retries by itself",),) if assessment.retries else ()
    usually = ", it usually retries by itself" if assessment.retries and assessment.attempt is None else ""
    next_run = (Strong("Next run"), " ", At(assessment.next_run_at), f"{_IN_TIME[assessment.is_in_time]}{usually}")
    return (next_run, *_attempt(assessment))


def _attempt(assessment: Assessment) -> tuple[Phrase, ...]:
    """`Retrying by itself, attempt 2 of 12, gives up about 04:10`."""
    if assessment.attempt is None or assessment.gives_up_at is None:
        return ()
    number = f", attempt {assessment.attempt} of {assessment.attempts}, gives up about "
    return ((Strong("Retrying by itself"), number, At(assessment.gives_up_at)),)


def _retrying(view: AlertView) -> Phrase:
    """`Running since 03:12, 41 %`. Acronis does not say since when a run is paused."""
    if view.retrying_since is None:
        return ()
    since, state = At(view.retrying_since), view.retrying_state
    known = "" if view.retrying_percent is None else f"{view.retrying_percent} %"
    percent = known and f", {known}"
    if state in (TaskState.ENQUEUED, TaskState.ASSIGNED):
        return (Strong("Queued"), " since ", since)
    if state == TaskState.PAUSED:
        return (Strong("Paused"), f"{known and f' at {known}'}, waits for an answer in Acronis's console")
    if state != TaskState.STARTED:
        return (Strong("Under way"), " since ", since, f"{percent}, state ", Foreign(state, 30))
    return (Strong("Retrying" if view.alert.assessment.retries else "Running"), " since ", since, percent)
