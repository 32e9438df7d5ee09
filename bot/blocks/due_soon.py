"""What is due tonight: first what is at risk, then what is late, then all else by time."""

from bot.blocks.frame import Frame
from bot.blocks.layout import Paragraph, Piece
from bot.blocks.paging import turn
from bot.blocks.phrase import At, Foreign, Phrase, Strong, join
from bot.blocks.task_words import in_tenant
from bot.blocks.text import count, name_of, plain
from bot.model import Basis, DueBackup, DueSoon, Message


def due_answer(due: DueSoon, basis: Basis, frame: Frame) -> Message:
    shown = turn(due.lines, frame.page, due.size, offset=due.offset)
    counted = _headline(due, basis)
    body: list[Piece] = [
        frame.heading(shown.place()),
        Paragraph.of(Strong(counted), ", until ", At(due.until)),
        *(Paragraph((_line(line, basis),), inset=1) for line in shown.items),
    ]
    small = (
        "At risk: the target is missed, if the backup that is due fails",
        "late: it is missed already",
    )
    return frame.message(frame.headline(counted, basis), body, basis, *((each,) for each in small), shown=shown)


def _headline(due: DueSoon, basis: Basis) -> str:
    """`412 backups due in the next 12 h, 3 at risk`. That nothing is at risk is said only where all is known."""
    if not due.size:
        return "No backup known to be due in the next 12 h"
    said = f"{count(due.due, 'backup')} due in the next 12 h"
    if due.at_risk:
        said += f", {due.at_risk:,} at risk"
    elif not (basis.stale or basis.partial):
        said += ", none at risk"
    return f"{said}, {due.late:,} late" if due.late else said


def _line(line: DueBackup, basis: Basis) -> Phrase:
    """`! AT RISK · SRV-SQL01, Acme Corp · Nightly · due Mon 21:00 · last good too old from Tue 03:00 on`."""
    return join(
        [
            (Strong(f"{_mark(line, basis)}"),),
            (Foreign(name_of(line.name, line.plan), 40, strong=True), *in_tenant(line.tenant, 24)),
            (Foreign(line.plan, 24),) if plain(line.plan) else (),
            ("due ", At(line.due_at)) if line.due_at else ("none is due before",),
            (Foreign(line.why, 60),) if plain(line.why) else (),
            _target(line, basis),
        ]
    )


def _mark(line: DueBackup, basis: Basis) -> str:
    if line.is_at_risk:
        return "! AT RISK"
    return "! LATE" if line.misses_at is not None and line.misses_at <= basis.as_of else "✓ DUE"


def _target(line: DueBackup, basis: Basis) -> Phrase:
    """Of what is at no risk it is left out."""
    if line.misses_at is None:
        return ("no good backup is known",)
    if not line.is_at_risk and line.misses_at > basis.as_of:
        return ()
    return ("target was missed " if line.misses_at <= basis.as_of else "target missed from ", At(line.misses_at))
