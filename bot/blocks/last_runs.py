"""Earlier runs of the same: the strip with its legend, the usual length, the last good one."""

from datetime import datetime, timedelta

from bot.blocks import strip
from bot.blocks.layout import Paragraph, Piece, Small
from bot.blocks.phrase import At, Phrase, Strong
from bot.blocks.task_words import GOOD
from bot.blocks.text import count, span
from bot.model import Kind, Past, Task, length_of


def past_pieces(task: Task, past: Past, now: datetime) -> list[Piece]:
    """Whether it runs for unusually long, what is usual, the last good run, and the strip."""
    unusual = stuck(task, past.usual if past.is_unusual else None, now)
    usual: Phrase = ("Usually takes ", span(past.usual)) if past.usual is not None and not unusual else ()
    good: Phrase = ()
    if task.kind is not Kind.RESTORE:
        good = last_good(GOOD[task.kind], past.last_good_at, past.history_from)
    return [Paragraph((unusual, good, usual)), *strip_pieces(past.strip)]


def strip_pieces(codes: tuple[str, ...], facts: str = "") -> list[Piece]:
    """The strip of result codes, oldest first, a line of facts, and the legend. The plain text has words for signs."""
    codes = codes[-strip.LENGTH :]
    below: tuple[Phrase, ...] = ((facts,),) if facts else ()
    if not codes:
        return [Paragraph(below)] if facts else []
    runs = count(len(codes), "last run")
    words = (f"{runs}, oldest first: {strip.in_words(codes)}",)
    legend = (f"{runs}, newest at the right: {strip.legend(codes)}",)
    return [Paragraph(((strip.signs(codes),), *below), spoken=(words, *below)), Small((legend,), spoken=())]


def last_good(good: str, at: datetime | None, history_from: datetime | None) -> Phrase:
    """`Last good backup Sat 21:10`; `good` is what a good run is called."""
    if at is not None:
        return (Strong("Last good"), f" {good} ", At(at))
    if history_from is None:
        return (f"No good {good} seen yet",)
    return (f"No good {good} seen since ", At(history_from))


def stuck(task: Task, usual: timedelta | None, now: datetime) -> Phrase:
    """`Unusual: running for 3 h, usually 42 min, 4 times as long`; nothing where no `usual` length is given."""
    length = length_of(task, now)
    if not usual or length is None:
        return ()
    times = int(length / usual)
    return (Strong("Unusual:"), f" running for {span(length)}, usually {span(usual)}, {times:,} times as long")
