"""What a use of the bot entitles it to for a while: `trigger_id` and `response_url`. Knows nothing of views or HTTP."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass

from bot.sandbox.slack.limits import Limits
from bot.sandbox.slack.messages import Message
from bot.sandbox.slack.refusal import RefusalError


@dataclass(slots=True)
class Trigger:
    """`view` names the view a button was tapped in: what is pushed with this trigger goes on top of it."""

    user: str
    at: float
    view: str = ""
    used: bool = False


class Triggers:
    """Each works once, for 3 seconds (docs of views.open)."""

    def __init__(self, limits: Limits, now: Callable[[], float]) -> None:
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
    """Each works five times within 30 minutes (docs, "Handling user interaction")."""

    def __init__(self, limits: Limits, now: Callable[[], float]) -> None:
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
