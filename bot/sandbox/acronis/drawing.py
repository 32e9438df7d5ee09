"""How a run looks on the wire at a moment: its task, its child task if it has one, and its activities (§8 to §10).

Pure. Varies as the field does: GUID case, absent tenant uuid, absent `startedByUser`, fraction digits, `assignCount`.
"""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Final

from bot.sandbox.acronis.causes import error_of
from bot.sandbox.acronis.instants import HOUR, MINUTE, SECOND, coarse, write_duration, write_stamp
from bot.sandbox.acronis.runs import Identity, Run
from bot.sandbox.acronis.scenery import Tenant, guid_of
from bot.sandbox.acronis.shelf import Raw

Drawing = Callable[[], Raw]
"""Draws one object when somebody looks at it."""

CHILD_COMMAND: Final = "8F01AC13-F59E-4851-9204-DE1FD77E36B4"
# Types under which field scripts find cloud-to-cloud activities, where tasks have a name (§9.1)
_CLOUD_ACTIVITY: Final = "0016750A-EE56-49E6-BF59-7C768C9869AC"
_BLOCKER_DELAY: Final = 30 * SECOND


def draw_tasks(run: Run, now: int) -> Iterator[tuple[int, Drawing]]:
    """Ids and drawings of all tasks of a run: the root, and a child task for some runs of machines."""
    yield run.task.number, partial(_task, run, now)
    if run.child and has_child_task(run):
        yield run.child.number, partial(_child_task, run, run.child, now)


def draw_activities(run: Run, now: int) -> Iterator[tuple[int, Drawing]]:
    """Ids and drawings of all activities; none before the run is started."""
    if run.started is None or now < run.started:
        return
    yield run.activity.number, partial(_activity, run, now)
    if run.child:
        yield run.child.number, partial(_child_activity, run, run.child, now)


def has_child_task(run: Run) -> bool:
    return run.child is not None and run.lot % 7 == 0


def _task(run: Run, now: int) -> Raw:
    raw: Raw = _identified(run.task) | {"type": run.command, "queue": "c2c" if run.is_cloud else "legacySync"}
    raw |= {"priority": "high" if run.nature == "restore" else "normal", "tenant": _tenant(run.tenant)}
    raw |= {"state": run.state(now), "issuer": {"id": "", "clusterId": ""}}
    raw |= {"cancellable": True, "cancelRequested": run.result == "cancelled" and run.state(now) == "completed"}
    raw |= _names(run) | {"context": _context(run)} | _outcome(run, now)
    raw |= _times(run, now) | {"enqueuedAt": _written(run, run.enqueued)}
    if run.assigned is not None and now >= run.assigned:
        raw["assignedAt"] = _written(run, run.assigned)
        raw["executor"] = _executor(run)
    if run.lot % 5:
        raw["assignCount"] = int(run.assigned is not None and now >= run.assigned)
    return raw | _waiting(run, now)


def _waiting(run: Run, now: int) -> Raw:
    state = run.state(now)
    if state == "enqueued" and run.workload:
        return {"affinity": {"agentId": guid_of("agent", run.workload.name), "clusterId": ""}}
    if state == "assigned":
        return {"ackTimeout": "5s", "maxAssignCount": 1}
    return {"blockers": [_blocker(run)]} if state == "paused" else {}


def _blocker(run: Run) -> Raw:
    return {
        "id": run.task.number + 2 * _BLOCKER_DELAY,
        "uuid": guid_of("blocker", run.task.uuid),
        "taskId": run.task.number,
        "tenant": _tenant(run.tenant),
        "issue": {"key": run.blocker, "context": {}},
        "possibleSolutions": [{"key": "Retry", "context": {}}, {"key": "Cancel", "context": {}}],
    }


def _child_task(run: Run, child: Identity, now: int) -> Raw:
    raw = _task(run, now) | _identified(child)
    context = {"IsProcessRoot": False, "CommandID": CHILD_COMMAND, "title": "Backing up", "parentUUID": run.task.uuid}
    return raw | {"type": CHILD_COMMAND, "context": context}


def _activity(run: Run, now: int) -> Raw:
    raw: Raw = _identified(run.activity) | _belongs(run) | {"state": run.state(now), "tenant": _tenant(run.tenant)}
    raw["type"] = _CLOUD_ACTIVITY if run.is_cloud and run.lot % 3 == 0 else run.command
    raw |= _names(run) | {"context": _context(run), "executor": _executor(run)}
    return raw | _outcome(run, now) | _times(run, now) | _created(run)


