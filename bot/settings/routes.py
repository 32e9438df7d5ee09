"""The file's routes, targets and bound channels into the `Routing`, what is wrong between them, and it in words."""

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import replace
from datetime import time, timedelta
from typing import Final, TypeVar
from zoneinfo import ZoneInfo

from bot.model import (
    EVERY_FAILURE,
    OFFICE365_TYPES,
    ClockZone,
    Kind,
    LeftOut,
    Quiet,
    Route,
    Routing,
    Severity,
    Target,
    TaskQuery,
)
from bot.settings.faults import shown
from bot.settings.fields import channel_id
from bot.settings.file import File
from bot.settings.model import QuietSection, RouteEntry
from bot.settings.positions import Path

T = TypeVar("T")

DEFAULT: Final = "default"  # the last route's name: what no route took is told in the alert channel
_DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_EVERY_DAY: Final = frozenset(range(7))
_OFFICE365: Final = frozenset(name.casefold() for name in OFFICE365_TYPES)


def routing_of(file: File, alert_channel: str, zone: ZoneInfo) -> Routing:
    """`zone` is where quiet hours name none. What is wrong is added to the file's faults."""
    alerts, targets = file.config.alerts, file.config.targets.values()
    routes = {place: _route(file, place, entry, zone) for place, entry in file.config.routes.items()}
    _refuse_names(file)
    _refuse_unreached(file, routes)
    _refuse_seconds(file, "target", {place: entry.match for place, entry in file.config.targets.items()})
    _refuse_seconds(file, "zone", {place: entry.match for place, entry in file.config.zones.items()})
    if alerts.fallback_channel and alerts.fallback_channel == alert_channel:
        told = "is ALERT_CHANNEL itself: where that cannot be told, nobody would hear of it"
        file.faults.add(("alerts", "fallback_channel"), told)
    quiet = _quiet(file, ("alerts",), alerts, zone)
    return Routing(
        routes=(*routes.values(), Route(DEFAULT, alert_channel, EVERY_FAILURE, alerts.mention, quiet=quiet)),
        bound=_bound(file, alert_channel),
        targets=tuple(Target(entry.match, timedelta(hours=entry.hours)) for entry in targets),
        target=timedelta(hours=alerts.target_hours),
        spare_runs=alerts.spare_runs,
        zones=tuple(ClockZone(entry.match, entry.zone.key) for entry in file.config.zones.values()),
        zone=zone.key,
    )


def _route(file: File, place: int, entry: RouteEntry, zone: ZoneInfo) -> Route:
    if entry.mention and Severity.CRITICAL not in entry.severities:
        told = "is for critical alerts, and `severities` leaves these out: nobody would ever be mentioned"
        file.faults.add(("routes", place, "mention"), told)
    elif entry.mention and not entry.channel:
        told = "is for a channel, and `channel` is none: nobody would ever be mentioned"
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


def _quiet(file: File, path: Path, entry: QuietSection, zone: ZoneInfo) -> Quiet | None:
    days = _EVERY_DAY if entry.quiet_days is None else frozenset(entry.quiet_days)
    if entry.quiet_hours is None:
        for name in ("quiet_days", "zone"):
            # hours that are written and left out have a fault of their own
            if getattr(entry, name) is not None and (*path, "quiet_hours") not in file.faults.lines:
                file.faults.add((*path, name), 'is for `quiet_hours`, which is not there; "00:00-24:00" is a whole day')
        return None
    start, end = entry.quiet_hours
    if start == end and days == _EVERY_DAY:
        file.faults.add((*path, "quiet_hours"), 'never end. A route that tells nobody has `channel = "none"`')
    return Quiet(start, end, entry.zone or zone, days)


def _refuse_names(file: File) -> None:
    seen = dict[str, int]()
    for place, entry in file.config.routes.items():
        name, path = entry.name.casefold(), ("routes", place, "name")
        if name == DEFAULT:
            file.faults.add(path, f"“{DEFAULT}” is the last route's, which is there without being written")
        elif name in seen:
            line = file.faults.line(("routes", seen[name], "name"))
            file.faults.add(path, f"{shown(entry.name)} is another route's, on line {line}. Give each its own")
        seen.setdefault(name, place)


def _refuse_seconds(file: File, what: str, matches: Mapping[int, TaskQuery]) -> None:
    """The first that matches counts: another for the same never does."""
    seen = dict[TaskQuery, int]()
    for place, match in matches.items():
        first = seen.setdefault(match, place)
        if first != place:
            line = file.faults.line((f"{what}s", first))
            file.faults.add((f"{what}s", place), f"this {what} never counts: the one on line {line} is for the same")


# ── channels that are bound to tenants ──


def _bound(file: File, alert_channel: str) -> dict[str, frozenset[str]]:
    for channel, entry in file.config.channels.items():
        path: Path = ("channels", channel)
        if told := _never_bound(channel, alert_channel, file.config.alerts.fallback_channel):
            file.faults.add(path, told)
        for place, name in enumerate(entry.tenants):
            if not name.strip(" *"):
                file.faults.add((*path, "tenants", place), f"has {shown(name)}, which fits every tenant or none")
    return {channel: frozenset(entry.tenants) for channel, entry in file.config.channels.items()}


