"""Windows in which an act is confirmed or told more of: who has it, until when, why it is over, a note."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from bot.blocks import acts, buttons
from bot.blocks.alert_words import about
from bot.blocks.layout import Paragraph, modal
from bot.blocks.phrase import At, Phrase
from bot.blocks.text import count
from bot.model import LONGEST_WORDS, Aim, Alert, Block, Modal, Owner

NOTE, RESOLVE, SNOOZE = "note.save", "resolve.save", "snooze.save"
"""The actions of the forms."""
TEXT, UNTIL = "text", "until"
"""The inputs."""
TITLES: Final = {NOTE: "Note", RESOLVE: "Resolve", SNOOZE: "Snooze until"}
OWNED: Final = "Already taken"
_NOTE_HINT: Final = "It stays with the workload and is shown when it fails again."
_RESOLVE_HINT: Final = "It opens again with the next failure. You can undo it for ten minutes."
_SNOOZE_HINT: Final = "At most 14 days. Another error, a missed target or a third failure ends it earlier."


def note_window(aim: Aim, alerts: Sequence[Alert], zone: ZoneInfo) -> Modal:
    return _form(NOTE, "Save", aim, alerts, zone, _text("What should others know?", _NOTE_HINT))


def resolve_window(aim: Aim, alerts: Sequence[Alert], zone: ZoneInfo) -> Modal:
    return _form(RESOLVE, "Resolve", aim, alerts, zone, _text("Why is it over?", _RESOLVE_HINT))


def snooze_window(aim: Aim, alerts: Sequence[Alert], zone: ZoneInfo, suggested: datetime) -> Modal:
    """The picker shows the reader's own zone, whatever ours is."""
    picker = {"type": "datetimepicker", "action_id": UNTIL, "initial_date_time": int(suggested.timestamp())}
    return _form(SNOOZE, "Snooze", aim, alerts, zone, _input(UNTIL, "Until when?", picker, _SNOOZE_HINT))


def owned_window(aim: Aim, owner: Owner, alert: Alert, zone: ZoneInfo) -> Modal:
    """`Mia has it since 03:12`: take it over, or leave it."""
    has: Phrase = (acts.person(owner.name, owner.who), " has it since ", At(owner.since), ".")
    shown = modal(OWNED, [Paragraph((has, about(alert)))], zone, buttons=(buttons.take_over(aim),))
    return Modal(shown.title, shown.blocks, close="Cancel")


def _form(action: str, submit: str, aim: Aim, alerts: Sequence[Alert], zone: ZoneInfo, asked: Block) -> Modal:
    first = about(alerts[0]) if len(alerts) == 1 else (count(len(alerts), "alert"),)
    shown = modal(TITLES[action], [Paragraph((first,))], zone)
    return Modal(shown.title, (*shown.blocks, asked), close="Cancel", submit=submit, action=action, value=str(aim))


def _text(label: str, hint: str) -> Block:
    element = {"type": "plain_text_input", "action_id": TEXT, "multiline": True, "max_length": LONGEST_WORDS}
    return _input(TEXT, label, element, hint)


def _input(block_id: str, label: str, element: Any, hint: str) -> Block:
    return {
        "type": "input",
        "block_id": block_id,
        "label": {"type": "plain_text", "text": label, "emoji": False},
        "hint": {"type": "plain_text", "text": hint, "emoji": False},
        "element": element,
    }
