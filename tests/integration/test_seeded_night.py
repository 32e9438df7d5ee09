"""One seeded night, played by the real jobs and by the replay: both tell the same, at the same times."""

import re
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

import pytest

from bot.replay.dry_delivery import Said, What
from tests.night import CHANNEL, MINUTE, ON_CALL, Night, machine, night, replayed

DAY = 24 * 60.0
HOURS = 4
ABOUT = timedelta(minutes=3)
"""The two do not look at the same second: what comes right at the end may be said by one of them only."""
NAMES = tuple(f"SRV-{number}" for number in range(8))
RESTORE = "08FF37D8-FB90-49A3-828B-B9A8CDA417B3"


@pytest.fixture(params=[1, 2])
async def played(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Night]:
    """Four hours after a good week: what fails, heals, fails again and misses its target is drawn by the seed."""
    dice = Random(request.param)
    async with night(tmp_path) as running:
        for name in NAMES:
            for day in range(1, 7):
                lateness = dice.choice((0, 30, 90, 150)) + (DAY if day == 1 and dice.random() < 0.3 else 0)
                running.happens("ok", ago=day * DAY + lateness, took=10, **machine(name))
        await running.begins()
        for _ in range(9):
            await running.backfill.run()
        for _ in range(HOURS * 60):
            happens(running, dice)
            running.clock.ahead += MINUTE - timedelta(seconds=5)
            await running.poll()
            await running.deliver()
            await running.reviewed(seconds=5)
        yield running


def happens(running: Night, dice: Random) -> None:
    """In most minutes nothing; now and then many at once."""
    if dice.random() > 0.05:
        return
    for name in dice.sample(NAMES, dice.choice((1, 1, 1, 2, 6))):
        code = dice.choice(("error", "error", "error", "ok", "cancelled", "odd", "warning"))
        kind = {"type": RESTORE, "context": {"IsProcessRoot": True}, "policy": None} if dice.random() < 0.1 else {}
        running.happens(code, ago=0.1, took=0.05, **machine(name), **kind)


async def test_jobs_and_replay_tell_the_same(played: Night, tmp_path: Path) -> None:
    now = played.clock.now()
    async with replayed(played, tmp_path, now - timedelta(hours=HOURS, minutes=10), now + ABOUT) as (all_said, _):
        said = [each for each in all_said if "watching" not in each.line]
    posted = [each for each in played.slack.posts(CHANNEL) if "watching" not in each.text]
    assert len(posted) > 10
    cards = {each.card_id: each.line for each in said if each.what in (What.CARD, What.EDIT)}
    assert _words(cards.values()) == _words(each.text for each in posted if not each.thread_ts)
    heard = _words(each.text.replace(ON_CALL, "") for each in posted if each.thread_ts)
    assert _lines(said, now - ABOUT) <= heard <= _lines(said, now + ABOUT)


def _lines(said: Sequence[Said], until: datetime) -> Counter[str]:
    return _words(each.line for each in said if each.what in (What.LINE, What.BROADCAST) and each.at <= until)


def _words(texts: Iterable[str]) -> Counter[str]:
    """The first lines without the minutes and hours in them: the two clocks differ by seconds."""
    return Counter(re.sub(r"\d+ (min|h|s)\b|\d\d:\d\d", "…", text.split("\n")[0]).strip() for text in texts)
