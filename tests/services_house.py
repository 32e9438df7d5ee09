"""What questions are put to in tests: accounts that answer as they like, a copy, and answers that are kept."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.errors import AcronisError, AcronisUnavailable, NotFound
from bot.language import DEFAULT_KINDS
from bot.model import (
    Activity,
    Answer,
    Found,
    History,
    NameField,
    Origin,
    Page,
    Past,
    Protected,
    Protection,
    Reach,
    RowFacts,
    Standing,
    Stats,
    Tally,
    Task,
    TaskQuery,
    Tenant,
    time_of,
)
from bot.services import Tasks
from bot.services.fan_out import in_order
from bot.services.live import Live
from bot.store.answers import Answers
from bot.store.copy.search import Questions
from tests.builders import NOW, task

AWAY = AcronisUnavailable("Acronis does not answer. Try again in a few minutes.")
ORDINARY = TaskQuery(kinds=DEFAULT_KINDS, roots_only=True)


class StandingClock:
    def now(self) -> datetime:
        return NOW


@dataclass
class Account:
    """Gives the tasks that a question admits, newest first, `page_size` to a page; then raises `error`, if any.

    `waits` seconds go by before each page after the first. `asked` holds every question. One that `filters` nothing
    sends all tasks, and what was not asked for is left out of each page.
    """

    tasks: Sequence[Task] = ()
    activities_known: Sequence[Activity] = ()
    page_size: int = 2
    error: AcronisError | None = None
    waits: float = 0.0
    filters: bool = True
    asked: list[TaskQuery] = field(default_factory=list)
    closed: int = 0

    async def find(self, query: TaskQuery) -> AsyncIterator[Page[Task]]:
        self.asked.append(query)
        newest = sorted(self.tasks, key=lambda each: each.started_at or NOW, reverse=not query.oldest_first)
        sent = [each for each in newest if query.admits(each) or not self.filters]
        try:
            for start in range(0, len(sent), self.page_size):
                await asyncio.sleep(self.waits if start else 0)
                page = sent[start : start + self.page_size]
                yield Page(
                    tuple(each for each in page if query.admits(each)),
                    malformed=1,
                    read=len(page),
                    reached=time_of(page[-1], query.order_field),
                    is_last=start + self.page_size >= len(sent) and not self.error,
                )
            if self.error:
                raise self.error
        finally:
            self.closed += 1

    async def activities(self, query: TaskQuery, task_id: str) -> AsyncIterator[Page[Activity]]:
        self.asked.append(query)
        if self.error:
            raise self.error
        yield Page(tuple(each for each in self.activities_known if task_id in ("", each.task_id)), is_last=True)

    async def task(self, id: str) -> Task:  # noqa: A002 - the noun's own word
        if self.error:
            raise self.error
        for each in self.tasks:
            if each.id == id:
                return each
        raise NotFound("There is no such task.")

    async def activity(self, id: str) -> Activity:  # noqa: A002 - the noun's own word
        for each in self.activities_known:
            if each.id == id:
                return each
        raise NotFound("There is no such activity.")


class FakeAnswers(Answers):
    """Keeps answers for ever, in memory."""

    def __init__(self) -> None:
        self.kept: dict[str, Answer] = {}

    async def keep_answer(self, answer: Answer) -> None:
        self.kept[answer.id] = answer

    async def answer(self, id: str, now: datetime) -> Answer | None:  # noqa: A002 - the noun's own word
        assert now == NOW
        return self.kept.get(id)


@dataclass
class FakeCopy(Questions):
    """A copy in memory of `tasks`, read of the accounts as `known` says. `asked` holds what it was asked."""

    tasks: Sequence[Task] = ()
    known: tuple[Reach, ...] = ()
    names: tuple[str, ...] = ()
    cards: dict[tuple[str, str], str] = field(default_factory=dict[tuple[str, str], str])
    asked: list[str] = field(default_factory=list[str])

    async def reaches(self) -> tuple[Reach, ...]:
        return self.known

    async def find(
        self, query: TaskQuery, as_of: datetime, *, offset: int = 0, rows: int = 10, before: Sequence[Task] = ()
    ) -> Found[Task]:
        self.asked.append("find")
        all_of_them = (*before, *in_order(tuple(self._admitted(query, as_of)), query, as_of)[: query.limit])
        start = offset if offset < len(all_of_them) else max(len(all_of_them) - 1, 0) // rows * rows
        return Found(all_of_them[start : start + rows], as_of, origin=Origin.COPY, offset=start, total=len(all_of_them))

    async def count(self, query: TaskQuery, as_of: datetime) -> tuple[int, datetime | None]:
        self.asked.append("count")
        found = self._admitted(query, as_of)
        return len(found), max((each.ended_at for each in found), default=None)

    async def stats(self, query: TaskQuery, as_of: datetime, *, by_plan: bool = False) -> Stats:
        return Stats(Tally("", len(self._admitted(query, as_of))))

    async def history(self, query: TaskQuery, as_of: datetime, **_: int) -> tuple[History, ...]:
        return tuple(
            History(each.account, each.tenant, each.name, each.plan, each.kind, ())
            for each in self._admitted(query, as_of)
        )

    async def protected(
        self, query: TaskQuery, as_of: datetime, target: timedelta, *, offset: int = 0, rows: int = 10
    ) -> Protection:
        self.asked.append(f"protected {target}")
        lines = [
            Protected(each.account, each.tenant, each.name, each.plan, each.workload, Standing.GOOD)
            for each in self._admitted(query, as_of)
        ]
        return Protection(tuple(lines[offset : offset + rows]), {Standing.GOOD: len(lines)}, offset)

    async def known_names(self, field: NameField) -> tuple[str, ...]:
        self.asked.append(f"names of a {field}")
        return self.names

    async def past(self, task: Task) -> Past:
        return Past(strip=(task.code,))

    async def after(self, failed: Sequence[Task]) -> RowFacts:
        return RowFacts()

    def cause_words(self) -> frozenset[str]:
        return frozenset()

    async def tenants(self) -> tuple[Tenant, ...]:
        return tuple(each.tenant for each in self.tasks)

    async def usual(self, running: Sequence[Task]) -> dict[str, timedelta]:
        return {each.id: timedelta(minutes=10) for each in running}

    async def task(self, id: str) -> Task | None:  # noqa: A002 - the noun's own word
        return next((each for each in self.tasks if id in (each.id, each.uuid)), None)

    async def posted_task(self, channel: str, ts: str) -> str:
        return self.cards.get((channel, ts), "")

    async def posted_card(self, channel: str, ts: str) -> int:
        return 0

    def _admitted(self, query: TaskQuery, as_of: datetime) -> list[Task]:
        return [each for each in self.tasks if query.admits(each) and each.updated_at <= as_of]


def reach(account: str = "account-1", minutes: int = 1, *, days: int = 90, is_whole: bool = True) -> Reach:
    """Read so many minutes ago; runs of so many days and the rest of seven are there."""
    return Reach(account, ago(minutes), ago(days * 24 * 60), ago(7 * 24 * 60), is_whole)


def tasks_of(*accounts: Account, copy: FakeCopy | None = None, limit: int = 5_000, seconds: float = 10.0) -> Tasks:
    """Over accounts named `account-1` and on. Without a copy it is one that was never read."""
    return Tasks(_named(accounts), FakeAnswers(), copy or FakeCopy(), StandingClock(), limit=limit, seconds=seconds)


def live_of(*accounts: Account, limit: int = 5_000, seconds: float = 10.0) -> Live:
    return Live(_named(accounts), StandingClock(), limit=limit, seconds=seconds)


def _named(accounts: Sequence[Account]) -> dict[str, Account]:
    return {f"account-{number}": account for number, account in enumerate(accounts, 1)}


def aged(minutes: int, **changes: object) -> Task:
    return task(started_at=NOW - timedelta(minutes=minutes), **changes)


def ago(minutes: int) -> datetime:
    return NOW - timedelta(minutes=minutes)
