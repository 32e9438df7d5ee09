"""What Slack delivers, as we act on it, and which deliveries came before. `parsing` reads them.

delivery = command | mention | tap | shortcut | submission | home opened

Everything else is `Other`: it is only acknowledged.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any

from cachetools import TTLCache

from bot.model import Form, Press, Whence

_SHORT_ROUND = 0.01
_LONGEST_CALM = 0.1
"""Seconds: a machine that is always behind answers ten questions a second all the same."""


@dataclass(frozen=True, slots=True)
class Sender:
    """Who a payload says sent it. `team_id` is where it was sent, `user_team_id` where that person belongs, if said."""

    user_id: str
    team_id: str
    user_team_id: str = ""
    enterprise_id: str = ""


@dataclass(frozen=True, slots=True)
class ReplyTo:
    """The ways back to the asker, each "" where there is none. `thread_ts` names the thread it came from.

    `message_ts` is the message that was pressed, or the one whose button opened the window.
    """

    user_id: str
    channel_id: str = ""
    response_url: str = ""
    thread_ts: str = ""
    message_ts: str = ""


@dataclass(frozen=True, slots=True)
class Delivery:
    """`key` is the same when Slack delivers the same thing twice, "" where Slack gives none."""

    key: str
    sender: Sender
    reply_to: ReplyTo

    @property
    def via(self) -> str:
        """How it was made, as `Whence` says it."""
        return "button"

    @property
    def whence(self) -> Whence:
        to = self.reply_to
        return Whence(to.channel_id, to.thread_ts, self.key, self.via, to.message_ts)


@dataclass(frozen=True, slots=True)
class Command(Delivery):
    """`people` are the ids of those whom the text mentions, by the words that stand for them."""

    name: str
    text: str
    people: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def via(self) -> str:
        return "command"


@dataclass(frozen=True, slots=True)
class Mention(Delivery):
    """A message that names the bot; `text` is the rest of it. `said_at` is None where Slack does not say.

    `people` are as a command's.
    """

    text: str
    said_at: datetime | None = None
    people: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def via(self) -> str:
        return "mention"


@dataclass(frozen=True, slots=True)
class Tap(Delivery):
    """A tap on a button, or a choice in a menu. `trigger_id` opens one modal within 3 s.

    `is_link` where it only opened a link; `is_entry` where it only filled in a form. `view_id` is the modal it was
    tapped in, "" where it was none. `option` is the button that a menu's option stands for; None where it is no menu.
    """

    press: Press
    trigger_id: str
    view_id: str = ""
    is_link: bool = False
    option: Press | None = None
    is_home: bool = False
    is_entry: bool = False

    @property
    def via(self) -> str:
        return "home" if self.is_home else "button"


@dataclass(frozen=True, slots=True)
class Shortcut(Delivery):
    """One use of a message's shortcut. `words` are all that the message `message_ts` shows."""

    callback_id: str
    trigger_id: str
    message_ts: str
    words: str


@dataclass(frozen=True, slots=True)
class Submission(Delivery):
    """A window's submit button. `view` is the window as it stood, with its inputs; `inputs` are their block ids.

    `is_stacked`: it lies on other windows. `below` is the one below it, "" where there is none or more than one.
    """

    form: Form
    view_id: str
    view: Mapping[str, Any]
    inputs: tuple[str, ...] = ()
    title: str = ""
    is_stacked: bool = False
    below: str = ""

    @property
    def via(self) -> str:
        return "form"


@dataclass(frozen=True, slots=True)
class HomeOpened(Delivery):
    """A person looks at the Home tab. `hash` is that of the Home they see, "" where there was none yet."""

    hash: str = ""

    @property
    def via(self) -> str:
        return "home"


@dataclass(frozen=True, slots=True)
class Other:
    """`asks_options` where Slack waits for the choices of a menu."""

    key: str
    kind: str
    asks_options: bool = False


