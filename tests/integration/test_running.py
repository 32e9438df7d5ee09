"""Running a backup now, by the real clients against the pretend Acronis: what may run, once, and what is told."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.acronis import AcronisClient, Timeouts
from bot.acronis.acting import ActingClient
from bot.acronis.kinds import Classifier
from bot.alerting.fingerprint import run_of
from bot.alerting.lifecycle import Snapshot, judge
from bot.model import Alert, Ending, Kind, NotRunnable, Policy, Resource, Runnable, Start, Task, Tenant
from bot.model.clock import SystemClock
from bot.sandbox.acronis import Running as Acronis
from bot.sandbox.acronis import serve
from bot.sandbox.acronis.catalog import ASSIGNMENTS
from bot.sandbox.acronis.plans import BACKUP, parts_of
from bot.services.running import PAUSES, SETTLING, Running, cancel_words
from bot.store.engine import Database
from bot.store.requests import RunRequests
from tests import builders

RUN_PATH = "/api/policy_management/v4/applications/run"
ONE = next(one for one in ASSIGNMENTS if (one.workload.name, one.plan.name) == ("SRV-SQL01", "Nightly servers"))
CHILD = parts_of(ONE.plan)[1].id
HURRY = 2.0
"""Seconds: long for a server that answers, short for one that never does."""


class Moved(SystemClock):
    """The system's clock, moved ahead by hand."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def now(self) -> Any:
        return super().now() + self.ahead


@dataclass
class Scene:
    """`another` is a second process's. `hurried` waits for an answer for `HURRY` seconds only."""

    acronis: Acronis
    running: Running
    another: Running
    hurried: Running
    clock: Moved
    slept: list[float]
    while_asleep: Callable[[], object] = lambda: None

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.while_asleep()

    @property
    def sent(self) -> list[dict[str, Any]]:
        return [seen["body"] for seen in self.acronis.control.requests(RUN_PATH)]

    async def runnable(self, failed: Alert | None = None) -> Runnable:
        found = await self.running.plan(failed or an_alert())
        assert isinstance(found, Runnable), found
        return found

    async def why_not(self, failed: Alert | None = None) -> str:
        found = await self.running.plan(failed or an_alert())
        assert isinstance(found, NotRunnable), found
        return found.words


def an_alert(**changes: Any) -> Alert:
    """Of a backup that failed in the pretend Acronis, as its tasks name it."""
    of = {
        "account": "main",
        "resource": Resource(ONE.workload.key.upper(), "machine", ONE.workload.name),
        "policy": Policy(ONE.plan.key, "backup", ONE.plan.name),
        "name": ONE.workload.name,
        "plan": ONE.plan.name,
        "tenant": Tenant("120", name="Acme Corp"),
    }
    return builders.alert(**{**of, **changes})


def acting_client(acronis: Acronis, **more: Any) -> ActingClient:
    return ActingClient("main", acronis.url, "sandbox-acting", "sandbox-acting-secret", per_second=90, **more)


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    database = Database(tmp_path / "night.sqlite3")
    await database.migrate()
    requests = RunRequests(database)
    acronis = await serve(world="empty")
    acting = acting_client(acronis)
    reading = AcronisClient("main", acronis.url, "sandbox-client", "sandbox-secret", classifier=Classifier())
    hurried = acting_client(acronis, timeouts=Timeouts(read=HURRY, total=HURRY))
    clock, slept = Moved(), list[float]()
    nothing = Running({}, {}, clock, requests)
    made = Scene(acronis, nothing, nothing, nothing, clock, slept)
    made.running, made.another, made.hurried = (
        Running({"main": each}, {"main": reading}, clock, requests, made.sleep) for each in (acting, acting, hurried)
    )
    yield made
    for each in (acting, hurried, reading):
        await each.aclose()
    await acronis.close()
    await database.close()


# ── what would run ──


