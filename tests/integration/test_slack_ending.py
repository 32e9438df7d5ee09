"""The end of a process: what runs is finished, what cannot be is told, and nobody is told anything false."""

import asyncio
from typing import Any

import pytest
from structlog.testing import capture_logs

from bot.model import Message
from bot.sandbox.slack import ALERTS, Limits
from bot.slack.dispatch import INTERRUPTED
from tests.slack_house import MIA, TRANSPORTS, open_house

both = pytest.mark.parametrize("transport", TRANSPORTS)


def slow(go_on: asyncio.Event) -> Any:
    async def answer(*_: Any) -> Message:
        await go_on.wait()
        return Message("done at last")

    return answer


@both
async def test_what_runs_is_finished_at_the_end(transport: str) -> None:
    go_on = asyncio.Event()
    async with open_house(transport, say=slow(go_on)) as house:
        await house.slack.command(MIA, ALERTS, "say hello")
        assert house.listener.busy == 1
        finishing = asyncio.create_task(house.listener.finish(10))
        await asyncio.sleep(0)
        go_on.set()
        await finishing
        assert house.whispers() == ["done at last"]
        assert house.listener.busy == 0


@both
async def test_what_takes_too_long_at_the_end_is_cut_off_and_its_asker_told(transport: str) -> None:
    async with open_house(transport, say=slow(asyncio.Event())) as house:
        await house.slack.command(MIA, ALERTS, "say hello")
        await house.listener.finish(3)
        assert house.whispers() == [INTERRUPTED]
        assert house.listener.busy == 0


@both
async def test_who_asked_in_a_thread_is_told_there(transport: str) -> None:
    async with open_house(transport, say=slow(asyncio.Event())) as house:
        root = house.slack.say(MIA, ALERTS, "Is it broken again?")
        await house.slack.mention(MIA, ALERTS, "@nightshift say hello", thread_ts=root.ts)
        await house.listener.finish(3)
        assert [(message.text, message.thread_ts) for message in house.slack.whispers(MIA)] == [(INTERRUPTED, root.ts)]


async def test_an_asker_whose_answer_may_have_arrived_is_told_nothing_false() -> None:
    async with open_house("socket") as house:
        hold = house.slack.hold("response_url", "after")
        await house.slack.command(MIA, ALERTS, "say hello")
        await house.until(lambda: hold.held)
        await house.listener.finish(0.2)
        house.slack.release()
        assert house.whispers() == ["hello in Europe/Berlin"]


async def test_an_asker_who_cannot_be_told_of_the_end_does_not_hold_it_up() -> None:
    async with open_house("http", say=slow(asyncio.Event())) as house:
        for method in ("response_url", "chat.postEphemeral", "chat.postMessage"):
            house.slack.fault("http", method, times=None)
        await house.slack.command(MIA, ALERTS, "say hello")
        with capture_logs() as logs:
            await house.listener.finish(3)
        assert "an asker could not be told of the interruption" in [entry["event"] for entry in logs]


@both
async def test_after_the_end_nothing_is_taken_nor_acknowledged(transport: str) -> None:
    async with open_house(transport, limits=Limits(ack_seconds=0.3)) as house:
        await house.settle()
        delivery = await house.slack.command(MIA, ALERTS, "say hello")
        assert not delivery.acked
        assert house.asked == []
