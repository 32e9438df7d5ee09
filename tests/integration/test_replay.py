"""A replay says of a night what the bot itself said, and of another nightshift.toml what that would change."""

import hashlib
import os
import sqlite3
from collections.abc import AsyncIterator, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import pytest_asyncio

from bot.__main__ import main
from bot.errors import StoreError
from bot.language import parse_match
from bot.model import Quiet, Route, Routing
from bot.replay import Order, Rulebook, replay
from bot.store.engine import copy_database, migrate
from bot.wiring import VIEWS
from bot.wiring.drawings import DRAWINGS
from tests.night import CHANNEL, MINUTE, NIGHTLY, ON_CALL, MovableClock, Night, machine, night

DAY = 24 * 60.0
LAB = "C0GENERAL"
"""Where machines of the lab are told of."""


def lab(**changes: object) -> Route:
    return replace(Route("lab", LAB, parse_match("machine lab-*")), **changes)  # type: ignore[arg-type]


class StoppedClock(MovableClock):
    """Always says when it was stopped."""

    def __init__(self, at: datetime) -> None:
        super().__init__()
        self._at = at

    def now(self) -> datetime:
        return self._at


async def goes_on(running: Night, minutes: int) -> None:
    """Polls, reviews and deliveries, a minute after the other."""
    for _ in range(minutes):
        running.clock.ahead += MINUTE - timedelta(seconds=5)
        await running.poll()
        await running.deliver()
        await running.reviewed(seconds=5)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def busy(tmp_path_factory: pytest.TempPathFactory) -> Night:
    """A night after a good week: one that is raised again and recovers, a storm, a lab, one that heals at once.

    It is over: nobody runs on its file, and tests that only read share it.
    """
    async with night(tmp_path_factory.mktemp("busy"), routes=(lab(),)) as running:
        for number in range(1, 6):
            running.happens("ok", ago=number * DAY)
        await running.begins()
        for _ in range(9):
            await running.backfill.run()
        await goes_on(running, 2)
        running.happens("error", ago=0.1)
        await goes_on(running, 36)  # raised again after 30, by a review that may come a minute or two later
        running.happens("ok", ago=0.1, took=0.05)
        running.happens("error", ago=0.1, **machine("lab-1"))
        await goes_on(running, 3)
        for number in range(7):
            running.happens("error", ago=0.1, **machine(f"SRV-{number}"))
        await goes_on(running, 4)
        running.happens("ok", ago=0.1, took=0.05, **machine("lab-1"))
        running.happens("error", ago=0.2, took=0.05, **machine("SRV-BRIEF"))
        running.happens("ok", ago=0.1, took=0.05, **machine("SRV-BRIEF"))
        await goes_on(running, 3)
    running.clock = StoppedClock(running.clock.now())
    return running


def rulebook(running: Night, *routes: Route) -> Rulebook:
    routing = Routing(routes=(*routes, Route("default", CHANNEL, mention=ON_CALL)), targets=(NIGHTLY,))
    return Rulebook(routing, running.rules, CHANNEL)


def order(running: Night, *, other: Rulebook | None = None) -> Order:
    now = running.clock.now()
    return Order(
        views=VIEWS,
        drawings=DRAWINGS,
        address=running.database.path,
        since=now - timedelta(days=7),
        now=now,
        every=MINUTE,
        zone=ZoneInfo("UTC"),
        book=rulebook(running, lab()),
        other=other,
        other_name="other.toml" if other else "",
    )


def after(lines: Sequence[str], start: str) -> list[str]:
    """The lines below the one that begins so."""
    place = next(place for place, line in enumerate(lines) if line.startswith(start))
    return list(lines[place + 1 :])


NOTHING = ["  Nothing: the same alerts, told at the same times, mentioning the same people."]


async def test_a_replay_tells_what_the_bot_told(busy: Night) -> None:
    lines = await replay(order(busy))
    assert after(lines, "What changed") == NOTHING
    posted = [each.text.split("\n")[0] for each in busy.slack.posts(CHANNEL) if not each.thread_ts]
    cards = [line for line in lines if "  CRITICAL  SRV-" in line]
    assert len(posted) == 7  # the first start's, the one that came back, four and their storm
    assert len(cards) == 5


