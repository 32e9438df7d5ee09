"""What a reading of Acronis's plans writes: a page in one transaction, how each API stands, and what is gone.

What is gone is told by a full listing that came to its end: by what it no longer has.
"""

from collections.abc import Callable, Collection, Coroutine, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Delete,
    Integer,
    Text,
    Update,
    and_,
    bindparam,
    delete,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.alerting.rhythm import EARLY
from bot.alerting.silences import STILL_AFTER
from bot.model.plans import Api, ApiAccess, PlanPolicy
from bot.model.running import BACKUP_POLICY, Application
from bot.store.alerts.conditions import IS_OPEN
from bot.store.codec import MICROSECOND
from bot.store.copy.under_way import is_under_way
from bot.store.dialect import Prepared, among, each_of, upsert
from bot.store.engine import Database
from bot.store.leases import Lease, Leases, renew
from bot.store.plans import writers
from bot.store.plans.facts import ACCESS, accesses
from bot.store.plans.page import Written
from bot.store.schema import (
    acronis_alerts,
    agents,
    alerts,
    api_access,
    machines,
    micros,
    moment,
    policies,
    policy_contexts,
    rhythms,
    standings,
    tasks,
    tenant_tree,
    workloads,
)

MOST_LISTED = 100
"""Workloads of a plan that Acronis lists at most (acronis-plans §4): where there are as many, there may be more."""
SOON: Final = timedelta(minutes=20)
"""What is to be judged within this is asked for: a reading comes every 15 minutes."""

_account = bindparam("of_account", type_=Text)
_began, _now = bindparam("began", type_=BigInteger), bindparam("now", type_=BigInteger)


def _full_at(api: Api) -> ColumnElement[int]:
    begun = select(api_access.c.full_at).where(api_access.c.account == _account, api_access.c.api == api.value)
    return begun.scalar_subquery()


def _misses(column: ColumnElement[Any], api: Api) -> ColumnElement[bool]:
    """Whether the last full listing does not have what an earlier one had."""
    return or_(column.is_(None), column < _full_at(api))


