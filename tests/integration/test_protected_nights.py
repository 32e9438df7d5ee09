"""What `protected?` answers on nights on which backups do not start: each standing with the reason that the bot saw."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot.model.plans import AgentStatus, TenantStatus
from bot.store.alerts.overview import open_overview
from tests.integration.test_act_words import say
from tests.integration.test_alert_answers import ask
from tests.integration.test_digests import TEAM, daily, job
from tests.integration.test_missed import AT_NINE, House, house


@pytest.fixture
async def watch(tmp_path: Path) -> AsyncIterator[House]:
    async with house(tmp_path) as found:
        yield found


async def line(watch: House, question: str = "protected? SRV-SQL01") -> str:
    """The workload's own line."""
    shown = (await ask(watch.night, question)).text.splitlines()
    (found,) = [each for each in shown if "SRV-SQL01, Acme Corp" in each and each[0] in "✕!?–✓"]
    return found


async def test_what_was_missed_is_said_with_its_time_until_it_runs(watch: House) -> None:
    assert (await line(watch)).startswith("✓ GOOD · SRV-SQL01, Acme Corp · Nightly · last good ")
    await watch.later(2.2)
    said = await line(watch)
    assert said.startswith("✕ MISSED · SRV-SQL01, Acme Corp · Nightly · due ")
    assert ", did not start · last good " in said
    assert "25 h ago, target 48 h" in said
    assert (await line(watch, "missed")) == said
    assert (await ask(watch.night, "")).text.startswith("1 alert open · 1 missed")
    async with watch.night.database.read() as connection:
        (group,) = (await open_overview(connection, watch.night.clock.now())).groups
    assert group.missed == 1
    assert (await ask(watch.night, "protected? late")).text.startswith("None late; besides 1 missed: ")
    watch.runs(took=5)
    await watch.later(0.1)
    assert (await line(watch)).startswith("✓ GOOD")


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({"is_enabled": False}, "– PAUSED · SRV-SQL01, Acme Corp · Nightly · its plan is switched off"),
        (
            {"applied": {"is_licensed": False}},
            "– NOT EXPECTED · SRV-SQL01, Acme Corp · Nightly · it has no licence for backups, or its quota is used up",
        ),
        (
            {"tenants": [TenantStatus("default", "acme", "67", "Acme Corp", is_enabled=False)]},
            "– NOT EXPECTED · SRV-SQL01, Acme Corp · Nightly · the tenant Acme Corp is disabled",
        ),
        (
            {"tenants": [TenantStatus("default", "acme", "67", "Acme Corp", is_visible=False)]},
            "? UNKNOWN · SRV-SQL01, Acme Corp · Nightly · the tenant Acme Corp shows nothing of its backups",
        ),
        (
            {"agent": AgentStatus("default", "agent", "SRV-HV01", "67", is_online=False)},
            "? UNKNOWN · SRV-SQL01, Acme Corp · Nightly · its agent is offline",
        ),
    ],
)
async def test_what_is_not_missed_is_said_as_what_it_is(watch: House, facts: dict[str, Any], said: str) -> None:
    for name, value in facts.items():
        setattr(watch, name, value)
    await watch.later(2.5)
    assert (await line(watch)).startswith(f"{said} · last good ")


async def test_what_is_deleted_is_not_expected(watch: House) -> None:
    watch.deleted_at = watch.night.clock.now()
    await watch.later(0.2)
    assert "– NOT EXPECTED · SRV-SQL01, Acme Corp · Nightly · it is deleted in Acronis" in await line(watch)


async def test_after_an_outage_it_is_unknown_until_agents_had_their_time(watch: House) -> None:
    watch.night.acronis.outage(True)
    for _ in range(3):
        await watch.later(0.9, reads=False)
    watch.night.acronis.outage(False)
    await watch.later(0.1)
    assert "? UNKNOWN · SRV-SQL01, Acme Corp · Nightly · Acronis could not be read when it was due" in await line(watch)
    await watch.later(0.6)
    assert (await line(watch)).startswith("✕ MISSED")


async def test_a_plan_that_changed_since_leaves_it_unknown_until_it_runs(watch: House) -> None:
    await watch.later(1.5)
    watch.schedule, watch.changed_at = AT_NINE, watch.night.clock.now()
    await watch.later(1.0)
    assert "? UNKNOWN · SRV-SQL01, Acme Corp · Nightly · its plan was changed since it was due" in await line(watch)
    watch.runs(took=5)
    await watch.later(0.1)
    assert (await line(watch)).startswith("✓ GOOD")


async def test_tonight_says_what_is_due_and_at_risk(watch: House) -> None:
    said = (await ask(watch.night, "protected? tonight")).text
    assert said.startswith("1 backup due in the next 12 h: Backups, tonight\n")
    assert (await line(watch, "protected? tonight")).startswith("✓ DUE · SRV-SQL01, Acme Corp · Nightly · due ")
    await watch.later(1.5)
    watch.runs("error", took=20)
    await watch.later(0.5)
    assert (await ask(watch.night, "protected? tonight")).text.startswith("No backup known to be due")
    await watch.later(20)
    assert (await line(watch, "protected? tonight")).startswith("! AT RISK · SRV-SQL01, Acme Corp · Nightly · due ")
    assert (await line(watch)).startswith("✕ FAILING")
    await job(watch.night, daily(watch.night, in_minutes=-1)).run()
    await watch.night.deliver()
    (digest,) = watch.night.slack.shown(TEAM)
    assert "At risk in the next 12 h: 1\nSRV-SQL01, Acme Corp · due " in digest.text


async def test_no_word_is_passed_over(watch: House) -> None:
    for text, told in (
        ("protected? tonight late", "leave one of the two words out"),
        ("protected? failed", "leave that word out"),
        ("protected? not tonight", "leave that word out"),
    ):
        assert told in (await ask(watch.night, text)).text, text


async def test_a_time_that_changes_nothing_is_answered_and_said(watch: House) -> None:
    plain = (await ask(watch.night, "protected? late")).text
    for text in ("protected? late since yesterday", "protected? late longest 5", "protected? late longer than 2h"):
        said = (await ask(watch.night, text)).text
        assert said.startswith(f"{plain}\nHow restore points stand is of now")
        assert said.endswith("that you named was left out.")


async def test_a_machine_a_plan_or_a_tenant_is_named(watch: House) -> None:
    for name, meant in (
        ("SRV-SQL01", "machine “SRV-SQL01”"),
        ("sql01", "machine “sql01”"),
        ("Acme", "tenant “Acme”"),
        ('"Acme Corp"', "tenant “Acme Corp”"),
        ("Nightly", "plan “Nightly”"),
        ("nightl*", "plan “nightl∗”"),
    ):
        shown = (await ask(watch.night, f"protected? {name}")).text
        assert shown.startswith(f"1 good: Backups, {meant}\n"), name


async def test_what_is_retired_is_not_expected_at_once_until_it_runs_again(watch: House) -> None:
    await watch.later(2.2)
    assert (await line(watch)).startswith("✕ MISSED")
    await say(watch.night, "retire SRV-SQL01 because sold")
    assert (await line(watch)).startswith("– NOT EXPECTED · SRV-SQL01, Acme Corp · Nightly · retired by Mia")
    await watch.later(0.2)
    watch.runs(took=5)
    await watch.later(0.1)
    assert (await line(watch)).startswith("✓ GOOD")
