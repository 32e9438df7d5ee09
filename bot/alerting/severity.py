"""How severe an alert is: what it means for the restore point, not that something happened (design §5). Pure.

critical   a restore failed; the last good backup is older than the target, or will be before the next run has usually
           ended; three failures in a row
warning    all else: what is not known makes nothing critical
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.alerting.fingerprint import is_known
from bot.alerting.history import failures_in_a_row, is_too_old, last_good, usual_length
from bot.alerting.rhythm import next_run
from bot.model import FAILED, SILENCES, Alert, Assessment, Kind, Reason, RunFact, Severity, Silence

IN_A_ROW = 3
_CRITICAL = frozenset({Reason.RESTORE, Reason.MISSED, Reason.NEVER, Reason.IN_A_ROW, Reason.WILL_MISS})


@dataclass(frozen=True, slots=True)
class Facts:
    """What an alert is judged by: the last runs of its subject, newest first, and when the last good one ended.

    `history_from`: all runs since then are known, None where nothing is. `last_run_at` is when the last run of anything
    that the alert is about ended, as far as that is known.
    """

    runs: tuple[RunFact, ...] = ()
    last_good_at: datetime | None = None
    history_from: datetime | None = None
    last_run_at: datetime | None = None


def judge(alert: Alert, facts: Facts, target: timedelta, now: datetime) -> Assessment:
    """What `alert` means at `now`. One that was critical stays so until it ends: nobody is told twice of one thing."""
    latest = alert.latest
    if not is_known(latest):
        facts = replace(facts, history_from=None)  # what the copy holds of others says nothing of it
    is_silence = latest.code in SILENCES
    if not (latest.code in FAILED or is_silence) or latest.kind not in (Kind.BACKUP, Kind.RESTORE):
        return Assessment(Severity.WARNING, Reason.MINOR, target, facts.last_good_at)
    if is_silence and (latest.kind is Kind.RESTORE or latest.code == Silence.EMPTY):  # what is good is not known
        return Assessment(Severity.WARNING, Reason.UNKNOWN, target)
    if latest.kind is Kind.RESTORE:
        return Assessment(Severity.CRITICAL, Reason.RESTORE, target, facts.last_good_at)
    seen = _seen(facts, target, now)
    reason = _reason(seen, facts, now)
    if reason in _CRITICAL:
        return replace(seen, severity=Severity.CRITICAL, reason=reason)
    if alert.is_critical:
        return replace(seen, severity=Severity.CRITICAL, reason=alert.assessment.reason)
    return replace(seen, reason=reason)


def _seen(facts: Facts, target: timedelta, now: datetime) -> Assessment:
    """The times, without a verdict. The next run counts by its usual end, and equal is too late."""
    next_run_at, retries = next_run(facts.runs, now)
    misses_at = None if facts.last_good_at is None else facts.last_good_at + target
    is_in_time = None
    if next_run_at is not None and misses_at is not None:
        is_in_time = next_run_at + (usual_length(facts.runs) or timedelta()) < misses_at
    return Assessment(
        Severity.WARNING, Reason.UNKNOWN, target, facts.last_good_at, misses_at, next_run_at, is_in_time, retries
    )


def _reason(seen: Assessment, facts: Facts, now: datetime) -> Reason:
    good = last_good(facts.last_good_at, facts.history_from, seen.target, now)
    if good.none_for is not None:
        return Reason.NEVER
    if good.at is not None and is_too_old(good.at, seen.target, now):
        return Reason.MISSED
    if failures_in_a_row(run.code for run in facts.runs) >= IN_A_ROW:
        return Reason.IN_A_ROW
    if good.at is None:
        return Reason.UNKNOWN
    if seen.is_in_time is None:
        return Reason.NOT_YET
    return Reason.IN_TIME if seen.is_in_time else Reason.WILL_MISS
