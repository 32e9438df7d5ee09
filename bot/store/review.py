"""What the passing of time does to alerts that are open: judged anew, raised again, storms that are over.

Each step is one transaction. Nothing here awaits Slack or Acronis.
"""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.alerting.routing import route
from bot.model import Alert, AlertStatus, CardKind, Decision, Reason, Routing, Rules, Says, Severity, Verdict
from bot.store import outages as bulletins
from bot.store.alerts import decisions
from bot.store.alerts.assessing import judge_all
from bot.store.alerts.rows import ALERT
from bot.store.cards import crowds, raising, wanting
from bot.store.cards.crowds import CROWD
from bot.store.cards.posting import Due, Place, PostState, Scene, add_reply
from bot.store.engine import Database
from bot.store.schema import accounts, alerts, card_alerts, micros, moment, posts, storms

STEP = 200
"""Alerts that are judged in one transaction: polls and delivery go in between."""

_FIRES = alerts.c.status == AlertStatus.OPEN.value
_IS_CRITICAL = alerts.c.severity == Severity.CRITICAL.value


class Reviewer:
    """`channel` is told of an account that nobody reads any more."""

    def __init__(self, database: Database, rules: Rules, routing: Routing, channel: str) -> None:
        self._database = database
        self._rules = rules
        self._routing = routing
        self._channel = channel

    async def judge(self, now: datetime, known: Collection[str]) -> int:
        """Judges anew what time may have changed, in accounts of which it is `known` how they stand. Returns how many
        alerts became critical."""
        raised = after = 0
        while True:
            async with self._database.write() as connection:
                rows = (await connection.execute(_due_to_judge(now, known, after))).all()
                if rows:
                    raised += await self._judge_some(connection, [ALERT.decode(row) for row in rows], now)
            if len(rows) < STEP:
                return raised
            after = rows[-1].id

    async def _judge_some(self, connection: AsyncConnection, firing: Sequence[Alert], now: datetime) -> int:
        scene = self._scene(now)
        judged = await judge_all(connection, firing, self._routing, now)
        raised = {alert.id for alert in judged.raised}
        await _redraw(connection, [alert.id for alert in judged.changed if alert.id in raised], words=True)
        await _redraw(connection, [alert.id for alert in judged.changed if alert.id not in raised], words=False)
        await raising.want_raised(connection, judged.raised, scene)
        await raising.want_missed(connection, judged.changed, scene)
        await raising.release(connection, judged.changed, scene)
        return len(raised)

    async def close_storms(self, now: datetime) -> None:
        """A storm that took in nothing for as long as the window is over: what comes now begins anew."""
        async with self._database.write() as connection:
            calm = (
                update(storms)
                .where(storms.c.is_open, ~crowds.lately(storms.c.last_at, now, self._rules))
                .values(is_open=False)
            )
            ids = (await connection.execute(calm.returning(storms.c.card_id))).scalars().all()
            if ids:
                await wanting.show_anew(connection, ids, words=True)
                await crowds.close_if_over(connection, ids, now)

    async def repeat(self, now: datetime, known: Collection[str]) -> int:
        """Raises critical cards again that nobody touched, of accounts as in `judge`. Returns how many."""
        if not self._rules.repeat_after or not self._rules.repeat_most:
            return 0
        async with self._database.write() as connection:
            rows = (await connection.execute(_untouched(now, known, self._rules.repeat_most))).all()
            return sum([await self._repeat_one(connection, row, now) for row in rows])

    async def _repeat_one(self, connection: AsyncConnection, card: Any, now: datetime) -> int:
        """The first time is counted from when people could see it; in quiet hours it waits for their end, and where a
        line below the card waits for that, too, it comes later."""
        if card.raise_at is None:
            await _set_alarm(connection, card.id, now + self._rules.repeat_after)
            return 0
        alert = ALERT.decode((await connection.execute(_worst_of(card.id))).one())
        told = route(alert, self._routing, now).recipient(card.channel)
        if told is not None and told.held_until is not None:
            waits = await connection.scalar(_held_below(card.id))
            after = self._rules.repeat_after if waits else timedelta()
            await _set_alarm(connection, card.id, told.held_until + after)
            return 0
        times = card.raised + 1
        due = Due(
            card.id,
            CardKind(card.kind),
            f"still:{card.id}:{times}",
            Says.STILL,
            broadcast=True,
            mention=told.mention if told else "",
        )
        await add_reply(connection, Place(card.account, card.channel, now, now), due)
        wait = self._rules.repeat_after * self._rules.repeat_factor**times
        await connection.execute(
            update(posts).where(posts.c.id == card.id).values(raised=times, raise_at=micros(now + wait))
        )
        reason = f"Critical and untouched: raised again, the {_nth(times)} time."
        await decisions.put(connection, [Decision(alert.id, now, Verdict.REPEATED, reason, card.channel)])
        return 1

    async def tell_stale(self, account: str, since: datetime, now: datetime) -> None:
        """No poll came through since then, and none failed either: said once, until one comes through."""
        reason = "No poll came through although none failed, so the fault was the bot's own. Its log says more."
        async with self._database.write() as connection:
            await bulletins.want_outage(connection, account, self._channel, since, reason, now)

    async def read_at(self) -> dict[str, datetime]:
        """When each account was last read to the end."""
        async with self._database.read() as connection:
            rows = await connection.execute(
                select(accounts.c.account, accounts.c.read_at).where(accounts.c.read_at.is_not(None))
            )
            return {row.account: moment(row.read_at) for row in rows}

    def _scene(self, now: datetime) -> Scene:
        return Scene(self._routing, self._rules, now, now)


