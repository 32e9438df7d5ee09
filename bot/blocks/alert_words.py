"""One alert in words: how it stands, what it is about, why it failed. Shared by cards, lists and threads."""

from datetime import datetime

from bot.blocks.phrase import Named, Part, Phrase, Strong
from bot.blocks.task_words import KINDS
from bot.blocks.text import plain
from bot.model import Alert, Ending, Kind, ResultCode

ENDINGS = {
    Ending.RECOVERED: "Recovered",
    Ending.WITH_WARNINGS: "Recovered with warnings",
    Ending.NO_MORE_RUNS: "No more runs",
    Ending.NOT_REPEATED: "Not repeated",
}
GOOD = {Kind.BACKUP: "backup", Kind.RESTORE: "restore", Kind.MANAGEMENT: "run", Kind.UNKNOWN: "run"}
_HOW = {ResultCode.WARNING.value: "warning", ResultCode.CANCELLED.value: "cancelled"}
_NO_CAUSE = {
    ResultCode.TIMEDOUT.value: "The run timed out.",
    ResultCode.ABANDONED.value: "The run was abandoned.",
    ResultCode.CANCELLED.value: "The run was cancelled.",
    ResultCode.WARNING.value: "Acronis did not say what the warning is about.",
}


def called(alert: Alert) -> str:
    """The name people know it by: the machine's, else the plan's, else the type's. Behind more than one failure of a
    type there may be several machines: then it is the type's."""
    names = (
        (alert.latest.type, alert.latest.name)
        if is_of_type(alert)
        else (alert.latest.name, alert.latest.plan, alert.latest.type)
    )
    return next((name for name in names if plain(name)), "unnamed")


def is_failure(alert: Alert) -> bool:
    """Whether its runs failed: a route may ask for warnings and cancelled runs, too."""
    return alert.latest.code not in _HOW


def is_of_type(alert: Alert) -> bool:
    """Whether it is about all failures of one type, and not about one machine."""
    return alert.latest.kind is Kind.UNKNOWN and alert.occurrences > 1


def as_of(alert: Alert) -> datetime:
    """The moment a card speaks of: the alert's end, else its latest failure."""
    return alert.closed_at or alert.latest.ended_at


def state(alert: Alert) -> str:
    """`CRITICAL · FAILED`, `WARNING`, `RECOVERED`: the first words, so that colour is never needed."""
    if alert.ending:
        return ENDINGS[alert.ending].upper()
    word = _HOW.get(alert.latest.code, "failed").upper()
    return f"CRITICAL · {word}" if alert.is_critical else word


def begun(alert: Alert) -> str:
    """`Backup failed`, `Backup warning`, `Recovered`: how a lock screen's line begins."""
    if alert.ending:
        return ENDINGS[alert.ending]
    return f"{KINDS[alert.latest.kind]} {_HOW.get(alert.latest.code, 'failed')}"


def about(alert: Alert, length: int = 100, tenant: int = 80) -> Phrase:
    """What and where, in bold: `SRV-SQL01, Acme Corp`."""
    where: tuple[Part, ...] = (
        (", ", Named(alert.latest.tenant.name, tenant, strong=True)) if plain(alert.latest.tenant.name) else ()
    )
    return (Named(called(alert), length, strong=True), *where)


def line(alert: Alert) -> Phrase:
    """`CRITICAL · FAILED · Backup of SRV-SQL01, Acme Corp`, in a list."""
    return (Strong(state(alert)), f" · {KINDS[alert.latest.kind]} of ", *about(alert, 40, 30))


def cause_words(alert: Alert, length: int = 300) -> Phrase:
    """The cause as a sentence with its full stop, in at most `length` characters and the stop."""
    return (Named(sentence(alert), length), *((".",) if _open(sentence(alert), length) else ()))


def sentence(alert: Alert) -> str:
    """The cause, not escaped, else what the result code says."""
    return plain(alert.latest.cause.text) or _NO_CAUSE.get(alert.latest.code, "Acronis gave no cause.")


def _open(text: str, length: int) -> bool:
    """Whether it has no end of its own; what is cut has the cut's."""
    return not text.endswith((".", "!", "?", "…")) and len(text) < length
