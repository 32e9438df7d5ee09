"""Tasks, runs and alerts to draw, with defaults that mean "an ordinary one": name only what a sample is about."""

import itertools
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.alerting.lifecycle import opened
from bot.model import (
    Activity,
    Alert,
    Fault,
    Kind,
    Policy,
    Resource,
    Result,
    Run,
    Task,
    Tenant,
    Workload,
)

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
BACKUP_TYPE = "D332948D-A7A9-4E07-B76C-253DCF6E17FB"
ACME = Tenant(id="67", uuid="ba959847-ca47-4a48-90a5-cb42789d5b34", name="Acme Corp", locator="/1/66/67/")
SERVER = Resource(id="3B9187D6-0853-45FF-AAB0-0C68CD643068", type="machine", name="SRV-SQL01")
NIGHTLY = Policy(id="1A57176B-90DE-494B-BB59-9325C447E513", type="backup", name="Nightly")

_numbers = itertools.count(1683887115599998977, 2)


def next_id() -> str:
    """A new id above 2^53 that is no exact double, as text."""
    return str(next(_numbers))


def fault(cause: str = "Backup storage is full.", code: str = "StorageFull", **changes: Any) -> Fault:
    return Fault(**{"domain": "environment", "code": code, "cause": cause, **changes})


def task(**changes: Any) -> Task:
    """A root backup that ended well an hour before NOW; `code` gives the result code, `cause` a fault with that text.

    A state other than completed takes the result and the end away, unless they are named.
    """
    state = changes.get("state", "completed")
    changes.setdefault("started_at", NOW - timedelta(hours=1, minutes=20))
    ended = NOW - timedelta(hours=1) if state == "completed" else None
    return Task(
        **{
            "account": "main",
            "id": next_id(),
            "type": BACKUP_TYPE,
            "state": state,
            "updated_at": changes.get("completed_at") or ended or NOW,
            "tenant": ACME,
            "resource": SERVER,
            "policy": NIGHTLY,
            "name": "SRV-SQL01",
            "plan": "Nightly",
            "title": "Backup plan 'Nightly'",
            "kind": Kind.BACKUP,
            "workload": Workload.MACHINE,
            "result": _result(state, changes),
            "started_by": "BY_SCHEDULE",
            "run_mode": "scheduled",
            "enqueued_at": changes["started_at"],
            "completed_at": ended,
            **changes,
        }
    )


def activity(**changes: Any) -> Activity:
    """A piece of a backup that ended well; `code` and `cause` as for `task`."""
    state = changes.get("state", "completed")
    changes.setdefault("started_at", NOW - timedelta(hours=1, minutes=20))
    ended = NOW - timedelta(hours=1) if state == "completed" else None
    return Activity(
        **{
            "account": "main",
            "id": next_id(),
            "type": "8F01AC13-F59E-4851-9204-DE1FD77E36B4",
            "state": state,
            "updated_at": changes.get("completed_at") or ended or NOW,
            "tenant": ACME,
            "resource": SERVER,
            "policy": NIGHTLY,
            "name": "SRV-SQL01",
            "plan": "Nightly",
            "title": "Backing up",
            "kind": Kind.BACKUP,
            "workload": Workload.MACHINE,
            "result": _result(state, changes),
            "created_at": changes["started_at"],
            "completed_at": ended,
            **changes,
        }
    )


def run(**changes: Any) -> Run:
    """A root backup that failed at NOW."""
    changes.setdefault("ended_at", NOW)
    return Run(
        **{
            "account": "main",
            "task_id": "1",
            "fingerprint": "f",
            "subject": "s",
            "kind": Kind.BACKUP,
            "code": "error",
            "tenant": ACME,
            "name": "SRV-SQL01",
            "plan": "Nightly",
            "type": "T",
            "began_at": changes["ended_at"] - timedelta(minutes=20),
            "workload": Workload.MACHINE,
            "resource": SERVER,
            "policy": NIGHTLY,
            "started_by": "alice",
            **changes,
        }
    )


def alert(**changes: Any) -> Alert:
    """An open alert of one failed backup. `changes` are fields of the alert or of its latest run."""
    of_alert = {name: changes.pop(name) for name in tuple(changes) if name in _ALERT_FIELDS}
    latest = run(**changes)
    return replace(opened(latest, 1), **of_alert)


def changed(item: Alert, **changes: Any) -> Alert:
    """The same alert with other fields, of its own or of its latest run."""
    of_alert = {name: changes.pop(name) for name in tuple(changes) if name in _ALERT_FIELDS}
    return replace(item, latest=replace(item.latest, **changes), **of_alert)


_ALERT_FIELDS = frozenset(field.name for field in fields(Alert))


def _result(state: str, changes: dict[str, Any]) -> Result | None:
    code, cause = changes.pop("code", "ok" if state == "completed" else ""), changes.pop("cause", "")
    return Result(code, fault(cause) if cause else None) if code else None
