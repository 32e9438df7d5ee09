"""All that is known of some workloads, in four statements however many they are."""

from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from typing import Any, NamedTuple

from sqlalchemy import Text, and_, bindparam, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.model.plans import (
    AcronisAlert,
    Api,
    ApiAccess,
    KnownAgent,
    KnownPolicy,
    KnownWorkload,
    PlanPolicy,
    Retry,
    TenantStatus,
)
from bot.model.running import BACKUP_POLICY
from bot.store.codec import Codec
from bot.store.dialect import Prepared, each_of
from bot.store.plans.schedules import schedule_of
from bot.store.schema import (
    acronis_alerts,
    agents,
    api_access,
    moment_or_none,
    policies,
    policy_contexts,
    tenant_tree,
    workloads,
)

ACCESS = Codec(ApiAccess, api_access)
ACRONIS_ALERT = Codec(AcronisAlert, acronis_alerts)
TENANT = Codec(TenantStatus, tenant_tree)

_account, _ids = bindparam("of_account", type_=Text), each_of("ids")
_WORKLOAD = (
    *(workloads.c[name] for name in ("id", "type", "name", "tenant_id", "tenant_name", "status", "execution")),
    workloads.c.plan_names,
    *(workloads.c[name] for name in ("created_at", "last_run_at", "last_good_at", "next_run_at", "enabled_again_at")),
    *(workloads.c[name] for name in ("has_backup", "zone_minutes", "deleted_at", "status_at", "applied_at")),
)
_AGENT = tuple(agents.c[name] for name in ("id", "name", "is_online", "is_enabled", "offline_since", "online_since"))
_WORKLOADS = Prepared(
    lambda: (
        select(*_WORKLOAD, *_AGENT)
        .outerjoin_from(
            workloads, agents, and_(agents.c.account == workloads.c.account, agents.c.id == workloads.c.agent_id)
        )
        .where(workloads.c.account == _account, workloads.c.id.in_(_ids))
    )
)
_root, _root_context = policies.alias("root"), policy_contexts.alias("root_context")
_CONTEXT = tuple(
    policy_contexts.c[name]
    for name in (
        *("is_enabled", "is_licensed", "deployment", "execution", "event_id"),
        *("last_run_at", "last_good_at", "next_run_at", "gone_at"),
    )
)
_POLICY = tuple(
    policies.c[name]
    for name in (
        *("id", "root_id", "type", "name", "tenant_id", "is_enabled", "schedule", "why_unknown"),
        *("retry_interval", "retry_most", "most_days", "updated_at", "gone_at"),
    )
)
_POLICIES = Prepared(
    lambda: (
        select(
            policy_contexts.c.workload_id,
            *(_root.c.name, _root.c.is_enabled, _root_context.c.is_enabled),
            *_CONTEXT,
            *_POLICY,
        )
        .join_from(
            policy_contexts,
            policies,
            and_(policies.c.account == policy_contexts.c.account, policies.c.id == policy_contexts.c.policy_id),
        )
        .outerjoin(_root, and_(_root.c.account == policies.c.account, _root.c.id == policies.c.root_id))
        .outerjoin(
            _root_context,
            and_(
                _root_context.c.account == policy_contexts.c.account,
                _root_context.c.workload_id == policy_contexts.c.workload_id,
                _root_context.c.policy_id == policies.c.root_id,
            ),
        )
        .where(policy_contexts.c.account == _account, policy_contexts.c.workload_id.in_(_ids))
        .where(policies.c.type.startswith(BACKUP_POLICY))
        .order_by(policy_contexts.c.workload_id, policy_contexts.c.policy_id)
    )
)
_ALERTS = Prepared(
    lambda: (
        select(*ACRONIS_ALERT.columns)
        .where(
            acronis_alerts.c.account == _account,
            acronis_alerts.c.resource_id.in_(_ids),
            acronis_alerts.c.ended_at.is_(None),
        )
        .order_by(acronis_alerts.c.created_at, acronis_alerts.c.id)
    )
)
_own = (
    select(*TENANT.columns)
    .where(tenant_tree.c.account == _account, or_(tenant_tree.c.id.in_(_ids), tenant_tree.c.number.in_(_ids)))
    .cte("line", recursive=True)
)
_line = _own.union(
    select(*TENANT.columns).join_from(
        tenant_tree, _own, and_(tenant_tree.c.account == _own.c.account, tenant_tree.c.id == _own.c.parent_id)
    )
)
_TENANTS = Prepared(lambda: select(_line))
"""Tenants by their numbers or UUIDs, with all above them."""


class FactRows(NamedTuple):
    """All that is known of some workloads of an account, as rows."""

    account: str
    workloads: Sequence[Sequence[Any]]
    policies: Sequence[Sequence[Any]]
    alerts: Sequence[Sequence[Any]]
    tenants: Sequence[Sequence[Any]]