def _never_bound(channel: str, alert_channel: str, fallback: str) -> str:
    """Why this channel cannot be bound to tenants; "" where it can."""
    if channel in (alert_channel, fallback):
        which = "ALERT_CHANNEL" if channel == alert_channel else "`fallback_channel`"
        return f"this is {which}, which hears of every tenant, so it cannot be bound to some"
    try:
        channel_id(channel)
    except ValueError as error:
        return f"its name {error}"
    return ""


# ── routes that are never reached ──
# Told only where it is sure: names are compared as they are written, not by what they may fit.


def _refuse_unreached(file: File, routes: dict[int, Route]) -> None:
    for place, route in routes.items():
        earlier = (at for at in routes if at < place and routes[at].channel not in file.config.channels)
        taker = next((at for at in earlier if _takes_all_of(routes[at], route)), None)
        if taker is not None:
            where = f"{shown(routes[taker].name)} on line {file.faults.line(('routes', taker))}"
            told = f"this route is never reached: {where} takes all of it and does not go on."
            file.faults.add(("routes", place), f"{told} Put this one before it, or give that one `continue = true`")


def _takes_all_of(earlier: Route, later: Route) -> bool:
    """A route to a bound channel is not asked: it leaves other tenants to those after it."""
    return not earlier.goes_on and earlier.severities >= later.severities and _covers(earlier.match, later.match)


def _covers(wide: TaskQuery, narrow: TaskQuery) -> bool:
    """Each limit of `wide` is one of `narrow` too."""
    return (
        _within(wide.results, narrow.results)
        and _within(wide.workloads, narrow.workloads)
        and _within(_folded(wide.types), _folded(narrow.types))
        and _within(wide.kinds, _kinds(narrow))
        and set(wide.names) <= set(narrow.names)
        and wide.left_out in (LeftOut(), narrow.left_out)
    )


def _within(wide: AbstractSet[T], narrow: AbstractSet[T]) -> bool:
    """An empty set asks for all."""
    return not wide or (bool(narrow) and narrow <= wide)


def _kinds(query: TaskQuery) -> AbstractSet[Kind]:
    """The guide's types are backups and restores, though a question for them names no kind."""
    if query.types and _folded(query.types) <= _OFFICE365 and not query.kinds:
        return {Kind.BACKUP, Kind.RESTORE}
    return query.kinds


def _folded(types: AbstractSet[str]) -> AbstractSet[str]:
    return {name.casefold() for name in types}


# ── in words: what `python -m bot check` prints ──


def route_lines(routing: Routing, zone: ZoneInfo) -> Iterator[str]:
    """A line for each route, in their order, for each target and for each bound channel."""
    from bot.language import describe  # noqa: PLC0415  `check` prints it

    for number, route in enumerate(routing.routes, start=1):
        yield f"Route {number}, {route.name}: {'; '.join(_route_words(route, zone))}."
    for target in routing.targets:
        match = replace(target.match, roots_only=True)  # a target is for runs of whatever kind
        yield f"Target {_in_hours(target.within)} h: {describe(match, zone, noun='runs')}."
    spare = f"{routing.spare_runs} run{'' if routing.spare_runs == 1 else 's'} may fail"
    yield f"Target {_in_hours(routing.target)} h: everything of which it is not known when it is due."
    yield f"Target by when it is due, {spare}: everything else."
    for each in routing.zones:
        yield f"Zone {each.zone}: {describe(replace(each.match, roots_only=True), zone, noun='runs')}."
    for channel, tenants in routing.bound.items():
        yield f"Channel {channel} shows only {', '.join(sorted(tenants))}."


def _route_words(route: Route, zone: ZoneInfo) -> Iterator[str]:
    from bot.language import describe  # noqa: PLC0415  `check` prints it

    yield describe(route.match, zone)
    if route.severities != frozenset(Severity):
        yield f"only {' and '.join(sorted(route.severities))}"
    yield f"to {route.channel or 'nobody, only recorded'}"
    if route.mention and Severity.CRITICAL in route.severities:
        yield f"critical ones mention {_mention(route.mention)}"
    if route.quiet:
        yield _quiet_words(route.quiet)
    if route.goes_on:
        yield "then the next route"


def _in_hours(length: timedelta) -> str:
    return f"{length.total_seconds() / 3600:g}"


def _mention(form: str) -> str:
    """Slack's form as it is written in the file."""
    word = form.strip("<>").removeprefix("!subteam^").removeprefix("@")
    return f"@{word[1:]}" if word.startswith("!") else word


def _quiet_words(quiet: Quiet) -> str:
    days = "" if quiet.days == _EVERY_DAY else f" on {', '.join(_DAYS[day] for day in sorted(quiet.days))}"
    end = f"{quiet.end:%H:%M}" if quiet.end != time() else "24:00"
    return f"quiet {quiet.start:%H:%M} to {end}{days}, {quiet.zone.key}"