def _child_activity(run: Run, child: Identity, now: int) -> Raw:
    raw: Raw = _identified(child) | _belongs(run) | {"state": run.state(now), "tenant": _tenant(run.tenant)}
    raw |= {"type": CHILD_COMMAND, "executor": _executor(run)}
    raw |= {"parentActivityId": run.activity.number, "parentActivityIdString": str(run.activity.number)}
    names = _names(run)
    names.pop("startedByUser", None)
    context = {"IsProcessRoot": False, "CommandID": CHILD_COMMAND, "title": "Backing up", "parentUUID": run.task.uuid}
    return raw | names | {"context": context} | _outcome(run, now) | _times(run, now) | _created(run)


def _belongs(run: Run) -> Raw:
    return {"taskId": run.task.number, "taskIdString": str(run.task.number)}


def _created(run: Run) -> Raw:
    return {"createdAt": _written(run, run.started or run.enqueued)}


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
    if run.by and not (run.by == "BY_SCHEDULE" and run.lot % 11 == 0):
        raw["startedByUser"] = run.by
    if run.workload:
        key = run.workload.key
        raw["resource"] = {
            "id": key.upper() if run.lot % 2 else key,
            "type": run.workload.kind,
            "name": run.workload.name,
        }
    if run.plan:
        kind = "policy.protection.total" if run.nature == "management" else "backup"
        raw["policy"] = {"id": run.plan.key, "type": kind, "name": run.plan.name}
    return raw


def _context(run: Run) -> Raw:
    if run.is_cloud and run.nature != "management":
        return _cloud_context(run)
    raw: Raw = {"IsProcessRoot": True, "CommandID": run.command, "Specific": "Business", "isLegacy": True}
    raw["title"] = run.title or (f"Backup plan '{run.plan.name}'" if run.plan else "Recovering a virtual machine")
    if run.workload:
        raw["MachineName"] = run.workload.name
    if run.plan and run.nature == "management":
        raw |= {"PlanName": run.plan.name, "Persistent": {"PlanID": run.plan.key, "PlanName": run.plan.name}}
    elif run.plan:
        raw |= {"BackupPlanID": run.plan.key, "BackupPlanName": run.plan.name}
        raw["runMode"] = "scheduled" if run.by == "BY_SCHEDULE" else "manual"
    return raw


def _cloud_context(run: Run) -> Raw:
    raw: Raw = {"activityType": run.nature}
    if run.workload:
        raw |= {"suite": run.workload.suite, "resourceId": run.workload.key, "resourceName": run.workload.name}
        raw["resourceKind"] = run.workload.kind
    if run.plan:
        raw |= {"policyId": run.plan.key, "policyName": run.plan.name}
    return raw


def _written(run: Run, at: int) -> str:
    return write_stamp(coarse(at, run.lot % 10))


def _times(run: Run, now: int) -> Raw:
    """`updatedAt` keeps all digits and may be milliseconds after the end, as management records have it."""
    changed = run.changed(now)
    done = run.state(now) == "completed"
    raw = {"updatedAt": write_stamp(changed + run.lot * 700 if done else changed)}
    if run.started is not None and now >= run.started:
        raw["startedAt"] = _written(run, run.started)
    if done and run.completed is not None:
        raw["completedAt"] = _written(run, run.completed)
    return raw


def _outcome(run: Run, now: int) -> Raw:
    state = run.state(now)
    if state == "started":
        return {"progress": _progress(run, now)}
    if state != "completed":
        return {}
    result: Raw = {"code": run.result}
    agent = run.workload.name if run.workload else ""
    if run.cause and run.result == "warning":
        result["warnings"] = [error_of(run.cause, run.command, agent)]
    elif run.cause and run.result != "cancelled":
        result["error"] = error_of(run.cause, run.command, agent)
    if run.nature == "management":
        return {"result": result}
    saved = run.workload.size // 90 if run.workload and run.lot % 97 else 0
    return {
        "result": result,
        "progress": {"current": 100, "total": 100, "bytesProcessed": saved * 3, "bytesSaved": saved},
    }


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
        "leftTime": write_duration(max(length - gone, MINUTE // 60)),
        "bottleneck": {"source": source, "processing": 9, "destination": 91 - source},
    }
