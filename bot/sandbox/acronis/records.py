"""How a run looks on the wire at a moment: its task, its child task if it has one, and its activities (§8 to §10).

Varies as the field does: GUID case, absent tenant uuid, absent `startedByUser`, fraction digits, `assignCount`. For
benchmarks there are bulk tasks, of which only number and time are kept: each is written anew whenever it is read.
"""

from collections.abc import Iterator
from functools import partial
from typing import Any, Final

from bot.sandbox.acronis.catalog import ACME, MACHINE_RUN, Tenant, guid_of
from bot.sandbox.acronis.causes import error_of
from bot.sandbox.acronis.runs import BY_SCHEDULE, Identity, Numbers, Run
from bot.sandbox.acronis.table import Raw, Row, dig
from bot.sandbox.acronis.times import HOUR, MINUTE, SECOND, coarse, write_duration, write_stamp

CHILD_COMMAND: Final = "8F01AC13-F59E-4851-9204-DE1FD77E36B4"
# Types under which field scripts find cloud-to-cloud activities, where tasks have a name (§9.1)
_CLOUD_ACTIVITY: Final = "0016750A-EE56-49E6-BF59-7C768C9869AC"
_BLOCKER_DELAY: Final = 30 * SECOND


def task_rows(run: Run, now: int) -> Iterator[Row]:
    """All tasks of a run: the root, and a child task for some runs of machines."""
    yield Row(key=run.task.number, write=partial(_task, run, now))
    if run.child and run.lot % 7 == 0:
        yield Row(key=run.child.number, write=partial(_child_task, run, run.child, now))


def activity_rows(run: Run, now: int) -> Iterator[Row]:
    """All activities; none before the run is started."""
    if run.started is None or now < run.started:
        return
    yield Row(key=run.activity.number, write=partial(_activity, run, now))
    if run.child:
        yield Row(key=run.child.number, write=partial(_child_activity, run, run.child, now))


def _task(run: Run, now: int) -> Raw:
    is_assigned = run.assigned is not None and now >= run.assigned
    raw = _identified(run.task) | {
        "type": run.command,
        "queue": "c2c" if run.is_cloud else "legacySync",
        "priority": "high" if run.nature == "restore" else "normal",
        "issuer": {"id": "", "clusterId": ""},
        "cancellable": True,
        "cancelRequested": run.result == "cancelled" and run.state(now) == "completed",
        "context": _context(run),
        "enqueuedAt": _written(run, run.enqueued),
    }
    raw |= _shared(run, now) | _names(run)
    if run.assigned is not None and is_assigned:
        raw |= {"assignedAt": _written(run, run.assigned), "executor": _executor(run)}
    if run.lot % 5:
        raw["assignCount"] = int(is_assigned)
    return raw | _waiting(run, now)


def _waiting(run: Run, now: int) -> Raw:
    match run.state(now):
        case "enqueued" if run.workload:
            return {"affinity": {"agentId": guid_of("agent", run.workload.name), "clusterId": ""}}
        case "assigned":
            return {"ackTimeout": "5s", "maxAssignCount": 1}
        case "paused":
            blocker = {"id": run.task.number + 2 * _BLOCKER_DELAY, "uuid": guid_of("blocker", run.task.uuid)}
            blocker |= {"taskId": run.task.number, "tenant": _tenant(run.tenant)}
            solutions: list[Raw] = [{"key": key, "context": {}} for key in ("Retry", "Cancel")]
            issue = {"key": run.blocker, "context": {}}
            return {"blockers": [blocker | {"issue": issue, "possibleSolutions": solutions}]}
        case _:
            return {}


def _child_task(run: Run, child: Identity, now: int) -> Raw:
    return _task(run, now) | _identified(child) | _child(run)


def _activity(run: Run, now: int) -> Raw:
    command = _CLOUD_ACTIVITY if run.is_cloud and run.lot % 3 == 0 else run.command
    own = {"type": command, "context": _context(run)}
    return _identified(run.activity) | own | _names(run) | _of_activity(run, now)


def _child_activity(run: Run, child: Identity, now: int) -> Raw:
    parent = {"parentActivityId": run.activity.number, "parentActivityIdString": str(run.activity.number)}
    names = _names(run)
    names.pop("startedByUser", None)
    return _identified(child) | _child(run) | parent | names | _of_activity(run, now)


def _of_activity(run: Run, now: int) -> Raw:
    """What both activities of a run have."""
    task = {"taskId": run.task.number, "taskIdString": str(run.task.number)}
    created = {"createdAt": _written(run, run.started or run.enqueued)}
    return task | created | {"executor": _executor(run)} | _shared(run, now)


def _shared(run: Run, now: int) -> Raw:
    """What all records of a run have. `updatedAt` keeps all digits, and may be milliseconds after a management end."""
    state, changed = run.state(now), run.changed(now)
    done = state == "completed"
    raw: Raw = {"state": state, "tenant": _tenant(run.tenant)}
    raw["updatedAt"] = write_stamp(changed + run.lot * 700 if done else changed)
    if run.started is not None and now >= run.started:
        raw["startedAt"] = _written(run, run.started)
    if done and run.completed is not None:
        raw["completedAt"] = _written(run, run.completed)
    if state == "started":
        raw["progress"] = _progress(run, now)
    return raw | _outcome(run) if done else raw


