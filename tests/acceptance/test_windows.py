"""The real process and its windows, menus and Home tab, over Socket Mode and signed HTTP."""

from typing import Any

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.slack import ALERTS
from bot.slack.forms import OLDER_FORM
from bot.slack.presses import OLDER_VERSION
from tests.bot_process import BOT_ON_A_FILE, MIA, Stage, free_port

pytestmark = BOT_ON_A_FILE


def plain(words: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": words}


async def started(here: Stage, mode: str) -> None:
    port = free_port()
    await here.started(mode, PORT=str(port))
    if mode == "serve":
        here.slack.set_request_url(f"http://127.0.0.1:{port}/slack/events")


@pytest.mark.parametrize("mode", ["run", "serve"])
async def test_what_an_older_version_left_behind_is_answered_and_nothing_that_was_typed_is_lost(
    here: Stage, mode: str
) -> None:
    await started(here, mode)
    client = AsyncWebClient("xoxb-sandbox", base_url=here.slack_url, retry_handlers=[])
    menu = {"type": "overflow", "action_id": "card.more", "options": [{"text": plain("Gone"), "value": "gone 7"}]}
    await client.chat_postMessage(channel=ALERTS, text="Card", blocks=[{"type": "actions", "elements": [menu]}])
    picked = await here.slack.pick(MIA, "Gone", channel=ALERTS, twice=True)
    await here.seen(lambda: here.slack.whispers(MIA))
    note = {"type": "input", "block_id": "note", "label": plain("Note"), "element": {"type": "plain_text_input"}}
    view = {"type": "modal", "title": plain("Note"), "submit": plain("Save"), "callback_id": "gone", "blocks": [note]}
    opened = await client.views_open(trigger_id=here.slack.state.triggers.issue(MIA), view=view)
    sent = await here.slack.submit(MIA, {"note": "disk ordered"}, twice=True)
    assert [attempt.acked for attempt in (*picked.attempts, *sent.attempts)] == [True] * 4
    assert here.slack.view(opened["view"]["id"]).errors == {"note": OLDER_FORM}
    assert (await here.slack.open_home(MIA)).acked
    assert [message.text for message in here.slack.whispers(MIA)] == [OLDER_VERSION]