@pytest.mark.parametrize(
    "policy",
    [Policy(ONE.plan.key.upper(), "backup"), Policy(CHILD, BACKUP), Policy(CHILD.upper(), ""), Policy(ONE.plan.key)],
)
async def test_the_backup_of_the_plan_is_found_by_the_plans_id_and_by_its_own(scene: Scene, policy: Policy) -> None:
    found = await scene.runnable(an_alert(policy=policy))
    assert (found.application.policy_id, found.application.context_id) == (CHILD, ONE.workload.key)
    assert (found.workload, found.plan, found.tenant) == ("SRV-SQL01", "Nightly servers", "Acme Corp")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"account": "another"}, "no acting client"),
        ({"kind": Kind.RESTORE}, "restore cannot be run"),
        ({"kind": Kind.UNKNOWN}, "Only backups"),
        ({"resource": Resource("?agent x")}, "which workload"),
        ({"resource": Resource("")}, "which workload"),
        ({"resource": Resource("or(a,b)")}, "which workload"),
        ({"policy": Policy("")}, "by which plan"),
        ({"policy": Policy("not(x)")}, "by which plan"),
        ({"policy": Policy("0000")}, "not on this workload any more"),
        ({"resource": Resource("0000")}, "not on this workload any more"),
        ({"policy": Policy(parts_of(ONE.plan)[2].id)}, "no backup in it"),
    ],
)
async def test_what_cannot_run_is_told_and_why(scene: Scene, changes: dict[str, Any], words: str) -> None:
    assert words in await scene.why_not(an_alert(**changes))


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"enabled": False}, "switched off"),
        ({"licensed": False}, "quota is used up"),
        ({"deployment": "deploying"}, "still on its way"),
        ({"deployment": "error"}, "not reached the agent"),
        ({"deployment": "not_available"}, "not available"),
    ],
)
async def test_what_is_wrong_with_a_plan_is_told(scene: Scene, facts: dict[str, Any], words: str) -> None:
    scene.acronis.control.application("SRV-SQL01", "Nightly servers", **facts)
    assert words in await scene.why_not()


async def test_what_runs_already_is_not_run(scene: Scene) -> None:
    runnable = await scene.runnable()
    scene.acronis.control.fail("SRV-SQL01", "Nightly servers", seconds=1000)
    assert "runs already" in await scene.why_not()
    started = await scene.running.start(runnable)
    assert (started.outcome, "runs already" in started.words, scene.sent) == (Start.REFUSED, True, [])


async def test_a_run_is_seen_where_only_its_plan_tells_of_it(scene: Scene) -> None:
    """The Task Manager does not show it, neither to who asks what would run nor to who sends the request."""
    runnable = await scene.runnable()
    begun = scene.acronis.control.fail("SRV-SQL01", "Nightly servers", seconds=1000)
    scene.acronis.control.delete(begun.task_id)
    assert "runs already" in await scene.why_not()
    assert ((await scene.running.start(runnable)).outcome, scene.sent) == (Start.REFUSED, [])


async def test_a_lost_run_is_found_where_only_its_plan_tells_of_it(scene: Scene) -> None:
    scene.acronis.control.answer_run("reset")
    runnable = await scene.runnable()

    def begin_unseen() -> None:
        begun = scene.acronis.control.fail("SRV-SQL01", "Nightly servers", seconds=1000)
        scene.acronis.control.delete(begun.task_id)

    scene.while_asleep = begin_unseen
    assert (await scene.running.start(runnable)).outcome is Start.STARTED
    assert len(scene.sent) == 1


@pytest.mark.parametrize("state", ["enqueued", "assigned", "paused"])
async def test_a_task_that_waits_counts_as_running(scene: Scene, state: str) -> None:
    """The plan's own application is idle then."""
    policy = {"id": ONE.plan.key.upper(), "type": "backup", "name": "Nightly servers"}
    resource = {"id": ONE.workload.key, "type": "machine", "name": "SRV-SQL01"}
    raw = builders.raw_task(state=state, policy=policy, resource=resource, tenant=acme())
    scene.acronis.control.add(tasks=[raw])
    assert ("waits for an answer" if state == "paused" else "runs already") in await scene.why_not()


async def test_runs_of_another_plan_and_of_another_machine_do_not_count(scene: Scene) -> None:
    scene.acronis.control.fail("SRV-SQL01", "Weekly full", seconds=1000)
    scene.acronis.control.fail("SRV-SQL02", "Nightly servers", seconds=1000)
    await scene.runnable()


