"""Which problem a run belongs to, and what heals it (design §5). Pure; knows nothing of alerts that exist."""

from hashlib import blake2b

from bot.errorbook.explain import explain
from bot.model import OUTCOME_UNKNOWN, SILENCES, STAND_IN, Cause, Kind, ResultCode, Run, Task
from bot.model.remembered import remembered

ALERTING = frozenset({Kind.BACKUP, Kind.RESTORE, Kind.UNKNOWN})
_OWN_CLASS = SILENCES | {ResultCode.WARNING, ResultCode.CANCELLED, OUTCOME_UNKNOWN}


def is_run(task: Task, kinds: frozenset[Kind] = ALERTING) -> bool:
    """Whether the rules count it: a root run that is over, of one of `kinds`."""
    return task.is_over and task.is_root and task.kind in kinds


def is_under_way(task: Task) -> bool:
    """Whether the rules will count it when it is over."""
    return not task.is_over and task.is_root and task.kind in ALERTING


def run_of(task: Task, kinds: frozenset[Kind] = ALERTING) -> Run | None:
    """The run that `task` is to the rules; None where it is none."""
    if not is_run(task, kinds):
        return None
    problem, healed = _names(task, task.code)
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
        cause=cause_of(task),
        workload=task.workload,
        resource=task.resource,
        policy=task.policy,
        started_by=task.started_by,
    )


def fingerprint(task: Task) -> str:
    """Account, tenant, kind, resource and plan; where there is no plan, the type.

    What stands in for an unknown resource folds the failures of one agent, and those of an unknown kind fold per type.
    Warnings, cancelled runs, unknown outcomes and each kind of silence are problems of their own, beside failures of
    the same.
    """
    return _names(task, task.code)[0]


def fingerprint_as(run: Run, code: str) -> str:
    """The fingerprint that the run would have, had it ended as `code`."""
    return _names(run, code)[0]


def subject(task: Task) -> str:
    """What a later good run must be of: resource and plan, and for a restore the resource alone.

    An unknown resource is equal to nothing: a run of one has a subject of its own, so it heals nothing but itself.
    """
    return _names(task, task.code)[1]


def workload_of(run: Task | Run) -> str:
    """Names what the run was of, whatever its plan and kind: notes are kept by it. An unknown resource is itself."""
    if not is_known(run):
        return _key("workload", run.account, run.fingerprint if isinstance(run, Run) else fingerprint(run))
    tenant = run.tenant.id or run.tenant.uuid if run.resource.id else _tenant_of(run)
    return _key("workload", run.account, tenant, run.resource.id or run.name)


def is_known(run: Task | Run) -> bool:
    """Whether it is known what the run was of: by its id, else by its name and its tenant."""
    if run.resource.id:
        return not run.resource.id.startswith(STAND_IN)
    return bool(run.name and _tenant_of(run))


def _names(run: Task | Run, code: str) -> tuple[str, str]:
    """Fingerprint and subject of what ended as `code`."""
    tenant, resource, own_class = run.tenant, run.resource.id, code if code in _OWN_CLASS else ""
    whose = (tenant.id or tenant.uuid if resource else _tenant_of(run), run.kind)
    plan = run.policy.id or run.plan or run.type
    if is_known(run):
        return _named(run.account, *whose, resource or run.name, plan, "", own_class, "")
    own_id = f"{STAND_IN}task {run.id if isinstance(run, Task) else run.task_id}"
    own_type = run.type if run.kind is Kind.UNKNOWN else ""
    return _named(run.account, *whose, resource or run.name or own_id, plan, own_type, own_class, own_id)


def _tenant_of(run: Task | Run) -> str:
    tenant = run.tenant
    return tenant.id or tenant.uuid or tenant.locator or tenant.name


def cause_of(task: Task) -> Cause:
    """Why it ended so: its error, else the first of its warnings."""
    if task.result is None:
        return explain(None)
    return explain(task.result.error or next(iter(task.result.warnings), None))


@remembered
def _named(
    account: str, tenant: str, kind: Kind, resource: str, plan: str, own_type: str, own_class: str, own_id: str
) -> tuple[str, str]:
    """`own_type` and `own_id` are set where the resource is unknown."""
    whose = (account, tenant, kind)
    problem = (own_type,) if own_type else (resource, plan)
    classed = (*problem, own_class) if own_class else problem
    healed = (own_id,) if own_id else (resource,) if kind is Kind.RESTORE else (resource, plan)
    return _key(*whose, *classed), _key(*whose, "of", *healed)


def _key(*parts: str) -> str:
    """A short stable name. Ids are compared without case: the API writes one id in both cases."""
    return blake2b("\x1f".join(parts).casefold().encode(errors="surrogatepass"), digest_size=16).hexdigest()