async def test_a_replay_tells_how_it_went_on(busy: Night) -> None:
    lines = await replay(order(busy))
    place = next(place for place, line in enumerate(lines) if "SRV-SQL01" in line)
    assert "CRITICAL  SRV-SQL01, Acme Corp." in lines[place]
    assert "to the channel, mentions group S0ONCALL: CRITICAL, still failing for 3" in lines[place + 1]
    assert "to the channel: Recovered: SRV-SQL01, Acme Corp." in lines[place + 2]
    assert "mentions group S0ONCALL · recovered" in lines[place + 3]
    assert any("storm of 7 alerts" in line for line in lines)


async def test_the_totals_count_cards_storms_lines_and_mentions(busy: Night) -> None:
    totals = after(await replay(order(busy)), "Totals")
    counted = {line.split()[0]: line for line in totals if line.strip()}
    assert counted["cards"].endswith("8 in 2 channels, 7 critical")
    assert counted["storms"].endswith("1, with 3 alerts")
    assert counted["lines"].endswith("2 of them to the channel too")
    assert "group S0ONCALL 3 times" in counted["mentions"]  # a storm and its first cards call once
    assert counted["silent"].endswith("1: It failed and recovered before anybody was told.")


async def test_another_config_that_changes_a_route_shows_exactly_that(busy: Night) -> None:
    """The lab goes to the alert channel: told there, and no longer in its own."""
    lines = await replay(order(busy, other=rulebook(busy)))
    changed = [line.strip() for line in after(lines, "What changed: now, and with other.toml")]
    assert changed[0] == CHANNEL
    assert changed[1].endswith("lab-1, Acme Corp: only with other.toml")
    assert changed[2] == LAB
    assert changed[3].endswith("lab-1, Acme Corp: only now")
    assert len(changed) == 4


async def test_another_mention_is_the_only_change(busy: Night) -> None:
    lines = await replay(order(busy, other=rulebook(busy, lab(mention="<!here>"))))
    (channel, change) = [line.strip() for line in after(lines, "What changed")]
    assert channel == LAB
    assert change.endswith("lab-1, Acme Corp: mentions @here instead of nobody")


async def test_the_same_config_twice_changes_nothing(busy: Night) -> None:
    lines = await replay(order(busy, other=rulebook(busy, lab())))
    assert after(lines, "What changed") == NOTHING


async def test_what_fires_when_a_replay_begins_is_not_told_anew(busy: Night) -> None:
    late = replace(order(busy), since=busy.clock.now() - timedelta(minutes=5))
    lines = await replay(late)
    assert not any("Backup failed" in line for line in lines)
    assert after(lines, "What changed") == NOTHING


async def test_a_storm_with_another_threshold_folds_more(busy: Night) -> None:
    book = rulebook(busy, lab())
    lines = await replay(order(busy, other=replace(book, rules=replace(book.rules, storm_threshold=3))))
    changed = after(lines, "What changed")
    assert sum("in a storm" in line for line in changed) == 2


async def test_nothing_is_written_while_a_bot_runs_on_the_file(watch: Night) -> None:
    await watch.fails()
    await watch.deliver()
    watch.database.lock()
    before = seen(watch.database.path)
    assert f"{watch.database.path.name}-wal" in before
    await replay(order(watch))
    assert seen(watch.database.path) == before


async def test_nothing_is_written_where_no_bot_runs(busy: Night) -> None:
    path = busy.database.path
    assert not path.with_name(f"{path.name}-wal").exists()
    before = seen(path)
    await replay(order(busy))
    assert seen(path) == before


def seen(path: Path) -> dict[str, tuple[int, str]]:
    """Every file of the folder but the index of SQLite's log, which readers note themselves in."""
    files = [each for each in path.parent.iterdir() if not each.name.endswith("-shm")]
    return {each.name: (each.stat().st_mtime_ns, hashlib.sha256(each.read_bytes()).hexdigest()) for each in files}


