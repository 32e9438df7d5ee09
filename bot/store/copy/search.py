"""Questions answered from the bot's own copy: lists and counts of tasks, names, and how far the copy reaches.

Knows no clock and asks nobody. All of one answer is read in one transaction. What is matched is counted exactly up to
`COUNTED`; of more, the page is found by a walk along the time.
"""

import asyncio
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, func, literal_column, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.errorbook.book import Book, shipped
from bot.model import (
    CardKind,
    DueSoon,
    Found,
    History,
    NameField,
    NameFilter,
    Origin,
    Past,
    Protection,
    Reach,
    RowFacts,
    Rules,
    Sort,
    Stats,
    Target,
    Task,
    TaskQuery,
    Tenant,
    folded,
    task_behind,
)
from bot.model.values import dataclass
from bot.store.copy.dimensions import Dimensions
from bot.store.copy.due_soon import due_soon
from bot.store.copy.filters import Matching, matching, numbered
from bot.store.copy.history import after_failures, histories, past_of, usual_lengths
from bot.store.copy.planned import names_without_runs
from bot.store.copy.protection import Asked, protection
from bot.store.copy.stats import stats
from bot.store.dialect import among
from bot.store.engine import Database
from bot.store.schema import accounts, alerts, card_alerts, moment_or_none, posts, tasks

COUNTED = 10_000
"""How many matches are counted exactly."""

_ALL_HISTORY = timedelta(days=1)
"""Backfill reads whole days: history that is so near to its end has reached it."""


