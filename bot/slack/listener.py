"""What comes in from Slack: acknowledged at once, then served as a task of our own. Owns those tasks and their end.

    Bolt's middleware (signature, ssl_check, url_verification) → `Listener.async_process` → `Dispatcher.serve`

A form is acknowledged with what its handler answers, where that comes within 2 s.
Everything that passes Bolt's checks is acknowledged in one place, so nothing unknown can end in Slack's warning sign.
That is a middleware and none of Bolt's listeners: those look every 10 ms whether they were acknowledged. Both intakes
(Socket Mode, HTTP) hand their requests to `Listener.app`. It must not know what an answer says.
"""

import asyncio
import hashlib
import logging
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Protocol

import structlog
from cachetools import TTLCache
from slack_sdk.web.async_client import AsyncWebClient

from bot.services import Handlers, Services
from bot.services.sharing import asker
from bot.slack.bolt import AsyncApp, AsyncBoltRequest, AsyncMiddleware, AuthorizeResult, BoltResponse
from bot.slack.dispatch import Dispatcher
from bot.slack.home import Homes
from bot.slack.parsing import read
from bot.slack.people import People
from bot.slack.requests import (
    Command,
    Delivery,
    HomeOpened,
    Mention,
    Other,
    Request,
    Room,
    SeenDeliveries,
    Submission,
    Tap,
    Turns,
)
from bot.slack.sign_in import Identity

log = structlog.get_logger(__name__)

_FRESH = timedelta(minutes=5)
"""Slack's Delayed Events come up to a day late (slack-platform.md §4.3): nobody waits for that answer any more."""
_CLAIM_SECONDS = 0.5
"""How long the store may take to say whether a delivery is new: a window has to open within 3 s."""
_FAREWELL_SECONDS = 1.5
"""How long telling the askers of cancelled requests may take, at shutdown."""

_FORM_SECONDS = 2.0
"""How long a form's handler has until Slack is told to wait: Slack itself waits 3 s."""
_FORMS_KEPT = 600.0
_MOST_FORMS = 1_000
_PRESSES_AT_ONCE = 6

_PATIENCE_SECONDS = 1.0
"""Who waits for a turn longer than this is told so."""
_MOST_KEPT = 2_000
"""Tasks of all kinds: past them nobody is told to wait. What a command is refused with costs no task."""
_TELL_AGAIN_SECONDS = 5.0
"""Between two messages that say the same to one person: what is told holds for all that they ask in this time."""
ONE_MOMENT = "One moment: a few of your questions are answered at a time, the others follow."
REFUSED = "One moment: too many of your questions wait already. What you ask until they are answered is not taken."
CROWDED = "One moment: too many people ask at once. What you ask now is not taken: ask again in a minute."
_REFUSALS = {Room.OWN_FULL: REFUSED, Room.ALL_FULL: CROWDED}


class Taken(Protocol):
    """Remembers deliveries over restarts. Never raises."""

    async def claim(self, key: str, now: datetime) -> bool: ...


