"""Opens a window (Slack's modal) and fills it. Owns the JSON of a view; it must not know what the window shows."""

from typing import Any

import structlog
from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import SlackError
from bot.model import Modal
from bot.slack.web_api import call

log = structlog.get_logger(__name__)


class Windows:
    def __init__(self, client: AsyncWebClient) -> None:
        self._client = client

    async def open(self, trigger_id: str, modal: Modal, *, on_top: bool = False) -> str:
        """The id of the new view, on top of an open one or alone. A trigger lives 3 s. Raises `SlackError`."""
        view = _view(modal)
        ask = self._client.views_push if on_top else self._client.views_open
        answer = await call(ask(trigger_id=trigger_id, view=view), self._client.timeout)
        opened = answer.get("view")
        return str(opened.get("id") or "") if isinstance(opened, dict) else ""

    async def fill(self, view_id: str, modal: Modal) -> None:
        """Shows `modal` in the view. Raises `SlackError`; a view that was closed meanwhile is nobody's loss."""
        try:
            await call(self._client.views_update(view_id=view_id, view=_view(modal)), self._client.timeout)
        except SlackError as error:
            if error.code not in ("not_found", "view_not_found"):
                raise
            log.info("a window was closed before it was filled")


def _view(modal: Modal) -> dict[str, Any]:
    return {
        "type": "modal",
        "title": {"type": "plain_text", "text": modal.title},
        "close": {"type": "plain_text", "text": modal.close},
        "blocks": [dict(block) for block in modal.blocks],
    }
