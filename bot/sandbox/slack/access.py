"""Tokens and scopes. Owns which token may do what; knows nothing of methods or messages."""

from collections.abc import Iterable
from dataclasses import dataclass

from bot.sandbox.slack.refusal import RefusalError

SCOPES = ("app_mentions:read", "chat:write", "commands", "users:read")
"""What the bot's manifest asks for; history scopes are optional there and so absent here."""


@dataclass(frozen=True, slots=True)
class Tokens:
    """What the bot is given in `SLACK_BOT_TOKEN`, `SLACK_APP_TOKEN` and `SLACK_SIGNING_SECRET`."""

    bot: str = "xoxb-sandbox"
    app: str = "xapp-sandbox"
    signing_secret: str = "sandbox-signing-secret"  # noqa: S105 – made up, for loopback only


class Access:
    """The two tokens as they stand now: their scopes, and whether they were revoked."""

    def __init__(self, tokens: Tokens, scopes: Iterable[str]) -> None:
        self.tokens = tokens
        self.scopes = set(scopes)
        self.app_scopes = {"connections:write"}
        self.revoked: set[str] = set()

    def kind(self, token: str) -> str:
        """`bot` or `app`. Raises RefusalError not_authed, invalid_auth, token_revoked."""
        if not token:
            raise RefusalError("not_authed")
        if token not in {self.tokens.bot, self.tokens.app}:
            raise RefusalError("invalid_auth")
        if token in self.revoked:
            raise RefusalError("token_revoked")
        return "bot" if token == self.tokens.bot else "app"

    def granted(self, token: str) -> set[str]:
        """The token's scopes; none for one that is not known."""
        if token == self.tokens.app:
            return self.app_scopes
        return self.scopes if token == self.tokens.bot else set()

    def require(self, *any_of: str) -> None:
        """Raises RefusalError missing_scope, as Slack words it, unless the bot has one of these scopes."""
        if not self.scopes & set(any_of):
            raise RefusalError("missing_scope", needed=any_of[0], provided=",".join(sorted(self.scopes)))
