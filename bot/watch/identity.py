"""Which problem a run belongs to, and what heals it (design §5). Pure; knows nothing of alerts that exist."""

from functools import lru_cache
from hashlib import blake2b

from bot.model import Kind, Run, Task
from bot.watch.explain import explain

ALERTING = frozenset({Kind.BACKUP, Kind.RESTORE, Kind.UNKNOWN})
_REMEMBERED = 16_384  # 10,000 workloads come again every night


def is_run(task: Task) -> bool:
    """Whether the rules count it: a root backup, restore or unknown run that is over."""
    return task.is_over and task.is_root and task.kind in ALERTING


def run_of(task: Task) -> Run | None:
    """The run that `task` is to the rules; None where it is none."""
    if not is_run(task):
        return None
    problem, healed = _names(task)
    return Run(
        account=task.account,
        task_id=task.id,
        fingerprint=problem,
        subject=healed,
        kind=task.kind,
        code=task.code,
        tenant=task.tenant,
        name=task.name,
        plan=task.plan,
        type=task.type,
        began_at=task.began_at,
        ended_at=task.ended_at,
        cause=explain(task.result.error if task.result else None),
        workload=task.workload,
        resource=task.resource,
        policy=task.policy,
        started_by=task.started_by,
    )


def fingerprint(task: Task) -> str:
    """Account, tenant, kind, resource and plan; where there is no plan, the type. Unknown kinds fold per type."""
    return _names(task)[0]


def subject(task: Task) -> str:
    """What a later good run must be of: resource and plan, and for a restore the resource alone."""
    return _names(task)[1]


def _names(task: Task) -> tuple[str, str]:
    """Fingerprint and subject."""
    return _named(
        task.account,
        task.tenant.id or task.tenant.uuid,
        task.kind,
        task.resource.id or task.name,
        task.policy.id or task.plan or task.type,
        task.type if task.kind is Kind.UNKNOWN else "",
    )


@lru_cache(maxsize=_REMEMBERED)
def _named(account: str, tenant: str, kind: Kind, resource: str, plan: str, own_type: str) -> tuple[str, str]:
    whose = (account, tenant, kind)
    problem = (own_type,) if kind is Kind.UNKNOWN else (resource, plan)
    healed = (resource,) if kind is Kind.RESTORE else (resource, plan)
    return _key(*whose, *problem), _key(*whose, "of", *healed)


def _key(*parts: str) -> str:
    """A short stable name. Ids are compared without case: the API writes one id in both cases."""
    return blake2b("\x1f".join(parts).casefold().encode(errors="surrogatepass"), digest_size=16).hexdigest()
