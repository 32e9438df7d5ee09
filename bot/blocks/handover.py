"""`/tasks handover`: what the next shift has to know. A few screens, and what is left out is counted."""

from collections.abc import Callable, Iterator, Sequence
from typing import Final, TypeVar

from bot.blocks import acts
from bot.blocks.alert_words import ENDINGS, about, cause_words, line
from bot.blocks.asks import ask_for_more
from bot.blocks.frame import Frame
from bot.blocks.layout import Paragraph, Piece
from bot.blocks.phrase import At, Foreign, Phrase, Strong, join
from bot.blocks.silence_words import since
from bot.blocks.text import count
from bot.model import Alert, Basis, Message, Note, Shift, Silence

OPEN: Final = 12
OTHERS: Final = 6
"""So many entries of each part."""
_NOTE: Final = 160

T = TypeVar("T")


def handover(shift: Shift, basis: Basis, frame: Frame) -> Message:
    counted = _counted(shift, basis)
    body: list[Piece] = [Paragraph.of(Strong(counted)), frame.heading("")]
    parts = (
        _part("Open, nobody has it", shift.open, _open, OPEN, "alerts not taken not snoozed"),
        _part("Taken", shift.taken, _taken, OTHERS, "alerts taken"),
        _part("Snoozed", shift.snoozed, _snoozed, OTHERS, "alerts snoozed not taken"),
        _part("Resolved by hand in this shift", shift.resolved, _resolved, OTHERS, "audit resolve"),
        _part("Healed by itself in this shift", shift.healed, _healed, OTHERS, ""),
        _part("Notes of this shift", shift.notes, _note, OTHERS, ""),
    )
    for part in parts:
        body += part
    return frame.message(frame.headline(counted, basis), body, basis)


def _counted(shift: Shift, basis: Basis) -> str:
    """`14 alerts open, 6 critical, 3 taken, 2 snoozed`. That none is open is said only where all is known."""
    still = shift.still_open
    if not still.size:
        open_ = "no open alert is known" if basis.stale or basis.partial else "no alert is open"
    else:
        critical = f", {still.critical:,} critical" if still.critical else ""
        open_ = f"{count(still.size, 'alert')} open{critical}"
    facts = ((shift.taken, "taken"), (shift.snoozed, "snoozed"), (shift.healed, "healed"))
    said = ", ".join([open_, *(f"{len(each):,} {word}" for each, word in facts if each)])
    return said[:1].upper() + said[1:]


def _part(
    title: str, found: Sequence[T], entry: Callable[[T], tuple[Phrase, ...]], most: int, command: str
) -> Iterator[Piece]:
    """Nothing where there is none."""
    if not found:
        return
    yield Paragraph.of(Strong(f"{title}: {len(found):,}"))
    for each in found[:most]:
        yield Paragraph(entry(each), inset=1)
    if left := len(found) - most if len(found) > most else 0:
        if command:
            yield ask_for_more(f"{left:,} more with ", command)
        else:
            yield Paragraph.of(f"{left:,} more are not shown", inset=1)


def _open(alert: Alert) -> tuple[Phrase, ...]:
    good = alert.assessment.last_good_at
    facts = join(
        [
            _since(alert),
            ("last good ", At(good)) if good and alert.latest.code != Silence.OFFLINE else (),
            _number(alert),
        ]
    )
    return (line(alert), cause_words(alert, 100), facts)


def _taken(alert: Alert) -> tuple[Phrase, ...]:
    """The first line says by whom, and until when it is silenced."""
    owner = alert.triage.owner
    return (line(alert), join([("taken ", At(owner.since)) if owner else (), _since(alert), _number(alert)]))


def _snoozed(alert: Alert) -> tuple[Phrase, ...]:
    snooze = alert.triage.snooze
    by: Phrase = ("by ", acts.person(snooze.name, snooze.by)) if snooze else ()
    return (line(alert), join([by, _since(alert), _number(alert)]))


def _resolved(alert: Alert) -> tuple[Phrase, ...]:
    who = acts.resolved(alert.resolution) if alert.resolution else ("Resolved",)
    return (about(alert, 40, 30), join([who, _ended(alert), _number(alert)]))


def _healed(alert: Alert) -> tuple[Phrase, ...]:
    how = ENDINGS[alert.ending] if alert.ending else "Over"
    return (join([about(alert, 40, 30), (f"{how} ", *_ended(alert)), _number(alert)]),)


def _note(noted: tuple[Note, Alert]) -> tuple[Phrase, ...]:
    note, alert = noted
    said: Phrase = (acts.person(note.name, note.by), " ", At(note.at))
    return (join([about(alert, 40, 30), said, _number(alert)]), (Foreign(note.text, _NOTE),))


def _since(alert: Alert) -> Phrase:
    return (since(alert.latest), At(alert.opened_at))


def _ended(alert: Alert) -> Phrase:
    return (At(alert.closed_at),) if alert.closed_at else ()


def _number(alert: Alert) -> Phrase:
    return (f"alert {alert.id}",)
