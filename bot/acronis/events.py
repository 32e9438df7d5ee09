"""The events client: whether Acronis says that tasks changed (acronis-plans §8, §10), for one account.

An event is a reason to poll and never data: only how many came is read, and where the stream stands after them. Neither
the types of task events nor the answer to an offset that is too old are published, so whatever comes is taken.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final, Unpack
from urllib.parse import quote
from uuid import NAMESPACE_URL, uuid5

import httpx

from bot import errors
from bot.acronis import pieces, refusals
from bot.acronis.auth import TOKEN_PATH
from bot.acronis.fields import retry_after
from bot.acronis.http import Connection, HttpClient, Params, Timeouts, check_url
from bot.model.values import dataclass

BATCH: Final = 100
"""Events of one answer at most."""
SESSION: Final = "PT1M"
"""For so long nobody else is given events after the last question. A question of 30 s must fit in."""
SCOPE: Final = "urn:acronis.com:event_manager:cti.a.p.em.topic.v1.0~a.p.task.v1.0:subscriber"
_BASE = "/api/event_manager/v1"
_TASKS = re.compile(r"cti\.a\.p\.em\.topic\.v\d+\.\d+~a\.p\.task\.v\d+\.\d+")
_ANY_TASK_EVENT = "cti.a.p.em.event.v1.0~a.p.task.*"
_MOST_TYPES = 32
_LARGEST = 8 * 2**20  # bytes of an answer: a hundred events have 64 KiB each at most
_MOST_READ = 100_000  # bytes of an error's body
_PER_SECOND = 4
_LAST_NUMBER = 2**63
_SCOPE = re.compile(r"urn:acronis\.com:[\w:.~{}\[\]=\"*-]{1,300}", re.ASCII)
_MISSING = "The API client may not read events of tasks: it lacks the scope {}."
_NO_API = "Acronis has no events here (HTTP 404)."
_GONE = (httpx.codes.NOT_FOUND, httpx.codes.GONE)


@dataclass(frozen=True, slots=True)
class Subscription:
    """`consumer` is who reads. Both ids are the same after a restart, so that nothing is left behind at Acronis."""

    topic: str
    id: str
    consumer: str


@dataclass(frozen=True, slots=True)
class Batch:
    """`count` events came, and the next question begins at `offset`. `pause` is how many seconds Acronis asks to be
    left alone, none where it does not say."""

    count: int
    offset: int
    pause: float | None = None

    @property
    def is_full(self) -> bool:
        return self.count >= BATCH


class EventsClient:
    """One account's client. Every method raises AcronisError and nothing else; NotFound where there is no such thing.

    The arguments are those of `AcronisClient`. It asks nothing twice: when to ask again is the caller's.
    """

    def __init__(
        self,
        account: str,
        url: str,
        client_id: str,
        client_secret: str,
        *,
        longest: float = 30.0,
        **connection: Unpack[Connection],
    ) -> None:
        """`longest` is how many seconds a question for events may be held; the time-outs are beyond that."""
        self.account = account
        self._client_id = client_id
        self._place = check_url(url)
        connection.setdefault("largest", _LARGEST)
        connection.setdefault("per_second", _PER_SECOND)
        timeouts = connection.get("timeouts", Timeouts())
        connection["timeouts"] = replace(timeouts, read=timeouts.read + longest, total=timeouts.total + longest)
        self._http = HttpClient.of_client(url, client_id, client_secret, judge, **connection)

    def __repr__(self) -> str:
        return f"EventsClient({self.account!r})"

    async def aclose(self) -> None:
        await self._http.aclose()

    async def topic(self) -> str:
        """The topic of tasks; "" where this client is shown none."""
        found = _ids(await self._read("/topics"))
        return max((each for each in found if _TASKS.fullmatch(each)), default="")

    async def subscribe(self, topic: str) -> Subscription:
        """To all events of the topic. Where the subscription is there already, it is used again."""
        types = sorted({each for each in _ids(await self._read("/types", [("topic_id", topic)])) if each})
        types = types if 1 <= len(types) <= _MOST_TYPES else [_ANY_TASK_EVENT]
        mine = f"{self._place} {self._client_id} {topic} {' '.join(types)}"  # other types are another subscription
        made = Subscription(topic, *(str(uuid5(NAMESPACE_URL, f"nightshift {part} {mine}")) for part in ("id", "who")))
        tenant = await self._tenant()
        body = {
            "subscription_id": made.id,
            "topic_id": topic,
            "types": types,
            "tenant_depth": "ALL",
            "auto_commit": False,
            "session_timeout": SESSION,
            **({"tenant_id": tenant} if tenant else {}),
        }
        response = await self._http.ask_once("POST", f"{_BASE}/subscriptions", body=body)
        if not response.is_success and response.status_code != httpx.codes.CONFLICT:
            raise judge(response, "")
        return made

    async def current(self, topic: str) -> int:
        """Where the topic's stream stands now. The path has two spellings."""
        position = ("position", "CURRENT")
        try:
            body = await self._read("/topics/offsets", [("topic_id", topic), position])
        except (errors.NotFound, errors.AcronisRejected):
            body = await self._read(f"/topics/{quote(topic, safe='~')}/offsets", [("topic_id", topic), position])
        return _offset(body)

    async def wait(self, subscription: Subscription, offset: int, seconds: float) -> Batch:
        """What came after `offset`: held by Acronis until there is something, for so many seconds."""
        asked = [
            ("subscription_id", subscription.id),
            ("consumer_id", subscription.consumer),
            ("offset", str(offset)),
            ("timeout", f"PT{round(seconds)}S"),
        ]
        response = await self._http.ask_once("GET", f"{_BASE}/events", params=asked)
        if response.status_code in (httpx.codes.ACCEPTED, httpx.codes.NO_CONTENT):
            return Batch(0, offset, retry_after(response))
        body = _json(response)
        events = body.get("events") if isinstance(body, dict) else None
        if not isinstance(events, list):
            raise refusals.unreadable()
        if not events:
            return Batch(0, offset, retry_after(response))
        reached = max(_numbers(body, events), default=offset)
        if reached <= offset:  # the same ones would come for ever
            raise refusals.unreadable()
        return Batch(len(events), reached)

    async def _tenant(self) -> str:
        """Where our tree begins; "" where Acronis does not say, and takes it from the token then."""
        path = f"/api/2/clients/{quote(self._client_id, safe='')}"
        response = await self._http.ask_once("GET", path)
        if response.status_code != httpx.codes.OK:
            return ""
        body = _json(response)
        tenant = body.get("tenant_id") if isinstance(body, dict) else None
        return tenant if isinstance(tenant, str) else ""

    async def _read(self, path: str, params: Params = ()) -> Any:
        return _json(await self._http.ask_once("GET", _BASE + path, params=params))


