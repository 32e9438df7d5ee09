"""The demo as a page in a browser: what each person sees as it happens, what they do, what the panel does.

    GET  /demo/events?as=mia       all that Mia sees, from the start on, as Server-Sent Events: arrays of entries
    POST /demo/do/VERB?as=mia      Mia does something (`VERBS`)
    POST /demo/world/ORDER         the panel (`Orders.NAMES`), `tour` and `stop`

Both POSTs take a JSON object of arguments. `guard` keeps other pages and other machines away.
"""

import asyncio
import json
import secrets
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Any

from aiohttp import web

from bot.model import Verb
from bot.sandbox import slack
from bot.sandbox.demo.bot_process import Processes
from bot.sandbox.demo.commands import COMMANDS, MENTION, SHORTCUT, TEXTS
from bot.sandbox.demo.orders import Orders, WorldError
from bot.sandbox.demo.tour import Tour
from bot.sandbox.guard import HEADERS
from bot.sandbox.page.files import add_page
from bot.sandbox.page.gallery import add_gallery

Json = dict[str, Any]

PEOPLE = {"mia": "U0MIA", "noah": "U0NOAH"}
CHANNELS = (slack.ALERTS, "C0FALLBACK", "G0PRIVATE", "C0GENERAL")
VERBS = ("command", "say", "tap", "shortcut", "submit", "close_view", "open_home")
_BEAT = 15.0  # seconds of silence after which a comment says that the line is open


class Page:
    """Made before the processes are: the page stands while the world is still being made. `verbs` are the bot's."""

    def __init__(self, verbs: Callable[[], Sequence[Verb]] = tuple) -> None:
        self._verbs = verbs
        self._orders: Orders | None = None
        self._tour: Tour | None = None

    def add_routes(self, router: web.UrlDispatcher, pretend: slack.PretendSlack) -> None:
        people = People(pretend)
        add_page(router, "/")
        add_gallery(router, self._verbs)
        router.add_get("/demo/events", people.events)
        router.add_post("/demo/do/{verb}", people.do)
        router.add_post("/demo/world/{order}", self._world)

    async def play(self, processes: Processes) -> None:
        """Serves the panel until it is cancelled."""
        orders = Orders(processes)
        self._tour = Tour(orders, processes)
        self._orders = orders
        orders.tell()
        try:
            await orders.watch()
        finally:
            await self._tour.stop()

    async def _world(self, request: web.Request) -> web.StreamResponse:
        if self._orders is None or self._tour is None:
            return web.json_response({"error": "The world is still being made."}, status=503)
        name = request.match_info["order"]
        try:
            if name == "tour":
                said = await self._tour.start()
            elif name == "stop":
                said = await self._tour.stop()
            else:
                said = await self._orders.obey(name, await _arguments(request))
        except (WorldError, ValueError) as error:
            return web.json_response({"error": str(error)}, status=400)
        return web.json_response({"said": said})


