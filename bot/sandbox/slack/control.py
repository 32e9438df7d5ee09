"""The control API: the pretend Slack's own methods over HTTP, by the same names. Loopback only, no token asked.

`POST /control/<method>` takes the method's arguments as a JSON object and answers with what it returns. `GET` reads.
"""

import inspect
import json
from collections.abc import Callable
from typing import Any

from aiohttp import web

from bot.sandbox.slack.deliveries import Delivery
from bot.sandbox.slack.faults import Hold
from bot.sandbox.slack.messages import Message
from bot.sandbox.slack.pretend import PretendSlack
from bot.sandbox.slack.refusal import ControlError, Json
from bot.sandbox.slack.views import View

ORDERS = (
    "archive",
    "clear_faults",
    "close_edit_window",
    "close_view",
    "command",
    "cut",
    "delete",
    "disconnect",
    "event",
    "fault",
    "forget_limits",
    "hold",
    "invite",
    "leave",
    "mention",
    "open_home",
    "release",
    "restore",
    "revoke",
    "say",
    "set_request_url",
    "set_scopes",
    "shortcut",
    "submit",
    "tap",
)
"""The methods of PretendSlack that can be called over HTTP."""
LONGEST_WAIT = 60.0


def add_routes(router: web.UrlDispatcher, slack: PretendSlack) -> None:
    desk = Desk(slack)
    router.add_post("/control/{order}", desk.order)
    router.add_get("/control/channel/{channel}", desk.channel)
    router.add_get("/control/user/{user}", desk.user)
    router.add_get("/control/stream", desk.stream)
    reads: dict[str, Callable[[], Any]] = {
        "deliveries": lambda: slack.deliveries,
        "requests": lambda: slack.requests,
        "sockets": lambda: {"open": len(slack.sockets.open)},
        "trouble": slack.trouble,
        "channels": lambda: [channel.as_json() for channel in slack.workspace.channels.values()],
        "people": lambda: [person.as_json(slack.state.now()) for person in slack.workspace.people.values()],
    }
    for name, read in reads.items():
        router.add_get(f"/control/{name}", _reader(read))


class Desk:
    """Where orders come in. Every answer is JSON; what cannot be done is a 400 with `error` in words."""

    def __init__(self, slack: PretendSlack) -> None:
        self._slack = slack

    async def order(self, request: web.Request) -> web.Response:
        name = request.match_info["order"]
        if name not in ORDERS:
            return web.json_response({"error": f"no order {name!r}; there are {', '.join(ORDERS)}"}, status=404)
        try:
            called = _bound(getattr(self._slack, name), await request.text())
            result = called()
            if inspect.isawaitable(result):
                result = await result
        except ControlError as error:
            return web.json_response({"error": str(error)}, status=400)
        return web.json_response({"ok": True, "result": plain(result)})

    async def channel(self, request: web.Request) -> web.Response:
        """What the channel shows, and every message it ever had."""
        try:
            channel = request.match_info["channel"]
            return web.json_response(
                {
                    "channel": self._slack.place(channel).as_json(),
                    "shown": plain(self._slack.shown(channel)),
                    "posts": plain(self._slack.posts(channel)),
                }
            )
        except ControlError as error:
            return web.json_response({"error": str(error)}, status=400)

    async def user(self, request: web.Request) -> web.Response:
        """What one user alone sees: ephemeral messages, direct messages, open modals (topmost last), the Home tab."""
        try:
            user = self._slack.person(request.match_info["user"]).id
            direct = [] if self._slack.person(user).bot else self._slack.direct(user)
        except ControlError as error:
            return web.json_response({"error": str(error)}, status=400)
        views = self._slack.views
        return web.json_response(
            {
                "whispers": plain(self._slack.whispers(user)),
                "direct": plain(direct),
                "modals": plain(views.stacks.get(user, [])),
                "home": plain(views.homes.get(user)),
            }
        )

    async def stream(self, request: web.Request) -> web.StreamResponse:
        """With `since`, one answer: what came after it, waited for up to `wait` seconds. Without, lines without end."""
        journal = self._slack.journal
        if "since" in request.query:
            try:
                since, wait = int(request.query["since"]), float(request.query.get("wait", "0"))
            except ValueError:
                return web.json_response({"error": "since and wait are numbers"}, status=400)
            entries = await journal.after(max(since, 0), min(wait, LONGEST_WAIT))
            return web.json_response({"cursor": entries[-1]["cursor"] if entries else since, "entries": entries})
        return await self._lines(request)

    async def _lines(self, request: web.Request) -> web.StreamResponse:
        journal = self._slack.journal
        response = web.StreamResponse(headers={"Content-Type": "application/x-ndjson"})
        await response.prepare(request)
        cursor = 0
        try:
            while not journal.closed:
                for entry in await journal.after(cursor, LONGEST_WAIT):
                    await response.write(json.dumps(entry).encode() + b"\n")
                    cursor = entry["cursor"]
        except ConnectionError:
            return response  # the reader went away
        await response.write_eof()
        return response


def _reader(read: Callable[[], Any]) -> Callable[[web.Request], Any]:
    async def answer(_: web.Request) -> web.Response:
        return web.json_response(plain(read()))

    return answer


def _bound(method: Callable[..., Any], text: str) -> Callable[[], Any]:
    """The method with its arguments. Raises ControlError where they do not fit it."""
    try:
        sent = json.loads(text or "{}")
        bound = inspect.signature(method).bind(**sent)
    except (ValueError, TypeError) as error:
        raise ControlError(f"wrong arguments: {error}; wanted {inspect.signature(method)}") from error
    return lambda: method(*bound.args, **bound.kwargs)


def plain(value: Any) -> Any:
    """Our nouns as JSON."""
    if isinstance(value, Message):
        return value.as_record()
    if isinstance(value, View):
        extra: Json = {"errors": value.errors, "open": value.open, "versions": len(value.versions)}
        return value.as_json() | extra
    if isinstance(value, Delivery | Hold):
        return value.as_json()
    if isinstance(value, list):
        return [plain(each) for each in value]
    return value