_WORKLOADS_GONE = (
    update(workloads)
    .where(workloads.c.account == _account, workloads.c.deleted_at.is_(None))
    .where(_misses(workloads.c.status_at, Api.STATUSES), _misses(workloads.c.facts_at, Api.RESOURCES))
    .values(deleted_at=_now)
)
"""What neither listing has any more that had it. One that was never read to its end keeps all it ever had."""
_GONE: dict[Api, Update | Delete] = {
    Api.STATUSES: _WORKLOADS_GONE,
    Api.RESOURCES: _WORKLOADS_GONE,
    Api.AGENTS: delete(agents).where(agents.c.account == _account, agents.c.seen_at < _began),
    Api.ALERTS: update(acronis_alerts)
    .where(acronis_alerts.c.account == _account, acronis_alerts.c.ended_at.is_(None))
    .where(acronis_alerts.c.seen_at < _began)
    .values(ended_at=_now),
    Api.POLICIES: update(policies)
    .where(policies.c.account == _account, policies.c.gone_at.is_(None), policies.c.seen_at < _began)
    .values(gone_at=_now),
    Api.TENANTS: update(tenant_tree)
    .where(tenant_tree.c.account == _account, tenant_tree.c.deleted_at.is_(None), tenant_tree.c.seen_at < _began)
    .values(deleted_at=_now),
}
_is_off = and_(
    policy_contexts.c.account == _account, policy_contexts.c.gone_at.is_(None), policy_contexts.c.seen_at < _began
)
_OFF_PLANS = Prepared(
    lambda: update(policy_contexts).where(_is_off, policy_contexts.c.policy_id.in_(each_of("ids"))).values(gone_at=_now)
)
_OFF_WORKLOADS = Prepared(
    lambda: (
        update(policy_contexts).where(_is_off, policy_contexts.c.workload_id.in_(each_of("ids"))).values(gone_at=_now)
    )
)
_APPLIED = Prepared(
    lambda: (
        update(workloads)
        .where(workloads.c.account == _account, workloads.c.id.in_(each_of("ids")))
        .values(applied_at=_now)
    )
)
_put_access = upsert(api_access)
_PUT_ACCESS = _put_access.on_conflict_do_update(
    index_elements=[api_access.c.account, api_access.c.api],
    set_={name: _put_access.excluded[name] for name in ACCESS.names[2:]},
)
_FAILING = ("error", "critical", "failed", "interaction_required")
_is_on_it = (
    select(policy_contexts.c.workload_id)
    .join(
        policies,
        and_(policies.c.account == policy_contexts.c.account, policies.c.id == policy_contexts.c.policy_id),
    )
    .where(policies.c.type.startswith(BACKUP_POLICY))
    .where(policy_contexts.c.account == _account, policy_contexts.c.workload_id == workloads.c.id)
    .where(policy_contexts.c.gone_at.is_(None))
    .where(policy_contexts.c.is_enabled.is_not(False), policy_contexts.c.is_licensed.is_not(False))
    .exists()
)
_is_unexplained = and_(workloads.c.has_backup, workloads.c.next_run_at.is_(None), _is_on_it)
"""Acronis expects no run, and nothing that is known says why: its plan may just have been paused."""
_is_unwell = or_(
    and_(
        workloads.c.has_backup,
        or_(
            workloads.c.last_good_at.is_(None),
            workloads.c.last_good_at < workloads.c.last_run_at,
            workloads.c.next_run_at < _now,
            among(workloads.c.status, _FAILING),
            among(workloads.c.execution, _FAILING),
        ),
    ),
    workloads.c.id.in_(select(func.lower(alerts.c.resource_id)).where(IS_OPEN, alerts.c.account == _account)),
)
_LATE = (
    select(func.lower(machines.c.id).label("id"), func.max(rhythms.c.due_at).label("due_at"))
    .join_from(rhythms, standings, standings.c.subject == rhythms.c.subject)
    .join(machines, machines.c.number == standings.c.run_machine)
    .where(rhythms.c.account == _account, rhythms.c.next_look_at <= bindparam("soon", type_=BigInteger))
    .where(rhythms.c.due_at <= _now, standings.c.run_began_at < rhythms.c.due_at - EARLY // MICROSECOND)
    .group_by(func.lower(machines.c.id))
    .cte("late")
)
"""The workloads of which a start is soon to be judged and no run is known, and when it was due."""
_is_unread = and_(_LATE.c.id.is_not(None), func.coalesce(workloads.c.applied_at, 0) < _LATE.c.due_at)
_UNWELL = Prepared(
    lambda: (
        select(workloads.c.id)
        .outerjoin_from(workloads, _LATE, _LATE.c.id == workloads.c.id)
        .where(workloads.c.account == _account, workloads.c.deleted_at.is_(None))
        .where(or_(_LATE.c.id.is_not(None), _is_unwell, _is_unexplained))
        .order_by(_is_unread.desc(), workloads.c.applied_at.is_not(None), workloads.c.applied_at, workloads.c.id)
        .limit(bindparam("most", type_=Integer))
    )
)
_STILL = Prepared(
    lambda: select(func.max(tasks.c.still_since)).where(
        is_under_way(_account), tasks.c.still_since <= bindparam("still", type_=BigInteger)
    )
)
_LATEST = Prepared(lambda: select(func.max(_LATE.c.due_at)))
_DELETED = Prepared(
    lambda: select(func.max(workloads.c.deleted_at)).where(
        workloads.c.account == _account, workloads.c.deleted_at <= _now
    )
)


class PlanRecorder:
    """The way of one account's readings into the database. Who lost the lease writes nothing more: LeaseLost is raised.

    `began` is when a listing began; all its pages bear that time.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self.leases = Leases(database)

    async def accesses(self, account: str) -> dict[Api, ApiAccess]:
        async with self._database.read() as connection:
            return await accesses(connection, account)

    async def unwell(self, account: str, now: datetime, most: int) -> list[str]:
        """Ids of workloads that fail, are late, wait for a person, have an open alert, or have no next run though a
        plan is on them. First come those that did not start and whose plans were not read since, then those whose plans
        were not read for the longest time."""
        async with self._database.read() as connection:
            rows = await _UNWELL.rows(connection, **_late_at(account, now), most=most)
        return [row[0] for row in rows]

    async def look_again(self, account: str, now: datetime) -> None:
        """More is known: what could not be judged for want of it is looked at now."""
        in_doubt = (rhythms.c.account == account, rhythms.c.doubt_why != "", rhythms.c.next_look_at > micros(now))
        async with self._database.write() as connection:
            await connection.execute(update(rhythms).where(*in_doubt).values(next_look_at=micros(now)))

    async def late_since(self, account: str, now: datetime) -> datetime | None:
        """Since when something is silent that is soon to be judged: when the last start was due of which no run is
        known, or the progress of a run changed last, or a workload was deleted. None without any."""
        async with self._database.read() as connection:
            rows = await _LATEST.rows(connection, **_late_at(account, now))
            still = await _STILL.rows(connection, of_account=account, still=micros(now + SOON - STILL_AFTER))
            gone = await _DELETED.rows(connection, of_account=account, now=micros(now))
        return max(map(moment, filter(None, (rows[0][0], still[0][0], gone[0][0]))), default=None)

    async def record(self, lease: Lease, api: Api, items: Sequence[Any], began: datetime, now: datetime) -> Written:
        """One page of the API's own nouns, in one transaction."""
        async with self._database.write() as connection:
            await renew(connection, lease, now)
            return await _WRITERS[api](connection, lease.account, items, began, now)

    async def stand(self, lease: Lease, access: ApiAccess, now: datetime) -> None:
        """How an API stands that was not read to its end."""
        async with self._database.write() as connection:
            await renew(connection, lease, now)
            await connection.execute(_PUT_ACCESS, dict(zip(ACCESS.names, ACCESS.encode(access), strict=True)))

    async def finish(
        self, lease: Lease, access: ApiAccess, now: datetime, began: datetime, asked: Collection[str] = ()
    ) -> None:
        """An API was read to the end of what was asked for: of all, where `access.full_at` is `began`; of the workloads
        `asked`. What was not found there is gone."""
        account, times = lease.account, {"began": micros(began), "now": micros(now)}
        async with self._database.write() as connection:
            await renew(connection, lease, now)
            await connection.execute(_PUT_ACCESS, dict(zip(ACCESS.names, ACCESS.encode(access), strict=True)))
            if access.full_at == began and access.api in _GONE:
                await connection.execute(_GONE[access.api], {"of_account": account, **times})
            if asked:
                await _OFF_WORKLOADS.rows(connection, of_account=account, ids=list(asked), **times)
                await _APPLIED.rows(connection, of_account=account, ids=list(asked), now=times["now"])


def _late_at(account: str, now: datetime) -> dict[str, Any]:
    return {"of_account": account, "now": micros(now), "soon": micros(now + SOON)}


async def _write_policies(
    connection: AsyncConnection, account: str, page: Sequence[PlanPolicy], began: datetime, now: datetime
) -> Written:
    """Of a plan whose list of workloads is whole, the others are off."""
    written = await writers.POLICIES.write(connection, account, page, began, now)
    pairs = [(workload, each.id) for each in page for workload in each.context_ids]
    written += await writers.LISTED.write(connection, account, pairs, began, now)
    whole = [each.id for each in page if 0 < len(each.context_ids) < MOST_LISTED]
    times = {"began": micros(began), "now": micros(now)}
    await _OFF_PLANS.rows(connection, of_account=account, ids=whole, **times)
    return written


async def _write_applications(
    connection: AsyncConnection, account: str, page: Sequence[Application], began: datetime, now: datetime
) -> Written:
    await writers.UNREAD_POLICIES.write(connection, account, page, began, now)
    return await writers.APPLICATIONS.write(connection, account, page, began, now)


_Write = Callable[[AsyncConnection, str, Sequence[Any], datetime, datetime], Coroutine[Any, Any, Written]]
_WRITERS: dict[Api, _Write] = {
    Api.STATUSES: writers.STATUSES.write,
    Api.RESOURCES: writers.FACTS.write,
    Api.AGENTS: writers.AGENTS.write,
    Api.ALERTS: writers.ALERTS.write,
    Api.POLICIES: _write_policies,
    Api.APPLICATIONS: _write_applications,
    Api.TENANTS: writers.TENANTS.write,
}
