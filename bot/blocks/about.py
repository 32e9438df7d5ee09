"""What is known of a name: its open alerts, how its restore points stand, its last runs. The worst comes first."""

from collections.abc import Iterator, Mapping, Sequence

from bot.blocks.alert_list import alert_rows, counted_words
from bot.blocks.frame import Frame
from bot.blocks.history import NO_NOTES, history_pieces
from bot.blocks.layout import Paragraph, Piece
from bot.blocks.phrase import Strong
from bot.blocks.protected import protected_words, workload_lines
from bot.blocks.text import count
from bot.model import Basis, History, Message, Note, OpenAlerts, Protection

ALERTS = 5
WORKLOADS = 5
HISTORIES = 2


def about_answer(
    found: OpenAlerts,
    protection: Protection,
    histories: Sequence[History],
    basis: Basis,
    frame: Frame,
    notes: Mapping[History, Sequence[Note]] = NO_NOTES,
) -> Message:
    """Of what there is much of, the first lines, and how much more there is."""
    counted = counted_words(found, basis)
    stands = protected_words(protection, basis)
    body: list[Piece] = [
        frame.heading(""),
        Paragraph.of(Strong(counted)),
        *alert_rows(found.alerts[:ALERTS]),
        *_more(found.size - ALERTS, "alert"),
        Paragraph.of(Strong("Restore points"), f": {stands}"),
        *workload_lines(protection.lines[:WORKLOADS], basis),
        *_more(protection.known - WORKLOADS, "workload"),
        *_runs(histories, basis, notes),
    ]
    return frame.message(frame.headline(f"{counted}; {stands}", basis), body, basis)


def _runs(histories: Sequence[History], basis: Basis, notes: Mapping[History, Sequence[Note]]) -> Iterator[Piece]:
    if not histories:
        yield Paragraph.of("No run is known" if not basis.partial else "No run is known so far")
    for each in histories[:HISTORIES]:
        yield from history_pieces(each, basis, notes.get(each, ()))
    yield from _more(len(histories) - HISTORIES, "history", "histories")


def _more(number: int, noun: str, nouns: str = "") -> Iterator[Piece]:
    if number > 0:
        yield Paragraph.of(
            f"and {number:,} {nouns} more" if nouns and number > 1 else f"and {count(number, noun)} more"
        )
