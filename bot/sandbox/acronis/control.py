"""Turns the pretend Acronis from outside: everything that `/control/…` can do, as methods and by HTTP.

A method's name is its path: `POST /control/fail {"resource": "SRV-SQL01"}` calls `fail(resource="SRV-SQL01")`. A method
without arguments that only looks is a GET as well. Open to whoever reaches the port, so the server listens on loopback.
"""

import json
from dataclasses import asdict, is_dataclass
from typing import Any, Final

from aiohttp import web

from bot.sandbox.acronis.catalog import ASSIGNMENTS
from bot.sandbox.acronis.faults import FAULTS, OUTAGES, Fault
from bot.sandbox.acronis.scenarios import Scenarios, one_of
from bot.sandbox.acronis.service import ENDS, ENVELOPES
from bot.sandbox.acronis.times import SECOND, write_stamp
from bot.sandbox.acronis.tokens import EXPIRIES

_SCENARIOS: Final = ("fail", "recover", "storm", "future", "add", "grow", "delete")
_FAULTY: Final = ("slow", "fault", "clear", "outage", "malformed", "hold", "release")
_SERVER: Final = ("reset", "now", "settings", "revoke")
_DOES: Final = frozenset((*_SCENARIOS, *_FAULTY, *_SERVER))
_LOOKS: Final = frozenset({"requests", "holds", "now", "settings", "resources"})
_BROKEN_ITEMS: Final[tuple[Any, ...]] = (None, 17, "task", [], {}, {"id": "not a number", "state": 5, "tenant": "x"})


