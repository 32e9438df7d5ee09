"""How severe an alert is: what it means for the restore point, not that something happened (design §5). Pure.

critical   a restore failed; the last good backup is older than the target, or will be before the next run has usually
           ended; three failures in a row
warning    all else: what is not known makes nothing critical, nor does what the plan still tries again by itself
"""

from dataclasses import replace
from datetime import datetime, timedelta

from bot.alerting import attempts
from bot.alerting.fingerprint import is_known
from bot.alerting.history import failures_in_a_row, is_too_old, last_good, usual_length
from bot.alerting.rhythm import next_due
from bot.alerting.targets import Targets, target, why
from bot.model import FAILED, SILENCES, Alert, Assessment, Kind, Reason, RunFact, Severity, Silence
from bot.model.plans import UNKNOWN_RHYTHM, Rhythm
from bot.model.values import dataclass

IN_A_ROW = 3
_CRITICAL = frozenset({Reason.RESTORE, Reason.MISSED, Reason.NEVER, Reason.IN_A_ROW, Reason.WILL_MISS})
_UNRATED = frozenset[str]({Silence.EMPTY, Silence.VANISHED})
"""Runs that save nothing are good ones to the target, and what is deleted has none."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What an alert is judged by: the last runs of its subject, newest first, and when the last good one ended.

    `history_from`: all runs since then are known, None where nothing is. `last_run_at` is when the last run of anything
    that the alert is about ended, as far as that is known. `good_began_at` is None where only the end is known.
    """

    runs: tuple[RunFact, ...] = ()
    last_good_at: datetime | None = None
    history_from: datetime | None = None
    last_run_at: datetime | None = None
    good_began_at: datetime | None = None
    rhythm: Rhythm = UNKNOWN_RHYTHM


def judge(alert: Alert, facts: Facts, targets: Targets, now: datetime) -> Assessment:
    """What `alert` means at `now`. One that was critical stays so until it ends: nobody is told twice of one thing."""
    latest = alert.latest
    if not is_known(latest):
        facts = replace(facts, history_from=None)  # what the copy holds of others says nothing of it
    seen = _seen(facts, targets, now)
    if latest.kind is Kind.RESTORE and latest.code in FAILED:
        return replace(_bare(seen), severity=Severity.CRITICAL, reason=Reason.RESTORE)
    if latest.code in _UNRATED or (latest.code in SILENCES and latest.kind is Kind.RESTORE):
        return replace(_bare(seen), reason=Reason.UNKNOWN)
    if latest.code not in FAILED | SILENCES or latest.kind is not Kind.BACKUP:
        return replace(_bare(seen), reason=Reason.MINOR)
    reason = _reason(seen, facts, now)
    if seen.attempt and latest.code in FAILED:
        reason = Reason.RETRYING
    if reason in _CRITICAL:
        return replace(seen, severity=Severity.CRITICAL, reason=reason)
    if alert.is_critical:
        return replace(seen, severity=Severity.CRITICAL, reason=alert.assessment.reason)
    return replace(seen, reason=reason)


def _bare(seen: Assessment) -> Assessment:
    """Of what no restore point hangs on."""
    return Assessment(target=seen.target, target_why=seen.target_why, last_good_at=seen.last_good_at)


def _seen(facts: Facts, targets: Targets, now: datetime) -> Assessment:
    """The times, without a verdict. The next run counts by its usual end, and equal is too late."""
    usual = usual_length(facts.runs)
    within = target(targets, facts.rhythm, facts.good_began_at or facts.last_good_at or now, usual)
    own = attempts.next_attempt(facts.runs, facts.rhythm, now)
    again = attempts.usual_try(facts.runs, now) if own is None else own.at
    next_run_at = again if again is not None and again > now else next_due(facts.rhythm, now)
    misses_at = None if facts.last_good_at is None else facts.last_good_at + within
    is_in_time = None
    if next_run_at is not None and misses_at is not None:
        is_in_time = next_run_at + (usual or timedelta()) < misses_at
    return Assessment(
        target=within,
        target_why=why(targets, facts.rhythm),
        last_good_at=facts.last_good_at,
        misses_at=misses_at,
        next_run_at=next_run_at,
        is_in_time=is_in_time,
        retries=again is not None,
        attempt=own.number if own else None,
        attempts=own.most if own else None,
        gives_up_at=own.gives_up_at if own else None,
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
