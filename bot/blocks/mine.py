"""`/tasks mine`: what a person has taken or silenced, the oldest first, with what to do about each."""

from collections.abc import Iterator, Sequence

from bot.blocks import buttons
from bot.blocks.act_choices import DO
from bot.blocks.alert_words import alert_name, cause_words, line
from bot.blocks.buttons import button
from bot.blocks.frame import Frame
from bot.blocks.layout import Paragraph, Piece, Row
from bot.blocks.paging import turn
from bot.blocks.phrase import At, Phrase, Strong, join
from bot.blocks.silence_words import since
from bot.blocks.text import count
from bot.model import Alert, Basis, Block, Message


def mine_list(found: Sequence[Alert], basis: Basis, frame: Frame) -> Message:
    """`frame.person` is whose they are."""
    shown = turn(found, frame.page, len(found))
    counted = _counted(found, frame.person.id)
    body = [
        Paragraph.of(Strong(counted)),
        frame.heading(shown.place(",")),
        *(piece for alert in shown.items for piece in _entry(alert, frame.person.id)),
    ]
    return frame.message(frame.headline(counted, basis), body, basis, shown=shown)


def _counted(found: Sequence[Alert], me: str) -> str:
    """`3 alerts of yours: 2 taken, 1 snoozed`."""
    if not found:
        return "You have taken no open alert, and snoozed none"
    taken = sum(_has(alert, me) for alert in found)
    parts = filter(None, (f"{taken:,} taken" if taken else "", _snoozed(sum(_silenced(each, me) for each in found))))
    return f"{count(len(found), 'open alert')} of yours: {', '.join(parts)}"


def _snoozed(number: int) -> str:
    return f"{number:,} snoozed" if number else ""


def _has(alert: Alert, me: str) -> bool:
    return alert.triage.owner is not None and alert.triage.owner.who == me


def _silenced(alert: Alert, me: str) -> bool:
    return alert.triage.snooze is not None and alert.triage.snooze.by == me


def _entry(alert: Alert, me: str) -> Iterator[Piece]:
    """The first line says whose it is, and until when it is silenced."""
    owner = alert.triage.owner
    taken: Phrase = ("taken ", At(owner.since)) if owner else ()
    facts = join([taken, (since(alert.latest), At(alert.opened_at)), (f"alert {alert.id}",)])
    yield Paragraph((line(alert), cause_words(alert, 120), facts))
    yield Row(tuple(_buttons(alert, me)))


def _buttons(alert: Alert, me: str) -> Iterator[Block]:
    name = alert_name(alert)
    if _has(alert, me):
        yield button("Release", DO[0], f"release #{alert.id}", f"Release {name}")
    act = "wake" if alert.triage.snooze else "snooze"
    yield button(act.capitalize(), DO[1], f"{act} #{alert.id}", f"{act.capitalize()} {name}")
    yield from buttons.of_alert(alert)[:1]
