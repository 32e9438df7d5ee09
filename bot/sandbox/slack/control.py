"""The control API: the methods of PretendSlack over HTTP, by the same names. Loopback only, no token asked."""

import inspect
import json
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from aiohttp import web

from bot.sandbox.slack.calls import ControlError, Json
from bot.sandbox.slack.deliveries import Delivery
from bot.sandbox.slack.faults import Hold
from bot.sandbox.slack.messages import Message
from bot.sandbox.slack.people import Person
from bot.sandbox.slack.pretend import PretendSlack
from bot.sandbox.slack.views import View

_PEOPLE = (
    "close_view",
    "command",
    "delete",
    "event",
    "mention",
    "open_home",
    "pick",
    "redeliver",
    "say",
    "shortcut",
    "submit",
    "tap",
)
_CALLS = ("clear_faults", "fault", "forget_limits", "hold", "release")
_CONNECTIONS = ("cut", "disable_link", "disconnect", "restore", "revoke", "set_request_url", "set_scopes")
_CHANNELS = ("archive", "close_edit_window", "invite", "leave", "set_group")
ORDERS = tuple(sorted((*_PEOPLE, *_CALLS, *_CONNECTIONS, *_CHANNELS)))  # methods of PretendSlack
LONGEST_WAIT = 60.0


def add_routes(router: web.UrlDispatcher, slack: PretendSlack) -> None:
    """Every answer is JSON; what cannot be done is a 400 with `error` in words."""
    reads: dict[str, Callable[[web.Request], Any]] = {
        "channel/{channel}": lambda request: _channel(slack, request.match_info["channel"]),
        "user/{user}": lambda request: _user(slack, slack.person(request.match_info["user"])),
        "deliveries": lambda _: slack.deliveries,
        "requests": lambda _: slack.requests,
        "sockets": lambda _: {"open": len(slack.sockets.open)},
        "trouble": lambda _: slack.trouble(),
        "channels": lambda _: [channel.as_json() for channel in slack.workspace.channels.values()],
        "people": lambda _: [person.as_json(slack.state.now()) for person in slack.workspace.people.values()],
    }
    for path, read in reads.items():
        router.add_get(f"/control/{path}", _answering(read))

    async def order(request: web.Request) -> Json:
        result = _bound(getattr(slack, request.match_info["order"]), await request.text())()
        return {"ok": True, "result": await result if inspect.isawaitable(result) else result}

    async def stream(request: web.Request) -> web.StreamResponse:
        return await (_entries if "since" in request.query else _lines)(slack, request)

    router.add_get("/control/stream", stream)
    router.add_post(f"/control/{{order:{'|'.join(ORDERS)}}}", _answering(order))
    router.add_post("/control/{order}", _unknown)


def _answering(read: Callable[[web.Request], Any]) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def answer(request: web.Request) -> web.StreamResponse:
        try:
            found = read(request)
            return web.json_response(await found if inspect.isawaitable(found) else found, dumps=_DUMPS)
        except ControlError as error:
            return web.json_response({"error": str(error)}, status=400)

    return answer


async def _unknown(request: web.Request) -> web.StreamResponse:
    error = f"no order {request.match_info['order']!r}; there are {', '.join(ORDERS)}"
    return web.json_response({"error": error}, status=404)


def _channel(slack: PretendSlack, channel: str) -> Json:
    """What the channel shows, and every message it ever had."""
    return {"channel": slack.place(channel).as_json(), "shown": slack.shown(channel), "posts": slack.posts(channel)}


def _user(slack: PretendSlack, person: Person) -> Json:
    """What one user alone sees: ephemeral messages, direct messages, open modals (topmost last), the Home tab."""
    direct = [] if person.bot else slack.direct(person.id)
    views = {"modals": slack.views.stacks.get(person.id, []), "home": slack.views.homes.get(person.id)}
    return {"whispers": slack.whispers(person.id), "direct": direct} | views


async def _entries(slack: PretendSlack, request: web.Request) -> web.StreamResponse:
    """One answer: what came after `since`, waited for up to `wait` seconds."""
    try:
        since, wait = int(request.query["since"]), float(request.query.get("wait", "0"))
    except ValueError:
        return web.json_response({"error": "since and wait are numbers"}, status=400)
    entries = await slack.journal.after(max(since, 0), min(wait, LONGEST_WAIT))
    return web.json_response({"cursor": entries[-1]["cursor"] if entries else since, "entries": entries})


async def _lines(slack: PretendSlack, request: web.Request) -> web.StreamResponse:
    """Lines of JSON without end."""
    response = web.StreamResponse(headers={"Content-Type": "application/x-ndjson"})
    await response.prepare(request)
    cursor = 0
    try:
        while not slack.journal.closed:
            for entry in await slack.journal.after(cursor, LONGEST_WAIT):
                await response.write(json.dumps(entry).encode() + b"\n")
                cursor = entry["cursor"]
    except ConnectionError:
        return response  # the reader went away
    await response.write_eof()
    return response


def _bound(method: Callable[..., Any], text: str) -> Callable[[], Any]:
    """The method with its arguments. Raises ControlError where they do not fit it."""
    try:
        bound = inspect.signature(method).bind(**json.loads(text or "{}"))
    except (ValueError, TypeError) as error:
        raise ControlError(f"wrong arguments: {error}; wanted {inspect.signature(method)}") from error
    return lambda: method(*bound.args, **bound.kwargs)


def _plain(noun: Any) -> Json:
    match noun:
        case Message():
            return noun.as_record()
        case View():
            return noun.as_json() | {"errors": noun.errors, "open": noun.open, "versions": len(noun.versions)}
        case Delivery() | Hold():
            return noun.as_json()
        case _:
            raise TypeError(f"no JSON for {noun!r}")


_DUMPS = partial(json.dumps, default=_plain)
