"""Workloads of which the copy has no run, as Acronis's lists tell them: under a plan that never ran, or under none.

Works on a connection inside somebody else's transaction.
"""

import asyncio
from collections import defaultdict
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.alerting.missed import of_plan, standing_excuse
from bot.alerting.standing import NO_PLAN, NO_RUN, Restorable, standing, why
from bot.model import (
    Kind,
    LastGood,
    Policy,
    Protected,
    Resource,
    Silence,
    Standing,
    Task,
    TaskQuery,
    TaskState,
    Tenant,
    Workload,
)
from bot.model.plans import KnownPolicy, KnownWorkload
from bot.model.values import dataclass
from bot.store.alerts.conditions import IS_OPEN
from bot.store.copy.dimensions import Dimensions
from bot.store.dialect import Prepared
from bot.store.plans.facts import facts_of
from bot.store.schema import EPOCH, alerts, machines, standings, untried, workloads

MACHINES: Final = ("resource.machine", "resource.virtual_machine")
"""How the types of workloads begin whose plans Acronis tells with their run times."""
_NAME: Final = 2  # its place in a row of `_BARE`
AT_ONCE: Final = 500
"""Rows that are looked at without a pause."""

_ran = select(func.lower(machines.c.id)).join_from(standings, machines, machines.c.number == standings.c.run_machine)
_BARE = Prepared(
    lambda: (
        select(workloads.c.account, workloads.c.id, workloads.c.name, workloads.c.tenant_id, workloads.c.tenant_name)
        .where(~workloads.c.has_backup, workloads.c.deleted_at.is_(None), workloads.c.status_at.is_not(None))
        .where(or_(*(workloads.c.type.startswith(each) for each in MACHINES)), workloads.c.name != "")
        .where(workloads.c.id.not_in(_ran))
        .order_by(workloads.c.name, workloads.c.id)
    )
)
_NEVER = Prepared(
    lambda: select(
        alerts.c.account, func.lower(alerts.c.resource_id), func.lower(alerts.c.policy_id), alerts.c.cause_text
    ).where(IS_OPEN, alerts.c.code == Silence.NEVER.value)
)
_UNTRIED = Prepared(lambda: select(untried.c.account, untried.c.workload_id, untried.c.policy_id))
_UNTRIED_NAMES = Prepared(
    lambda: select(workloads.c.name).join_from(
        untried, workloads, (workloads.c.account == untried.c.account) & (workloads.c.id == untried.c.workload_id)
    )
)


@dataclass(frozen=True, slots=True)
class _Found:
    """A workload as the last run of it would be, and how it stands."""

    task: Task
    standing: Standing
    why: str


async def without_runs(connection: AsyncConnection, dimensions: Dimensions, query: TaskQuery) -> list[Protected]:
    """Those that the question names, from A to Z: its states and results are left aside."""
    out = replace(query.left_out, states=frozenset(), results=frozenset())
    asked = replace(query, states=frozenset(), results=frozenset(), kinds=frozenset({Kind.BACKUP}), left_out=out)
    customers = {(each.account, each.tenant.id): each.tenant for each in dimensions.tenants.rows.values()}
    found = [*await _untried(connection, customers), *await _bare(connection, customers)]
    known = dimensions.configured
    lines: list[Protected] = []
    for place, each in enumerate(found, 1):
        if place % AT_ONCE == 0:
            await asyncio.sleep(0)  # others go on meanwhile
        if (known is None or each.task.account in known) and asked.admits(each.task):
            lines.append(_line(each))
    return sorted(lines, key=lambda line: (line.name.casefold(), line.tenant.name.casefold(), line.plan.casefold()))


async def names_without_runs(connection: AsyncConnection) -> set[str]:
    """The names of all of them, whatever their accounts."""
    idle = [name for (name,) in await _UNTRIED_NAMES.rows(connection)]
    return {*idle, *(row[_NAME] for row in await _BARE.rows(connection))}


async def _untried(connection: AsyncConnection, customers: dict[tuple[str, str], Tenant]) -> list[_Found]:
    """Plans on workloads that have not run: they never did, once an alert says so."""
    rows = await _UNTRIED.rows(connection)
    told = {row[:3]: row[3] for row in await _NEVER.rows(connection)} if rows else {}
    by_account = defaultdict[str, set[str]](set)
    for account, id_, _ in rows:
        by_account[account].add(id_)
    facts = {account: await facts_of(connection, account, ids) for account, ids in by_account.items()}
    found: list[_Found] = []
    for account, id_, policy_id in rows:
        workload = facts[account].get(id_)
        own = of_plan(workload, policy_id)
        if workload is not None and own:
            found.append(_of_policy(workload, own[0], told, customers))
    return found


def _of_policy(
    workload: KnownWorkload,
    own: KnownPolicy,
    told: dict[tuple[Any, ...], str],
    customers: dict[tuple[str, str], Tenant],
) -> _Found:
    ids = (own.policy.root_id, own.policy.id)
    cause = next((told[key] for id_ in ids if (key := (workload.account, workload.id, id_)) in told), None)
    excused = standing_excuse(workload, own.policy.id)
    silence = Silence.NEVER.value if cause is not None else ""
    known = Restorable(False, LastGood(), timedelta(), silence=silence, excuse=excused.excuse if excused else None)
    stands = standing(known, EPOCH)
    words = why(stands, excuse=excused.words if excused else NO_RUN, cause=cause or "")
    tenant = Tenant(id=workload.tenant_id, name=workload.tenant_name)
    task = _task(workload.account, workload.id, workload.name, tenant, customers)
    policy = Policy(own.policy.root_id or own.policy.id, own.policy.type, own.plan_name)
    return _Found(replace(task, policy=policy, plan=own.plan_name), stands, words)


async def _bare(connection: AsyncConnection, customers: dict[tuple[str, str], Tenant]) -> list[_Found]:
    """Workloads that no plan backs up."""
    found: list[_Found] = []
    for account, id_, name, tenant_id, tenant_name in await _BARE.rows(connection):
        task = _task(account, id_, name, Tenant(id=tenant_id, name=tenant_name), customers)
        found.append(_Found(task, Standing.NO_PLAN, NO_PLAN))
    return found


def _task(account: str, id_: str, name: str, tenant: Tenant, customers: dict[tuple[str, str], Tenant]) -> Task:
    return Task(
        account=account,
        id="",
        type="",
        state=TaskState.COMPLETED,
        updated_at=EPOCH,
        tenant=customers.get((account, tenant.id), tenant),
        resource=Resource(id_, "", name),
        name=name,
        kind=Kind.BACKUP,
        workload=Workload.MACHINE,
    )


def _line(found: _Found) -> Protected:
    task = found.task
    return Protected(task.account, task.tenant, task.name, task.plan, task.workload, found.standing, why=found.why)
