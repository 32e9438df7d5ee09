"""Once an hour: reads again what completed in the last 26 h.

Paging may shift under a poll and a stamp may lie; what a poll missed is found here. The checkpoint is left alone.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import uuid4

import structlog

from bot.acronis import AcronisClient
from bot.errors import AcronisError, LeaseLost
from bot.model import Clock, Rules, TaskQuery, TimeField
from bot.store.leases import Lease
from bot.store.recording import Recorder

log = structlog.get_logger(__name__)

LEASE = timedelta(minutes=5)


class Sweep:
    """The job for one account."""

    def __init__(
        self, client: AcronisClient, recorder: Recorder, clock: Clock, rules: Rules, *, wake: Callable[[], None]
    ) -> None:
        self._client = client
        self._recorder = recorder
        self._clock = clock
        self._rules = rules
        self._wake = wake
        self._lease = Lease(f"sweep {client.account}", client.account, uuid4().hex, LEASE)

    async def run(self) -> None:
        account = self._lease.account
        checkpoint = await self._recorder.checkpoint(account)
        if checkpoint.read_at is None or checkpoint.watched_from is None:
            return  # the first start is not over
        if not await self._recorder.leases.take(self._lease, self._clock.now()):
            return
        try:
            found = await self._read(checkpoint.watched_from)
            log.info("swept", account=account, tasks=found)
        except (AcronisError, LeaseLost) as error:
            log.warning("sweep failed", account=account, reason=error.told)
        finally:
            await self._recorder.due(account, self._clock.now())
            await self._recorder.leases.give_back(self._lease)
            self._wake()

    async def _read(self, watched_from: datetime) -> int:
        after = max(self._clock.now() - self._rules.sweep, watched_from)
        query = TaskQuery(time_field=TimeField.COMPLETED, after=after, backwards=True)
        found = 0
        async for page in self._client.find(query):
            due_at = self._clock.now() + self._rules.due_after
            await self._recorder.record(self._lease, page.items, None, self._clock.now(), due_at)
            found += len(page.items)
        return found
