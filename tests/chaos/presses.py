"""People press on the cards while faults fall upon the bot. What was committed is the bot's own to say."""

import asyncio
from random import Random

from bot.sandbox.slack import ControlError
from bot.sandbox.slack.messages import Message
from tests.chaos.scene import Scene
from tests.chaos.truth import CHANNELS

PEOPLE = ("U0MIA", "U0NOAH", "U0ASHA")
BUTTONS = ("Take", "Release", "Take over")
OPTIONS = ("2 hours", "Until it recovers", "Until the next run", "Wake now")
OFTEN = 0.8
MANY = 2
OLD = 0.2
"""How often an earlier picture of the card is pressed."""
TWICE = 0.2
"""How often Slack delivers a press twice."""


class Presses:
    """Presses that nobody waits for: the bot may be dead at that moment."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._dice = scene.script.dice("presses")
        self._under_way: set[asyncio.Task[None]] = set()

    def maybe(self) -> None:
        """Somebody presses something, or nobody does."""
        for _ in range(MANY if self._dice.random() < OFTEN else 0):
            pressing = asyncio.create_task(_press(self._scene, self._dice))
            self._under_way.add(pressing)
            pressing.add_done_callback(self._under_way.discard)

    async def over(self) -> None:
        if self._under_way:
            await asyncio.wait(self._under_way, timeout=10)


async def _press(scene: Scene, dice: Random) -> None:
    """A press of what a card shows, or showed before. There may be no such card yet, or no such button on it."""
    slack, channel = scene.here.slack, CHANNELS[0]
    cards = [each for each in slack.shown(channel) if _has_row(each)]
    if not cards:
        return
    ts, user = dice.choice(cards).ts, dice.choice(PEOPLE)
    is_old, is_twice = dice.random() < OLD, dice.random() < TWICE
    try:
        if dice.random() < 0.6:
            await slack.tap(user, label=dice.choice(BUTTONS), channel=channel, ts=ts, old=is_old, twice=is_twice)
        else:
            await slack.pick(user, dice.choice(OPTIONS), channel=channel, ts=ts, old=is_old, twice=is_twice)
    except ControlError:
        return


def _has_row(message: Message) -> bool:
    return any(block.get("type") == "actions" for block in message.blocks)
