"""What Slack delivers, as we act on it, and which deliveries came before. `parsing` reads them.

delivery = command | mention | tap | shortcut      everything else is `Other`: it is only acknowledged
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime

from cachetools import TTLCache

from bot.model import Press


@dataclass(frozen=True, slots=True)
class Sender:
    """Who a payload says sent it. `team_id` is where it was sent, `user_team_id` where that person belongs, if said."""

    user_id: str
    team_id: str
    user_team_id: str = ""
    enterprise_id: str = ""


@dataclass(frozen=True, slots=True)
class ReplyTo:
    """The ways back to the asker, each "" where there is none. `thread_ts` names the thread it came from."""

    user_id: str
    channel_id: str = ""
    response_url: str = ""
    thread_ts: str = ""


@dataclass(frozen=True, slots=True)
class Delivery:
    """`key` is the same when Slack delivers the same thing twice, "" where Slack gives none."""

    key: str
    sender: Sender
    reply_to: ReplyTo


@dataclass(frozen=True, slots=True)
class Command(Delivery):
    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Mention(Delivery):
    """A message that names the bot; `text` is the rest of it. `said_at` is None where Slack does not say."""

    text: str
    said_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Tap(Delivery):
    """A tap on a button. `trigger_id` opens one modal within 3 s; `is_link` where the button only opened a link.

    `view_id` is the modal it was tapped in, "" where it was none.
    """

    press: Press
    trigger_id: str
    view_id: str = ""
    is_link: bool = False


@dataclass(frozen=True, slots=True)
class Shortcut(Delivery):
    """One use of a message's shortcut. `words` are all that the message `message_ts` shows."""

    callback_id: str
    trigger_id: str
    message_ts: str
    words: str


@dataclass(frozen=True, slots=True)
class Other:
    """`asks_options` where Slack waits for the choices of a menu."""

    key: str
    kind: str
    asks_options: bool = False


@dataclass(slots=True, eq=False)
class Request:
    """A delivery that is being served. `is_sending` turns true when its answer may have reached the asker."""

    delivery: Delivery
    is_sending: bool = False


class Turns:
    """How many requests of one person are served at a time, and how many more wait; of all people, `in_all`."""

    def __init__(self, at_once: int = 3, waiting: int = 150, in_all: int = 40) -> None:
        self._at_once = at_once
        self._most = at_once + waiting
        self._room = asyncio.Semaphore(in_all)
        self._lines: dict[str, tuple[asyncio.Semaphore, list[Request]]] = {}

    def add(self, request: Request) -> bool:
        """Puts it into its sender's line. False where that is full; then nothing is kept of it."""
        semaphore = asyncio.Semaphore(self._at_once)
        _, line = self._lines.setdefault(request.delivery.sender.user_id, (semaphore, []))
        if len(line) >= self._most:
            return False
        line.append(request)
        return True

    @asynccontextmanager
    async def turn(self, request: Request) -> AsyncIterator[None]:
        """Waits for its turn, which ends with the block."""
        person = request.delivery.sender.user_id
        own, line = self._lines[person]
        try:
            async with own, self._room:
                yield
        finally:
            line.remove(request)
            if not line:
                del self._lines[person]


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
