"""One question to Acronis, until there is an answer or nothing more to hope for.

Owns the HTTP client: addresses, connections, time-outs, retries, redirects. Knows paths and bytes, nothing of tasks.
"""

import asyncio
import random
import ssl
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from functools import cache
from ipaddress import ip_address
from typing import Any, TypedDict, Unpack

import httpx
import structlog
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception, retry_if_result, stop_after_attempt

from bot.acronis.auth import TOKEN_PATH, TokenAuth
from bot.acronis.fields import retry_after, served_at
from bot.acronis.refusals import (
    ANOTHER_PLACE,
    certificate_fault,
    is_out_of_order,
    judge,
    left_alone,
    no_connection,
    unreadable,
)
from bot.acronis.transport import LARGEST, PER_SECOND, BoundedTransport, Observe
from bot.errors import AcronisError, SettingsError, WrongDataCentre
from bot.model.values import dataclass

log = structlog.get_logger(__name__)

Params = Sequence[tuple[str, str]]
Sleep = Callable[[float], Awaitable[None]]
Judge = Callable[[httpx.Response, str], AcronisError]
"""As `refusals.judge`."""

TRIES = 3
"""One, and two more: what Acronis asks for after a 50x (reference §13)."""
PAUSE = (1.0, 2.0)
"""Seconds between tries, drawn evenly, so that many clients do not come back at once."""
LONGEST_WAIT = 10.0
"""Seconds of a Retry-After that are waited for; a longer one is passed on in the error."""
_MOST_REDIRECTS = 3
_MOST_CONNECTIONS = 10
_KEEP_ALIVE = 30.0
_EXAMPLE = "https://eu2-cloud.acronis.com"

_LOST = (httpx.NetworkError, httpx.RemoteProtocolError, httpx.ConnectTimeout, httpx.DecodingError)
"""What may work a second later. A read time-out is not among them: asking a slow server again makes it slower."""


