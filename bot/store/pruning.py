"""Deletes what is too old to matter, in small steps, so that no poll waits for it."""

from datetime import datetime, timedelta

from sqlalchemy import Column, Delete, Table, delete, func, or_, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.model import Rules
from bot.store.alerts.conditions import IS_RESOLVED
from bot.store.alerts.notes import KEPT as NOTES_KEPT
from bot.store.dialect import upsert
from bot.store.engine import Database
from bot.store.schema import (
    DAY,
    accounts,
    acronis_alerts,
    alerts,
    answers,
    audit,
    card_alerts,
    counts,
    decisions,
    deliveries,
    leases,
    machines,
    micros,
    names,
    notes,
    occurrences,
    outages,
    people,
    plans,
    policies,
    policy_contexts,
    posts,
    prunings,
    rhythms,
    standings,
    storms,
    tasks,
    tenant_tree,
    tenants,
    workloads,
)

STEP = 500
"""Rows deleted in one transaction."""
LEASES_KEPT = timedelta(days=2)
"""Of a channel to which nothing is sent any more. Who held one before is refused by its own name."""


_REFERENCES: dict[Table, tuple[tuple[Column[int], ...], tuple[Column[int], ...]]] = {
    machines: ((tasks.c.machine,), (standings.c.run_machine,)),
    plans: ((tasks.c.plan,), (standings.c.run_plan,)),
    tenants: ((tasks.c.tenant,), (standings.c.run_tenant, counts.c.tenant)),
    names: ((tasks.c.started_by, tasks.c.cause), (counts.c.cause,)),
}
"""Each table that tasks share rows of, with the columns that refer to it: indexed ones, and those of small tables.

Shapes are few and stay.
"""


_COUNT_PRUNING = (
    upsert(prunings)
    .values(id=1, count=1)
    .on_conflict_do_update(index_elements=[prunings.c.id], set_={"count": prunings.c.count + 1})
)


class Pruner:
    def __init__(self, database: Database, rules: Rules) -> None:
        self._database = database
        self._rules = rules
        self._reached: dict[str, int] = {}  # of each table the last number that was looked at

    async def prune(self, now: datetime) -> int:
        """One step. Returns how many tasks went; fewer than `STEP` means that nothing old is left."""
        runs, rest = micros(now - self._rules.keep_runs), micros(now - self._rules.keep_rest)
        old_rest = select(tasks.c.number).where(tasks.c.subject.is_(None), tasks.c.updated_at < rest)
        old_runs = select(tasks.c.number).where(tasks.c.updated_at < min(runs, rest), tasks.c.subject.is_not(None))
        forgotten = self._database.forgotten
        async with self._database.write() as connection:
            numbers: list[int] = []
            for old in (old_rest, old_runs):
                numbers += await connection.scalars(old.limit(STEP - len(numbers)))
            await connection.execute(delete(tasks).where(tasks.c.number.in_(numbers)))
            complete_from = update(accounts).where(accounts.c.history_from < runs).values(history_from=runs)
            await connection.execute(complete_from)
            if len(numbers) < STEP:
                await self._prune_small(connection, now, runs)
        if self._database.forgotten != forgotten:
            self._database.forgotten += 1  # again, now that it is through: what was read meanwhile still had them
        return len(numbers)

    async def _prune_small(self, connection: AsyncConnection, now: datetime, runs: int) -> None:
        """With the last step only: the tables are small, but read whole."""
        for statement in (*_of_small_tables(now, runs), *_of_plans(runs)):
            await connection.execute(statement)
        for table in _REFERENCES:
            await self._prune_unused(connection, table)

    async def _prune_unused(self, connection: AsyncConnection, table: Table) -> None:
        """Deletes those of the next `STEP` rows that nothing refers to.

        The table's last row stays: its number must not come again.
        """
        number = table.c[0]
        after = select(number).where(number > self._reached.get(table.name, 0)).order_by(number).limit(STEP)
        looked_at = (await connection.scalars(after)).all()
        self._reached[table.name] = looked_at[-1] if len(looked_at) == STEP else 0
        indexed, small = _REFERENCES[table]
        unused = [~select(column).where(column == number).exists() for column in indexed]
        unused += [number.not_in(select(column)) for column in small]
        last = select(func.max(number)).scalar_subquery()
        gone = await connection.execute(delete(table).where(number.in_(looked_at), number < last, *unused))
        if gone.rowcount:
            self._database.forgotten += 1
            await connection.execute(_COUNT_PRUNING)


