"""One task or activity in full, and a task as a modal. A task's argument and raw error chains are never shown."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from bot.blocks import acts, buttons
from bot.blocks.activities import step_pieces
from bot.blocks.asks import named_asks
from bot.blocks.causes import causes, chain
from bot.blocks.frame import BEHIND
from bot.blocks.last_runs import past_pieces
from bot.blocks.layout import HEADLINE, Paragraph, Piece, Reader, Small, message, modal
from bot.blocks.phrase import At, Foreign, Phrase, Strong, join, words
from bot.blocks.task_words import KINDS, asked_in_words, noun_of, outcome, progress, task_name, took, what, when
from bot.blocks.text import code_words, foreign, plain, telling
from bot.model import FAILED, Activity, Details, Message, Modal, Note, Origin, Person, Task, TaskState

_BLOCKERS = 3
_NOTE = 1_000
_SOLUTIONS = 5
_TYPEABLE = 80
_QUOTES = frozenset('"“”„«»*')
_STARTERS = {"BY_SCHEDULE": "the schedule"}  # Acronis writes it in place of a person's name


def in_full(item: Task | Activity, person: Person, now: datetime, *, stale: str = "") -> Message:
    """`stale`: why this is the copy's row, in a sentence for a person."""
    behind, ended = f"{BEHIND}. " if plain(stale) else "", words(outcome(item), person.zone, now)
    ended = ended.partition(" ")[2] if ended[:1] in "✓!✕–?" else ended  # a lock screen starts with a word
    start = f"{behind}{ended} · {noun_of(item)} of {foreign(task_name(item), 40)}"
    tenant = foreign(item.tenant.name, HEADLINE - len(start) - 2)
    pieces = [
        *_state(item, now, stale),
        Paragraph(_times(item)),
        Paragraph(_places(item)),
        named_asks(_related(item)),
        Small(_small_print(item, person, now, stale)),
    ]
    return message(f"{start}, {tenant}" if tenant else start, pieces, Reader.of(person, now))


def task_modal(
    details: Details, person: Person, console: str = "", *, stopping: str = "", notes: Sequence[Note] = ()
) -> Modal:
    """`console` is the address of Acronis's console, or "". `stopping`: how the task can be stopped, or "". `notes` are
    the last ones about what it is of, the newest first."""
    task, now, shown = details.task, details.as_of, buttons.console(console)
    pieces: list[Piece] = [
        *_state(task, now, details.stale),
        *(past_pieces(task, details.past, now) if details.past else []),
        Paragraph(((stopping,),) if stopping else ()),
        named_asks(_can_be_asked(task), (shown,) if shown else ()),
        Paragraph(_times(task)),
        Paragraph(_places(task, details.path)),
        Paragraph(tuple(acts.note(each, _NOTE) for each in notes)),
        *(step_pieces(details.steps) if details.steps else []),
        Small(_small_print(task, person, now, details.stale)),
    ]
    return modal(f"{KINDS[task.kind]} details", pieces, person.zone)


def _state(item: Task | Activity, now: datetime, stale: str) -> list[Piece]:
    """How it stands and why. That the row may be old is said first."""
    behind: Phrase = (Strong(f"{BEHIND}:"), " ", Foreign(stale, 300)) if plain(stale) else ()
    pending = (progress(item.progress), *(_waiting(item) if isinstance(item, Task) else ()))
    return [
        Paragraph((behind,)),
        Paragraph((what(item), join([outcome(item), when(item), took(item, now)]))),
        Paragraph(causes(item)),
        *(Paragraph((line,), inset=1) for line in chain(item)),
        Paragraph(() if item.state == TaskState.COMPLETED else pending),
    ]


def _waiting(task: Task) -> Iterator[Phrase]:
    for blocker in task.blockers[:_BLOCKERS]:
        answers = [Foreign(said, 80) for each in blocker.solutions[:_SOLUTIONS] if (said := code_words(each))]
        yield (Strong("Waits for:"), " ", Foreign(asked_in_words(blocker.issue), 300))
        yield ("Possible answers, in the console: ", *join([(each,) for each in answers], ", ")) if answers else ()
    if task.cancel_requested:
        yield ("Its cancellation was asked for.",)


def _times(item: Task | Activity) -> tuple[Phrase, ...]:
    start = ("Queued", item.enqueued_at) if isinstance(item, Task) else ("Created", item.created_at)
    ended = item.completed_at if item.state == TaskState.COMPLETED else None
    moments = (start, ("Started", item.started_at), ("Ended", ended))
    return tuple((Strong(label), " ", At(at)) for label, at in moments if at is not None)


def _places(item: Task | Activity, path: Sequence[str] = ()) -> tuple[Phrase, ...]:
    places = (
        ("Machine" if item.resource.type.casefold().endswith("machine") else "Resource", item.name, 200),
        ("Plan", item.plan, 200),
        ("Tenant", item.tenant.name, 200),
        ("Tenant path", " › ".join(path), 300),
        ("Started by", _STARTERS.get(item.started_by) or telling(item.started_by), 120),
    )
    return tuple(
        (Strong(label), " ", Foreign(value, length, whole=True)) for label, value, length in places if plain(value)
    )


def _related(item: Task | Activity) -> dict[str, str]:
    task_id = item.id if isinstance(item, Task) else item.task_id
    if not plain(task_id):
        return {}
    steps = {"All its steps": f"activities {task_id}"}
    return steps if isinstance(item, Task) else {"Its task": f"show {task_id}", **steps}


def _can_be_asked(task: Task) -> dict[str, str]:
    """What buttons ask. A name stands in a question only where it can be typed as it is."""
    asked: dict[str, str] = {}
    if _typeable(task.name):
        asked["Its last runs"] = f'history machine "{task.name}"'
    if _typeable(task.tenant.name):
        if task.code in FAILED:
            asked["What else failed there"] = f'failed tenant "{task.tenant.name}"'
        asked["Who is protected there"] = f'protected? tenant "{task.tenant.name}"'
    return {**asked, **_related(task)}


def _typeable(name: str) -> bool:
    return 0 < len(name) <= _TYPEABLE and plain(name) == name and not _QUOTES & set(name)


def _small_print(item: Task | Activity, person: Person, now: datetime, stale: str) -> tuple[Phrase, ...]:
    known = (
        ("id" if isinstance(item, Task) else "activity id", item.id),
        ("type", telling(item.type)),
        ("run mode", item.run_mode if isinstance(item, Task) else ""),
        ("account", item.account),
    )
    facts: list[Phrase] = [(f"{label} ", Foreign(value, 80, whole=True)) for label, value in known if plain(value)]
    if isinstance(item, Task) and item.attempts > 1:
        facts.append((f"attempt {item.attempts}",))
    origin = Origin.COPY if plain(stale) else Origin.LIVE
    facts.append(("as of ", At(now), f", {origin.value}"))
    guess: Phrase = () if person.zone_is_known else (f"Slack did not tell your zone, {person.zone} stands in",)
    return (*facts, guess)
