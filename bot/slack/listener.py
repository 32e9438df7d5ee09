"""What comes in from Slack: acknowledged at once, then served as a task of our own. Owns those tasks and their end.

    Bolt's middleware (signature, ssl_check, url_verification) → `_Door` → `Desk`

Everything that passes Bolt's checks is acknowledged by one door, so nothing unknown can end in Slack's warning sign.
The door answers by itself, not through Bolt's listeners: those look every 10 ms whether they were acknowledged. Both
intakes (Socket Mode, HTTP) hand their requests to `Listener.app`. It must not know what an answer says.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from datetime import timedelta
from typing import Any

import structlog
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.authorization.async_authorize import AsyncAuthorize
from slack_bolt.middleware.async_middleware import AsyncMiddleware
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import SlackError
from bot.services import Handlers, Services
from bot.slack.dispatch import COMMANDS, Desk, Errand
from bot.slack.payloads import read
from bot.slack.people import People
from bot.slack.requests import Delivery, Mention, Other
from bot.slack.seen import Seen
from bot.slack.sign_in import Identity

log = structlog.get_logger(__name__)

_FRESH = timedelta(minutes=5)
"""Slack's Delayed Events come up to a day late (slack-platform.md §4.3): nobody waits for that answer any more."""
_FAREWELL_SECONDS = 1.5
"""How long telling the askers of cancelled requests may take, at shutdown."""


class Listener:
    """`commands` maps a slash command to the words it stands for. `app` is what the intakes hand requests to."""

    def __init__(
        self,
        *,
        client: AsyncWebClient,
        signing_secret: str | None,
        identity: Identity,
        handlers: Handlers,
        services: Services,
        people: People,
        commands: Mapping[str, str] = COMMANDS,
    ) -> None:
        self._desk = Desk(client, identity, handlers, services, people, commands)
        self._people = people
        self._clock = services.clock
        self._bot_user_id = identity.bot_user_id
        self._seen = Seen()
        self._tasks: dict[asyncio.Task[None], Errand] = {}
        self._is_closed = False
        self.app = _make_app(client, signing_secret, identity)
        self.app.use(_Door(self._take))

    @property
    def busy(self) -> int:
        """How many requests are being served."""
        return len(self._tasks)

    async def finish(self, seconds: float) -> None:
        """Takes nothing more and lets what runs end, then cancels it and tells those askers to ask again.

        All of it within `seconds`; the end of them is kept for the telling.
        """
        self._is_closed = True
        farewell = min(_FAREWELL_SECONDS, seconds / 2)
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=seconds - farewell)
        left = dict(self._tasks)
        for task in left:
            task.cancel()
        if left:
            log.warning("requests were cancelled", count=len(left))
            with suppress(TimeoutError):
                async with asyncio.timeout(farewell):
                    await asyncio.wait(left)
                    await self._say_interrupted([errand for errand in left.values() if not errand.is_sending])
        await self._people.close()

    async def _say_interrupted(self, errands: list[Errand]) -> None:
        telling = [self._desk.tell_interrupted(errand.delivery.reach) for errand in errands]
        for outcome in await asyncio.gather(*telling, return_exceptions=True):
            if isinstance(outcome, SlackError):
                log.warning("an asker could not be told of the interruption", code=outcome.code)
            elif isinstance(outcome, BaseException):
                raise outcome

    def _take(self, body: Mapping[str, Any]) -> BoltResponse:
        if self._is_closed:
            return BoltResponse(status=503)
        delivery = read(body, self._bot_user_id)
        if not self._seen.first(delivery.key):
            log.info("a delivery came twice", key=delivery.key)
        elif isinstance(delivery, Other):
            log.debug("acknowledged only", kind=delivery.kind)
        elif self._is_too_late(delivery):
            log.warning("an old event is acknowledged only, or our clock is ahead", key=delivery.key)
        else:
            self._start(Errand(delivery))
        if isinstance(delivery, Other) and delivery.asks_options:
            return BoltResponse(status=200, body={"options": []})
        return BoltResponse(status=200)

    def _is_too_late(self, delivery: Delivery) -> bool:
        if not isinstance(delivery, Mention) or delivery.said_at is None:
            return False
        return self._clock.now() - delivery.said_at > _FRESH

    def _start(self, errand: Errand) -> None:
        task = asyncio.create_task(self._desk.serve(errand))
        self._tasks[task] = errand
        task.add_done_callback(lambda done: self._tasks.pop(done, None))


class _Door(AsyncMiddleware):
    """The last middleware: takes every request and never asks for the next."""

    def __init__(self, take: Callable[[Mapping[str, Any]], BoltResponse]) -> None:
        self._take = take

    async def async_process(
        self,
        *,
        req: AsyncBoltRequest,
        resp: BoltResponse,
        next: Callable[[], Awaitable[BoltResponse]],  # noqa: A002 - Bolt passes it by this name
    ) -> BoltResponse:
        return self._take(req.body)


class _SignedIn(AsyncAuthorize):
    """Hands Bolt what the sign-in found, so that no auth.test eats into the first request's 3 s."""

    def __init__(self, client: AsyncWebClient, identity: Identity) -> None:
        self._result = AuthorizeResult(
            enterprise_id=identity.enterprise_id or None,
            team_id=identity.team_id,
            bot_user_id=identity.bot_user_id,
            bot_id=identity.bot_id,
            bot_token=client.token,
            bot_scopes=sorted(identity.scopes),
        )

    async def __call__(self, **_: Any) -> AuthorizeResult:
        return self._result


def _make_app(client: AsyncWebClient, signing_secret: str | None, identity: Identity) -> AsyncApp:
    """With `authorize` given, SLACK_CLIENT_ID and SLACK_CLIENT_SECRET in the environment change nothing."""
    quiet = logging.getLogger("slack_bolt")
    # Below ERROR Bolt writes out signatures and bodies, and warns of the token in the environment.
    quiet.setLevel(logging.ERROR)
    return AsyncApp(
        name="nightshift",
        logger=quiet,
        client=client,
        authorize=_SignedIn(client, identity),
        signing_secret=signing_secret or "",
        attaching_function_token_enabled=False,
    )
