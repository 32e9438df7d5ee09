"""Why a run that belongs to no alert was not told, in one sentence. Pure."""

from bot.alerting.fingerprint import ALERTING
from bot.model import FAILED, Kind, ResultCode, Task

_CLASSES = {ResultCode.WARNING: "Runs with warnings are", ResultCode.CANCELLED: "Cancelled runs are"}
_BY_ROUTE = "told only where a route asks for them, and none does."


def silence(task: Task) -> str:
    """For a run that opened no alert and joined none."""
    if not task.is_over:
        return "It is not over: there is nothing to tell yet."
    if not task.is_root:
        return "It is a part of another run. Only whole runs are told."
    if task.kind not in ALERTING:
        return f"{'Management tasks are' if task.kind is Kind.MANAGEMENT else 'Such tasks are'} {_BY_ROUTE}"
    if task.code == ResultCode.OK:
        return "It ended well."
    if task.code in _CLASSES:
        return f"{_CLASSES[ResultCode(task.code)]} {_BY_ROUTE}"
    if task.code in FAILED:
        return "It failed before this bot began to watch, so it is history, not news."
    return "Its result is one that this bot does not know, and it is not taken for a failure."
