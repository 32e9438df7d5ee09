"""The canary by the real job, the real rules and the real delivery: once a day, all the way, and nowhere else."""

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from bot.errors import SettingsError
from bot.jobs.canary import CanaryJob
from bot.model.canary import CANARY, Canary
from bot.settings import Settings, canary_lines
from bot.store.engine import Database
from bot.store.schema import metadata
from bot.wiring.answers import canary_job
from tests.builders import settings
from tests.night import CHANNEL, Night, machine, night, replayed

BIRDS = "C0GENERAL"
UTC_ZONE = ZoneInfo("UTC")


@pytest.fixture
async def running(tmp_path: Path) -> AsyncIterator[Night]:
    async with night(tmp_path) as running:
        yield running


def daily(running: Night, *, in_minutes: float = 5, channel: str = BIRDS) -> Canary:
    """Due in so many minutes."""
    due = running.clock.now() + timedelta(minutes=in_minutes)
    return Canary(channel, time(due.hour, due.minute), UTC_ZONE)


def job(running: Night, canary: Canary) -> CanaryJob:
    """As after a start with it."""
    return canary_job(replace(running.settings, canary=canary), canary, running.database, running.vitals, lambda: None)


async def goes(running: Night, canary: CanaryJob, minutes: int) -> None:
    """So many minutes pass, each with its look and its delivery."""
    for _ in range(minutes):
        running.clock.ahead += timedelta(minutes=1)
        await canary.run()
        await running.deliver()


def birds(running: Night, channel: str = BIRDS) -> list[str]:
    return [each.text for each in running.slack.shown(channel) if "anary" in each.text]


async def rows_of(database: Database) -> dict[str, list[tuple[Any, ...]]]:
    """All that is in it, but for what is owed to Slack, and which process does what."""
    async with database.read() as connection:
        return {
            table.name: [tuple(row) for row in await connection.execute(select(table))]
            for table in metadata.sorted_tables
            if table.name not in ("posts", "leases", "members")
        }


async def test_a_canary_fails_is_told_and_recovers_in_one_message(running: Night) -> None:
    await running.begins()
    canary = job(running, daily(running))
    await goes(running, canary, 3)
    assert birds(running) == []
    while not birds(running):
        await goes(running, canary, 1)
    (first,) = birds(running)
    assert first.startswith("Canary of ")
    assert "a made-up failure. Nothing failed, nobody has to act" in first
    await goes(running, canary, 3)
    (last,) = birds(running)
    assert last.startswith("Canary recovered after 1 min: a made-up failure went all the way. Nobody has to act")
    assert len(running.slack.posts(BIRDS)) == 1
    assert running.calls("chat.update") == 1
    for text in (first, last):
        assert not re.search(r"<[!@]", text)
    assert running.cards == []


async def test_nothing_of_it_stays_but_its_card(running: Night) -> None:
    await running.begins()
    running.happens("error")
    await running.reviewed(minutes=1)
    before = await rows_of(running.database)
    canary = job(running, daily(running, in_minutes=2))
    await goes(running, canary, 8)
    assert birds(running)
    assert await rows_of(running.database) == before


async def test_it_is_no_part_of_a_storm_and_real_alerts_go_on_meanwhile(running: Night) -> None:
    await running.begins()
    canary = job(running, daily(running, in_minutes=2, channel=CHANNEL))
    await goes(running, canary, 3)
    for number in range(4):
        running.happens("error", ago=0.2, **machine(f"SRV-{number}"))
    await running.poll()
    await goes(running, canary, 4)
    assert len([text for text in (each.text for each in running.cards) if "SRV-" in text]) == 4
    assert len(birds(running, CHANNEL)) == 1
    assert "recovered" in birds(running, CHANNEL)[0]


async def test_it_is_sent_once_through_restarts_two_processes_and_a_clock_that_is_set_back(running: Night) -> None:
    await running.begins()
    which = daily(running, in_minutes=2)
    for minutes in (3, 1, 1, 1, 1):
        await goes(running, job(running, which), minutes)
        await job(running, which).run()
        running.delivery = running.another_delivery()
        await running.outbox.unfinished(running.clock.now())
    running.clock.ahead -= timedelta(minutes=30)
    await goes(running, job(running, which), 40)
    assert len(running.slack.posts(BIRDS)) == 1
    assert "recovered" in birds(running)[0]


async def test_each_day_has_its_own(running: Night) -> None:
    await running.begins()
    canary = job(running, daily(running, in_minutes=2))
    await goes(running, canary, 6)
    running.clock.ahead += timedelta(hours=23, minutes=55)
    await goes(running, canary, 6)
    assert len(running.slack.posts(BIRDS)) == 2


def age(running: Night) -> float:
    (line,) = [
        each for each in running.vitals.metrics().decode().splitlines() if each.startswith("nightshift_canary_age")
    ]
    return float(line.split()[1])


async def test_its_age_is_a_metric_that_survives_a_restart(running: Night) -> None:
    await running.begins()
    which = daily(running, in_minutes=2)
    canary = job(running, which)
    await goes(running, canary, 8)
    assert age(running) < 400
    running.clock.ahead += timedelta(hours=5)
    await job(running, which).run()
    assert 5 * 3600 <= age(running) < 5 * 3600 + 600


async def archived(running: Night) -> None:
    running.slack.archive(BIRDS)


async def refused(running: Night) -> None:
    running.slack.fault("error", "chat.postMessage", channel=BIRDS, times=None, error="restricted_action")


