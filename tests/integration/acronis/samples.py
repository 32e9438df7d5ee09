"""Items of Acronis's lists beside its tasks, in the shapes of acronis-plans; composed here, with made-up values."""

from typing import Any

MACHINE = "0b9f6a52-3c1e-4e67-9b0e-2f6a1f0c7d11"
OTHER = "1b9f6a52-3c1e-4e67-9b0e-2f6a1f0c7d12"
AGENT = "7d0f5a10-6a5c-4c0e-8b61-0a3f3d1b9c22"
ROOT_ID, CHILD_ID = "aa10c3d4-0000-4000-8000-000000000001", "bb20c3d4-0000-4000-8000-000000000002"
TENANT = "6e1b0c52-7a3d-4f18-9c40-b5d2e7f10a63"
STARTED, GOOD, NEXT = "2026-11-25T21:00:03Z", "2026-11-24T21:41:10Z", "2026-11-26T21:00:00Z"
CHANGED = "2026-11-25T21:04:11Z"


def resource(**changes: Any) -> dict[str, Any]:
    return {
        "id": MACHINE,
        "type": "resource.machine",
        "name": "SRV-DB1",
        "user_defined_name": "SRV-DB1 (prod)",
        "tenant_id": "901",
        "tenant_name": "Acme",
        "agent_id": AGENT,
        "created_at": "2026-02-03T09:31:44.120045613Z",
        "updated_at": CHANGED,
        **changes,
    }


def status_of(context: dict[str, Any] | None = None, **changes: Any) -> dict[str, Any]:
    return {
        "context": resource() if context is None else context,
        "aggregate": {"status": "error", "names": "Nightly servers", "running": {"state": "idle"}},
        "policies": [
            {"type": "policy.backup.machine", "last_run": STARTED, "last_success_run": GOOD, "next_run": NEXT},
            {"type": "policy.security.patch_management", "last_run": "2026-11-25T03:00:00Z"},
        ],
        **changes,
    }


def attributes(zone: Any, space: str = "agent") -> list[dict[str, Any]]:
    pairs = [{"key": "is_online", "value": 0}, {"key": "tz_offset", "value": zone}, {"key": "version", "value": "26.2"}]
    return [{"name": "other", "kvs": [{"key": "x", "value": [1, "two"]}]}, {"name": space, "kvs": pairs}]


def agent(**changes: Any) -> dict[str, Any]:
    return {
        "id": AGENT,
        "hostname": "SRV-DB1",
        "online": True,
        "enabled": True,
        "tenant": {"id": "901", "name": "Acme"},
        "registration_date": "Mon, 02 Feb 2026 09:30:00 +0000",
        "platform": {"family": "WINDOWS"},
        **changes,
    }


def scheduling(time: Any = None, kind: str = "weekly", **changes: Any) -> dict[str, Any]:
    clock = {"weekdays": ["mon", "tue"], "repeat_at": [{"hour": 21, "minute": 0}]} if time is None else time
    schedule = {"type": kind, "prevent_sleep": True, "conditions": {}, "alarms": {"time": clock}}
    return {"enabled": True, "scheme": "custom", "backup_sets": [{"type": "auto", "schedule": schedule}], **changes}


def settings(**changes: Any) -> dict[str, Any]:
    return {
        "alerts": {"enabled": True, "max_days_without_backup": 5},
        "scheduling": scheduling(
            rand_max_delay={"type": "minutes", "count": 30},
            task_failure={"enabled": True, "interval": {"type": "hours", "count": 1}, "max_attempts": 12},
        ),
        **changes,
    }


def root(**changes: Any) -> dict[str, Any]:
    plan = {"id": ROOT_ID, "type": "policy.protection.total", "name": "Nightly servers", "enabled": True}
    return {**plan, "origin": "upstream", "tenant_id": "900", "updated_at": CHANGED, **changes}


def child(**changes: Any) -> dict[str, Any]:
    part = {"id": CHILD_ID, "type": "policy.backup.machine", "parent_ids": [ROOT_ID], "enabled": True}
    return {**part, "settings_schema": "2.0", "settings": settings(), **changes}


def plan(*policies: Any, **changes: Any) -> dict[str, Any]:
    return {"policy": list(policies) or [root(), child()], "context": {"items": [MACHINE]}, **changes}


def application(**changes: Any) -> dict[str, Any]:
    return {
        "id": "f101",
        "policy": {"id": CHILD_ID, "type": "policy.backup.machine", "parent_ids": [ROOT_ID]},
        "context": {"id": MACHINE, "type": "resource.machine"},
        "enabled": True,
        "is_licensed": True,
        "status": "error",
        "running": {"state": "idle", "progress": "0"},
        "last_run_time": STARTED,
        "last_success_time": GOOD,
        "next_run_time": NEXT,
        "most_severe_status_event": {
            "id": "5C0A7E14-90B2-4D7A-8F33-2E6B1D94A701",
            "severity": "critical",
            "type": "BackupFailed",
        },
        "deployment": {"state": "deployed"},
        **changes,
    }


def alert(details: Any = None, **changes: Any) -> dict[str, Any]:
    about = {
        "daysPassed": 5,
        "planId": ROOT_ID.upper(),
        "planName": "Nightly servers",
        "resourceId": MACHINE.upper(),
        "resourceName": "SRV-DB1",
        "errorMessage": {"kbLink": {"serCode": "NoBackupForXDays"}},
    }
    return {
        "id": "C7712F08-41DE-4B09-9A65-0D3E88B1F452",
        "type": "NoBackupForXDays",
        "category": "Backup",
        "severity": "warning",
        "createdAt": "2026-11-26T04:00:00Z",
        "receivedAt": "2026-11-26T04:00:01.2Z",
        "updatedAt": "2026-11-26T04:00:01.2Z",
        "tenant": {"id": "901", "uuid": TENANT, "locator": "/1/900/901/"},
        "details": about if details is None else details,
        **changes,
    }


def tenant(**changes: Any) -> dict[str, Any]:
    return {
        "id": TENANT,
        "name": "Acme",
        "kind": "customer",
        "parent_id": "f00d0c52-7a3d-4f18-9c40-b5d2e7f10a63",
        "enabled": True,
        "has_children": True,
        "ancestral_access": True,
        "updated_at": "2026-11-01T10:00:00Z",
        "deleted_at": None,
        **changes,
    }
