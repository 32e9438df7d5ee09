"""The Event Manager: topics, subscriptions and a long poll for what changed among the tasks (acronis-plans §10).

Each change of a task is one event. Its place in the stream is its sequence number; an offset is the number of the last
event that was read. The types of task events are published nowhere, so those here are made up.
"""

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from bot.sandbox.acronis.catalog import TENANTS, guid_of
from bot.sandbox.acronis.errors import Refusal
from bot.sandbox.acronis.faults import Faults
from bot.sandbox.acronis.table import Row, Table
from bot.sandbox.acronis.times import SECOND, read_stamp, write_stamp
from bot.sandbox.acronis.tokens import Grant
from bot.sandbox.acronis.world import World
from bot.sandbox.templates import Templates

TASKS: Final = "cti.a.p.em.topic.v1.0~a.p.task.v1.0"
SCOPE: Final = f"urn:acronis.com:event_manager:{TASKS}:subscriber"
SPELLINGS: Final = ("both", "query", "path")
_FILE: Final = Templates(__file__)
_FIRST: Final = 8_812_000  # a stream that is read from its beginning by nobody
_LOOK: Final = 0.05  # seconds between two looks whether something has changed
_DEPTHS: Final = ("CURRENT", "DIRECT", "ALL")
_DURATION: Final = re.compile(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?")
_MOST_EVENTS: Final = 100
_MOST_TYPES: Final = 32
_KINDS: Final = ("created", "updated", "completed")


@dataclass(slots=True)
class Subscription:
    """What one subscriber gets. `leader` is the consumer that read last, `seen_at` when; times in nanoseconds."""

    body: dict[str, Any]
    locator: str
    session: int
    offset: int
    leader: str = ""
    seen_at: int = 0


@dataclass(slots=True)
class Switches:
    """`busy` requests to come are answered 429. `api` and `topic`: whether there is such a thing. `offsets` is which of
    the two spellings is known. `retry_after` is in seconds."""

    api: bool = True
    topic: bool = True
    allowed: bool = True
    busy: int = 0
    retry_after: int = 1
    offsets: str = "both"


@dataclass(slots=True)
class Events:
    """`lost` is how many of the events that are kept are offered no more: an older offset is refused."""

    world: World
    faults: Faults
    switches: Switches = field(default_factory=Switches)
    subscriptions: dict[str, Subscription] = field(default_factory=dict[str, Subscription])
    lost: int = 0

    @property
    def _table(self) -> Table:
        return self.world.tasks

    @property
    def current(self) -> int:
        self.world.advance()
        return _FIRST + self._table.arrivals

    @property
    def earliest(self) -> int:
        return max(self.current - len(self._table.recent), _FIRST + self.lost)

    def lose(self) -> None:
        """No event of the past is offered any more."""
        self.lost = self._table.arrivals

    def flood(self, count: int) -> None:
        """So many more events, each about the newest task."""
        rows = list(self._table.recent)[-1:] or [Row({"id": 1, "tenant": {"id": "66", "locator": "/1/66/"}})]
        self._table.note(rows * count)

    # ── questions ──

    def topics(self) -> list[dict[str, Any]]:
        return [_FILE.fill(name) for name in (("task", "tenant") if self.switches.topic else ("tenant",))]

    def types(self, topic: str) -> list[dict[str, Any]]:
        known = _KINDS if topic == TASKS and self.switches.topic else ()
        return [{"id": _type(kind), "description": f"Task {kind} event", "topic_id": TASKS} for kind in known]

    def offset(self, topic: str, position: str, timestamp: str) -> dict[str, Any]:
        """Where the stream stands. Raises Refusal."""
        if topic not in [each["id"] for each in self.topics()]:
            raise event_error(404, "TopicNotFound", f"no topic {topic!r}")
        if position not in ("EARLIEST", "CURRENT", "TIMESTAMP"):
            raise event_error(400, "InvalidRequest", f"position: {position!r} is none of EARLIEST, TIMESTAMP, CURRENT")
        if topic != TASKS:
            return {"topic_id": topic, "offset": 0}
        if position == "TIMESTAMP":
            return {"topic_id": topic, "offset": self._offset_at(timestamp)}
        return {"topic_id": topic, "offset": self.earliest if position == "EARLIEST" else self.current}

    def _offset_at(self, timestamp: str) -> int:
        try:
            at = read_stamp(timestamp)
        except ValueError:
            raise event_error(400, "InvalidRequest", "timestamp is not a time") from None
        later = (number for number, row in self._kept() if (row.stamp("updatedAt") or 0) >= at)
        return max(next(later, self.current + 1) - 1, self.earliest)

    def subscribe(self, body: Any, home: Grant) -> dict[str, Any]:
        """Raises Refusal, 409 where the subscription is there already."""
        read = _read_subscription(body, home)
        if read["topic_id"] not in [each["id"] for each in self.topics()]:
            raise event_error(404, "TopicNotFound", f"no topic {read['topic_id']!r}")
        if read["subscription_id"] in self.subscriptions:
            raise event_error(409, "AlreadyExists", "another subscription has this id")
        tenant = next((each for each in TENANTS if each.uuid == read["tenant_id"]), None)
        if tenant is None or not tenant.locator.startswith(home.tenant.locator):
            raise forbidden()
        session = _duration(read["session_timeout"])
        self.subscriptions[read["subscription_id"]] = Subscription(read, tenant.locator, session, self.current)
        return read

    def subscription(self, key: str) -> Subscription:
        """Raises Refusal (404)."""
        if key not in self.subscriptions:
            raise event_error(404, "SubscriptionNotFound", f"no subscription {key!r}")
        return self.subscriptions[key]

    def commit(self, body: Any) -> dict[str, Any]:
        if not isinstance(body, dict) or not isinstance(body.get("offset"), int):
            raise event_error(400, "InvalidRequest", "offset is missing")
        subscription = self.subscription(str(body.get("subscription_id")))
        subscription.offset = body["offset"]
        return {"subscription_id": subscription.body["subscription_id"], "offset": subscription.offset}

    async def wait(self, query: Mapping[str, str]) -> dict[str, Any] | None:
        """A batch of events, None where nothing came in time. Raises Refusal, also where another consumer reads."""
        subscription = self.subscription(query.get("subscription_id", ""))
        consumer, offset = _uuid(query.get("consumer_id"), "consumer_id"), _number(query.get("offset"), "offset")
        limit = min(_number(query.get("limit", str(_MOST_EVENTS)), "limit"), _MOST_EVENTS)
        until = self.world.now() + min(_duration(query.get("timeout", "PT30S")), subscription.session)
        self._lead(subscription, consumer)
        if offset < self.earliest:
            raise event_error(400, "OffsetOutOfRange", f"events up to {self.earliest} are kept no more")
        while True:
            reached, found = self._read(subscription, offset, limit)
            if found or self.world.now() >= until or await self.faults.is_closing(_LOOK):
                break
        subscription.seen_at = self.world.now()
        return {"events": found, "offset": reached} if found else None

    def _lead(self, subscription: Subscription, consumer: str) -> None:
        """Raises Refusal (429) for a second consumer within the first one's session."""
        now = self.world.now()
        ends_at = subscription.seen_at + subscription.session
        if subscription.leader not in ("", consumer) and now < ends_at:
            raise too_many(math.ceil((ends_at - now) / SECOND))
        subscription.leader, subscription.seen_at = consumer, now

    def _read(self, subscription: Subscription, offset: int, limit: int) -> tuple[int, list[dict[str, Any]]]:
        self.world.advance()
        found, reached = list[dict[str, Any]](), offset
        if subscription.body["topic_id"] != TASKS:
            return reached, found
        for number, row in self._kept():
            if number <= offset or len(found) == limit:
                continue
            reached = number
            if _is_wanted(row, subscription):
                found.append(_event(row, number, self.world.now()))
        return reached, found

    def _kept(self) -> Iterator[tuple[int, Row]]:
        recent = self._table.recent
        return enumerate(recent, _FIRST + self._table.arrivals - len(recent) + 1)


# ── refusals ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def event_error(status: int, code: str, message: str, **context: str) -> Refusal:
    """The Event Manager's shape: everything inside `error`."""
    domain = "Access" if status == 403 else "EventManager"
    return Refusal(status, {"error": _FILE.fill("error", domain=domain, code=code, message=message, context=context)})


def forbidden() -> Refusal:
    return event_error(403, "AccessDenied", "access denied", required_scope=SCOPE)


def too_many(seconds: int) -> Refusal:
    return Refusal(429, "", {"Retry-After": str(seconds)})


# ── what is written and read ─────────────────────────────────────────────────────────────────────────────────────────


def _type(kind: str) -> str:
    return f"cti.a.p.em.event.v1.0~a.p.task.{kind}.v1.0"


def _type_of(row: Row) -> str:
    state = row.value("state")
    return _type("completed" if state == "completed" else "created" if state == "enqueued" else "updated")


def _event(row: Row, number: int, now: int) -> dict[str, Any]:
    tenant = str(row.value("tenant", "id") or "")
    return {
        "id": guid_of("event", str(number)),
        "type": _type_of(row),
        "source": "task-manager",
        "subject": str(row.value("uuid") or row.value("id") or ""),
        "tenant_id": next((each.uuid for each in TENANTS if each.number == tenant), guid_of("tenant", tenant)),
        "time": write_stamp(row.stamp("updatedAt") or now),
        "ingest_time": write_stamp(now),
        "sequence": number,
        "previous": number - 1,
    }


def _is_wanted(row: Row, subscription: Subscription) -> bool:
    """By type and by tenant."""
    kind, locator = _type_of(row), str(row.value("tenant", "locator") or "")
    if not any(
        kind == each or (each.endswith("*") and kind.startswith(each[:-1])) for each in subscription.body["types"]
    ):
        return False
    below = locator.removeprefix(subscription.locator) if locator.startswith(subscription.locator) else None
    most = {"CURRENT": 0, "DIRECT": 1}.get(subscription.body["tenant_depth"])
    return below is not None and (most is None or below.count("/") <= most)


def _read_subscription(body: Any, home: Grant) -> dict[str, Any]:
    """With what was left out filled in. Raises Refusal (400)."""
    if not isinstance(body, dict):
        raise event_error(400, "InvalidRequest", "the body is no object")
    types = body.get("types")
    if (
        not isinstance(types, list)
        or not 1 <= len(types) <= _MOST_TYPES
        or not all(isinstance(each, str) for each in types)
    ):
        raise event_error(400, "InvalidRequest", f"types: a list of 1 to {_MOST_TYPES}")
    if body.get("tenant_depth") not in _DEPTHS:
        raise event_error(400, "InvalidRequest", f"tenant_depth is none of {', '.join(_DEPTHS)}")
    return {
        "subscription_id": _uuid(body.get("subscription_id"), "subscription_id"),
        "topic_id": str(body.get("topic_id", "")),
        "types": types,
        "tenant_id": _uuid(body.get("tenant_id", home.tenant.uuid), "tenant_id"),
        "tenant_depth": body["tenant_depth"],
        "auto_commit": body.get("auto_commit") is True,
        "session_timeout": str(body.get("session_timeout", "PT30S")),
    }


def _uuid(value: Any, name: str) -> str:
    try:
        return str(UUID(value))
    except (ValueError, TypeError, AttributeError):
        raise event_error(400, "InvalidRequest", f"{name} is no UUID") from None


def _number(value: Any, name: str) -> int:
    try:
        return int(value)
    except (ValueError, TypeError):
        raise event_error(400, "InvalidRequest", f"{name} is no number") from None


def _duration(text: str) -> int:
    """ISO 8601 to nanoseconds. Raises Refusal (400)."""
    found = _DURATION.fullmatch(text)
    if not found:
        raise event_error(400, "InvalidRequest", f"{text!r} is no duration")
    days, hours, minutes, seconds = (int(each or 0) for each in found.groups())
    return (((days * 24 + hours) * 60 + minutes) * 60 + seconds) * SECOND
