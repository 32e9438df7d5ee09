"""What `/tasks alerts`, `/tasks why` and their buttons ask of the alerts, and what they show."""

from typing import Any

import pytest
from pytest_mock import MockerFixture

import handlers
from bot.errors import UsageError
from bot.language import NOBODY, parse
from bot.model import (
    Aim,
    Answer,
    Basis,
    Decision,
    Kind,
    Message,
    Modal,
    NameField,
    OpenAlerts,
    Person,
    Posted,
    Press,
    Reasons,
    StormPage,
    TaskQuery,
    TimeField,
    Verdict,
    Workload,
)
from bot.services import Acting, Alerts, Handlers, Health, Running, Services, Tasks
from tests.builders import NOW
from tests.services_house import StandingClock
from tests.unit.test_blocks_severity import FIRING, UTC_ZONE

MIA = Person("U0123MIA", "T1", UTC_ZONE)
BASIS = Basis(NOW)
NOTHING = OpenAlerts((), 0, 0)


@pytest.fixture
def known() -> Handlers:
    return handlers.load()


@pytest.fixture
def tasks(mocker: MockerFixture) -> Any:
    tasks = mocker.create_autospec(Tasks, instance=True)
    tasks.known_names.return_value = NOBODY
    tasks.keep.side_effect = lambda verb, query, asker, as_of, **_: Answer("answer1", verb, query, asker, as_of)
    return tasks


@pytest.fixture
def alerts(mocker: MockerFixture) -> Any:
    alerts = mocker.create_autospec(Alerts, instance=True)
    alerts.open_alerts.return_value = OpenAlerts((FIRING,), 12, 1), BASIS
    return alerts


@pytest.fixture
def services(tasks: Any, alerts: Any, known: Handlers, mocker: MockerFixture) -> Services:
    verbs = tuple(each.verb for each in known.verbs.values())
    health = mocker.create_autospec(Health, instance=True)
    site = "https://acme.slack.com/"
    acting = mocker.create_autospec(Acting, instance=True)
    others = {"acting": acting, "running": mocker.create_autospec(Running, instance=True)}
    return Services(tasks, StandingClock(), verbs, UTC_ZONE, alerts=alerts, health=health, **others, site=site)


async def ask(known: Handlers, services: Services, text: str) -> Message:
    invocation = parse(text, NOW, UTC_ZONE, services.verbs)
    return await known.verbs[invocation.verb].handle(invocation, MIA, services)


async def tap(known: Handlers, services: Services, action: str, value: str) -> Message | Modal:
    return await known.actions[action].handle(Press(action, value), MIA, services)


# ── alerts ──


async def test_alerts_are_whatever_is_open_of_every_kind_and_time(known: Any, alerts: Any, services: Services) -> None:
    shown = await ask(known, services, "alerts")
    alerts.open_alerts.assert_awaited_once_with(TaskQuery(), me=MIA.id)
    assert shown.text.startswith("12 alerts open, 1 critical: All alerts\n")


async def test_filters_are_those_of_tasks(known: Any, alerts: Any, services: Services) -> None:
    shown = await ask(known, services, "alerts restores m365 tenant Acme")
    assert "Microsoft 365 restores, tenant “Acme”\n" in shown.text
    asked = alerts.open_alerts.await_args.args[0]
    assert (asked.kinds, asked.workloads) == (frozenset({Kind.RESTORE}), frozenset({Workload.MICROSOFT365}))
    assert [(each.field, each.patterns) for each in asked.names] == [(NameField.TENANT, ("Acme",))]
    assert (asked.after, asked.before) == (None, None)


async def test_a_result_is_said_back_without_a_time(known: Any, services: Services) -> None:
    assert (await ask(known, services, "alerts failed")).text.startswith(
        "12 alerts open, 1 critical: All failed alerts\n"
    )


async def test_a_time_is_when_it_failed_last(known: Any, alerts: Any, services: Services) -> None:
    await ask(known, services, "alerts since yesterday")
    asked = alerts.open_alerts.await_args.args[0]
    assert asked.time_field is TimeField.COMPLETED
    assert asked.after is not None
    assert not asked.time_is_default


async def test_what_does_not_fit_an_alert_is_said_and_nothing_is_asked(
    known: Any, alerts: Any, services: Services
) -> None:
    assert "no state fits it" in (await ask(known, services, "alerts running")).text
    alerts.open_alerts.assert_not_awaited()


@pytest.mark.parametrize("text", ["alerts longer than 2h", "alerts sort tenant", "alerts first 5", "alerts oldest"])
async def test_what_changes_nothing_about_alerts_is_left_out_and_said(
    text: str, known: Any, alerts: Any, services: Services
) -> None:
    plain = await ask(known, services, "alerts")
    shown = await ask(known, services, text)
    assert shown.text == f"{plain.text}\n{shown.text.splitlines()[-1]}"
    assert shown.text.endswith("The order, number or length that you named was left out.")
    assert alerts.open_alerts.await_args_list[0] == alerts.open_alerts.await_args_list[1]


async def test_a_word_nobody_knows_is_no_filter(known: Any, services: Services) -> None:
    with pytest.raises(UsageError):
        await ask(known, services, "alerts runing")


async def test_where_nothing_is_open_a_doubtful_name_is_looked_at(
    known: Any, tasks: Any, alerts: Any, services: Services
) -> None:
    alerts.open_alerts.return_value = NOTHING, BASIS
    shown = await ask(known, services, "alerts tenant Acmee")
    assert shown.text.startswith("No alert is open: ")
    tasks.check_names.assert_awaited_once()
    tasks.doubt_names.assert_awaited_once()


