"""How the bot itself is: what `/tasks health` tells. Decides nothing; the parts say how they stand."""

from collections.abc import Collection
from datetime import timedelta

from bot.model import Clock, HealthReport, PlanHealth, Reach, TaskQuery, WayInState
from bot.store.alerts.queries import AlertBook
from bot.store.cards.outbox import Outbox
from bot.store.copy.search import Questions
from bot.store.plans.book import PlanBook
from bot.telemetry import Vitals


class Health:
    """`way_in` is the kind of way in, for a person; `may_read` and `versions` as in the report. `plans_every` is the
    time between two readings of plans, None where they are not read."""

    def __init__(
        self,
        vitals: Vitals,
        book: AlertBook,
        outbox: Outbox,
        copy: Questions,
        clock: Clock,
        accounts: Collection[str],
        *,
        way_in: str,
        may_read: tuple[str, ...],
        versions: tuple[str, ...],
        plans: PlanBook,
        plans_every: timedelta | None,
    ) -> None:
        self._vitals = vitals
        self._book = book
        self._outbox = outbox
        self._copy = copy
        self._clock = clock
        self._accounts = accounts
        self._way_in = way_in
        self._may_read = may_read
        self._versions = versions
        self._plans = plans
        self._plans_every = plans_every

    async def report(self) -> HealthReport:
        now = self._clock.now()
        alerts = await self._book.open_alerts(TaskQuery(), 0, 0)
        queue = await self._outbox.age(now)
        known = {reach.account: reach for reach in await self._copy.reaches()}
        return HealthReport(
            now,
            self._vitals.since,
            alerts.size,
            alerts.critical,
            tuple(known.get(account, Reach(account)) for account in self._accounts),
            frozenset(self._vitals.late()),
            queue.posts,
            queue.oldest,
            WayInState(self._way_in, self._vitals.way_in_trouble),
            self._may_read,
            self._versions,
            self._vitals.store_trouble,
            dict(self._vitals.unfinished),
            await self._plan_health(),
            dict(self._vitals.events),
        )

    async def _plan_health(self) -> PlanHealth | None:
        if self._plans_every is None:
            return None
        accesses = await self._plans.accesses(self._accounts)
        return PlanHealth(self._plans_every, accesses, await self._plans.unread_schedules(self._accounts))
