"""Questions about tasks and activities, and answers that can be turned page by page.

Owns where a question is asked: of Acronis or of the bot's copy (`choosing`). Knows Acronis's clients and the store by
what they do only.
"""

import asyncio
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Final, Protocol

from bot.blocks.paging import ROWS
from bot.errors import AcronisError, AcronisUnavailable, AnswerExpired, NotFound
from bot.model import (
    Activity,
    Answer,
    Basis,
    Clock,
    Found,
    History,
    Invocation,
    Origin,
    Past,
    Protection,
    Reach,
    Rules,
    Stats,
    Task,
    TaskQuery,
)
from bot.services import choosing, copied, listings
from bot.services.choosing import Cover
from bot.services.copied import Copy
from bot.services.known import Names
from bot.services.listings import Listing, Steps
from bot.services.live import Live, limited
from bot.services.reading import Source
from bot.services.shelf import Shelf, Shown

STEPS_READ: Final = 300
STEPS_SECONDS: Final = 4.0
"""What the activities beside a task's details may cost: the rest of the details waits for them."""
NOW_SECONDS: Final = 5.0
"""How long the overview waits for what runs now; all else in it comes from the copy."""

_EXPIRED = "This answer is more than a day old and no longer kept. Ask again with /tasks."
_NOT_YOURS = "This answer was given to somebody else. Ask again with /tasks, and you get your own."
_THE_COPY = "this is the bot's copy"


class Answers(Protocol):
    """Where answers are kept for 24 hours."""

    async def keep_answer(self, answer: Answer, /) -> None: ...
    async def answer(self, id: str, now: datetime, /) -> Answer | None: ...  # noqa: A002 - the noun's own word


@dataclass(frozen=True, slots=True)
class Details:
    """One task with what is known around it. Where `stale` is not "", the task is the copy's: it says why.

    `steps` are None where they could not be read.
    """

    task: Task
    as_of: datetime
    past: Past
    steps: Found[Activity] | None = None
    stale: str = ""


class _FromCopy(Protocol):
    """Draws a page of a list from the copy; the last argument says why it is stale, or nothing."""

    async def __call__(self, query: TaskQuery, cover: Cover, page: int, stale: str, /) -> Listing: ...


