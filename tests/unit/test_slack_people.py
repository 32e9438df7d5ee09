"""An asker's zone is known, or the bot says that it is not."""

import asyncio
from zoneinfo import ZoneInfo

import pytest
from pytest_mock import MockerFixture

from bot.model import Profile
from bot.slack.people import Asker, People, read_profile
from bot.slack.requests import Sender
from bot.slack.sign_in import Identity

HOME = Identity("T1", "Acme", "B1", "U0BOT", "https://acme.example/", frozenset())
OWN = ZoneInfo("Europe/London")


@pytest.mark.parametrize("zone", ["", "Mars/Olympus", "../etc/passwd", "Europe", "\0"])
async def test_a_zone_that_is_none_leaves_the_bots_own(mocker: MockerFixture, zone: str) -> None:
    people = mocker.create_autospec(People, instance=True)
    people.look_up.return_value = asyncio.get_running_loop().create_future()
    people.look_up.return_value.set_result(Profile("U1", frozenset({"T1"}), zone))
    person = await Asker(Sender("U1", "T1"), HOME, people, OWN).person()
    assert (person.zone, person.zone_is_known) == (OWN, False)


@pytest.mark.parametrize(
    ("name", "read"), [("Mia \ud800", "Mia ?"), ("\udfff", "?"), ("<!channel>" * 9, "<!channel>" * 8), (7, "mia")]
)
def test_a_name_is_text_that_everything_takes(name: object, read: str) -> None:
    profile = read_profile("U1", {"name": "mia", "tz": "Europe/\ud800", "profile": {"display_name": name}})
    assert profile.name == read
    assert profile.name.encode()
    assert profile.zone.encode()
