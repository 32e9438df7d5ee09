"""Several real bots on one database of PostgreSQL: what one of them alone would do, and no more of it."""

from datetime import UTC, datetime

import pytest

from bot.sandbox import slack
from bot.store.address import Server
from tests.bot_process import BotProcess, Stage
from tests.builders import raw_task, rfc3339
from tests.night import CAUSE, CHANNEL

pytestmark = pytest.mark.needs("postgres")


def happens(here: Stage, code: str, name: str) -> None:
    """A nightly backup of this machine ended a moment ago."""
    stamps = dict.fromkeys(("enqueuedAt", "startedAt", "completedAt", "updatedAt"), rfc3339(datetime.now(UTC)))
    result = {"code": code, **({"error": CAUSE} if code == "error" else {})}
    resource = {"id": f"id-of-{name}", "type": "machine", "name": name}
    here.acronis.add(tasks=[raw_task(**stamps, result=result, resource=resource)])


def told(here: Stage, name: str) -> list[slack.Message]:
    """Every card ever posted about this machine."""
    return [each for each in here.slack.posts(CHANNEL) if name in each.text and not each.thread_ts]


async def holder(bots: list[BotProcess], piece: str) -> BotProcess:
    """Which of them last took this piece of work."""

    def when(bot: BotProcess) -> str:
        taken = [line for line in bot.lines if line.get("event") == "work taken" and piece in line["pieces"]]
        return str(taken[-1]["timestamp"]) if taken else ""

    return max(bots, key=when)


async def test_of_three_bots_one_tells_and_each_answers(reader: Stage, server: Server) -> None:
    bots = await reader.group(3, server.url)
    await reader.seen(lambda: reader.slack.posts(CHANNEL))
    happens(reader, "error", "SRV-SQL01")
    await reader.seen(lambda: told(reader, "SRV-SQL01"))
    for _ in range(6):
        answer = await reader.answered("alerts")
        assert "SRV-SQL01" in answer.text
    happens(reader, "ok", "SRV-SQL01")
    await reader.seen(lambda: "Recovered" in told(reader, "SRV-SQL01")[-1].text)
    for bot in bots:
        bot.terminate()
    assert [await bot.ended() for bot in bots] == [0, 0, 0]
    assert len(told(reader, "SRV-SQL01")) == 1
    assert len([each for each in reader.slack.posts(CHANNEL) if each.text.startswith("Nightshift")]) == 1
