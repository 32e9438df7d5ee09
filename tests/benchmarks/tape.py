"""Recorded pages of tasks, and a process of its own that serves them. Owns what a benchmark's tasks look like.

    python -m tests.benchmarks.tape COUNT PAGE_SIZE       prints its address, serves until its input ends

Every page is made before the first is served: what a round measures is reading. Tasks are a blend as in the field: most
are root backups that went well, one in fifty fails with a chain of errors, some are child runs, some are management.
"""

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from gzip import compress
from typing import Any

from aiohttp import web

from tests.benchmarks.measure import ROOT, say
from tests.builders import BACKUP_TYPE, raw_task, rfc3339

START = datetime(2026, 3, 1, tzinfo=UTC)
APART = timedelta(milliseconds=400)
LENGTH = timedelta(minutes=12)
FIRST_ID = 1683887115599998977

_MACHINES = 4_999  # shares no factor with the lots below: every machine fails now and then
_TENANTS = 200
_PLANS = 25
_MAILBOX = {"type": "UserMailboxBackup", "queue": "c2c"}
_CHILD_TYPE = "8F01AC13-F59E-4851-9204-DE1FD77E36B4"
_POLICY_TYPE = "44328016-20D7-4799-A357-CF152C904ED0"


def raw(place: int, *, at: datetime | None = None) -> dict[str, Any]:
    """The task at this place of the list, as the API writes it; it ended at `at`, else where its place is in time."""
    ended = at or START + place * APART
    machine = place * 7 % _MACHINES
    began = rfc3339(ended - LENGTH - timedelta(microseconds=place % 999))
    return raw_task(
        **{
            "id": str(FIRST_ID + 2 * place),
            "tenant": _tenant(machine % _TENANTS),
            "resource": _named("machine", machine, f"SRV-{machine:05d}"),
            "policy": _named("backup", machine % _PLANS, f"Nightly {machine % _PLANS}"),
            "enqueuedAt": began,
            "assignedAt": began,
            "startedAt": began,
            "completedAt": rfc3339(ended),
            "updatedAt": rfc3339(ended),
            "executor": {"id": f"a0000000-0000-4000-8000-{machine:012x}", "clusterId": ""},
            "progress": {"current": 100, "total": 100, "bytesProcessed": place << 12, "bytesSaved": place << 9},
            "context": _context(machine),
            "result": _result(place, machine),
            **_variety(place, machine),
        }
    )


def _tenant(number: int) -> dict[str, Any]:
    uuid = f"c0000000-0000-4000-8000-{number:012x}"
    return {"id": str(1000 + number), "uuid": uuid, "name": f"Customer {number}", "locator": f"/1/66/{1000 + number}/"}


def _named(kind: str, number: int, name: str) -> dict[str, Any]:
    return {"id": f"{number:08X}-0853-45FF-AAB0-0C68CD643068", "type": kind, "name": name}


def _context(machine: int, **changes: Any) -> dict[str, Any]:
    plan = f"Nightly {machine % _PLANS}"
    named = {"MachineName": f"SRV-{machine:05d}", "BackupPlanName": plan, "title": f"Backup plan '{plan}'"}
    common = {"IsProcessRoot": True, "CommandID": BACKUP_TYPE, "Specific": "Business", "isLegacy": True}
    return common | named | {"runMode": "scheduled"} | changes


def _variety(place: int, machine: int) -> dict[str, Any]:
    """Ten places: six machines, two mailboxes, one child run, one management task."""
    lot = place % 10
    if lot == 3:
        context = _context(machine, IsProcessRoot=False, parentUUID=f"175e371d-0000-4000-8000-{place:012x}")
        return {"type": _CHILD_TYPE, "context": context}
    if lot == 5:
        return {"type": _POLICY_TYPE, "policy": None, "context": _context(machine, title="Applying a plan")}
    if lot in (6, 8):
        mailbox = _named("mailbox", machine, f"person{machine}@example.com")
        return {**_MAILBOX, "resource": mailbox, "context": {"activityType": "backup", "suite": "o365"}}
    return {}


def _result(place: int, machine: int) -> dict[str, Any]:
    if place % 50 == 49:
        return {"code": "error", "error": _error(machine)}
    return {"code": "warning"} if place % 40 == 17 else {"code": "ok"}


def _error(machine: int) -> dict[str, Any]:
    """A chain of five, as a failed run has it, with noise, a path and an id to be cleaned away."""
    link: dict[str, Any] = {}
    for text in ("Disk full", "Cannot write to the archive", "I/O error", "The command failed", "TOL: Failed"):
        link = {"domain": "Common", "code": f"{machine:#x}", "text": text, "suberror": link}
    texts = {
        "cause_str": f"Backup storage '\\\\nas{machine % 9}\\backups' is full.",
        "effect_str": f"Backup of SRV-{machine:05d} has failed.",
    }
    return {
        "domain": "Storage",
        "code": "NoSpace",
        "context": {**texts, "_src": link},
        "debug": {"msg": "TOL: Failed to execute the command."},
        "kbLink": {"lineTag": "0x8D165E86FB819644", "serCode": "SER0013"},
    }


def page(first: int, size: int, after: str = "") -> bytes:
    """The answer that holds the tasks from `first` on; `after` is the token of the next page."""
    paging = {"paging": {"cursors": {"after": after}}} if after else {}
    return json.dumps({"items": [raw(place) for place in range(first, first + size)], **paging}).encode()


def since(count: int, read: int) -> datetime:
    """The moment after which lie exactly the last `read` of `count` tasks."""
    return START + (count - read) * APART - timedelta(microseconds=1)


class Tape:
    """`count` tasks in pages of `size`, compressed as such answers are; both counts are whole pages."""

    def __init__(self, count: int, size: int) -> None:
        places = range(0, count, size)
        self._pages = [
            compress(page(place, size, str(place + size) if place + size < count else ""), 1) for place in places
        ]
        self._size = size

    async def token(self, _: web.Request) -> web.Response:
        return web.json_response({"access_token": "recorded", "expires_in": 7200, "token_type": "bearer"})

    async def tasks(self, request: web.Request) -> web.Response:
        place = int(request.query.get("after") or 0) or self._first(request.query.get("updatedAt", ""))
        body, headers = self._pages[place // self._size], {"Content-Encoding": "gzip"}
        return web.Response(body=body, content_type="application/json", headers=headers)

    def _first(self, bound: str) -> int:
        """The place of the first task after `gt(…)`."""
        if not bound:
            return 0
        after = datetime.fromisoformat(bound.removeprefix("gt(").removesuffix(")"))
        return max(-((START - after) // APART), 0)


async def serve(count: int, size: int) -> None:
    tape = Tape(count, size)
    app = web.Application()
    app.router.add_post("/api/2/idp/token", tape.token)
    app.router.add_get("/api/task_manager/v2/tasks", tape.tasks)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        say(f"http://127.0.0.1:{runner.addresses[0][1]}")
        await asyncio.to_thread(sys.stdin.read)
    finally:
        await runner.cleanup()


@contextmanager
def served(count: int, size: int) -> Iterator[str]:
    """The address of a process that serves the tape; it ends with the block."""
    command = [sys.executable, "-m", "tests.benchmarks.tape", str(count), str(size)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
        assert process.stdin is not None
        process.stdin.close()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), int(sys.argv[2])))
