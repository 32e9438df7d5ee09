"""Reads the rest of the 90 days after a first start, newest first, one page a tick. Opens and ends no alert.

The API filters by a lower bound only. So history is read in windows of a day, newest window first, each from its start
until the next is reached; what is known to be complete moves back a window at a time, and a crash repeats one at most.
"""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta

import structlog

from bot.acronis import AcronisClient
from bot.alerting.fingerprint import is_run
from bot.errors import AcronisError
from bot.model import Clock, Page, Rules, Task, TaskQuery, TimeField
from bot.store.recording import Recorder

log = structlog.get_logger(__name__)

WINDOW = timedelta(days=1)
MOMENT = timedelta(microseconds=1)  # bounds are exclusive: windows overlap by it
PAUSE = timedelta(minutes=1)
"""After Acronis did not answer. History can wait; the poll reports the outage."""


class Backfill:
    """The job for one account. `done` is true once history reaches back as far as Acronis keeps it."""

    def __init__(self, client: AcronisClient, recorder: Recorder, clock: Clock, rules: Rules) -> None:
        self._client = client
        self._recorder = recorder
        self._clock = clock
        self._rules = rules
        self._start: datetime | None = None
        self._pages: AsyncIterator[Page[Task]] | None = None
        self._paused_until = clock.now()
        self._done_at: datetime | None = None

    @property
    def done(self) -> bool:
        """A clock that was ahead, and is set back, knew nothing of it."""
        return self._done_at is not None and self._done_at <= self._clock.now()

    async def run(self) -> None:
        if self.done or timedelta() < self._paused_until - self._clock.now() <= PAUSE:
            return
        if self._pages is None and not await self._open_window():
            return
        try:
            await self._read_page()
        except AcronisError as error:
            self._pages = None  # the window is read again from its start
            self._paused_until = self._clock.now() + PAUSE
            log.warning("backfill paused", account=self._client.account, reason=error.told)

    async def _open_window(self) -> bool:
        checkpoint = await self._recorder.checkpoint(self._client.account)
        if checkpoint.read_at is None or checkpoint.history_from is None:
            return False
        end = checkpoint.history_from
        if end <= self._clock.now() - min(self._rules.history, self._rules.keep_runs):
            self._done_at = self._clock.now()
            log.info("history complete", account=self._client.account, since=end.isoformat())
            return False
        self._start = end - WINDOW
        query = TaskQuery(
            time_field=TimeField.COMPLETED, after=self._start - MOMENT, before=end + MOMENT, backwards=True
        )
        self._pages = self._client.find(query)
        return True

    def _worth_keeping(self, page: Sequence[Task]) -> list[Task]:
        """Leaves out what would be pruned within the hour: a window that is read again would count it twice."""
        rest_from = self._clock.now() - self._rules.keep_rest
        return [task for task in page if is_run(task) or task.updated_at >= rest_from]

    async def _read_page(self) -> None:
        if self._pages is None or self._start is None:
            return
        page = await anext(self._pages, None)
        if page is not None:
            await self._recorder.record_history(self._worth_keeping(page.items))
            return
        self._pages = None
        await self._recorder.history_reaches(self._client.account, self._start)
