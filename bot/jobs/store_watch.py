"""Looks whether the database still takes what is written, and tells the alert channel without it where it does not.

Said once when it fails, once when it is back. Processes that share a database cannot tell each other then: the first
of them says it, and each of the others a little later, where Slack's history shows that none has. Where that may not be
read, the second one says it too, marked as possibly repeated. The fallback channel hears where the alert channel cannot
be told. It also ends the time in which an older copy that was put back marks what it posts as possibly repeated.
"""

import asyncio
from collections.abc import Callable, Collection, Sequence
from datetime import timedelta
from uuid import uuid4

import structlog

from bot.errors import SlackError, StoreUnavailable
from bot.model import Clock, Message
from bot.slack.notifier import Notifier
from bot.store.cards.outbox import Outbox
from bot.store.engine import Database
from bot.store.faults import Fault, Trouble
from bot.store.review import Reviewer
from bot.telemetry import Vitals

log = structlog.get_logger(__name__)

IDLE_SECONDS = 20.0
"""Where nothing else was written for so long, the watch writes."""
PATIENCE = 30.0
"""Seconds until a failure is told: a backup program may lock the file for a moment."""
A_RANK = 20.0
"""Seconds by which each process waits longer than the one before."""
SAID = "store-fails-"
"""How the keys of such messages begin."""
LEAST_CALM, MOST_CALM = 10.0, 600.0
"""Seconds without a failure after which it is over: at least a poll's, since a full disk still takes what is small."""
TRY_AGAIN = 60.0
"""Seconds until a channel that could not be told is told again."""
COMPARE_SECONDS = 3.0
"""How long a start waits for Slack's history."""
LAST_SECONDS = 0.3
"""What the last mark may take of a stop."""
CATCHING_UP = 120.0
"""Seconds after the first polls on an older copy: what time brought is reviewed and posted after them."""


