"""`/tasks audit`: for managers, asked from anywhere; each ask stands in it; nobody is called by it."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from pytest_mock import MockerFixture

import handlers
from bot.errors import AccessDenied, UsageError
from bot.language import parse
from bot.model import Act, Attempt, AuditEntry, AuditPage, Grant, Invocation, Message, Person, Press, Role, Whence
from bot.services import Access, Acting, Alerts, Audits, Handlers, Health, Running, Services, Tasks
from bot.services.colleagues import Colleagues
from tests.builders import NOW
from tests.services_house import FakeAnswers, FakeCopy, StandingClock
from tests.unit.test_blocks_severity import UTC_ZONE

MIA, NOAH = Person("U0MIA", "T1", UTC_ZONE), Person("U0NOAH", "T1", UTC_ZONE)
MANAGERS = (Grant(Role.MANAGER, frozenset({"U0MIA", "C0OPS"})),)
AGO = NOW - timedelta(minutes=5)
TOOK = Attempt(AGO, "U0NOAH", "T1", Act.TAKE, "Noah", "C0OPS", "button", 14, "14", after="taken by Noah")
ENTRIES = (
    AuditEntry(3, TOOK, "Acme Corp", "SRV-SQL01", "Nightly"),
    AuditEntry(2, replace(TOOK, act=Act.RUN, refused="Only a manager may run backups."), "<!channel>", "*x*"),
    AuditEntry(1, replace(TOOK, act=Act.AUDIT, alert_id=None, target="", after="", text="audit by U0MIA")),
)


@pytest.fixture
def known() -> Handlers:
    return handlers.load()


@pytest.fixture
def audits(mocker: MockerFixture) -> Any:
    audits = mocker.create_autospec(Audits, instance=True)
    audits.find.return_value = AuditPage(ENTRIES, 23)
    return audits


@pytest.fixture
def services(known: Handlers, audits: Any, mocker: MockerFixture) -> Services:
    verbs = tuple(each.verb for each in known.verbs.values())
    tasks = Tasks({}, FakeAnswers(), FakeCopy(), StandingClock())
    parts: dict[str, Any] = {
        "alerts": mocker.create_autospec(Alerts, instance=True),
        "health": mocker.create_autospec(Health, instance=True),
        "acting": mocker.create_autospec(Acting, instance=True),
        "running": mocker.create_autospec(Running, instance=True),
        "access": Access(MANAGERS, team_id="T1"),
        "audit": audits,
    }
    return Services(tasks, StandingClock(), verbs, UTC_ZONE, **parts)


async def ask(known: Handlers, services: Services, text: str, person: Person = MIA, channel: str = "") -> Message:
    invocation = parse(text, NOW, UTC_ZONE, services.verbs)
    whence = Whence(channel, key="trigger.1", via="command")
    return await known.verbs["audit"].handle(replace(invocation, whence=whence), person, services)


async def press(known: Handlers, services: Services, action: str, value: str, person: Person = MIA) -> Message:
    shown = await known.actions[action].handle(Press(action, value), person, services)
    assert isinstance(shown, Message)
    return shown


def buttons(shown: Message) -> dict[str, str]:
    found = (each for block in shown.blocks for each in block.get("elements", ()) if "action_id" in each)
    return {each["action_id"]: each["value"] for each in found}


async def test_a_manager_reads_it_and_nobody_is_called(known: Handlers, services: Services) -> None:
    shown = await ask(known, services, "audit")
    assert shown.text.startswith("23 attempts in the audit: Attempts")
    assert "U0NOAH took SRV-SQL01, Acme Corp" in shown.text
    assert "tried to run" in shown.text
    assert "<!channel>" not in shown.text
    assert "<@" not in shown.text
    assert "nothing → taken by Noah" in shown.text


@pytest.mark.parametrize("text", ["audit", "audit tke", "audit by me"])
async def test_all_others_hear_who_may(known: Handlers, services: Services, audits: Any, text: str) -> None:
    shown = await ask(known, services, text, NOAH)
    assert shown.text.startswith("Only a manager may read the audit, and you are a responder.")
    assert "U0MIA" in shown.text
    audits.find.assert_not_awaited()
    (attempt,) = audits.write.await_args.args
    assert (attempt.user_id, attempt.act, attempt.key, attempt.text) == ("U0NOAH", Act.AUDIT, "trigger.1", text)
    assert attempt.refused.startswith("Only a manager")


async def test_who_asks_in_a_managers_channel_is_one_there(known: Handlers, services: Services) -> None:
    assert "23 attempts" in (await ask(known, services, "audit", NOAH, "C0OPS")).text


async def test_each_ask_stands_in_the_audit(known: Handlers, services: Services, audits: Any) -> None:
    await ask(known, services, "audit refused since yesterday")
    (attempt,) = audits.write.await_args.args
    assert (attempt.act, attempt.refused, attempt.via) == (Act.AUDIT, "", "command")


@pytest.mark.parametrize("text", ["audit tke", "audit by mia", "audit failed"])
async def test_a_word_that_is_not_known_is_pointed_at(known: Handlers, services: Services, text: str) -> None:
    with pytest.raises(UsageError):
        await ask(known, services, text)


@pytest.mark.parametrize("action", ["answer.page", "answer.again"])
async def test_a_page_button_asks_for_the_same(known: Handlers, services: Services, audits: Any, action: str) -> None:
    text = 'audit take by U0NOAH refused #14 tenant "Acme Corp" since yesterday'
    shown = await ask(known, services, text)
    first = audits.find.await_args.args[0]
    await press(known, services, action, next(iter(buttons(shown).values())).partition(":")[0] + ":2")
    assert audits.find.await_args.args[0] == first


async def test_a_page_button_of_one_who_is_no_manager_any_more_shows_nothing(
    known: Handlers, services: Services, audits: Any
) -> None:
    shown = await ask(known, services, "audit", NOAH, "C0OPS")
    audits.find.reset_mock()
    again = await press(known, services, "answer.page", next(iter(buttons(shown).values())), NOAH)
    assert again.text.startswith("Only a manager may read the audit")
    audits.find.assert_not_awaited()


async def test_it_is_never_shared(known: Handlers, services: Services) -> None:
    shown = await ask(known, services, "audit")
    assert "answer.share" not in buttons(shown)
    with pytest.raises(AccessDenied, match="not shared"):
        await press(known, services, "answer.share", next(iter(buttons(shown).values())))


async def test_without_a_manager_nobody_reads_it(known: Handlers, services: Services) -> None:
    bare = replace(services, access=Access())
    shown = await known.verbs["audit"].handle(Invocation("audit", text="audit"), MIA, bare)
    assert "no manager is set" in shown.text


async def test_a_typed_name_is_looked_up_also_of_who_has_left(
    known: Handlers, services: Services, audits: Any, mocker: MockerFixture
) -> None:
    colleagues: Any = mocker.create_autospec(Colleagues, instance=True)

    async def called(name: str, *, ever: bool = False) -> list[Person]:
        return [Person("U0GONE", "T1", UTC_ZONE, name="Kim Lee")] if name == "kim" and ever else []

    colleagues.called.side_effect = called
    await ask(known, replace(services, colleagues=colleagues), "audit resolve by Kim since yesterday")
    query = audits.find.await_args.args[0]
    assert (query.people, query.acts) == ({"U0GONE"}, {Act.RESOLVE})
    colleagues.called.reset_mock()
    await ask(known, replace(services, colleagues=colleagues), "audit by kim", NOAH)
    colleagues.called.assert_not_awaited()