async def test_where_nobody_can_see_what_runs_nothing_is_run(scene: Scene) -> None:
    scene.acronis.control.settings(role=False)
    assert "cannot be seen whether" in await scene.why_not()
    scene.acronis.control.settings(role=True)
    runnable = await scene.runnable()
    scene.acronis.control.settings(role=False)
    started = await scene.running.start(runnable)
    assert (started.outcome, scene.sent) == (Start.REFUSED, [])


# ── starting ──


@pytest.mark.parametrize("answer", ["202", "204"])
async def test_a_run_starts_and_its_progress_is_seen_to_its_end(scene: Scene, answer: str) -> None:
    scene.acronis.control.runs(seconds=100, result="ok")
    scene.acronis.control.answer_run(answer)
    runnable = await scene.runnable()
    started = await scene.running.start(runnable)
    assert started.outcome is Start.STARTED
    assert started.since
    assert scene.sent == [{"state": "running", "policy_id": CHILD, "context_ids": [ONE.workload.key]}]
    scene.acronis.control.now(offset=41)
    task = await scene.running.progress(runnable, started.since)
    assert task
    assert task.progress
    assert (task.state, task.cancellable, 30 <= (task.progress.current or 0) <= 50) == ("started", True, True)
    assert "console" in cancel_words(task)
    assert "cannot be stopped" in cancel_words(replace(task, cancellable=False))
    assert cancel_words(replace(task, cancel_requested=True)) == ""
    scene.acronis.control.now(offset=120)
    task = await scene.running.progress(runnable, started.since)
    assert task
    assert (task.is_over, task.code, cancel_words(task)) == (True, "ok", "")


async def test_a_run_from_here_is_one_more_of_what_failed_so_it_heals_that(scene: Scene) -> None:
    reading = AcronisClient("main", scene.acronis.url, "sandbox-client", "sandbox-secret", classifier=Classifier())
    begun = scene.acronis.control.fail("SRV-SQL01", "Nightly servers", seconds=0)
    failed = run_of(await reading.task(begun.task_id))
    await reading.aclose()
    scene.acronis.control.runs(seconds=60, result="ok")
    runnable = await scene.runnable(replace(an_alert(), latest=failed) if failed else None)
    started = await scene.running.start(runnable)
    scene.acronis.control.now(offset=61)
    task = await scene.running.progress(runnable, started.since) if started.since else None
    good = run_of(task) if task else None
    assert failed
    assert good
    (alert,) = judge([failed, good], Snapshot()).alerts
    assert (good.subject, alert.ending) == (failed.subject, Ending.RECOVERED)


async def test_an_older_run_is_no_progress(scene: Scene) -> None:
    scene.acronis.control.fail("SRV-SQL01", "Nightly servers", seconds=0)
    scene.acronis.control.now(offset=60)
    scene.acronis.control.runs(delay=20)
    runnable = await scene.runnable()
    started = await scene.running.start(runnable)
    assert started.since
    assert await scene.running.progress(runnable, started.since) is None
    scene.acronis.control.now(offset=81)
    assert isinstance(await scene.running.progress(runnable, started.since), Task)


@pytest.mark.parametrize(("answer", "words"), [("403", "scope urn:"), ("422", "quota"), ("400", "not valid")])
async def test_a_refusal_is_told_and_may_be_tried_again_at_once(scene: Scene, answer: str, words: str) -> None:
    scene.acronis.control.answer_run(answer)
    runnable = await scene.runnable()
    started = await scene.running.start(runnable)
    assert (started.outcome, words in started.words, scene.slept) == (Start.REFUSED, True, [])
    assert (await scene.running.start(runnable)).outcome is Start.STARTED