class StoreWatch:
    """The job. The first of `channels` that takes it is told; `every` is the time between two polls of `accounts`.

    `rank` says the how manieth process this is, from 0 on. `end` ends the bot: its database is another file now.
    """

    def __init__(
        self,
        database: Database,
        notifier: Notifier,
        reviewer: Reviewer,
        outbox: Outbox,
        clock: Clock,
        *,
        channels: Sequence[str],
        accounts: Collection[str],
        every: timedelta,
        rank: Callable[[], int],
        vitals: Vitals,
        end: Callable[[StoreUnavailable], None],
    ) -> None:
        self._database = database
        self._notifier = notifier
        self._reviewer = reviewer
        self._outbox = outbox
        self._clock = clock
        self._channels = [channel for channel in channels if channel]
        self._accounts = accounts
        self._calm = min(max(1.5 * every.total_seconds(), LEAST_CALM), MOST_CALM)
        self._rank = rank
        self._vitals = vitals
        self._end = end
        self._monotonic = database.monotonic
        self._written = -1
        self._beat_at = 0.0
        self._failing: Trouble | None = None  # what the channel is told of, or shall be
        self._is_told_by_another: bool | None = False  # None: that cannot be seen
        self._owed: list[tuple[str, Message]] = []  # each with its key
        self._is_older_told = False
        self._try_at = 0.0
        self._started_at = clock.now()
        self._read_since: float | None = None

    async def run(self) -> None:
        await self._beat()
        trouble, now = self._database.trouble, self._monotonic()
        if trouble is None:
            await self._catch_up()
        elif now - trouble.last >= self._calm:
            self._database.recover()
            self._recover(trouble.last)
        elif _lasts(trouble, now):
            await self._fail(trouble)
        await self._tell()
        if trouble is not None and trouble.fault is Fault.REPLACED:
            self._end(trouble.error)

    async def compare_with_slack(self) -> None:
        """At a start. Cards that Slack shows and this database does not know were posted by a newer copy of it.

        So an older copy is known that was put back together with its mark, where history may be read.
        """
        read_at = (await self._reviewer.read_at()).values()
        if self._database.is_older or not read_at:
            return
        try:
            async with asyncio.timeout(COMPARE_SECONDS):
                keys = await self._notifier.keys(self._channels[0], max(read_at))
        except (SlackError, TimeoutError):
            return  # no history may be read, or not now
        if await self._outbox.lacks(keys):
            self._database.doubt()

    async def finish(self) -> None:
        """The last mark: all that was told stands in this file."""
        if self._database.trouble is not None:
            return
        try:
            async with asyncio.timeout(LAST_SECONDS):
                await self._database.beat()
        except (StoreUnavailable, TimeoutError) as error:
            log.warning("the database could not be marked", reason=str(error))

    async def _beat(self) -> None:
        """Where something was written or failed, and now and then."""
        is_idle = self._database.written == self._written and self._database.trouble is None
        if is_idle and self._monotonic() - self._beat_at < IDLE_SECONDS:
            return
        try:
            await self._database.beat()
        except StoreUnavailable as error:
            log.warning("the database cannot be used", reason=error.told)
        self._written, self._beat_at = self._database.written, self._monotonic()

    async def _fail(self, trouble: Trouble) -> None:
        from bot.blocks import notes  # noqa: PLC0415  seldom needed

        self._vitals.store_failed(trouble.error.told)
        rank = self._rank()
        if self._failing is not None or (rank and self._monotonic() - trouble.since < PATIENCE + A_RANK * rank):
            return
        self._failing = trouble
        self._is_told_by_another = await self._is_told(trouble) if rank else False
        if self._is_told_by_another is None and rank > 1:
            self._is_told_by_another = True  # as far as can be known: two of them are enough
        if not self._is_told_by_another:
            holds_up = trouble.fault not in (Fault.GONE, Fault.REPLACED)
            repeated = self._is_told_by_another is None
            self._owe(notes.store_fails(trouble.error.told, holds_up=holds_up, repeated=repeated), SAID)

    async def _is_told(self, trouble: Trouble) -> bool | None:
        """By another process. None where that cannot be seen."""
        since = self._clock.now() - timedelta(seconds=self._monotonic() - trouble.since)
        try:
            keys = await self._notifier.keys(self._channels[0], since)
        except SlackError as error:
            log.warning("whether the channel was told of the database cannot be seen", code=error.code)
            return None
        return any(key.startswith(SAID) for key in keys)

    def _recover(self, last: float) -> None:
        from bot.blocks import notes  # noqa: PLC0415  seldom needed

        self._vitals.store_failed("")
        if self._failing is not None and not self._is_told_by_another:
            repeated = self._is_told_by_another is None
            self._owe(notes.store_is_back(timedelta(seconds=last - self._failing.since), repeated=repeated))
        self._failing = None

    def _owe(self, message: Message, kind: str = "") -> None:
        self._owed.append((f"{kind}{uuid4().hex}", message))
        self._try_at = 0.0

    async def _tell(self) -> None:
        while self._owed and self._monotonic() >= self._try_at:
            if await self._post(*self._owed[0]):
                self._owed.pop(0)
            else:
                self._try_at = self._monotonic() + TRY_AGAIN

    async def _post(self, key: str, message: Message) -> bool:
        for channel in self._channels:
            try:
                await self._notifier.post(channel, message, key)
            except SlackError as error:
                log.warning("the channel could not be told of the database", channel=channel, code=error.code)
            else:
                log.info("the channel was told of the database", channel=channel, text=message.text)
                return True
        return False

    async def _catch_up(self) -> None:
        """An older copy has made good what it lacked."""
        from bot.blocks import notes  # noqa: PLC0415  seldom needed

        if not self._database.is_older:
            return
        if not self._is_older_told:
            self._is_older_told = True
            self._owe(notes.store_is_older(self._database.name))
        now = self._monotonic()
        if self._read_since is None:
            read_at = await self._reviewer.read_at()
            if all(read_at.get(account, self._started_at) > self._started_at for account in self._accounts):
                self._read_since = now
        elif now - self._read_since >= CATCHING_UP:
            await self._outbox.mark_repeated()
            self._database.accept()


def _lasts(trouble: Trouble, now: float) -> bool:
    """A lock may be over at the next try, and then it was none worth a word."""
    until = trouble.last if trouble.fault is Fault.LOCKED else now
    return trouble.fault is Fault.REPLACED or until - trouble.since >= PATIENCE
