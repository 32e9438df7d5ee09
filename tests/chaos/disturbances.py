"""What falls upon each of several bots, whatever else goes on: it is killed, stopped, and cut off from the database.

Its own order and moments are drawn for each. So all of them may be out of order at once.
"""

import asyncio
from random import Random

from tests.chaos.bots import Bot
from tests.chaos.scene import PAST_LEASE, Scene

PAUSE = 4.0
"""Seconds at most between two of them."""


async def disturb(scene: Scene) -> None:
    """Each bot, with everything there is."""
    dice = (scene.script.dice(f"disturbances {number}") for number in range(len(scene.bots.all)))
    async with asyncio.TaskGroup() as all_:
        for bot, its in zip(scene.bots.all, dice, strict=True):
            all_.create_task(_disturb(bot, its))


async def _disturb(bot: Bot, dice: Random) -> None:
    order = [_killed, _stopped, _cut_off]
    dice.shuffle(order)
    for fall in order:
        await asyncio.sleep(dice.uniform(0.0, PAUSE))
        await fall(bot, dice)


async def _killed(bot: Bot, dice: Random) -> None:
    async with bot.turn:
        await bot.kill()
        await asyncio.sleep(dice.uniform(0.0, 3.0))
        await bot.start()


async def _stopped(bot: Bot, dice: Random) -> None:
    """Past its lease, or for a moment."""
    async with bot.stopped():
        await asyncio.sleep(dice.choice((dice.uniform(0.5, 3.0), PAST_LEASE + dice.uniform(0.0, 2.0))))


async def _cut_off(bot: Bot, dice: Random) -> None:
    """Its connections end, or nothing comes through any more, or no new one can be made, or each word takes long."""
    assert bot.way is not None
    async with bot.turn:
        await dice.choice((_cut, _hung, _refused, _slow))(bot, dice)


async def _cut(bot: Bot, dice: Random) -> None:
    assert bot.way is not None
    for _ in range(dice.randint(1, 5)):
        bot.way.cut()
        await asyncio.sleep(dice.uniform(0.1, 1.5))


async def _hung(bot: Bot, dice: Random) -> None:
    """Whether what hung is cut or goes on afterwards."""
    assert bot.way is not None
    bot.way.hang()
    await asyncio.sleep(dice.uniform(1.0, PAST_LEASE + 3.0))
    if dice.random() < 0.5:
        bot.way.cut()
    bot.way.flow()


async def _refused(bot: Bot, dice: Random) -> None:
    assert bot.way is not None
    bot.way.refuse()
    bot.way.cut()
    await asyncio.sleep(dice.uniform(1.0, PAST_LEASE + 3.0))
    await bot.way.accept()


async def _slow(bot: Bot, dice: Random) -> None:
    assert bot.way is not None
    bot.way.delay = dice.uniform(0.05, 0.2)
    await asyncio.sleep(dice.uniform(2.0, 6.0))
    bot.way.delay = 0.0
