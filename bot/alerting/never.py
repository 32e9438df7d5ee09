"""Whether a plan that is on a workload has never run, and how what did not start ends without a run. Pure."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.alerting.building import planned_rhythm
from bot.alerting.missed import Excuse, Gone, excuse_of, is_replaced
from bot.alerting.rhythm import deadline, gap_at, next_due, zone_for
from bot.model import Alert, Ending, Silence
from bot.model.plans import KnownPolicy, KnownWorkload

_ENDS = {Excuse.PAUSED: Ending.PAUSED, Excuse.NOT_EXPECTED: Ending.NOT_EXPECTED}


def has_never_run(
    workload: KnownWorkload,
    policies: Sequence[KnownPolicy],
    since: datetime,
    grace: timedelta,
    zone: str,
    now: datetime,
) -> bool:
    """`policies` are the plan's that back up, on the workload without a run since then. It has had the time of one gap,
    and the deadline of a start has passed. Where Acronis itself tells a run, or when it is due is not known, it is not
    so."""
    told = [each.last_run_at for each in policies]
    if len(workload.policies) <= 1:
        told.append(workload.last_run_at)
    rhythm = planned_rhythm([each.policy for each in policies], zone_for(workload.zone_minutes, [zone], now))
    if any(told) or rhythm.schedule is None or rhythm.schedule.is_conditional:
        return False
    first = next_due(rhythm, since)
    if first is None:
        return False
    return now > max(deadline(first, rhythm, grace), since + (gap_at(rhythm, first) or timedelta()))


def ending_of(alert: Alert, workload: KnownWorkload | None, policies: Sequence[KnownPolicy]) -> Ending | None:
    """How what did not start, or was gone, ended without a run, as things stand; None where it did not. Of what nothing
    is known, nothing has ended."""
    if workload is None:
        return None
    if alert.latest.code == Silence.VANISHED:
        return Ending.BACK if workload.deleted_at is None and workload.name else None
    excused = excuse_of(workload, policies)
    if excused is None:
        return Ending.REVOKED if is_replaced(workload, alert.latest.policy.id) else None
    return Ending.REVOKED if excused.gone is Gone.REVOKED else _ENDS.get(excused.excuse)
