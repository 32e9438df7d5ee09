"""The window with failures that share a cause: each is two lines, with its details."""

from collections.abc import Sequence
from typing import Final

from bot.blocks.frame import gaps
from bot.blocks.layout import Paragraph, Piece, Small, modal
from bot.blocks.phrase import At, Phrase, Strong
from bot.blocks.task_entries import Entry, cause_line, entry_pieces
from bot.blocks.text import count
from bot.model import Found, Modal, Person, RowFacts, Task

TITLE: Final = "One cause"
SHOWN: Final = 40
"""A window has a hundred blocks, and each failure takes two."""


def alike_modal(tasks: Sequence[Task], known: RowFacts, person: Person, found: Found[Task]) -> Modal:
    """`tasks` are some of what was `found`, in its order."""
    counted = count(len(tasks), "failure")
    more: Phrase = (f"The first {SHOWN} of them are shown.",) if len(tasks) > SHOWN else ()
    pieces: list[Piece] = [gaps(found), Paragraph(((Strong(counted),), cause_line(tasks[0]), more))]
    for task in tasks[:SHOWN]:
        pieces += entry_pieces(Entry((task,)), found.as_of, known, says_why=False)
    pieces.append(Small((("As of ", At(found.as_of), f", {found.origin.value}"),)))
    return modal(TITLE, pieces, person.zone)