class People:
    """What `?as=NAME` may see and do in the pretend Slack."""

    def __init__(self, pretend: slack.PretendSlack) -> None:
        self._slack = pretend
        self._run = secrets.token_hex(4)

    async def events(self, request: web.Request) -> web.StreamResponse:
        """Everything from the start on: a page that was reloaded shows the same. Ends when the demo does."""
        user = _user(request)
        stream = web.StreamResponse(
            headers=HEADERS | {"Content-Type": "text/event-stream", "Cache-Control": "no-store"}
        )
        await stream.prepare(request)
        journal, cursor = self._slack.journal, self._last_seen(request)
        first = [self._hello(user)]
        with suppress(ConnectionError):
            while not journal.closed:
                entries = journal.entries[cursor:] if first else await journal.after(cursor, _BEAT)
                cursor += len(entries)
                seen = first + _newest([entry for entry in entries if self._sees(user, entry)])
                await stream.write(self._event(seen, cursor) if seen else b": still here\n\n")
                first = []
        return stream

    def _event(self, entries: list[Json], cursor: int) -> bytes:
        return f"id: {self._run}.{cursor}\ndata: {json.dumps(entries)}\n\n".encode()

    def _last_seen(self, request: web.Request) -> int:
        """Where a page that lost its line goes on; what it saw of an earlier demo does not count."""
        run, _, number = request.headers.get("Last-Event-ID", "").partition(".")
        is_ours = run == self._run and number.isascii() and number.isdigit()
        return min(int(number), len(self._slack.journal.entries)) if is_ours else 0

    async def do(self, request: web.Request) -> web.StreamResponse:
        verb, user = request.match_info["verb"], _user(request)
        if verb not in VERBS:
            return web.json_response({"error": f"People here can {', '.join(VERBS)}."}, status=404)
        try:
            return web.json_response({"shown": await self._done(verb, user, await _arguments(request))})
        except (slack.ControlError, ValueError, TypeError) as error:
            return web.json_response({"error": str(error)}, status=400)

    async def _done(self, verb: str, user: str, sent: Json) -> str:
        """What Slack shows the person for it: "" or the name of an error. Raises ControlError, TypeError."""
        if verb == "say":
            return await self._say(user, **sent)
        if verb == "shortcut":
            sent |= {"callback_id": SHORTCUT}
        order: Callable[..., Awaitable[slack.Delivery | None]] = getattr(self._slack, verb)
        delivery = await order(user, **sent)
        return delivery.shown if delivery is not None else ""

    async def _say(self, user: str, channel: str, text: str, thread_ts: str = "") -> str:
        if MENTION not in text:
            self._slack.say(user, channel, text, thread_ts=thread_ts)
            return ""
        delivery = await self._slack.mention(user, channel, text, thread_ts=thread_ts)
        return delivery.shown if delivery is not None else ""

    def _sees(self, user: str, entry: Json) -> bool:
        match entry["kind"]:
            case "posted" | "edited" | "deleted":
                place = self._slack.place(entry["channel"])
                return entry["only_for"] in ("", user) and place.direct_with in ("", user)
            case "view" | "view updated" | "view errors" | "view closed":
                return bool(entry["user"] == user)
            case kind:
                return bool(kind == "demo")

    def _hello(self, user: str) -> Json:
        """What a page has to know before the first message."""
        work, person = self._slack.workspace, self._slack.person(user)
        channels = [work.channels[each] for each in CHANNELS]
        return {
            "kind": "hello",
            "run": self._run,
            "me": {"id": user, "name": person.name, "real_name": person.real_name, "zone": person.zone},
            "people": [{"id": each.id, "name": each.name} for each in work.people.values()],
            "channels": [{"id": each.id, "name": each.name, "private": each.private} for each in channels],
            "groups": [{"id": each.id, "name": each.handle} for each in work.groups.values()],
            "direct": work.direct(user).id,
            "others": [name for name, id_ in PEOPLE.items() if id_ != user],
            "commands": COMMANDS,
            "hints": TEXTS["hints"],
        }


async def _arguments(request: web.Request) -> Json:
    """Raises ValueError."""
    text = await request.text()
    sent = json.loads(text or "{}")
    if not isinstance(sent, dict):
        raise ValueError("An object of arguments is wanted.")  # noqa: TRY004  (foreign data, not a wrong call)
    return sent


def _user(request: web.Request) -> str:
    """Raises HTTPNotFound."""
    name = request.query.get("as") or next(iter(PEOPLE))
    if name not in PEOPLE:
        raise web.HTTPNotFound(text=f"Take one of these people: {', '.join(f'?as={each}' for each in PEOPLE)}\n")
    return PEOPLE[name]


def _newest(entries: list[Json]) -> list[Json]:
    """Of many edits of one message in one go only the last: a page that is opened late need not draw them all."""
    last = {entry["ts"]: entry["cursor"] for entry in entries if entry["kind"] == "edited"}
    return [entry for entry in entries if entry["kind"] != "edited" or last[entry["ts"]] == entry["cursor"]]


async def until_gone(page: Page, processes: Processes, stopped: asyncio.Event) -> None:
    """Plays until a signal comes."""
    playing = asyncio.create_task(page.play(processes))
    try:
        await asyncio.wait((playing, asyncio.ensure_future(stopped.wait())), return_when=asyncio.FIRST_COMPLETED)
    finally:
        playing.cancel()
        await asyncio.gather(playing, return_exceptions=True)
