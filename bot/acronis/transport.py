"""What bounds a request to Acronis whatever the other side does: its time, the size of its answer, how many there are.

Every answer is read whole and unpacked here, so that neither the token endpoint nor a redirect goes past it.
"""

import asyncio
import time
import zlib
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Final

import httpx

PER_SECOND: Final = 20
"""Requests to one account. Acronis asks to be polled gently (reference §13)."""
LARGEST: Final = 64 * 2**20
"""Bytes of an answer once it is unpacked. A page of 500 tasks with long chains of errors has 15 MB."""
Observe = Callable[[str, str, float], None]
"""Hears of each request: its service, the HTTP status or what went wrong, and its seconds."""
UNANSWERED: Final = "unanswered"
"""In place of a status: no answer came in time, or nobody waited any more."""
_ANY_HEADER: Final = zlib.MAX_WBITS | 32  # gzip's and zlib's
_PACKED = (b"content-encoding", b"content-length", b"transfer-encoding")


class TooLarge(httpx.TransportError):
    """The answer is larger than what is read."""


class BoundedTransport(httpx.AsyncBaseTransport):
    """`seconds` for one request with its answer, `largest` in bytes, at most `per_second` requests a second. `sleep` is
    how it waits for that, by the seconds of `elapsed`."""

    def __init__(
        self,
        inner: httpx.AsyncBaseTransport,
        seconds: float,
        largest: int,
        per_second: int,
        sleep: Callable[[float], Awaitable[None]],
        elapsed: Callable[[], float],
        observe: Observe | None = None,
    ) -> None:
        self._inner = inner
        self._seconds = seconds
        self._largest = largest
        self._sleep = sleep
        self._elapsed = elapsed
        self._observe = observe
        self._sent: deque[float] = deque(maxlen=per_second)

    async def aclose(self) -> None:
        await self._inner.aclose()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        try:
            async with asyncio.timeout(self._seconds):
                await self._pace()
                response, content = await self._exchange(request)
        except TimeoutError as error:
            raise httpx.ReadTimeout("the answer took too long", request=request) from error
        headers = [(name, value) for name, value in response.headers.raw if name.lower() not in _PACKED]
        return httpx.Response(response.status_code, headers=headers, content=content, extensions=response.extensions)

    async def _exchange(self, request: httpx.Request) -> tuple[httpx.Response, bytes]:
        began_at, status = time.monotonic(), UNANSWERED
        try:
            response = await self._inner.handle_async_request(request)
            try:
                content = await self._read(request, response)
            finally:
                await response.aclose()
            status = str(response.status_code)
        except httpx.TransportError as error:
            status = UNANSWERED if isinstance(error, httpx.TimeoutException) else type(error).__name__
            raise
        finally:
            if self._observe is not None:
                self._observe(_service(request), status, time.monotonic() - began_at)
        return response, content

    async def _pace(self) -> None:
        """Waits until a second has passed since the request that is as many before this one."""
        now = self._elapsed()
        at = max(now, self._sent[0] + 1.0) if len(self._sent) == self._sent.maxlen else now
        self._sent.append(at)
        if at > now:
            await self._sleep(at - now)

    async def _read(self, request: httpx.Request, response: httpx.Response) -> bytes:
        coding = response.headers.get("Content-Encoding", "").strip().lower() or "identity"
        if coding not in ("identity", "gzip", "x-gzip", "deflate"):
            raise httpx.DecodingError("packed in a way that nobody asked for", request=request)
        unpacker = None if coding == "identity" else zlib.decompressobj(_ANY_HEADER)
        pieces, left = list[bytes](), self._largest
        async for packed in response.aiter_raw():
            try:
                piece = unpacker.decompress(packed, left + 1) if unpacker else packed
            except zlib.error as error:
                raise httpx.DecodingError("not packed as it says", request=request) from error
            left -= len(piece)
            if left < 0:
                raise TooLarge("the answer is too large", request=request)
            pieces.append(piece)
        if unpacker and not unpacker.eof and pieces:
            raise httpx.DecodingError("it ends in the middle", request=request)
        return b"".join(pieces)


def _service(request: httpx.Request) -> str:
    """`task_manager` of `/api/task_manager/v2/tasks`; `accounts` of `/api/2/clients`, `token` of `/api/2/idp/token`."""
    _, _, service, *rest = f"{request.url.path}///".split("/")
    if not service.isdigit():
        return service
    return "token" if rest[0] == "idp" else "accounts"
