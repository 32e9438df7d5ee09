"""A whole bot reads plans soon after it is ready, at its own clock's pace; `check` says what it may not read."""

import asyncio
from datetime import UTC, datetime

import pytest

from bot.model.plans import Api, ApiAccess
from bot.store.engine import Database
from bot.store.plans.book import PlanBook
from tests.bot_process import BotProcess, Stage
from tests.patience import PATIENCE

STATUSES = "/api/resource_management/v4/resource_statuses"


async def accesses(here: Stage) -> dict[Api, ApiAccess]:
    database = Database(here.address)
    try:
        return {each.api: each for each in await PlanBook(database).accesses(["default"])}
    finally:
        await database.close()


async def checked(here: Stage, file: str = "") -> tuple[int, str]:
    (here.folder / "nightshift.toml").write_text(file)
    bot = await here.start("check", environment=here.environment() | {"PYTHONUNBUFFERED": "1"}, keep_words=True)
    return await bot.ended(), "\n".join(bot.words)


async def started(here: Stage, file: str = "", **changes: str) -> BotProcess:
    (here.folder / "nightshift.toml").write_text(file)
    return await here.started("run", LOG_LEVEL="DEBUG", **changes)


async def test_check_says_what_may_be_read_and_which_scope_is_missing(here: Stage) -> None:
    code, said = await checked(here)
    assert code == 0
    assert (
        "may read run times of workloads, workloads, agents, Acronis's own alerts, plans, plans on workloads, te"
        in said
    )
    here.acronis.forbid("agents")
    code, said = await checked(here)
    assert code == 0, said  # the bot goes on without
    assert (
        "may read run times of workloads, workloads, Acronis's own alerts, plans, plans on workloads, tenants." in said
    )
    assert "goes on without agents. Acronis does not let this API client read agents: it lacks the scope urn:" in said
    code, said = await checked(here, "[plans]\nread = false\n")
    assert (code, "plans are not read (read = false under [plans])" in said) == (0, True)


@pytest.mark.parametrize("mode", ["run", "serve"])
async def test_a_bot_reads_plans_soon_after_it_is_ready(here: Stage, mode: str) -> None:
    here.acronis.forbid("agents")
    bot = await here.started(mode, LOG_LEVEL="DEBUG", PORT="0" if mode == "serve" else "")
    await bot.until_logged("plans cannot be read")
    events = [line["event"] for line in bot.lines]
    assert events.index("ready") < events.index("read")
    bot.terminate()
    assert await bot.ended() == 0
    stands = await accesses(here)
    assert {api for api, each in stands.items() if each.words} == {Api.AGENTS}
    assert "agent_manager" in stands[Api.AGENTS].words


async def test_a_bot_that_is_not_to_read_plans_asks_for_none(here: Stage) -> None:
    bot = await started(here, "[plans]\nread = false\n")
    await asyncio.sleep(1)
    bot.terminate()
    assert await bot.ended() == 0
    assert here.acronis.requests(STATUSES) == []


async def test_with_a_clock_that_runs_faster_plans_are_read_as_much_more_often(here: Stage) -> None:
    now = datetime.now(UTC).isoformat()
    bot = await started(here, NIGHTSHIFT_CLOCK=f"{now} {now} 900")
    await bot.until_logged("read")
    for _ in range(int(PATIENCE * 10)):
        if len(here.acronis.requests(STATUSES)) >= 3:  # each 900 s are one
            return
        await asyncio.sleep(0.1)
    raise AssertionError("plans are not read again")
