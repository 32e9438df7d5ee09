"""Questions about tasks and activities, and answers that can be turned page by page: what handlers ask.

Knows Acronis's clients and the store by what they do only. Where a question is asked is `lists`' and `single`'s matter.
"""

import secrets
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Protocol

from bot.blocks.paging import ROWS
from bot.errors import AnswerExpired
from bot.model import (
    Activity,
    Answer,
    Basis,
    Clock,
    Details,
    Found,
    History,
    Invocation,
    Listing,
    Protection,
    Rules,
    Stats,
    Steps,
    Task,
    TaskQuery,
    TaskState,
)
from bot.services import coverage as choosing
from bot.services import from_copy as copied
from bot.services.covering import Covers
from bot.services.fan_out import Source
from bot.services.from_copy import Copy
from bot.services.lists import Asked, Lists
from bot.services.live import Live, limited
from bot.services.names import Names
from bot.services.page_cache import Shelf, Shown
from bot.services.single import Single

_EXPIRED = "This answer is more than a day old and no longer kept. Ask again with /tasks."
_NOT_YOURS = "This answer was given to somebody else. Ask again with /tasks, and you get your own."


class Answers(Protocol):
    """Where answers are kept for 24 hours."""

    async def keep_answer(self, answer: Answer, /) -> None: ...
    async def answer(self, id: str, now: datetime, /) -> Answer | None: ...  # noqa: A002 - the noun's own word


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
        self._answers = answers
        self._copy = copy
        self._clock = clock
        self._target = target
        self._shelf = Shelf()
        self._live = Live(clients, clock, limit=limit, seconds=seconds)
        self._covers = Covers(copy, clients, clock, stale_after)
        self._lists = Lists(self._live, copy, self._covers, self._shelf)
        self._single = Single(self._live, copy, self._covers, clock)
        self._names = Names(copy, clock)

    async def listing(
        self, query: TaskQuery, *, page: int = 1, as_of: datetime | None = None, kept: str = ""
    ) -> Listing:
        """The tasks asked for and what is said beside them: all of them where read live, else this page.

        For the answer id `kept` the list stays as it was at `as_of`. Raises AcronisError where neither Acronis nor the
        copy has anything.
        """
        return await self._lists.listing(Asked(query, page, as_of, kept))

    async def overview(
        self, query: TaskQuery, *, page: int = 1, as_of: datetime | None = None, kept: str = ""
    ) -> Listing:
        """What needs attention and how much went well in the time that `query` names. All else as in `listing`."""
        return await self._lists.overview(Asked(query, page, as_of, kept))

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

    async def task_or_activity(self, id: str) -> Found[Task | Activity]:  # noqa: A002 - the API's own word
        """The task of this id, else the activity, alone. Raises as `details`."""
        return await self._single.task_or_activity(id)

    async def details(self, id: str) -> Details:  # noqa: A002 - the API's own word
        """A task by number or UUID, the copy's where Acronis does not give it. Raises NotFound and AcronisError."""
        return await self._single.details(id)

    async def posted_task(self, channel: str, ts: str) -> str:
        """The id of the task that a card of ours shows, "" where this message is none."""
        return await self._copy.posted_task(channel, ts)

    # ── what the copy alone can tell ──

    async def usual(self, tasks: Iterable[Task]) -> Mapping[str, timedelta]:
        """By id, how long such runs usually take, of those that run: what is stuck is told by it."""
        running = [task for task in tasks if task.state == TaskState.STARTED]
        return await self._copy.usual(running) if running else {}

    async def stats(self, query: TaskQuery, as_of: datetime | None = None) -> tuple[Stats, Basis]:
        basis = await self._covers.basis(query, as_of)
        return await self._copy.stats(choosing.of_runs(query), basis.as_of), basis

    async def history(self, query: TaskQuery, as_of: datetime | None = None) -> tuple[tuple[History, ...], Basis]:
        basis = await self._covers.basis(query, as_of)
        return await self._copy.history(query, basis.as_of), basis

    async def protected(
        self, query: TaskQuery, as_of: datetime | None = None, page: int = 1
    ) -> tuple[Protection, Basis]:
        """A page of what is protected; one that does not exist is the nearest."""
        basis = await self._covers.basis(query, as_of)
        ask = partial(self._copy.protected, query, basis.as_of, self._target)
        shown = await ask(offset=(max(page, 1) - 1) * ROWS, rows=ROWS)
        if shown.size and not shown.lines and page > 1:
            shown = await ask(offset=copied.start_of(page, shown.size), rows=ROWS)
        return shown, basis

    async def check_names(self, invocation: Invocation) -> None:
        """Raises UsageError at a name that nobody has, with the nearest; only where every name there is is known."""
        if invocation.marks and await self._covers.knows_all_names():
            await self._names.check(invocation, are_all=True)

    async def doubt_names(self, invocation: Invocation) -> None:
        """After nothing was found: raises UsageError at a name that nobody known has, where one like it is known."""
        if invocation.marks:
            await self._names.check(invocation, are_all=False)

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