class Questions:
    """`rules` say how long what is kept, `accounts` which are configured. More matches than `counted` are not counted.

    `targets` say how old the last good backup of what they match may be, in place of the one target for all. A name
    that more than `leads` tasks have does not lead: their rows lie all over the file.
    """

    def __init__(
        self,
        database: Database,
        rules: Rules,
        accounts: frozenset[str] | None = None,
        *,
        counted: int = COUNTED,
        leads: int = 20_000,
        targets: Sequence[Target] = (),
        book: Book | None = None,
    ) -> None:
        self._book = book
        self._targets = targets
        self._counted = counted
        self._leads = leads
        self._database = database
        self._rules = rules
        self._accounts = accounts
        self._dimensions = Dimensions(database, accounts, book, searched=True)
        self._refreshing = asyncio.Lock()

    async def reaches(self) -> tuple[Reach, ...]:
        """How much of each account the copy holds, as of its last poll."""
        async with self._database.read() as connection:
            return await self._reaches(connection)

    async def find(
        self, query: TaskQuery, as_of: datetime, *, offset: int = 0, rows: int = 10, before: Sequence[Task] = ()
    ) -> Found[Task]:
        """Tasks from place `offset` on, as they were known at `as_of`; past the end, the last `rows` of them.

        The list begins with the tasks `before`. `partial` where more than `COUNTED` match.
        """
        items: tuple[Task, ...] = ()
        async with self._reading() as (connection, dimensions):
            wanted = matching(dimensions, query, as_of)
            search = _Search(connection, dimensions, wanted)
            led = [] if wanted.is_vain else await search.led(self._leads)
            matched = 0 if wanted.is_vain else await search.many(led, self._counted)
            is_more = matched > self._counted
            total = min(matched, self._counted, query.limit or self._counted)
            size = total + len(before)
            start = offset if offset < size else max(size - 1, 0) // rows * rows
            mine, first = tuple(before[start : start + rows]), max(start - len(before), 0)
            room = min(rows - len(mine), total - first)
            if room > 0:
                items = await search.page(wanted.by_time() if is_more else led, first, room)
        partial = f"more than {self._counted:,} match; the first {self._counted:,} of them can be turned through"
        if not is_more or (query.limit is not None and query.limit <= self._counted):
            partial = ""
        return Found((*mine, *items), as_of, partial, origin=Origin.COPY, offset=start, total=size)

    async def count(self, query: TaskQuery, as_of: datetime) -> tuple[int, datetime | None]:
        """How many there are, and when the last of them ended."""
        async with self._reading() as (connection, dimensions):
            wanted = matching(dimensions, query, as_of)
            if wanted.is_vain:
                return 0, None
            led = await _Search(connection, dimensions, wanted).led(self._leads)
            ended = func.max(func.coalesce(tasks.c.completed_at, tasks.c.updated_at))
            statement = select(func.count(), ended).select_from(tasks).where(*led)
            number, newest = (await connection.execute(statement)).one()
        return (number if query.limit is None else min(number, query.limit)), moment_or_none(newest)

    async def stats(self, query: TaskQuery, as_of: datetime, *, by_plan: bool = False) -> Stats:
        """How the root runs ended that the question names, in any window."""
        async with self._reading() as (connection, dimensions):
            return await stats(connection, dimensions, query, as_of, by_plan=by_plan)

    async def history(
        self, query: TaskQuery, as_of: datetime, *, runs: int = 14, machines: int = 20
    ) -> tuple[History, ...]:
        """The last runs of each machine and plan that the question names."""
        async with self._reading() as (connection, dimensions):
            return await histories(connection, dimensions, query, as_of, runs=runs, machines=machines)

    async def protected(
        self, query: TaskQuery, as_of: datetime, target: timedelta, *, offset: int = 0, rows: int = 10
    ) -> Protection:
        """How restore points stand, the worst first. Only names, types, kinds, workloads and standings count."""
        async with self._reading() as (connection, dimensions):
            whole = {reach.account for reach in await self._reaches(connection) if reach.is_whole}
            asked = Asked(dimensions, query, as_of, (*self._targets, Target(TaskQuery(), target)), whole)
            return await protection(connection, asked, offset=offset, rows=rows)

    async def due_soon(
        self, query: TaskQuery, as_of: datetime, target: timedelta, *, offset: int = 0, rows: int = 10
    ) -> DueSoon:
        """What is due in the next hours, first what is at risk. Otherwise as `protected`."""
        async with self._reading() as (connection, dimensions):
            asked = Asked(dimensions, query, as_of, (*self._targets, Target(TaskQuery(), target)))
            return await due_soon(connection, asked, offset=offset, rows=rows)

    async def known_names(self, field: NameField) -> tuple[str, ...]:
        """The names of this field that the copy knows, from A to Z."""
        async with self._reading() as (connection, dimensions):
            people: set[str] = set()
            idle = await names_without_runs(connection) if field in (NameField.MACHINE, NameField.ANY) else set[str]()
            if field in (NameField.PERSON, NameField.ANY):
                used = await connection.scalars(select(_each_of_index(tasks.c.started_by)))
                people = {dimensions.names.rows[number] for number in used if number is not None} - {""}
        known = {
            NameField.TENANT: dimensions.tenants.names(),
            NameField.MACHINE: dimensions.machines.names() | idle,
            NameField.PLAN: dimensions.plans.names(),
            NameField.PERSON: people,
        }
        if field is NameField.TYPE:
            known = {field: {task.type for task in dimensions.shapes.rows.values()}}
        return tuple(sorted(known.get(field, set().union(*known.values())), key=str.casefold))

    async def borne(self, names: Sequence[NameFilter]) -> list[bool]:
        """Of each filter, whether a name or an id that the copy knows fits it, left out or not."""
        async with self._reading() as (_, dimensions):
            return [any(numbered(dimensions, each).numbers.values()) for each in names]

    async def tenants(self) -> tuple[Tenant, ...]:
        """All that the copy knows."""
        async with self._reading() as (_, dimensions):
            return tuple(each.tenant for each in dimensions.tenants.rows.values())

    async def tenants_called(self, name: str) -> tuple[Tenant, ...]:
        """The tenants that bear this whole name or UUID, in the order of their ids."""
        wanted = folded(name)
        async with self._reading() as (_, dimensions):
            known = (each.tenant for each in dimensions.tenants.rows.values())
            called = {each.id: each for each in known if wanted in (folded(each.name), folded(each.uuid))}
            return tuple(called[id_] for id_ in sorted(called))

    async def past(self, task: Task) -> Past:
        """What the copy adds to one task's details."""
        async with self._database.read() as connection:
            return await past_of(connection, task)

    async def usual(self, running: Sequence[Task]) -> dict[str, timedelta]:
        """By id, how long runs of the same resource and plan that ended well usually take, where any is known."""
        async with self._database.read() as connection:
            return await usual_lengths(connection, running)

    async def after(self, failed: Sequence[Task]) -> RowFacts:
        """When the last good run ended that began after each of them, and of which a critical alert is open."""
        async with self._database.read() as connection:
            return await after_failures(connection, failed)

    async def task(self, id: str) -> Task | None:  # noqa: A002 - the API's own word
        """The copy's row, by number or by UUID."""
        async with self._reading() as (connection, dimensions):
            by_number = (tasks.c.account.in_(dimensions.accounts()), tasks.c.id == id)
            by_uuid = (func.lower(tasks.c.uuid) == id.lower(),)  # reads every row
            for condition in (by_number,) if id.isdecimal() else (by_number, by_uuid):
                row = (await connection.execute(select(tasks).where(*condition).limit(1))).one_or_none()
                if row is not None:
                    return dimensions.task(row)
        return None

    def cause_words(self) -> frozenset[str]:
        """The words by which a cause can be asked for, and codes, in small letters."""
        return (self._book or shipped()).words

    async def posted_task(self, channel: str, ts: str) -> str:
        """The id of the task whose alert a card shows, or the card of the thread it is in; "" where it is not one.

        A direct message about one alert stands under the id of who got it.
        """
        parent = select(posts.c.parent_id).where(posts.c.channel == channel, posts.c.ts == ts)
        card = select(posts.c.id).where(
            posts.c.kind == CardKind.ALERT.value,
            or_(posts.c.id.in_(parent), (posts.c.channel == channel) & (posts.c.ts == ts)),
        )
        shown = select(card_alerts.c.alert_id).where(card_alerts.c.card_id.in_(card))
        told = select(posts.c.alert_id).where(_is_direct(channel, ts), posts.c.size == 1)
        of_message = or_(alerts.c.id.in_(shown), alerts.c.id.in_(told))
        async with self._database.read() as connection:
            found = (await connection.scalars(select(alerts.c.task_id).where(of_message).limit(2))).all()
        return task_behind(found[0]) if len(found) == 1 and ts else ""

    async def posted_card(self, channel: str, ts: str) -> int:
        """The id of the card that shows alerts by this message, or in whose thread it stands; 0 where there is none."""
        own = select(func.coalesce(posts.c.parent_id, posts.c.id)).where(posts.c.channel == channel, posts.c.ts == ts)
        card = select(card_alerts.c.card_id).where(card_alerts.c.card_id.in_(own)).limit(1)
        its = select(func.max(card_alerts.c.card_id)).where(card_alerts.c.alert_id == posts.c.alert_id)
        told = select(func.coalesce(posts.c.storm_id, its.scalar_subquery())).where(_is_direct(channel, ts)).limit(1)
        async with self._database.read() as connection:
            return (await connection.scalar(card)) or (await connection.scalar(told)) or 0 if ts else 0

    @asynccontextmanager
    async def _reading(self) -> AsyncIterator[tuple[AsyncConnection, Dimensions]]:
        """One transaction, and what tasks share as of it. Where rows were forgotten other questions keep theirs."""
        async with self._database.read() as connection:
            async with self._refreshing:
                if self._dimensions.is_outdated:
                    self._dimensions = Dimensions(self._database, self._accounts, self._book, searched=True)
                dimensions = self._dimensions
                await dimensions.refresh(connection)
            yield connection, dimensions

    async def _reaches(self, connection: AsyncConnection) -> tuple[Reach, ...]:
        rows = await connection.execute(select(accounts).order_by(accounts.c.account))
        return tuple(self._reach(row) for row in rows)

    def _reach(self, row: Any) -> Reach:
        read_at, since = moment_or_none(row.read_at), moment_or_none(row.history_from)
        if read_at is None or since is None:
            return Reach(row.account, read_at, since, since)
        whole = min(self._rules.history, self._rules.keep_runs)
        return Reach(
            row.account,
            read_at,
            runs_from=since,
            rest_from=max(since, read_at - self._rules.keep_rest),
            is_whole=since <= read_at - whole + _ALL_HISTORY,
        )


