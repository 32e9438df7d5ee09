"""Histories: the last runs of a machine under one plan, as a strip and as lines. Three machines stand on a page."""

from collections.abc import Iterator, Mapping, Sequence

from bot.blocks import acts, strip
from bot.blocks.frame import Frame
from bot.blocks.last_runs import last_good, strip_pieces
from bot.blocks.layout import Paragraph, Piece
from bot.blocks.paging import ListPage, least_of, turn
from bot.blocks.phrase import At, Foreign, Phrase, Strong, join
from bot.blocks.task_words import GOOD, KINDS, OUTCOMES, SIGNS, in_tenant
from bot.blocks.text import code_words, count, name_of, plain, span
from bot.model import Basis, History, Message, Note, PastRun, ResultCode

ROWS = 3
_RUNS = 5  # lines of one machine where several stand on a page; a machine alone gets a line for each sign of its strip
_CAUSE = 80
_NOTE = 300
NO_NOTES: Mapping[History, Sequence[Note]] = {}


def history_answer(
    histories: tuple[History, ...], basis: Basis, frame: Frame, notes: Mapping[History, Sequence[Note]] = NO_NOTES
) -> Message:
    """`notes` are the last ones about each machine, the newest first."""
    shown = turn(histories, frame.page, len(histories), rows=ROWS)
    lines = strip.LENGTH if len(shown.items) == 1 else _RUNS
    body: list[Piece] = [
        frame.heading(_place(shown)),
        *(piece for each in shown.items for piece in history_pieces(each, basis, notes.get(each, ()), lines)),
    ]
    failing = sum(history.in_a_row > 0 for history in histories)
    headline = frame.headline(_headline(shown.items, shown.total, failing, basis), basis)
    return frame.message(headline, body, basis, shown=shown)


def _headline(shown: tuple[History, ...], total: int, failing: int, basis: Basis) -> str:
    if not total:
        return "no run seen so far" if basis.stale or basis.partial else "no run is known"
    if total > 1:
        least = least_of(basis)
        return f"runs of {least}{total:,} machines and plans{f', {least}{failing:,} failing' if failing else ''}"
    last = [run.code for run in shown[0].runs[:1]]
    word = strip.in_words(last).partition(" ")[2] or "not known"
    row = shown[0].in_a_row
    hidden = bool(row) and last == [ResultCode.OK]  # the question leaves out the failure after it
    return strip.in_a_row(row) or ("last run failed" if hidden else f"last run {word}")


def _place(shown: ListPage[History]) -> str:
    if shown.total < 2:
        return "" if shown.total else "No run is known"
    here = str(shown.last) if shown.first == shown.last else f"{shown.first}–{shown.last}"
    return f"{shown.total:,} in all" if shown.pages == 1 else f"{here} of {shown.total:,}"


def history_pieces(history: History, basis: Basis, notes: Sequence[Note], lines: int = _RUNS) -> Iterator[Piece]:
    """One machine under one plan: how it stands, its strip, a line for each of its last runs, notes."""
    usual = f"usually {span(history.usual)}" if history.usual is not None else ""
    in_a_row = strip.in_a_row(history.in_a_row)
    stands = join([(each[:1].upper() + each[1:],) for each in (in_a_row, usual) if each])
    good = last_good(GOOD[history.kind], history.last_good_at, basis.history_from)
    plan: Phrase = ("Plan ", Foreign(history.plan, 60)) if plain(history.plan) else ("No plan",)
    name = Foreign(name_of(history.name, history.plan), 60, strong=True)
    title = (Strong(f"{KINDS[history.kind]} of"), " ", name, *in_tenant(history.tenant, 40, strong=True))
    yield Paragraph((title, plan, stands, good, _due(history)))
    yield from strip_pieces(tuple(run.code for run in reversed(history.runs)))
    for run in history.runs[:lines]:
        yield Paragraph((_run(run),), inset=1)
    if len(history.runs) > lines:
        yield Paragraph.of(f"and {count(len(history.runs) - lines, 'earlier run')}", inset=1)
    yield Paragraph(tuple(acts.note(each, _NOTE) for each in notes))


def _due(history: History) -> Phrase:
    """`The plan runs daily, next Mon 21:00`."""
    if not history.rhythm:
        return ()
    words = f"{history.rhythm[:1].upper()}{history.rhythm[1:]}"
    return (words,) if history.next_run_at is None else (f"{words}, next ", At(history.next_run_at))


def _run(run: PastRun) -> Phrase:
    """`✕ FAILED · Mon 09:00 · 20 min · Backup storage is full.`"""
    known = run.code in OUTCOMES
    ended: Phrase = (
        (f"{SIGNS[run.code]} {OUTCOMES[run.code]}",)
        if known
        else ("? ", Foreign(code_words(run.code) or "unknown", 30))
    )
    took: Phrase = (span(run.duration),) if run.duration is not None else ()
    cause: Phrase = (Foreign(said, _CAUSE),) if (said := code_words(run.cause)) else ()
    return join([ended, (At(run.ended_at),), took, cause])
