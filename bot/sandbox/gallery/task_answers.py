"""Answers to questions about tasks: the overview, lists, one task, steps."""

from collections.abc import Iterator
from typing import Any

from bot.blocks.activities import activity_list
from bot.blocks.details import in_full
from bot.blocks.task_list import nothing, overview, task_list
from bot.model import (
    Activity,
    Blocker,
    Found,
    Kind,
    Listing,
    OpenAlerts,
    Origin,
    Progress,
    RowFacts,
    Steps,
    Task,
    Tenant,
)
from bot.sandbox.gallery.entry import Entry, drawn
from bot.sandbox.gallery.many_cards import found
from bot.sandbox.gallery.nouns import NOW, activity, task
from bot.sandbox.gallery.samples import BETA, DAY, HOUR, MIA, MINUTE, OPEN, asked, frame

_NIGHT = asked("failed last night")
_BEHIND = "the bot has not read Acronis for some time, this is its copy"


def failed(number: int, name: str, cause: str = "Backup storage is full.", **changes: Any) -> Task:
    """A backup that failed in the night."""
    began = NOW - 7 * HOUR - number * MINUTE
    return task(
        **{
            "id": str(944455285181775872 + number),
            "name": name,
            "code": "error",
            "cause": cause,
            "started_at": began,
            "completed_at": began + 20 * MINUTE,
            **changes,
        }
    )


FAILED = (
    failed(1, "SRV-SQL01"),
    failed(2, "SRV-DC01", "The agent is offline.", tenant=BETA),
    failed(3, "SRV-FILE02", "The customer's storage quota is used up."),
    failed(4, "SRV-ERP", "", code="timedout"),
)
ALIKE = tuple(failed(10 + number, f"SRV-{number:02}") for number in range(6))
_RUNNING = (
    task(state="started", progress=Progress(100, 61, speed=12.3e6, left="1h25m43s")),
    task(state="started", name="SRV-DC01", progress=Progress(100, 4), started_at=NOW - 9 * HOUR),
    task(state="enqueued", name="SRV-FILE02", started_at=None),
    task(state="paused", name="SRV-ERP", blockers=(Blocker("EncryptionPasswordRequired", ("Retry", "Cancel")),)),
)
_MIXED = (
    task(code="ok"),
    task(code="warning", name="SRV-DC01", cause="Some files could not be read."),
    task(code="cancelled", name="SRV-FILE02"),
    task(code="exploded", name="SRV-ERP"),
    task(code="ok", kind=Kind.RESTORE, name="anna.schmidt@acme.example", plan=""),
    task(kind=Kind.MANAGEMENT, name="", plan="", title="", type="InventoryScan", tenant=Tenant()),
)


def listing(*tasks: Task, **more: Any) -> Listing:
    """`more` are fields of what was found, or of the listing."""
    own = {
        key: more.pop(key)
        for key in ("hidden", "paused", "running", "fine", "newest", "stuck", "current")
        if key in more
    }
    return Listing(Found(tasks, NOW, **more), **own)


def overviews() -> Iterator[Entry]:
    title, day = "/tasks", f"{asked('last 24 h')}, or paused now"
    quiet = {"fine": 412, "newest": NOW - 3 * MINUTE, "running": 3}
    yield drawn(title, "all is well", overview, listing(**quiet), frame(day), OpenAlerts((), 0, 0))
    yield drawn(title, "something needs attention", overview, listing(*FAILED, **quiet), frame(day), found(14, 6))
    going = listing(*FAILED[:1], *_RUNNING[3:], **quiet, stuck=1, current=_RUNNING)
    yield drawn(
        title, "runs hang and wait", overview, going, frame(day), found(2), "", RowFacts(unusual={_RUNNING[1].id: HOUR})
    )
    yield drawn(
        title,
        "the copy is behind",
        overview,
        listing(**quiet, stale=_BEHIND),
        frame(day),
        OpenAlerts((), 0, 0),
        _BEHIND,
    )
    partial = listing(**quiet, partial="Acronis answers slowly", back_to=NOW - 5 * HOUR)
    yield drawn(title, "not all was read", overview, partial, frame(day), OpenAlerts((), 0, 0))


