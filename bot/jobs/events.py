"""Listens for events of one account's tasks, and has it polled when one comes.

Polls go on at their own pace: what is not heard of is read a little later. An event says only that something changed.
A subscription begins with a poll, for what changed before it, and is made anew each hour: one that died without a word
is found so.

Waits are counted by a clock that never goes back. Of several processes the one with the lease listens.
"""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta
from uuid import uuid4

import structlog

from bot.acronis.events import Batch, EventsClient, Subscription
from bot.errors import AcronisError, AcronisUnavailable, LeaseLost, MissingRole, NightshiftError, NotFound, StoreError
from bot.jobs.poll import Outcome
from bot.model import Clock
from bot.store.leases import Lease, Leases
from bot.telemetry import Vitals

log = structlog.get_logger(__name__)

Sleep = Callable[[float], Awaitable[None]]

HELD = 30.0
"""Seconds that Acronis holds a question while nothing happens; half as many each time that it breaks off before."""
SHORTEST = 5.0
APART = 3.0
"""Seconds at least from one question, and so from one poll, to the next: what comes meanwhile comes in one batch."""
SHARE = 5
"""So many times as long as a poll took, nothing is asked after it: a large account is not polled without a break."""
AGAIN = 3600.0
"""Seconds until it is looked again where there are no events, and until a subscription is made anew."""
BACK_OFF = (3.0, 6.0, 15.0, 30.0, 60.0, 120.0, 300.0)
"""Seconds after a failure, then after another one; the last one repeats. Each a little more or less."""
AFTER_MISSED = 60.0
"""Seconds until the next poll where one has failed: more often would ask an Acronis that is ill."""
LEASE = timedelta(minutes=3)
ELSEWHERE = 30.0
"""Seconds until it is looked again whether the process that listens is still there."""

WOKEN = "polled at once when tasks change"
NO_TOPIC = "polled at its pace only, since Acronis shows this API client no events of tasks"
NO_API = "polled at its pace only, since Acronis has no events here"
NOT_NOW = "polled at its pace for now. {}"
NOT_ALLOWED = "polled at its pace only. {}"
OTHER_PROCESS = "polled at once when tasks change, by another process"
OFF = "polled at its pace only, since [events] wake is false"


async def standing(client: EventsClient) -> str:
    """Whether events would wake the bot, in words that go on from the account's name. Changes nothing at Acronis."""
    try:
        return WOKEN if await client.topic() else NO_TOPIC
    except AcronisError as error:
        return _words(error)


