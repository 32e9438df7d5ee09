"""What the demo plays by itself: the failure and recovery that everybody sees, and the fixed script of `--once`."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bot.sandbox import slack
from bot.sandbox.demo.happenings import Happening, Transcript, What
from bot.sandbox.demo.orders import Orders
from bot.sandbox.demo.trouble import Trouble

READING_SECONDS = 6.0
"""Between a failure and its recovery, for people to read the card."""
PATIENCE = 30.0
"""Seconds the script waits for one thing to be seen."""

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Scenery:
    """What a scene is played with."""

    transcript: Transcript
    trouble: Trouble
    orders: Orders
    say: Say


async def opening(here: Scenery) -> None:
    """A backup fails as soon as the bot's first summary stands in the channel, and the next one is ok."""
    summary = await here.transcript.until(_summary)
    name = await _failure(here, summary)
    await asyncio.sleep(READING_SECONDS)
    if name in here.trouble.names:
        here.say(f"The next backup of {name} goes well.")
        here.trouble.recover(name)
        await here.transcript.until(recovered(name))


async def script(here: Scenery) -> str:
    """Plays the fixed script. Returns "" where all of it was seen, else a sentence about what was not."""
    steps: tuple[tuple[str, Callable[[Scenery], Awaitable[object]]], ...] = (
        ("the bot's first summary", lambda here: here.transcript.until(_summary)),
        ("an answer to /tasks running", lambda here: _asked(here, "running", "running")),
        ("an answer to /tasks o365", lambda here: _asked(here, "o365", "office 365")),
        ("a failure and its recovery", _failure_and_recovery),
        ("help with a wrong word", lambda here: _asked(here, "runing", "did you mean")),
    )
    for what, step in steps:
        try:
            async with asyncio.timeout(PATIENCE):
                await step(here)
        except TimeoutError:
            return f"Not seen within {PATIENCE:.0f} s: {what}."
    return ""


async def _failure_and_recovery(here: Scenery) -> None:
    summary = await here.transcript.until(_summary)
    name = await _failure(here, summary)
    here.say(f"The next backup of {name} goes well.")
    here.trouble.recover(name)
    await here.transcript.until(recovered(name))


async def _failure(here: Scenery, summary: Happening) -> str:
    """Makes one that the summary does not name, and returns the name when the card is there."""
    begun = here.trouble.fail(known=summary.text)
    here.say(f"The backup of {begun.resource} fails now.")
    await here.transcript.until(failed(begun.resource))
    return begun.resource


async def _asked(here: Scenery, question: str, answer: str) -> None:
    """Asks, and waits for an answer to Mia alone that holds these words."""
    since = len(here.transcript.seen)
    await here.orders.ask("/tasks", question)
    await here.transcript.until(
        lambda each: each.shows and each.place == "only you" and answer in each.text.casefold(), since
    )


def failed(name: str) -> Callable[[Happening], bool]:
    """Whether it is a card that tells of a failure of `name`."""
    return lambda each: _in_channel(each) and f"failed: {name}" in each.first_line


def recovered(name: str) -> Callable[[Happening], bool]:
    """Whether it is the card of `name`, edited to tell that it is over."""
    return lambda each: each.what is What.EDITED and each.first_line.startswith(f"Recovered: {name}")


def _summary(each: Happening) -> bool:
    return _in_channel(each) and each.first_line.startswith("Nightshift is watching")


def _in_channel(each: Happening) -> bool:
    return each.shows and each.channel == slack.ALERTS and each.place != "only you"
