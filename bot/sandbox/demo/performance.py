"""Puts the demo together and decides how it ends: by its script, by people, by a signal, or because the bot died."""

import asyncio
import signal
import sys

from bot.sandbox.demo import scenes
from bot.sandbox.demo.happenings import Transcript
from bot.sandbox.demo.keyboard import read_lines
from bot.sandbox.demo.orders import YOU, Orders
from bot.sandbox.demo.readable import safe
from bot.sandbox.demo.scenes import Scenery
from bot.sandbox.demo.screen import Screen
from bot.sandbox.demo.stage import ZONE, Stage, open_stage
from bot.sandbox.demo.trouble import Trouble

GREETING = """\
This is Nightshift with a pretend Slack and a pretend Acronis. Nothing leaves this machine.
You are Mia, reading #backup-alerts in Berlin. In a moment a backup fails, then the next one goes well.
Type /tasks running to ask the bot something, or help. Ctrl-C ends it."""
GREETING_ONCE = "Nightshift with a pretend Slack and a pretend Acronis plays its script once."


def play(*, once: bool) -> int:
    """Runs the demo. Returns 0, or 1 where the bot died or the script did not see what it waited for."""
    return asyncio.run(_play(once))


async def _play(once: bool) -> int:
    stopped = _stop_signal()
    screen = Screen(sys.stdout, ZONE, gone=stopped.set)
    screen.say(GREETING_ONCE if once else GREETING)
    async with open_stage() as stage:
        transcript = Transcript(stage.slack.slack, YOU)
        watching = asyncio.gather(transcript.write(), screen.follow(transcript))
        code = await until_over(stage, transcript, screen, stopped, once=once)
    await watching
    return code


async def until_over(
    stage: Stage, transcript: Transcript, screen: Screen, stopped: asyncio.Event, *, once: bool
) -> int:
    """Whatever comes first ends it."""
    trouble = Trouble(stage.acronis.control)
    orders = Orders(stage.slack.slack, trouble, transcript, screen.say)
    here = Scenery(transcript, trouble, orders, screen.say)
    playing = asyncio.create_task(_script(stage, here) if once else _conversation(stage, here, screen))
    stopping = asyncio.create_task(stopped.wait())
    dying = asyncio.create_task(stage.bot.wait())
    tasks = (playing, stopping, dying)
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        if playing.done():
            return playing.result()
        if stopping.done():
            return 0
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    last = "\n".join(map(safe, stage.last_lines()))
    screen.say(f"The bot ended by itself, with exit code {stage.bot.returncode}. Its log ends so:\n{last}")
    return 1


async def _script(stage: Stage, here: Scenery) -> int:
    missed = await scenes.script(here)
    if not missed:
        here.say("That was all.")
        return 0
    stage.keep = True
    here.say(f"{missed} The bot's log may tell why: {stage.log}")
    return 1


async def _conversation(stage: Stage, here: Scenery, screen: Screen) -> int:
    async with asyncio.TaskGroup() as group:
        opening = group.create_task(scenes.opening(here))
        async for line in read_lines(screen):
            await stage.bot_listens()
            if not await here.orders.obey(line):
                break
        opening.cancel()
    return 0


def _stop_signal() -> asyncio.Event:
    """Set by Ctrl-C, SIGTERM, and a terminal that goes away."""
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, stopped.set)
    return stopped