@dataclass(frozen=True, slots=True)
class _Search:
    """What is asked of `tasks` in one transaction."""

    connection: AsyncConnection
    dimensions: Dimensions
    wanted: Matching

    async def led(self, most: int) -> list[ColumnElement[bool]]:
        """The conditions, so that what is fewest leads: the window by shape and time, or what a name names.

        Nothing leads that more than `most` tasks have.
        """
        wanted = self.wanted
        choices = [each for each in wanted.names if not each.leaves_out and not each.codes]
        if not choices or await self.many(wanted.window(), most) <= most:
            return wanted.by_shape()
        sizes = [await self.many(wanted.led_by(leader), most) for leader in choices]
        fewest = min(sizes)
        return wanted.by_name(choices[sizes.index(fewest)]) if fewest <= most else wanted.by_shape()

    async def many(self, conditions: Sequence[ColumnElement[bool]], most: int) -> int:
        """How many there are; not more than one above `most` are counted."""
        some = select(literal_column("1")).select_from(tasks).where(*conditions).limit(most + 1).subquery()
        return await self.connection.scalar(select(func.count()).select_from(some)) or 0

    async def page(self, conditions: Sequence[ColumnElement[bool]], offset: int, rows: int) -> tuple[Task, ...]:
        """In order. Of equals the newest is first, unless the oldest was asked for."""
        wanted = self.wanted
        if wanted.query.sort in (Sort.NAME, Sort.TENANT):
            numbers = await self._by_name(conditions, offset, rows)
        else:
            order = wanted.by_length() if wanted.query.sort is Sort.DURATION else wanted.by_moment()
            statement = select(tasks.c.number).where(*conditions).order_by(*order).offset(offset).limit(rows)
            numbers = list(await self.connection.scalars(statement))
        found = await self.connection.execute(select(tasks).where(among(tasks.c.number, numbers)))
        known = {row.number: self.dimensions.task(row) for row in found}
        return tuple(known[number] for number in numbers)

    async def _by_name(self, conditions: Sequence[ColumnElement[bool]], offset: int, rows: int) -> list[int]:
        """Names are counted first: then only the tasks of those on the page are read, a name at a time."""
        wanted, is_machine = self.wanted, self.wanted.query.sort is Sort.NAME
        column = tasks.c.machine if is_machine else tasks.c.tenant
        name_of = self.dimensions.machines.sorted_as if is_machine else self.dimensions.tenants.sorted_as
        many: defaultdict[str, list[int]] = defaultdict(list)
        sizes: Counter[str] = Counter()
        counted = select(column, func.count()).where(*conditions).group_by(column)
        for number, size in await self.connection.execute(counted):
            many[name_of(number)].append(number)
            sizes[name_of(number)] += size
        page: list[int] = []
        passed = 0
        for name in sorted(many, reverse=wanted.query.backwards):
            first = max(offset - passed, 0)
            if first < sizes[name] and len(page) < rows:
                of_name = select(tasks.c.number).where(*conditions, among(column + 0, many[name]))
                of_name = of_name.order_by(*wanted.by_moment()).offset(first).limit(rows - len(page))
                page += (await self.connection.scalars(of_name)).all()
            passed += sizes[name]
        return page


def _is_direct(channel: str, ts: str) -> ColumnElement[bool]:
    """Whether a row of `posts` is this direct message. One without a time stands nowhere yet."""
    return (posts.c.kind == CardKind.PERSONAL.value) & (posts.c.channel == channel) & (posts.c.ts == ts)


def _each_of_index(column: ColumnElement[Any]) -> Any:
    """The values of an indexed column, each found from the one before: SQLite's DISTINCT reads every row."""
    least = select(func.min(column).label("value")).cte("each_value", recursive=True)
    following: Select[Any] = select(select(func.min(column)).where(column > least.c.value).scalar_subquery()).where(
        least.c.value.is_not(None)
    )
    return least.union_all(following).c.value
