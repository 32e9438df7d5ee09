"""The routes as they were understood, in words: what `python -m bot check` prints."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import time

from bot.language import describe
from bot.model import Quiet, Route, Routing, Severity, Target
from bot.settings.values import Settings

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def spoken(settings: Settings) -> Iterator[str]:
    """A line for each route, in their order, for each target and for each bound channel."""
    routing = settings.routing
    for number, route in enumerate(routing.routes, start=1):
        yield f"Route {number}, {route.name}: {_route(route, settings)}."
    yield from _targets(routing, settings)
    for channel, tenants in routing.bound.items():
        yield f"Channel {channel} shows only {', '.join(sorted(tenants))}."


def _route(route: Route, settings: Settings) -> str:
    parts = [
        describe(route.match, settings.zone),
        *_severities(route),
        f"to {route.channel or 'nobody, only recorded'}",
    ]
    if route.mention and Severity.CRITICAL in route.severities:
        parts.append(f"critical ones mention {_mention(route.mention)}")
    if route.quiet:
        parts.append(_quiet(route.quiet))
    if route.goes_on:
        parts.append("then the next route")
    return "; ".join(parts)


def _severities(route: Route) -> Iterator[str]:
    if route.severities != frozenset(Severity):
        yield f"only {' and '.join(sorted(route.severities))}"


def _mention(form: str) -> str:
    """Slack's form as it is written in the file."""
    word = form.strip("<>").removeprefix("!subteam^").removeprefix("@")
    return f"@{word[1:]}" if word.startswith("!") else word


def _quiet(quiet: Quiet) -> str:
    days = "" if len(quiet.days) == len(_DAYS) else f" on {', '.join(_DAYS[day] for day in sorted(quiet.days))}"
    end = f"{quiet.end:%H:%M}" if quiet.end != time() else "24:00"
    return f"quiet {quiet.start:%H:%M} to {end}{days}, {quiet.zone.key}"


def _targets(routing: Routing, settings: Settings) -> Iterator[str]:
    for target in routing.targets:
        yield f"Target {target.within.total_seconds() / 3600:g} h: {_target(target, settings)}."
    yield f"Target {routing.target.total_seconds() / 3600:g} h: everything else."


def _target(target: Target, settings: Settings) -> str:
    """A target is for runs of whatever kind."""
    return describe(replace(target.match, roots_only=True), settings.zone, noun="runs")
