"""A run that is under way, on the card of the alert about the same: real SQLite, real sockets, both pretend servers."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.acronis.acting import ActingClient
from bot.alerting.triage import Deed
from bot.model import Act, Attempt, CardKind, Route, Runnable, Start
from bot.sandbox.acronis.catalog import ASSIGNMENTS
from bot.services.running import Running
from bot.store.alerts.acts import Acts
from bot.store.requests import RunRequests
from tests.builders import rfc3339
from tests.night import Night, machine, night

ID = "7000000000000000001"
ONE = next(one for one in ASSIGNMENTS if (one.workload.name, one.plan.name) == ("SRV-SQL01", "Nightly servers"))
RESTORE = "08FF37D8-FB90-49A3-828B-B9A8CDA417B3"


async def failed(watch: Night, **changes: Any) -> None:
    """A card about a failure is posted."""
    await watch.begins()
    watch.happens("error", ago=0.5, took=0.3, **changes)
    await watch.poll()
    await watch.deliver()


async def goes_on(watch: Night, percent: int | None = None, *, state: str = "started", **changes: Any) -> None:
    """A run of the same changes at Acronis, and is polled; what is to be shown is delivered."""
    watch.clock.ahead += timedelta(seconds=5)
    watch.acronis.now(offset=watch.clock.ahead.total_seconds())
    progress = None if percent is None else {"current": percent, "total": 100}
    open_ = {"state": state, "result": None, "completedAt": None} if state != "completed" else {}
    watch.happens("ok", ago=0, took=0.05, **{"id": ID, "progress": progress, **open_, **changes})
    await watch.poll()
    await watch.later(seconds=5)


def text(watch: Night) -> str:
    """What the failure's card says: a run that hangs has one of its own."""
    card, *_ = [each for each in watch.cards if not each.thread_ts]
    return card.text


async def version(watch: Night) -> int:
    post, *_ = [each for each in await watch.posts() if each.kind == "alert" and each.parent_id is None]
    return post.version


def lines_of(watch: Night) -> list[str]:
    """What the card says of a run under way."""
    words = ("Running since", "Retrying since", "Queued since", "Paused", "Under way since")
    return [line for line in text(watch).splitlines() if line.startswith(words)]


async def test_a_card_shows_a_run_of_the_same_and_each_tenth_that_it_comes_further(watch: Night) -> None:
    await failed(watch)
    first_line = text(watch).splitlines()[0]
    assert lines_of(watch) == []
    await goes_on(watch, 41)
    (line,) = lines_of(watch)
    assert line.endswith(", 41 %")
    before = await version(watch)
    await goes_on(watch, 49)
    assert (await version(watch), text(watch).count("41 %")) == (before, 1)
    await goes_on(watch, 50)
    assert (await version(watch), text(watch).count("50 %")) == (before + 1, 1)
    await watch.poll()
    assert await version(watch) == before + 1, "a poll reads the last minutes again"
    assert text(watch).splitlines()[0] == first_line
    assert watch.calls("chat.postMessage") == 2, "the first start's summary and the card"


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("enqueued", "Queued since"),
        ("assigned", "Queued since"),
        ("started", "Running since"),
        ("paused", "waits for an answer in Acronis's console"),
        ("a state of tomorrow", "state a state of tomorrow"),
    ],
)
async def test_the_state_of_the_run_is_said(watch: Night, state: str, words: str) -> None:
    await failed(watch)
    await goes_on(watch, state=state)
    assert words in lines_of(watch)[0]
    assert "None" not in text(watch)
    assert "%" not in lines_of(watch)[0]


async def test_a_run_that_ends_well_closes_the_alert(watch: Night) -> None:
    await failed(watch)
    await goes_on(watch, 41)
    await goes_on(watch, 100, state="completed")
    assert text(watch).startswith("Recovered")
    assert lines_of(watch) == []
    assert await watch.open_alerts() == []


@pytest.mark.parametrize("code", ["error", "abandoned", "timedout"])
async def test_a_run_that_fails_is_one_more_failure(watch: Night, code: str) -> None:
    await failed(watch)
    await goes_on(watch, 41)
    await goes_on(watch, 60, state="completed", result={"code": code})
    (alert,) = await watch.open_alerts()
    assert (alert.occurrences, lines_of(watch)) == (2, [])


@pytest.mark.parametrize("result", [{"code": "cancelled"}, {"code": "a code of tomorrow"}, None])
async def test_a_run_that_ends_neither_well_nor_badly_is_not_shown_any_more(
    watch: Night, result: dict[str, str] | None
) -> None:
    await failed(watch)
    await goes_on(watch, 41)
    await goes_on(watch, 60, state="completed", result=result)
    assert len(await watch.open_alerts()) >= 1
    assert not [each for each in watch.cards if "Running since" in each.text]


@pytest.mark.parametrize(
    "other",
    [
        {"policy": {"id": "another", "type": "backup", "name": "Weekly full"}},
        machine("SRV-OTHER"),
        {"context": {"IsProcessRoot": False}},
        {"type": RESTORE, "policy": None},
        {"tenant": {"id": "99", "name": "Another", "locator": "/1/99/"}},
    ],
)
async def test_runs_of_anything_else_change_nothing(watch: Night, other: dict[str, Any]) -> None:
    await failed(watch)
    before = await version(watch)
    await goes_on(watch, 41, **other)
    assert (await version(watch), lines_of(watch)) == (before, [])


