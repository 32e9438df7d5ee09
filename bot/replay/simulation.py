"""One simulation: the tape through the rules, in the order of time. What only time brings is looked for when it is due.

    each poll that brought something   record, finish, show            (in the bot: poll, deliver)
    each minute that changes anything  review
    each moment of a silence           tell or end it, as it was: what it was judged on is not kept
    each moment at which a post is due show                            (deliver)

Polls of which nothing is a problem or heals one change nothing but the copy: they are written together, before the next
one that does.
"""

from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.alerting.fingerprint import subject
from bot.blocks.cards import Drawings
from bot.model import Cause, Checkpoint, Kind, ResultCode, Routing, Rules, Run, Task
from bot.model.values import dataclass
from bot.replay.dry_delivery import DryDelivery, Said
from bot.replay.timeline import NEVER, Polls, Step, after, steps
from bot.store import replay_source
from bot.store.cards.outbox import Outbox
from bot.store.cards.views import Views
from bot.store.engine import Database
from bot.store.leases import Lease
from bot.store.recording import Recorder
from bot.store.replay_source import Tape
from bot.store.review import Reviewer
from bot.store.silences.review import SilenceReviewer
from bot.store.silences.tape import SilenceEvent, silence_events

PAGE = 500
KEPT = 4_000  # quiet tasks that are held back at most
MINUTE = timedelta(minutes=1)
REVIEWED = timedelta(seconds=10)  # the bot reviews so long after its poll
MICROSECOND = timedelta(microseconds=1)
_FOREVER = timedelta(days=36_500)


@dataclass(frozen=True, slots=True)
class Rulebook:
    """What nightshift.toml says. The copy keeps a sentence of an error: `by_text` gives its entry in the error book."""

    routing: Routing
    rules: Rules
    channel: str
    fallback: str = ""
    taught: Mapping[str, Kind] | None = None
    by_text: Callable[[str], Cause | None] = lambda _: None

    def reads(self, task: Task) -> Task:
        """The task as the bot would read it with these settings: by what is taught, explained by the book."""
        kind = (self.taught or {}).get(task.type.casefold())
        task = replace(task, kind=kind) if kind else task
        fault = task.result.error if task.result else None
        if task.result is None or fault is None or not fault.cause:
            return task
        known = self.by_text(fault.cause) or Cause(fault.cause)
        explained = replace(fault, explained=replace(known, code=known.code or fault.code))
        return replace(task, result=replace(task.result, error=explained))


class Simulation:
    """Fills `database`, which is empty, and plays on it."""

    def __init__(
        self, tape: Tape, database: Database, book: Rulebook, zone: ZoneInfo, views: Views, drawings: Drawings
    ) -> None:
        self._tape = tape
        self._book = book
        self._recorder = Recorder(database, book.rules, book.channel, book.routing)
        self._reviewer = Reviewer(database, book.rules, book.routing, book.channel, finds_silence=False)
        self._silences = SilenceReviewer(database, book.rules, book.routing)
        self._silent = deque[SilenceEvent]()
        self._database = database
        self._delivery = DryDelivery(Outbox(database, views, book.rules, book.fallback), zone, drawings)
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
        return self._delivery.said

    async def run(self, since: datetime, told_from: datetime, until: datetime, every: timedelta) -> None:
        """From `since` on alerts are opened, from `told_from` on told; what was before is history, and known."""
        self._now, self._told_from = since, told_from
        self._accounts = {each.account: each for each in await self._tape.accounts()}
        async for page in self._tape.pages(None, since):
            await self._learn(self._book.reads(task) for task in page)
        await self._tape.rhythms(self._database, since, self._book.rules.missed_grace)
        first_look = self._book.rules.first_look
        starts = {
            name: each.watched_from + first_look if each.watched_from else NEVER
            for name, each in self._accounts.items()
        }
        for name in self._accounts:
            self._leases[name] = Lease(name, name, "replay", _FOREVER)
            await self._recorder.leases.take(self._leases[name], since)
            if starts[name] <= since:
                await self._begin(name, since, since)
                await self._recorder.finish(self._leases[name], since)
        last = {name: each.read_at for name, each in self._accounts.items() if each.read_at}
        self._silent.extend(await silence_events(self._tape.database, since, until))
        polls = Polls(every, starts, last, await self._tape.gaps())
        async for step in steps(self._tape.pages(since, until), polls):
            if step.at <= until:
                await self._until(step.at)
                await self._poll(step, starts)
        await self._flush()
        await self._until(until)

    async def _begin(self, name: str, position: datetime, at: datetime) -> None:
        self._begun.add(name)
        await self._recorder.begin_quietly(name, position, at)
        if (history := self._accounts[name].history_from) is not None:
            await self._recorder.history_reaches(name, history)

    # ── polls ──

    async def _poll(self, step: Step, starts: Mapping[str, datetime]) -> None:
        for name, brought in sorted(_by_account(map(self._book.reads, step.tasks)).items()):
            if name not in self._begun:
                await self._first_start(name, brought, starts[name])
            elif any(task.is_over and (task.code != ResultCode.OK or subject(task) in self._open) for task in brought):
                await self._record(name, brought, step.at)
            else:
                self._quiet += brought
        if len(self._quiet) > KEPT:
            await self._flush()

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
        self._open = await replay_source.open_subjects(self._database)

    async def _learn(self, tasks: Iterable[Task]) -> None:
        for brought in _by_account(tasks).values():
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
                coming = await replay_source.coming(self._database, self._now)
                review = after(max(coming.review, self._now), MINUTE, REVIEWED) if coming.review else NEVER
                silence = self._silent[0].at if self._silent else NEVER
                self._wake = min(coming.delivery or NEVER, review, max(silence, self._now))
            if self._wake >= at:
                return
            await self._look(self._wake)

    async def _look(self, at: datetime) -> None:
        self._now = at
        await self._fall_silent(at)
        if at == after(at - MICROSECOND, MINUTE, REVIEWED):
            reviewed = await self._reviewer.review(at, self._begun)
            if reviewed.ended:
                self._open = await replay_source.open_subjects(self._database)
        await self._show()

    async def _fall_silent(self, at: datetime) -> None:
        """A silence that was told together with others is told so again: they may make a storm."""
        while self._silent and self._silent[0].at <= at:
            ending, runs = self._silent[0].ending, list[Run]()
            if ending is not None:
                await self._silences.end(self._silent.popleft().run.fingerprint, ending, at)
                continue
            while self._silent and self._silent[0].at <= at and self._silent[0].ending is None:
                runs.append(self._silent.popleft().run)
            await self._silences.tell([run for run in runs if run.account in self._begun], at)
            self._open = await replay_source.open_subjects(self._database)

    async def _show(self) -> None:
        if self._now < self._told_from:
            await replay_source.settle(self._database, self._now)
        else:
            await self._delivery.show(self._now)
        self._wake = None


def _by_account(tasks: Iterable[Task]) -> dict[str, list[Task]]:
    brought = defaultdict[str, list[Task]](list)
    for task in tasks:
        brought[task.account].append(task)
    return brought


def _pages(tasks: Sequence[Task]) -> Iterator[Sequence[Task]]:
    for start in range(0, len(tasks), PAGE):
        yield tasks[start : start + PAGE]
