"""Plays one seed: a first start, the script, the recovery, and what is to be complained of at the end."""

import asyncio
import os
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path

from bot.model import PostState
from tests import postgres
from tests.chaos import faults
from tests.chaos.disturbances import disturb
from tests.chaos.presses import Presses
from tests.chaos.scene import Scene, scene
from tests.chaos.script import Script, draw
from tests.chaos.truth import CHANNELS, complaints

PATIENCE, PATIENCE_OF_MANY = 120.0, 300.0
"""Seconds in which the first start must come through, and after the recovery all come right. Several bots take their
turns, and first find their shares.
"""
LOOK = 0.2
SHORT, LONG = 0.4, 2.0
"""Seconds at most from one step to the next: longer where there are many bots, each with troubles of its own."""
FAR = timedelta(seconds=15)
"""What is due later than this is waited for by letting time pass."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """`complaints` is empty where all is well; `log` are the last bot's last words. `acts` is how many were done."""

    script: Script
    seconds: float
    complaints: tuple[str, ...]
    log: tuple[str, ...] = ()
    acts: int = 0

    def __str__(self) -> str:
        script = self.script
        state = "ok  " if not self.complaints else "FAIL"
        kinds = f"{'history' if script.may_look else '-':<7} {'storm' if script.is_storm else '-':<5}"
        line = f"{script.seed:>4} {state} {self.seconds:5.1f} s  {kinds} page {script.page_size:<3} "
        line += f"{self.acts:>2} acts  " + " ".join(step for step in script.steps if step)
        if not self.complaints:
            return line
        target = "chaos" if script.processes == 1 else "chaos-many"
        indented = "\n".join(f"       {each}" for each in self.complaints)
        return f"{line}\n{indented}\n       alone: make {target} SEED={script.seed}"


async def play(seed: int, folder: Path, processes: int = 1) -> Outcome:
    script = draw(seed, processes)
    started = time.monotonic()
    with _database(seed, processes) as url:
        found, log, acts = await _played(script, folder, url)
    return Outcome(script, time.monotonic() - started, tuple(found), log, acts)


@contextmanager
def _database(seed: int, processes: int) -> Iterator[str]:
    """Where several processes share it one of PostgreSQL; else what `CHAOS_DATABASE_URL` says, with `{seed}` in it, so
    that each seed has its own; else "", which is a file."""
    if processes > 1:
        with postgres.database() as made:
            yield made.url
    else:
        yield os.environ.get("CHAOS_DATABASE_URL", "").replace("{seed}", str(seed))


async def _played(script: Script, folder: Path, url: str) -> tuple[list[str], tuple[str, ...], int]:
    async with scene(script, folder, url) as stage:
        try:
            found = await _play(stage)
        except Exception as error:  # noqa: BLE001  a seed that breaks has failed
            found = [f"it broke: {''.join(traceback.format_exception(error))}"]
        return found, tuple(stage.log), len(stage.books.acts())


async def _play(stage: Scene) -> list[str]:
    await stage.start()
    async with asyncio.timeout(_patience(stage)):
        await stage.here.slack.until(lambda: bool(stage.here.slack.posts(CHANNELS[0])))
        await stage.learned()
    began = stage.books.position()
    presses = Presses(stage)
    pressing = asyncio.create_task(_pressing(presses)) if stage.bots.are_many else None
    try:
        async with asyncio.TaskGroup() as both:
            both.create_task(_steps(stage, presses))
            if stage.bots.are_many:
                both.create_task(disturb(stage))
    finally:
        if pressing is not None:
            pressing.cancel()
    await presses.over()
    return await _recovered(stage, began)


async def _pressing(presses: Presses) -> None:
    """All the time: among several bots cards come late."""
    while True:
        await asyncio.sleep(LONG)
        presses.maybe()


async def _steps(stage: Scene, presses: Presses) -> None:
    dice = stage.script.dice("faults")
    pause = LONG if stage.bots.are_many else SHORT
    for step in stage.script.steps:
        await asyncio.sleep(dice.uniform(0.0, pause))
        presses.maybe()
        if step:
            await faults.BY_NAME[step](stage, dice)
        else:
            stage.go_on()
    while stage.has_events:
        stage.go_on()
        presses.maybe()
        await asyncio.sleep(dice.uniform(0.0, pause / 2))


async def _recovered(stage: Scene, began: object) -> list[str]:
    here, script = stage.here, stage.script
    here.acronis.clear()
    here.acronis.release()
    here.slack.clear_faults()
    here.slack.release()
    await stage.pass_deadline()
    found = await _settled(stage)
    if not found and stage.so_far != script:
        stage.end()
        found = await _settled(stage)
    position = stage.books.position()
    return found + ([] if position and position != began else ["the checkpoint did not move"])


async def _settled(stage: Scene) -> list[str]:
    await _polled(stage, 2)  # the first may have begun before the last event
    found = await _quiet(stage)
    if not found:
        await _polled(stage, 2)
        found = await _quiet(stage)  # a minute's review may just have judged something anew
    return found


async def _quiet(stage: Scene) -> list[str]:
    """Waits until there is nothing to complain of, and lets time pass where something waits for that alone."""
    until = time.monotonic() + _patience(stage)
    while (found := _complaints(stage)) and time.monotonic() < until:
        owed = stage.books.outstanding()  # a line waits for its card, unless it was sent and not confirmed
        late = [card.due_at for card in owed if not card.is_reply or card.state == PostState.UNCERTAIN]
        if late and min(late) > stage.bot_now() + FAR:
            await stage.pass_time(min(late) - stage.bot_now())
        await asyncio.sleep(LOOK)
    return found


async def _polled(stage: Scene, polls: int) -> None:
    """Returns when so many more polls have come through."""
    async with asyncio.timeout(_patience(stage)):
        for _ in range(polls):
            before = stage.books.read_at()
            await stage.here.slack.until(partial(stage.books.was_read_after, before))


def _patience(stage: Scene) -> float:
    return PATIENCE_OF_MANY if stage.bots.are_many else PATIENCE


def _complaints(stage: Scene) -> list[str]:
    posts, elsewhere = (stage.here.slack.posts(channel) for channel in CHANNELS)
    return complaints(stage.so_far, stage.books, posts, elsewhere)
