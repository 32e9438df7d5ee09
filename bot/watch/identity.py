"""Which problem a run belongs to, and what heals it (design §5). Pure; knows nothing of alerts that exist."""

from functools import lru_cache
from hashlib import blake2b

from bot.model import Kind, Run, Task
from bot.watch.explain import explain

ALERTING = frozenset({Kind.BACKUP, Kind.RESTORE, Kind.UNKNOWN})
_REMEMBERED = 32_768  # 10,000 workloads have two keys each, and come again every night


def run_of(task: Task) -> Run | None:
    """The run that `task` is to the rules; None unless it is a root backup, restore or unknown run that is over."""
    if not (task.is_over and task.is_root and task.kind in ALERTING):
        return None
    return Run(
        account=task.account,
        task_id=task.id,
        fingerprint=fingerprint(task),
        subject=subject(task),
        kind=task.kind,
        code=task.code,
        tenant=task.tenant,
        name=task.name,
        plan=task.plan,
        type=task.type,
        began_at=task.began_at,
        ended_at=task.ended_at,
        cause=explain(task.result.error if task.result else None),
    )


def fingerprint(task: Task) -> str:
    """Account, tenant, kind, resource and plan; where there is no plan, the type. Unknown kinds fold per type."""
    if task.kind is Kind.UNKNOWN:
        return _key(task.account, _tenant(task), task.kind, task.type)
    return _key(task.account, _tenant(task), task.kind, _resource(task), _plan(task))


def subject(task: Task) -> str:
    """What a later good run must be of: resource and plan, and for a restore the resource alone."""
    if task.kind is Kind.RESTORE:
        return _key(task.account, _tenant(task), task.kind, "of", _resource(task))
    return _key(task.account, _tenant(task), task.kind, "of", _resource(task), _plan(task))


def _tenant(task: Task) -> str:
    return task.tenant.id or task.tenant.uuid


def _resource(task: Task) -> str:
    return task.resource.id or task.name


def _plan(task: Task) -> str:
    return task.policy.id or task.plan or task.type


@lru_cache(maxsize=_REMEMBERED)
def _key(*parts: str) -> str:
    """A short stable name. Ids are compared without case: the API writes one id in both cases."""
    return blake2b("\x1f".join(parts).casefold().encode(errors="surrogatepass"), digest_size=16).hexdigest()
