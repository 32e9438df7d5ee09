"""Questions about tasks and activities, and answers that can be turned page by page: what handlers ask.

A list comes from the copy where that covers the question, else from Acronis, else from the copy again. The other pages
of an answer come from where the first one came, as of then.
"""

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Final, TypeVar

from bot.alerting.history import is_unusual
from bot.blocks.paging import ROWS, first_row, last_row
from bot.errors import AcronisError, AcronisUnavailable, AnswerExpired, AskedTooOften, NotFound, StoreUnavailable
from bot.language import NOBODY, KnownNames
from bot.model import (
    FAILED,
    Activity,
    Answer,
    Basis,
    Clock,
    Details,
    DueSoon,
    Found,
    History,
    Invocation,
    Listing,
    Origin,
    Past,
    Protection,
    RowFacts,
    Rules,
    Stats,
    Steps,
    Task,
    TaskQuery,
    TaskState,
    length_of,
)
from bot.services import from_copy, live
from bot.services.coverage import ALL_RUNS, Cover, Coverage, asks_now, of_runs
from bot.services.fan_out import Budget, Source
from bot.services.from_copy import not_ok, paused_of
from bot.services.live import Find, Live
from bot.services.names import Names
from bot.services.page_cache import AnyList, PageCache
from bot.store.answers import Answers
from bot.store.copy.search import Questions

NOW_SECONDS: Final = 5.0  # how long the overview waits for what runs now; all else in it comes from the copy
STEPS_READ: Final = 300
STEPS_SECONDS: Final = 4.0  # what the activities beside a task's details may cost: the details wait for them
HISTORIES: Final = 20  # machines and plans that one history shows
_SHARED: Final = "shared-"
_EXPIRED = "This answer is more than a day old and no longer kept. Ask again with /tasks."
_NOT_YOURS = "This answer was given to somebody else. Ask again with /tasks, and you get your own."

T = TypeVar("T")
Look = Callable[[Find, TaskQuery, Budget], Awaitable[Listing]]