def _child(run: Run) -> Raw:
    context = {"IsProcessRoot": False, "CommandID": CHILD_COMMAND, "title": "Backing up", "parentUUID": run.task.uuid}
    return {"type": CHILD_COMMAND, "context": context}


def _identified(identity: Identity) -> Raw:
    return {"uuid": identity.uuid, "id": identity.number, "idString": str(identity.number)}


def _tenant(tenant: Tenant) -> Raw:
    raw = {"id": tenant.number, "name": tenant.name, "locator": tenant.locator}
    return raw | {"uuid": tenant.uuid} if tenant.shows_uuid else raw


def _executor(run: Run) -> Raw:
    if run.is_cloud:
        return {"id": f"c2c-agent-{run.lot % 9}", "clusterId": "c2c"}
    return {"id": guid_of("agent", run.workload.name) if run.workload else "", "clusterId": ""}


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
        named = {"resourceId": workload.key, "resourceName": workload.name, "resourceKind": workload.kind}
        planned = {"policyId": plan.key, "policyName": plan.name} if plan else {}
        return {"activityType": run.nature, "suite": workload.suite} | named | planned
    raw: Raw = {"IsProcessRoot": True, "CommandID": run.command, "Specific": "Business", "isLegacy": True}
    raw["title"] = run.title or (f"Backup plan '{plan.name}'" if plan else "Recovering a virtual machine")
    if workload:
        raw["MachineName"] = workload.name
    if plan and run.nature == "management":
        raw |= {"PlanName": plan.name, "Persistent": {"PlanID": plan.key, "PlanName": plan.name}}
    elif plan:
        raw |= {"BackupPlanID": plan.key, "BackupPlanName": plan.name}
        raw["runMode"] = "scheduled" if run.by == BY_SCHEDULE else "manual"
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
    saved = run.workload.size // 90 if run.workload and run.lot % 97 else 0
    done = {"current": 100, "total": 100, "bytesProcessed": saved * 3, "bytesSaved": saved}
    return {"result": result, "progress": done}


def _progress(run: Run, now: int) -> Raw:
    """Moves with each heartbeat. Some restores only say that there is one thing to do."""
    if run.nature == "restore" and run.lot % 3 == 0:
        return {"total": 1}
    start = run.started or run.enqueued
    length = max((run.completed or start + 6 * HOUR) - start, 1)
    gone = min(run.changed(now) - start, length - 1)
    total = 10_000 if run.is_cloud else 100
    size = run.workload.size if run.workload else 1 << 30
    source = 40 + run.lot % 40
    return {
        "current": total * gone // length,
        "total": total,
        "bytesProcessed": size * gone // length,
        "bytesSaved": size * gone // length // 8,
        "processingSpeed": round(size / (length / SECOND), 1),
        "leftTime": write_duration(max(length - gone, SECOND)),
        "bottleneck": {"source": source, "processing": 9, "destination": 91 - source},
    }


# ── bulk ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

_LENGTH: Final = 4 * MINUTE
_MACHINES: Final = 2_000
_SAME: Final[Raw] = {
    "type": MACHINE_RUN,
    "queue": "legacySync",
    "priority": "normal",
    "tenant": _tenant(ACME),
    "state": "completed",
    "issuer": {"id": "", "clusterId": ""},
    "cancellable": True,
    "cancelRequested": False,
    "startedByUser": BY_SCHEDULE,
    "policy": {"id": guid_of("plan", "bulk"), "type": "backup", "name": "Bulk nightly"},
    "assignCount": 1,
    "progress": {"current": 100, "total": 100, "bytesProcessed": 1 << 30, "bytesSaved": 1 << 27},
}


class BulkRow(Row):
    """A finished machine backup, `ok` but for one in fifty, that ended at `at`."""

    __slots__ = ("_at", "_place")

    def __init__(self, key: int, place: int, at: int) -> None:
        super().__init__(key=key)
        self._place = place
        self._at = at

    @property
    def raw(self) -> Any:
        key, machine, stamps = self.key or 0, self._place % _MACHINES, ("enqueuedAt", "startedAt", "assignedAt")
        name = f"BULK-{machine:04d}"
        result: Raw = {"code": "ok"}
        if self._place % 50 == 49:
            context = {"cause_str": "The device is not ready.", "effect_str": "Backup has failed."}
            result = {"code": "error", "error": {"domain": "Common", "code": "InternalError", "context": context}}
        titles = {"IsProcessRoot": True, "BackupPlanName": "Bulk nightly", "title": "Backup plan", "MachineName": name}
        return _SAME | {
            "uuid": f"b0000000-0000-4000-8000-{self._place:012x}",
            "id": key,
            "idString": str(key),
            "resource": {"id": f"a0000000-0000-4000-8000-{machine:012x}", "type": "machine", "name": name},
            "context": titles,
            "result": result,
            **{field: write_stamp(self.stamp(field) or 0) for field in (*stamps, "updatedAt", "completedAt")},
        }

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
