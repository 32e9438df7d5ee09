"""A few seeds of the fault test, among them every fault; `make chaos` and `make chaos-many` play all hundred."""

import asyncio
import os
from pathlib import Path

import pytest

from bot.errors import SettingsError
from bot.sandbox.slack.messages import Content, Message
from bot.services.fan_out import Budget
from bot.settings import database
from tests.chaos.play import play
from tests.chaos.script import BLOCK, FAULTS, Problem, draw, faults_of
from tests.chaos.soak import MACHINES, PAST, Held, complaints, run
from tests.chaos.truth import doubles, fires, threads

SEEDS = range(BLOCK)
MANY = 3
SEEDS_OF_MANY = (14, 19)
"""One may read history. Both are short."""


@pytest.fixture
def stored() -> None:
    """On SQLite, or where CHAOS_DATABASE_URL says: the bot's own word decides whether it can."""
    try:
        database({"DATABASE_URL": os.environ.get("CHAOS_DATABASE_URL") or "sqlite:///chaos.sqlite3"})
    except SettingsError as error:
        pytest.skip(str(error.told))


@pytest.mark.timeout(300)
@pytest.mark.usefixtures("stored")
async def test_whatever_goes_wrong_each_problem_ends_on_one_card_that_is_true(tmp_path: Path) -> None:
    for seed in SEEDS:
        (tmp_path / str(seed)).mkdir()
    outcomes = await asyncio.gather(*(play(seed, tmp_path / str(seed)) for seed in SEEDS))
    failed = [outcome for outcome in outcomes if outcome.complaints]
    assert not failed, "\n".join(map(str, failed))


@pytest.mark.timeout(600)
@pytest.mark.needs("postgres")
async def test_the_same_is_true_of_three_processes_that_are_killed_stopped_and_cut_off(tmp_path: Path) -> None:
    for seed in SEEDS_OF_MANY:
        (tmp_path / str(seed)).mkdir()
    outcomes = await asyncio.gather(*(play(seed, tmp_path / str(seed), MANY) for seed in SEEDS_OF_MANY))
    failed = [outcome for outcome in outcomes if outcome.complaints]
    assert not failed, "\n".join(map(str, failed))


@pytest.mark.parametrize("block", range(20))
def test_five_seeds_in_a_row_have_every_fault(block: int) -> None:
    seeds = range(block * BLOCK, (block + 1) * BLOCK)
    assert sorted(fault for seed in seeds for fault in faults_of(seed)) == sorted(FAULTS)
    assert all(set(faults_of(seed)) <= set(draw(seed).steps) for seed in seeds)


def test_a_seed_is_always_the_same_script() -> None:
    assert [draw(seed) for seed in range(100)] == [draw(seed) for seed in range(100)]
    assert draw(17).dice("faults").random() == draw(17).dice("faults").random()


def test_half_of_the_seeds_may_look_and_some_are_storms() -> None:
    scripts = [draw(seed) for seed in range(100)]
    assert sum(script.may_look for script in scripts) == 50
    assert sum(script.is_storm for script in scripts) == 20


@pytest.mark.parametrize(
    ("story", "at_the_end"),
    [
        (("fails",), True),
        (("fails", "recovers"), False),
        (("fails", "recovers", "fails"), True),
        (("heals",), False),
        (("fails", "stale"), True),
        (("recovers", "late"), False),
    ],
)
def test_what_began_earlier_changes_nothing(story: tuple[str, ...], at_the_end: bool) -> None:
    assert fires(Problem("SRV-1X", 1, False, story)) is at_the_end


def posted(number: int, text: str, key: str = "k", thread_ts: str = "") -> Message:
    content = Content(text, metadata={"event_payload": {"key": key}})
    return Message(f"{number}.0", "C0ALERTS", "U0BOT", content, thread_ts=thread_ts)


@pytest.mark.parametrize(
    ("seed", "again", "complains"),
    [
        (0, "Backup failed. Possibly repeated: …", False),  # may not look: marked is allowed
        (0, "Backup failed.", True),
        (1, "Backup failed. Possibly repeated: …", True),  # may look: never
    ],
)
def test_a_double_is_told_unless_it_is_marked_and_could_not_be_looked_for(
    seed: int, again: str, complains: bool
) -> None:
    assert bool(list(doubles(draw(seed), [posted(1, "Backup failed."), posted(2, again)]))) is complains


def test_a_thread_that_says_twice_that_it_is_over_is_told() -> None:
    once = [posted(1, "Recovered.", "a", "9.0")]
    assert not list(threads(once))
    assert list(threads([*once, posted(2, "Recovered.", "b", "9.0")]))


async def test_the_day_before_a_soak_is_longer_than_an_answer_and_leaves_nothing_failed() -> None:
    last = {name: code for code, name in map(run, range(PAST))}
    assert last == {f"SRV-{number}": "ok" for number in range(MACHINES)}
    assert Budget().left < PAST


FLAT = [Held(90.0, 30, 8)] * 100


@pytest.mark.parametrize(
    ("end", "word"),
    [
        (Held(90.0, 30, 8), ""),
        (Held(97.0, 32, 8), ""),
        (Held(120.0, 30, 8), "memory grew from 90.0 to 120.0 MiB"),
        (Held(90.0, 60, 8), "files grew from 30 to 60"),
        (Held(90.0, 30, 30), "threads grew from 8 to 30"),
    ],
)
def test_a_soak_tells_what_grew(end: Held, word: str) -> None:
    assert "; ".join(complaints([*FLAT, *[end] * 30])) == word