class Tasks:
    """A copy read longer than `stale_after` ago serves only where Acronis is away. `limit`, `seconds`: design §4."""

    def __init__(
        self,
        clients: Mapping[str, Source],
        answers: Answers,
        copy: Questions,
        clock: Clock,
        *,
        stale_after: timedelta = timedelta(minutes=3),
        target: timedelta = Rules().target,  # noqa: B008 - a frozen value
        limit: int = 5_000,
        seconds: float = 10.0,
    ) -> None:
        self._answers = answers
        self._copy = copy
        self._clock = clock
        self._target = target
        self._pages = PageCache()
        self._live = Live(clients, clock, limit=limit, seconds=seconds)
        self._coverage = Coverage(copy, clients, clock, stale_after)
        self._names = Names(copy, clock)

    # ── lists ──

    async def listing(
        self, query: TaskQuery, *, page: int = 1, as_of: datetime | None = None, answer_id: str = ""
    ) -> Listing:
        """What was asked for: all tasks where read live, else this page. A kept answer stays as it was at `as_of`.

        Raises AcronisError where neither Acronis nor the copy has anything.
        """
        if query.paces:
            return await self._unusual(query, as_of)
        if shown := self._pages.get(answer_id, Listing):
            return await from_copy.other_page(self._copy, query, shown, page)
        cover = await self._coverage.of(query, as_of)
        listing, cover = await self._from_acronis(live.listing, query, cover)
        if listing is None:
            listing = await from_copy.listing(self._copy, query, cover, page)
        if query.states == live.STARTED and live.is_newest_first(query) and listing.found.is_whole:
            listing = await self._unusual_first(listing)
        self._pages.put(answer_id, listing)
        return listing

    async def _unusual_first(self, listing: Listing) -> Listing:
        """What runs for unusually long stands before the others, each in their order."""
        found = listing.found
        unusual = await self.unusual(found.items, found.as_of)
        return replace(
            listing, found=replace(found, items=tuple(sorted(found.items, key=lambda task: task.id not in unusual)))
        )

    async def _unusual(self, query: TaskQuery, as_of: datetime | None) -> Listing:
        """The whole list of what runs for unusually long, as of now on each page: only the past of a run tells."""
        asked = replace(query, paces=frozenset(), limit=None)
        cover = await self._coverage.of(asked, as_of)
        listing, cover = await self._from_acronis(live.listing, asked, cover)
        found = listing.found if listing else await from_copy.last_seen(self._copy, asked, cover)
        unusual = await self.unusual(found.items, found.as_of)
        items = tuple(task for task in found.items if task.id in unusual)[: query.limit]
        return Listing(replace(found, items=items, offset=0, total=None, stale=cover.stale or found.stale))

    async def overview(
        self, query: TaskQuery, *, page: int = 1, as_of: datetime | None = None, answer_id: str = ""
    ) -> Listing:
        """What needs attention and how much went well in the time that `query` names. All else as in `listing`."""
        if shown := self._pages.get(answer_id, Listing):
            return await from_copy.other_page(self._copy, query, shown, page)
        cover = await self._coverage.of(query, as_of)
        listing, cover = await self._from_acronis(live.overview, query, cover)
        if listing is None:
            current = await self._current(query, cover)
            found, well = await asyncio.gather(
                from_copy.wrong(self._copy, not_ok(query), cover.as_of, page, paused_of(current)),
                self._copy.count(replace(query, results=live.OK), cover.as_of),
            )
            listing = from_copy.overview(found, well, current, cover)
        running = [task for task in listing.current if task.state == TaskState.STARTED]
        stuck = len(await self.unusual(running, listing.found.as_of))
        listing = replace(listing, running=len(running), stuck=stuck)
        self._pages.put(answer_id, listing)
        return listing

    async def activities(self, query: TaskQuery, task_id: str = "", *, answer_id: str = "") -> Steps:
        """The activities asked for, or those of one task with the task, live. Raises NotFound and AcronisError."""
        if shown := self._pages.get(answer_id, Steps):
            return shown
        budget = self._live.budget()
        task = await self._live.task(task_id, budget) if task_id else None
        found = await self._live.activities(query, task, budget)
        steps = Steps(live.first_few(found, query), task)
        self._pages.put(answer_id, steps)
        return steps

    async def unusual(self, tasks: Iterable[Task], now: datetime) -> Mapping[str, timedelta]:
        """By id, how long such runs usually take: of those tasks that run at `now` and take unusually long."""
        running = [task for task in tasks if task.state == TaskState.STARTED]
        usual = await _unless_unreadable(self._copy.usual(running), {}) if running else {}
        return {task.id: usual[task.id] for task in running if is_unusual(length_of(task, now), usual.get(task.id))}

    async def row_facts(self, tasks: Sequence[Task], now: datetime) -> RowFacts:
        """What the past and the alerts tell of these tasks; nothing where the copy cannot be read."""
        failed = [task for task in tasks if task.code in FAILED]
        after = await _unless_unreadable(self._copy.after(failed), RowFacts()) if failed else RowFacts()
        return replace(after, unusual=await self.unusual(tasks, now))

    # ── single ones ──

    async def task_or_activity(self, id: str) -> Found[Task | Activity]:  # noqa: A002 - the API's own word
        """The task of this id, else the activity: one number may name both. Raises as `details`."""
        try:
            item = await self._live.task_or_activity(id, self._live.budget())
        except AcronisError as error:
            task, as_of = await self._kept_task(id, error)
            return Found((task,), as_of, origin=Origin.COPY, stale=_away(error))
        return Found((item,), self._clock.now())

    async def details(self, id: str) -> Details:  # noqa: A002 - the API's own word
        """By number or UUID, also from the copy where Acronis is away. Raises NotFound, or AcronisError."""
        try:
            task = await self._live.task(id, self._live.budget())
        except AcronisError as error:
            task, as_of = await self._kept_task(id, error)
            past, path = await asyncio.gather(self._past(task, as_of), self._path(task))
            return Details(task, as_of, past, stale=_away(error), path=path)
        now = self._clock.now()
        past, steps, path = await asyncio.gather(self._past(task, now), self._steps(task), self._path(task))
        return Details(task, now, past, steps, path=path)

    async def _path(self, task: Task) -> tuple[str, ...]:
        """The names of the tenants above the task's own, and its own; () where none above is known."""
        above = [id_ for id_ in task.tenant.locator.split("/") if id_ and id_ != task.tenant.id]
        if not above:
            return ()
        names = {each.id: each.name for each in await _unless_unreadable(self._copy.tenants(), ()) if each.name}
        known = [names[id_] for id_ in above if id_ in names]
        return (*known, task.tenant.name) if known and task.tenant.name else ()

    async def _past(self, task: Task, now: datetime) -> Past:
        past = await _unless_unreadable(self._copy.past(task), Past())
        runs = task.state == TaskState.STARTED
        return replace(past, is_unusual=runs and is_unusual(length_of(task, now), past.usual))

    async def posted_task(self, channel: str, ts: str) -> str:
        """The id of the task that a card of ours shows, "" where this message is none."""
        return await self._copy.posted_task(channel, ts)

    async def posted_card(self, channel: str, ts: str) -> int:
        """The id of the card of ours that shows alerts by this message, 0 where it is none."""
        return await self._copy.posted_card(channel, ts)

    # ── what the copy alone knows ──

    async def stats(
        self, query: TaskQuery, as_of: datetime | None = None, *, by_plan: bool = False
    ) -> tuple[Stats, Basis]:
        basis = await self._coverage.basis(query, as_of)
        return await self._copy.stats(of_runs(query), basis.as_of, by_plan=by_plan), basis

    async def history(self, query: TaskQuery, as_of: datetime | None = None) -> tuple[tuple[History, ...], Basis]:
        """Of up to `HISTORIES` machines and plans; what failed last stands first. Where more have any, that is said."""
        basis = await self._coverage.basis(query, as_of)
        found = await self._copy.history(query, basis.as_of, machines=HISTORIES + 1)
        if len(found) > HISTORIES:
            more = f"more than {HISTORIES} machines and plans have runs; those that failed last stand first"
            basis = replace(basis, partial="; ".join(filter(None, (basis.partial, more))))
        return found[:HISTORIES], basis

    async def protected(
        self, query: TaskQuery, as_of: datetime | None = None, page: int = 1
    ) -> tuple[Protection, Basis]:
        """A page of what is protected; the nearest where it does not exist."""
        basis = await self._coverage.basis(query, as_of)
        find = partial(self._copy.protected, query, basis.as_of, self._target, rows=ROWS)
        shown = await find(offset=first_row(page))
        if shown.size and not shown.lines:
            shown = await find(offset=last_row(shown.size))
        return shown, basis

    async def due_soon(self, query: TaskQuery, as_of: datetime | None = None, page: int = 1) -> tuple[DueSoon, Basis]:
        """A page of what is due in the next hours; the nearest where it does not exist."""
        basis = await self._coverage.basis(query, as_of)
        find = partial(self._copy.due_soon, query, basis.as_of, self._target, rows=ROWS)
        shown = await find(offset=first_row(page))
        if shown.size and not shown.lines:
            shown = await find(offset=last_row(shown.size))
        return shown, basis

    async def settled(self, query: TaskQuery) -> TaskQuery:
        """The same question; a name that only tenants bear, or only machines or plans, is theirs."""
        return replace(query, names=await _unless_unreadable(self._names.settled(query.names), query.names))

    async def known_names(self) -> KnownNames:
        """What people may ask about by a name alone; nothing where the copy cannot be read."""
        return await _unless_unreadable(self._names.index(), NOBODY)

    def other_names(self, query: TaskQuery) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """Each known name that is asked for whole, with the longer names that are not meant, where there are any."""
        return self._names.others(query.names)

    async def example_names(self) -> Mapping[str, str]:
        """By the made-up names of our examples, names that are known here, as they can be typed; {} where none is."""
        return await _unless_unreadable(self._names.examples(), {})

    async def check_names(self, invocation: Invocation) -> None:
        """Raises UsageError at a name that nobody has, with the nearest. Only where all names are known."""
        if invocation.marks and (await self._coverage.of(ALL_RUNS)).answers:
            await self._names.check(invocation, are_all=True)

    async def doubt_names(self, invocation: Invocation) -> None:
        """Where nothing was found: raises UsageError at an unknown name that is like a known one."""
        if invocation.marks:
            await _unless_unreadable(self._names.check(invocation, are_all=False), None)

    # ── answers that are kept ──

    async def keep(
        self, verb: str, query: TaskQuery, asker: str, as_of: datetime, argument: str = "", shown: AnyList | None = None
    ) -> Answer:
        """Keeps an answer for its buttons. `verb` draws its pages, for a while from `shown`."""
        answer = Answer(secrets.token_urlsafe(9), verb, query, asker, as_of, argument)
        await self._answers.keep_answer(answer)
        if shown:
            self._pages.put(answer.id, shown)
        return answer

    async def share(self, answer: Answer) -> Answer:
        """Keeps a copy of the answer whose other pages anybody may turn to who is admitted: all see it."""
        shared = replace(answer, id=f"{_SHARED}{secrets.token_urlsafe(9)}")
        await self._answers.keep_answer(shared)
        if shown := self._pages.get(answer.id, Listing) or self._pages.get(answer.id, Steps):
            self._pages.put(shared.id, shown)
        return shared

    async def answer(self, id: str, asker: str) -> Answer:  # noqa: A002 - the noun's own word
        """The kept answer. Raises AnswerExpired, also for anybody but its asker where it is not shared."""
        answer = await self._answers.answer(id, self._clock.now())
        if answer is None:
            raise AnswerExpired(_EXPIRED)
        if answer.asker != asker and not id.startswith(_SHARED):
            raise AnswerExpired(_NOT_YOURS)
        return answer

    # ── which of the two ──

    async def _from_acronis(self, look: Look, query: TaskQuery, cover: Cover) -> tuple[Listing | None, Cover]:
        """What Acronis answers, None where the copy is to answer. The cover says then why the copy is stale."""
        if cover.answers and not asks_now(query):
            return None, cover
        try:
            return await look(self._live.find, query, self._live.budget()), cover
        except AcronisError as error:
            if cover.has_nothing:
                raise
            return None, replace(cover, stale=_away(error))

    async def _current(self, query: TaskQuery, cover: Cover) -> Found[Task]:
        """What runs and is paused now: live, or as last read where the copy is behind or no answer comes."""
        now, why = live.current_of(query), ""
        try:
            if not cover.stale:
                return await self._live.find(now, self._live.budget(seconds=NOW_SECONDS))
        except AcronisError as error:
            why = _no_answer(error)
        return await from_copy.last_seen(self._copy, now, cover, why)

    async def _kept_task(self, id: str, error: AcronisError) -> tuple[Task, datetime]:  # noqa: A002 - the API's own word
        """The copy's row, and as of when it is. Raises `error` where there is none."""
        task = await _unless_unreadable(self._copy.task(id), None)
        if task is None:
            raise error
        return task, await self._coverage.read_at(task.account) or task.updated_at

    async def _steps(self, task: Task) -> Found[Activity] | None:
        budget = self._live.budget(items=STEPS_READ, seconds=STEPS_SECONDS)
        try:
            return await self._live.activities(TaskQuery(backwards=True), task, budget)
        except AcronisError:
            return None


async def _unless_unreadable(reading: Awaitable[T], otherwise: T) -> T:
    """What the copy adds to an answer from Acronis; `otherwise` where the copy cannot be read."""
    try:
        return await reading
    except StoreUnavailable:
        return otherwise


def _away(error: AcronisError) -> str:
    """*Acronis does not answer; this is the bot's copy*."""
    return f"{_no_answer(error)}; this is the bot's copy"


def _no_answer(error: AcronisError) -> str:
    """Why Acronis gave no answer, without what to do about it."""
    if isinstance(error, AskedTooOften):
        return "You ask Acronis very often"
    if isinstance(error, AcronisUnavailable):
        return "Acronis does not answer"
    return "Acronis no longer has it" if isinstance(error, NotFound) else error.told.rstrip(".")
