"""Reads what changed in one account since the checkpoint, page by page, oldest first, and has it recorded.

The checkpoint is min(newest `updatedAt` read, the server's Date at the poll's start) - overlap: a stamp from the future
does not carry it past the server's time. A poll of several pages reads once more from its own start, since paging may
shift under it. No checkpoint, or one older than Acronis keeps history, is a first start: the last 24 h, quietly.

While a page is written down, the answer with the next one is fetched; while it is committed, that answer is read.
"""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import aclosing
from datetime import datetime, timedelta
from enum import Enum, auto
from uuid import uuid4

import structlog

from bot.acronis import AcronisClient
from bot.errors import AcronisError, LeaseLost, StoreUnavailable
from bot.model import Clock, Rules, Task
from bot.model.remembered import forget
from bot.store.leases import Lease
from bot.store.recording import Recorder
from bot.telemetry import Vitals

log = structlog.get_logger(__name__)

BROKE = "Nightshift itself failed while it read. Its log says why."


class Outcome(Enum):
    READ = auto()
    MISSED = auto()
    ELSEWHERE = auto()
    """Another process was at it."""


class Poll:
    """The job for one account. `wake` is called when cards may be due, `caught_up` when it was read for the first time
    since the start or since a poll that did not come through."""

    def __init__(
        self,
        client: AcronisClient,
        recorder: Recorder,
        clock: Clock,
        rules: Rules,
        *,
        every: timedelta,
        wake: Callable[[], None],
        caught_up: Callable[[], None],
        vitals: Vitals,
    ) -> None:
        self._client = client
        self._recorder = recorder
        self._clock = clock
        self._rules = rules
        self._wake = wake
        self._caught_up = caught_up
        self._is_behind = True
        self._vitals = vitals
        self._lease = Lease(client.account, client.account, uuid4().hex, max(2 * every, timedelta(seconds=30)))
        self._turn = asyncio.Lock()
        self._outcome = Outcome.MISSED

    async def run(self) -> None:
        await self.poll()

    async def poll(self) -> Outcome:
        """One after the other, whoever asks for them."""
        async with self._turn:
            self._outcome = Outcome.MISSED
            await self._run()
            return self._outcome

    async def _run(self) -> None:
        started = self._clock.now()
        if not await self._recorder.leases.take(self._lease, started):
            self._outcome = Outcome.ELSEWHERE
            log.info("another process polls", account=self._lease.account)
            return
        try:
            await self._read(started)
        except AcronisError as error:
            missed = await self._recorder.miss(self._lease.account, error.told, started, self._clock.now())
            self._vitals.poll_missed(self._lease.account)
            log.warning("poll failed", account=self._lease.account, missed=missed, reason=error.told)
        except LeaseLost as error:
            log.warning("lease lost", account=self._lease.account, reason=error.told)
        except StoreUnavailable:  # nothing can be written down of it: the store's watch tells it
            self._vitals.poll_missed(self._lease.account)
            raise
        except Exception:  # the top of a job: that nobody reads any more must be said, whoever's fault it is
            self._vitals.poll_missed(self._lease.account)
            log.exception("poll broke", account=self._lease.account)
            await self._recorder.miss(self._lease.account, BROKE, started, self._clock.now())
        finally:
            await self._recorder.leases.give_back(self._lease)
            self._wake()

    async def _read(self, started: datetime) -> None:
        was_behind, self._is_behind = self._is_behind, True
        since = await self._position(started)
        pages, unfinished = await self._read_pages(since, started)
        if pages > 1:
            _, unfinished = await self._read_pages(since, started)
        await self._recorder.finish(self._lease, self._clock.now())
        self._vitals.poll_succeeded(self._lease.account, self._clock.now(), unfinished)
        self._outcome = Outcome.READ
        self._is_behind = False
        if was_behind:
            self._caught_up()

    async def _position(self, started: datetime) -> datetime:
        """The checkpoint; else a first start. A clock that may be wrong, now or then, is held against the server's."""
        known = (await self._recorder.checkpoint(self._lease.account)).position
        if known is not None and self._is_of_use(known, started):
            return known
        served_at = await self._client.served_at() or started
        if known is not None and self._is_of_use(known, served_at):
            return known
        position = served_at - self._rules.first_look
        await self._recorder.begin_quietly(self._lease.account, position, started)
        log.info("first start", account=self._lease.account, since=position.isoformat())
        return position

    def _is_of_use(self, position: datetime, now: datetime) -> bool:
        return timedelta() <= now - position <= self._rules.history

    async def _read_pages(self, since: datetime, started: datetime) -> tuple[int, str]:
        """One reading from `since` to the end. Returns how many pages it took, and why it stopped short, if it did."""
        served_at: datetime | None = None
        read, unfinished = 0, ""
        async with aclosing(self._client.changes(since)) as pages:
            async for page in pages:
                served_at = served_at or page.served_at or started
                now = self._clock.now()
                due_at = min(started, now) + self._rules.due_after
                position = self._checkpoint(page.items, served_at)
                recorded = await self._recorder.record(
                    self._lease, page.items, position, now, due_at, go_on=pages.go_on
                )
                read += 1
                forget()
                if page.partial:
                    unfinished = page.partial
                    log.warning("list ended unfinished", account=self._lease.account, reason=page.partial)
                log.debug("page recorded", account=self._lease.account, tasks=recorded.tasks, malformed=page.malformed)
        return read, unfinished

    def _checkpoint(self, page: Sequence[Task], served_at: datetime) -> datetime | None:
        if not page:
            return None
        return min(max(task.updated_at for task in page), served_at) - self._rules.overlap
