"""Run now, as it is sent from its window: who may is asked first, and every attempt is written down."""

from typing import Any

import pytest
from pytest_mock import MockerFixture

import handlers
from bot.alerting.triage import Result
from bot.blocks.run_window import FORM
from bot.model import Act, Aim, Form, Message, NotRunnable, Whence
from bot.services import Acting, Alerts, Health, Running, Services, Tasks
from tests.builders import NOW, alert
from tests.services_house import StandingClock
from tests.unit.test_blocks_home import MIA

SENT = Whence("C0ALERTS", key="k1")


@pytest.fixture
def services(mocker: MockerFixture) -> Any:
    acting = mocker.create_autospec(Acting, instance=True)
    acting.aimed_at.return_value = [alert(id=7)]
    acting.may.return_value = ""
    acting.act.return_value = Result(NOW)
    return Services(
        mocker.create_autospec(Tasks, instance=True),
        StandingClock(),
        (),
        MIA.zone,
        alerts=mocker.create_autospec(Alerts, instance=True),
        health=mocker.create_autospec(Health, instance=True),
        acting=acting,
        running=mocker.create_autospec(Running, instance=True),
    )


async def sent(services: Any, value: str) -> str:
    outcome = await handlers.load().forms[FORM].handle(Form(FORM, value, {}, SENT), MIA, services)
    assert isinstance(outcome, Message)
    return outcome.text


@pytest.mark.parametrize("value", ["7", "s7", "99", ""])
async def test_who_was_demoted_meanwhile_hears_it_and_acronis_is_not_asked(services: Any, value: str) -> None:
    services.acting.may.return_value = "Only a manager may run backups."
    services.running.plan.return_value = NotRunnable("This backup runs already.")
    assert await sent(services, value) == "Only a manager may run backups."
    services.running.plan.assert_not_awaited()
    services.running.start.assert_not_awaited()


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("7", "This backup runs already."),
        ("7", "A restore cannot be run again from here."),
        ("s7", "Only the backup of one alert can be run. Choose one of them."),
    ],
)
async def test_what_could_not_be_run_when_it_was_confirmed_is_written_down(
    services: Any, value: str, words: str
) -> None:
    services.running.plan.return_value = NotRunnable(words)
    assert await sent(services, value) == words
    services.acting.not_done.assert_awaited_once_with(Act.RUN, Aim.read(value), MIA, SENT, words)
    services.running.start.assert_not_awaited()
