"""What the passing of time does: the alerts and storms whose `next_look_at` has come are judged, planned and applied.

Each step is one transaction. Nothing here awaits Slack or Acronis.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

from sqlalchemy import Select, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.alerting.cards import plan_binding, plan_review, plan_storms
from bot.alerting.judging import judge_all
from bot.alerting.lifecycle import Changes, closed, ending_by_age
from bot.alerting.plan import Plan, Situation
from bot.model import WAY_IN, Alert, PostState, Routing, Rules, Verdict
from bot.model.values import dataclass
from bot.store import outages, progress
from bot.store.alerts import rows as alert_rows
from bot.store.alerts.conditions import IS_CRITICAL, IS_OPEN
from bot.store.alerts.rows import ALERT
from bot.store.bound_names import bound, known_tenants
from bot.store.cards.apply import apply
from bot.store.cards.queue import IS_BEHIND
from bot.store.cards.situation import STORM, load, load_storms
from bot.store.engine import Database
from bot.store.schema import accounts, alerts, card_alerts, micros, moment, posts, storms

if TYPE_CHECKING:
    from bot.store.silences.review import SilenceReviewer

STEP = 200
"""Alerts that are judged in one transaction: polls and delivery go in between."""


@dataclass(frozen=True, slots=True)
class Reviewed:
    """How many alerts became critical, ended by time alone, were raised again, or opened since something is silent."""

    raised: int = 0
    ended: int = 0
    reminded: int = 0
    silent: int = 0


class Reviewer:
    """`channel` is told of an account that nobody reads any more. Without `finds_silence` nobody looks for what did not
    start or hangs."""

    def __init__(
        self, database: Database, rules: Rules, routing: Routing, channel: str, *, finds_silence: bool = True
    ) -> None:
        self._database = database
        self._rules = rules
        self._routing = routing
        self._channel = channel
        self._finds_silence = finds_silence

    @cached_property
    def _silences(self) -> "SilenceReviewer | None":
        from bot.store.silences.review import SilenceReviewer  # noqa: PLC0415  a start reviews nothing

        return SilenceReviewer(self._database, self._rules, self._routing) if self._finds_silence else None

    async def review(self, now: datetime, known: Collection[str]) -> Reviewed:
        """Looks at all whose time has come: alerts of accounts of which it is `known` how they stand, and storms."""
        raised = ended = reminded = after = 0
        while True:
            async with self._database.write() as connection:
                rows = (await connection.execute(_due(now, known, after))).all()
                if rows:
                    self._routing = await bound(connection, self._routing)
                    step, plan = await self._review_some(connection, [ALERT.decode(row) for row in rows], now)
                    raised, ended, reminded = raised + step.raised, ended + step.ended, reminded + _reminders(plan)
            if len(rows) < STEP:
                break
            after = rows[-1].id
        reminded += await self._review_storms(now, known)
        async with self._database.write() as connection:
            await progress.forget_lost(connection, self._empty(now), known)
        silent = await self._silences.review(now, known) if self._silences else 0
        return Reviewed(raised, ended, reminded, silent)

    async def _review_some(
        self, connection: AsyncConnection, due: Sequence[Alert], now: datetime
    ) -> tuple[Reviewed, Plan]:
        open_ = [alert for alert in due if alert.is_open]
        facts = await alert_rows.facts_of(connection, open_)
        of = [(alert, facts[alert.id]) for alert in open_]
        endings = {alert.id: ending_by_age(alert, its.last_run_at, now, self._rules, its.rhythm) for alert, its in of}
        ended = tuple(closed(alert, ending, now) for alert in open_ if (ending := endings[alert.id]))
        over = tuple(alert for alert in due if not alert.is_open)
        judged = judge_all([alert for alert in open_ if not endings[alert.id]], facts, self._routing, now)
        await alert_rows.write(connection, Changes((*ended, *judged.changed)))
        news = {alert.id for alert in judged.changed if alert.is_critical}
        alerts = (*judged.alerts, *ended, *over)
        situation = await load(
            connection,
            self._empty(now),
            alerts,
            news=news,
            facts=facts,
            before=judged.before.values(),
        )
        plan = plan_review(situation, judged, ended, over)
        await apply(connection, plan, now)
        return Reviewed(len(judged.raised), len(ended)), plan

    async def _review_storms(self, now: datetime, known: Collection[str]) -> int:
        async with self._database.write() as connection:
            wanted = select(*STORM.columns).where(storms.c.next_look_at <= micros(now)).order_by(storms.c.card_id)
            due = [STORM.decode(row) for row in await connection.execute(wanted)]
            if not due:
                return 0
            self._routing = await bound(connection, self._routing)
            plan = plan_storms(await load_storms(connection, self._empty(now), due, known))
            await apply(connection, plan, now)
            return _reminders(plan)

    async def keep_bound(self, now: datetime) -> int:
        """Channels may have been bound to tenants since: what is to be shown there of others is taken back. Returns how
        many cards."""
        if not self._routing.bound:
            return 0
        async with self._database.write() as connection:
            self._routing = await bound(connection, self._routing, await known_tenants(connection))
            rows = await connection.execute(_in_bound_channels(self._routing))
            shown = list({row.id: ALERT.decode(row) for row in rows}.values())
            news = {alert.id for alert in shown if alert.is_open}
            plan = plan_binding(await load(connection, self._empty(now), shown, news=news), shown)
            await apply(connection, plan, now)
        return sum(post.state is PostState.WITHDRAWN and post.parent_id is None for post in plan.posts)

    async def keep_outages(self, known: Collection[str], now: datetime) -> None:
        """Accounts may have left the settings since, and the canary: their outages are over."""
        async with self._database.write() as connection:
            await outages.end_others(connection, self._empty(now), [*known, WAY_IN])

    async def tell_stale(self, account: str, since: datetime, now: datetime) -> None:
        """No poll came through since then, and none failed either: said once, until one comes through."""
        reason = "No poll came through although none failed, so the fault was the bot's own. Its log says more."
        async with self._database.write() as connection:
            await outages.begin(connection, self._empty(now), account, self._channel, reason, since)

    async def way_in_dead(self, reason: str, since: datetime, now: datetime) -> None:
        """Slack cannot reach the bot since then: said once, until it can."""
        async with self._database.write() as connection:
            await outages.begin(connection, self._empty(now), WAY_IN, self._channel, reason, since)

    async def way_in_back(self, now: datetime) -> None:
        async with self._database.write() as connection:
            await outages.end(connection, self._empty(now), WAY_IN)

    async def read_at(self) -> dict[str, datetime]:
        """When each account was last read to the end."""
        async with self._database.read() as connection:
            rows = await connection.execute(
                select(accounts.c.account, accounts.c.read_at).where(accounts.c.read_at.is_not(None))
            )
            return {row.account: moment(row.read_at) for row in rows}

    async def open_counts(self) -> tuple[int, int]:
        """How many alerts are open: the critical ones, and the others."""
        counted = select(func.count(), func.count().filter(IS_CRITICAL)).select_from(alerts).where(IS_OPEN)
        async with self._database.read() as connection:
            size, critical = (await connection.execute(counted)).one()
        return critical, size - critical

    def _empty(self, now: datetime) -> Situation:
        return Situation(self._routing, self._rules, now, now)


def _due(now: datetime, known: Collection[str], after: int) -> Select[Any]:
    return (
        select(*ALERT.columns)
        .where(alerts.c.next_look_at <= micros(now), alerts.c.account.in_(known), alerts.c.id > after)
        .order_by(alerts.c.id)
        .limit(STEP)
    )


def _in_bound_channels(routing: Routing) -> Select[Any]:
    """The alerts that cards in bound channels show, as far as anything may still be said there."""
    return (
        select(*ALERT.columns)
        .join(card_alerts, card_alerts.c.alert_id == alerts.c.id)
        .join(posts, posts.c.id == card_alerts.c.card_id)
        .where(posts.c.channel.in_(sorted(routing.bound)), posts.c.state != PostState.WITHDRAWN.value)
        .where(or_(IS_OPEN, IS_BEHIND))
    )


def _reminders(plan: Plan) -> int:
    return sum(decision.verdict is Verdict.REPEATED for decision in plan.decisions)
