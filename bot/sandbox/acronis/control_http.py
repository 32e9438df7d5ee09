"""The control of the pretend Acronis by HTTP.

`POST /control/fail {"resource": "SRV-SQL01"}` calls `fail(resource="SRV-SQL01")`. What only looks is a GET as well.
"""

import json
from dataclasses import asdict
from functools import partial
from typing import Any, Final

from aiohttp import web

from bot.sandbox.acronis.control import Control

_SCENARIOS: Final = ("fail", "recover", "storm", "future", "add", "grow", "delete")
_FAULTY: Final = ("slow", "fault", "clear", "outage", "malformed", "poison", "hold", "release")
_SERVER: Final = ("reset", "now", "settings", "revoke")
_PLANS: Final = ("application", "applications", "answer_run", "runs", "forbid")
_WORLD: Final = (
    "events",
    *("pause", "withdraw", "skip", "quota", "retries", "fail_next", "reschedule", "zero_bytes"),
    *("agent", "tenant", "self_service", "workload", "protect", "delete_workload", "dst"),
    *("hang", "wait", "finish", "alert"),
)
_DOES: Final = frozenset((*_SCENARIOS, *_FAULTY, *_SERVER, *_PLANS, *_WORLD))
_LOOKS: Final = frozenset({"requests", "holds", "now", "settings", "resources"})
_DUMPS: Final = partial(json.dumps, default=asdict)


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
            return web.json_response(getattr(control, name)(**words), dumps=_DUMPS)
        except (LookupError, TypeError, ValueError) as error:
            return web.json_response({"error": str(error)}, status=400)

    return [web.get("/control/{name}", answer), web.post("/control/{name}", answer)]


async def _body(request: web.Request) -> dict[str, Any]:
    text = await request.text()
    body = json.loads(text) if text.strip() else {}
    if not isinstance(body, dict):
        raise TypeError("the body is not a JSON object")
    return body
