"""One play: the tape through the rules, in the order of time. What only time brings is looked for when it is due.

    each poll that brought something   record, finish, show            (in the bot: poll, deliver)
    each minute that changes anything  judge, close storms, repeat     (review)
    each hour while something fires    end what only time ends         (sweep)
    each moment at which a post is due show                            (deliver)

Polls of which nothing is a problem or heals one change nothing but the copy: they are written together, before the next
one that does.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.alerting.fingerprint import subject
from bot.model import Checkpoint, ResultCode, Task
from bot.replay.dry_delivery import Said, Stage
from bot.replay.rulebook import Rulebook
from bot.replay.timeline import NEVER, Polls, Step, after, steps
from bot.store.ahead import Ahead
from bot.store.cards.outbox import Outbox
from bot.store.engine import Database
from bot.store.leases import Lease
from bot.store.recording import Recorder
from bot.store.review import Reviewer
from bot.store.tape import Tape

PAGE = 500
KEPT = 4_000
"""Quiet tasks that are held back at most."""
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
REVIEWED = timedelta(seconds=10)
"""The bot reviews so long after its poll."""
MICROSECOND = timedelta(microseconds=1)
_FOREVER = timedelta(days=36_500)


class Play:
    """Fills `database`, which is empty, and plays on it."""

    def __init__(self, tape: Tape, database: Database, book: Rulebook, zone: ZoneInfo) -> None:
        self._tape = tape
        self._book = book
        self._recorder = Recorder(database, book.rules, book.channel, book.routing)
        self._reviewer = Reviewer(database, book.rules, book.routing, book.channel)
        self._ahead = Ahead(database, book.rules)
        self._stage = Stage(Outbox(database, book.fallback), zone)
        self._accounts: dict[str, Checkpoint] = {}
        self._leases: dict[str, Lease] = {}
        self._begun: set[str] = set()
        self._quiet: list[Task] = []
        self._open: frozenset[str] = frozenset()
        self._now = NEVER
        self._told_from = NEVER
        self._wake: datetime | None = None

    @property
    def said(self) -> Sequence[Said]:
        return self._stage.said

    async def run(self, since: datetime, told_from: datetime, until: datetime, every: timedelta) -> None:
        """From `since` on alerts are opened, from `told_from` on told; what was before is history, and known."""
        self._now, self._told_from = since, told_from
        self._accounts = {each.account: each for each in await self._tape.accounts()}
        async for page in self._tape.pages(None, since):
            await self._learn(self._book.reads(task) for task in page)
        starts = {name: self._first_read(each) for name, each in self._accounts.items()}
        for name in self._accounts:
            self._leases[name] = Lease(name, name, "replay", _FOREVER)
            await self._recorder.take_lease(self._leases[name], since)
            if starts[name] <= since:
                await self._begin(name, since, since)
                await self._recorder.finish(self._leases[name], since)
        last = {name: each.read_at for name, each in self._accounts.items() if each.read_at}
        polls = Polls(every, starts, last, await self._tape.gaps())
        async for step in steps(self._tape.pages(since, until), polls):
            if step.at <= until:
                await self._until(step.at)
                await self._poll(step, starts)
        await self._flush()
        await self._until(until)

    def _first_read(self, account: Checkpoint) -> datetime:
        return NEVER if account.watched_from is None else account.watched_from + self._book.rules.first_look

    async def _begin(self, name: str, position: datetime, at: datetime) -> None:
        self._begun.add(name)
        await self._recorder.begin_quietly(name, position, at)
        if (history := self._accounts[name].history_from) is not None:
            await self._recorder.history_reaches(name, history)

    # ── polls ──

    async def _poll(self, step: Step, starts: Mapping[str, datetime]) -> None:
        by_account = defaultdict[str, list[Task]](list)
        for task in map(self._book.reads, step.tasks):
            by_account[task.account].append(task)
        for name, brought in sorted(by_account.items()):
            if name not in self._begun:
                await self._first_start(name, brought, starts[name])
            elif any(map(self._matters, brought)):
                await self._record(name, brought, step.at)
            else:
                self._quiet += brought
        if len(self._quiet) > KEPT:
            await self._flush()

    def _matters(self, task: Task) -> bool:
        """Whether it may open an alert or end one."""
        return task.is_over and (task.code != ResultCode.OK or subject(task) in self._open)

    async def _first_start(self, name: str, brought: Sequence[Task], at: datetime) -> None:
        """The last 24 h quietly, then the past. What came later than that first reading is a poll of its own."""
        watched_from = self._accounts[name].watched_from or at
        await self._begin(name, watched_from, at)
        past = [task for task in brought if task.updated_at < watched_from]
        await self._record(name, [task for task in brought if watched_from <= task.updated_at <= at], at)
        await self._learn(past)
        if later := [task for task in brought if task.updated_at > at]:
            await self._record(name, later, max(task.updated_at for task in later))

    async def _record(self, name: str, brought: Sequence[Task], at: datetime) -> None:
        await self._flush()
        lease, self._now = self._leases[name], at
        for page in _pages(brought):
            await self._recorder.record(lease, page, None, at, at + self._book.rules.due_after)
        await self._recorder.finish(lease, at)
        await self._show()
        self._open = await self._ahead.open_subjects()

    async def _learn(self, tasks: Iterable[Task]) -> None:
        by_account = defaultdict[str, list[Task]](list)
        for task in tasks:
            by_account[task.account].append(task)
        for brought in by_account.values():
            for page in _pages(brought):
                await self._recorder.record_history(page)

    async def _flush(self) -> None:
        quiet, self._quiet = self._quiet, []
        await self._learn(quiet)

    # ── what time brings ──

    async def _until(self, at: datetime) -> None:
        """Looks at every moment before `at` at which something is due."""
        while True:
            if self._wake is None:
                self._wake = await self._next()
            if self._wake >= at:
                return
            await self._look(self._wake)

    async def _next(self) -> datetime:
        coming = await self._ahead.coming(self._now)
        review = after(coming.review, MINUTE, REVIEWED) if coming.review else NEVER
        return min(coming.delivery or NEVER, review, after(self._now, HOUR) if coming.fires else NEVER)

    async def _look(self, at: datetime) -> None:
        self._now = at
        if at == after(at - MICROSECOND, MINUTE, REVIEWED):
            await self._reviewer.judge(at, self._begun)
            await self._reviewer.close_storms(at)
            await self._reviewer.repeat(at, self._begun)
        if at == after(at - MICROSECOND, HOUR):
            for name in self._begun:
                await self._recorder.close_old(name, at)
            self._open = await self._ahead.open_subjects()
        await self._show()

    async def _show(self) -> None:
        if self._now < self._told_from:
            await self._ahead.settle(self._now)
        else:
            await self._stage.show(self._now)
        self._wake = None


def _pages(tasks: Sequence[Task]) -> Iterator[Sequence[Task]]:
    for start in range(0, len(tasks), PAGE):
        yield tasks[start : start + PAGE]
