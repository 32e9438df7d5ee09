"""How soon a press on a card is drawn, and fifty people who press one card at once. Real bot, over Socket Mode."""

import asyncio
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import quantiles

from bot.sandbox.slack.people import Person
from tests.acceptance.test_kill import happens
from tests.benchmarks.measure import Line
from tests.bot_process import MIA, Stage, stage
from tests.night import CHANNEL

DRAWN = 500.0
ALL_ANSWERED = 5.0
PACE = 3.2
"""Seconds between two presses: a card is edited every 3 s at most."""


@dataclass(frozen=True, slots=True)
class Size:
    """Presses one after the other, and people who press at once."""

    presses: int
    people: int


FULL = Size(presses=20, people=50)
TINY = Size(presses=2, people=3)


def run(size: Size) -> Iterator[Line]:
    with tempfile.TemporaryDirectory() as folder:
        acked, drawn, crowd = asyncio.run(_play(size, Path(folder)))
    yield Line("a press on a card, its ack, p95", _p95(acked) * 1000, 100.0, "ms")
    yield Line("a press on a card, drawn, p95", _p95(drawn) * 1000, DRAWN, "ms")
    yield Line(f"{size.people} people press one card, the last answer", crowd, ALL_ANSWERED, "s")


async def _play(size: Size, folder: Path) -> tuple[list[float], list[float], float]:
    async with stage(folder) as here:
        await here.started("run", POLL_SECONDS="1")
        await here.seen(lambda: here.slack.shown(CHANNEL))  # the first start's card
        happens(here, "error")
        await here.seen(lambda: _card(here))
        acked, drawn = list[float](), list[float]()
        for number in range(size.presses):
            await asyncio.sleep(PACE)
            acked_after, drawn_after = await _press(here, "Release" if number % 2 else "Take")
            acked.append(acked_after)
            drawn.append(drawn_after)
        if size.presses % 2:
            await _press(here, "Release")
        crowd = await _crowd(here, size.people)
    return acked, drawn, crowd


def _card(here: Stage) -> str:
    """The text of the failure's card, "" before there is one."""
    return next((each.text for each in here.slack.shown(CHANNEL) if "SRV-SQL01" in each.text), "")


async def _press(here: Stage, label: str) -> tuple[float, float]:
    """Seconds until the press is acknowledged, and until the card shows what it did."""
    before, began = _card(here), time.perf_counter()
    delivery = await here.slack.tap(MIA, label=label, channel=CHANNEL)
    await here.seen(lambda: _card(here) != before)
    assert delivery.acked
    assert delivery.seconds is not None
    return delivery.seconds, time.perf_counter() - began


async def _crowd(here: Stage, size: int) -> float:
    """Seconds until all have an answer. One of them has the alert then."""
    people = [f"U0CROWD{number}" for number in range(size)]
    for user in people:
        here.slack.workspace.people[user] = Person(user, user.lower(), user.title())
    began = time.perf_counter()
    await asyncio.gather(*(here.slack.tap(user, label="Take", channel=CHANNEL) for user in people))
    await here.seen(lambda: all(here.slack.whispers(user) for user in people))
    took = time.perf_counter() - began
    winners = [user for user in people if here.slack.whispers(user)[0].text.startswith("Taken")]
    assert len(winners) == 1, winners
    return took


def _p95(seconds: list[float]) -> float:
    return quantiles(seconds, n=20, method="inclusive")[-1]
