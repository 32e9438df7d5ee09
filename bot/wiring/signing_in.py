"""Signs in at a start: are both Slack tokens and the clients of all accounts accepted. What is away is waited for."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, TypeVar

import structlog

from bot.acronis import AcronisClient
from bot.errors import AcronisUnavailable, NotPosted, Uncertain
from bot.slack.sign_in import Client, Identity, check_app_token, sign_in

log = structlog.get_logger(__name__)

T = TypeVar("T")

TRY_SECONDS: Final = 5.0
"""How long the start waits for Acronis to accept or refuse the client."""
TRY_AGAIN: Final = (1.0, 2.0, 5.0, 10.0, 30.0)
"""Seconds between tries at start while Slack or Acronis cannot be reached; the last one repeats."""


async def signed_in(slack: Client, app_token: str, clients: Sequence[AcronisClient]) -> Identity:
    """Tries both tokens and every account at once. Without `app_token` there is only one token. Raises SlackRefused or
    AcronisRefused."""
    signing_in = asyncio.ensure_future(_until_reached(lambda: sign_in(slack), "slack"))
    await asyncio.gather(signing_in, _try_app_token(slack, app_token), *map(_try, clients))
    return signing_in.result()


async def _try_app_token(slack: Client, app_token: str) -> None:
    if app_token:
        await _until_reached(lambda: check_app_token(slack, app_token), "slack")


async def _until_reached(attempt: Callable[[], Awaitable[T]], what: str) -> T:
    """Tries until it can be reached. What refuses is raised."""
    tries = 0
    while True:
        try:
            return await attempt()
        except (NotPosted, Uncertain) as error:
            wait = TRY_AGAIN[min(tries, len(TRY_AGAIN) - 1)]
            log.warning("cannot be reached, trying again", who=what, seconds=wait, reason=error.told)
            await asyncio.sleep(wait)
            tries += 1


async def _try(client: AcronisClient) -> None:
    """Raises AcronisRefused. Acronis that cannot be reached is the polls' matter: they say so in the channel."""
    try:
        async with asyncio.timeout(TRY_SECONDS):
            await client.check()
    except (AcronisUnavailable, TimeoutError) as error:
        log.warning("acronis cannot be reached, going on without", account=client.account, reason=str(error))
