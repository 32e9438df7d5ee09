"""What happened in the pretend Slack, as one person sees it: a list that grows, and that any number of readers follow.

The terminal is one reader; a page in a browser would be another. Knows nothing of how it is shown.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from bot.sandbox import slack
from bot.sandbox.demo.readable import safe, view_words, words
from bot.sandbox.slack.layouts import elements_of

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
class Happening:
    """`key` stays the same through a message's edits: its ts, or a window's view id. `at` in seconds since 1970.

    `place` is "#name", "only you", "direct message" or "window"; `before` is what an edited one said until now.
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
    """Everything that `reader`, a user's id, has seen so far, oldest first."""

    def __init__(self, pretend: slack.PretendSlack, reader: str) -> None:
        self.seen: list[Happening] = []
        self._slack = pretend
        self._reader = reader
        self._last: dict[str, str] = {}
        self._closed = False
        self._news = asyncio.Event()

    async def write(self) -> None:
        """Follows the pretend Slack until it closes."""
        cursor = 0
        while not self._slack.journal.closed or cursor < len(self._slack.journal.entries):
            for entry in await self._slack.journal.after(cursor, _PAUSE):
                cursor = entry["cursor"]
                if (happening := self._read(entry)) is not None:
                    self.seen.append(happening)
                    self._wake()
        self._closed = True
        self._wake()

    async def read(self) -> AsyncIterator[Happening]:
        """Each happening from the first on; ends when the pretend Slack has closed."""
        place = 0
        while True:
            while place < len(self.seen):
                yield self.seen[place]
                place += 1
            if self._closed:
                return
            await self._news.wait()

    async def until(self, wanted: Callable[[Happening], bool], since: int = 0) -> Happening:
        """The first happening from place `since` on that is wanted. Waits for it without end."""
        while True:
            for happening in self.seen[since:]:
                if wanted(happening):
                    await asyncio.sleep(0)  # readers who have been woken show it before anything follows
                    return happening
            await self._news.wait()

    def _wake(self) -> None:
        self._news.set()
        self._news = asyncio.Event()

    def _read(self, entry: Mapping[str, Any]) -> Happening | None:
        now = self._slack.state.now()
        match entry["kind"]:
            case "posted" | "edited" | "deleted":
                return self._message(entry, now)
            case "view" | "view updated" if entry["user"] == self._reader and entry["surface"] == "modal":
                return self._window(entry, now)
            case "command" if entry["user"] == self._reader:
                return Happening(What.TYPED, now, safe(entry["text"]))
            case "delivery" if entry["shown"]:
                return Happening(What.REFUSED, now, entry["shown"])
            case _:
                return None

    def _message(self, entry: Mapping[str, Any], now: float) -> Happening | None:
        if entry["only_for"] not in ("", self._reader):
            return None
        key, text = entry["ts"], words(entry["text"], self._names())
        if entry["user"] == self._reader:
            return Happening(What.TYPED, now, text)
        before = self._last.get(key, "")
        self._last[key] = text
        return Happening(
            What(entry["kind"]),
            now,
            text,
            key=key,
            channel=entry["channel"],
            place="only you" if entry["only_for"] else self._place(entry["channel"]),
            before=before,
            in_thread=bool(entry["thread_ts"]),
            buttons=_buttons(entry["blocks"]),
        )

    def _window(self, entry: Mapping[str, Any], now: float) -> Happening:
        what = What.POSTED if entry["kind"] == "view" else What.EDITED
        view = entry["content"]
        text = view_words(view, self._names())
        return Happening(what, now, text, key=entry["view"], place=WINDOW, buttons=_buttons(view["blocks"]))

    def _place(self, channel: str) -> str:
        found = self._slack.place(channel)
        return "direct message" if found.direct_with else f"#{found.name}"

    def _names(self) -> dict[str, str]:
        people = {each.id: each.name for each in self._slack.workspace.people.values()}
        return people | {each.id: each.name for each in self._slack.workspace.channels.values()}


def _buttons(blocks: Iterable[Mapping[str, Any]]) -> tuple[Button, ...]:
    elements = (element for _, element in elements_of(blocks) if element["type"] == "button")
    return tuple(
        Button(
            safe(each["text"]["text"]),
            safe(each.get("accessibility_label", "")),
            each["action_id"],
            each.get("value", ""),
        )
        for each in elements
    )