class Control(Scenarios):
    """The scenarios, and the server's own moods. Everything answers with something that JSON can say."""

    def slow(self, seconds: float, path: str = "/api/") -> dict[str, float]:
        """Each answer takes so long from now on; 0 ends it."""
        self._service.faults.slow, self._service.faults.slow_path = float(seconds), path
        return {"slow": seconds}

    def fault(
        self,
        kind: str,
        count: int | None = 1,
        path: str = "/api/task_manager",
        retry_after: int | None = None,
        as_date: bool = False,
        location: str = "http://elsewhere.example",
    ) -> dict[str, str]:
        """The next `count` requests under `path` go wrong (`FAULTS`); with null until `clear`. Raises ValueError."""
        one_of("kind", kind, FAULTS)
        self._service.faults.pending.append(Fault(kind, path, retry_after, as_date, location, count))
        return {"fault": kind}

    def clear(self) -> dict[str, bool]:
        """No fault, no outage, no slowness, no malformed items."""
        self._service.faults.clear()
        self._service.malformed.clear()
        return {"clear": True}

    def outage(self, on: bool = True, mode: str = "502") -> dict[str, str]:
        """The whole service is away, its token endpoint too: `502`, `503` or `reset`. Raises ValueError."""
        one_of("mode", mode, OUTAGES)
        self._service.faults.outage = mode if on else ""
        return {"outage": self._service.faults.outage}

    def malformed(self, items: list[Any] | None = None, count: int = 1) -> dict[str, int]:
        """The next `count` list answers hold these items besides the real ones; without any, one of each usual sort."""
        self._service.malformed += [list(_BROKEN_ITEMS) if items is None else items] * count
        return {"pages": count}

    def hold(self, path: str = "/api/task_manager") -> dict[str, int]:
        """The next request whose path begins so gets no answer until `release`."""
        return {"hold": self._service.faults.hold(path).number}

    def holds(self) -> dict[str, Any]:
        """Which holds there are, and whether each has caught a request by now."""
        holds = self._service.faults.holds()
        found = [{"hold": one.number, "path": one.path, "held": one.is_held.is_set()} for one in holds]
        return {"held": any(one["held"] for one in found), "holds": found}

    async def caught(self, hold: int) -> None:
        """In one process only: waits until the hold has caught a request."""
        await next(one for one in self._service.faults.holds() if one.number == hold).is_held.wait()

    def release(self, hold: int | None = None) -> dict[str, int]:
        """Lets one hold go, or all. Raises KeyError for an unknown one."""
        return {"released": self._service.faults.release(hold)}

    def reset(self) -> dict[str, bool]:
        """Everything as it was at the start."""
        self._service.reset()
        self._last = None
        return {"reset": True}

    def now(self, offset: float | None = None, date_offset: int | None = None) -> dict[str, Any]:
        """The server's time. `offset` seconds move its whole clock, `date_offset` only the Date header."""
        if offset is not None:
            self._world.offset = round(float(offset) * SECOND)
        if date_offset is not None:
            self._service.settings.date_offset = date_offset
        return {"now": write_stamp(self._world.now()), "offset": self._world.offset / SECOND}

    def settings(
        self,
        envelope: str | None = None,
        end: str | None = None,
        max_page: int | None = None,
        unauthorised: str | None = None,
        role: bool | None = None,
        token_lifetime: float | None = None,
        token_expiry: str | None = None,
    ) -> dict[str, Any]:
        """What the reference leaves open: see the package's page. `token_lifetime` in seconds. Raises ValueError."""
        settings, tokens = self._service.settings, self._service.tokens
        allowed = {"envelope": ENVELOPES, "end": ENDS, "unauthorised": ("json", "html")}
        wanted: dict[str, Any] = {
            "envelope": envelope,
            "end": end,
            "unauthorised": unauthorised,
            "max_page": max_page,
            "role": role,
        }
        for name, value in wanted.items():
            if value is not None:
                setattr(settings, name, one_of(name, value, allowed[name]) if name in allowed else value)
        if token_lifetime is not None:
            tokens.lifetime = round(float(token_lifetime) * SECOND)
        if token_expiry is not None:
            tokens.expiry = one_of("token_expiry", token_expiry, EXPIRIES)
        lasting = {"token_lifetime": tokens.lifetime / SECOND, "token_expiry": tokens.expiry}
        return asdict(settings) | lasting | {"tokens_issued": tokens.issued}

    def revoke(self) -> dict[str, int]:
        """Every token is invalid from now on."""
        return {"revoked": self._service.tokens.revoke_all()}

    def requests(self, path: str = "/api/") -> list[dict[str, Any]]:
        """All requests so far whose path begins so, oldest first. No secrets in it."""
        return [asdict(seen) for seen in self._service.log if seen.path.startswith(path)]

    def resources(self) -> list[dict[str, str]]:
        """What can be made to fail: each resource with each of its plans."""
        return [
            {"resource": one.workload.name, "resource_id": one.workload.key}
            | {"plan": one.plan.name, "tenant": one.workload.tenant.name}
            for one in ASSIGNMENTS
        ]


def _plain(answer: object) -> Any:
    if is_dataclass(answer) and not isinstance(answer, type):
        return asdict(answer)
    return [_plain(one) for one in answer] if isinstance(answer, list) else answer


def routes(control: Control) -> list[web.RouteDef]:
    """`/control/{name}` for each method that may be called from outside."""

    async def answer(request: web.Request) -> web.Response:
        name = request.match_info["name"]
        looks = request.method == "GET"
        if name not in (_LOOKS if looks else _DOES):
            return web.json_response({"error": f"no control {name!r}"}, status=404)
        try:
            words = {key: request.query[key] for key in ("path",) if key in request.query}
            words |= {} if looks else await _body(request)
            return web.json_response(_plain(getattr(control, name)(**words)))
        except (LookupError, TypeError, ValueError) as error:
            return web.json_response({"error": str(error)}, status=400)

    return [web.get("/control/{name}", answer), web.post("/control/{name}", answer)]


async def _body(request: web.Request) -> dict[str, Any]:
    text = await request.text()
    body = json.loads(text) if text.strip() else {}
    if not isinstance(body, dict):
        raise TypeError("the body is not a JSON object")
    return body
