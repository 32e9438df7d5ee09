"""How a run looks on the wire at a moment: its tasks and its activities (§8 to §10). Varies as the field does.

For benchmarks there are bulk tasks, of which only number and time are kept: each is written anew whenever it is read.
"""

from collections.abc import Iterator
from functools import partial
from typing import Any, Final

from bot.sandbox.acronis.catalog import ACME, MACHINE_RUN, Tenant, guid_of
from bot.sandbox.acronis.causes import error_of
from bot.sandbox.acronis.runs import BY_SCHEDULE, Identity, Numbers, Run
from bot.sandbox.acronis.table import Raw, Row, dig
from bot.sandbox.acronis.times import HOUR, MINUTE, SECOND, coarse, write_duration, write_stamp
from bot.sandbox.templates import Templates

_FILE: Final = Templates(__file__)
# Types under which field scripts find cloud-to-cloud activities, where tasks have a name (§9.1)
_CLOUD_ACTIVITY: Final = "0016750A-EE56-49E6-BF59-7C768C9869AC"
_BLOCKER_DELAY: Final = 30 * SECOND


def task_rows(run: Run, now: int) -> Iterator[Row]:
    """All tasks of a run: the root, and a child task for some runs of machines."""
    times = partial(_task_times, run, now)
    yield Row(key=run.task.number, write=partial(_task, run, now), times=times)
    if (child := run.child) and run.lot % 7 == 0:
        yield Row(key=child.number, write=lambda: _task(run, now) | _child(run, child), times=times)


def activity_rows(run: Run, now: int) -> Iterator[Row]:
    """All activities; none before the run is started."""
    if run.started is None or now < run.started:
        return
    times = partial(_activity_times, run, now)
    yield Row(key=run.activity.number, write=partial(_activity, run, now), times=times)
    if run.child:
        yield Row(key=run.child.number, write=partial(_child_activity, run, run.child, now), times=times)


def _task(run: Run, now: int) -> Raw:
    is_cancelled = run.result == "cancelled" and run.state(now) == "completed"
    queue, priority = "c2c" if run.is_cloud else "legacySync", "high" if run.nature == "restore" else "normal"
    facts = {"queue": queue, "priority": priority, "context": _context(run)}
    raw = _identified(run.task) | _FILE.fill("task", run=run, is_cancelled=is_cancelled, **facts)
    raw |= _shared(run, now) | _names(run) | _task_times(run, now)
    is_assigned = "assignedAt" in raw
    if is_assigned:
        raw["executor"] = _executor(run)
    if run.lot % 5:
        raw["assignCount"] = int(is_assigned)
    return raw | _waiting(run, now)


def _task_times(run: Run, now: int) -> dict[str, str]:
    times = {"enqueuedAt": _written(run, run.enqueued)} | _times(run, now)
    if run.assigned is not None and now >= run.assigned:
        times["assignedAt"] = _written(run, run.assigned)
    return times


def _activity_times(run: Run, now: int) -> dict[str, str]:
    return {"createdAt": _written(run, run.started or run.enqueued)} | _times(run, now)


def _times(run: Run, now: int) -> dict[str, str]:
    """What all records of a run have. `updatedAt` keeps all digits, and may be milliseconds after a management end."""
    done, changed = run.state(now) == "completed", run.changed(now)
    times = {"updatedAt": write_stamp(changed + run.lot * 700 if done else changed)}
    if run.started is not None and now >= run.started:
        times["startedAt"] = _written(run, run.started)
    if done and run.completed is not None:
        times["completedAt"] = _written(run, run.completed)
    return times


def _waiting(run: Run, now: int) -> Raw:
    match run.state(now):
        case "enqueued" if run.workload:
            return {"affinity": {"agentId": run.workload.agent, "clusterId": ""}}
        case "assigned":
            return {"ackTimeout": "5s", "maxAssignCount": 1}
        case "paused":
            number, uuid = run.task.number + 2 * _BLOCKER_DELAY, guid_of("blocker", run.task.uuid)
            return _FILE.fill("blocked", run=run, number=number, uuid=uuid, tenant=_tenant(run.tenant))
        case _:
            return {}


def _activity(run: Run, now: int) -> Raw:
    command = _CLOUD_ACTIVITY if run.is_cloud and run.lot % 3 == 0 else run.command
    own = {"type": command, "context": _context(run)}
    return _identified(run.activity) | own | _names(run) | _of_activity(run, now)


def _child_activity(run: Run, child: Identity, now: int) -> Raw:
    parent = {"parentActivityId": run.activity.number, "parentActivityIdString": str(run.activity.number)}
    names = _names(run)
    names.pop("startedByUser", None)
    return _child(run, child) | parent | names | _of_activity(run, now)


def _of_activity(run: Run, now: int) -> Raw:
    """What both activities of a run have."""
    facts = {"task": str(run.task.number), "executor": _executor(run)}
    return _FILE.fill("of_activity", run=run, **facts) | _shared(run, now) | _activity_times(run, now)


def _shared(run: Run, now: int) -> Raw:
    """What all records of a run have beside their times."""
    state = run.state(now)
    raw: Raw = {"state": state, "tenant": _tenant(run.tenant)}
    if state == "started":
        raw["progress"] = _progress(run, now)
    return raw | _outcome(run) if state == "completed" else raw


def _child(run: Run, child: Identity) -> Raw:
    return _identified(child) | _FILE.fill("child", run=run)


