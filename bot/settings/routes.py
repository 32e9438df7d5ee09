"""From the file's routes, targets and bound channels to the `Routing`, and what is wrong with them together.

Owns what one entry alone cannot know: names that are there twice, routes that are never reached, hours that never end.
"""

from dataclasses import replace
from datetime import timedelta
from typing import Final
from zoneinfo import ZoneInfo

from bot.language import parse_match
from bot.model import Quiet, Route, Routing, Severity, Target
from bot.settings.faults import shown
from bot.settings.file import File
from bot.settings.lines import Path
from bot.settings.reach import takes_all_of
from bot.settings.sections import Quieted, RouteEntry
from bot.settings.words import channel_id

DEFAULT: Final = "default"
"""The last route's name: what no route took is told in the alert channel."""

_EVERY_DAY: Final = frozenset(range(7))


def routing_of(file: File, alert_channel: str, zone: ZoneInfo) -> Routing:
    """`zone` is where quiet hours name none. What is wrong is added to the file's faults."""
    routes = {place: _route(file, place, entry, zone) for place, entry in file.routes.items()}
    _refuse_names(file)
    _refuse_unreached(file, routes)
    quiet = _quiet(file, ("alerts",), file.alerts, zone)
    last = Route(DEFAULT, alert_channel, parse_match(""), file.alerts.mention, quiet=quiet)
    return Routing(
        routes=(*routes.values(), last),
        bound=_bound(file, alert_channel),
        targets=tuple(Target(entry.match, entry.within) for entry in file.targets.values()),
        target=timedelta(hours=file.alerts.target_hours),
    )


def _route(file: File, place: int, entry: RouteEntry, zone: ZoneInfo) -> Route:
    if entry.mention and Severity.CRITICAL not in entry.severities:
        told = "is for critical alerts, and `severities` leaves these out: nobody would ever be mentioned"
        file.faults.add(("routes", place, "mention"), told)
    return Route(
        name=entry.name,
        channel=entry.channel,
        match=entry.match,
        mention=entry.mention,
        severities=frozenset(entry.severities),
        quiet=_quiet(file, ("routes", place), entry, zone),
        goes_on=entry.goes_on,
    )


def _quiet(file: File, path: Path, entry: Quieted, zone: ZoneInfo) -> Quiet | None:
    days = _EVERY_DAY if entry.quiet_days is None else frozenset(entry.quiet_days)
    if entry.quiet_hours is None:
        if file.faults.is_written((*path, "quiet_hours")):
            return None  # it has a fault of its own
        for name in ("quiet_days", "zone"):
            if getattr(entry, name) is not None:
                file.faults.add((*path, name), 'is for `quiet_hours`, which is not there; "00:00-24:00" is a whole day')
        return None
    start, end = entry.quiet_hours
    if start == end and days == _EVERY_DAY:
        file.faults.add((*path, "quiet_hours"), 'never end. A route that tells nobody has `channel = "none"`')
    return Quiet(start, end, entry.zone or zone, days)


def _refuse_names(file: File) -> None:
    seen = dict[str, int]()
    for place, entry in file.routes.items():
        name, path = entry.name.casefold(), ("routes", place, "name")
        if name == DEFAULT:
            file.faults.add(path, f"“{DEFAULT}” is the last route's, which is there without being written")
        elif name in seen:
            line = file.faults.line(("routes", seen[name], "name"))
            file.faults.add(path, f"{shown(entry.name)} is another route's, on line {line}. Give each its own")
        seen.setdefault(name, place)


def _refuse_unreached(file: File, routes: dict[int, Route]) -> None:
    for place, route in routes.items():
        taker = next((at for at in routes if at < place and takes_all_of(_free(routes[at], file), route)), None)
        if taker is None:
            continue
        earlier = f"{shown(routes[taker].name)} on line {file.faults.line(('routes', taker))}"
        told = f"this route is never reached: {earlier} takes all of it and does not go on."
        file.faults.add(("routes", place), f"{told} Put this one before it, or give that one `continue = true`")


def _free(route: Route, file: File) -> Route:
    """A route to a bound channel leaves other tenants to those after it, as one that goes on does."""
    return replace(route, goes_on=True) if route.channel in file.channels else route


def _bound(file: File, alert_channel: str) -> dict[str, frozenset[str]]:
    for channel, entry in file.channels.items():
        path: Path = ("channels", channel)
        told = _never_bound(channel, alert_channel, file.alerts.fallback_channel)
        if told:
            file.faults.add(path, told)
        for place, name in enumerate(entry.tenants):
            if not name.strip(" *"):
                file.faults.add((*path, "tenants", place), f"has {shown(name)}, which fits every tenant or none")
    return {channel: frozenset(entry.tenants) for channel, entry in file.channels.items()}


def _never_bound(channel: str, alert_channel: str, fallback: str) -> str:
    """Why this channel cannot be bound to tenants; "" where it can."""
    if channel == alert_channel:
        return "this is ALERT_CHANNEL, which hears of every tenant, so it cannot be bound to some"
    if channel == fallback:
        return "this is `fallback_channel`, which hears of every tenant, so it cannot be bound to some"
    try:
        channel_id(channel)
    except ValueError as error:
        return f"its name {error}"
    return ""