class Tasks:
    """`clients` are by account. A copy read longer than `stale_after` ago is asked only where Acronis cannot be.

    A live answer reads at most `limit` items for at most `seconds` (design §4). A backup older than `target` is late.
    """

    def __init__(
        self,
        clients: Mapping[str, Source],
        answers: Answers,
        copy: Copy,
        clock: Clock,
        *,
        stale_after: timedelta = timedelta(minutes=3),
        target: timedelta = Rules().target,  # noqa: B008 - a frozen value
        limit: int = 5_000,
        seconds: float = 10.0,
    ) -> None:
        self._accounts = frozenset(clients)
        self._live = Live(clients, clock, limit=limit, seconds=seconds)
        self._answers = answers
        self._copy = copy
        self._clock = clock
        self._stale_after = stale_after
        self._target = target
        self._shelf = Shelf()
        self._names = Names(copy, clock)

    # ── lists ──

    async def listing(
        self, query: TaskQuery, *, page: int = 1, as_of: datetime | None = None, kept: str = ""
    ) -> Listing:
        """The tasks asked for and what is said beside them: all of them where read live, else this page.

        For the answer id `kept` the list stays as it was at `as_of`. Raises AcronisError where neither Acronis nor the
        copy has anything.
        """
        return await self._listed(listings.listing, self._copied_listing, query, page, as_of, kept)

    async def overview(
        self, query: TaskQuery, *, page: int = 1, as_of: datetime | None = None, kept: str = ""
    ) -> Listing:
        """What needs attention and how much went well in the time that `query` names. All else as in `listing`."""
        return await self._listed(listings.overview, self._copied_overview, query, page, as_of, kept)

    async def activities(self, query: TaskQuery, task_id: str = "", *, kept: str = "") -> Steps:
        """The activities asked for, or those of one task with the task, live. Raises NotFound and AcronisError."""
        if shown := self._shelf.steps(kept):
            return shown
        budget = self._live.budget()
        task = await self._live.task(task_id, budget) if task_id else None
        found = await self._live.activities(query, task, budget)
        steps = Steps(limited(found, query), task)
        if kept:
            self._shelf.put(kept, steps)
        return steps

    async def _listed(
        self,
        look: listings.Look,
        from_copy: _FromCopy,
        query: TaskQuery,
        page: int,
        as_of: datetime | None,
        kept: str,
    ) -> Listing:
        shown = self._shelf.listing(kept)
        if shown is not None and shown.found.origin is Origin.COPY:
            return await copied.turned(self._copy, query, shown, page)
        if shown is not None:
            return shown
        listing = await self._asked(look, from_copy, query, page, as_of)
        if kept:
            self._shelf.put(kept, listing)
        return listing

    async def _asked(
        self, look: listings.Look, from_copy: _FromCopy, query: TaskQuery, page: int, as_of: datetime | None
    ) -> Listing:
        cover = await self._cover(query, as_of)
        if cover.answers and not choosing.asks_now(query):
            return await from_copy(query, cover, page, cover.stale)
        try:
            return await look(self._live.find, query, self._live.budget())
        except AcronisError as error:
            if cover.has_nothing:
                raise
            return await from_copy(query, cover, page, _away(error))

    async def _copied_listing(self, query: TaskQuery, cover: Cover, page: int, stale: str) -> Listing:
        return await copied.listing(self._copy, query, cover, page, stale)

    async def _copied_overview(self, query: TaskQuery, cover: Cover, page: int, stale: str) -> Listing:
        """What runs now is asked live even so; without an answer in a few seconds the copy's word is taken for it."""
        now = listings.current_of(query)
        try:
            if stale:
                current = await copied.current(self._copy, now, cover)
            else:
                current = await self._live.find(now, self._live.budget(seconds=NOW_SECONDS))
        except AcronisError as error:
            current = await copied.current(self._copy, now, cover, _words(error))
        return await copied.overview(self._copy, query, cover, page, current, stale)

    # ── single ones ──

    async def task_or_activity(self, id: str) -> Found[Task | Activity]:  # noqa: A002 - the API's own word
        """The task of this id, else the activity: one number may name both. It alone is found; raises as `details`."""
        try:
            item = await self._live.task_or_activity(id, self._live.budget())
        except AcronisError as error:
            task, stale = await self._kept_task(id, error)
            return Found((task,), await self._read_at(task), origin=Origin.COPY, stale=stale)
        return Found((item,), self._clock.now())

    async def details(self, id: str) -> Details:  # noqa: A002 - the API's own word
        """By number or UUID. Where Acronis does not have it or does not answer, the copy's row.

        Raises NotFound, or another AcronisError where one account is silent and the copy does not know it either.
        """
        try:
            task = await self._live.task(id, self._live.budget())
        except AcronisError as error:
            task, stale = await self._kept_task(id, error)
            return Details(task, await self._read_at(task), await self._copy.past(task), stale=stale)
        past, steps = await asyncio.gather(self._copy.past(task), self._steps(task))
        return Details(task, self._clock.now(), past, steps)

    async def posted_task(self, channel: str, ts: str) -> str:
        """The id of the task that a card of ours shows, "" where this message is none."""
        return await self._copy.posted_task(channel, ts)

    async def _kept_task(self, id: str, error: AcronisError) -> tuple[Task, str]:  # noqa: A002 - the API's own word
        """The copy's row and why it is not Acronis's. Raises `error` where there is none."""
        task = await self._copy.task(id)
        if task is None:
            raise error
        return task, _away(error)

    async def _steps(self, task: Task) -> Found[Activity] | None:
        budget = self._live.budget(items=STEPS_READ, seconds=STEPS_SECONDS)
        try:
            return await self._live.activities(TaskQuery(backwards=True), task, budget)
        except AcronisError:
            return None

    async def _read_at(self, task: Task) -> datetime:
        read = {reach.account: reach.read_at for reach in await self._copy.reaches()}
        return read.get(task.account) or task.updated_at

    # ── what the copy alone can tell ──

    async def stats(self, query: TaskQuery, as_of: datetime | None = None) -> tuple[Stats, Basis]:
        basis = await self._basis(query, as_of)
        return await self._copy.stats(query, basis.as_of), basis

    async def history(self, query: TaskQuery, as_of: datetime | None = None) -> tuple[tuple[History, ...], Basis]:
        basis = await self._basis(query, as_of)
        return await self._copy.history(query, basis.as_of), basis

    async def protected(
        self, query: TaskQuery, as_of: datetime | None = None, page: int = 1
    ) -> tuple[Protection, Basis]:
        """A page of what is protected; one that does not exist is the nearest."""
        basis = await self._basis(query, as_of)
        ask = partial(self._copy.protected, query, basis.as_of, self._target)
        shown = await ask(offset=(max(page, 1) - 1) * ROWS, rows=ROWS)
        if shown.size and not shown.lines and page > 1:
            shown = await ask(offset=copied.start_of(page, shown.size), rows=ROWS)
        return shown, basis

    async def check_names(self, invocation: Invocation) -> None:
        """Raises UsageError at a name that nobody has, with the nearest; only where every name there is is known."""
        if invocation.marks and (await self._cover(choosing.ALL_RUNS, None)).answers:
            await self._names.check(invocation)

    async def _basis(self, query: TaskQuery, as_of: datetime | None) -> Basis:
        reaches = await self._copy.reaches()
        cover = self._cover_by(reaches, choosing.of_runs(query), as_of)
        begins = f"; it begins on {cover.starts_at:%Y-%m-%d} (UTC)" if cover.starts_at and cover.gap else ""
        return Basis(
            cover.as_of,
            stale=cover.stale,
            partial=cover.gap + begins,
            history_from=choosing.runs_from(reaches, self._accounts),
        )

    async def _cover(self, query: TaskQuery, as_of: datetime | None) -> Cover:
        return self._cover_by(await self._copy.reaches(), query, as_of)

    def _cover_by(self, reaches: Sequence[Reach], query: TaskQuery, as_of: datetime | None) -> Cover:
        now = self._clock.now()
        return choosing.cover_of(query, reaches, self._accounts, now - self._stale_after, now, as_of)

    # ── answers that are kept ──

    async def keep(
        self,
        verb: str,
        query: TaskQuery,
        asker: str,
        as_of: datetime,
        argument: str = "",
        *,
        shown: Shown | None = None,
    ) -> Answer:
        """Keeps an answer for its buttons. `verb` draws its pages; `shown` is what they are drawn from for a while."""
        answer = Answer(secrets.token_urlsafe(9), verb, query, asker, as_of, argument)
        await self._answers.keep_answer(answer)
        if shown:
            self._shelf.put(answer.id, shown)
        return answer

    async def answer(self, id: str, asker: str) -> Answer:  # noqa: A002 - the noun's own word
        """The kept answer. Raises AnswerExpired, also for anybody but its asker."""
        answer = await self._answers.answer(id, self._clock.now())
        if answer is None:
            raise AnswerExpired(_EXPIRED)
        if answer.asker != asker:
            raise AnswerExpired(_NOT_YOURS)
        return answer


def _away(error: AcronisError) -> str:
    return f"{_words(error)}; {_THE_COPY}"


def _words(error: AcronisError) -> str:
    """Why Acronis gave no answer, without what to do about it: the copy has answered."""
    if isinstance(error, AcronisUnavailable):
        return "Acronis does not answer"
    if isinstance(error, NotFound):
        return "Acronis no longer has it"
    return error.told.rstrip(".")
