"""Histories: the last runs of one machine under one plan, as a strip and one a line; three machines to a page."""

from collections.abc import Iterator

from bot.blocks import buttons, strip
from bot.blocks.last_runs import good_of, last_good, strip_pieces
from bot.blocks.layout import Paragraph, Piece, Reader, message
from bot.blocks.paging import asked, gaps, headed, source, turn
from bot.blocks.phrase import At, Named, Phrase, Strong, joined
from bot.blocks.task_words import KINDS, OUTCOMES, SIGNS
from bot.blocks.text import count, plain, span
from bot.model import Answer, Basis, History, Message, PastRun, Person

ROWS = 3
_RUNS = 5  # lines of one machine where several stand on a page; a machine alone has all of its strip
_CAUSE = 80


def history_answer(
    histories: tuple[History, ...],
    basis: Basis,
    *,
    said: str,
    page: int,
    answer: Answer | None,
    person: Person,
    asked_by: str = "",
) -> Message:
    """One page of histories. `said` is the question in plain words, not escaped."""
    turned = turn(histories, page, len(histories), rows=ROWS)
    lines = strip.LENGTH if len(turned.items) == 1 else _RUNS
    pieces: list[Piece] = [
        gaps(basis),
        asked(said, _place(turned.first, turned.last, turned.total, turned.pages), asked_by),
        *(piece for history in turned.items for piece in _history(history, lines, basis)),
        source(basis, person),
    ]
    return message(
        headed(_headline(turned.items, turned.total, basis), said, basis),
        pieces,
        Reader.of(person, basis.as_of),
        buttons=buttons.of_answer(answer, turned.page, turned.pages),
    )


def _headline(shown: tuple[History, ...], total: int, basis: Basis) -> str:
    if not total:
        return "no run seen so far" if basis.stale or basis.partial else "no run is known"
    if total > 1:
        return f"runs of {total:,} machines and plans"
    codes = _codes(shown[0])
    return strip.in_a_row(codes) or f"last run {_told(codes[-1]) if codes else 'not known'}"


def _place(first: int, last: int, total: int, pages: int) -> str:
    if total < 2:
        return "" if total else "No run is known"
    here = str(last) if first == last else f"{first}–{last}"
    return f"{total:,} in all" if pages == 1 else f"{here} of {total:,}"


def _history(history: History, lines: int, basis: Basis) -> Iterator[Piece]:
    codes = _codes(history)
    usual = f"usually {span(history.usual)}" if history.usual is not None else ""
    in_a_row = strip.in_a_row(codes)
    stands = joined([(each[:1].upper() + each[1:],) for each in (in_a_row, usual) if each])
    good = last_good(good_of(history.kind), history.last_good_at, basis.history_from)
    yield Paragraph((_title(history), _plan(history), stands, good))
    yield from strip_pieces(codes)
    for run in history.runs[:lines]:
        yield Paragraph((_run(run),), inset=1)
    if len(history.runs) > lines:
        yield Paragraph(((f"and {count(len(history.runs) - lines, 'earlier run')}",),), inset=1)


def _title(history: History) -> Phrase:
    name = next((name for name in (history.name, history.plan) if plain(name)), "unnamed")
    where: Phrase = (", ", Named(history.tenant.name, 40, strong=True)) if plain(history.tenant.name) else ()
    return (Strong(f"{KINDS[history.kind]} of"), " ", Named(name, 60, strong=True), *where)


def _plan(history: History) -> Phrase:
    return ("Plan ", Named(history.plan, 60)) if plain(history.plan) else ("No plan",)


def _run(run: PastRun) -> Phrase:
    """`✕ FAILED · Mon 09:00 · 20 min · Backup storage is full.`"""
    known = run.code in OUTCOMES
    ended: Phrase = (f"{SIGNS[run.code]} {OUTCOMES[run.code]}",) if known else ("? ", Named(run.code or "unknown", 30))
    took: Phrase = (span(run.duration),) if run.duration is not None else ()
    cause: Phrase = (Named(run.cause, _CAUSE),) if plain(run.cause) else ()
    return joined([ended, (At(run.ended_at),), took, cause])


def _codes(history: History) -> tuple[str, ...]:
    """As a strip has them: oldest first."""
    return tuple(run.code for run in reversed(history.runs))


def _told(code: str) -> str:
    return strip.in_words((code,)).partition(" ")[2]