@pytest.mark.parametrize("answer", ["hang after", "reset after", "500 after"])
@pytest.mark.parametrize("delay", [0, 5])
async def test_a_run_whose_answer_is_lost_is_found_and_not_sent_again(scene: Scene, answer: str, delay: float) -> None:
    scene.acronis.control.answer_run(answer)
    scene.acronis.control.runs(delay=delay, seconds=1000)
    scene.while_asleep = lambda: scene.acronis.control.now(offset=sum(scene.slept))
    running = scene.hurried if answer == "hang after" else scene.running
    started = await running.start(await scene.runnable())
    assert (started.outcome, len(scene.sent)) == (Start.STARTED, 1)
    assert "it has started" in started.words
    assert tuple(scene.slept) == PAUSES[: len(scene.slept)]
    assert len(scene.slept) == (2 if delay else 1)


async def test_a_run_that_was_over_at_once_is_found_too(scene: Scene) -> None:
    scene.acronis.control.answer_run("reset after")
    scene.acronis.control.runs(seconds=0)
    started = await scene.running.start(await scene.runnable())
    assert (started.outcome, len(scene.sent)) == (Start.STARTED, 1)


@pytest.mark.parametrize("answer", ["reset", "500", "429"])
async def test_a_run_that_is_not_found_is_said_so_and_may_be_pressed_again(scene: Scene, answer: str) -> None:
    scene.acronis.control.answer_run(answer)
    runnable = await scene.runnable()
    started = await scene.running.start(runnable)
    assert (started.outcome, len(scene.sent), tuple(scene.slept)) == (Start.NOT_SEEN, 1, PAUSES)
    assert "press again" in started.words
    assert (await scene.running.start(runnable)).outcome is Start.STARTED
    assert len(scene.sent) == 2


async def test_where_one_cannot_look_it_is_not_known_and_not_sent_again(scene: Scene) -> None:
    scene.acronis.control.answer_run("reset")
    scene.while_asleep = lambda: scene.acronis.control.settings(role=False)
    runnable = await scene.runnable()
    started = await scene.running.start(runnable)
    assert (started.outcome, len(scene.sent)) == (Start.UNKNOWN, 1)
    assert "cannot be seen now" in started.words
    scene.acronis.control.settings(role=True)
    assert (await scene.running.start(runnable)).outcome is Start.REFUSED
    assert "a moment ago" in await scene.why_not()
    scene.clock.ahead += SETTLING
    assert (await scene.running.start(runnable)).outcome is Start.STARTED


async def test_what_was_sent_is_not_sent_again_before_its_run_can_be_seen(scene: Scene) -> None:
    scene.acronis.control.runs(delay=30)
    runnable = await scene.runnable()
    assert (await scene.running.start(runnable)).outcome is Start.STARTED
    again = await scene.running.start(replace(runnable, plan="as another card calls it"))
    assert (again.outcome, len(scene.sent)) == (Start.REFUSED, 1)


async def test_of_many_presses_at_once_one_is_sent(scene: Scene) -> None:
    runnable = await scene.runnable()
    outcomes = [each.outcome for each in await asyncio.gather(*(scene.running.start(runnable) for _ in range(20)))]
    assert (outcomes.count(Start.STARTED), outcomes.count(Start.REFUSED), len(scene.sent)) == (1, 19, 1)


async def test_of_presses_on_two_processes_one_is_sent(scene: Scene) -> None:
    runnable = await scene.runnable()
    presses = [each.start(runnable) for each in (scene.running, scene.another, scene.running, scene.another)]
    outcomes = [each.outcome for each in await asyncio.gather(*presses)]
    assert (outcomes.count(Start.STARTED), len(scene.sent)) == (1, 1)
    scene.clock.ahead += SETTLING
    assert (await scene.another.start(runnable)).outcome is Start.REFUSED  # it runs


async def test_a_start_that_is_cancelled_may_have_been_sent_and_is_not_sent_again(scene: Scene) -> None:
    hold = scene.acronis.control.hold(RUN_PATH)["hold"]
    runnable = await scene.runnable()
    waiting = asyncio.create_task(scene.running.start(runnable))
    await scene.acronis.control.caught(hold)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    scene.acronis.control.release(hold)
    assert (await scene.running.start(runnable)).outcome is Start.REFUSED
    assert len(scene.sent) == 1


def acme() -> dict[str, str]:
    return {"id": "120", "name": "Acme Corp", "locator": "/1/66/120/"}
