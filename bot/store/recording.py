"""What a poll writes: the checkpoint, and a page's tasks, alerts, wanted cards and replies in one transaction.

Nothing here awaits Slack or Acronis: a transaction is over before anybody is spoken to.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from sqlalchemy import BigInteger, bindparam, case, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.alerting.lifecycle import Changes, ending_by_age, judge
from bot.alerting.routing import kinds_asked, wanted
from bot.model import HEALING, Alert, AlertStatus, Checkpoint, Route, Routing, Rules, Task
from bot.store import outages as bulletins
from bot.store.alerts import rows as alert_rows
from bot.store.alerts.assessing import ended_only, firing_only, judge_all
from bot.store.cards import raising, wanting
from bot.store.cards.posting import Scene
from bot.store.copy.dimensions import Dimensions
from bot.store.copy.writing import Copied, put_standings, put_tasks
from bot.store.dialect import Prepared, upsert
from bot.store.engine import Database
from bot.store.leases import Lease, Leases, renew
from bot.store.schema import accounts, alerts, leases, micros, micros_or_none, moment, moment_or_none, occurrences
from bot.store.schema import standings as standing_rows

_reached = bindparam("reached", type_=BigInteger)
_is_behind = or_(accounts.c.position.is_(None), accounts.c.position < _reached)
_ADVANCE = Prepared(
    update(accounts)
    .where(accounts.c.account == bindparam("wanted"))
    .values(position=case((_is_behind, _reached), else_=accounts.c.position))
    .returning(accounts.c.quiet_since)
)


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
        self._leases = Leases(database)

    async def take_lease(self, lease: Lease, now: datetime) -> bool:
        return await self._leases.take(lease, now)

    async def give_back(self, lease: Lease) -> None:
        await self._leases.give_back(lease)

    async def take_all_leases(self) -> None:
        await self._leases.take_all()

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
        self, lease: Lease, page: Sequence[Task], position: datetime | None, now: datetime, due_at: datetime
    ) -> Recorded:
        """One page, in one transaction. The cards it wants are due at `due_at`, or earlier when `finish` says so.

        `position` moves the checkpoint, never backwards; None leaves it. Raises LeaseLost, and then nothing is written.
        """
        scene = Scene(self._routing, self._rules, now, due_at)
        async with self._database.write() as connection:
            await renew(connection, lease, now)
            copied = await put_tasks(connection, self._dimensions, page)
            changes = await self._judged(connection, copied)
            await put_standings(connection, copied)
            stored = await alert_rows.write(connection, changes)
            is_quiet = await _advance(connection, lease.account, position)
            if stored:
                await self._tell(connection, stored, sum(alert.id > 0 for alert in changes.alerts), scene, is_quiet)
        return Recorded(len(copied.tasks), stored)

    async def _judged(self, connection: AsyncConnection, copied: Copied) -> Changes:
        """What the page's runs change. Only runs of subjects that have a problem, new or open, need be looked at."""
        opens = partial(wanted, routing=self._routing)
        problems = copied.problems(self._kinds, opens)
        snapshot = await alert_rows.snapshot(connection, problems, copied.subjects(HEALING, self._kinds))
        subjects = {run.subject for run in problems} | {occurrence.subject for occurrence in snapshot.unhealed}
        return judge(copied.runs_of(subjects, self._kinds), snapshot, opens) if subjects else Changes()

    async def _tell(
        self, connection: AsyncConnection, stored: Sequence[Alert], old: int, scene: Scene, is_quiet: bool
    ) -> None:
        """Judges what fires, and wants the cards and lines that follow. The first `old` of `stored` are not new. While
        a first start is quiet, only what has a card already is spoken of: the rest is the summary's to tell."""
        judged = await judge_all(connection, firing_only(stored), scene.routing, scene.now)
        is_new = {alert.id for alert in stored[old:]}
        raised = [alert for alert in judged.raised if alert.id not in is_new]
        await wanting.want_changes(connection, stored[:old], scene)
        await raising.want_raised(connection, await raising.shown(connection, raised) if is_quiet else raised, scene)
        await raising.want_missed(connection, [alert for alert in judged.changed if alert.id not in is_new], scene)
        await raising.release(connection, [alert for alert in judged.changed if alert.id not in is_new], scene)
        await wanting.want_nothing(connection, ended_only(stored[old:]), scene.now)
        if not is_quiet:
            await wanting.want_new(connection, [alert for alert in judged.alerts if alert.id in is_new], scene)

    async def record_history(self, page: Sequence[Task]) -> int:
        """A page of the past: it fills the copy, and opens and ends no alert. Returns how many tasks were new."""
        async with self._database.write() as connection:
            copied = await put_tasks(connection, self._dimensions, page)
            await put_standings(connection, copied)
        return len(copied.tasks)

    async def history_reaches(self, account: str, back_to: datetime) -> None:
        """Says that the copy is complete from `back_to` on."""
        async with self._database.write() as connection:
            await connection.execute(
                update(accounts).where(accounts.c.account == account).values(history_from=micros(back_to))
            )

    async def finish(self, lease: Lease, now: datetime) -> None:
        """A poll came through: its cards are due, a first start gets its summary, an outage is over."""
        account = lease.account
        async with self._database.write() as connection:
            await renew(connection, lease, now)
            row = (await connection.execute(select(accounts).where(accounts.c.account == account))).one()
            if row.quiet_since is not None:
                await bulletins.want_summary(connection, account, self._channel, moment(row.quiet_since), now)
            await wanting.due_now(connection, account, now)
            await bulletins.end_outage(connection, account, now)
            await connection.execute(
                update(accounts)
                .where(accounts.c.account == account)
                .values(read_at=micros(now), quiet_since=None, missed=0, missing_since=None)
            )

    async def due(self, account: str, now: datetime) -> None:
        """What was recorded so far is due now, but where a poll is at work: what it wants is due when it is through."""
        polls = select(leases.c.name).where(leases.c.name == account, leases.c.until >= micros(now))
        async with self._database.write() as connection:
            if await connection.scalar(polls) is None:
                await wanting.due_now(connection, account, now)

    async def miss(self, account: str, reason: str, since: datetime, now: datetime) -> int:
        """A poll failed. From the second in a row on, the channel is told once. Returns how many were missed."""
        row = {"account": account, "missed": 1, "missing_since": micros(since)}
        one_more = (
            upsert(accounts)
            .values(row)
            .on_conflict_do_update(
                index_elements=[accounts.c.account],
                set_={
                    "missed": accounts.c.missed + 1,
                    "missing_since": func.coalesce(accounts.c.missing_since, row["missing_since"]),
                },
            )
        )
        async with self._database.write() as connection:
            counted = one_more.returning(accounts.c.missed, accounts.c.missing_since)
            missed, first = (await connection.execute(counted)).one()
            if missed >= bulletins.MISSES_BEFORE_WORD:
                await bulletins.want_outage(connection, account, self._channel, moment(first), reason, now)
        return int(missed)

    async def close_old(self, account: str, now: datetime) -> int:
        """Ends the account's alerts that only time can end (design §5). Returns how many."""
        last_run = (
            select(func.max(standing_rows.c.run_ended_at))
            .join(occurrences, occurrences.c.subject == standing_rows.c.subject)
            .where(occurrences.c.alert_id == alerts.c.id)
            .scalar_subquery()
        )
        async with self._database.write() as connection:
            rows = await connection.execute(
                select(alerts, last_run.label("last_run")).where(
                    alerts.c.status == AlertStatus.OPEN.value, alerts.c.account == account
                )
            )
            ended = [each for row in rows if (each := self._ended(alert_rows.ALERT.decode(row), row.last_run, now))]
            stored = await alert_rows.write(connection, Changes(alerts=tuple(ended)))
            await wanting.want_changes(connection, stored, Scene(self._routing, self._rules, now, now))
        return len(stored)

    def _ended(self, alert: Alert, last_run: int | None, now: datetime) -> Alert | None:
        last = moment(last_run) if last_run is not None else alert.latest.ended_at
        ending = ending_by_age(alert, last, now, self._rules)
        return None if ending is None else wanting.closed(alert, ending, now)


async def _advance(connection: AsyncConnection, account: str, position: datetime | None) -> bool:
    """Moves the checkpoint, never backwards. Returns whether the account is on its first start."""
    rows = await _ADVANCE.rows(connection, wanted=account, reached=micros_or_none(position))
    return bool(rows) and rows[0][0] is not None
