"""The file's canary into a noun, and in words."""

from collections.abc import Iterator
from zoneinfo import ZoneInfo

from bot.model.canary import Canary
from bot.settings.file import File


def canary_of(file: File, zone: ZoneInfo) -> Canary | None:
    """`zone` is where it names none. What is wrong is added to the file's faults."""
    entry = file.config.canary
    if not entry.channel:
        if entry.model_fields_set:
            file.faults.add(("canary",), "needs `channel`: where the canary is told")
        return None
    if entry.channel in file.config.channels:
        file.faults.add(("canary", "channel"), f"{entry.channel} is bound to tenants: the canary is none of theirs")
    return Canary(entry.channel, entry.at, entry.zone or zone)


def canary_lines(canary: Canary | None) -> Iterator[str]:
    """What `python -m bot check` prints."""
    if canary is not None:
        yield f"Canary to {canary.channel} every day at {canary.at:%H:%M}, {canary.zone.key}."
