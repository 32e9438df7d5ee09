"""What each API writes of its items. Ids come in lower case."""

from datetime import timedelta
from typing import Any

from sqlalchemy import BigInteger, bindparam, case

from bot.model.plans import AcronisAlert, AgentStatus, PlanPolicy, TenantStatus, WorkloadFacts, WorkloadStatus
from bot.model.running import BACKUP_POLICY, Application
from bot.store.plans.facts import ACRONIS_ALERT, TENANT
from bot.store.plans.page import PageWriter, Row
from bot.store.plans.schedules import schedule_text
from bot.store.schema import (
    acronis_alerts,
    agents,
    micros_or_none,
    policies,
    policy_contexts,
    tenant_tree,
    workloads,
)

_STALE = 3_600_000_000
"""Microseconds for which a status may still be shown of a workload that was deleted."""
NOT_READ = "the plan itself was not read"
_MICROSECOND = timedelta(microseconds=1)


def _id(item: Any) -> Row:
    return (item.id,)


def _status(item: WorkloadStatus, _before: Row | None, _now: int) -> Row:
    """Run times are those of backups: the latest, and the earliest that comes; paused only where all of them are."""
    runs = [each for each in item.runs if each.type.lower().startswith(BACKUP_POLICY)]
    pauses = [each.enabled_again_at for each in runs]
    return (
        *(item.type, item.name, item.tenant_id, item.tenant_name, item.agent_id),
        *(item.status, item.execution, item.plan_names),
        *map(micros_or_none, (item.created_at, item.updated_at)),
        micros_or_none(max((each.last_run_at for each in runs if each.last_run_at), default=None)),
        micros_or_none(max((each.last_good_at for each in runs if each.last_good_at), default=None)),
        micros_or_none(min((each.next_run_at for each in runs if each.next_run_at), default=None)),
        None if None in pauses else micros_or_none(min((at for at in pauses if at), default=None)),
        bool(runs),
    )


def _facts(item: WorkloadFacts, before: Row | None, _now: int) -> Row:
    """A zone that is not told this time is the one that was told before."""
    zone = before[2] if item.zone_minutes is None and before is not None else item.zone_minutes
    return (item.name, item.tenant_id, zone, micros_or_none(item.deleted_at))


def _agent(item: AgentStatus, before: Row | None, now: int) -> Row:
    offline, online = before[4:] if before else (None, None)
    if item.is_online is False:
        offline, online = offline or now, None
    elif item.is_online and offline:
        offline, online = None, now
    return (item.name, item.tenant_id, item.is_online, item.is_enabled, offline, online)


def _alert(item: AcronisAlert, _before: Row | None, _now: int) -> Row:
    return ACRONIS_ALERT.encode(item)[2:]


def _policy(item: PlanPolicy, _before: Row | None, _now: int) -> Row:
    retry = item.retry
    return (
        *(item.root_id, item.type.lower(), item.name, item.tenant_id, item.is_enabled),
        *(schedule_text(item.schedule), item.why_unknown),
        *((None, None) if retry is None else (retry.interval // _MICROSECOND, retry.most)),
        *(item.most_days, micros_or_none(item.updated_at)),
    )


def _tenant(item: TenantStatus, before: Row | None, _now: int) -> Row:
    """A number that is not told this time is the one that was told before."""
    number = item.number or (before[0] if before else "")
    return (number, *TENANT.encode(item)[3:])


def _context(item: Application) -> Row:
    return (item.context_id, item.policy_id)


def _application(item: Application, _before: Row | None, _now: int) -> Row:
    return (
        *(item.is_enabled, item.is_licensed, item.deployment, item.execution, item.event_id),
        *map(micros_or_none, (item.last_run_at, item.last_good_at, item.next_run_at)),
    )


def _unread(item: Application, _before: Row | None, _now: int) -> Row:
    """A policy that only an application tells of. The plan it is a part of comes first among its parents."""
    root = item.parent_ids[0] if item.parent_ids else item.policy_id
    return (root, item.policy_type.lower(), item.policy_name, "", True, "", NOT_READ)


def _listed(_item: Row, _before: Row | None, _now: int) -> Row:
    """A policy on a workload that only the plan tells of."""
    return (None, None, "", "", "", None, None, None)


_APPLIED = (
    *("is_enabled", "is_licensed", "deployment", "execution", "event_id"),
    *("last_run_at", "last_good_at", "next_run_at"),
)
_is_just_deleted = workloads.c.deleted_at > bindparam("stamp", type_=BigInteger) - _STALE

STATUSES = PageWriter[WorkloadStatus](
    workloads,
    (
        *("type", "name", "tenant_id", "tenant_name", "agent_id", "status", "execution", "plan_names"),
        *("created_at", "updated_at", "last_run_at", "last_good_at", "next_run_at", "enabled_again_at", "has_backup"),
    ),
    _id,
    _status,
    newest="updated_at",
    watched=("last_run_at", "last_good_at"),
    seen="status_at",
    found={"deleted_at": case((_is_just_deleted, workloads.c.deleted_at))},
)
FACTS = PageWriter[WorkloadFacts](
    workloads,
    ("name", "tenant_id", "zone_minutes", "deleted_at"),
    _id,
    _facts,
    rest=dict.fromkeys(("type", "tenant_name", "agent_id", "status", "execution", "plan_names"), "")
    | {"has_backup": False},
    seen="facts_at",
)
AGENTS = PageWriter[AgentStatus](
    agents, ("name", "tenant_id", "is_online", "is_enabled", "offline_since", "online_since"), _id, _agent
)
ALERTS = PageWriter[AcronisAlert](acronis_alerts, ACRONIS_ALERT.names[2:], _id, _alert, newest="updated_at")
POLICIES = PageWriter[PlanPolicy](
    policies,
    (
        *("root_id", "type", "name", "tenant_id", "is_enabled", "schedule", "why_unknown"),
        *("retry_interval", "retry_most", "most_days", "updated_at"),
    ),
    _id,
    _policy,
    newest="updated_at",
    found={"gone_at": None},
)
TENANTS = PageWriter[TenantStatus](tenant_tree, TENANT.names[2:], _id, _tenant)
APPLICATIONS = PageWriter[Application](
    policy_contexts,
    _APPLIED,
    _context,
    _application,
    key=("workload_id", "policy_id"),
    found={"gone_at": None},
)
UNREAD_POLICIES = PageWriter[Application](
    policies,
    ("root_id", "type", "name", "tenant_id", "is_enabled", "schedule", "why_unknown"),
    lambda item: (item.policy_id,),
    _unread,
    keeps=True,
)
LISTED = PageWriter[Row](
    policy_contexts, _APPLIED, tuple, _listed, key=("workload_id", "policy_id"), keeps=True, found={"gone_at": None}
)
"""Workloads and the policies that Acronis lists for them."""