def judge(response: httpx.Response, what: str) -> errors.AcronisError:
    """As `refusals.judge`; the scope that is missing is named as Acronis names it, else as its documents do."""
    if not response.request.url.path.endswith(TOKEN_PATH):
        if response.status_code == httpx.codes.FORBIDDEN:
            return errors.MissingRole(_MISSING.format(_scope(response) or SCOPE))
        if response.status_code in _GONE:
            return errors.NotFound(_NO_API)
    return refusals.judge(response, what)


def _scope(response: httpx.Response) -> str:
    """The one that an error names as required, bare or inside `error`."""
    try:
        body = pieces.read(response.content[:_MOST_READ])
    except ValueError:
        return ""
    found = body
    for step in ("error", "context", "required_scope"):
        inside = found.get(step) if isinstance(found, dict) else None
        found = found if step == "error" and not isinstance(inside, dict) else inside
    return found if isinstance(found, str) and _SCOPE.fullmatch(found) else ""


def _json(response: httpx.Response) -> Any:
    if response.status_code != httpx.codes.OK:
        raise judge(response, "")
    try:
        return pieces.read(response.content)
    except (ValueError, RecursionError):
        raise refusals.unreadable() from None


def _ids(body: Any) -> Iterator[str]:
    """Of a plain array, or one inside `items`."""
    items = body.get("items") if isinstance(body, dict) else body
    if not isinstance(items, list):
        raise refusals.unreadable()
    return (each["id"] for each in items if isinstance(each, dict) and isinstance(each.get("id"), str))


def _offset(body: Any) -> int:
    found = next(_read_numbers([body.get("offset") if isinstance(body, dict) else None]), None)
    if found is None:
        raise refusals.unreadable()
    return found


def _numbers(body: dict[str, Any], events: list[Any]) -> Iterator[int]:
    """The place after a batch, and those of its events."""
    yield from _read_numbers([body.get("offset")])
    yield from _read_numbers(each.get("sequence") for each in events if isinstance(each, dict))


def _read_numbers(values: Any) -> Iterator[int]:
    """Those that fit into 64 bits, text or not."""
    for value in values:
        text = str(value) if isinstance(value, int | str) and not isinstance(value, bool) else ""
        if re.fullmatch(r"-?\d{1,19}", text, re.ASCII) and abs(int(text)) < _LAST_NUMBER:
            yield int(text)
