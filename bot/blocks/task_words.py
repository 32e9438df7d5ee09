"""A task or an activity in words. A sign (✓ ! ✕ – ?) never stands without its word: screen readers skip signs."""

import re
from datetime import datetime, timedelta

from bot.blocks.phrase import At, Foreign, Part, Phrase, Strong, join
from bot.blocks.text import code_words, name_of, plain, size, span
from bot.errorbook.questions import question
from bot.model import Activity, Blocker, Kind, Progress, ResultCode, Task, TaskState, Tenant

KINDS: dict[Kind, str] = {Kind.BACKUP: "Backup", Kind.RESTORE: "Restore", Kind.MANAGEMENT: "Task", Kind.UNKNOWN: "Task"}
GOOD = {Kind.BACKUP: "backup", Kind.RESTORE: "restore", Kind.MANAGEMENT: "run", Kind.UNKNOWN: "run"}
_ENDS = {
    ResultCode.OK: ("✓", "ok"),
    ResultCode.WARNING: ("!", "WARNING"),
    ResultCode.ERROR: ("✕", "FAILED"),
    ResultCode.ABANDONED: ("✕", "ABANDONED"),
    ResultCode.TIMEDOUT: ("✕", "TIMED OUT"),
    ResultCode.CANCELLED: ("–", "cancelled"),
}
SIGNS: dict[str, str] = {code: sign for code, (sign, _) in _ENDS.items()}
OUTCOMES: dict[str, str] = {code: word for code, (_, word) in _ENDS.items()}
STATES: dict[str, str] = {
    TaskState.ENQUEUED: "queued",
    TaskState.ASSIGNED: "assigned",
    TaskState.STARTED: "running",
    TaskState.PAUSED: "PAUSED",
}
_CELLS = 5
_LEFT = re.compile(r"(?:(\d{1,4})h)?(?:(\d{1,4})m)?(?:(\d{1,4})(?:\.\d+)?s)?")


def what(item: Task | Activity) -> Phrase:
    """What and where, in bold: `Backup of SRV-SQL01, Acme Corp`. An item without any name is called by its type."""
    noun, where = noun_of(item), in_tenant(item.tenant, 40, strong=True)
    name = item.name if plain(item.name) else item.plan
    title = code_words(item.title) or code_words(item.type)
    if not plain(name):
        return (Strong(noun), *_in_brackets(title), *where)
    clear = isinstance(item, Task) and item.kind in (Kind.BACKUP, Kind.RESTORE)
    return (Strong(f"{noun} of"), " ", Foreign(name, 60, strong=True), *(() if clear else _in_brackets(title)), *where)


def task_name(item: Task | Activity) -> str:
    """The name people know it by, not escaped: the machine's, else the plan's, else the type's."""
    return name_of(item.name, item.plan, code_words(item.type))


def in_tenant(tenant: Tenant, length: int, *, strong: bool = False) -> Phrase:
    """`, Acme Corp`, behind another name. () where the tenant has no name."""
    return (", ", Foreign(tenant.name, length, strong=strong)) if plain(tenant.name) else ()


def noun_of(item: Task | Activity) -> str:
    noun = KINDS[item.kind]
    return "Activity" if noun == "Task" and isinstance(item, Activity) else noun


def outcome(item: Task | Activity) -> Phrase:
    """`✕ FAILED`, `✓ ok`, `running`. An unknown state or code is shown in its words."""
    if item.state != TaskState.COMPLETED:
        return (
            (STATES[item.state],)
            if item.state in STATES
            else ("? state ", Foreign(code_words(item.state) or "unknown", 30))
        )
    if item.code in OUTCOMES:
        return (f"{SIGNS[item.code]} {OUTCOMES[item.code]}",)
    said = code_words(item.code)
    return ("? completed, ", Foreign(said, 30)) if said else ("? completed, outcome unknown",)


def when(item: Task | Activity) -> Phrase:
    """When it ended, else since when it runs or waits. Acronis does not say since when a task is paused."""
    if item.state == TaskState.COMPLETED:
        return (At(item.completed_at or item.updated_at),)
    if item.state == TaskState.PAUSED:
        return ("started ", At(item.started_at)) if item.started_at else ()
    queued_at = item.assigned_at or item.enqueued_at if isinstance(item, Task) else item.created_at
    start = item.started_at or queued_at
    return ("since ", At(start)) if start else ()


def took(item: Task | Activity, now: datetime) -> Phrase:
    """How long it took, or has run by `now`."""
    if item.started_at is None:
        return ()
    if item.state == TaskState.COMPLETED:
        return (f"took {span(item.completed_at - item.started_at)}",) if item.completed_at else ()
    return (f"for {span(now - item.started_at)}",) if item.state == TaskState.STARTED else ()


def facts(item: Task | Activity, now: datetime) -> Phrase:
    """Outcome, when, how long, how far."""
    is_going = item.state in (TaskState.STARTED, TaskState.PAUSED)
    how_far = progress(item.progress) if is_going else ()
    return join([outcome(item), when(item), took(item, now), how_far])


def waits_for(task: Task) -> Phrase:
    """What a paused task waits for: the first of its blockers."""
    issues = [blocker.issue for blocker in task.blockers if plain(blocker.issue)]
    return ("Waits for: ", Foreign(asked_in_words(issues[0]), 100)) if issues and task.state == TaskState.PAUSED else ()


def asked_in_words(issue: str) -> str:
    """A sentence is shown as it is; of a code what it asks."""
    return issue if " " in issue.strip() else question((Blocker(issue),)).text


def progress(done: Progress | None) -> Phrase:
    """`▰▰▰▱▱ 61 % · 12 MB a second · 1 h 25 min left`. What is unknown is left out."""
    if done is None:
        return ()
    known: list[Phrase] = []
    if (percent := done.percent) is not None:
        filled = percent * _CELLS // 100
        known.append((f"{'▰' * filled}{'▱' * (_CELLS - filled)} {percent} %",))
    if done.speed is not None and done.speed > 0 and size(done.speed):
        known.append((f"{size(done.speed)} a second",))
    return join([*known, _left(done.left)])


def _left(text: str) -> Phrase:
    """`1 h 25 min left` for Acronis's `1h25m43s`. Another shape is shown as it is."""
    found = _LEFT.fullmatch(text)
    if not plain(text):
        return ()
    if found is None:
        return (Foreign(text, 20), " left")
    hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return (f"{span(timedelta(hours=hours, minutes=minutes, seconds=seconds))} left",)


def _in_brackets(name: str) -> tuple[Part, ...]:
    return (" (", Foreign(name, 40), ")") if plain(name) else ()
