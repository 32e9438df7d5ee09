"""What the copy knows of earlier runs: the strip with its legend, the usual length, the last good one."""

from datetime import datetime, timedelta

from bot.blocks import strip
from bot.blocks.layout import Paragraph, Piece, Small
from bot.blocks.phrase import At, Phrase, Strong
from bot.blocks.text import count, span
from bot.model import Kind, Past, Task, TaskState, length_of

_GOOD = {Kind.BACKUP: "backup", Kind.RESTORE: "restore"}
_UNUSUAL = 2  # times the usual length, and at least
_SLACK = timedelta(minutes=10)  # more than it


def past_pieces(task: Task, past: Past, now: datetime) -> list[Piece]:
    """How unusual it is where it still runs, what is usual, the last good one, and the strip."""
    unusual = stuck(task, past.usual, now)
    usual: Phrase = ("Usually takes ", span(past.usual)) if past.usual is not None and not unusual else ()
    good: Phrase = ()
    if task.kind is not Kind.RESTORE:
        good = last_good(good_of(task.kind), past.last_good_at, past.history_from)
    return [Paragraph((unusual, good, usual)), *strip_pieces(past.strip)]


def strip_pieces(codes: tuple[str, ...]) -> list[Piece]:
    """The strip of result codes, oldest first, and its legend; the plain text has the words."""
    codes = codes[-strip.LENGTH :]
    if not codes:
        return []
    legend = f"{count(len(codes), 'last run')}, newest at the right: {strip.legend(codes)}"
    told = (f"{count(len(codes), 'last run')}, oldest first: {strip.in_words(codes)}",)
    return [Paragraph(((strip.signs(codes),),), spoken=(told,)), Small(((legend,),), spoken=())]


def last_good(good: str, at: datetime | None, history_from: datetime | None) -> Phrase:
    """`Last good backup Sat 21:10`; unknown is said as unknown."""
    if at is not None:
        return (Strong("Last good"), f" {good} ", At(at))
    if history_from is None:
        return (f"No good {good} seen yet",)
    return (f"No good {good} seen since ", At(history_from))


def good_of(kind: Kind) -> str:
    return _GOOD.get(kind, "run")


def stuck(task: Task, usual: timedelta | None, now: datetime) -> Phrase:
    """`Unusual: running for 3 h, usually 42 min, 4 times as long`; nothing where it is not."""
    length = length_of(task, now)
    if task.state != TaskState.STARTED or not usual or length is None:
        return ()
    if length < usual * _UNUSUAL or length < usual + _SLACK:
        return ()
    times = int(length / usual)
    return (Strong("Unusual:"), f" running for {span(length)}, usually {span(usual)}, {times:,} times as long")
