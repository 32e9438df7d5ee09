"""What one person sees of the pretend Slack, as plain text: nothing that a customer typed may move the cursor."""

import asyncio
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from bot.sandbox import slack
from bot.sandbox.slack.elements import elements_of

Json = dict[str, Any]

_PAUSE = 3600.0  # seconds after which the journal is asked again even if it is silent
WINDOW = "window"


class What(StrEnum):
    """The sorts of things that happen."""

    TYPED = "typed"
    POSTED = "posted"
    EDITED = "edited"
    DELETED = "deleted"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Button:
    """`spoken` is the screen reader's longer label, "" where there is none."""

    label: str
    spoken: str
    action: str
    value: str


@dataclass(frozen=True, slots=True)
class Entry:
    """`key` is a ts or a view's id and outlives edits; `before` is what an edited one said. `at`: seconds since 1970.

    `place` is "#name", "only you", "direct message" or "window".
    """

    what: What
    at: float
    text: str
    key: str = ""
    channel: str = ""
    place: str = ""
    before: str = ""
    in_thread: bool = False
    buttons: tuple[Button, ...] = ()

    @property
    def first_line(self) -> str:
        return self.text.partition("\n")[0]

    @property
    def shows(self) -> bool:
        """Whether there is something to read that the bot said."""
        return self.what in (What.POSTED, What.EDITED)


class Transcript:
    """Everything that `reader`, a user's id, has seen so far, oldest first. `show` is called with each entry."""

    def __init__(
        self, pretend: slack.PretendSlack, reader: str, show: Callable[[Entry], None] = lambda entry: None
    ) -> None:
        self.seen: list[Entry] = []
        self._slack = pretend
        self._reader = reader
        self._show = show
        self._last: dict[str, str] = {}
        self._news = asyncio.Event()

    async def write(self) -> None:
        """Follows the pretend Slack until it closes."""
        journal, cursor = self._slack.journal, 0
        while not journal.closed or cursor < len(journal.entries):
            for raw in await journal.after(cursor, _PAUSE):
                cursor = raw["cursor"]
                if (entry := self._read(raw)) is not None:
                    self.seen.append(entry)
                    self._show(entry)
                    self._news.set()
                    self._news = asyncio.Event()

    async def until(self, wanted: Callable[[Entry], bool], since: int = 0) -> Entry:
        """The first entry from place `since` on that is wanted. Waits for it without end."""
        while True:
            for entry in self.seen[since:]:
                if wanted(entry):
                    return entry
            await self._news.wait()

    def _read(self, raw: Mapping[str, Any]) -> Entry | None:
        now = self._slack.state.now()
        match raw["kind"]:
            case "posted" | "edited" | "deleted" if raw["only_for"] in ("", self._reader):
                return self._message(raw, now)
            case "view" | "view updated" if raw["user"] == self._reader and raw["surface"] == "modal":
                what, view = What.POSTED if raw["kind"] == "view" else What.EDITED, raw["content"]
                text = view_words(view, self._names())
                return Entry(what, now, text, key=raw["view"], place=WINDOW, buttons=_buttons(view["blocks"]))
            case "command" if raw["user"] == self._reader:
                return Entry(What.TYPED, now, safe(raw["text"]))
            case "delivery" if raw["shown"]:
                return Entry(What.REFUSED, now, raw["shown"])
            case _:
                return None

    def _message(self, raw: Mapping[str, Any], now: float) -> Entry:
        key, text = raw["ts"], words(raw["text"], self._names())
        if raw["user"] == self._reader:
            return Entry(What.TYPED, now, text)
        before = self._last.get(key, "")
        self._last[key] = text
        channel = self._slack.place(raw["channel"])
        place = "direct message" if channel.direct_with else f"#{channel.name}"
        return Entry(
            What(raw["kind"]),
            now,
            text,
            key=key,
            channel=channel.id,
            place="only you" if raw["only_for"] else place,
            before=before,
            in_thread=bool(raw["thread_ts"]),
            buttons=_buttons(raw["blocks"]),
        )

    def _names(self) -> dict[str, str]:
        people = {each.id: each.name for each in self._slack.workspace.people.values()}
        return people | {each.id: each.name for each in self._slack.workspace.channels.values()}


def _buttons(blocks: Iterable[Mapping[str, Any]]) -> tuple[Button, ...]:
    buttons = (element for _, element in elements_of(blocks) if element["type"] == "button")
    return tuple(map(_button, buttons))


def _button(element: Json) -> Button:
    label, spoken = element["text"]["text"], element.get("accessibility_label", "")
    return Button(safe(label), safe(spoken), element["action_id"], element.get("value", ""))


# ── words ────────────────────────────────────────────────────────────────────────────────────────────────────────────

_TOKEN = re.compile(r"<([^<>\n]+)>")
_ENTITIES = (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&"))
_HARMLESS = "\n\u200d"  # the joiner holds emoji together


def words(text: str, names: Mapping[str, str]) -> str:
    """Slack's mrkdwn as people read it. `names` gives people's and channels' names by id."""
    readable = _TOKEN.sub(lambda found: _token(found[1], names), text)
    for entity, character in _ENTITIES:
        readable = readable.replace(entity, character)
    return safe(readable)


def safe(text: str) -> str:
    """The same text without what a terminal would obey."""
    kept = text.replace("\t", " ").replace("\r\n", "\n")
    return "".join(each for each in kept if each in _HARMLESS or unicodedata.category(each) not in ("Cc", "Cf", "Cs"))


def view_words(view: Json, names: Mapping[str, str]) -> str:
    """A modal: its title, then one line or more for each block."""
    lines = [view["title"]["text"], *(_block(block, names) for block in view["blocks"])]
    return "\n".join(line for line in lines if line.strip())


def _token(inner: str, names: Mapping[str, str]) -> str:
    """`@U1`, `#C1|name`, `!date^…|fallback`, `!here`, `https://…|label`: what stands between the brackets."""
    target, _, label = inner.partition("|")
    if target.startswith("!date^"):
        return label
    if target[0] in "@#":
        return target[0] + (label or names.get(target[1:], target[1:]))
    if target[0] == "!":
        return label or f"@{target[1:]}"
    return f"{label} ({target})" if label else target


def _block(block: Json, names: Mapping[str, str]) -> str:
    if block["type"] == "rich_text":
        return "\n".join(_part(part, names) for part in block["elements"])
    elements = (each for each in block.get("elements", ()) if each["type"] in ("plain_text", "mrkdwn"))
    texts = [text for text in (block.get("text"), *block.get("fields", ()), *elements) if text]
    return " · ".join(words(text["text"], names) if text["type"] == "mrkdwn" else safe(text["text"]) for text in texts)


def _part(part: Json, names: Mapping[str, str]) -> str:
    if part["type"] == "rich_text_list":
        return "\n".join(f"• {_part(each, names)}" for each in part["elements"])
    return safe("".join(_piece(piece, names) for piece in part["elements"]))


def _piece(piece: Json, names: Mapping[str, str]) -> str:
    match piece["type"]:
        case "text":
            return str(piece["text"])
        case "link":
            return f"{piece['text']} ({piece['url']})" if piece.get("text") else str(piece["url"])
        case "date":
            return str(piece.get("fallback", ""))
        case "user":
            return f"@{names.get(piece['user_id'], piece['user_id'])}"
        case "emoji":
            return f":{piece['name']}:"
        case other:
            return f"[{other}]"
