"""Nights on which backups do not start: what the channel hears, what is excused, and what ends it."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot.alerting.missed import Expectation, Ground, judge_silence
from bot.alerting.rhythm import overdue
from bot.model import Ending, Silence
from bot.model.plans import (
    AcronisAlert,
    AgentStatus,
    Api,
    ApiAccess,
    PlanPolicy,
    PolicyRuns,
    Rhythm,
    RhythmSource,
    Schedule,
    StartTimes,
    TenantStatus,
    WorkloadFacts,
    WorkloadStatus,
)
from bot.model.running import Application
from bot.store.learning import Learner
from bot.store.leases import Lease
from bot.store.plans.recording import PlanRecorder
from tests.builders import NIGHTLY, SERVER
from tests.integration.test_act_words import say
from tests.night import Night, night, replayed

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
EVENING = (datetime.now(UTC) + 2 * DAY).replace(hour=20, minute=0, second=0, microsecond=0)
"""An hour before it is due."""
HISTORY = 16 * DAY
"""Reaches back behind the fortnight of runs."""
AT_NINE = Schedule((StartTimes((21 * 60,)),))
ROOT, CHILD, MACHINE = NIGHTLY.id.lower(), "child", SERVER.id.lower()

ONLINE = AgentStatus("default", "agent", "SRV-HV01", "67", is_online=True, is_enabled=True)


@dataclass
class House:
    """A night, and what Acronis says of plans, as it was read last."""

    night: Night
    schedule: Schedule = AT_NINE
    is_enabled: bool = True
    applied: dict[str, Any] = field(default_factory=dict)
    agent: AgentStatus = ONLINE
    machines: tuple[str, ...] = (MACHINE,)
    last_run_at: datetime | None = None
    alerts: Sequence[AcronisAlert] = ()
    deleted_at: datetime | None = None
    tenants: Sequence[TenantStatus] = ()
    changed_at: datetime | None = None

    async def learns(self) -> None:
        routing = self.night.settings.routing
        learner = Learner(self.night.database, routing, self.night.rules.missed_grace)
        while not await learner.refresh(self.night.clock.now(), limit=10_000):
            pass

    async def reads_plans(self) -> None:
        """All APIs are read to their ends."""
        recorder, now = PlanRecorder(self.night.database), self.night.clock.now()
        lease = Lease("plans default", "default", "test", HOUR)
        assert await recorder.leases.take(lease, now)
        plan = PlanPolicy("default", ROOT, ROOT, "policy.protection.total", "Nightly", is_enabled=self.is_enabled)
        child = replace(
            plan, id=CHILD, type="policy.backup.machine", schedule=self.schedule, updated_at=self.changed_at
        )
        runs = (PolicyRuns("policy.backup.machine", last_run_at=self.last_run_at),)
        seen = [
            WorkloadStatus("default", id_, "resource.machine", "SRV-SQL01", "67", agent_id="agent", runs=runs)
            for id_ in self.machines
        ]
        facts = [
            WorkloadFacts("default", id_, "SRV-SQL01", "67", zone_minutes=0, deleted_at=self.deleted_at)
            for id_ in self.machines
        ]
        on_it = [
            Application(policy_id, kind, id_, parents, **{"is_enabled": True, "is_licensed": True, **self.applied})
            for id_ in self.machines
            for policy_id, kind, parents in ((CHILD, "policy.backup.machine", (ROOT,)),)
        ]
        if self.deleted_at is None:
            await recorder.record(lease, Api.STATUSES, seen, now, now)
        for api, items in (
            (Api.RESOURCES, facts),
            (Api.POLICIES, (plan, child)),
            (Api.APPLICATIONS, on_it),
            (Api.AGENTS, (self.agent,)),
            (Api.ALERTS, self.alerts),
            (Api.TENANTS, self.tenants),
        ):
            await recorder.record(lease, api, items, now, now)
        for api in (Api.STATUSES, Api.AGENTS):
            await recorder.finish(lease, ApiAccess("default", api, read_at=now), now, now)
        await recorder.leases.give_back(lease)

    async def later(self, hours: float, *, reads: bool = True) -> None:
        """Time passes; plans are read, tasks are polled, and a review looks at what is due."""
        self.night.clock.ahead += hours * HOUR
        self.night.acronis.now(offset=self.night.clock.ahead.total_seconds())
        if reads:
            await self.reads_plans()
        await self.learns()
        await self.night.reviewed()

    def runs(self, code: str = "ok", *, ago: float = 0.0, took: float = 30, **changes: Any) -> None:
        self.night.happens(code, ago=ago, took=took, **changes)

    async def codes(self) -> list[str]:
        return [alert.latest.code for alert in await self.night.open_alerts()]

    @property
    def lines(self) -> list[str]:
        return [card.text.splitlines()[0] for card in self.night.cards]


@asynccontextmanager
async def house(folder: Path, **facts: Any) -> AsyncIterator[House]:
    async with night(folder, history=HISTORY) as running:
        running.clock.ahead = EVENING - datetime.now(UTC)
        running.acronis.now(offset=running.clock.ahead.total_seconds())
        found = House(running, **facts)
        for nights in range(14):
            found.runs(ago=(23 + 24 * nights) * 60 - 30)
        running.follow(replace(running.settings.routing, targets=()), by_rhythm=True)
        await running.begins()
        while not running.backfill.done:
            await running.backfill.run()
        await found.reads_plans()
        await found.learns()
        yield found


@pytest.fixture
async def watch(tmp_path: Path) -> AsyncIterator[House]:
    async with house(tmp_path) as found:
        yield found


async def test_a_backup_that_does_not_start_is_told_after_its_grace_and_closed_by_any_run(watch: House) -> None:
    await watch.later(1.9)
    assert watch.night.cards == []
    await watch.later(0.3)
    assert watch.lines[0].startswith("Missed: SRV-SQL01, Acme Corp. Due ")
    assert ", did not start. Last good " in watch.lines[0]
    await watch.later(0.1)
    assert await watch.codes() == ["missed"], "told once"
    watch.runs("cancelled", took=5)
    await watch.later(0.1)
    (alert,) = await watch.night.alerts()
    assert alert.ending is Ending.STARTED
    assert watch.lines[0].startswith("Started: SRV-SQL01, Acme Corp. Missed for ")


async def test_its_late_run_that_fails_is_an_alert_that_follows_it(watch: House) -> None:
    await watch.later(2.2)
    watch.runs("error", took=5)
    await watch.later(0.2)
    missed, failed = await watch.night.alerts()
    assert (missed.ending, failed.is_open, failed.previous_id) == (Ending.STARTED, True, missed.id)


async def test_a_run_that_came_is_no_silence(watch: House) -> None:
    await watch.later(1.5)
    watch.runs(ago=1, took=20)
    await watch.later(1.0)
    await watch.later(20)
    assert await watch.night.alerts() == []


async def test_the_next_start_that_is_missed_joins_the_card(watch: House) -> None:
    await watch.later(2.2)
    await watch.later(24)
    (alert,) = await watch.night.open_alerts()
    assert (alert.occurrences, alert.is_critical) == (2, True)
    assert len([card for card in watch.night.cards if not card.thread_ts]) == 1


async def test_learned_rhythms_are_watched_where_plans_may_not_be_read(tmp_path: Path) -> None:
    async with night(tmp_path, history=HISTORY) as running:
        running.clock.ahead = EVENING - datetime.now(UTC)
        running.acronis.now(offset=running.clock.ahead.total_seconds())
        found = House(running)
        for nights in range(14):
            found.runs(ago=(23 + 24 * nights) * 60 - 30)
        await running.begins()
        while not running.backfill.done:
            await running.backfill.run()
        await found.learns()
        await found.later(2.5, reads=False)
        assert await found.codes() == ["missed"]


# ── what is not missed ──


@pytest.mark.parametrize(
    "facts",
    [
        {"is_enabled": False},
        {"applied": {"is_enabled": False}},
        {"applied": {"is_licensed": False}},
        {"tenants": [TenantStatus("default", "acme", "67", "Acme Corp", is_enabled=False)]},
        {"tenants": [TenantStatus("default", "acme", "67", "Acme Corp", is_visible=False)]},
        {"agent": AgentStatus("default", "agent", "SRV-HV01", "67", is_online=True, is_enabled=False)},
        {"schedule": replace(AT_NINE, is_conditional=True)},
    ],
)
async def test_what_is_not_expected_is_not_missed(watch: House, facts: dict[str, Any]) -> None:
    for name, value in facts.items():
        setattr(watch, name, value)
    await watch.later(2.5)
    await watch.later(24)
    assert await watch.night.alerts() == []


async def test_a_plan_that_changed_since_is_expected_anew(watch: House) -> None:
    await watch.later(1.5)
    watch.schedule, watch.changed_at = Schedule((StartTimes((19 * 60,)),)), watch.night.clock.now()
    await watch.later(1.0)
    assert await watch.night.alerts() == []
    await watch.later(22.0)
    assert await watch.codes() == ["missed"]


async def test_after_an_outage_nothing_is_told_that_ran_meanwhile(watch: House) -> None:
    watch.night.acronis.outage(True)
    for _ in range(3):
        await watch.later(0.9, reads=False)
    assert await watch.night.alerts() == []
    watch.night.acronis.outage(False)
    watch.runs(ago=60, took=20)
    await watch.later(0.1)
    await watch.later(0.6)
    await watch.later(2)
    assert await watch.night.alerts() == []


async def test_after_an_outage_what_did_not_run_is_told_when_agents_had_their_time(watch: House) -> None:
    watch.night.acronis.outage(True)
    for _ in range(3):
        await watch.later(0.9, reads=False)
    watch.night.acronis.outage(False)
    await watch.later(0.1)
    assert await watch.night.alerts() == []
    await watch.later(0.6)
    assert await watch.codes() == ["missed"]


async def test_a_bot_that_was_off_tells_nothing_that_ran_meanwhile(watch: House) -> None:
    watch.night.clock.ahead += 5 * HOUR
    watch.night.acronis.now(offset=watch.night.clock.ahead.total_seconds())
    watch.runs(ago=4 * 60 - 20, took=20)
    await watch.night.review()
    await watch.later(0)
    await watch.later(1)
    assert await watch.night.alerts() == []


@pytest.mark.parametrize("is_off", [True, False])
@pytest.mark.parametrize("hours", [10.0, 30.0])
async def test_what_was_paused_while_nobody_could_read_is_not_missed(watch: House, hours: float, is_off: bool) -> None:
    """The bot was off, or Acronis was away. Plans are read some minutes after the tasks."""
    watch.night.acronis.outage(not is_off)
    for _ in range(0 if is_off else 3):
        await watch.later(0.1, reads=False)
    watch.night.clock.ahead += hours * HOUR
    watch.is_enabled = False
    watch.night.acronis.outage(False)
    await watch.later(0.1, reads=False)
    await watch.later(0.6, reads=False)
    await watch.later(0.1)
    await watch.later(0.1)
    assert await watch.night.alerts() == []


@pytest.mark.parametrize(
    ("facts", "ending", "word"),
    [
        ({"is_enabled": False}, Ending.PAUSED, "Plan paused"),
        ({"applied": {"is_licensed": False}}, Ending.NOT_EXPECTED, "Not expected any more"),
        ({"deleted_at": EVENING + 3 * HOUR}, Ending.NOT_EXPECTED, "Not expected any more"),
    ],
)
async def test_what_was_missed_ends_when_it_is_not_expected_any_more(
    watch: House, facts: dict[str, Any], ending: Ending, word: str
) -> None:
    await watch.later(2.2)
    for name, value in facts.items():
        setattr(watch, name, value)
    await watch.later(1)
    assert (await watch.night.alert(1)).ending is ending
    assert any(line.startswith(f"{word}: SRV-SQL01") for line in watch.lines)


# ── agents, workloads, plans ──

NINE = tuple(f"0b9f6a52-3c1e-4e67-9b0e-2f6a1f0c7d1{number}" for number in range(9))


async def test_an_agent_that_is_offline_is_one_card_with_how_many_plans(tmp_path: Path) -> None:
    async with house(tmp_path) as watch:
        for nights in range(14):
            for id_ in NINE:
                resource = {"id": id_, "type": "machine", "name": f"VM-{id_[-1]}"}
                watch.runs(ago=(23 + 24 * nights) * 60 - 30, resource=resource)
        await watch.night.sweep()
        watch.machines = NINE
        await watch.later(0.1)
        watch.agent = replace(watch.agent, is_online=False)
        await watch.later(1.3)
        watch.runs(ago=0, took=1)
        await watch.later(1.1)
        (alert,) = await watch.night.open_alerts()
        assert (alert.latest.code, alert.occurrences) == (Silence.OFFLINE, 9)
        assert watch.lines[0].startswith("Agent offline: SRV-HV01, Acme Corp. 9 plans did not start")
        await watch.later(1)
        assert (await watch.night.open_alerts())[0].occurrences == 9
        watch.agent = replace(watch.agent, is_online=True)
        await watch.later(0.5)
        assert (await watch.night.alert(1)).ending is Ending.BACK


async def test_what_its_agent_does_not_run_after_it_is_back_is_missed(watch: House) -> None:
    watch.agent = replace(watch.agent, is_online=False)
    await watch.later(2.5)
    assert await watch.codes() == ["agent offline"]
    watch.agent = replace(watch.agent, is_online=True)
    await watch.later(0.5)
    assert await watch.codes() == []
    await watch.later(1.1)
    (alert,) = await watch.night.open_alerts()
    assert (alert.latest.code, alert.latest.cause.text) == ("missed", "Its agent was offline when it was due.")


async def test_a_workload_that_ran_and_is_deleted_has_vanished_until_it_is_back(watch: House) -> None:
    watch.deleted_at = watch.night.clock.now()
    await watch.later(0.2)
    assert watch.lines[0].startswith("Vanished: SRV-SQL01, Acme Corp. It was deleted in Acronis.")
    await watch.later(3)
    assert await watch.codes() == ["vanished"], "and it is not missed"
    watch.deleted_at = None
    await watch.later(1)
    assert (await watch.night.alert(1)).ending is Ending.BACK


async def test_what_a_tenant_shows_no_more_has_not_vanished_nor_when_it_shows_it_again(watch: House) -> None:
    """Tenants are read after it was not listed any more, and workloads after tenants, before it counts as deleted."""
    shown = TenantStatus("default", "acme", "67", "Acme Corp")
    facts = WorkloadFacts("default", MACHINE, "SRV-SQL01", "67", zone_minutes=0)
    await read(watch, Api.TENANTS, [shown])
    await watch.later(0.05, reads=False)
    deleted = replace(facts, deleted_at=watch.night.clock.now())
    await read(watch, Api.RESOURCES, [deleted])
    await watch.later(0.05, reads=False)
    assert await watch.codes() == [], "it may be the tenant that shows nothing"
    await read(watch, Api.TENANTS, [replace(shown, is_visible=False)])
    await watch.later(0.05, reads=False)
    assert await watch.codes() == []
    await read(watch, Api.TENANTS, [shown])
    await watch.later(0.05, reads=False)
    assert await watch.codes() == [], "it may show its workloads again"
    await read(watch, Api.RESOURCES, [deleted])
    await watch.later(0.05, reads=False)
    assert await watch.codes() == ["vanished"]


async def read(watch: House, api: Api, items: Sequence[Any]) -> None:
    """This API alone is read to its end."""
    recorder, now = PlanRecorder(watch.night.database), watch.night.clock.now()
    lease = Lease("plans default", "default", "test", HOUR)
    assert await recorder.leases.take(lease, now)
    await recorder.record(lease, api, items, now, now)
    await recorder.finish(lease, ApiAccess("default", api, read_at=now), now, now)
    await recorder.leases.give_back(lease)


async def test_a_plan_that_has_never_run_is_told_after_one_gap(watch: House) -> None:
    watch.machines = (MACHINE, NINE[0])
    await watch.later(2.5)
    watch.runs(ago=0, took=1)
    await watch.later(20)
    assert await watch.codes() == []
    await watch.later(5)
    watch.runs(ago=0, took=1)
    await watch.later(0.1)
    assert Silence.NEVER in await watch.codes()
    resource = {"id": NINE[0], "type": "machine", "name": "SRV-SQL01"}
    watch.runs("ok", took=1, resource=resource)
    await watch.later(0.2)
    assert Silence.NEVER not in await watch.codes()


async def test_alerts_of_acronis_make_no_second_alert_and_say_why(watch: House) -> None:
    own = AcronisAlert(
        "default", "a", "BackupDidNotStart", resource_id=MACHINE, plan_id=ROOT, created_at=EVENING + HOUR
    )
    quota = replace(own, id="b", type="QuotaExceeded")
    watch.alerts = (own, quota)
    await watch.later(2.2)
    (alert,) = await watch.night.open_alerts()
    assert alert.latest.cause.text == "A quota is used up."
    assert "A quota is used up. Raise the customer's quota" in watch.night.cards[0].text
    assert "A quota is used up" in watch.lines[0]


# ── retired ──


async def retire(watch: House, text: str, **whence: Any) -> str:
    return (await say(watch.night, text, **whence)).text


async def test_what_is_retired_is_closed_and_not_expected_until_it_runs_again(watch: House) -> None:
    await watch.later(2.2)
    said = await retire(watch, "retire srv-sql01 because sold")
    assert said.startswith("Retired SRV-SQL01, Acme Corp")
    (alert,) = await watch.night.alerts()
    assert (alert.ending, alert.resolution and alert.resolution.reason) == (Ending.RETIRED, "sold")
    await watch.night.later(seconds=10)
    assert watch.lines[0].startswith("Retired: SRV-SQL01, Acme Corp")
    await watch.later(24)
    assert len(await watch.night.alerts()) == 1
    watch.runs(took=5)
    await watch.later(0.2)
    await watch.later(24)
    assert await watch.codes() == ["missed"]


async def test_it_can_be_retired_before_anything_is_missed(watch: House) -> None:
    assert "until it runs again" in await retire(watch, "retire SRV-SQL01 because sold")
    await watch.later(2.5)
    assert await watch.night.alerts() == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("retire SRV-SQL because sold", "Nothing that ran is called"),
        ("retire 99 because sold", "There is no alert 99"),
        ("retire SRV-SQL01", "Why is nothing expected of"),
        ("retire because sold", "Retire what?"),
    ],
)
async def test_what_is_not_clear_is_asked_back(watch: House, text: str, words: str) -> None:
    assert words in await retire(watch, text)
    await watch.later(2.5)
    assert await watch.codes() == ["missed"]


async def test_what_was_paused_when_it_was_due_is_not_missed_though_it_goes_on_before_its_deadline(
    watch: House,
) -> None:
    watch.is_enabled = False
    await watch.later(1.2)
    watch.is_enabled = True
    await watch.later(0.3)
    await watch.later(0.8)
    assert watch.night.cards == []
    await watch.later(23.9)
    assert await watch.codes() == [Silence.MISSED]


async def test_a_replay_tells_of_silence_as_it_was_told(watch: House, tmp_path: Path) -> None:
    since = watch.night.clock.now()
    await watch.later(2.2)
    await watch.later(24)
    watch.runs("error", took=5)
    await watch.later(0.2)
    watch.is_enabled = False
    await watch.later(1)
    told = [(alert.latest.code, alert.ending) for alert in await watch.night.alerts()]
    async with replayed(watch.night, tmp_path, since, watch.night.clock.now()) as (said, records):
        assert [(alert.latest.code, alert.ending) for alert in await records.alerts()] == told
        assert any(each.line.startswith("Missed: SRV-SQL01, Acme Corp. Due ") for each in said)


@pytest.mark.parametrize(("zone", "changes"), [("Europe/Berlin", (2027, 3, 28)), ("America/New_York", (2027, 11, 7))])
async def test_a_night_of_clock_change_misses_nothing_that_ran(zone: str, changes: tuple[int, int, int]) -> None:
    """At 02:30, which is not there in spring and comes twice in autumn: one run a night is what a plan makes."""
    clock, half_past_two = ZoneInfo(zone), Rhythm(RhythmSource.PLAN, Schedule((StartTimes((150,)),)), zone)
    night_of = datetime(*changes, tzinfo=clock)
    nights = [night_of + timedelta(days=ago) for ago in range(-2, 3)]
    ran = [(each + timedelta(hours=2, minutes=30)).astimezone(UTC) for each in nights]
    for moment in (nights[0].astimezone(UTC) + HOUR / 2 * halves for halves in range(2 * 24 * 5)):
        due = overdue(half_past_two, HOUR, moment)
        if due is None or due < ran[0] - HOUR:
            continue
        last = max((at for at in ran if at <= moment), default=ran[0])
        start = Expectation(due, due + HOUR, last_run_at=last)
        assert judge_silence(start, Ground(history_from=ran[0] - DAY), moment) is None, (due, moment)


async def test_many_that_are_missed_at_once_are_one_storm(tmp_path: Path) -> None:
    async with house(tmp_path) as watch:
        for nights in range(14):
            for id_ in NINE:
                resource = {"id": id_, "type": "machine", "name": f"VM-{id_[-1]}"}
                watch.runs(ago=(23 + 24 * nights) * 60 - 30, resource=resource)
        await watch.night.sweep()
        watch.machines = NINE
        await watch.later(0.1)
        await watch.later(2.4)
        assert len(await watch.night.open_alerts()) == 10
        (storm,) = [card for card in watch.night.cards if card.text.startswith("Storm of 10 alerts of Acme Corp.")]
        assert "It did not start" in storm.text
        assert "MISSED · VM-" in storm.text
        for id_ in NINE:
            watch.runs(took=5, resource={"id": id_, "type": "machine", "name": f"VM-{id_[-1]}"})
        await watch.later(0.2)
        await watch.night.later(seconds=10)
        assert any("1 still open" in card.text for card in watch.night.cards)
