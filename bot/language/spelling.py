"""Writes moments in words that `times` reads back as the same moment. Knows no term."""

from datetime import datetime
from zoneinfo import ZoneInfo

from bot.language.days import MONTHS, WEEKDAYS
from bot.model.zones import comes_twice, local_of, whole_day


def moment(at: datetime, zone: ZoneInfo, now: datetime | None = None) -> str:
    """`Mon 1 Jun 18:00`. Midnight goes without its time. The year is left out only where `now` makes it plain.

    A time that comes twice has its offset, `2026-10-25T02:30+0100`: of two colons Slack could make an emoji.
    """
    local = local_of(at, zone)
    if comes_twice(at, zone):
        return f"{local.isoformat(timespec='seconds' if local.second else 'minutes')}{at.astimezone(zone):%z}"
    return day(local, local_of(now, zone) if now else None) + _clock(local)


def window(after: datetime | None, before: datetime | None, zone: ZoneInfo, now: datetime | None = None) -> str:
    """`since Mon 1 Jun and before Tue 2 Jun 06:00`, `on Mon 1 Jun`."""
    if after and before and whole_day(after, before, zone) and not comes_twice(after, zone):
        return f"on {day(local_of(after, zone), local_of(now, zone) if now else None)}"
    since = f"since {moment(after, zone, now)}" if after else ""
    upto = f"before {moment(before, zone, now)}" if before else ""
    return " and ".join(part for part in (since, upto) if part)


def day(local: datetime, today: datetime | None) -> str:
    """`Mon 1 Jun 2022`. A day ahead keeps its year: without it, it would be read as past."""
    words = f"{WEEKDAYS[local.weekday()][:3].capitalize()} {local.day} {MONTHS[local.month - 1][:3].capitalize()}"
    plain = today is not None and local.year == today.year and local.date() <= today.date()
    return words if plain else f"{words} {local.year}"


def _clock(local: datetime) -> str:
    if local.second:
        return f" {local:%H:%M:%S}"
    return f" {local:%H:%M}" if local.hour or local.minute else ""