def _due_to_judge(now: datetime, known: Collection[str], after: int) -> Any:
    """Of what is not critical the target or the next run passed, or what was not known may be known now, also since an
    older version judged nothing; of what is, the target that it was going to miss."""
    passed: list[ColumnElement[bool]] = [
        alerts.c.misses_at <= micros(now),
        alerts.c.next_run_at <= micros(now),
        alerts.c.reason == Reason.UNKNOWN.value,
    ]
    return (
        select(alerts)
        .where(_FIRES, alerts.c.id > after)
        .where(or_(and_(~_IS_CRITICAL, or_(*passed)), and_(alerts.c.reason == Reason.WILL_MISS.value, passed[0])))
        .where(alerts.c.reason != Reason.MINOR.value, alerts.c.account.in_(known))
        .order_by(alerts.c.id)
        .limit(STEP)
    )


def _untouched(now: datetime, known: Collection[str], most: int) -> Any:
    """Cards that people saw, of which a critical alert fires, and whose time has come or has yet to be set."""
    critical = (
        select(card_alerts.c.card_id)
        .join(alerts, alerts.c.id == card_alerts.c.alert_id)
        .where(_FIRES, _IS_CRITICAL, alerts.c.account.in_(known))
    )
    return (
        select(posts)
        .where(posts.c.id.in_(critical), posts.c.parent_id.is_(None), posts.c.shown > 0, posts.c.ts != "")
        .where(posts.c.kind.in_((CardKind.ALERT.value, *CROWD)), posts.c.state == PostState.WAITING)
        .where(posts.c.raised < most, or_(posts.c.raise_at.is_(None), posts.c.raise_at <= micros(now)))
    )


def _worst_of(card_id: int) -> Any:
    return (
        select(alerts)
        .join(card_alerts, card_alerts.c.alert_id == alerts.c.id)
        .where(card_alerts.c.card_id == card_id, _FIRES, _IS_CRITICAL)
        .order_by(alerts.c.ended_at.desc())
        .limit(1)
    )


def _held_below(card_id: int) -> Any:
    unsaid = (posts.c.held_until.is_not(None), posts.c.shown == 0, posts.c.state == PostState.WAITING)
    return select(posts.c.id).where(posts.c.parent_id == card_id, *unsaid).limit(1)


async def _redraw(connection: AsyncConnection, alert_ids: Sequence[int], *, words: bool) -> None:
    if alert_ids:
        cards = select(card_alerts.c.card_id).where(card_alerts.c.alert_id.in_(alert_ids))
        await wanting.show_anew(connection, (await connection.execute(cards)).scalars().all(), words=words)


async def _set_alarm(connection: AsyncConnection, card_id: int, at: datetime) -> None:
    await connection.execute(update(posts).where(posts.c.id == card_id).values(raise_at=micros(at)))


def _nth(times: int) -> str:
    return {1: "first", 2: "second", 3: "third"}.get(times, f"{times}th")
