"""What a poll writes: the checkpoint, and a page's tasks, alerts, cards and replies, in one transaction.

A page is written to the copy, judged, planned and applied (design §4). Nothing here awaits Slack or Acronis: a
transaction is over before anybody is spoken to.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial

from sqlalchemy import BigInteger, bindparam, case, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.alerting.cards import plan_summary
from bot.alerting.lifecycle import Changes, Page, judge_page
from bot.alerting.plan import Situation
from bot.alerting.routing import kinds_asked, opens
from bot.model import Alert, Checkpoint, Reason, Route, Routing, Rules, Task
from bot.model.values import dataclass
from bot.store import outages, progress
from bot.store.alerts import rows as alert_rows
from bot.store.alerts.conditions import IS_OPEN
from bot.store.bound_names import bound
from bot.store.cards.apply import apply, due_now
from bot.store.copy.dimensions import Dimensions
from bot.store.copy.writing import Copied, put_standings, put_tasks
from bot.store.dialect import Prepared, upsert
from bot.store.engine import Database
from bot.store.judging import judge_open
from bot.store.leases import Lease, Leases, is_held, renew
from bot.store.schema import accounts, alerts, card_alerts, micros, micros_or_none, moment, moment_or_none
from bot.store.silences.running import empties

_reached = bindparam("reached", type_=BigInteger)
_is_behind = or_(accounts.c.position.is_(None), accounts.c.position < _reached)
_ADVANCE = Prepared(
    lambda: (
        update(accounts)
        .where(accounts.c.account == bindparam("read"))
        .values(position=case((_is_behind, _reached), else_=accounts.c.position))
        .returning(accounts.c.quiet_since)
    )
)


AT_ONCE = 0
"""A `next_look_at` that has always come."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """What a page changed: how many tasks were new or newer, and the alerts that opened or ended."""

    tasks: int
    alerts: tuple[Alert, ...] = ()


class Recorder:
    """The poll's way into the database. `channel` is told of first starts and outages, `routing` says who of alerts."""

    def __init__(self, database: Database, rules: Rules, channel: str, routing: Routing | None = None) -> None:
        self._database = database
        self._rules = rules
        self._channel = channel
        self._routing = routing or Routing(routes=(Route("default", channel),), target=rules.target)
        self._kinds = kinds_asked(self._routing)
        self._dimensions = Dimensions(database)
        self.leases = Leases(database)

    async def checkpoint(self, account: str) -> Checkpoint:
        async with self._database.read() as connection:
            row = (await connection.execute(select(accounts).where(accounts.c.account == account))).one_or_none()
        if row is None:
            return Checkpoint(account)
        return Checkpoint(
            account,
            moment_or_none(row.position),
            moment_or_none(row.quiet_since),
            moment_or_none(row.watched_from),
            moment_or_none(row.history_from),
            moment_or_none(row.read_at),
        )

    async def begin_quietly(self, account: str, position: datetime, now: datetime) -> None:
        """A first start: what is read until `finish` is told in one summary card. Old alerts are left as they are."""
        row = {
            "account": account,
            "position": micros(position),
            "quiet_since": micros(now),
            "watched_from": micros(position),
            "history_from": micros(position),
        }
        statement = upsert(accounts).values(row)
        async with self._database.write() as connection:
            await connection.execute(statement.on_conflict_do_update(index_elements=[accounts.c.account], set_=row))

    async def record(
        self,
        lease: Lease,
        page: Sequence[Task],
        position: datetime | None,
        now: datetime,
        due_at: datetime,
        *,
        go_on: Callable[[], None] = lambda: None,
    ) -> Recorded:
        """One page, in one transaction. The cards it brings are due at `due_at`, or earlier when `finish` says so.

        `position` moves the checkpoint, never backwards; None leaves it. `go_on` is called when nothing is left but to
        commit: what it starts runs meanwhile. Raises LeaseLost, and then nothing is written.
        """
        async with self._database.write() as connection:
            await renew(connection, lease, now)
            recorded = await self.write(connection, lease.account, page, position, now, due_at)
            go_on()
        return recorded

    async def write(
        self,
        connection: AsyncConnection,
        account: str,
        page: Sequence[Task],
        position: datetime | None,
        now: datetime,
        due_at: datetime,
    ) -> Recorded:
        """As `record`, in somebody else's transaction and without a lease."""
        self._routing = await bound(connection, self._routing, (task.tenant for task in page))
        empty = Situation(self._routing, self._rules, now, due_at)
        copied = await put_tasks(connection, self._dimensions, page)
        changes = await self._changes(connection, copied)
        await put_standings(connection, copied)
        is_quiet = await _advance(connection, account, position)
        stored = await judge_open(connection, changes, empty, is_quiet=is_quiet) if changes.alerts else ()
        await progress.show(connection, empty, copied.moved, [alert.id for alert in stored])
        return Recorded(len(copied.tasks), stored)

    async def _changes(self, connection: AsyncConnection, copied: Copied) -> Changes:
        """What the page's runs change. Only runs of subjects that have a problem, new or open, need be looked at."""
        is_problem = partial(opens, routing=self._routing)
        silent = [*copied.waiting(), *await empties(connection, copied.unfilled())]
        problems = [*copied.problems(self._kinds, is_problem), *silent]
        snapshot = await alert_rows.snapshot(connection, problems, copied.subjects(self._kinds))
        subjects = {run.subject for run in problems} | {occurrence.subject for occurrence in snapshot.unhealed}
        if not subjects:
            return Changes()
        runs, going = copied.runs_of(subjects, self._kinds), copied.going(subjects)
        return judge_page(Page(tuple(runs), tuple(going), tuple(silent), copied.filled()), snapshot, is_problem)

    async def record_history(self, page: Sequence[Task]) -> int:
        """A page of the past: it fills the copy, and opens and ends no alert. Returns how many tasks were new."""
        async with self._database.write() as connection:
            copied = await put_tasks(connection, self._dimensions, page)
            await put_standings(connection, copied)
        return len(copied.tasks)

    async def history_reaches(self, account: str, back_to: datetime) -> None:
        """The copy is complete from `back_to` on: what was not known of the account's open alerts may be known now."""
        async with self._database.write() as connection:
            later = (accounts.c.account == account, accounts.c.history_from > micros(back_to))
            await connection.execute(update(accounts).where(*later).values(history_from=micros(back_to)))
            is_unknown = (alerts.c.account == account, alerts.c.reason == Reason.UNKNOWN.value)
            await connection.execute(update(alerts).where(IS_OPEN, *is_unknown).values(next_look_at=AT_ONCE))

    async def finish(self, lease: Lease, now: datetime) -> None:
        """A poll came through: its cards are due, a first start gets its summary, an outage is over."""
        account = lease.account
        empty = Situation(self._routing, self._rules, now, now)
        async with self._database.write() as connection:
            await renew(connection, lease, now)
            row = (await connection.execute(select(accounts).where(accounts.c.account == account))).one()
            if row.quiet_since is not None and self._channel:
                shown = alerts.c.id.in_(select(card_alerts.c.alert_id))
                unshown = select(alerts.c.id).where(IS_OPEN, alerts.c.account == account, ~shown)
                ids = (await connection.execute(unshown.order_by(alerts.c.id))).scalars().all()
                plan = plan_summary(empty, account, self._channel, moment(row.quiet_since), ids)
                await apply(connection, plan, moment(row.quiet_since))
            await due_now(connection, account, now)
            await outages.end(connection, empty, account)
            await connection.execute(
                update(accounts)
                .where(accounts.c.account == account)
                .values(read_at=micros(now), quiet_since=None, missed=0, missing_since=None)
            )

    async def due(self, account: str, now: datetime) -> None:
        """What was recorded so far is due now, but where a poll is at work: then it is due when that is through."""
        async with self._database.write() as connection:
            if not await is_held(connection, account, now):
                await due_now(connection, account, now)

    async def miss(self, account: str, reason: str, since: datetime, now: datetime) -> int:
        """A poll failed. From the second in a row on, the channel is told once. Returns how many were missed."""
        empty = Situation(self._routing, self._rules, now, now)
        async with self._database.write() as connection:
            return await outages.miss(connection, empty, account, self._channel, reason, since)


async def _advance(connection: AsyncConnection, account: str, position: datetime | None) -> bool:
    """Moves the checkpoint, never backwards. Returns whether the account is on its first start."""
    rows = await _ADVANCE.rows(connection, read=account, reached=micros_or_none(position))
    return bool(rows) and rows[0][0] is not None
