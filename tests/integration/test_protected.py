"""`protected?` from a real database: each standing with its reason, tenants, what is due tonight and at risk."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Table, insert, update

from bot.alerting.fingerprint import subject
from bot.model import (
    Due,
    DueSoon,
    Kind,
    NameField,
    NameFilter,
    Policy,
    Protected,
    Protection,
    Resource,
    Routing,
    Rules,
    Silence,
    Standing,
    Task,
    TaskQuery,
    Tenant,
)
from bot.model.plans import Schedule, StartTimes
from bot.store import excuses
from bot.store.address import Address
from bot.store.copy.search import Questions
from bot.store.engine import Database
from bot.store.learning import Learner
from bot.store.plans.schedules import schedule_text
from bot.store.recording import Recorder
from bot.store.schema import (
    agents,
    alerts,
    micros,
    policies,
    policy_contexts,
    retired,
    rhythms,
    tenant_tree,
    untried,
    workloads,
)
from tests.builders import NOW, task

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
TARGET = 26 * HOUR
ACME, BETA = Tenant("17", "uuid-17", "Acme Corp", "/1/17/"), Tenant("18", "uuid-18", "Beta GmbH", "/1/18/")
NIGHTLY = Policy("p-nightly", "policy.backup", "Nightly")
AT_NINE = Schedule((StartTimes((21 * 60,)),))


@pytest.fixture
async def database(address: Address) -> AsyncIterator[Database]:
    opened = Database(address)
    recorder = Recorder(opened, Rules(), "")
    await recorder.begin_quietly("main", NOW - 90 * DAY, NOW)
    yield opened
    await opened.close()


async def put(database: Database, table: Table, **values: Any) -> None:
    """A row of which all else is empty."""
    empty = {
        each.name: "" if each.type.python_type is str else 0
        for each in table.columns
        if not each.nullable and each.server_default is None and each.autoincrement is not True
    }
    async with database.write() as connection:
        await connection.execute(insert(table).values({**empty, **values}))


def ran(name: str, hours_ago: float, code: str = "ok", tenant: Tenant = ACME, **changes: Any) -> Task:
    ended = NOW - hours_ago * HOUR
    own = {"resource": Resource(f"r-{name}", "", name), "name": name, "policy": NIGHTLY, "plan": "Nightly"}
    return task(
        code=code,
        **{
            **own,
            "id": f"{name}-{hours_ago}",
            "tenant": tenant,
            "started_at": ended - HOUR,
            "completed_at": ended,
            "updated_at": ended,
            **changes,
        },
    )


async def known(database: Database, *runs: Task) -> None:
    """The runs, and what is due when of each."""
    await Recorder(database, Rules(), "").record_history(list(runs))
    await Learner(database, Routing(), HOUR).refresh(NOW, limit=10_000)


async def asks(database: Database, *, target: timedelta = TARGET, **fields: Any) -> Protection:
    await excuses.refresh(database, NOW)
    return await Questions(database, Rules()).protected(TaskQuery(**fields), NOW, target)


def named(name: str, field: NameField = NameField.ANY) -> dict[str, Any]:
    return {"names": (NameFilter(field, (name,)),)}


async def only(database: Database, **fields: Any) -> Protected:
    (line,) = (await asks(database, **fields)).lines
    return line


async def workload(database: Database, name: str = "srv", **values: Any) -> None:
    own = {"account": "main", "id": f"r-{name}", "name": name, "type": "resource.machine", "tenant_id": "17"}
    await put(database, workloads, **{**own, "has_backup": True, "status_at": micros(NOW), **values})


async def policy(database: Database, name: str = "srv", **on_it: Any) -> None:
    await put(
        database,
        policies,
        account="main",
        id="p-part",
        root_id=NIGHTLY.id,
        type="policy.backup.machine",
        name="Backup",
        is_enabled=True,
        schedule=schedule_text(AT_NINE),
    )
    await put(database, policy_contexts, account="main", workload_id=f"r-{name}", policy_id="p-part", **on_it)


async def told(database: Database, run: Task, silence: Silence, cause: str, at: datetime = NOW - 3 * HOUR) -> None:
    """An open alert for silence."""
    own = {"account": run.account, "subject": subject(run), "code": silence.value, "cause_text": cause}
    resource = {"resource_id": run.resource.id, "policy_id": run.policy.id}
    await put(database, alerts, status="open", fingerprint=silence.value, began_at=micros(at), **own, **resource)


# ── standings ──


async def test_a_start_that_was_missed_says_when_it_was_due_and_why(database: Database) -> None:
    run = ran("srv", 20)
    await known(database, run)
    await told(database, run, Silence.MISSED, "The plan has not reached the agent.")
    line = await only(database)
    assert (line.standing, line.why) == (Standing.MISSED, "The plan has not reached the agent")
    assert (line.at, line.last_good_at) == (NOW - 3 * HOUR, NOW - 20 * HOUR)


@pytest.mark.parametrize(
    ("facts", "standing", "why"),
    [
        ({"deleted_at": micros(NOW)}, Standing.NOT_EXPECTED, "it is deleted in Acronis"),
        ({"enabled_again_at": micros(NOW + DAY)}, Standing.PAUSED, "its plan is paused"),
        ({"agent_id": "away"}, Standing.UNKNOWN, "its agent is offline"),
        ({"agent_id": "off"}, Standing.NOT_EXPECTED, "its agent is switched off"),
        ({"tenant_id": "closed"}, Standing.UNKNOWN, "the tenant Closed shows nothing of its backups"),
        ({"tenant_id": "disabled"}, Standing.NOT_EXPECTED, "the tenant Disabled is disabled"),
        ({}, Standing.GOOD, ""),
    ],
)
async def test_what_is_not_missed_stands_as_what_it_is_with_its_reason(
    database: Database, facts: dict[str, Any], standing: Standing, why: str
) -> None:
    await known(database, ran("srv", 20))
    await put(database, agents, account="main", id="away", is_online=False)
    await put(database, agents, account="main", id="off", is_online=True, is_enabled=False)
    for name, enabled, visible in (("closed", True, False), ("disabled", False, True)):
        own = {"id": f"t-{name}", "number": name, "name": name.capitalize()}
        await put(database, tenant_tree, account="main", is_enabled=enabled, is_visible=visible, **own)
    await workload(database, **facts)
    line = await only(database)
    assert (line.standing, line.why) == (standing, why)
    assert line.at == (NOW + DAY if standing is Standing.PAUSED else None)


@pytest.mark.parametrize(
    ("on_it", "standing", "why"),
    [
        ({"gone_at": micros(NOW)}, Standing.NOT_EXPECTED, "its plan was taken off it"),
        ({"is_enabled": False}, Standing.PAUSED, "its plan is switched off"),
        (
            {"is_licensed": False},
            Standing.NOT_EXPECTED,
            "it has no licence for backups, or its quota is used up",
        ),
        ({"is_licensed": True}, Standing.GOOD, ""),
    ],
)
async def test_a_plan_that_is_off_or_not_licensed_is_said(
    database: Database, on_it: dict[str, Any], standing: Standing, why: str
) -> None:
    await known(database, ran("srv", 20))
    await workload(database)
    await policy(database, **on_it)
    line = await only(database)
    assert (line.standing, line.why) == (standing, why)


async def test_what_a_person_retired_is_not_expected_until_it_runs_again(database: Database) -> None:
    run = ran("srv", 40)
    await known(database, run)
    await put(database, retired, subject=subject(run), at=micros(NOW - HOUR), name="Mia")
    line = await only(database)
    assert (line.standing, line.why) == (Standing.NOT_EXPECTED, "retired by Mia")
    await known(database, ran("srv", -2))
    assert (await only(database)).standing is Standing.GOOD


async def test_a_start_that_could_not_be_judged_is_unknown_until_a_run_comes(database: Database) -> None:
    run = ran("srv", 20)
    await known(database, run)
    async with database.write() as connection:
        await excuses.note_doubts(connection, [(subject(run), NOW - 2 * HOUR, "Acronis could not be read")])
    line = await only(database)
    assert (line.standing, line.why) == (Standing.UNKNOWN, "Acronis could not be read")
    await known(database, ran("srv", 0.5))  # it began an hour earlier: clocks differ, and starts may be late
    assert (await only(database)).standing is Standing.GOOD
    async with database.write() as connection:
        await excuses.note_doubts(connection, [(subject(run), NOW + 9 * HOUR, "its plan was changed")])
        await excuses.note_doubts(connection, [(subject(run), NOW + 9 * HOUR, "")])
    assert (await only(database)).standing is Standing.GOOD


async def test_a_plan_that_has_not_run_is_unknown_and_never_once_an_alert_says_so(database: Database) -> None:
    await workload(database)
    await policy(database)
    await put(database, untried, account="main", workload_id="r-srv", policy_id="p-part", since=micros(NOW))
    line = await only(database)
    assert (line.name, line.plan, line.standing) == ("srv", "Backup", Standing.UNKNOWN)
    assert line.why == "its plan has not run yet"
    run = ran("srv", 0)
    await told(database, run, Silence.NEVER, "Its plan has not run once since it was applied.")
    line = await only(database)
    assert (line.standing, line.why) == (Standing.NEVER, "Its plan has not run once since it was applied")
    assert (await only(database, **named("srv", NameField.MACHINE))).standing is Standing.NEVER
    assert (await asks(database, **named("other"))).known == 0
    assert "srv" in await Questions(database, Rules()).known_names(NameField.ANY)


async def test_what_no_plan_backs_up_is_listed_but_what_ran_is_not(database: Database) -> None:
    await known(database, ran("srv", 20))
    await workload(database, has_backup=False)  # its plan is gone: it stands as what ran
    await workload(database, "bare", has_backup=False)
    await workload(database, "gone", has_backup=False, deleted_at=micros(NOW))
    await workload(database, "group", has_backup=False, type="resource.group")
    await workload(database, "unread", has_backup=False, status_at=None)
    found = await asks(database)
    assert [(line.name, line.standing) for line in found.lines] == [
        ("bare", Standing.NO_PLAN),
        ("srv", Standing.GOOD),
    ]
    assert found.lines[0].why == "no plan is on it"
    alone = await asks(database, standings=frozenset({Standing.NO_PLAN}))
    assert [line.name for line in alone.lines] == ["bare"]


async def test_a_standing_is_a_filter_and_the_rest_is_counted_all_the_same(database: Database) -> None:
    await known(database, ran("good", 2), ran("late", 30), ran("later", 60), ran("failing", 1, "error"))
    found = await asks(database, standings=frozenset({Standing.LATE, Standing.NEVER}))
    assert [line.name for line in found.lines] == ["later", "late"]
    assert (found.size, found.known, found.counts[Standing.FAILING]) == (2, 4, 1)
    none = await asks(database, standings=frozenset({Standing.MISSED}))
    assert (none.lines, none.size, none.known) == ((), 0, 4)


async def test_each_tenant_is_a_line_the_worst_first_with_its_oldest_good_backup(database: Database) -> None:
    await known(
        database,
        *(ran("a1", 2), ran("a2", 25)),
        *(ran("b1", 60, tenant=BETA), ran("b2", 30, tenant=BETA), ran("b3", 1, "error", tenant=BETA)),
    )
    found = await asks(database)
    assert [each.tenant.name for each in found.tenants] == ["Beta GmbH", "Acme Corp"]
    beta, acme = found.tenants
    assert beta.counts == {Standing.LATE: 2, Standing.FAILING: 1}
    assert (beta.good_at, beta.target) == (NOW - 60 * HOUR, TARGET)
    assert (acme.counts, acme.good_at) == ({Standing.GOOD: 2}, NOW - 25 * HOUR)
    assert [line.name for line in found.lines] == ["b3", "b1", "b2", "a2", "a1"]
    late = await asks(database, standings=frozenset({Standing.LATE}))
    assert [each.tenant.name for each in late.tenants] == ["Beta GmbH"]
    assert (await asks(database, standings=frozenset({Standing.PAUSED}))).tenants == ()


async def test_only_the_worst_tenants_have_a_line_and_the_others_are_counted(database: Database) -> None:
    runs = [ran(f"m{number}", 2 + number, tenant=Tenant(str(number), "", f"T{number}")) for number in range(8)]
    await known(database, *runs)
    found = await asks(database)
    assert [each.tenant.name for each in found.tenants] == ["T7", "T6", "T5", "T4", "T3"]
    assert found.more_tenants == 3


async def test_pages_go_through_what_never_ran_and_what_did(database: Database) -> None:
    await known(database, *(ran(f"late{number}", 30 + number) for number in range(3)), ran("good", 1))
    for number in range(4):
        await workload(database, f"bare{number}", has_backup=False)
    questions = Questions(database, Rules())
    pages = [await questions.protected(TaskQuery(), NOW, TARGET, offset=at, rows=3) for at in range(0, 9, 3)]
    said = [[line.name for line in page.lines] for page in pages]
    assert said == [["late2", "late1", "late0"], ["bare0", "bare1", "bare2"], ["bare3", "good"]]
    assert (pages[0].size, pages[1].tenants) == (8, ())


# ── tonight ──


async def tonight(database: Database, **fields: Any) -> DueSoon:
    await excuses.refresh(database, NOW)
    asked = TaskQuery(kinds=frozenset({Kind.BACKUP}), due=frozenset({Due.TONIGHT}), **fields)
    return await Questions(database, Rules()).due_soon(asked, NOW, 48 * HOUR)


def nights(name: str, *codes: str, **changes: Any) -> list[Task]:
    """Every night at 20:00, the last one last night."""
    eight = NOW.replace(hour=20, minute=0)
    return [
        ran(name, (NOW - eight + back * DAY) / HOUR - 1, code, **changes)
        for back, code in enumerate(reversed(codes), 1)
    ]


async def test_tonight_is_what_is_due_and_what_is_at_risk_comes_first(database: Database) -> None:
    good = ["ok"] * 8
    await known(
        database,
        *nights("well", *good),
        *nights("risky", *good, "error"),
        *nights("late", *good, *["error"] * 3),
        *nights("paused", *good),
        *nights("offline", *good),
    )
    await workload(database, "paused", enabled_again_at=micros(NOW + DAY))
    await put(database, agents, account="main", id="away", is_online=False)
    await workload(database, "offline", agent_id="away")
    found = await tonight(database)
    eight = NOW.replace(hour=20, minute=0)
    assert [(line.name, line.is_at_risk, line.due_at) for line in found.lines] == [
        ("risky", True, eight),
        ("late", False, eight),
        *sorted([("offline", False, eight), ("well", False, eight)], key=lambda each: subject(ran(each[0], 1))),
    ]
    assert (found.due, found.at_risk, found.late, found.size) == (4, 1, 1, 4)
    assert {line.name: line.why for line in found.lines}["offline"] == "its agent is offline"
    assert [line.name for line in (await tonight(database, **named("risky"))).lines] == ["risky"]


async def test_what_gets_too_old_before_anything_is_due_is_at_risk(database: Database) -> None:
    await known(database, ran("alone", 40))
    async with database.write() as connection:
        await connection.execute(update(rhythms).values(due_at=micros(NOW + 5 * DAY)))
    found = await tonight(database)
    assert [(line.name, line.is_at_risk, line.due_at) for line in found.lines] == [("alone", True, None)]
    assert (found.due, found.at_risk, found.size) == (0, 1, 1)
