"""Runs of which Acronis does not say what they were of, and of types that nobody published (design §4, §5)."""

from pathlib import Path
from typing import Any

import pytest

from bot.model import OUTCOME_UNKNOWN, Kind, Severity, TaskQuery
from bot.wiring import questions
from tests.night import CHANNEL, night

UNNAMED: dict[str, Any] = {"resource": None, "policy": None, "context": {"IsProcessRoot": True}}
RESTORE = "08FF37D8-FB90-49A3-828B-B9A8CDA417B3"
NEW = "11111111-2222-4333-8444-555555555555"


@pytest.mark.parametrize(
    "both",
    [
        {"executor": [{"id": "AGENT-1"}, {"id": "AGENT-2"}]},
        {"affinity": [{"agentId": "AGENT-1"}, {"agentId": "AGENT-2"}]},
        {"context": [{"title": "Sicherung 'Nightly'"}, {"title": "Sicherung 'Nightly' "}]},
        {"id": ["1683887115599998977", "1683887115599998979"]},
        {"executor": [{"id": "AGENT-1"}, {"id": "AGENT-2"}], "type": [RESTORE, RESTORE]},
    ],
)
async def test_a_good_run_of_one_unknown_machine_ends_no_failure_of_another(
    tmp_path: Path, both: dict[str, list[Any]]
) -> None:
    first, second = ({**UNNAMED, **{name: values[place] for name, values in both.items()}} for place in (0, 1))
    async with night(tmp_path) as tonight:
        await tonight.begins()
        tonight.happens("error", ago=9, **first)
        tonight.happens("error", ago=8, **second)
        await tonight.poll()
        assert [alert.occurrences for alert in await tonight.open_alerts()] == [1, 1]
        second.pop("id", None)
        tonight.happens("ok", ago=1, **second)
        await tonight.reviewed(seconds=5)
        assert len(await tonight.open_alerts()) == 2
        assert not any("Recovered" in card.text for card in tonight.slack.posts(CHANNEL))


async def test_an_unknown_machine_has_no_last_good_backup_that_is_somebody_elses(tmp_path: Path) -> None:
    async with night(tmp_path) as tonight:
        await tonight.begins()
        await tonight.recorder.history_reaches("default", tonight.clock.now() - 2000 * tonight.rules.overlap)
        tonight.happens("ok", ago=30, executor={"id": "AGENT-1"}, **UNNAMED)
        tonight.happens("error", ago=9, executor={"id": "AGENT-1"}, **UNNAMED)
        await tonight.poll()
        await tonight.later(seconds=5)
        (alert,) = await tonight.open_alerts()
        assert (alert.assessment.severity, alert.latest.name) == (Severity.WARNING, "agent AGENT-1")
        (card,) = tonight.cards
        assert "agent AGENT-1" in card.text
        assert "Last good" not in card.text
        assert "seen since" not in card.text


@pytest.mark.parametrize(
    "said",
    [
        {"policy": {"type": "policy.backup.machine", "name": "Nightly"}},
        {"policy": None, "context": {"suite": "o365"}},
        {"policy": None, "type": "TeamsChannelBackup"},
    ],
)
async def test_a_backup_of_a_type_that_nobody_published_is_a_backup(tmp_path: Path, said: dict[str, Any]) -> None:
    async with night(tmp_path) as tonight:
        await tonight.begins()
        for number in (1, 2, 3):
            for ago in (30 - number, 20 - number, 10 - number):
                machine = {"id": f"R-{number}", "type": "machine", "name": f"SRV-{number}"}
                tonight.happens("error", ago=ago, **{"type": NEW, "context": {}, "resource": machine, **said})
        await tonight.poll()
        alerts = await tonight.open_alerts()
        assert {alert.latest.name: alert.assessment.severity for alert in alerts} == dict.fromkeys(
            ("SRV-1", "SRV-2", "SRV-3"), Severity.CRITICAL
        )
        asked = questions(tonight.settings, tonight.database)
        found = await asked.find(TaskQuery(kinds=frozenset({Kind.BACKUP})), tonight.clock.now())
        assert found.total == 9
        protection = await asked.protected(TaskQuery(), tonight.clock.now(), tonight.rules.target)
        assert protection.size == 3


async def test_failures_of_an_unknown_kind_are_one_problem_for_each_machine(tmp_path: Path) -> None:
    async with night(tmp_path) as tonight:
        await tonight.begins()
        for name in ("SRV-1", "SRV-2", "SRV-3"):
            machine = {"id": f"R-{name}", "name": name}
            tonight.happens("error", ago=5, type=NEW, policy=None, context={}, resource=machine)
        await tonight.poll()
        assert sorted(alert.latest.name for alert in await tonight.open_alerts()) == ["SRV-1", "SRV-2", "SRV-3"]


@pytest.mark.parametrize("result", ["error", {"code": None, "error": "Not enough disk space"}, ["error", 1]])
async def test_a_run_whose_result_cannot_be_read_is_told_and_heals_nothing(tmp_path: Path, result: Any) -> None:
    async with night(tmp_path) as tonight:
        await tonight.fails()
        tonight.happens("ok", ago=0.2, took=0.1, result=result)
        await tonight.poll()
        await tonight.later(seconds=5)
        failed, unknown = await tonight.open_alerts()
        assert (failed.latest.code, unknown.latest.code) == ("error", OUTCOME_UNKNOWN)
        assert (await tonight.reasons(str(unknown.id))) is not None
        told = [card.text for card in tonight.cards if "outcome unknown" in card.text]
        assert len(told) == 1
        tonight.happens("ok", ago=0.01, took=0.01)
        await tonight.reviewed(seconds=5)
        assert await tonight.open_alerts() == []