async def test_ids_of_a_run_are_compared_without_case(watch: Night) -> None:
    await failed(watch, **machine("srv-sql01"))
    upper = machine("srv-sql01")
    upper["resource"]["id"] = upper["resource"]["id"].upper()
    await goes_on(watch, 41, **upper)
    assert len(lines_of(watch)) == 1


async def test_a_restore_that_runs_again_is_shown(watch: Night) -> None:
    await failed(watch, type=RESTORE, policy=None)
    await goes_on(watch, 41, type=RESTORE, policy=None)
    assert lines_of(watch)[0].endswith("41 %")


async def test_a_run_that_began_before_the_last_one_is_not_shown(watch: Night) -> None:
    await failed(watch)
    began = rfc3339(watch.clock.now() - timedelta(hours=2))
    await goes_on(watch, 41, enqueuedAt=began, startedAt=began)
    assert lines_of(watch) == []


async def test_a_run_that_is_known_with_the_failure_is_on_the_card_from_its_first_version_on(watch: Night) -> None:
    await watch.begins()
    watch.happens("error", ago=0.5, took=0.3)
    open_ = {"state": "started", "result": None, "completedAt": None}
    watch.happens("ok", ago=0.05, took=0.05, id=ID, progress={"current": 7, "total": 50}, **open_)
    await watch.poll()
    await watch.deliver()
    assert lines_of(watch)[0].endswith("14 %")
    assert await version(watch) == 1


async def test_every_channels_own_card_shows_it_whoever_took_it(tmp_path: Path) -> None:
    both = Route("second", "C0GENERAL", goes_on=True)
    async with night(tmp_path, routes=[both]) as watch:
        await failed(watch)
        now = watch.clock.now()
        acts = Acts(watch.database, watch.rules, watch.settings.routing)
        await acts.act([1], Deed(Act.TAKE, "U0MIA", now, "Mia"), Attempt(now, "U0MIA", "T1", Act.TAKE))
        await watch.later(seconds=5)
        await goes_on(watch, 41)
        cards = [*watch.cards, *watch.slack.shown("C0GENERAL")]
        assert [each.text.count("41 %") for each in cards if not each.thread_ts] == [1, 1]


async def test_a_storm_says_nothing_of_single_runs(watch: Night) -> None:
    await watch.begins()
    for number in range(6):
        watch.happens("error", ago=0.5, took=0.3, **machine(f"SRV-{number}"))
    await watch.poll()
    await watch.deliver()
    before = {each.id: each.version for each in await watch.posts()}
    await goes_on(watch, 41, **machine("SRV-5"))
    changed = [each for each in await watch.posts() if before[each.id] != each.version]
    assert [each for each in changed if each.kind == "storm"] == []
    assert len(await watch.cards_of(CardKind.STORM)) == 1


async def test_a_run_of_which_nothing_is_heard_for_a_day_is_not_shown_any_more(watch: Night) -> None:
    await failed(watch)
    await goes_on(watch, 41)
    await watch.reviewed(hours=23)
    assert len(lines_of(watch)) == 1
    await watch.reviewed(hours=1.1)
    await watch.later(seconds=5)
    assert lines_of(watch) == []
    before = await version(watch)
    await watch.reviewed(minutes=1)
    assert await version(watch) == before
    await goes_on(watch, 44)
    assert len(lines_of(watch)) == 1, "it is heard of again"


async def test_a_run_that_usually_takes_half_a_day_is_waited_for_longer(watch: Night) -> None:
    watch.happens("ok", ago=23 * 60, took=12 * 60)
    await failed(watch)
    await goes_on(watch, 41)
    await watch.reviewed(hours=35)
    assert len(lines_of(watch)) == 1
    await watch.reviewed(hours=2)
    await watch.later(seconds=5)
    assert lines_of(watch) == []


async def test_while_acronis_is_away_no_run_is_lost(watch: Night) -> None:
    await failed(watch)
    await goes_on(watch, 41)
    watch.acronis.outage(True)
    await watch.reviewed(hours=30)
    assert len(lines_of(watch)) == 1


async def test_a_run_from_here_is_followed_on_the_card_to_its_end(watch: Night) -> None:
    """Run now: the acting client starts it, polls bring how far it is, success closes the card."""
    await watch.begins()
    watch.acronis.fail("SRV-SQL01", "Nightly servers", seconds=0)
    await watch.poll()
    await watch.deliver()
    (account,) = watch.settings.accounts
    acting = ActingClient(account.name, account.url, "sandbox-acting", "sandbox-acting-secret", per_second=90)
    running = Running({account.name: acting}, {account.name: watch.client}, watch.clock, RunRequests(watch.database))
    watch.acronis.runs(seconds=100, result="ok")
    (alert,) = await watch.open_alerts()
    runnable = await running.plan(alert)
    assert isinstance(runnable, Runnable), runnable
    assert (await running.start(runnable)).outcome is Start.STARTED
    seen = []
    for seconds in (0, 41, 42, 75, 120):
        watch.clock.ahead = timedelta(seconds=seconds)
        watch.acronis.now(offset=seconds)
        await watch.poll()
        await watch.later(seconds=4)
        seen.append((lines_of(watch) or [text(watch).splitlines()[0]])[0])
    await acting.aclose()
    assert seen[0].startswith(("Queued since", "Running since"))
    assert [line.split(" since ")[0] for line in seen[1:4]] == ["Running"] * 3
    percents = [int(line.rpartition(", ")[2].removesuffix(" %")) for line in seen[1:4]]
    assert percents[0] <= percents[1] <= percents[2]
    assert 30 <= percents[0] < 50 <= percents[2] < 90
    assert seen[4].startswith("Recovered")
    assert await watch.open_alerts() == []
