"""What the Home tab asks for, and its windows."""

from typing import Any

import pytest
from pytest_mock import MockerFixture

import handlers
from bot.model import Basis, HomePart, Modal, OpenAlerts, OpenOverview, Overview, Person, Press
from bot.services import Acting, Alerts, Handlers, Health, Overviews, Running, Services, Tasks
from tests.builders import NOW, alert
from tests.services_house import StandingClock
from tests.unit.test_blocks_home import HEALTH, MIA, groups, shown

ONE = alert(id=7, name="SRV-A")


@pytest.fixture
def known() -> Handlers:
    return handlers.load()


@pytest.fixture
def services(mocker: MockerFixture) -> Any:
    alerts = mocker.create_autospec(Alerts, instance=True)
    alerts.of_home.return_value = OpenAlerts((ONE,), 24, 0)
    overviews = mocker.create_autospec(Overviews, instance=True)
    overviews.read.return_value = Overview(OpenOverview(groups([ONE])), HEALTH, Basis(NOW))
    return Services(
        mocker.create_autospec(Tasks, instance=True),
        StandingClock(),
        (),
        MIA.zone,
        alerts=alerts,
        health=mocker.create_autospec(Health, instance=True),
        acting=mocker.create_autospec(Acting, instance=True),
        running=mocker.create_autospec(Running, instance=True),
        overviews=overviews,
    )


async def window(known: Handlers, services: Any, action: str, value: str, person: Person = MIA) -> Modal:
    drawn = await known.actions[action].handle(Press(action, value), person, services)
    assert isinstance(drawn, Modal)
    return drawn


async def test_the_home_is_drawn_from_the_overview(known: Handlers, services: Any) -> None:
    assert known.home is not None
    home = await known.home.handle(MIA, services)
    assert "1 alert open" in shown(home)
    assert home.digest


@pytest.mark.parametrize(
    ("action", "value", "asked"),
    [
        ("home.alerts", "failing:1", (HomePart.FAILING, 1)),
        ("home.next", "mine:2", (HomePart.MINE, 2)),
        ("home.back", "snoozed:3", (HomePart.SNOOZED, 3)),
        ("home.alerts", "all:x", (HomePart.FAILING, 1)),
        ("home.alerts", "mine:9999999999999", (HomePart.MINE, 1)),
        ("home.alerts", "", (HomePart.FAILING, 1)),
    ],
)
async def test_a_window_shows_a_page_of_the_readers_own_part(
    known: Handlers, services: Any, action: str, value: str, asked: tuple[HomePart, int]
) -> None:
    modal = await window(known, services, action, value)
    services.alerts.of_home.assert_awaited_once_with(asked[0], "U0MIA", asked[1])
    assert "24 alerts" in str(modal.blocks)


async def test_a_window_of_a_part_that_is_empty_by_now_says_so(known: Handlers, services: Any) -> None:
    services.alerts.of_home.return_value = OpenAlerts((), 0, 0)
    assert "None is left." in str((await window(known, services, "home.alerts", "mine:1")).blocks)
