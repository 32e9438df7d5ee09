"""Commands, interactions and events on their way to the bot: by socket or by signed HTTP, and what became of them.

Knows nothing of what is in a payload. Rules: docs.slack.dev, apis/events-api (retries), interactivity (3 s).
"""

import asyncio
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from bot.sandbox.slack.refusal import Json
from bot.sandbox.slack.signed import decoded, encoded, error_of, signature
from bot.sandbox.slack.sockets import Sockets
from bot.sandbox.slack.state import State

REASONS = {
    "socket": {"operation_timeout": "timeout", "dispatch_failed": "connection_failed"},
    "http": {"operation_timeout": "http_timeout", "dispatch_failed": "connection_failed"},
}
"""Slack's words for a retry's reason, by what a person would have seen; anything else is `http_error`."""


@dataclass(slots=True)
class Attempt:
    """One try. `seconds` is the time to the ack, also of one that came too late; `error` is why it failed."""

    via: str
    number: int
    seconds: float | None = None
    status: int = 0
    body: Any = None
    error: str = ""

    @property
    def acked(self) -> bool:
        return self.seconds is not None and not self.error


@dataclass(slots=True)
class Delivery:
    """`kind` is slash_commands, interactive or events_api. `shown` is the error the person saw, "" if none."""

    id: int
    kind: str
    payload: Json
    attempts: list[Attempt] = field(default_factory=list)
    shown: str = ""

    @property
    def acked(self) -> bool:
        return any(attempt.acked for attempt in self.attempts)

    @property
    def seconds(self) -> float | None:
        """Time to the first ack that came in time."""
        return next((attempt.seconds for attempt in self.attempts if attempt.acked), None)

    @property
    def body(self) -> Any:
        """What the bot said in its ack; None where it said nothing."""
        return next((attempt.body for attempt in self.attempts if attempt.acked), None)

    def as_json(self) -> Json:
        return {
            "id": self.id,
            "kind": self.kind,
            "acked": self.acked,
            "seconds": self.seconds,
            "body": self.body,
            "shown": self.shown,
            "payload": self.payload,
            "attempts": [
                {
                    "via": each.via,
                    "number": each.number,
                    "seconds": each.seconds,
                    "status": each.status,
                    "body": each.body,
                    "error": each.error,
                }
                for each in self.attempts
            ],
        }


class Courier:
    """Sends payloads to `request_url` where one is set, else to one of the open sockets. Events are retried."""

    def __init__(self, state: State, sockets: Sockets, request_url: str | None) -> None:
        self.request_url = request_url
        self.deliveries: list[Delivery] = []
        self._state = state
        self._sockets = sockets
        self._session: aiohttp.ClientSession | None = None
        self._retries: set[asyncio.Task[None]] = set()

    async def deliver(self, kind: str, payload: Json, *, twice: bool = False) -> Delivery:
        """Returns when the first try is acked or has failed; retries of an event go on behind.

        `twice` sends the same payload a second time beside the first, as Slack may.
        """
        delivery = Delivery(len(self.deliveries) + 1, kind, payload)
        self.deliveries.append(delivery)
        await asyncio.gather(*(self._try(delivery, number) for number in range(2 if twice else 1)))
        if not delivery.acked:
            delivery.shown = delivery.attempts[0].error
            if kind == "events_api":
                self._keep(self._retry(delivery))
        self._note(delivery)
        return delivery

    async def close(self) -> None:
        for task in self._retries:
            task.cancel()
        await asyncio.gather(*self._retries, return_exceptions=True)
        if self._session is not None:
            await self._session.close()

    def _note(self, delivery: Delivery) -> None:
        self._state.journal.add(
            "delivery", delivery=delivery.id, of=delivery.kind, acked=delivery.acked, shown=delivery.shown
        )

    def _keep(self, retry: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(retry)
        self._retries.add(task)
        task.add_done_callback(self._retries.discard)

    async def _retry(self, delivery: Delivery) -> None:
        for number, seconds in enumerate(self._state.limits.event_retry_seconds, 1):
            await asyncio.sleep(seconds)
            await self._try(delivery, number)
            delivery.shown = "" if delivery.acked else delivery.shown
            self._note(delivery)
            if delivery.acked:
                return

    async def _try(self, delivery: Delivery, number: int) -> None:
        attempt = Attempt("http" if self.request_url else "socket", number)
        reason = REASONS[attempt.via].get(delivery.shown, "http_error") if number else ""
        delivery.attempts.append(attempt)
        if self.request_url:
            await self._post(self.request_url, delivery, attempt, reason)
        else:
            await self._emit(delivery, attempt, reason)

    async def _emit(self, delivery: Delivery, attempt: Attempt, reason: str) -> None:
        envelope: Json = {"type": delivery.kind, "payload": delivery.payload}
        if delivery.kind == "events_api":
            envelope |= {"accepts_response_payload": False, "retry_attempt": attempt.number, "retry_reason": reason}
        else:
            envelope |= {"accepts_response_payload": True}
        started = time.monotonic()
        acked = asyncio.Event()
        if not await self._sockets.send(envelope, _noter(attempt, started, acked)):
            attempt.error = "dispatch_failed"
            return
        try:
            await asyncio.wait_for(acked.wait(), self._state.limits.ack_seconds)
        except TimeoutError:
            attempt.error = "operation_timeout"

    async def _post(self, url: str, delivery: Delivery, attempt: Attempt, reason: str) -> None:
        body, content_type = encoded(delivery.kind, delivery.payload)
        headers = {"Content-Type": content_type}
        headers |= signature(self._state.access.tokens.signing_secret, body, time.time())
        if delivery.kind == "events_api" and attempt.number:
            headers |= {"X-Slack-Retry-Num": str(attempt.number), "X-Slack-Retry-Reason": reason}
        started = time.monotonic()
        try:
            async with (
                asyncio.timeout(self._state.limits.ack_seconds),
                self._http().post(url, data=body, headers=headers) as answer,
            ):
                attempt.status = answer.status
                attempt.body = decoded(answer.content_type, await answer.text())
                attempt.seconds = time.monotonic() - started
                attempt.error = error_of(answer.status)
        except TimeoutError:
            attempt.error = "operation_timeout"
        except aiohttp.ClientError:
            attempt.error = "dispatch_failed"

    def _http(self) -> aiohttp.ClientSession:
        """A connection for each request: a bot that was killed and started anew must not meet an old one."""
        if self._session is None:
            self._session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(force_close=True))
        return self._session


def _noter(attempt: Attempt, started: float, acked: asyncio.Event) -> Callable[[Any], None]:
    """What to do when the ack comes, in time or not."""

    def note(body: Any) -> None:
        attempt.seconds = time.monotonic() - started
        attempt.body = body
        acked.set()

    return note