def _identified(identity: Identity) -> Raw:
    return _FILE.fill("identity", identity=identity, text=str(identity.number))


def _tenant(tenant: Tenant) -> Raw:
    return _FILE.fill("tenant", tenant=tenant, uuid=tenant.uuid if tenant.shows_uuid else "")


def _executor(run: Run) -> Raw:
    if run.is_cloud:
        return {"id": f"c2c-agent-{run.lot % 9}", "clusterId": "c2c"}
    return {"id": run.workload.agent if run.workload else "", "clusterId": ""}


def _names(run: Run) -> Raw:
    raw: Raw = {}
    if run.by and not (run.by == BY_SCHEDULE and run.lot % 11 == 0):
        raw["startedByUser"] = run.by
    if run.workload:
        key = run.workload.key.upper() if run.lot % 2 else run.workload.key
        raw["resource"] = {"id": key, "type": run.workload.kind, "name": run.workload.name}
    if run.plan:
        kind = "policy.protection.total" if run.nature == "management" else "backup"
        raw["policy"] = {"id": run.plan.key, "type": kind, "name": run.plan.name}
    return raw


def _context(run: Run) -> Raw:
    plan, workload = run.plan, run.workload
    if run.is_cloud and workload and run.nature != "management":
        planned = {"policyId": plan.key, "policyName": plan.name} if plan else {}
        return _FILE.fill("cloud_context", run=run) | planned
    title = run.title or (f"Backup plan '{plan.name}'" if plan else "Recovering a virtual machine")
    raw = _FILE.fill("machine_context", run=run, title=title, machine=workload.name if workload else "")
    if plan and run.nature == "management":
        raw |= _FILE.fill("management_plan", plan=plan)
    elif plan:
        mode = "scheduled" if run.by == BY_SCHEDULE else "manual"
        raw |= _FILE.fill("backup_plan", plan=plan, mode=mode)
    return raw


def _written(run: Run, at: int) -> str:
    return write_stamp(coarse(at, run.lot % 10))


def _outcome(run: Run) -> Raw:
    result: Raw = {"code": run.result}
    if run.cause and run.result != "cancelled":
        error = error_of(run.cause, run.command, run.workload.name if run.workload else "")
        result |= {"warnings": [error]} if run.result == "warning" else {"error": error}
    if run.nature == "management":
        return {"result": result}
    saved = run.workload.size // 90 if run.workload and run.lot % 97 and not run.is_empty else 0
    return {"result": result, "progress": _FILE.fill("finished", processed=saved * 3, saved=saved)}


def _progress(run: Run, now: int) -> Raw:
    """Moves with each heartbeat. Some restores only say that there is one thing to do."""
    if run.nature == "restore" and run.lot % 3 == 0:
        return {"total": 1}
    start = run.started or run.enqueued
    length = max((run.completed or start + 6 * HOUR) - start, 1)
    gone = min(run.changed(now) - start, length - 1, length if run.stands is None else run.stands)
    total = 10_000 if run.is_cloud else 100
    size = run.workload.size if run.workload else 1 << 30
    source = 40 + run.lot % 40
    done, left = size * gone // length, write_duration(max(length - gone, SECOND))
    facts = {"current": total * gone // length, "processed": done, "saved": done // 8}
    speed, destination = round(size / (length / SECOND), 1), 91 - source
    return _FILE.fill("progress", total=total, speed=speed, left=left, source=source, destination=destination, **facts)


# ── bulk ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

_LENGTH: Final = 4 * MINUTE
_MACHINES: Final = 2_000
_SAME: Final = _FILE.fill("bulk_same", command=MACHINE_RUN, tenant=_tenant(ACME), plan=guid_of("plan", "bulk"))


class BulkRow(Row):
    """A finished machine backup, `ok` but for one in fifty, that ended at `at`."""

    __slots__ = ("_at", "_place")

    def __init__(self, key: int, place: int, at: int) -> None:
        super().__init__(key=key)
        self._place = place
        self._at = at

    @property
    def raw(self) -> Any:
        key, machine = self.key or 0, self._place % _MACHINES
        facts = {
            "text": str(key),
            "name": f"BULK-{machine:04d}",
            "uuid": f"b0000000-0000-4000-8000-{self._place:012x}",
            "resource": f"a0000000-0000-4000-8000-{machine:012x}",
            "result": _FILE.fill("bulk_error") if self._place % 50 == 49 else {"code": "ok"},
        }
        stamps = ("enqueuedAt", "startedAt", "assignedAt", "updatedAt", "completedAt")
        times = {field: write_stamp(self.stamp(field) or 0) for field in stamps}
        return _SAME | _FILE.fill("bulk", key=key, **facts) | times

    def value(self, *path: str) -> Any:
        """What is the same for all need not be written: most filters look there."""
        return dig(_SAME if path[0] in _SAME else self.raw, *path)

    def stamp(self, field: str) -> int | None:
        if field in ("updatedAt", "completedAt"):
            return self._at
        if field in ("enqueuedAt", "startedAt"):
            return self._at - _LENGTH
        return self._at - _LENGTH + SECOND if field == "assignedAt" else None


def bulk_rows(count: int, until: int, apart: int, first: int = 0) -> Iterator[BulkRow]:
    """`count` rows, oldest first, the last one over at `until`. `first` goes on with the numbering of others."""
    numbers = Numbers()
    for place in range(count):
        at = until - (count - 1 - place) * apart
        yield BulkRow(numbers.next(at - _LENGTH) + 2 * first, first + place, at)