async def facts_of(connection: AsyncConnection, account: str, ids: Collection[str]) -> dict[str, KnownWorkload]:
    """What is known of the workloads with these ids, in either case, by their ids in lower case.

    What nothing is known of is left out.
    """
    return built(await fact_rows(connection, account, ids))


async def fact_rows(connection: AsyncConnection, account: str, ids: Collection[str]) -> FactRows:
    """Of the workloads with these ids, in either case."""
    asked: dict[str, Any] = {"of_account": account, "ids": list({id_.lower() for id_ in ids} - {""})}
    rows = await _WORKLOADS.rows(connection, **asked)
    policies, alerts = await _POLICIES.rows(connection, **asked), await _ALERTS.rows(connection, **asked)
    tenants = list({row[3] for row in rows} - {""})
    tree = await _TENANTS.rows(connection, of_account=account, ids=tenants) if tenants else []
    return FactRows(account, rows, policies, alerts, tree)


def built(rows: FactRows) -> dict[str, KnownWorkload]:
    """By the ids of the workloads. Touches no database: it may be done in another thread."""
    account, known = rows.account, {row[0]: row for row in rows.workloads}
    tree = _tree([TENANT.decode(row) for row in rows.tenants])
    on_them: dict[str, list[KnownPolicy]] = {}
    plans: dict[str, PlanPolicy] = {}
    for row in rows.policies:
        on_them.setdefault(row[0], []).append(_policy(account, row, plans))
    alerts: dict[str, list[AcronisAlert]] = {}
    for alert in map(ACRONIS_ALERT.decode, rows.alerts):
        alerts.setdefault(alert.resource_id, []).append(alert)
    found: dict[str, KnownWorkload] = {}
    for id_ in known.keys() | on_them.keys() | alerts.keys():
        theirs, its_alerts = tuple(on_them.get(id_, ())), tuple(alerts.get(id_, ()))
        if id_ in known:
            found[id_] = KnownWorkload(account, *[*_workload(known[id_], tree), theirs, its_alerts])
        else:
            found[id_] = KnownWorkload(account, id_, policies=theirs, alerts=its_alerts)
    return found


async def accesses(connection: AsyncConnection, account: str) -> dict[Api, ApiAccess]:
    """How each API stands that was ever asked."""
    rows = await connection.execute(select(*ACCESS.columns).where(api_access.c.account == account))
    return {each.api: each for each in map(ACCESS.decode, rows)}


def _tree(found: Sequence[TenantStatus]) -> dict[str, TenantStatus]:
    """By their numbers and by their UUIDs."""
    return {each.number: each for each in found if each.number} | {each.id: each for each in found}


def _barred_by(tenant: TenantStatus | None, tree: Mapping[str, TenantStatus]) -> TenantStatus | None:
    seen = set[str]()
    while tenant is not None and tenant.id not in seen:
        if not tenant.is_enabled or not tenant.is_visible or tenant.deleted_at:
            return tenant
        seen.add(tenant.id)
        tenant = tree.get(tenant.parent_id)
    return None


def _workload(row: Sequence[Any], tree: Mapping[str, TenantStatus]) -> list[Any]:
    """The fields of a `KnownWorkload` from `id` to `barred_by`. Positions as in `_WORKLOAD` and `_AGENT`."""
    tenant, agent = tree.get(row[3]), row[len(_WORKLOAD) :]
    values: list[Any] = [*row[:8], *map(moment_or_none, row[8:13])]
    values += (None if row[16] is None else bool(row[13]), row[14], *map(moment_or_none, row[15:18]))
    values += (None if agent[0] is None else _agent(agent), tenant, _barred_by(tenant, tree))
    return values


def _agent(row: Sequence[Any]) -> KnownAgent:
    return KnownAgent(row[0], row[1], _flag(row[2]), _flag(row[3]), *map(moment_or_none, row[4:]))


def _policy(account: str, row: Sequence[Any], plans: dict[str, PlanPolicy]) -> KnownPolicy:
    """A row of `_POLICIES`: the workload, its plan's root, the root's and its own context, the policy. Many workloads
    are under one policy, which is kept in `plans`."""
    plan_name, *are_enabled = row[1:4]
    context, own = row[4 : 4 + len(_CONTEXT)], row[4 + len(_CONTEXT) :]
    policy = plans.get(own[0])
    if policy is None:
        retry = None if own[8] is None else Retry(timedelta(microseconds=own[8]), own[9] or 0)
        values = (*own[:5], bool(own[5]), schedule_of(own[6]), own[7], retry, own[10], moment_or_none(own[11]))
        policy = plans[own[0]] = PlanPolicy(account, *values)
    gone = [at for at in (context[8], own[12]) if at is not None]
    is_enabled = policy.is_enabled and 0 not in (*are_enabled, context[0])
    values = (plan_name or policy.name, is_enabled, _flag(context[1]), *context[2:5])
    return KnownPolicy(policy, *values, *map(moment_or_none, (*context[5:8], min(gone, default=None))))


def _flag(value: Any) -> bool | None:
    return None if value is None else bool(value)