@pytest.fixture
async def sleeping(tmp_path: Path) -> AsyncIterator[tuple[Night, Route]]:
    """A route in its quiet hours; two warnings are held, one recovers meanwhile. No good backup is known in time."""
    async with night(tmp_path) as running:
        now = running.clock.now()
        start, end = now - timedelta(hours=1), now + timedelta(minutes=30)
        quiet = Quiet(time(start.hour, start.minute), time(end.hour, end.minute))
        route = Route("quiet", CHANNEL, mention=ON_CALL, quiet=quiet)
        running.follow(Routing(routes=(route,)))
        await running.begins()
        await goes_on(running, 2)
        running.happens("error", ago=0.1, **machine("SRV-1"))
        running.happens("error", ago=0.1, **machine("SRV-2"))
        await goes_on(running, 3)
        running.happens("ok", ago=0.1, took=0.05, **machine("SRV-2"))
        await goes_on(running, 30)
        yield running, route


async def test_what_quiet_hours_held_is_told_with_how_long(sleeping: tuple[Night, Route]) -> None:
    running, route = sleeping
    book = Rulebook(Routing(routes=(route,)), running.rules, CHANNEL)
    lines = await replay(replace(order(running), book=book))
    assert after(lines, "What changed") == NOTHING
    held = next(line for line in lines if line.startswith("  held"))
    assert "2, for 2" in held
    assert held.endswith("1 of them never told: recovered before")


async def test_without_quiet_hours_it_would_have_been_said_at_once(sleeping: tuple[Night, Route]) -> None:
    running, route = sleeping
    book = Rulebook(Routing(routes=(route,)), running.rules, CHANNEL)
    other = replace(book, routing=Routing(routes=(replace(route, quiet=None),)))
    lines = await replay(replace(order(running), book=book, other=other, other_name="other.toml"))
    changed = [line.strip() for line in after(lines, "What changed")]
    assert "SRV-1, Acme Corp: told " in changed[1]
    assert changed[2].endswith("SRV-2, Acme Corp: only with other.toml")
    assert len(changed) == 3


# ── the file ──


async def test_a_file_of_an_older_version_is_refused_in_words(tmp_path: Path) -> None:
    path = tmp_path / "old.sqlite3"
    migrate(path)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '0000'")
    with pytest.raises(StoreError, match="older version"):
        copy_database(path, tmp_path / "copy.sqlite3")


@pytest.mark.parametrize(
    ("content", "told"), [(None, "not there"), (b"", "no database"), (b"x" * 9000, "cannot be read")]
)
def test_what_is_no_file_of_ours_is_refused_in_words(tmp_path: Path, content: bytes | None, told: str) -> None:
    path = tmp_path / "other.sqlite3"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(StoreError, match=told):
        copy_database(path, tmp_path / "copy.sqlite3")


# ── the command ──


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, restored_logging: None) -> Path:
    """A folder with a bot's file that knows nothing yet, and an environment without any token."""
    migrate(tmp_path / "nightshift.sqlite3")
    monkeypatch.chdir(tmp_path)
    for name in os.environ:
        if name.startswith(("SLACK_", "ACRONIS_", "NIGHTSHIFT_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("ALERT_CHANNEL", CHANNEL)
    return tmp_path


def test_the_command_needs_no_token(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["replay", "--since", "24h"]) == 0
    printed = capsys.readouterr().out
    assert "The copy knows no account" in printed
    assert "No card would have been posted." in printed


def test_every_fault_of_both_files_is_said_at_once(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (place / "nightshift.toml").write_text("[storm]\nthreshold = 'x'\n")
    (place / "other.toml").write_text("[[routes]]\nname = 'a'\nchanel = 'C0A'\n")
    assert main(["replay", "--config", "other.toml"]) == 2
    told = capsys.readouterr().err
    assert "nightshift.toml line 2" in told
    assert "other.toml line 3" in told
    assert "Did you mean `channel`?" in told


def test_a_config_that_is_not_there_is_told(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["replay", "--config", "gone.toml"]) == 2
    assert "--config names gone.toml, which is not there." in capsys.readouterr().err


def test_a_time_that_is_none_is_told(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["replay", "--since", "whenever"]) == 2
    assert "“whenever” is no time." in capsys.readouterr().err
