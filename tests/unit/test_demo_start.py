"""Where the demo speaks: a page or the terminal; and the clock that its servers and its bot share."""

import asyncio
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

import handlers
from bot.language import parse
from bot.model.clock import SimulatedClock, SystemClock, clock_from
from bot.sandbox.demo.clock import DemoClock
from bot.sandbox.demo.commands import TEXTS
from bot.sandbox.demo.start import PortError, is_page, port_wanted, why_no_page
from bot.sandbox.slack.state import Journal
from tests.builders import NOW


@pytest.mark.parametrize(("text", "port"), [("", None), (" ", None), ("0", 0), ("8000", 8000), (" 65535 ", 65535)])
def test_a_port_is_a_number_or_not_said(text: str, port: int | None) -> None:
    assert port_wanted({"DEMO_PORT": text}) == port


@pytest.mark.parametrize("text", ["0.0.0.0:8000", "65536", "-1", "eight", "٨٠", "127.0.0.1:80", "80 81"])
def test_another_address_is_refused_with_a_sentence(text: str) -> None:
    with pytest.raises(PortError, match=r"DEMO_PORT is a port from 0 to 65535.*listens on loopback only"):
        port_wanted({"DEMO_PORT": text})


@pytest.mark.parametrize(
    ("once", "terminal", "port", "is_terminal", "page"),
    [
        (False, False, None, True, True),
        (False, False, None, False, False),
        (False, False, 0, False, True),
        (False, False, 0, True, True),
        (True, False, 0, True, False),
        (False, True, 0, True, False),
    ],
)
def test_a_page_needs_somebody_at_a_terminal_or_a_port(
    once: bool, terminal: bool, port: int | None, is_terminal: bool, page: bool
) -> None:
    assert is_page(once=once, terminal=terminal, port=port, is_terminal=is_terminal) is page


def test_without_a_built_page_the_terminal_says_why() -> None:
    assert "Node is missing" in why_no_page(has_node=False)
    assert "make page" in why_no_page(has_node=True)


def test_each_hint_of_the_composer_is_a_question_that_the_bot_understands() -> None:
    verbs = tuple(handler.verb for handler in handlers.load().verbs.values())
    for hint in TEXTS["hints"]:
        command, _, words = hint["command"].partition(" ")
        assert command in ("/tasks", "/activities")
        parse(words, NOW, ZoneInfo("UTC"), verbs)


def test_a_hurried_clock_goes_on_from_where_it_was_and_the_bot_is_told() -> None:
    real = 1_000_000_000 * 1_700_000_000
    clock = DemoClock(lambda: real)
    assert clock.for_bot() == {}
    assert isinstance(clock_from(clock.for_bot()), SystemClock)
    clock.run(120.0)
    real += 30 * 1_000_000_000
    assert clock.ahead == 119 * 30
    clock.run(1.0)
    real += 10 * 1_000_000_000
    assert clock.ahead == 119 * 30
    told = clock_from(clock.for_bot())
    assert isinstance(told, SimulatedClock)
    assert told.rate == 1.0
    assert told.start == datetime.fromtimestamp(1_700_000_000 + 3600, told.start.tzinfo)


async def test_who_follows_the_journal_ends_when_cancelled_though_news_come_at_that_moment() -> None:
    journal = Journal()

    async def follow() -> None:
        while True:
            await journal.after(len(journal.entries), 60.0)

    following = asyncio.create_task(follow())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    journal.add("posted")
    await asyncio.sleep(0)
    following.cancel()
    done, _ = await asyncio.wait({following}, timeout=1.0)
    assert done