class Listening:
    """The job of one account; `run` ends only when it is cancelled. `poll` polls, and returns when that is over."""

    def __init__(
        self,
        client: EventsClient,
        leases: Leases,
        poll: Callable[[], Awaitable[Outcome]],
        clock: Clock,
        vitals: Vitals,
        is_ours: Callable[[], bool],
        *,
        rate: float = 1.0,
        sleep: Sleep = asyncio.sleep,
        elapsed: Callable[[], float] = time.monotonic,
    ) -> None:
        """`is_ours` says whether this process reads the account. `rate` is how many times faster than real time `clock`
        runs."""
        self._client = client
        self._leases = leases
        self._poll = poll
        self._clock = clock
        self._vitals = vitals
        self._is_ours = is_ours
        self._sleep = sleep
        self._elapsed = elapsed
        self._lease = Lease(f"events {client.account}", client.account, uuid4().hex, LEASE * max(rate, 1.0))
        self._failures = 0
        self._held = HELD

    async def run(self) -> None:
        try:
            while True:
                await self._sleep(await self._listen_once())
        finally:
            await self._let_go()

    async def _listen_once(self) -> float:
        """Listens as long as that goes well. Returns how many seconds to wait until the next time."""
        try:
            return await self._listen()
        except LeaseLost:
            return self._listens_elsewhere()
        except (MissingRole, NotFound) as error:
            self._say(_words(error))
            log.info("no events", account=self._client.account, reason=error.told)
            return AGAIN
        except (AcronisError, StoreError) as error:
            return self._failed(error)
        except Exception:  # the top of a job: polls go on, whatever is wrong here
            log.exception("listening broke", account=self._client.account)
            return self._pause()

    async def _listen(self) -> float:
        if not await self._has_lease():
            return self._listens_elsewhere()
        topic = await self._client.topic()
        if not topic:
            self._say(NO_TOPIC)
            log.info("no events", account=self._client.account, reason=NO_TOPIC)
            return AGAIN
        subscription = await self._client.subscribe(topic)
        offset = await self._client.current(topic)
        if not self._failures:
            self._say(WOKEN)
        log.info("listening for events", account=self._client.account)
        await self._read()  # what changed before the offset
        return await self._follow(subscription, offset)

    async def _follow(self, subscription: Subscription, offset: int) -> float:
        """Asks for one batch after the other, for an hour or until Acronis has lost the subscription."""
        ends_at, self._held = self._elapsed() + AGAIN, HELD
        while self._elapsed() < ends_at:
            if not await self._has_lease():
                return ELSEWHERE
            began = self._elapsed()
            try:
                batch = await self._client.wait(subscription, offset, self._held)
                offset = await self._client.current(subscription.topic) if batch.is_full else batch.offset
            except AcronisUnavailable as error:
                if self._elapsed() - began > SHORTEST:  # something on the way lets nobody wait so long
                    self._held = max(self._held / 2, SHORTEST)
                await self._sleep(self._failed(error))
                continue
            except NotFound as error:
                return self._failed(error)
            self._went_well()
            await self._act(batch, began)
        return 0.0

    async def _act(self, batch: Batch, began: float) -> None:
        """Polls where something has come, and leaves Acronis alone until the next question."""
        heard, rest = self._elapsed(), 0.0
        if batch.count:
            log.debug("woken by events", account=self._client.account, events=batch.count)
            await self._read()
            rest = min(SHARE * (self._elapsed() - heard), AFTER_MISSED)
        left = APART - (self._elapsed() - began)
        await self._sleep(max(left, rest, min(batch.pause or 0.0, AGAIN)))

    async def _read(self) -> None:
        """Polls until one comes through. Raises LeaseLost where another process does by then."""
        while (outcome := await self._poll()) is not Outcome.READ:
            if not self._is_ours():
                raise LeaseLost(f"Another process reads {self._client.account} now.")
            await self._sleep(AFTER_MISSED if outcome is Outcome.MISSED else APART)

    async def _has_lease(self) -> bool:
        return self._is_ours() and await self._leases.take(self._lease, self._clock.now())

    def _listens_elsewhere(self) -> float:
        self._say(OTHER_PROCESS)
        return ELSEWHERE

    async def _let_go(self) -> None:
        try:
            await self._leases.give_back(self._lease)
        except StoreError as error:  # it runs out by itself
            log.debug("lease not given back", account=self._client.account, reason=error.told)

    def _went_well(self) -> None:
        if self._failures:
            log.info("events come again", account=self._client.account)
        self._failures = 0
        self._say(WOKEN)

    def _failed(self, error: NightshiftError) -> float:
        self._say(NOT_NOW.format(error.told.rstrip(".")))
        log.warning("events failed", account=self._client.account, reason=error.told)
        asked = error.retry_after if isinstance(error, AcronisUnavailable) else None
        return max(self._pause(), min(asked or 0.0, AGAIN))

    def _pause(self) -> float:
        """The seconds to wait after one more failure."""
        seconds = BACK_OFF[min(self._failures, len(BACK_OFF) - 1)]
        self._failures += 1
        return seconds * random.uniform(0.8, 1.2)  # noqa: S311 - jitter, not a secret

    def _say(self, words: str) -> None:
        self._vitals.events[self._client.account] = words


def _words(error: AcronisError) -> str:
    if isinstance(error, NotFound):
        return NO_API
    return (NOT_ALLOWED if isinstance(error, MissingRole) else NOT_NOW).format(error.told.rstrip("."))