_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError, httpx.UnsupportedProtocol)
"""What happens before the first byte of a request is sent."""


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds to connect, between two pieces of an answer, to send, to wait for a free connection, and in all."""

    connect: float = 5.0
    read: float = 30.0
    write: float = 10.0
    pool: float = 10.0
    total: float = 60.0

    def of_httpx(self) -> httpx.Timeout:
        return httpx.Timeout(connect=self.connect, read=self.read, write=self.write, pool=self.pool)


class Connection(TypedDict, total=False):
    """How an account is reached. `proxy` is the one on the way there, "" for none.

    An answer has at most `largest` bytes once it is unpacked, and there are at most `per_second` requests a second.
    `sleep` is how it waits, `elapsed` how time goes, both in seconds; tests hand in their own.
    `observe` hears of each request.
    """

    timeouts: Timeouts
    largest: int
    per_second: int
    proxy: str
    sleep: Sleep
    elapsed: Callable[[], float]
    observe: Observe | None


@dataclass(frozen=True, slots=True)
class Body:
    content: bytes
    served_at: datetime | None


class HttpClient:
    """GETs below `url`, questions by POST, and requests that are sent once.

    `sleep` is how it waits, and `elapsed` a clock that never goes back, in seconds. An answer has at most
    `largest` bytes, and there are at most `per_second` requests a second.
    """

    def __init__(
        self,
        url: str,
        auth: httpx.Auth,
        *,
        timeouts: Timeouts = Timeouts(),
        sleep: Sleep = asyncio.sleep,
        elapsed: Callable[[], float] = time.monotonic,
        largest: int = LARGEST,
        per_second: int = PER_SECOND,
        proxy: str = "",
        judge: Judge = judge,
        observe: Observe | None = None,
    ) -> None:
        self._judge = judge
        inner = httpx.AsyncHTTPTransport(
            verify=_authorities() if url.startswith("https:") else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT),
            limits=httpx.Limits(
                max_connections=_MOST_CONNECTIONS,
                max_keepalive_connections=_MOST_CONNECTIONS,
                keepalive_expiry=_KEEP_ALIVE,
            ),
            proxy=proxy or None,
            trust_env=False,
        )
        self._client = httpx.AsyncClient(
            base_url=url,
            auth=auth,
            headers={"User-Agent": "nightshift", "Accept": "application/json", "Accept-Encoding": "gzip"},
            timeout=timeouts.of_httpx(),
            follow_redirects=False,
            transport=BoundedTransport(inner, timeouts.total, largest, per_second, sleep, elapsed, observe),
            trust_env=False,
        )
        self._sleep = sleep
        self._elapsed = elapsed
        self._left_alone_until: dict[str, float] = {}

    @classmethod
    def of_client(
        cls, url: str, client_id: str, client_secret: str, judge: Judge = judge, **connection: Unpack[Connection]
    ) -> "HttpClient":
        """With the token of an API client. Raises SettingsError as `check_url` does."""
        place = check_url(url)
        elapsed = connection.get("elapsed", time.monotonic)
        auth = TokenAuth(place, client_id, client_secret, elapsed=elapsed)
        return cls(place, auth, judge=judge, **connection)

    async def aclose(self) -> None:
        await self._client.aclose()

    async def get(self, path: str, params: Params, what: str = "", judge: Judge | None = None) -> Body:
        """The body of a 200. `what` names the one thing asked for, "" for a list. Raises AcronisError, nothing else.

        `judge` stands in for the client's own.
        """
        return await self._ask("GET", path, what, judge or self._judge, params=list(params))

    async def query(self, path: str, asked: Any, judge: Judge) -> Body:
        """As `get`, of a question that is sent as JSON by POST and changes nothing."""
        return await self._ask("POST", path, "", judge, json=asked)

    async def _ask(self, method: str, path: str, what: str, judge: Judge, **asked: Any) -> Body:
        retrying = AsyncRetrying(
            sleep=self._sleep,
            stop=stop_after_attempt(self._tries(path)),
            wait=_pause,
            retry=retry_if_result(_is_worth_repeating) | retry_if_exception(_may_come_again),
            retry_error_callback=_last_outcome,
        )
        try:
            response: httpx.Response = await retrying(self._follow, method, path, asked)
        except httpx.RequestError as error:
            raise no_connection(error) from error
        except httpx.InvalidURL as error:  # of a redirect, or with a page token that no address holds
            raise unreadable() from error
        self._heed(response, path)
        if _is_tokens(response.request):  # the token endpoint's own answer: there is no token
            raise self._judge(response, what)
        if response.status_code != httpx.codes.OK:
            raise judge(response, what)
        return Body(response.content, served_at(response))

    async def put_once(self, path: str, body: Any) -> httpx.Response:
        """Sends JSON one time: no try is repeated and no redirect followed. Gives whatever was answered.

        Only where the token is refused (401), the request goes out once more with a fresh one: who is not known has had
        nothing accepted. Raises AcronisError where it was not sent for certain, httpx.RequestError where it may have
        been.
        """
        return await self._send_once("PUT", path, body=body)

    async def ask_once(self, method: str, path: str, *, params: Params = (), body: Any = None) -> httpx.Response:
        """As `put_once`, for what may be asked again by whoever asks. Raises AcronisError, nothing else."""
        try:
            return await self._send_once(method, path, params=params, body=body)
        except httpx.RequestError as error:
            raise no_connection(error) from error

    async def _send_once(self, method: str, path: str, *, params: Params = (), body: Any = None) -> httpx.Response:
        self._tries(path)
        try:
            response = await self._client.request(method, path, params=list(params), json=body)
        except httpx.RequestError as error:
            if _is_tokens(error.request) or isinstance(error, _NOT_SENT) or certificate_fault(error):
                raise no_connection(error) from error
            raise
        self._heed(response, path)
        if _is_tokens(response.request):  # the token endpoint's own answer: there is no token
            raise self._judge(response, "")
        return response

    def _tries(self, path: str) -> int:
        """One where Acronis had asked to be left alone by this service, or by the one that gives tokens. Raises
        AcronisUnavailable while that lasts."""
        until = [self._left_alone_until[key] for key in (_service(path), TOKEN_PATH) if key in self._left_alone_until]
        if not until:
            return TRIES
        left = max(until) - self._elapsed()
        if left > 0:
            raise left_alone(left)
        return 1

    def _heed(self, response: httpx.Response, path: str) -> None:
        """Keeps how long a service of Acronis's asks to be left alone, where that is too long to be waited for."""
        asked = (retry_after(response) or 0.0) if is_out_of_order(response.status_code) else 0.0
        service = TOKEN_PATH if _is_tokens(response.request) else _service(path)
        if asked > LONGEST_WAIT:
            self._left_alone_until[service] = self._elapsed() + asked
            log.warning("acronis asks to be left alone", seconds=round(asked), status=response.status_code)
        else:
            self._left_alone_until.pop(service, None)
            self._left_alone_until.pop(TOKEN_PATH, None)

    async def _follow(self, method: str, path: str, asked: dict[str, Any]) -> httpx.Response:
        """Redirects are followed by hand, those of a GET: never to another host, where the token would go along."""
        request = self._client.build_request(method, path, **asked)
        response = await self._client.send(request)
        for _ in range(_MOST_REDIRECTS):
            if response.next_request is None or response.request.method != "GET":
                break
            if _origin(request.url) != _origin(response.next_request.url):
                raise WrongDataCentre(ANOTHER_PLACE)
            response = await self._client.send(self._client.build_request("GET", response.next_request.url))
        return response


