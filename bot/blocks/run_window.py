"""Run now: the window that says what would run, and the answers about it. What Acronis said may be quoted: foreign."""

from zoneinfo import ZoneInfo

from bot.blocks.layout import Paragraph, modal
from bot.blocks.notes import refusal
from bot.blocks.phrase import Foreign, Phrase, Strong
from bot.blocks.text import plain
from bot.model import Aim, Message, Modal, Runnable, Start, Started

TITLE = "Run now"
SUBMIT = "Run it"
FORM = "run.start"
_ONCE = "It is sent once. Nothing can stop it but Acronis's console."


def confirm_window(runnable: Runnable, aim: Aim, zone: ZoneInfo) -> Modal:
    """What will run, to be confirmed."""
    what: Phrase = ("The backup of ", Foreign(runnable.workload, 100, strong=True), " runs now.")
    plan: Phrase = ("Plan ", Foreign(runnable.plan, 100)) if plain(runnable.plan) else ()
    tenant: Phrase = ("Tenant ", Foreign(runnable.tenant, 100)) if plain(runnable.tenant) else ()
    alone: Phrase = ("This plan's backup on this one workload, and nothing else. ", _ONCE)
    shown = modal(TITLE, [Paragraph((what, plan, tenant)), Paragraph((alone,))], zone)
    return Modal(TITLE, shown.blocks, close="Cancel", submit=SUBMIT, action=FORM, value=str(aim))


def not_runnable_window(words: str, zone: ZoneInfo) -> Modal:
    return modal(TITLE, [Paragraph.of(Strong("It is not run."), " ", Foreign(words, 1_500, whole=True))], zone)


def started_answer(started: Started, runnable: Runnable) -> Message:
    """What became of the request."""
    begins = {Start.STARTED: "Started", Start.REFUSED: "Not started"}.get(started.outcome, "Not known")
    return refusal(f"{begins}: {runnable.workload}. {started.words}")
