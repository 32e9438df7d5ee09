"""A replay says of a night what the bot itself said, and of another nightshift.toml what that would change."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.language import parse_match
from bot.model import Route, Routing
from bot.replay import Order, Rulebook, replay
from tests.night import CHANNEL, MINUTE, ON_CALL, Night, machine, night

DAY = 24 * 60.0
LAB = "C0GENERAL"
"""Where machines of the lab are told of."""


def lab(**changes: object) -> Route:
    return replace(Route("lab", LAB, parse_match("machine lab-*")), **changes)  # type: ignore[arg-type]


async def goes_on(running: Night, minutes: int) -> None:
    """Polls, reviews and deliveries, a minute after the other."""
    for _ in range(minutes):
        running.clock.ahead += MINUTE - timedelta(seconds=5)
        await running.poll()
        await running.deliver()
        await running.reviewed(seconds=5)


@pytest.fixture
async def busy(tmp_path: Path) -> AsyncIterator[Night]:
    """A night after a good week: one that is raised again and recovers, a storm, a lab, one that heals at once."""
    async with night(tmp_path, routes=(lab(),)) as running:
        for number in range(1, 6):
            running.happens("ok", ago=number * DAY)
        await running.begins()
        for _ in range(9):
            await running.backfill.run()
        await goes_on(running, 2)
        running.happens("error", ago=0.1)
        await goes_on(running, 33)
        running.happens("ok", ago=0.1, took=0.05)
        running.happens("error", ago=0.1, **machine("lab-1"))
        await goes_on(running, 3)
        for number in range(7):
            running.happens("error", ago=0.1, **machine(f"SRV-{number}"))
        await goes_on(running, 4)
        running.happens("ok", ago=0.1, took=0.05, **machine("lab-1"))
        running.happens("error", ago=0.2, took=0.05, **machine("SRV-BRIEF"))
        running.happens("ok", ago=0.1, took=0.05, **machine("SRV-BRIEF"))
        await goes_on(running, 3)
        yield running


def rulebook(running: Night, *routes: Route) -> Rulebook:
    routing = Routing(routes=(*routes, Route("default", CHANNEL, mention=ON_CALL)))
    return Rulebook(routing, running.rules, CHANNEL)


def order(running: Night, *, other: Rulebook | None = None) -> Order:
    now = running.clock.now()
    return Order(
        path=running.database.path,
        since=now - timedelta(days=7),
        now=now,
        every=MINUTE,
        zone=ZoneInfo("UTC"),
        book=rulebook(running, lab()),
        other=other,
        other_name="other.toml" if other else "",
    )


def after(lines: Sequence[str], start: str) -> list[str]:
    """The lines below the one that begins so."""
    place = next(place for place, line in enumerate(lines) if line.startswith(start))
    return list(lines[place + 1 :])


async def test_a_replay_tells_what_the_bot_told(busy: Night) -> None:
    lines = await replay(order(busy))
    assert after(lines, "What changed") == [
        "  Nothing: the same alerts, told at the same times, mentioning the same people."
    ]