def _of_plans(runs: int) -> tuple[Delete, ...]:
    """What Acronis told beside its tasks and is gone for as long as runs are kept."""
    gone = select(workloads.c.account, workloads.c.id).where(workloads.c.deleted_at < runs)  # once, not for each row
    whose = tuple_(policy_contexts.c.account, policy_contexts.c.workload_id)
    return (
        delete(policy_contexts).where(or_(policy_contexts.c.gone_at < runs, whose.in_(gone))),
        delete(workloads).where(workloads.c.deleted_at < runs),
        delete(policies).where(policies.c.gone_at < runs),
        delete(tenant_tree).where(tenant_tree.c.deleted_at < runs),
        delete(acronis_alerts).where(or_(acronis_alerts.c.ended_at < runs, acronis_alerts.c.seen_at < runs)),
    )


def _of_small_tables(now: datetime, runs: int) -> tuple[Delete, ...]:
    """Answers, deliveries, people who ask no more, alerts that are over with their cards, counts and standings: of
    these little is due at a time."""
    from bot.store.answers import KEPT as ANSWERS_KEPT  # noqa: PLC0415  a start answers nobody
    from bot.store.audit import KEPT as AUDIT_KEPT  # noqa: PLC0415
    from bot.store.deliveries import KEPT as DELIVERIES_KEPT  # noqa: PLC0415

    ended = select(alerts.c.id).where(IS_RESOLVED, alerts.c.closed_at < runs)
    alone = select(card_alerts.c.card_id).where(card_alerts.c.card_id == posts.c.id)
    parents = select(posts.c.parent_id).where(posts.c.parent_id.is_not(None))
    storm_cards = select(storms.c.card_id)
    about = select(posts.c.about_id).where(posts.c.about_id.is_not(None))
    return (
        delete(answers).where(answers.c.as_of < micros(now - ANSWERS_KEPT)),
        delete(audit).where(audit.c.at < micros(now - AUDIT_KEPT)),
        delete(leases).where(leases.c.until < micros(now - LEASES_KEPT)),
        delete(deliveries).where(deliveries.c.at < micros(now - DELIVERIES_KEPT)),
        delete(notes).where(notes.c.at < micros(now - NOTES_KEPT)),
        delete(people).where(people.c.seen_at < runs),
        delete(card_alerts).where(card_alerts.c.alert_id.in_(ended)),
        delete(occurrences).where(occurrences.c.alert_id.in_(ended)),
        delete(decisions).where(decisions.c.alert_id.in_(ended)),
        delete(alerts).where(alerts.c.id.in_(ended)),
        delete(posts).where(posts.c.created_at < runs, posts.c.parent_id.is_not(None)),
        delete(storms).where(storms.c.last_at < runs, storms.c.card_id.not_in(select(card_alerts.c.card_id))),
        delete(posts).where(
            posts.c.created_at < runs,
            ~alone.exists(),
            *(posts.c.id.not_in(ids) for ids in (parents, about, storm_cards)),
        ),
        delete(outages).where(
            outages.c.ended_at < runs, ~select(posts.c.id).where(posts.c.outage_id == outages.c.id).exists()
        ),
        delete(counts).where(counts.c.day < runs // DAY),
        delete(standings).where(standings.c.run_ended_at < runs),  # what still runs keeps its last good run
        delete(rhythms).where(rhythms.c.subject.not_in(select(standings.c.subject))),
    )