def check_url(url: str, setting: str = "ACRONIS_URL") -> str:
    """The data centre's address without a slash at its end; raises SettingsError, naming `setting`.

    https is required, since each request carries a token; plain http is taken on loopback only.
    """
    try:
        parsed = httpx.URL(url.strip())
    except httpx.InvalidURL:
        raise SettingsError([f"{setting} is not an address; it looks like {_EXAMPLE}."]) from None
    if parsed.scheme not in ("https", "http") or not parsed.host:
        raise SettingsError([f"{setting} must be a whole address like {_EXAMPLE}."])
    if parsed.scheme == "http" and not is_loopback(parsed.host):
        raise SettingsError([f"{setting} must begin with https://; plain http is taken on this machine only."])
    if parsed.userinfo or parsed.query or parsed.fragment:
        raise SettingsError([f"{setting} must be the data centre's address alone, like {_EXAMPLE}."])
    return str(parsed).rstrip("/")


@cache
def _authorities() -> ssl.SSLContext:
    """Whom https is believed. Read once for all accounts, which takes 40 ms, and not for plain http."""
    return httpx.create_ssl_context()


def is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _service(path: str) -> str:
    """`/api/task_manager` of `/api/task_manager/v2/tasks`."""
    return "/".join(path.split("/")[:3])


def _is_tokens(request: httpx.Request) -> bool:
    """Whether it went to the token endpoint, whose refusal is the answer to everything that needs a token."""
    return request.url.path.endswith(TOKEN_PATH)


def _origin(url: httpx.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port or {"http": 80, "https": 443}.get(url.scheme)


def _is_worth_repeating(response: httpx.Response) -> bool:
    if not is_out_of_order(response.status_code):
        return False
    return (retry_after(response) or 0.0) <= LONGEST_WAIT


def _may_come_again(error: BaseException) -> bool:
    return isinstance(error, _LOST) and not certificate_fault(error)


def _pause(state: RetryCallState) -> float:
    drawn = random.uniform(*PAUSE)  # noqa: S311 - jitter, not a secret
    if state.outcome is None or state.outcome.failed:
        return drawn
    asked = retry_after(state.outcome.result())
    return drawn if asked is None else asked


def _last_outcome(state: RetryCallState) -> httpx.Response:
    """After the last try: its answer, or its exception once more."""
    if state.outcome is None:
        raise AssertionError("tenacity calls this after a try")
    response: httpx.Response = state.outcome.result()
    return response
