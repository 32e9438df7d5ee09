"""Serves the gallery: the same page at /gallery, and what it shows as JSON, in Slack's own form."""

import asyncio
import json
import re
from collections.abc import Callable, Sequence
from typing import Any

from aiohttp import web

from bot.model import Home, Modal, Verb
from bot.sandbox.gallery import Entry, Group, groups
from bot.sandbox.gallery.nouns import NOW
from bot.sandbox.gallery.samples import BERLIN
from bot.sandbox.guard import HEADERS
from bot.sandbox.page.files import add_file
from bot.sandbox.slack.people import FILE

Json = dict[str, Any]


def add_gallery(router: web.UrlDispatcher, verbs: Callable[[], Sequence[Verb]]) -> None:
    """`verbs` gives what people can type after /tasks. The page itself stands there already."""

    async def answer(_: web.Request) -> web.StreamResponse:
        body = await asyncio.to_thread(lambda: json.dumps(gallery(verbs())))
        return web.Response(text=body, content_type="application/json", headers=HEADERS)

    add_file(router, "/gallery", "page.html")
    router.add_get("/gallery.json", answer)


def gallery(verbs: Sequence[Verb]) -> Json:
    """All groups, and what their blocks need to be drawn: names by id, the zone, the time it is."""
    names = {
        kind: [{"id": id_, "name": each[field]} for id_, each in FILE.fill(kind).items()]
        for kind, field in (("people", "name"), ("channels", "name"), ("groups", "handle"))
    }
    surroundings = {**names, "zone": BERLIN.key, "now": NOW.timestamp() * 1000}
    return {"surroundings": surroundings, "groups": [_group(group) for group in groups(verbs)]}


def _group(group: Group) -> Json:
    key = _key(group.title)
    entries = [_entry(entry, f"{key}-{place}") for place, entry in enumerate(group.entries)]
    about = {"key": key, "title": group.title, "about": group.about, "at": group.at.timestamp()}
    return {**about, "entries": entries}


def _key(title: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", title.casefold()).strip("-")


def _entry(entry: Entry, key: str) -> Json:
    kind, content = _content(entry)
    about = {"key": key, "builder": entry.builder, "title": entry.title, "state": entry.state}
    return {**about, "kind": kind, "content": content}


def _content(entry: Entry) -> tuple[str, Json]:
    shown = entry.shown
    if isinstance(shown, Home):
        return "home", {"type": "home", "blocks": shown.blocks}
    if isinstance(shown, Modal):
        labels = {"title": shown.title, "close": shown.close, "submit": shown.submit}
        words = {name: {"type": "plain_text", "text": text} for name, text in labels.items() if text}
        return "modal", {"type": "modal", **words, "blocks": shown.blocks}
    return "message", {"text": shown.text, "blocks": shown.blocks}