class Acknowledgement:
    """What Slack is answered to a form. Slack acts on the first `body` that is given; a repetition gets the latest."""

    def __init__(self) -> None:
        self._given = asyncio.Event()
        self.body: Mapping[str, Any] = {}

    @property
    def is_given(self) -> bool:
        return self._given.is_set()

    def give(self, body: Mapping[str, Any]) -> bool:
        """Whether it is the first one."""
        is_first = not self.is_given
        self.body = body
        self._given.set()
        return is_first

    async def wait(self, seconds: float) -> bool:
        """Whether one is given within that time."""
        try:
            async with asyncio.timeout(seconds):
                await self._given.wait()
        except TimeoutError:
            return False
        return True


@dataclass(slots=True, eq=False)
class Request:
    """A delivery that is being served. `is_sending` turns true when its answer may have reached the asker.

    `came_at` is in seconds of the monotonic clock. Only forms have an `acknowledgement` that says something.
    """

    delivery: Delivery
    is_sending: bool = False
    came_at: float = field(default_factory=time.monotonic)
    acknowledgement: Acknowledgement = field(default_factory=Acknowledgement)

    def left(self, seconds: float) -> float:
        """What is left of the first `seconds` since it came."""
        return max(0.0, self.came_at + seconds - time.monotonic())


class Room(Enum):
    """Whether a request was taken, or what is full: its sender's own line, or all of them together."""

    TAKEN = "taken"
    OWN_FULL = "own full"
    ALL_FULL = "all full"


class Turns:
    """How many requests of one person are served at a time, and how many more wait; of all people, `in_all`.

    At most `room` are kept of all people. Past that only who has fewer than `at_once` is taken, up to twice as many: a
    few who ask without end keep nobody out.
    """

    def __init__(self, at_once: int = 3, waiting: int = 150, in_all: int = 40, room: int = 400) -> None:
        self._at_once = at_once
        self._most = at_once + waiting
        self._served = asyncio.Semaphore(in_all)
        self._start = asyncio.Lock()
        self._room = room
        self._kept = 0
        self._lines: dict[str, tuple[asyncio.Semaphore, list[Request]]] = {}

    def __len__(self) -> int:
        """How many are served or wait."""
        return self._kept

    def add(self, request: Request) -> Room:
        """Puts it into its sender's line. Where there is no room, nothing is kept of it."""
        person = request.delivery.sender.user_id
        semaphore, line = self._lines.get(person) or (asyncio.Semaphore(self._at_once), [])
        if len(line) >= self._most:
            return Room.OWN_FULL
        if self._kept >= (self._room if len(line) >= self._at_once else 2 * self._room):
            return Room.ALL_FULL
        line.append(request)
        self._kept += 1
        self._lines[person] = semaphore, line
        return Room.TAKEN

    @asynccontextmanager
    async def turn(self, request: Request) -> AsyncIterator[None]:
        """Waits for its turn, which ends with the block. One begins at a time, and not while the loop is behind."""
        person = request.delivery.sender.user_id
        own, line = self._lines[person]
        try:
            async with own, self._served:
                async with self._start:
                    await _calm()
                yield
        finally:
            line.remove(request)
            self._kept -= 1
            if not line:
                del self._lines[person]


async def _calm() -> None:
    """Returns once a round of the event loop is short, after `_LONGEST_CALM` at the latest.

    An acknowledgement takes some rounds. So many answers at a time that each of them is long keep it waiting, and no
    answer comes sooner by it.
    """
    began = time.monotonic()
    while True:
        before = time.thread_time()  # the loop's own work: what else the machine does is no reason to wait
        await asyncio.sleep(0)
        if time.thread_time() - before < _SHORT_ROUND or time.monotonic() - began > _LONGEST_CALM:
            return
        await asyncio.sleep(_SHORT_ROUND)


class SeenDeliveries:
    """Remembers keys for `seconds`, at most `capacity` of them.

    An hour outlives Slack's last repetition of an event, 6 minutes after the first (slack-platform.md §4.3).
    """

    def __init__(
        self, *, seconds: float = 3600.0, capacity: int = 20_000, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._keys: TTLCache[str, bool] = TTLCache(capacity, seconds, timer=monotonic)

    def add(self, key: str) -> bool:
        """Whether `key` was new. An empty key is always new: it tells nothing apart."""
        if key in self._keys:
            return False
        if key:
            self._keys[key] = True
        return True
