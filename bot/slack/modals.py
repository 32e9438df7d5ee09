"""Opens a modal and fills it. Owns the JSON of a view; it must not know what the modal shows."""

from typing import Any

import structlog
from slack_sdk.web.async_client import AsyncWebClient

from bot.blocks import notes
from bot.errors import SlackError
from bot.model import Modal
from bot.slack.failures import WENT_WRONG, Failure, failure_of
from bot.slack.web_api import call

log = structlog.get_logger(__name__)


class Modals:
    """Raises `SlackError`."""

    def __init__(self, client: AsyncWebClient) -> None:
        self._client = client

    async def open(self, trigger_id: str, modal: Modal, *, on_top: bool = False) -> str:
        """The id of the new view, on top of an open one or alone. A trigger lives 3 s."""
        method = self._client.views_push if on_top else self._client.views_open
        answer = await call(method(trigger_id=trigger_id, view=_view(modal)), self._client.timeout)
        view = answer.get("view")
        return str(view.get("id") or "") if isinstance(view, dict) else ""

    async def fill(self, view_id: str, modal: Modal, title: str) -> None:
        """Shows `modal` in the view. Where Slack does not take it, the view says so under `title`.

        A view that was closed meanwhile is nobody's loss.
        """
        try:
            await self._update(view_id, modal)
        except SlackError as error:
            failure = Failure(WENT_WRONG, failure_of(error).reference)
            await self._update(view_id, notes.failed_modal(title, failure.text))

    async def _update(self, view_id: str, modal: Modal) -> None:
        try:
            await call(self._client.views_update(view_id=view_id, view=_view(modal)), self._client.timeout)
        except SlackError as error:
            if error.code not in ("not_found", "view_not_found"):
                raise
            log.info("a modal was closed before it was filled")


def _view(modal: Modal) -> dict[str, Any]:
    return {
        "type": "modal",
        "title": {"type": "plain_text", "text": modal.title},
        "close": {"type": "plain_text", "text": modal.close},
        "blocks": [dict(block) for block in modal.blocks],
    }
