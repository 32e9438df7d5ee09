"""Publishes the app's Home tab. It must not know what it shows."""

from slack_sdk.web.async_client import AsyncWebClient

from bot.model import Home
from bot.slack.views import home_view
from bot.slack.web_api import call

SHOWN_MEANWHILE = "hash_conflict"
"""Slack's word where another Home was published since the one that `hash` is of."""


class HomeTab:
    def __init__(self, client: AsyncWebClient) -> None:
        self._client = client

    async def publish(self, user_id: str, home: Home, *, hash: str = "") -> None:  # noqa: A002 - Slack's name
        """Shows `home` to one person. `hash` is that of the Home it takes the place of. Raises `SlackError`."""
        known = {"hash": hash} if hash else {}
        await call(self._client.views_publish(user_id=user_id, view=home_view(home), **known), self._client.timeout)
