"""One task in full, as a message and as a modal, and the modals shown while it is fetched or when that fails.

Never shows a task's argument, raw error chains or addresses: causes come through `explain`.
"""

from datetime import datetime
from zoneinfo import ZoneInfo

from bot.blocks.layout import HEADLINE, UTC_ZONE, Paragraph, Piece, Reader, Small, message, modal
from bot.blocks.outcomes import KINDS, called, outcome, progress, took, what, when
from bot.blocks.phrase import At, Named, Phrase, Strong, Typed, joined, words
from bot.blocks.text import foreign, plain
from bot.model import Fault, Message, Modal, Person, Task, TaskState
from bot.watch.explain import explain

_WARNINGS = 3
_BLOCKERS = 3
_SOLUTIONS = 5
_STARTERS = {"BY_SCHEDULE": "the schedule"}  # Acronis writes it where others have a name
_TOLD = 1_500  # characters of a sentence for a person


def task_details(task: Task, person: Person, now: datetime) -> Message:
    reader = Reader.of(person, now)
    start = f"{_outcome_words(task, reader.zone, now)} · {KINDS[task.kind]} of {foreign(called(task), 40)}"
    tenant = foreign(task.tenant.name, HEADLINE - len(start) - 2)
    return message(f"{start}, {tenant}" if tenant else start, _paragraphs(task, person, now), reader)


def task_modal(task: Task, person: Person, now: datetime) -> Modal:
    return modal(f"{KINDS[task.kind]} details", _paragraphs(task, person, now), person.zone)


def loading_modal(title: str) -> Modal:
    """Shown at once: Slack lets a modal be opened only within 3 s of the press."""
    return modal(title, [Paragraph((("Asking Acronis …",),))], UTC_ZONE)


def failed_modal(title: str, told: str) -> Modal:
    """`told` is a sentence for a person, not escaped."""
    return modal(title, [Paragraph(((Named(told, _TOLD) if plain(told) else "This did not work.",),))], UTC_ZONE)


def _paragraphs(task: Task, person: Person, now: datetime) -> list[Piece]:
    return [
        Paragraph((what(task), joined([outcome(task), when(task), took(task, now)]))),
        Paragraph(_causes(task)),
        Paragraph(_pending(task)),
        Paragraph(_times(task)),
        Paragraph(_places(task)),
        Paragraph((("Its steps: ", Typed(f"/activities {task.id}")),) if plain(task.id) else ()),
        Small(_small_print(task, person, now)),
    ]


def _causes(task: Task) -> tuple[Phrase, ...]:
    if task.result is None:
        return ()
    told = [_cause("Cause: ", task.result.error)] if task.result.error else []
    told += [_cause("Warning: ", fault) for fault in task.result.warnings[:_WARNINGS]]
    more = len(task.result.warnings) - _WARNINGS
    return (*told, *(((f"and {more} more {'warning' if more == 1 else 'warnings'}",),) if more > 0 else ()))


def _cause(label: str, fault: Fault) -> Phrase:
    cause = explain(fault)
    if not plain(cause.text):
        return (Strong(label.strip()), " Acronis gave none.")
    known = (" (", Named(cause.code, 60), ")") if plain(cause.code) else ()
    return (Strong(label.strip()), " ", Named(cause.text, 400), *known)


def _pending(task: Task) -> tuple[Phrase, ...]:
    """How far it is, what it waits for and what can be answered in the console."""
    if task.is_over:
        return ()
    lines = [progress(task.progress)]
    for blocker in task.blockers[:_BLOCKERS]:
        answers = [Named(each, 80) for each in blocker.solutions[:_SOLUTIONS] if plain(each)]
        lines.append((Strong("Waits for:"), " ", Named(blocker.issue, 300)))
        lines.append(
            ("Possible answers, in the console: ", *joined([(each,) for each in answers], ", ")) if answers else ()
        )
    if task.cancel_requested:
        lines.append(("Its cancellation was asked for.",))
    return tuple(line for line in lines if line)


def _times(task: Task) -> tuple[Phrase, ...]:
    ended = task.completed_at if task.state == TaskState.COMPLETED else None
    told = (("Queued", task.enqueued_at), ("Started", task.started_at), ("Ended", ended))
    return tuple((Strong(label), " ", At(at)) for label, at in told if at is not None)


def _places(task: Task) -> tuple[Phrase, ...]:
    path = task.tenant.locator
    told = (
        ("Machine" if task.resource.type.casefold().endswith("machine") else "Resource", task.name, 200),
        ("Plan", task.plan, 200),
        ("Tenant", task.tenant.name, 200),
        ("Tenant path", path, 120),
        ("Started by", _STARTERS.get(task.started_by, task.started_by), 120),
    )
    return tuple(
        (Strong(label), " ", Named(value, length, whole=True)) for label, value, length in told if plain(value)
    )


def _small_print(task: Task, person: Person, now: datetime) -> tuple[Phrase, ...]:
    told = (
        ("id", task.id),
        ("type", task.type),
        ("run mode", task.run_mode),
        ("account", task.account),
    )
    facts: list[Phrase] = [(f"{label} ", Named(value, 80, whole=True)) for label, value in told if plain(value)]
    if task.attempts > 1:
        facts.append((f"attempt {task.attempts}",))
    facts.append(("as of ", At(now), ", live from Acronis"))
    guess: Phrase = () if person.zone_is_known else (f"Slack did not tell your zone, {person.zone} stands in",)
    return (*facts, guess)


def _outcome_words(task: Task, zone: ZoneInfo, now: datetime) -> str:
    """The outcome without its sign: the first line of a lock screen starts with a word."""
    said = words(outcome(task), zone, now)
    return said.partition(" ")[2] if said[:1] in "✓!✕–?" else said
