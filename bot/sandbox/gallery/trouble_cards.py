"""Cards about the bot's own way to Acronis and Slack, and the canary."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

from bot.blocks import cards, notes
from bot.model import NOT_WATCHED, WAY_IN, OutageView, UndeliveredView
from bot.model.canary import CANARY, CanaryView
from bot.model.cards import EDITS_LIMITED
from bot.sandbox.gallery.entry import Entry, drawn
from bot.sandbox.gallery.nouns import NOW
from bot.sandbox.gallery.samples import CRITICAL, FAILED_AT, HOUR, MINUTE, ON_CALL, card, view

_CODES = (
    "not_in_channel",
    "is_archived",
    "channel_not_found",
    "restricted_action",
    "messages_tab_disabled",
    "token_revoked",
    "something_new",
)
_DATABASE = "The database /var/lib/nightshift/night.sqlite3 cannot be used: its disk is full. Make room there."


def outages() -> Iterator[Entry]:
    away = OutageView("main", FAILED_AT, "Acronis answers with 503 Service Unavailable. It is asked again each minute.")
    shut = OutageView(WAY_IN, FAILED_AT, "Slack refused the connection (token_revoked): make a new app-level token.")
    absent = OutageView(CANARY, FAILED_AT, "Its card does not stand in the channel 15 min after it was due.")
    for title, trouble in (
        ("Acronis cannot be read", away),
        ("Slack cannot reach the bot", shut),
        ("The canary is absent", absent),
    ):
        yield card(title, "now", trouble)
        yield card(title, "over", replace(trouble, ended_at=FAILED_AT + 42 * MINUTE))
    for title, trouble in (("Acronis cannot be read", away), ("The canary is absent", absent)):
        yield card(title, "not watched any more", replace(trouble, ended_at=NOW, reason=NOT_WATCHED))
    yield card("A canary", "told", CanaryView(NOW, NOW))
    yield card("A canary", "recovered", CanaryView(NOW, NOW, NOW + 2 * MINUTE))


def undelivered() -> Iterator[Entry]:
    line = "Backup failed: SRV-SQL01, Acme Corp. Backup storage is full"
    for code in _CODES:
        yield card("A channel cannot be reached", code, UndeliveredView("C0ARCHIVED", code, line, 3))
    yield card("A channel cannot be reached", "over", UndeliveredView("C0ARCHIVED", "is_archived", line, 3, NOW))
    yield card("Slack takes no edits in a channel", "now", UndeliveredView("C0ALERTS", EDITS_LIMITED, line, 3))
    plain = cards.plain_card(card("", "", view(CRITICAL, mention=ON_CALL)).shown, ON_CALL)  # type: ignore[arg-type]
    yield Entry("cards.plain_card", "A failed backup", "without blocks, where Slack refuses them", plain)


def database() -> Iterator[Entry]:
    title = "The bot's database"
    yield drawn(title, "cannot be used", notes.store_fails, _DATABASE, holds_up=True)
    yield drawn(title, "cannot be used, nothing waits", notes.store_fails, _DATABASE, holds_up=False)
    yield drawn(title, "can be used again", notes.store_is_back, timedelta(minutes=42))
    yield drawn(title, "cannot be used, possibly repeated", notes.store_fails, _DATABASE, holds_up=True, repeated=True)
    yield drawn(title, "is an older copy", notes.store_is_older, "/var/lib/nightshift/night.sqlite3")
    yield drawn(title, "can be used again after long", notes.store_is_back, 60 * HOUR)