def lists() -> Iterator[Entry]:
    known = RowFacts(recovered={FAILED[1].id: NOW - HOUR}, critical=frozenset({FAILED[0].id}))
    yield drawn("/tasks failed last night", "four failed", task_list, listing(*FAILED), frame(_NIGHT), known)
    yield drawn("/tasks failed last night", "of one cause", task_list, listing(*ALIKE, *FAILED[1:]), frame(_NIGHT))
    many = listing(
        *(failed(number, f"SRV-{number:02}", f"Cause {number}.") for number in range(10)), offset=10, total=42
    )
    yield drawn("/tasks failed last night", "page 2 of 5", task_list, many, frame(_NIGHT, page=2))
    yield drawn(
        "/tasks running",
        "as far as they are",
        task_list,
        listing(*_RUNNING),
        frame(asked("running"), still_open=OPEN),
        RowFacts(unusual={_RUNNING[1].id: HOUR}),
    )
    yield drawn("/tasks completed all", "every result", task_list, listing(*_MIXED), frame(asked("completed all")))
    gaps = listing(*FAILED, partial="the newest 5,000", back_to=NOW - 5 * HOUR, malformed=2, hidden=38, paused=1)
    yield drawn("/tasks failed last night", "not all was read", task_list, gaps, frame(_NIGHT))
    behind = listing(*FAILED[:2], stale=_BEHIND, origin=Origin.COPY)
    yield drawn("/tasks failed last night", "the copy is behind", task_list, behind, frame(_NIGHT))
    shared = frame(_NIGHT, answer=None, shared_by="U0MIA")
    yield drawn("/tasks failed last night", "shared with the channel", task_list, listing(*FAILED), shared)
    yield drawn("/tasks running", "nothing, two are paused", task_list, listing(paused=2), frame(asked("running")))
    calm = listing(fine=412, newest=NOW - 3 * MINUTE, hidden=1)
    yield drawn("/tasks failed today", "nothing found", nothing, calm, frame(asked("failed today"), still_open=OPEN))
    yield drawn(
        "/tasks failed today",
        "nothing found, nothing went well",
        nothing,
        listing(fine=0),
        frame(asked("failed today")),
    )
    slow = listing(partial="Acronis answers slowly")
    yield drawn("/tasks failed today", "nothing found so far", nothing, slow, frame(asked("failed today")))


def steps_of(item: Task) -> tuple[Activity, ...]:
    """The steps of a backup, the last of them failed."""
    first = activity(task_id=item.id, id="1", title="Preparing the backup", code="ok")
    return (
        first,
        activity(task_id=item.id, id="2", parent_id="1", title="Making a snapshot", code="ok"),
        activity(
            task_id=item.id, id="3", parent_id="1", title="Reading disk C:", code="warning", cause="A sector is bad."
        ),
        activity(task_id=item.id, id="4", title="Writing the archive", code="error", cause="Backup storage is full."),
        activity(task_id=item.id, id="5", title="Removing the snapshot", state="started", progress=Progress(100, 40)),
    )


def one_task() -> Iterator[Entry]:
    steps = steps_of(FAILED[0])
    of_one = frame(f"Activities of task {FAILED[0].id}")
    yield drawn("/tasks activities ID", "of one task", activity_list, Steps(Found(steps, NOW), FAILED[0]), of_one)
    every = frame(asked("failed today", "activities"))
    yield drawn("/activities failed today", "of all tasks", activity_list, Steps(Found(steps[3:4], NOW)), every)
    yield drawn("/activities failed today", "nothing found", activity_list, Steps(Found((), NOW)), every)
    for state, item in (
        ("a failed backup", FAILED[0]),
        ("a good backup", _MIXED[0]),
        ("a backup that runs", _RUNNING[0]),
        ("a backup that waits", _RUNNING[3]),
        ("a step", steps[3]),
    ):
        yield drawn("/tasks show ID", state, in_full, item, MIA, NOW)
    old = failed(1, "SRV-SQL01", started_at=NOW - 40 * DAY, completed_at=NOW - 40 * DAY + HOUR)
    yield drawn(
        "/tasks show ID", "of the copy", in_full, old, MIA, NOW, stale="Acronis keeps nothing older than 30 days."
    )
