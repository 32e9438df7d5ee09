"""The file's roles and steps of climbing into nouns, what is wrong between their settings, and both in words."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

from bot.model import ClimbStep, Grant, Severity, TaskQuery
from bot.settings.file import File
from bot.settings.model import ClimbEntry

_TOLD = ("mention", "channel", "person", "hook")


def grants_of(file: File) -> tuple[Grant, ...]:
    return tuple(Grant(entry.role, frozenset(entry.who), entry.match) for entry in file.config.roles.values())


def climb_of(file: File) -> tuple[ClimbStep, ...]:
    """In the order of their minutes. What is wrong is added to the file's faults."""
    steps = (_step(file, place, entry) for place, entry in file.config.climb.items())
    return tuple(sorted(steps, key=lambda step: (step.after, step.place)))


def role_lines(grants: Sequence[Grant], zone: ZoneInfo) -> Iterator[str]:
    """A line for each grant: what `python -m bot check` prints."""
    for grant in grants:
        yield f"Role {grant.role}: {', '.join(sorted(grant.who))}{_for(grant.match, zone)}."
    if not grants:
        yield "Roles: none. Every member may act on alerts; nobody may run backups or read the audit."


def climb_lines(steps: Sequence[ClimbStep], zone: ZoneInfo) -> Iterator[str]:
    """A line for each step. The address of a hook is a secret: it is not said."""
    for step in steps:
        told = [
            f"mention {step.mention.strip('<>').removeprefix('!subteam^').lstrip('@!')}" if step.mention else "",
            f"channel {step.channel}" if step.channel else "",
            f"person {step.person}" if step.person else "",
            "a web hook" if step.hook else "",
        ]
        loud = "" if step.severities == frozenset(Severity) else f"{' and '.join(sorted(step.severities))} alerts "
        after = f"{step.after.total_seconds() / 60:g} min"
        yield f"After {after} {loud}climb to {', '.join(filter(None, told))}{_for(step.match, zone)}."


def _for(match: TaskQuery, zone: ZoneInfo) -> str:
    if match == TaskQuery():
        return ""
    from bot.language import describe  # noqa: PLC0415  `check` prints it

    return f", only for: {describe(replace(match, roots_only=True), zone, noun='alerts')}"


def _step(file: File, place: int, entry: ClimbEntry) -> ClimbStep:
    path = ("climb", place)
    # what is written and left out has a fault of its own
    if not any(getattr(entry, name) or (*path, name) in file.faults.lines for name in _TOLD):
        file.faults.add(path, "tells nobody. Give it a `mention`, a `channel`, a `person` or a `hook`")
    return ClimbStep(
        place=place + 1,
        after=timedelta(minutes=entry.after_minutes),
        mention=entry.mention,
        channel=entry.channel,
        person=entry.person,
        hook=entry.hook,
        match=entry.match,
        severities=frozenset(entry.severities),
    )
