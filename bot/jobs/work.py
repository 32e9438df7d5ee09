"""This process among those that share the work: it says that it lives, holds its share, and knows what it may do now.

What was held at the last beat may be done until `length` after that beat began, by a clock that goes on while the
process is stopped: then others may take it. Writing is safe in any case (`store.members` checks the fence); what goes
to Slack is not, and is cut off at that moment.
"""

import asyncio
import math
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar
from datetime import timedelta

import structlog

from bot.errors import LeaseLost, StoreError
from bot.model import Clock
from bot.store.guard import guarded
from bot.store.members import CHANNEL, Assignment, Members, piece

log = structlog.get_logger(__name__)

_HELD: ContextVar[tuple[str, int]] = ContextVar("held")
"""What the task that runs now is at, and its fence."""

IDLE_SECONDS = 10.0
"""A channel to which nothing was sent for so long is given back."""


class Work:
    """`length` is how long `members` counts it as alive, in real time; `pieces` are what is to be shared at all times.

    Where no other process can be there, all is taken when it is asked for, and kept.
    """

    def __init__(
        self,
        members: Members,
        clock: Clock,
        length: timedelta,
        pieces: Collection[str] = (),
        is_reached: Callable[[], bool] = lambda: True,
        begin: Callable[[str], None] = lambda _: None,
    ) -> None:
        """`is_reached` says whether people's presses and questions come to this process. `begin` is called with each
        piece that is taken: it need not wait for its time."""
        self._begin = begin
        self._members = members
        self._is_reached = is_reached
        self._clock = clock
        self.length = length
        self._length = math.inf if members.is_alone else length.total_seconds()
        self._pieces = frozenset(pieces)
        self._until = -math.inf
        self._fences: Mapping[str, int] = {}
        self._leaving: frozenset[str] = frozenset()
        self._elsewhere: frozenset[str] = frozenset()  # what others held at the last beat
        self._at_work: Counter[str] = Counter()
        self._used_at: dict[str, float] = {}
        self._taken: dict[str, float] = {}  # when each was taken, since the last beat
        self._limits: dict[asyncio.Timeout, tuple[str, int]] = {}  # of what each bounds, and its fence
        self._turn = asyncio.Lock()
        self._has_left = False
        self.size = 1
        """How many processes share the work."""
        self.rank = 0
        """The how manieth of them this one is, from 0 on."""
        self.others_reached = False
        """Whether people's presses and questions come to another one of them."""

    @property
    def owner(self) -> str:
        """The name of this process."""
        return self._members.owner

    @property
    def interval(self) -> timedelta:
        """Between two beats: four may be late before this process counts as dead."""
        return self.length / 5

    async def take_over(self) -> None:
        """Where no other process can be there, whatever one before it held is free. Raises StoreUnavailable."""
        if self._members.is_alone:
            await self._members.take_all()

    async def beat(self) -> None:
        """The job. Raises StoreUnavailable."""
        if not self._members.is_alone or not self._fences:
            await self._beat()

    async def take(self, channels: Collection[str]) -> None:
        """Takes those of `channels` that nobody holds, as far as they are this process's share. Where it is overdue to
        say that it lives, it says it. Raises StoreUnavailable."""
        asked = {piece(CHANNEL, channel) for channel in channels} - self._fences.keys() - self._elsewhere
        if asked or _seconds() >= self._until:
            await self._beat(asked)

    async def leave(self) -> None:
        """Others take its work at once; where that cannot be written, when its time is over."""
        if self._has_left or self._members.is_alone:
            return
        async with self._turn:
            self._has_left, self._fences = True, {}
            try:
                with guarded(None):
                    await self._members.leave(self._clock.now())
            except StoreError as error:
                log.info("work is left without a word", reason=error.told)

    def held(self) -> int:
        """How many leases this process holds."""
        return sum(map(self.holds, self._fences))

    def holds(self, name: str) -> bool:
        """Whether this process may do it now, and is not about to leave it to another."""
        return name in self._fences and name not in self._leaving and _seconds() < self._until

    @contextmanager
    def at(self, name: str) -> Iterator[None]:
        """What this task writes meanwhile, it writes as the holder of `name`. Raises LeaseLost."""
        if not self.holds(name):
            raise _lost(name)
        self._at_work[name] += 1
        fence = self._fences[name]
        token = _HELD.set((name, fence))
        try:
            with guarded(self._members.guard(name, fence)):
                yield
        finally:
            _HELD.reset(token)
            self._at_work[name] -= 1
            self._used_at[name] = _seconds()

    async def do(self, name: str, job: Callable[[], Awaitable[None]]) -> None:
        """Does the job where it is this process's."""
        if self.holds(name):
            with self.at(name):
                await job()

    @asynccontextmanager
    async def in_time(self) -> AsyncIterator[None]:
        """What is not over when another may take what this task is `at` is cut off. Raises LeaseLost."""
        name, fence = _HELD.get()
        if self._fences.get(name) != fence or _seconds() >= self._until:
            raise _lost(name)
        try:
            async with asyncio.timeout_at(None if self._until == math.inf else self._until) as limit:
                self._limits[limit] = name, fence
                try:
                    yield
                finally:
                    del self._limits[limit]
        except TimeoutError:
            if limit.expired():
                raise _lost(name) from None
            raise

    async def _beat(self, asked: Collection[str] = ()) -> None:
        """To take something it may have to wait for who writes; that it lives, it says meanwhile."""
        with guarded(None):  # it writes for itself, whatever the task is at
            wanted = await self._renew(asked)
            if not wanted or self._has_left:
                return
            taken = await self._members.take(wanted, self._clock.now())
        self._taken = {**self._taken, **dict.fromkeys(taken, _seconds())}
        self._fences = {**self._fences, **taken}
        if taken:
            log.info("work taken", pieces=sorted(taken), processes=self.size)
        for name in taken:
            self._begin(name)

    async def _renew(self, asked: Collection[str]) -> tuple[str, ...]:
        """Says that it lives. Returns what is to be taken."""
        async with self._turn:
            if self._has_left:
                return ()
            began = _seconds()
            busy = {name for name, tasks in self._at_work.items() if tasks}
            found = await self._members.beat(
                self._clock.now(),
                self._pieces,
                busy=busy,
                idle=self._idle(busy, began),
                asked=asked,
                is_reached=self._is_reached(),
            )
            self._keep(found, began)
            return found.wanted

    def _idle(self, busy: Collection[str], now: float) -> set[str]:
        held = {name for name in self._fences if name.startswith(f"{CHANNEL} ")} - set(busy)
        return {name for name in held if now - self._used_at.setdefault(name, now) >= IDLE_SECONDS}

    def _keep(self, found: Assignment, began: float) -> None:
        """What was taken since the beat began is not in what it found."""
        self._taken = {name: at for name, at in self._taken.items() if at >= began}
        fences = {**{name: self._fences[name] for name in self._taken.keys() & self._fences.keys()}, **found.fences}
        if lost := self._fences.keys() - fences.keys():
            log.info("work left to others", pieces=sorted(lost), processes=found.members)
        for name in lost:
            self._used_at.pop(name, None)
        self._fences, self._leaving, self._elsewhere = fences, found.leaving, found.elsewhere
        self.size, self.rank, self.others_reached = found.members, found.rank, found.others_reached
        self._until = began + self._length
        # One that is not held, or with a new fence, is or was another's: what is under way is cut off by its old limit.
        for limit, (name, fence) in self._limits.items() if self._until < math.inf else ():
            if fences.get(name) == fence and not limit.expired():  # one that is just being cut off takes no new end
                limit.reschedule(self._until)


def _seconds() -> float:
    """Of a clock that goes on while this process is stopped."""
    return asyncio.get_running_loop().time()


def _lost(name: str) -> LeaseLost:
    return LeaseLost(f"Another process may have the {name} now.")
