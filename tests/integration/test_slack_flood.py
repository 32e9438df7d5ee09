"""A flood of questions, over both ways in: each is answered once or told that it is too many, and little is kept."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from bot.model import Invocation, Message, Person
from bot.sandbox.slack import ALERTS
from bot.sandbox.slack import Person as Colleague
from bot.services import Services
from bot.services.sharing import asker
from bot.slack.listener import CROWDED, REFUSED
from bot.slack.requests import Mention, ReplyTo, Request, Room, Sender, Turns
from tests.patience import patient_limits
from tests.slack_house import MIA, TRANSPORTS, House, open_house

FREE = patient_limits(metered=False)


class Gate:
    """A handler that answers nobody until it is opened; it says back what was asked."""

    def __init__(self) -> None:
        self.opened = asyncio.Event()

    async def say(self, invocation: Invocation, person: Person, services: Services) -> Message:
        await self.opened.wait()
        return Message(invocation.argument)


def joined(house: House, count: int) -> list[str]:
    """So many more members of the workspace."""
    names = [f"U0FLOOD{number:03d}" for number in range(count)]
    for name in names:
        house.slack.workspace.people[name] = Colleague(name, name.lower(), name)
    return names


async def flood(house: House, people: Sequence[str], count: int) -> None:
    """The people take turns."""
    sent = [house.slack.command(people[number % len(people)], ALERTS, f"say w{number}") for number in range(count)]
    assert all(delivery.acked and not delivery.shown for delivery in await asyncio.gather(*sent))


@pytest.mark.parametrize("transport", TRANSPORTS)
@pytest.mark.parametrize(
    ("senders", "count", "answered", "told"),
    [(1, 600, 153, REFUSED), (5, 900, 400, CROWDED), (200, 1_000, 600, CROWDED), (900, 1_000, 800, CROWDED)],
)
async def test_each_command_of_a_flood_is_answered_or_told_that_it_is_too_many(
    transport: str, senders: int, count: int, answered: int, told: str
) -> None:
    gate = Gate()
    async with open_house(transport, say=gate.say, limits=FREE) as house:
        people = joined(house, senders)
        await flood(house, people, count)
        assert house.listener.busy == answered
        gate.opened.set()
        await house.settle()
        said = Counter(message for person in people for message in house.whispers(person))
        refused = {told, REFUSED} & set(said)
        assert sum(said[words] for words in refused) == count - answered
        assert told in refused
        assert [number for words, number in said.items() if words not in refused] == [1] * answered


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_a_few_who_ask_without_end_keep_nobody_else_out(transport: str) -> None:
    gate = Gate()
    async with open_house(transport, say=gate.say, limits=FREE) as house:
        await flood(house, joined(house, 4), 700)
        await house.slack.command(MIA, ALERTS, "say hello")
        gate.opened.set()
        await house.settle()
        assert house.whispers() == ["hello"]


async def test_a_mention_that_there_is_no_room_for_is_told_so() -> None:
    gate = Gate()
    async with open_house("socket", say=gate.say, limits=FREE) as house:
        house.listener._turns = Turns(room=2, at_once=1)
        for person in [MIA, *joined(house, 3)]:
            await house.slack.mention(person, ALERTS, "@nightshift say hello")
        await house.slack.mention(MIA, ALERTS, "@nightshift say hello")
        await house.until(lambda: house.whispers() == [CROWDED])
        gate.opened.set()
        await house.settle()
        assert sorted(house.whispers()) == [CROWDED, "hello"]


async def test_what_was_answered_leaves_its_room_to_others() -> None:
    async with open_house("http", limits=FREE) as house:
        house.listener._turns = Turns(room=3, at_once=1)
        people = joined(house, 3)
        for _ in range(4):
            await flood(house, people, 3)
            await house.calm()
        assert [len(house.whispers(person)) for person in people] == [4, 4, 4]
        assert len(house.listener._turns) == 0


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_what_is_read_live_counts_to_the_person_who_asks(transport: str) -> None:
    async def who(invocation: Invocation, person: Person, services: Services) -> Message:
        await asyncio.sleep(0)
        return Message(asker.get())

    async with open_house(transport, say=who) as house:
        await asyncio.gather(*(house.slack.command(person, ALERTS, "say hello") for person in (MIA, "U0NOAH")))
        await house.slack.mention("U0ASHA", ALERTS, "@nightshift say hello")
        await house.settle()
        assert [house.whispers(person) for person in (MIA, "U0NOAH", "U0ASHA")] == [[MIA], ["U0NOAH"], ["U0ASHA"]]
        assert asker.get() == ""


# ── the line ──


def request_of(person: str) -> Request:
    return Request(Mention("", Sender(person, "T0"), ReplyTo(person), text="", said_at=datetime.now(UTC)))


@pytest.mark.parametrize(
    ("people", "taken"),
    [
        ("aaaaaaa", "tttoooo"),  # a line of one
        ("aabbccd", "tttttct"),  # c has one already, d has none
        ("abcdefghi", "ttttttttc"),  # nobody past twice the room
    ],
)
def test_a_line_takes_so_many_of_a_person_and_of_all(people: str, taken: str) -> None:
    words = {Room.TAKEN: "t", Room.OWN_FULL: "o", Room.ALL_FULL: "c"}
    turns = Turns(at_once=1, waiting=2, room=4)
    assert "".join(words[turns.add(request_of(person))] for person in people) == taken
    assert len(turns) == taken.count("t")
