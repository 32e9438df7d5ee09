"""Everything one pretend Slack remembers: tokens, what a use of the bot allows for a while, the journal, the rest."""

import asyncio
import secrets
from collections.abc import Iterable
from dataclasses import dataclass

from bot.sandbox.slack.calls import Json, RefusalError
from bot.sandbox.slack.faults import Faults
from bot.sandbox.slack.limits import Limits, Meter, Now
from bot.sandbox.slack.messages import Message
from bot.sandbox.slack.views import Views
from bot.sandbox.slack.workspace import Workspace

_LOOKS = ("channels:read", "groups:read", "usergroups:read")
SCOPES = ("app_mentions:read", "chat:write", "commands", "users:read", *_LOOKS)  # the manifest's, without optional ones


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


@dataclass(slots=True)
class Trigger:
    """`view` names the view a button was tapped in: what is pushed with this trigger goes on top of it."""

    user: str
    at: float
    view: str = ""
    used: bool = False


class Triggers:
    """What a `trigger_id` stands for. Each works once, for 3 seconds (docs of views.open)."""

    def __init__(self, limits: Limits, now: Now) -> None:
        self._limits = limits
        self._now = now
        self._issued: dict[str, Trigger] = {}

    def issue(self, user: str, view: str = "") -> str:
        trigger_id = f"{len(self._issued) + 1}.{int(self._now() * 1000)}.{secrets.token_hex(16)}"
        self._issued[trigger_id] = Trigger(user, self._now(), view)
        return trigger_id

    def spend(self, trigger_id: str) -> Trigger:
        """Raises RefusalError invalid_trigger_id, exchanged_trigger_id, trigger_expired."""
        trigger = self._issued.get(trigger_id)
        if trigger is None:
            raise RefusalError("invalid_trigger_id")
        if trigger.used:
            raise RefusalError("exchanged_trigger_id")
        if self._now() - trigger.at > self._limits.trigger_seconds:
            raise RefusalError("trigger_expired")
        trigger.used = True
        return trigger


@dataclass(slots=True)
class Answer:
    """One `response_url`. `original` is the message whose button was tapped; a command has none."""

    channel: str
    user: str
    at: float
    original: Message | None = None
    uses: int = 0


class Answers:
    """What a `response_url` stands for. Each works five times within 30 minutes (docs, "Handling user interaction")."""

    def __init__(self, limits: Limits, now: Now) -> None:
        self._limits = limits
        self._now = now
        self._issued: dict[str, Answer] = {}

    def issue(self, channel: str, user: str, original: Message | None = None) -> str:
        """The secret last part of the URL."""
        key = secrets.token_urlsafe(18)
        self._issued[key] = Answer(channel, user, self._now(), original)
        return key

    def channel(self, key: str) -> str:
        """Where the URL speaks; "" for one that was never given out."""
        return self._issued[key].channel if key in self._issued else ""

    def usable(self, key: str) -> Answer:
        """Raises RefusalError (404) no_service, expired_url, used_url. Counts nothing: who answers counts the use."""
        answer = self._issued.get(key)
        if answer is None:
            raise RefusalError("no_service", status=404)
        if self._now() - answer.at > self._limits.answer_seconds:
            raise RefusalError("expired_url", status=404)
        if answer.uses >= self._limits.answer_uses:
            raise RefusalError("used_url", status=404)
        return answer


class Journal:
    """Numbered entries of what happened, in order; a reader asks for those after a number and waits for more."""

    def __init__(self) -> None:
        self.entries: list[Json] = []
        self.closed = False
        self._news = asyncio.Event()

    def add(self, kind: str, **what: object) -> None:
        self.entries.append({"cursor": len(self.entries) + 1, "kind": kind, **what})
        self._news.set()
        self._news = asyncio.Event()

    def close(self) -> None:
        """Nothing more will come: whoever waits goes on at once."""
        self.closed = True
        self._news.set()

    async def after(self, cursor: int, wait_seconds: float) -> list[Json]:
        """Entries numbered above `cursor`; where there are none, waits for the next one or `wait_seconds`."""
        if cursor >= len(self.entries) and not self.closed:
            try:
                async with asyncio.timeout(wait_seconds):  # Python 3.11's wait_for may swallow a cancellation
                    await self._news.wait()
            except TimeoutError:
                return []
        return self.entries[cursor:]


class State:
    """`now` in seconds since 1970; `tickets` are those of Socket Mode not used yet; `requests` have no tokens."""

    def __init__(
        self, tokens: Tokens, scopes: Iterable[str], limits: Limits, now: Now, limits_now: Now | None = None
    ) -> None:
        self.limits = limits
        self.now = now
        self.url = ""
        self.journal = Journal()
        self.access = Access(tokens, scopes)
        self.workspace = Workspace(now, self.journal.add)
        self.views = Views(now, self.journal.add)
        self.faults = Faults(self.journal.add)
        patience = limits_now or now
        self.meter = Meter(limits, patience)
        self.triggers = Triggers(limits, patience)
        self.answers = Answers(limits, patience)
        self.tickets: set[str] = set()
        self.requests: list[Json] = []
