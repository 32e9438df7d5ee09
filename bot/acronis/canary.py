"""What Acronis would answer to the poll that the canary pretends: a failed backup, and the one after it that is well.

It is read as every page is. Its names say what it is.
"""

import json
from datetime import datetime, timedelta
from typing import Any, Final

from bot.acronis.kinds import Classifier
from bot.acronis.reading import task_reader
from bot.errors import AcronisError
from bot.model import Task
from bot.model.canary import CANARY

_TYPE: Final = "MachineBackup"
_TENANT: Final = {"id": "0", "uuid": "00000000-0000-4000-8000-000000000000", "name": "Canary", "locator": "/0/"}
_THING: Final = "00000000-0000-4000-8000-00000000ca11"
_TOOK: Final = timedelta(minutes=1)
_CAUSE: Final = {"domain": "Canary", "code": "Canary", "context": {"cause_str": "The canary failed, as it should."}}


def canary_pages(at: datetime, type_: str = _TYPE) -> tuple[tuple[Task, ...], tuple[Task, ...]]:
    """The page with the failure, and the one with the recovery that is over before `at`. Raises AcronisError where they
    cannot be read."""
    reader = task_reader(CANARY, Classifier({}))
    results: tuple[dict[str, Any], ...] = ({"code": "error", "error": _CAUSE}, {"code": "ok"})
    raw = [_task(number, type_, at + (2 * number - 3) * _TOOK, result) for number, result in enumerate(results)]
    failure, recovery = (reader.page(json.dumps({"items": [each]}).encode()).items for each in raw)
    if not failure or not recovery:
        raise AcronisError("The canary's own pages cannot be read.")
    return failure, recovery


def _task(number: int, type_: str, ended: datetime, result: dict[str, Any]) -> dict[str, Any]:
    began, over = ((ended - took).isoformat().replace("+00:00", "Z") for took in (_TOOK, timedelta()))
    return {
        "id": number + 1,
        "idString": f"{number + 1}",
        "uuid": f"00000000-0000-4000-8000-00000000ca{number:02}",
        "type": type_,
        "queue": "canary",
        "priority": "normal",
        "tenant": _TENANT,
        "state": "completed",
        "startedByUser": "BY_SCHEDULE",
        "enqueuedAt": began,
        "startedAt": began,
        "updatedAt": over,
        "completedAt": over,
        "policy": {"id": _THING, "type": "policy.backup.machine", "name": "Canary"},
        "resource": {"id": _THING, "type": "machine", "name": "canary"},
        "context": {"IsProcessRoot": True, "title": "Canary", "runMode": "scheduled"},
        "result": result,
    }
