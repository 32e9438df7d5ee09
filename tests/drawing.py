"""Draws a card as the bot does: by the drawing that wiring joins to its kind."""

from typing import Any
from zoneinfo import ZoneInfo

from bot.blocks import cards
from bot.model import AlertView, Message, OutageView, StormView, SummaryView, View
from bot.model.canary import CanaryView
from bot.model.digests import DigestView
from bot.wiring.drawings import DRAWINGS

_NAMES = {AlertView: "alert", StormView: "storm", SummaryView: "summary", OutageView: "outage"} | {
    DigestView: "digest",
    CanaryView: "canary",
}


def card(view: View, zone: ZoneInfo, **more: Any) -> Message:
    """`more` is what `cards.card` takes."""
    return cards.card(DRAWINGS[_NAMES.get(type(view), "undelivered")], view, zone, **more)