class Listener(AsyncMiddleware):
    """`app` is what the intakes hand requests to."""

    def __init__(
        self,
        *,
        client: AsyncWebClient,
        signing_secret: str | None,
        identity: Identity,
        handlers: Handlers,
        services: Services,
        people: People,
        taken: Taken,
    ) -> None:
        self._dispatcher = Dispatcher(client, identity, handlers, services, people)
        self._people = people
        self._clock = services.clock
        self._bot_user_id = identity.bot_user_id
        self._seen = SeenDeliveries()
        self._taken = taken
        self._claims: set[asyncio.Future[bool]] = set()
        self._turns = Turns()
        self._press_turns = Turns(_PRESSES_AT_ONCE)
        self._forms: TTLCache[str, Request] = TTLCache(_MOST_FORMS, _FORMS_KEPT)
        self._told = SeenDeliveries(seconds=_TELL_AGAIN_SECONDS)
        self._requests: dict[asyncio.Task[None], Request] = {}
        self._is_closed = False
        self.app = _make_app(client, signing_secret, identity)
        self.app.use(self)

    @property
    def homes(self) -> Homes:
        return self._dispatcher.homes

    @property
    def busy(self) -> int:
        return len(self._requests)

    async def finish(self, seconds: float) -> None:
        """Takes nothing more and lets what runs end, then cancels it and tells those askers to ask again.

        All of it within `seconds`; the end of them is kept for the telling.
        """
        self._is_closed = True
        farewell = min(_FAREWELL_SECONDS, seconds / 2)
        if self._requests:
            await asyncio.wait(self._requests, timeout=seconds - farewell)
        if left := dict(self._requests):
            log.warning("requests were cancelled", count=len(left))
            for task in left:
                task.cancel()
            with suppress(TimeoutError):
                async with asyncio.timeout(farewell):
                    await asyncio.wait(left)
                    unanswered = [request for request in left.values() if not request.is_sending]
                    await asyncio.gather(*map(self._dispatcher.tell_interrupted, unanswered))
        if self._claims:  # the store must not be closed under them
            await asyncio.wait(self._claims, timeout=_CLAIM_SECONDS)
        await self._people.close()

    async def async_process(
        self,
        *,
        req: AsyncBoltRequest,
        resp: BoltResponse,
        next: Callable[[], Awaitable[BoltResponse]],  # noqa: A002 - Bolt passes it by this name
    ) -> BoltResponse:
        """The last middleware: takes every request and never asks for the next."""
        if self._is_closed:
            return BoltResponse(status=503)
        delivery = _with_key(read(req.body, self._bot_user_id), req)
        if isinstance(delivery, Submission):
            return await self._acknowledge_form(delivery)
        if not self._seen.add(delivery.key):
            log.info("a delivery came twice", key=delivery.key)
            return BoltResponse(status=200)
        return self._acknowledge(delivery)

    def _acknowledge(self, delivery: Delivery | Other) -> BoltResponse:
        """Says nothing, but to those whom Slack makes wait for something."""
        if isinstance(delivery, Other):
            log.debug("acknowledged only", kind=delivery.kind)
        elif self._is_too_late(delivery):
            log.warning("an old event is acknowledged only, or our clock is ahead", key=delivery.key)
        elif refusal := self._take(request := Request(delivery)):
            if isinstance(delivery, Command):  # the acknowledgement costs nothing
                return BoltResponse(status=200, body={"response_type": "ephemeral", "text": refusal})
            self._tell(request, refusal)
        if isinstance(delivery, Other) and delivery.asks_options:
            return BoltResponse(status=200, body={"options": []})
        return BoltResponse(status=200)

    async def _acknowledge_form(self, submission: Submission) -> BoltResponse:
        """A form that is delivered again is answered as before, or with what came of it since."""
        request = self._forms.get(submission.key)
        if request is None:
            request = self._forms[submission.key] = Request(submission)
            if refusal := self._take(request):
                await self._dispatcher.tell(request, refusal)
        if not await request.acknowledgement.wait(_FORM_SECONDS) and not request.acknowledgement.is_given:
            self._dispatcher.postpone(request)
        return BoltResponse(status=200, body=dict(request.acknowledgement.body) or "")

    def _take(self, request: Request) -> str:
        """Starts to serve it. Where there is no room, the words that say so."""
        room = self._line(request).add(request)
        if room is Room.TAKEN:
            self._start(request, self._serve_in_turn(request))
        return _REFUSALS.get(room, "")

    def _line(self, request: Request) -> Turns:
        """Presses and forms have a line of their own: who takes an alert waits for no slow question."""
        return self._press_turns if isinstance(request.delivery, Tap | Submission) else self._turns

    def _is_too_late(self, delivery: Delivery) -> bool:
        if not isinstance(delivery, Mention) or delivery.said_at is None:
            return False
        return self._clock.now() - delivery.said_at > _FRESH

    async def _serve_in_turn(self, request: Request) -> None:
        asker.set(request.delivery.sender.user_id)
        patience = asyncio.get_running_loop().call_later(_PATIENCE_SECONDS, self._tell, request, ONE_MOMENT)
        try:
            async with self._line(request).turn(request):
                patience.cancel()
                await self._serve(request)
        finally:
            patience.cancel()

    def _tell(self, request: Request, words: str) -> None:
        """A form's window, and the Home tab, say themselves that they wait."""
        if isinstance(request.delivery, Submission | HomeOpened) or self._is_closed or self.busy >= _MOST_KEPT:
            return
        if self._told.add(f"{request.delivery.sender.user_id} {words}"):
            self._start(request, self._dispatcher.tell_to_wait(request, words))

    def _start(self, request: Request, serving: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(serving)
        self._requests[task] = request
        task.add_done_callback(lambda done: self._requests.pop(done, None))

    async def _serve(self, request: Request) -> None:
        if await self._is_new(request.delivery.key):
            await self._dispatcher.serve(request)
            return
        log.info("a delivery came again after a restart", key=request.delivery.key)
        if isinstance(request.delivery, Submission):
            await self._dispatcher.tell_sent_before(request)

    async def _is_new(self, key: str) -> bool:
        """Whether no process before this one took it. People do not wait for a store that is busy."""
        if not key:
            return True
        claim = asyncio.ensure_future(self._taken.claim(key, self._clock.now()))
        self._claims.add(claim)
        claim.add_done_callback(self._claims.discard)
        done, _ = await asyncio.wait({claim}, timeout=_CLAIM_SECONDS)
        return claim.result() if done else True


def _with_key(delivery: Delivery | Other, req: AsyncBoltRequest) -> Delivery | Other:
    """Where Slack gives no key, the signature tells a repeated request from another."""
    signatures = req.headers.get("x-slack-signature")
    if delivery.key or not signatures:
        return delivery
    return replace(delivery, key=hashlib.sha256(signatures[0].encode()).hexdigest())


def _make_app(client: AsyncWebClient, signing_secret: str | None, identity: Identity) -> AsyncApp:
    """With `authorize` given, SLACK_CLIENT_ID and SLACK_CLIENT_SECRET in the environment change nothing."""
    signed_in = AuthorizeResult(
        enterprise_id=identity.enterprise_id or None,
        team_id=identity.team_id,
        bot_user_id=identity.bot_user_id,
        bot_id=identity.bot_id,
        bot_token=client.token,
        bot_scopes=sorted(identity.scopes),
    )

    async def authorize() -> AuthorizeResult:
        """What the sign-in found, so that no auth.test eats into the first request's 3 s."""
        return signed_in

    quiet = logging.getLogger("slack_bolt")
    # Below ERROR Bolt writes out signatures and bodies, and warns of the token in the environment.
    quiet.setLevel(logging.ERROR)
    return AsyncApp(
        name="nightshift",
        logger=quiet,
        client=client,
        authorize=authorize,
        signing_secret=signing_secret or "",
        attaching_function_token_enabled=False,
    )
