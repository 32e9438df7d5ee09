"""Activities as a tree, ten to a page. A parent may be missing or its own grandchild: each is shown exactly once."""

from collections.abc import Iterator, Sequence
from itertools import islice

from bot.blocks.frame import Frame, gaps
from bot.blocks.layout import Paragraph, Piece
from bot.blocks.paging import least_of, place, turn
from bot.blocks.phrase import Foreign, Phrase, Strong, join
from bot.blocks.task_words import facts, outcome, what
from bot.blocks.text import code_words, plain, span
from bot.model import Activity, Found, Message, Steps, length_of

SHORT_DEPTH = 2
DEPTH = 4  # steps of indentation; what lies deeper is drawn at this depth: a phone is 390 px wide
STEPS = 20  # of a task's details; the rest has pages of its own

Placed = tuple[Activity, int]


def activity_list(steps: Steps, frame: Frame) -> Message:
    found = steps.found
    shown = turn(tree(found.items), frame.page, found.size, offset=found.offset)
    body: list[Piece] = [
        *([Paragraph.of(Strong("Steps of: "), *what(steps.task))] if steps.task else []),
        frame.heading(place(shown, found)),
        *(_step(activity, depth, found) for activity, depth in shown.items),
    ]
    headline = frame.headline(f"{least_of(found)}{shown.total:,} found", found)
    return frame.message(headline, body, found, shown=shown)


def step_pieces(found: Found[Activity]) -> list[Piece]:
    if not found.items:
        return [gaps(found), *([] if found.partial else [Paragraph.of("Acronis shows no steps of it.")])]
    placed = list(islice(tree(found.items), STEPS))
    more, least = found.size - len(placed), least_of(found)
    return [
        Paragraph.of(Strong(f"Steps: {least}{found.size:,}")),
        gaps(found),
        *(_short_step(activity, depth, found) for activity, depth in placed),
        *([Paragraph.of(f"and {least}{more:,} more")] if more > 0 else []),
    ]


def _short_step(activity: Activity, depth: int, found: Found[Activity]) -> Paragraph:
    """`Backing up · ✓ ok · 20 min`. The task stands above it; the page of activities has the rest."""
    name = code_words(activity.title) or code_words(activity.type) or plain(activity.name) or "A step"
    length = length_of(activity, found.as_of)
    line = join([(Foreign(name, 60),), outcome(activity), (span(length),) if length is not None else ()])
    return Paragraph((line,), inset=min(depth, SHORT_DEPTH) + 1)


def tree(activities: Sequence[Activity]) -> Iterator[Placed]:
    """Every activity once, each below its parent with its depth, siblings in the order they came."""
    ids = {activity.id for activity in activities}
    children: dict[str, list[Activity]] = {}
    for activity in activities:
        inside = activity.parent_id in ids and activity.parent_id != activity.id
        children.setdefault(activity.parent_id if inside else "", []).append(activity)
    return _walk(activities, children)


def _walk(activities: Sequence[Activity], children: dict[str, list[Activity]]) -> Iterator[Placed]:
    """Roots come first, then rings of parents, which no root leads to."""
    seen: set[int] = set()
    for start in (*children.get("", ()), *activities):
        below: list[Placed] = [(start, 0)]
        while below:
            activity, depth = below.pop()
            if id(activity) in seen:
                continue
            seen.add(id(activity))
            yield activity, depth
            below += [(child, depth + 1) for child in reversed(children.get(activity.id, [])) if activity.id]


def _step(activity: Activity, depth: int, found: Found[Activity]) -> Paragraph:
    lines = (what(activity), facts(activity, found.as_of))
    level: Phrase = (f"Level {depth + 1}. ",) if depth else ()
    return Paragraph(lines, inset=min(depth, DEPTH) + 1, spoken=((*level, *lines[0]), lines[1]))