async def test_a_turned_page_is_read_anew(known: Any, tasks: Any, alerts: Any, services: Services) -> None:
    tasks.answer.return_value = Answer("answer1", "alerts", TaskQuery(), MIA.id, NOW)
    alerts.open_alerts.return_value = OpenAlerts((FIRING,), 12, 1, offset=10), BASIS
    shown = await tap(known, services, "answer.page", "answer1:2")
    assert isinstance(shown, Message)
    alerts.open_alerts.assert_awaited_once_with(TaskQuery(), 2, MIA.id)
    assert "page 2 of 2" in shown.text


# ── a storm's window ──

STORM = Aim(card_id=3)


@pytest.mark.parametrize("action", ["storm.alerts", "storm.next", "storm.back"])
async def test_a_storms_buttons_show_a_page_in_one_window(
    action: str, known: Any, alerts: Any, services: Services
) -> None:
    alerts.of_storm.return_value = StormPage(STORM, 2, OpenAlerts((FIRING,), 5_000, 37, offset=10), NOW)
    shown = await tap(known, services, action, "3:2")
    alerts.of_storm.assert_awaited_once_with(STORM, 2)
    assert isinstance(shown, Modal)
    assert (known.actions[action].opens_modal, known.actions[action].in_place) == (True, True)


@pytest.mark.parametrize("value", ["", "x:y", "99999999999999999999:-1", "3", "٣:٢", "3:1:t'; drop", ":::7", "3:1:"])
async def test_a_forged_value_shows_a_first_page_or_nothing(
    value: str, known: Any, alerts: Any, services: Services
) -> None:
    alerts.of_storm.return_value = StormPage(Aim(), 1, NOTHING, NOW)
    shown = await tap(known, services, "storm.alerts", value)
    assert alerts.of_storm.await_args.args in ((Aim(), 1), (STORM, 1))
    assert isinstance(shown, Modal)


# ── why ──

REASONS = Reasons(
    FIRING,
    (Decision(7, NOW, Verdict.SPOKEN, "The route night asks for it.", "C0ALERTS"),),
    (Posted("C0ALERTS", "1.1"),),
)


@pytest.mark.parametrize("id", ["7", "944455285181775872"])
async def test_why_takes_an_alerts_number_or_a_tasks_id(id: str, known: Any, alerts: Any, services: Services) -> None:  # noqa: A002
    alerts.reasons.return_value = REASONS
    shown = await ask(known, services, f"why {id}")
    alerts.reasons.assert_awaited_once_with(id)
    assert "The route night asks for it." in shown.text
    assert "https://acme.slack.com/archives/C0ALERTS/p11" in shown.text


async def test_why_of_nothing_known_says_where_numbers_stand(known: Any, alerts: Any, services: Services) -> None:
    alerts.reasons.return_value = None
    assert "/tasks alerts" in (await ask(known, services, "why 99")).text
    shown = await tap(known, services, "alert.why", "99")
    assert "/tasks alerts" in str(shown.blocks)


async def test_the_button_shows_the_same_in_a_window(known: Any, alerts: Any, services: Services) -> None:
    alerts.reasons.return_value = REASONS
    shown = await tap(known, services, "alert.why", "7")
    assert isinstance(shown, Modal)
    assert "The route night asks for it." in str(shown.blocks)


async def test_why_needs_an_id_or_a_name(known: Any, services: Services) -> None:
    with pytest.raises(UsageError, match="an alert's number, or a name"):
        await ask(known, services, "why")


# ── by a name, by a number ──


async def test_the_one_open_alert_of_a_name_is_explained(known: Any, alerts: Any, services: Services) -> None:
    alerts.open_alerts.return_value = OpenAlerts((FIRING,), 1, 1), BASIS
    alerts.reasons.return_value = None
    await ask(known, services, 'why "SRV-SQL01"')
    alerts.reasons.assert_awaited_once_with(str(FIRING.id))


async def test_several_open_alerts_of_a_name_are_listed_each_with_its_button(known: Any, services: Services) -> None:
    shown = await ask(known, services, 'why "SRV"')
    assert shown.text.startswith("12 alerts open, 1 critical")
    assert "alert.why" in str(shown.blocks)
    assert "task.details" not in str(shown.blocks)


async def test_a_number_shows_the_alert_that_has_it(known: Any, alerts: Any, services: Services) -> None:
    alerts.numbered.return_value = FIRING, BASIS
    assert f"Alert {FIRING.id}" in (await ask(known, services, f"{FIRING.id}")).text


async def test_what_is_known_of_a_name_ignores_no_other_word(known: Any, services: Services) -> None:
    shown = await ask(known, services, "about SRV-SQL01 oldest")
    assert shown.text.startswith("What is known of a name is all of it")


# ── buttons that ask ──


async def test_a_button_asks_its_question_and_takes_the_place_of_the_refusal(known: Any, services: Services) -> None:
    shown = await tap(known, services, "tasks.ask", "alerts critical")
    assert isinstance(shown, Message)
    assert "critical alerts" in shown.text
    assert shown.replaces


async def test_a_button_beside_what_is_left_out_leaves_its_message_as_it_is(known: Any, services: Services) -> None:
    shown = await tap(known, services, "tasks.ask.beside", "alerts critical")
    assert isinstance(shown, Message)
    assert "critical alerts" in shown.text
    assert not shown.replaces


@pytest.mark.parametrize("action", ["tasks.ask.3", "tasks.ask.beside"])
async def test_a_forged_question_is_refused_in_words(action: str, known: Any, services: Services) -> None:
    with pytest.raises(UsageError, match="“xyzzy”"):
        await tap(known, services, action, "xyzzy")
