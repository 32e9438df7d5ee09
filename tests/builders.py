"""Things tests are made of, with defaults that mean "an ordinary one": name only what the test is about.

What can be drawn stands in the gallery's samples.
"""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bot.sandbox.gallery.nouns import (
    ACME,
    BACKUP_TYPE,
    NIGHTLY,
    NOW,
    SERVER,
    activity,
    alert,
    changed,
    fault,
    next_id,
    run,
    task,
)
from bot.settings import Mode, Settings, load

__all__ = [
    "ACME",
    "BACKUP_TYPE",
    "ENVIRONMENT",
    "NIGHTLY",
    "NOW",
    "SERVER",
    "activity",
    "alert",
    "changed",
    "fault",
    "next_id",
    "raw_activity",
    "raw_task",
    "rfc3339",
    "run",
    "settings",
    "task",
]

ENVIRONMENT = {
    "SLACK_BOT_TOKEN": "xoxb-sandbox",
    "SLACK_APP_TOKEN": "xapp-sandbox",
    "SLACK_SIGNING_SECRET": "sandbox-signing-secret",
    "ACRONIS_CLIENT_ID": "sandbox-client",
    "ACRONIS_CLIENT_SECRET": "sandbox-secret",
    "ALERT_CHANNEL": "C0ALERTS",
}
"""What the pretend servers take. Their addresses are to be added."""


def settings(folder: Path, **environment: str) -> Settings:
    """As a bot reads them there from `ENVIRONMENT` and these variables; its database is night.sqlite3."""
    where = {"DATABASE_URL": f"sqlite:///{folder / 'night.sqlite3'}", "SLACK_API_URL": "http://127.0.0.1:9/api/"}
    return load({**ENVIRONMENT, **where, **environment}, Mode.RUN, folder=folder)


def rfc3339(at: datetime) -> str:
    return at.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"


def raw_task(**changes: Any) -> dict[str, Any]:
    """A task as the API writes it: a root backup that ended well. A value of None leaves the field out."""
    item_id = str(changes.pop("id", None) or next_id())
    written = {
        "uuid": f"175e371d-0000-4000-8000-{int(item_id) % 16**12:012x}" if item_id.isdecimal() else None,
        "type": BACKUP_TYPE,
        "queue": "legacySync",
        "priority": "normal",
        "tenant": {"id": ACME.id, "uuid": ACME.uuid, "name": ACME.name, "locator": ACME.locator},
        "cancellable": True,
        "startedByUser": "BY_SCHEDULE",
        "id": int(item_id) if item_id.isdecimal() else None,
        "idString": item_id,
        "state": "completed",
        "issuer": {"id": "", "clusterId": ""},
        "enqueuedAt": "2026-03-02T07:40:00Z",
        "startedAt": "2026-03-02T07:40:00Z",
        "updatedAt": "2026-03-02T08:00:00.500000001Z",
        "completedAt": "2026-03-02T08:00:00.5Z",
        "cancelRequested": False,
        "assignCount": 1,
        "policy": {"id": NIGHTLY.id, "type": NIGHTLY.type, "name": NIGHTLY.name},
        "resource": {"id": SERVER.id, "type": SERVER.type, "name": SERVER.name},
        "context": {"IsProcessRoot": True, "title": "Backup plan 'Nightly'", "runMode": "scheduled"},
        "result": {"code": "ok"},
        **changes,
    }
    return {key: value for key, value in written.items() if value is not None}


def raw_activity(task_id: str = "1683887115599998977", **changes: Any) -> dict[str, Any]:
    """An activity of `task_id` as the API writes it. A value of None leaves the field out."""
    own = {
        "taskId": int(task_id),
        "taskIdString": task_id,
        "createdAt": "2026-03-02T07:40:00Z",
        "executor": {"id": "", "clusterId": ""},
        "type": "8F01AC13-F59E-4851-9204-DE1FD77E36B4",
    }
    gone = dict.fromkeys(("queue", "priority", "issuer", "cancellable", "cancelRequested", "assignCount", "enqueuedAt"))
    return raw_task(**{**gone, **own, **changes})
