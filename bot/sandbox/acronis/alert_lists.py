"""Lists of the Alert Manager, and dismissal (plans §7): filters, order, cursors without a total. No HTTP in here."""

import re
from collections.abc import Callable
from operator import attrgetter
from typing import Any, Final

from bot.sandbox.acronis import alerts
from bot.sandbox.acronis.alerts import SEVERITIES, Alert
from bot.sandbox.acronis.errors import Refusal
from bot.sandbox.acronis.fleet import sees
from bot.sandbox.acronis.pages import Ask, Raw, comparison, page
from bot.sandbox.acronis.shape import Shape
from bot.sandbox.acronis.times import SECOND, write_stamp
from bot.sandbox.acronis.world import World
from bot.sandbox.templates import Templates

_FILE: Final = Templates(alerts.__file__)
_PLACE: Final = {name: number for number, name in enumerate(SEVERITIES)}
_ORDER: Final = re.compile(r"(asc|desc)\((\w+)\)")
_ORDERS: Final[dict[str, Callable[[Alert], Any]]] = {
    "created_at": attrgetter("created"),
    "updated_at": attrgetter("updated"),
    "deleted_at": lambda alert: alert.deleted or 0,
    "type": attrgetter("type"),
    "severity": lambda alert: _PLACE[alert.severity],
    "category": attrgetter("category"),
    "planId": lambda alert: alert.plan.key if alert.plan else "",
    "planName": lambda alert: alert.plan.name if alert.plan else "",
    "resourceId": lambda alert: alert.workload.key if alert.workload else "",
    "resourceName": lambda alert: alert.workload.name if alert.workload else "",
}


class AlertLists:
    """What the caller sees of the world's alerts."""

    def __init__(self, world: World, shape: Shape) -> None:
        self._world = world
        self._shape = shape

    def listing(self, ask: Ask) -> Raw:
        """Raises Refusal (400)."""
        found = self._found(ask)
        for direction, name in reversed(_orders(ask)):
            found.sort(key=_ORDERS[name], reverse=direction == "desc")
        return page(ask, found, _written, self._shape.alerts_page, tells_total=False)

    def single(self, ask: Ask) -> Raw:
        return _written(self._named(ask))

    def dismiss(self, ask: Ask) -> None:
        self._world.alerts.dismiss(self._named(ask), self._world.now())

    def dismiss_all(self, ask: Ask) -> None:
        """All that the filters let through: without one, everything in reach."""
        for alert in self._found(ask):
            self._world.alerts.dismiss(alert, self._world.now())

    def judge(self, ask: Ask) -> None:
        """Marks one as a false positive, or no longer."""
        alert = self._named(ask)
        value = ask.body.get("falsePositive") if isinstance(ask.body, dict) else None
        if not isinstance(value, bool):
            raise _error(400, "BadRequest", "falsePositive is not a boolean")
        alert.false_positive, alert.updated = value, self._world.now()

    def _visible(self, ask: Ask) -> list[Alert]:
        self._world.advance()
        now, blind = self._world.now(), self._world.fleet.blind()
        return [one for one in self._world.alerts.all(now) if sees(ask.locator, one.tenant.locator, blind)]

    def _named(self, ask: Ask) -> Alert:
        for alert in self._visible(ask):
            if alert.id == ask.key.upper() and (alert.deleted is None or ask.is_on("show_deleted")):
                return alert
        raise _error(404, "NotFound", f"alert {ask.key} not found")

    def _found(self, ask: Ask) -> list[Alert]:
        tests = [_test(ask, key) for key in _TESTS if key in ask.values]
        if not (ask.is_on("show_deleted") or ask.is_on("show_deleted_only")):
            tests.append(lambda alert: alert.deleted is None)
        if ask.is_on("show_deleted_only"):
            tests.append(lambda alert: alert.deleted is not None)
        return [alert for alert in self._visible(ask) if all(test(alert) for test in tests)]


Test = Callable[[Alert], bool]


def _error(status: int, code: str, message: str) -> Refusal:
    return Refusal(status, {"domain": "AlertManager", "code": code, "reason": message, "context": {}})


def _orders(ask: Ask) -> list[tuple[str, str]]:
    found = _ORDER.findall(",".join(ask.values.get("order", ())))
    if len(found) != len(ask.values.get("order", ())) or any(name not in _ORDERS for _, name in found):
        raise _error(400, "BadRequest", "order is not asc(field) or desc(field)")
    return found or [("desc", "created_at")]


def _test(ask: Ask, key: str) -> Test:
    try:
        return _TESTS[key](ask, key)
    except (KeyError, ValueError):
        raise _error(400, "BadRequest", f"{key}: {ask.values[key]!r} is not understood") from None


def _same(of: Callable[[Alert], tuple[str, ...]]) -> Callable[[Ask, str], Test]:
    """Any of the values, case-blind."""
    return lambda ask, key: lambda alert: ask.takes(key, *of(alert))


def _named_like(of: Callable[[Alert], str]) -> Callable[[Ask, str], Test]:
    """A part of the name; the whole of it in `eq(…)` and `or(…)`."""

    def read(ask: Ask, key: str) -> Test:
        text = ask.one(key)
        if text.startswith("or("):
            return lambda alert: ask.takes(key, of(alert))
        if text.startswith("eq("):
            return lambda alert: of(alert).casefold() == text[3:-1].casefold()
        return lambda alert: text.casefold() in of(alert).casefold()

    return read


def _severity(ask: Ask, key: str) -> Test:
    text = ask.one(key)
    if text.startswith("or("):
        return lambda alert: ask.takes(key, alert.severity)
    compare = comparison(text, _PLACE.__getitem__)
    return lambda alert: compare(_PLACE[alert.severity])


def _time(of: Callable[[Alert], int | None]) -> Callable[[Ask, str], Test]:
    def read(ask: Ask, key: str) -> Test:
        tests = [comparison(text, int) for text in ask.values[key]]
        return lambda alert: (at := of(alert)) is not None and all(test(at) for test in tests)

    return read


def _plan_name(alert: Alert) -> str:
    return alert.plan.name if alert.plan else ""


def _workload_name(alert: Alert) -> str:
    return alert.workload.name if alert.workload else ""


_TESTS: Final[dict[str, Callable[[Ask, str], Test]]] = {
    "id": _same(lambda alert: (alert.id,)),
    "type": _same(lambda alert: (alert.type,)),
    "category": _same(lambda alert: (alert.category,)),
    "tenant": _same(lambda alert: (alert.tenant.uuid, alert.tenant.number)),
    "planId": _same(lambda alert: (alert.plan.key if alert.plan else "",)),
    "resourceId": _same(lambda alert: (alert.workload.key if alert.workload else "",)),
    "planName": _named_like(_plan_name),
    "resourceName": _named_like(_workload_name),
    "query": _named_like(lambda alert: f"{_plan_name(alert)} {_workload_name(alert)}"),
    "severity": _severity,
    "created_at": _time(attrgetter("created")),
    "updated_at": _time(attrgetter("updated")),
    "deleted_at": _time(attrgetter("deleted")),
}


def _written(alert: Alert) -> Raw:
    """The server receives an alert a little later than it was created."""
    times = {"created": alert.created, "received": alert.created + SECOND, "updated": alert.updated}
    stamps = {name: write_stamp(at) for name, at in times.items()}
    deleted = "" if alert.deleted is None else write_stamp(alert.deleted)
    uuid = alert.tenant.uuid if alert.tenant.shows_uuid else ""
    return _FILE.fill("alert", alert=alert, uuid=uuid, deleted=deleted, details=alert.details or None, **stamps)
