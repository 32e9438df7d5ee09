"""Very many tasks for little memory: a task of which only number and time are kept, drawn anew each time it is read."""

from collections.abc import Iterator
from typing import Any, Final

from bot.sandbox.acronis.instants import MINUTE, SECOND, write_stamp
from bot.sandbox.acronis.runs import Numbers
from bot.sandbox.acronis.scenery import ACME, MACHINE_RUN, guid_of
from bot.sandbox.acronis.shelf import Raw, Row, dig

_LENGTH: Final = 4 * MINUTE
_MACHINES: Final = 2_000
_SAME: Final[Raw] = {
    "type": MACHINE_RUN,
    "queue": "legacySync",
    "priority": "normal",
    "tenant": {"id": ACME.number, "uuid": ACME.uuid, "name": ACME.name, "locator": ACME.locator},
    "state": "completed",
    "issuer": {"id": "", "clusterId": ""},
    "cancellable": True,
    "cancelRequested": False,
    "startedByUser": "BY_SCHEDULE",
    "policy": {"id": guid_of("plan", "bulk"), "type": "backup", "name": "Bulk nightly"},
    "assignCount": 1,
    "progress": {"current": 100, "total": 100, "bytesProcessed": 1 << 30, "bytesSaved": 1 << 27},
}


class Sketch(Row):
    """A finished machine backup, `ok` but for one in fifty, that ended at `at`."""

    __slots__ = ("_at", "_place")

    def __init__(self, key: int, place: int, at: int) -> None:
        super().__init__(key=key)
        self._place = place
        self._at = at

    @property
    def raw(self) -> Any:
        return _draw(self.key or 0, self._place, self._at)

    def value(self, *path: str) -> Any:
        """What is the same for all need not be drawn: most filters look there."""
        return dig(_SAME if path[0] in _SAME else self.raw, *path)

    def stamp(self, field: str) -> int | None:
        if field in ("updatedAt", "completedAt"):
            return self._at
        if field in ("enqueuedAt", "startedAt"):
            return self._at - _LENGTH
        return self._at - _LENGTH + SECOND if field == "assignedAt" else None


def sketches(count: int, until: int, apart: int, first: int = 0) -> Iterator[Sketch]:
    """`count` sketches, oldest first, the last one over at `until`. `first` goes on with the numbering of others."""
    numbers = Numbers()
    for place in range(count):
        at = until - (count - 1 - place) * apart
        yield Sketch(numbers.next(at - _LENGTH) + 2 * first, first + place, at)


def _draw(key: int, place: int, at: int) -> Raw:
    machine = place % _MACHINES
    name, started, ended = f"BULK-{machine:04d}", write_stamp(at - _LENGTH), write_stamp(at)
    result: Raw = {"code": "ok"}
    if place % 50 == 49:
        context = {"cause_str": "The device is not ready.", "effect_str": "Backup has failed."}
        result = {"code": "error", "error": {"domain": "Common", "code": "InternalError", "context": context}}
    return _SAME | {
        "uuid": f"b0000000-0000-4000-8000-{place:012x}",
        "id": key,
        "idString": str(key),
        "resource": {"id": f"a0000000-0000-4000-8000-{machine:012x}", "type": "machine", "name": name},
        "context": {
            "IsProcessRoot": True,
            "BackupPlanName": "Bulk nightly",
            "MachineName": name,
            "title": "Backup plan",
        },
        "enqueuedAt": started,
        "assignedAt": write_stamp(at - _LENGTH + SECOND),
        "startedAt": started,
        "updatedAt": ended,
        "completedAt": ended,
        "result": result,
    }
