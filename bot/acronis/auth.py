"""The access token: got by client credentials, renewed before its end and once after a 401 (reference §2).

Owns the secret and the token; neither is ever logged or part of an error. Does not judge answers: where the token
endpoint refuses, its answer is handed up as the answer of the whole request, and `refusals` finds the words.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, Callable
from typing import Annotated

import httpx
from pydantic import BaseModel, Field

from bot.acronis import pieces
from bot.acronis.fields import Else, served_at

TOKEN_PATH = "/api/2/idp/token"  # noqa: S105 - a path, not a secret
RENEW_BEFORE = 15 * 60.0
"""Seconds before its end at which a token is renewed: Acronis's own PowerShell does so (reference §2.1)."""
RENEW_AGAIN = 60.0
"""Seconds until the next try where the token endpoint was out of order and the old token still lives."""
ASSUMED_LIFE = 110 * 60.0
"""Seconds a token is taken to live where the answer does not say: less than the two hours it lives."""

Seconds = Annotated[float | None, Field(allow_inf_nan=False), Else(None)]


class TokenAnswer(BaseModel):
    """`expires_on` is a moment in unix seconds, `expires_in` a span in seconds; either may be absent."""

    access_token: str = Field(min_length=1, pattern=r"^[\x21-\x7e]+$")
    expires_on: Seconds = None
    expires_in: Seconds = None


def read_token(response: httpx.Response) -> TokenAnswer | None:
    """None where this is no token answer."""
    if response.status_code != httpx.codes.OK:
        return None
    try:
        return TokenAnswer.model_validate(pieces.read(response.content))
    except ValueError:
        return None


class TokenAuth(httpx.Auth):
    """Puts the token on each request. However many requests wait, one of them renews it.

    `elapsed` is a clock that never goes back, in seconds.
    """

    def __init__(
        self, url: str, client_id: str, client_secret: str, *, elapsed: Callable[[], float] = time.monotonic
    ) -> None:
        self._url = url + TOKEN_PATH
        self._basic = httpx.BasicAuth(client_id, client_secret)
        self._elapsed = elapsed
        self._token = ""
        self._renew_at = 0.0
        self._ends_at = 0.0
        self._renewing = asyncio.Lock()

    def __repr__(self) -> str:
        return "TokenAuth(…)"

    async def async_auth_flow(self, request: httpx.Request) -> AsyncGenerator[httpx.Request, httpx.Response]:
        refused = ""
        for _ in range(2):
            async with self._renewing:
                if self._token == refused:
                    self._token = ""
                if not self._is_fresh():
                    await self._take((yield self._token_request(request)))
                token = self._token
            if not token:
                return
            request.headers["Authorization"] = f"Bearer {token}"
            response = yield request
            if response.status_code != httpx.codes.UNAUTHORIZED:
                return
            await response.aread()  # gives its connection back before anything waits
            refused = token

    def _is_fresh(self) -> bool:
        return bool(self._token) and self._elapsed() < self._renew_at

    def _token_request(self, request: httpx.Request) -> httpx.Request:
        kept = {name: request.headers[name] for name in ("User-Agent", "Accept-Encoding") if name in request.headers}
        asked = httpx.Request(
            "POST",
            self._url,
            data={"grant_type": "client_credentials"},
            headers={"Accept": "application/json", **kept},
            extensions={"timeout": request.extensions["timeout"]},
        )
        return next(self._basic.auth_flow(asked))

    async def _take(self, response: httpx.Response) -> None:
        """Keeps the token of `response`. Where the endpoint is out of order, the old one serves on while it lives."""
        await response.aread()
        now, answer = self._elapsed(), read_token(response)
        if answer:
            life = _life(answer, response)
            used = life - RENEW_BEFORE if life > RENEW_BEFORE else life / 2
            self._token, self._renew_at, self._ends_at = answer.access_token, now + used, now + life
        elif self._token and now < self._ends_at and response.status_code >= httpx.codes.INTERNAL_SERVER_ERROR:
            self._renew_at = now + RENEW_AGAIN
        else:
            self._token = ""


def _life(answer: TokenAnswer, response: httpx.Response) -> float:
    """Seconds from now to the token's end; a moment is read by the server's own clock where it tells it."""
    if answer.expires_in is not None and answer.expires_in > 0:
        return answer.expires_in
    if answer.expires_on is None:
        return ASSUMED_LIFE
    at = served_at(response)
    left = answer.expires_on - (at.timestamp() if at else time.time())
    return left if left > 0 else ASSUMED_LIFE
