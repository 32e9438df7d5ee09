"""Web hooks: a small JSON document is sent to an address of the team's by POST. Knows nothing of what it says.

`ping` asks for an address and takes nothing of the answer but its status.

An address is a secret: whoever knows it may post there. No log and no error has more of it than the host.
"""

import asyncio
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlsplit

import httpx

from bot.errors import HookFailed

SECONDS: Final = 10.0
"""How long one call may take in all."""
LARGEST: Final = 65_536
"""Bytes of an answer that are read; the rest is left."""
_PASSING: Final = frozenset({httpx.codes.REQUEST_TIMEOUT, httpx.codes.TOO_EARLY, httpx.codes.TOO_MANY_REQUESTS})


def host_of(address: str) -> str:
    """What of an address may be told; "" where it cannot be read."""
    try:
        return urlsplit(address).hostname or ""
    except ValueError:
        return ""


class Hooks:
    """`addresses` are by the names of the hooks. One call takes `seconds` and reads `largest` bytes at most."""

    def __init__(self, addresses: Mapping[str, str], seconds: float = SECONDS, largest: int = LARGEST) -> None:
        self._addresses = addresses
        self._seconds = seconds
        self._largest = largest

    def host(self, name: str) -> str:
        return host_of(self._addresses.get(name, ""))

    async def send(self, name: str, document: Mapping[str, Any], key: str) -> None:
        """Sends it once. `key` is the same each time the same is sent. Raises HookFailed."""
        address = self._addresses.get(name)
        if not address:
            raise HookFailed("The settings have no such web hook any more.", code="not_set", is_passing=False)
        posted = {"json": dict(document), "headers": {"Idempotency-Key": key}}
        await _call("POST", address, self._seconds, self._largest, **posted)


async def ping(address: str, seconds: float = SECONDS) -> None:
    """Says that all is well to who waits for it. Raises HookFailed."""
    await _call("GET", address, seconds, LARGEST)


async def _call(method: str, address: str, seconds: float, largest: int, **asked: Any) -> None:
    try:
        async with asyncio.timeout(seconds):
            status = await _status(method, address, largest, **asked)
    except TimeoutError:
        raise HookFailed("The web hook did not answer in time.", code="timeout", is_passing=True) from None
    except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:  # its text may have the address in it
        code = type(error).__name__
        raise HookFailed(f"The web hook cannot be reached ({code}).", code=code, is_passing=True) from None
    if not httpx.codes.is_success(status):
        is_passing = httpx.codes.is_server_error(status) or status in _PASSING
        raise HookFailed(f"The web hook answers HTTP {status}.", code=f"http_{status}", is_passing=is_passing)


async def _status(method: str, address: str, largest: int, **asked: Any) -> int:
    """Of the answer. A redirect is an answer like another: it is not followed."""
    headers = {"User-Agent": "Nightshift"}
    async with (
        httpx.AsyncClient(headers=headers, follow_redirects=False, timeout=None) as client,  # noqa: S113  the caller has the time
        client.stream(method, address, **asked) as answer,
    ):
        read = 0
        async for chunk in answer.aiter_raw():
            read += len(chunk)
            if read >= largest:
                break
        return answer.status_code
