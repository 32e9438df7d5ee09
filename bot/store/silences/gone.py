"""Workloads that are deleted though they ran, and plans on workloads that have never run.

Works inside somebody else's transaction.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import BigInteger, and_, bindparam, delete, func, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.alerting.missed import excuse_of, is_gone_for_sure, of_plan
from bot.alerting.never import has_never_run
from bot.alerting.silences import never_ran, vanished
from bot.model import Kind, Policy, Resource, Routing, Rules, Run, Task, TaskState, Tenant, Workload
from bot.model.plans import KnownPolicy, KnownWorkload
from bot.model.running import BACKUP_POLICY
from bot.store.copy.dimensions import Dimensions
from bot.store.copy.history import history_from
from bot.store.dialect import upsert
from bot.store.plans.facts import accesses, facts_of
from bot.store.schema import (
    EPOCH,
    machines,
    micros,
    moment,
    plans,
    policies,
    policy_contexts,
    shapes,
    standings,
    tenants,
    untried,
    workloads,
)

LOOKED_BACK: Final = timedelta(days=14)
"""What was deleted before is not told."""
_MACHINES: Final = ("resource.machine", "resource.virtual_machine")
"""How the types of workloads begin whose run times Acronis tells; groups and mailboxes have none."""

_ran = (
    select(func.lower(machines.c.id) + "/" + func.lower(plans.c.id))
    .join_from(standings, machines, machines.c.number == standings.c.run_machine)
    .join(plans, plans.c.number == standings.c.run_plan)
)
"""As one text each: SQLite looks a pair up by going through all of them."""
_UNTRIED = (
    select(policy_contexts.c.account, policy_contexts.c.workload_id, policies.c.id)
    .join(
        policies,
        and_(policies.c.account == policy_contexts.c.account, policies.c.id == policy_contexts.c.policy_id),
    )
    .join(
        workloads,
        and_(workloads.c.account == policy_contexts.c.account, workloads.c.id == policy_contexts.c.workload_id),
    )
    .where(policies.c.type.startswith(BACKUP_POLICY), policies.c.schedule != "", policies.c.gone_at.is_(None))
    .where(policy_contexts.c.gone_at.is_(None), policy_contexts.c.last_run_at.is_(None))
    .where(workloads.c.has_backup, workloads.c.deleted_at.is_(None), workloads.c.status_at.is_not(None))
    .where(or_(*(workloads.c.type.startswith(each) for each in _MACHINES)))
    .where((policy_contexts.c.workload_id + "/" + policies.c.id).not_in(_ran))
    .where((policy_contexts.c.workload_id + "/" + policies.c.root_id).not_in(_ran))
)
_NEW = upsert(untried)
_of_workload = func.row_number().over(
    partition_by=(workloads.c.account, workloads.c.id), order_by=(standings.c.run_began_at.desc(), standings.c.subject)
)
_each_run = (
    select(
        workloads.c.account,
        workloads.c.id,
        workloads.c.deleted_at,
        standings.c.subject,
        *(standings.c[name] for name in ("run_shape", "run_tenant", "run_machine", "run_plan")),
        standings.c.run_began_at.label("began_at"),
        _of_workload.label("place"),
    )
    .join_from(standings, machines, machines.c.number == standings.c.run_machine)
    .join(tenants, tenants.c.number == standings.c.run_tenant)
    .join(workloads, and_(workloads.c.id == func.lower(machines.c.id), workloads.c.account == tenants.c.account))
    .join(shapes, shapes.c.number == standings.c.run_shape)
    .where(workloads.c.deleted_at > bindparam("since", type_=BigInteger), shapes.c.kind == Kind.BACKUP.value)
    .subquery()
)
_LAST = select(_each_run).where(_each_run.c.place == 1)


async def deleted(
    connection: AsyncConnection, dimensions: Dimensions, rules: Rules, now: datetime, known: Collection[str]
) -> list[Run]:
    """Of each workload that was deleted lately and ran until then. What went with its whole tenant is not told."""
    rows = (await connection.execute(_LAST, {"since": micros(now - LOOKED_BACK)})).all()
    read = {account: await accesses(connection, account) for account in {row.account for row in rows}}
    rows = [row for row in rows if is_gone_for_sure(read[row.account], moment(row.deleted_at), now)]
    rows = [
        row
        for row in rows
        if row.account in known and row.began_at >= row.deleted_at - rules.silent_closes // timedelta(microseconds=1)
    ]
    if not rows:
        return []
    await dimensions.refresh(connection)
    facts = await _facts(connection, {(row.account, row.id) for row in rows})
    found = [
        vanished(dimensions.last_run(row, row.account), row.subject, moment(row.deleted_at))
        for row in rows
        if (workload := facts.get((row.account, row.id))) is not None and workload.barred_by is None
    ]
    return [run for run in found if run is not None]


async def note_untried(connection: AsyncConnection, now: datetime) -> None:
    """Keeps since when each plan is seen on a workload without a run; what ran or is gone is forgotten."""
    rows = {tuple(row) for row in await connection.execute(_UNTRIED)}
    before = {tuple(row) for row in await connection.execute(select(*untried.primary_key))}
    if gone := before - rows:
        await connection.execute(delete(untried).where(tuple_(*untried.primary_key).in_(sorted(gone))))
    new = [
        {"account": account, "workload_id": workload, "policy_id": policy, "since": micros(now)}
        for account, workload, policy in sorted(rows - before)
    ]
    if new:
        await connection.execute(_NEW.on_conflict_do_nothing(), new)


async def untried_plans(
    connection: AsyncConnection,
    dimensions: Dimensions,
    rules: Rules,
    routing: Routing,
    now: datetime,
    known: Collection[str],
) -> list[Run]:
    """Of each plan that is on a workload for longer than one gap, was due, and has not run once."""
    rows = (await connection.execute(select(untried).where(untried.c.account.in_(known)))).all()
    if not rows:
        return []
    await dimensions.refresh(connection)
    facts = await _facts(connection, {(row.account, row.workload_id) for row in rows})
    history = await history_from(connection)
    found: list[Run | None] = []
    for row in rows:
        workload = facts.get((row.account, row.workload_id))
        own = of_plan(workload, row.policy_id)
        since, read_from = moment(row.since), history.get(row.account)
        if workload is None or read_from is None or read_from > since or excuse_of(workload, own) is not None:
            continue
        if has_never_run(workload, own, since, rules.missed_grace, routing.zone, now):
            found.append(never_ran(_first_run(dimensions, workload, own[0]), since, now))
    return [run for run in found if run is not None]


def _first_run(dimensions: Dimensions, workload: KnownWorkload, policy: KnownPolicy) -> Task:
    """As which task a plan's first run would come."""
    tenants_ = (each.tenant for each in dimensions.tenants.rows.values() if each.account == workload.account)
    tenant = next((each for each in tenants_ if each.id == workload.tenant_id), None)
    return Task(
        account=workload.account,
        id="",
        type=policy.policy.type,
        state=TaskState.COMPLETED,
        updated_at=EPOCH,
        tenant=tenant or Tenant(id=workload.tenant_id, name=workload.tenant_name),
        resource=Resource(workload.id, workload.type, workload.name),
        policy=Policy(policy.policy.root_id or policy.policy.id, policy.policy.type, policy.plan_name),
        name=workload.name,
        plan=policy.plan_name,
        kind=Kind.BACKUP,
        workload=Workload.MACHINE,
    )


async def _facts(connection: AsyncConnection, ids: Collection[tuple[str, str]]) -> dict[tuple[str, str], KnownWorkload]:
    found: dict[tuple[str, str], KnownWorkload] = {}
    for account in sorted({account for account, _ in ids}):
        theirs = [id_ for each, id_ in ids if each == account]
        found |= {(account, id_): known for id_, known in (await facts_of(connection, account, theirs)).items()}
    return found
