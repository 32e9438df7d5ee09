"""The file's digests into nouns, what is wrong between them, and them in words."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final
from zoneinfo import ZoneInfo

from bot.model import TaskQuery
from bot.model.digests import Digest
from bot.settings.file import File
from bot.settings.model import DigestEntry

_DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def digests_of(file: File, zone: ZoneInfo) -> tuple[Digest, ...]:
    """`zone` is where a digest names none. What is wrong is added to the file's faults."""
    found = dict[Digest, int]()
    for place, entry in file.config.digests.items():
        digest = _digest(entry, zone)
        if digest in found:
            line = file.faults.line(("digests", found[digest]))
            file.faults.add(("digests", place), f"is the same as the one on line {line}: it is posted once")
        found.setdefault(digest, place)
    return tuple(found)


def digest_lines(digests: Sequence[Digest]) -> Iterator[str]:
    """A line for each: what `python -m bot check` prints."""
    for digest in digests:
        every = digest.days == frozenset(range(len(_DAYS)))
        days = "every day" if every else f"on {', '.join(_DAYS[day] for day in sorted(digest.days))}"
        about = f", only for: {digest.about}" if digest.about else ""
        yield f"Digest to {digest.channel} {days} at {digest.at:%H:%M}, {digest.zone.key}{about}."


def _digest(entry: DigestEntry, zone: ZoneInfo) -> Digest:
    own = entry.zone or zone
    return Digest(entry.channel, entry.at, own, frozenset(entry.days), entry.match, _about(entry.match, own))


def _about(match: TaskQuery, zone: ZoneInfo) -> str:
    if match == TaskQuery():
        return ""
    from bot.language import describe  # noqa: PLC0415  few digests are about some alerts only

    return describe(replace(match, roots_only=True), zone, noun="alerts")
