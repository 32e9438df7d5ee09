"""How the restore point of a workload under one plan stands, and why, in words. Pure.

What is paused or not expected stands as that, whatever its runs say. Then what is wrong for certain counts: it never
ran, its last run failed, a start was missed, the last good backup is too old. That an agent is away explains the last
two: then it is not known whether anything is missing. What cannot be judged is unknown, never good.
"""

from datetime import datetime, timedelta
from typing import Final

from bot.alerting.history import is_too_old
from bot.alerting.missed import Excuse
from bot.alerting.silence_causes import DID_NOT_START
from bot.model import LastGood, Silence, Standing
from bot.model.values import dataclass

TOLD: Final = frozenset({Silence.NEVER, Silence.MISSED, Silence.EMPTY})
"""The open alerts for silence that a standing hangs on. A run that hangs or waits says nothing of the restore point."""
NO_RUN: Final = "its plan has not run yet"
NO_PLAN: Final = "no plan is on it"
_FAILED: Final = "its last run failed"
_NEVER_GOOD: Final = "no good backup in all the history that Acronis keeps"
_BEFORE_ALL: Final = {
    Excuse.NOT_EXPECTED: Standing.NOT_EXPECTED,
    Excuse.PAUSED: Standing.PAUSED,
    Excuse.UNKNOWN: Standing.UNKNOWN,
}


@dataclass(frozen=True, slots=True)
class Restorable:
    """What a standing hangs on. `has_failed`: its last run. `is_whole`: all history was read. `silence` is the code of
    its open alert for silence, one of `TOLD`, or "". `in_doubt`: a start that was due could not be judged, and no run
    has come since.
    """

    has_failed: bool
    good: LastGood
    target: timedelta
    is_whole: bool = False
    silence: str = ""
    excuse: Excuse | None = None
    in_doubt: bool = False


def standing(known: Restorable, now: datetime) -> Standing:
    if known.excuse in _BEFORE_ALL:
        return _BEFORE_ALL[known.excuse]
    if known.silence == Silence.NEVER:
        return Standing.NEVER
    if known.has_failed or known.silence == Silence.EMPTY:
        return Standing.FAILING
    if known.excuse is Excuse.OFFLINE:
        return Standing.UNKNOWN
    if known.silence == Silence.MISSED:
        return Standing.MISSED
    return _by_good(known, now)


def _by_good(known: Restorable, now: datetime) -> Standing:
    """By the last good backup. *Never* is said only when all history is read."""
    if known.good.at is None and known.good.none_for is not None:
        return Standing.NEVER if known.is_whole else Standing.LATE
    if known.good.at is None:
        return Standing.UNKNOWN
    if is_too_old(known.good.at, known.target, now):
        return Standing.LATE
    return Standing.UNKNOWN if known.in_doubt else Standing.GOOD


def why(stands: Standing, *, excuse: str = "", doubt: str = "", cause: str = "", has_good: bool = False) -> str:
    """What a person is told beside the standing, without a full stop; "" where the last good backup says all.

    `excuse` and `doubt` are what was written down of them, `cause` that of the open alert.
    """
    said = {
        Standing.FAILING: cause.rstrip(".") or _FAILED,
        Standing.NEVER: cause.rstrip(".") or _NEVER_GOOD,
        Standing.MISSED: "" if cause == DID_NOT_START.text else cause.rstrip("."),
        Standing.LATE: doubt,
        Standing.PAUSED: excuse,
        Standing.NOT_EXPECTED: excuse,
        Standing.UNKNOWN: excuse or (doubt if has_good else ""),
        Standing.NO_PLAN: NO_PLAN,
    }
    return said.get(stands, "")
