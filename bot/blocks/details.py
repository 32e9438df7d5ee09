"""One task or activity in full, a task as a modal too, and the modals shown while it is fetched or when that fails.

Never shows a task's argument, raw error chains or addresses: causes come through `explain`.
"""

from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.blocks.layout import HEADLINE, UTC_ZONE, Paragraph, Piece, Reader, Small, message, modal
from bot.blocks.outcomes import KINDS, called, noun_of, outcome, progress, took, what, when
from bot.blocks.phrase import At, Named, Phrase, Strong, Typed, joined, words
from bot.blocks.text import foreign, plain
from bot.model import Activity, Fault, Message, Modal, Person, Task, TaskState
from bot.watch.explain import explain

_WARNINGS = 3
_BLOCKERS = 3
_SOLUTIONS = 5
_STARTERS = {"BY_SCHEDULE": "the schedule"}  # Acronis writes it where others have a name
_TOLD = 1_500  # characters of a sentence for a person


def in_full(item: Task | Activity, person: Person, now: datetime) -> Message:
    reader = Reader.of(person, now)
    start = f"{_outcome_words(item, reader.zone, now)} · {noun_of(item)} of {foreign(called(item), 40)}"
    tenant = foreign(item.tenant.name, HEADLINE - len(start) - 2)
    return message(f"{start}, {tenant}" if tenant else start, _paragraphs(item, person, now), reader)


def task_modal(task: Task, person: Person, now: datetime) -> Modal:
    return modal(f"{KINDS[task.kind]} details", _paragraphs(task, person, now), person.zone)


def loading_modal(title: str) -> Modal:
    """Shown at once: Slack lets a modal be opened only within 3 s of the press."""
    return modal(title, [Paragraph((("Asking Acronis …",),))], UTC_ZONE)


def failed_modal(title: str, told: str) -> Modal:
    """`told` is a sentence for a person, not escaped."""
    return modal(title, [Paragraph(((Named(told, _TOLD) if plain(told) else "This did not work.",),))], UTC_ZONE)


def _paragraphs(item: Task | Activity, person: Person, now: datetime) -> list[Piece]:
    return [
        Paragraph((what(item), joined([outcome(item), when(item), took(item, now)]))),
        Paragraph(_causes(item)),
        Paragraph(_pending(item)),
        Paragraph(_times(item)),
        Paragraph(_places(item)),
        Paragraph(_related(item)),
        Small(_small_print(item, person, now)),
    ]


def _causes(item: Task | Activity) -> tuple[Phrase, ...]:
    if item.result is None:
        return ()
    told = [_cause("Cause: ", item.result.error)] if item.result.error else []
    told += [_cause("Warning: ", fault) for fault in item.result.warnings[:_WARNINGS]]
    more = len(item.result.warnings) - _WARNINGS
    return (*told, *(((f"and {more} more {'warning' if more == 1 else 'warnings'}",),) if more > 0 else ()))


def _cause(label: str, fault: Fault) -> Phrase:
    cause = explain(fault)
    if not plain(cause.text):
        return (Strong(label.strip()), " Acronis gave none.")
    known = (" (", Named(cause.code, 60), ")") if plain(cause.code) else ()
    return (Strong(label.strip()), " ", Named(cause.text, 400), *known)


def _pending(item: Task | Activity) -> tuple[Phrase, ...]:
    """How far it is, what it waits for and what can be answered in the console."""
    if item.state == TaskState.COMPLETED:
        return ()
    lines = [progress(item.progress), *(_waiting(item) if isinstance(item, Task) else ())]
    return tuple(line for line in lines if line)


def _waiting(task: Task) -> Iterator[Phrase]:
    for blocker in task.blockers[:_BLOCKERS]:
        answers = [Named(each, 80) for each in blocker.solutions[:_SOLUTIONS] if plain(each)]
        yield (Strong("Waits for:"), " ", Named(blocker.issue, 300))
        yield ("Possible answers, in the console: ", *joined([(each,) for each in answers], ", ")) if answers else ()
    if task.cancel_requested:
        yield ("Its cancellation was asked for.",)


def _times(item: Task | Activity) -> tuple[Phrase, ...]:
    begun = ("Queued", item.enqueued_at) if isinstance(item, Task) else ("Created", item.created_at)
    ended = item.completed_at if item.state == TaskState.COMPLETED else None
    told = (begun, ("Started", item.started_at), ("Ended", ended))
    return tuple((Strong(label), " ", At(at)) for label, at in told if at is not None)


def _places(item: Task | Activity) -> tuple[Phrase, ...]:
    told = (
        ("Machine" if item.resource.type.casefold().endswith("machine") else "Resource", item.name, 200),
        ("Plan", item.plan, 200),
        ("Tenant", item.tenant.name, 200),
        ("Tenant path", item.tenant.locator, 120),
        ("Started by", _STARTERS.get(item.started_by, item.started_by), 120),
    )
    return tuple(
        (Strong(label), " ", Named(value, length, whole=True)) for label, value, length in told if plain(value)
    )


def _related(item: Task | Activity) -> tuple[Phrase, ...]:
    """Where to look next, as words to type."""
    task_id = item.id if isinstance(item, Task) else item.task_id
    if not plain(task_id):
        return ()
    steps: Phrase = (Typed(f"/activities {task_id}"),)
    if isinstance(item, Task):
        return (("Its steps: ", *steps),)
    return (("Its task: ", Typed(f"/tasks show {task_id}")), ("All steps of that task: ", *steps))


def _small_print(item: Task | Activity, person: Person, now: datetime) -> tuple[Phrase, ...]:
    told = (
        ("id" if isinstance(item, Task) else "activity id", item.id),
        ("type", item.type),
        ("run mode", item.run_mode if isinstance(item, Task) else ""),
        ("account", item.account),
    )
    facts: list[Phrase] = [(f"{label} ", Named(value, 80, whole=True)) for label, value in told if plain(value)]
    if isinstance(item, Task) and item.attempts > 1:
        facts.append((f"attempt {item.attempts}",))
    facts.append(("as of ", At(now), ", live from Acronis"))
    guess: Phrase = () if person.zone_is_known else (f"Slack did not tell your zone, {person.zone} stands in",)
    return (*facts, guess)


def _outcome_words(item: Task | Activity, zone: ZoneInfo, now: datetime) -> str:
    """The outcome without its sign: the first line of a lock screen starts with a word."""
    said = words(outcome(item), zone, now)
    return said.partition(" ")[2] if said[:1] in "✓!✕–?" else said