async def silent(running: Night) -> None:
    running.slack.fault("error", "chat.postMessage", channel=BIRDS, times=None, error="internal_error")


@pytest.mark.parametrize("trouble", [archived, refused, silent])
async def test_its_absence_is_one_line_in_the_alert_channel_until_one_is_through(running: Night, trouble: Any) -> None:
    await running.begins()
    which = daily(running, in_minutes=2)
    canary = job(running, which)
    await trouble(running)
    await goes(running, canary, 6)
    assert not [
        each for each in running.slack.posts(CHANNEL) if "canary" in each.text.lower() and "absent" in each.text
    ]
    running.clock.ahead += timedelta(hours=1)
    await goes(running, canary, 3)
    await goes(running, job(running, which), 3)
    absent = [each for each in running.slack.posts(CHANNEL) if "is absent" in each.text]
    assert len(absent) == 1
    running.slack.archive(BIRDS, archived=False)
    running.slack.clear_faults()
    running.clock.ahead += timedelta(hours=23)
    await goes(running, job(running, which), 8)
    shown = [each.text for each in running.slack.shown(CHANNEL)]
    assert not [text for text in shown if "is absent" in text]
    assert [text for text in shown if "A canary is through again" in text]


async def test_rules_that_open_no_alert_are_an_absence(running: Night) -> None:
    """Where the rules would be silent of a real failure, no card pretends that they are well."""
    await running.begins()
    which = daily(running, in_minutes=2)
    canary = job(running, which)
    async with running.database.write() as connection:
        await connection.exec_driver_sql(
            "CREATE TRIGGER broken BEFORE INSERT ON card_alerts BEGIN SELECT RAISE(IGNORE); END"
        )
    await goes(running, canary, 5)
    assert running.slack.posts(BIRDS) == []
    running.clock.ahead += timedelta(hours=1)
    await goes(running, canary, 2)
    (absent,) = [each.text for each in running.slack.posts(CHANNEL) if "is absent" in each.text]
    assert "The canary's pages made 0 cards." in absent


async def test_an_absence_ends_with_the_canary_s_setting(running: Night) -> None:
    await running.begins()
    which = daily(running, in_minutes=2)
    await archived(running)
    running.clock.ahead += timedelta(hours=1)
    await goes(running, job(running, which), 3)
    await running.reviewer.keep_outages(["default", CANARY], running.clock.now())
    await running.later(seconds=5)
    assert [each for each in running.slack.posts(CHANNEL) if "is absent" in each.text]
    await running.reviewer.keep_outages(["default"], running.clock.now())
    await running.later(seconds=5)
    shown = [each.text for each in running.slack.shown(CHANNEL)]
    assert not [text for text in shown if "is absent" in text or "through again" in text]
    assert [text for text in shown if text.startswith("The canary is not watched any more.")]


async def test_one_that_was_due_while_the_bot_was_down_is_late_and_not_absent(running: Night) -> None:
    await running.begins()
    which = daily(running, in_minutes=2)
    running.clock.ahead += timedelta(minutes=55)
    await goes(running, job(running, which), 4)
    assert "recovered" in birds(running)[0]
    assert not [each for each in running.slack.posts(CHANNEL) if "absent" in each.text]


async def test_a_replay_knows_nothing_of_it_and_of_its_absence(running: Night, tmp_path: Path) -> None:
    await running.begins()
    canary = job(running, daily(running, in_minutes=2))
    began_at = running.clock.now()
    running.slack.archive(BIRDS)
    await goes(running, canary, 3)
    running.clock.ahead += timedelta(hours=1)
    await goes(running, canary, 2)
    assert [each for each in running.slack.posts(CHANNEL) if "is absent" in each.text]
    (tmp_path / "replay").mkdir()
    async with replayed(running, tmp_path / "replay", began_at, running.clock.now()) as (said, _):
        assert "anary" not in str(said)


CONFIGURED = """
[canary]
channel = "C0CANARY"
at = "07:30"
zone = "Europe/Berlin"
"""


def test_the_canary_is_a_setting_and_none_without_one(tmp_path: Path) -> None:
    assert read(tmp_path, "").canary is None
    canary = read(tmp_path, CONFIGURED).canary
    assert canary == Canary("C0CANARY", time(7, 30), ZoneInfo("Europe/Berlin"))
    assert list(canary_lines(canary)) == ["Canary to C0CANARY every day at 07:30, Europe/Berlin."]
    assert read(tmp_path, '[canary]\nchannel = "C0CANARY"').canary == Canary("C0CANARY", time(9), UTC_ZONE)


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ('[canary]\nat = "07:30"', "needs `channel`"),
        ('[canary]\nchannel = "here"', "channel"),
        ('[canary]\nchannel = "C0CANARY"\nat = "25:00"', "at"),
        ('[canary]\nchannel = "C0CANARY"\nmention = "@here"', "mention"),
        ('[canary]\nchannel = "C0ACME"\n[channels.C0ACME]\ntenants = ["Acme"]', "bound to tenants"),
    ],
)
def test_a_canary_that_cannot_be_is_a_fault(tmp_path: Path, written: str, told: str) -> None:
    with pytest.raises(SettingsError) as caught:
        read(tmp_path, written)
    (fault,) = caught.value.faults
    assert "canary" in fault
    assert told in fault


def read(folder: Path, written: str) -> Settings:
    (folder / "nightshift.toml").write_text(written)
    return settings(folder, ACRONIS_URL="http://127.0.0.1:9")
