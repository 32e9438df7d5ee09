"""Commands, interactions and events on their way to the bot, by socket or by signed HTTP, and what became of them.

Rules: docs.slack.dev, apis/events-api (retries), interactivity, authentication/verifying-requests-from-slack.
"""

import asyncio
import hashlib
import hmac
import json
import time
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from typing import Any
from urllib.parse import urlencode

import aiohttp

from bot.sandbox.slack.calls import Json
from bot.sandbox.slack.sockets import Sockets
from bot.sandbox.slack.state import State

REASONS = {
    ("socket", "operation_timeout"): "timeout",
    ("http", "operation_timeout"): "http_timeout",
    ("socket", "dispatch_failed"): "connection_failed",
    ("http", "dispatch_failed"): "connection_failed",
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
    def _ack(self) -> Attempt | None:
        """The first ack that came in time."""
        return next((attempt for attempt in self.attempts if attempt.acked), None)

    @property
    def acked(self) -> bool:
        return self._ack is not None

    @property
    def seconds(self) -> float | None:
        """Time to the ack."""
        return self._ack.seconds if self._ack else None

    @property
    def body(self) -> Any:
        """What the bot said in its ack; None where it said nothing."""
        return self._ack.body if self._ack else None

    def as_json(self) -> Json:
        return asdict(self) | {"acked": self.acked, "seconds": self.seconds, "body": self.body}


class Dispatcher:
    """Sends payloads to `request_url` where one is set, else to one of the open sockets. Events are retried."""

    def __init__(self, state: State, sockets: Sockets, request_url: str | None) -> None:
        self.request_url = request_url
        self.deliveries: list[Delivery] = []
        self._state = state
        self._sockets = sockets
        self._session: aiohttp.ClientSession | None = None
        self._retries: set[asyncio.Task[None]] = set()

    async def deliver(self, kind: str, payload: Json, *, twice: bool = False) -> Delivery:
        """Returns when the first try is over; retries of an event go on behind. `twice` sends it twice at once."""
        delivery = Delivery(len(self.deliveries) + 1, kind, payload)
        self.deliveries.append(delivery)
        await asyncio.gather(*(self._try(delivery, number) for number in range(2 if twice else 1)))
        if not delivery.acked:
            delivery.shown = delivery.attempts[0].error
            if kind == "events_api":
                task = asyncio.create_task(self._retry(delivery))
                self._retries.add(task)
                task.add_done_callback(self._retries.discard)
        self._note(delivery)
        return delivery

    async def close(self) -> None:
        for task in self._retries:
            task.cancel()
        await asyncio.gather(*self._retries, return_exceptions=True)
        if self._session is not None:
            await self._session.close()

    def _note(self, delivery: Delivery) -> None:
        facts = {"delivery": delivery.id, "of": delivery.kind, "acked": delivery.acked, "shown": delivery.shown}
        self._state.journal.add("delivery", **facts)

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
        reason = REASONS.get((attempt.via, delivery.shown), "http_error") if number else ""
        delivery.attempts.append(attempt)
        try:
            if self.request_url:
                await self._post(self.request_url, delivery, attempt, reason)
            else:
                await self._emit(delivery, attempt, reason)
        except TimeoutError:
            attempt.error = "operation_timeout"
        except (aiohttp.ClientError, ConnectionError):
            attempt.error = "dispatch_failed"

    async def _emit(self, delivery: Delivery, attempt: Attempt, reason: str) -> None:
        """Sends an envelope over a socket. Raises TimeoutError, ConnectionError."""
        is_event = delivery.kind == "events_api"
        envelope = {"type": delivery.kind, "payload": delivery.payload, "accepts_response_payload": not is_event}
        if is_event:
            envelope |= {"retry_attempt": attempt.number, "retry_reason": reason}
        started, acked = time.monotonic(), asyncio.Event()

        def note(body: Any) -> None:
            """The ack is there, in time or not."""
            attempt.seconds, attempt.body = time.monotonic() - started, body
            acked.set()

        if not await self._sockets.send(envelope, note):
            raise ConnectionError("no socket is open")
        await asyncio.wait_for(acked.wait(), self._state.limits.ack_seconds)

    async def _post(self, url: str, delivery: Delivery, attempt: Attempt, reason: str) -> None:
        """Raises TimeoutError, aiohttp.ClientError."""
        body, content_type = encoded(delivery.kind, delivery.payload)
        headers = {"Content-Type": content_type}
        headers |= signature(self._state.access.tokens.signing_secret, body, time.time())
        if delivery.kind == "events_api" and attempt.number:
            headers |= {"X-Slack-Retry-Num": str(attempt.number), "X-Slack-Retry-Reason": reason}
        if self._session is None:
            # A connection for each request: a bot that was killed and started anew must not meet an old one
            self._session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(force_close=True))
        started = time.monotonic()
        async with (
            asyncio.timeout(self._state.limits.ack_seconds),
            self._session.post(url, data=body, headers=headers) as answer,
        ):
            attempt.status = answer.status
            attempt.body = _decoded(answer.content_type, await answer.text())
            attempt.seconds = time.monotonic() - started
            if answer.status >= 400:
                attempt.error = "http_service_error" if answer.status >= 500 else "http_client_error"


def encoded(kind: str, payload: Json) -> tuple[bytes, str]:
    """Body and content type: a form for commands, a form around JSON for interactions, JSON for events."""
    if kind == "events_api":
        return json.dumps(payload).encode(), "application/json"
    form = payload if kind == "slash_commands" else {"payload": json.dumps(payload)}
    return urlencode(form).encode(), "application/x-www-form-urlencoded"


def signature(secret: str, body: bytes, at: float) -> dict[str, str]:
    """Slack's two headers. `at` in seconds since 1970."""
    stamp = str(int(at))
    digest = hmac.new(secret.encode(), f"v0:{stamp}:".encode() + body, hashlib.sha256).hexdigest()
    return {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": f"v0={digest}"}


def _decoded(content_type: str, text: str) -> Any:
    """An answer's JSON; any other text as the message it stands for; None where it is empty."""
    if content_type == "application/json" and text:
        with suppress(ValueError):
            return json.loads(text)
    return {"text": text} if text else None
