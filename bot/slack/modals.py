"""Opens windows and fills them. It must not know what a window shows."""

from collections.abc import Mapping
from typing import Any

import structlog
from slack_sdk.web.async_client import AsyncWebClient

from bot.blocks import notes
from bot.errors import SlackError
from bot.model import Modal, Whence
from bot.slack.failures import WENT_WRONG, Failure, failure_of
from bot.slack.views import modal_view
from bot.slack.web_api import call

log = structlog.get_logger(__name__)

_CLOSED = frozenset({"not_found", "view_not_found"})
TOO_LATE = frozenset({"exchanged_trigger_id", "expired_trigger_id", "invalid_trigger_id", "trigger_expired"})
TOO_DEEP = "push_limit_reached"


class Modals:
    """Raises `SlackError`. `whence` is of the press that opens a window, which remembers it."""

    def __init__(self, client: AsyncWebClient) -> None:
        self._client = client

    async def open(self, trigger_id: str, modal: Modal, *, on_top: bool = False, whence: Whence | None = None) -> str:
        """The id of the new view, on top of an open one or alone. A trigger lives 3 s."""
        method = self._client.views_push if on_top else self._client.views_open
        answer = await call(method(trigger_id=trigger_id, view=modal_view(modal, whence)), self._client.timeout)
        view = answer.get("view")
        return str(view.get("id") or "") if isinstance(view, dict) else ""

    async def fill(self, view_id: str, modal: Modal, title: str, whence: Whence | None = None) -> bool:
        """Shows `modal` in the view. Where Slack does not take it, the view says so under `title`.

        False where the view was closed meanwhile.
        """
        try:
            return await self.update(view_id, modal_view(modal, whence))
        except (SlackError, ValueError) as error:
            return await self.update(view_id, modal_view(_refused(title, error)))

    async def update(self, view_id: str, view: Mapping[str, Any]) -> bool:
        """False where the view was closed meanwhile."""
        try:
            await call(self._client.views_update(view_id=view_id, view=dict(view)), self._client.timeout)
        except SlackError as error:
            if error.code not in _CLOSED:
                raise
            log.info("a modal was closed before it was filled")
            return False
        return True


def _refused(title: str, error: Exception) -> Modal:
    return notes.failed_modal(title, Failure(WENT_WRONG, failure_of(error).reference).text)
