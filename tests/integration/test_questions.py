"""Questions to the copy say what `TaskQuery.admits` says, whatever is asked, and count what is there."""

import random
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import literal, select

from bot.alerting.fingerprint import subject
from bot.alerting.history import LOOKED_AT
from bot.model import (
    HEALING,
    Kind,
    LeftOut,
    NameField,
    NameFilter,
    Origin,
    Policy,
    Resource,
    ResultCode,
    Rules,
    RunFact,
    Sort,
    Standing,
    Stats,
    SubjectHistory,
    Target,
    Task,
    TaskQuery,
    TaskState,
    Tenant,
    TimeField,
    Workload,
    length_of,
    time_of,
)
from bot.store.address import Address
from bot.store.copy.history import last_good, load, load_one
from bot.store.copy.search import Questions
from bot.store.engine import Database
from bot.store.leases import Lease
from bot.store.pruning import Pruner
from bot.store.recording import Recorder
from bot.store.schema import machines, posts
from tests.builders import NOW, task

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
LEASE = Lease("main", "main", "me", timedelta(minutes=2))
ALL = TaskQuery()
TENANTS = [
    Tenant(str(60 + n), f"U-{n}", name, f"/1/{'60/' * (n > 1)}{60 + n}/")
    for n, name in enumerate(["Acme", "ÄRZTE Straße", "=x", ""])
]
MACHINES = ["SRV-1", "srv-2", "İstanbul", "pc*7", "=SRV-1", "ΣΙΓΜΑΣ", ""]
PLANS = ["Nightly", "weekly", "NIGHTLY 2"]
PEOPLE = ["BY_SCHEDULE", "alice", "Alice B.", ""]
TYPES = ["UserMailboxBackup", "usermailboxbackup", "SPRestore", "D332948D"]
PATTERNS = [
    "acme",
    "STRASSE",
    "ärzte*",
    "*",
    "",
    "srv-*",
    "SRV",
    "=x",
    "x",
    "60",
    "u-1",
    "R-2",
    "i̇stan",
    "σιγμας",
    "*7",
    "pc*7",
]
PATTERNS += [
    "storage",
    "login failed.",
    "nightly",
    "NIGHTLY*",
    "p-1",
    "alice",
    "by_*",
    "*b.",
    "mailbox",
    "sprestore",
    "nobody",
]
WHOLES = ["acme", "ärzte strasse", "SRV-1", "istanbul", "NIGHTLY", "alice", "srv"]


@pytest.fixture
async def database(address: Address) -> AsyncIterator[Database]:
    opened = Database(address)
    yield opened
    await opened.close()


@pytest.fixture
def questions(database: Database) -> Questions:
    return Questions(database, Rules())


@pytest.fixture
def recorder(database: Database) -> Recorder:
    return Recorder(database, Rules(), "")


def varied(drawn: random.Random) -> Task:
    """A task as no test would think of one. Some have times that no task should have."""

    def some(at: datetime, chance: float = 0.9) -> datetime | None:
        return at if drawn.random() < chance else None

    machine, plan = drawn.randrange(len(MACHINES)), drawn.randrange(len(PLANS))
    began = NOW - timedelta(minutes=drawn.randrange(60 * 24 * 12))
    ended = began + timedelta(minutes=drawn.choice([-1, 0, 5, 5, 90, 300]))
    state = drawn.choice([*TaskState, "completed", "completed", "completed", "sleeping"])
    return task(
        state=state,
        code=drawn.choice([*ResultCode, "ok", "ok", "odd"]) if state == "completed" else "",
        cause=drawn.choice(["", "Backup storage is full.", "Login failed."]),
        type=drawn.choice(TYPES),
        kind=drawn.choice(list(Kind)),
        workload=drawn.choice(list(Workload)),
        is_root=drawn.random() < 0.8,
        tenant=drawn.choice(TENANTS),
        resource=Resource(f"R-{machine}", "", MACHINES[machine]),
        name=MACHINES[machine],
        policy=Policy(f"P-{plan}", "", PLANS[plan]),
        plan=PLANS[plan],
        started_by=drawn.choice(PEOPLE),
        enqueued_at=some(began),
        started_at=some(began),
        completed_at=some(ended, 0.95 if state == "completed" else 0.1),
        updated_at=max(began, ended),
    )


def asked(drawn: random.Random) -> TaskQuery:
    """A question as no test would think of one."""

    def some(values: list[Any], chance: float = 0.25) -> frozenset[Any]:
        return frozenset(drawn.sample(values, drawn.randint(1, 2))) if drawn.random() < chance else frozenset()

    def at(chance: float) -> datetime | None:
        return NOW - timedelta(minutes=drawn.randrange(60 * 24 * 13)) if drawn.random() < chance else None

    names = tuple(
        NameFilter(
            field := drawn.choice(list(NameField)),
            tuple(drawn.sample(PATTERNS, drawn.randint(0, 2))),
            drawn.random() < 0.4,
            wholes=tuple(drawn.sample(WHOLES, drawn.choice([0, 0, 1, 2]))),
            within=("60",) if field is NameField.TENANT and drawn.random() < 0.3 else (),
        )
        for _ in range(drawn.choice([0, 0, 1, 1, 2]))
    )
    return TaskQuery(
        states=some([*TaskState, "sleeping"]),
        results=some([*ResultCode, "odd"]),
        types=some([*TYPES, "spRESTORE"]),
        workloads=some(list(Workload)),
        kinds=some(list(Kind)),
        roots_only=drawn.random() < 0.3,
        left_out=LeftOut(
            some(list(TaskState), 0.1), some(list(ResultCode), 0.1), some(TYPES, 0.1), kinds=some(list(Kind), 0.1)
        ),
        names=names,
        time_field=drawn.choice(list(TimeField)),
        after=at(0.5),
        before=at(0.2),
        longer_than=drawn.choice([None, None, None, timedelta(), timedelta(minutes=6), timedelta(days=1)]),
        shorter_than=drawn.choice([None, None, None, timedelta(minutes=1), timedelta(hours=2)]),
        sort=drawn.choice(list(Sort)),
        backwards=drawn.random() < 0.5,
    )


def admitted(tasks: list[Task], query: TaskQuery, as_of: datetime) -> list[Task]:
    """What `find` has to find, in its order: the plain way."""
    is_timed = query.after is not None or query.before is not None

    def known(item: Task) -> bool:
        at = time_of(item, query.time_field) if is_timed else item.updated_at
        return at is not None and at <= as_of

    found = [item for item in tasks if known(item) and query.admits(item, as_of)]
    found.sort(key=lambda item: time_of(item, query.order_field) or item.updated_at, reverse=not query.oldest_first)
    if query.sort is Sort.DURATION:
        lengths = {item.id: length_of(item, as_of) for item in found}
        known_ones = [item for item in found if lengths[item.id] is not None]
        known_ones.sort(key=lambda item: lengths[item.id] or timedelta(), reverse=not query.backwards)
        found = known_ones + [item for item in found if lengths[item.id] is None]
    elif query.sort in (Sort.NAME, Sort.TENANT):
        found.sort(key=lambda item: _name(item, query).casefold(), reverse=query.backwards)
    return found


def _name(item: Task, query: TaskQuery) -> str:
    return item.name if query.sort is Sort.NAME else item.tenant.name


def ranks(items: list[Task], query: TaskQuery, as_of: datetime) -> list[Any]:
    """What an order is about: of equals any may be first."""

    def first(item: Task) -> Any:
        if query.sort is Sort.DURATION:
            return length_of(item, as_of)
        return _name(item, query).casefold() if query.sort in (Sort.NAME, Sort.TENANT) else None

    return [(first(item), time_of(item, query.order_field) or item.updated_at) for item in items]


@pytest.fixture
async def world(recorder: Recorder) -> list[Task]:
    drawn = random.Random(3)
    tasks = [varied(drawn) for _ in range(400)]
    await recorder.record_history(tasks)
    return tasks


@pytest.mark.parametrize("is_many", [False, True], ids=["few match", "more match than are counted"])
async def test_a_question_finds_exactly_what_it_admits(database: Database, world: list[Task], *, is_many: bool) -> None:
    """Both ways to a page, and whichever condition leads."""
    questions = Questions(database, Rules(), leads=30)
    drawn = random.Random(4)
    found_any = 0
    for _ in range(250):
        query, as_of = asked(drawn), NOW - drawn.choice([0, 0, 1, 50]) * HOUR
        wanted = admitted(world, query, as_of)
        if is_many:
            questions = Questions(database, Rules(), leads=30, counted=max(len(wanted) - 1, 1))
        found = await questions.find(query, as_of, rows=1000)
        kept = wanted[: found.total] if is_many else wanted
        assert ranks(list(found.items), query, as_of) == ranks(kept, query, as_of), query
        assert {each.id for each in found.items} <= {each.id for each in wanted}, query
        assert await questions.count(query, as_of) == (
            len(wanted),
            max((each.ended_at for each in wanted), default=None),
        )
        found_any += bool(wanted)
    assert found_any > 80


async def test_pages_of_an_answer_are_its_list_cut_up(questions: Questions, world: list[Task]) -> None:
    for sort in Sort:
        query = TaskQuery(sort=sort, kinds=frozenset({Kind.BACKUP}))
        whole = await questions.find(query, NOW, rows=1000)
        pages = [await questions.find(query, NOW, offset=offset) for offset in range(0, whole.size, 10)]
        assert [each.id for page in pages for each in page.items] == [each.id for each in whole.items]
        assert {(page.size, page.origin, page.as_of) for page in pages} == {(whole.size, Origin.COPY, NOW)}


@pytest.mark.parametrize("sort", Sort)
async def test_pages_of_a_very_long_list_are_its_list_cut_up(database: Database, world: list[Task], sort: Sort) -> None:
    query = TaskQuery(sort=sort, after=NOW - 9 * DAY)
    whole = await Questions(database, Rules()).find(query, NOW, rows=1000)
    questions = Questions(database, Rules(), counted=100)
    pages = [await questions.find(query, NOW, offset=offset) for offset in range(0, 100, 10)]
    assert [each.id for page in pages for each in page.items] == [each.id for each in whole.items][:100]
    assert {(page.total, page.partial.startswith("more than")) for page in pages} == {(100, True)}


async def test_a_limit_ends_the_list_and_its_count(questions: Questions, world: list[Task]) -> None:
    found = await questions.find(TaskQuery(limit=12), NOW, offset=10)
    assert (len(found.items), found.size, found.partial) == (2, 12, "")
    assert (await questions.count(TaskQuery(limit=12), NOW))[0] == 12


async def test_a_task_comes_back_as_it_was_but_for_what_the_copy_does_not_keep(
    questions: Questions, recorder: Recorder
) -> None:
    kept = task(
        code="error", cause="Disk full.", uuid="AB-1", resource=Resource("r", "", "SRV"), policy=Policy("p", "", "P")
    )
    kept = replace(kept, name="SRV", plan="P")
    await recorder.record_history([kept])
    assert kept.result is not None
    assert kept.result.error is not None
    error = replace(kept.result.error, domain="")
    known = replace(kept, title="", run_mode="", result=replace(kept.result, error=error))
    assert await questions.task(kept.id) == known
    assert await questions.task("ab-1") == known
    assert await questions.task("12") is None


async def test_what_changed_after_a_question_was_asked_does_not_shift_its_pages(
    questions: Questions, recorder: Recorder
) -> None:
    query = TaskQuery(time_field=TimeField.COMPLETED, after=NOW - DAY)
    await recorder.record_history([task(), task(completed_at=NOW + HOUR)])
    assert (await questions.find(query, NOW)).size == 1


# ── figures ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def sums(stats: Stats) -> tuple[int, int, int, int]:
    return stats.total.runs, stats.total.failed, stats.total.warnings, stats.total.cancelled


@pytest.mark.parametrize("field", [TimeField.COMPLETED, TimeField.STARTED])
async def test_figures_are_those_of_the_runs_in_any_window(
    questions: Questions, world: list[Task], field: TimeField
) -> None:
    drawn = random.Random(5)
    for _ in range(120):
        query = replace(asked(drawn), time_field=field, limit=None)
        is_timed = query.after or query.before
        same = query if is_timed else replace(query, time_field=TimeField.COMPLETED, after=NOW - 999 * DAY)
        ended = [item for item in admitted(world, same, NOW) if item.is_over and item.is_root]
        stats = await questions.stats(query, NOW)
        failed = sum(item.code in ("error", "abandoned", "timedout") for item in ended)
        wrong = [sum(item.code == code for item in ended) for code in ("warning", "cancelled")]
        assert sums(stats) == (len(ended), failed, *wrong), query
        assert sum(each.runs for each in stats.workloads) == len(ended)
        assert sum(each.runs for each in stats.tenants) == len(ended)
        assert sum(each.failed for each in stats.causes) == failed


async def test_figures_are_in_the_order_of_their_rates(questions: Questions, recorder: Recorder) -> None:
    """One of two is worse than five of a hundred, by tenant and by plan."""
    small, large = Tenant("1", "", "Small"), Tenant("2", "", "Large")
    runs = [task(code="error" if n < 5 else "ok", tenant=large, plan="Large") for n in range(100)]
    runs += [task(code=code, tenant=small, plan="Small") for code in ("error", "ok")]
    await recorder.record_history(runs)
    assert [each.label for each in (await questions.stats(ALL, NOW)).tenants] == ["Small", "Large"]
    assert [each.label for each in (await questions.stats(ALL, NOW, by_plan=True)).plans] == ["Small", "Large"]


async def test_figures_list_the_most_failures_first_and_count_the_rest(
    questions: Questions, recorder: Recorder
) -> None:
    page = [
        task(code="error", cause=f"Cause {number}.", tenant=Tenant(str(number), "", f"T{number}"))
        for number in range(12)
        for _ in range(number + 1)
    ]
    await recorder.record_history(page)
    stats = await questions.stats(ALL, NOW)
    assert [each.label for each in stats.tenants[:2]] == ["T11", "T10"]
    assert (len(stats.tenants), stats.more_tenants, stats.more_causes) == (10, 2, 2)
    assert (stats.causes[0].label, stats.causes[0].failed) == ("Cause 11.", 12)


# ── pasts ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def run(name: str, days: float, code: str = "ok", **changes: Any) -> Task:
    ended = NOW - days * DAY
    own = {"resource": Resource(f"r-{name}", "", name), "name": name, "started_at": ended - HOUR, "completed_at": ended}
    return task(code=code, **{**own, **changes})


async def standing(questions: Questions, **names: str) -> dict[str, Standing]:
    fields = {NameField(field): pattern for field, pattern in names.items()}
    query = TaskQuery(names=tuple(NameFilter(field, (pattern,)) for field, pattern in fields.items()))
    found = await questions.protected(query, NOW, timedelta(hours=26))
    assert found.size == sum(found.counts.values())
    return {line.name: line.standing for line in found.lines}


async def test_what_has_a_target_of_its_own_is_late_by_that(database: Database) -> None:
    weekly = TaskQuery(names=(NameFilter(NameField.MACHINE, ("weekly",)),))
    asked = Questions(database, Rules(), targets=(Target(weekly, 8 * DAY), Target(TaskQuery(), HOUR)))
    recorder = Recorder(database, Rules(), "")
    await recorder.begin_quietly("main", NOW - 90 * DAY, NOW)
    await recorder.record_history([run("weekly", 7), run("hourly", 0.2)])
    assert await standing(asked) == {"weekly": Standing.GOOD, "hourly": Standing.LATE}


async def test_a_last_good_backup_that_is_as_old_as_its_target_is_late(
    questions: Questions, recorder: Recorder
) -> None:
    await recorder.record_history([run("equal", 26 / 24), run("younger", 25.9 / 24)])
    assert await standing(questions) == {"equal": Standing.LATE, "younger": Standing.GOOD}


@pytest.mark.parametrize(("days", "without"), [(1, Standing.UNKNOWN), (5, Standing.LATE), (90, Standing.NEVER)])
async def test_what_is_protected_and_what_is_not_the_worst_first(
    database: Database, questions: Questions, days: int, without: Standing
) -> None:
    recorder = Recorder(database, Rules(), "")
    await recorder.begin_quietly("main", NOW - days * DAY, NOW)
    await recorder.leases.take(LEASE, NOW)
    await recorder.finish(LEASE, NOW)
    runs = [run("b-good", 1), run("a-good", 0.2), run("late", 1.2), run("failing", 1), run("failing", 0.1, "error")]
    runs += [run("none", 1, "cancelled"), run("restored", 0.1, kind=Kind.RESTORE)]
    await recorder.record_history(runs)
    found = await standing(questions)
    assert found == {
        "failing": Standing.FAILING,
        "none": without,
        "late": Standing.LATE,
        "a-good": Standing.GOOD,
        "b-good": Standing.GOOD,
    }
    by_age = ["late", "failing"] if without is Standing.UNKNOWN else ["none", "late", "failing"]
    unknown = ["none"] if without is Standing.UNKNOWN else []
    assert [*found] == [*by_age, *unknown, "b-good", "a-good"]  # what is wrong, what is not known, what is well
    assert await standing(questions, machine="*-good") == {"a-good": Standing.GOOD, "b-good": Standing.GOOD}
    assert await standing(questions, tenant="nobody") == {}
    assert len(await standing(questions, by="schedule")) == 5


async def test_protection_is_given_a_page_at_a_time_and_counted_whole(questions: Questions, recorder: Recorder) -> None:
    await recorder.record_history([run(f"m{number:02}", 0.5) for number in range(25)])
    page = await questions.protected(ALL, NOW, DAY, offset=20)
    assert [line.name for line in page.lines] == ["m20", "m21", "m22", "m23", "m24"]
    assert (page.size, page.offset, page.counts[Standing.GOOD]) == (25, 20, 25)


async def test_pages_of_what_is_protected_follow_each_other_across_standings(
    questions: Questions, recorder: Recorder
) -> None:
    """The worst first, then what is as old by customers from A to Z, then machines; no line twice, none left out."""
    runs = [
        run(f"m{number}", 0.5, code, tenant=Tenant(owner, "", owner))
        for number in range(3)
        for owner in ("Beta", "Acme")
        for code in ("ok", "error")
    ]
    apart = [replace(each, resource=Resource(each.name + each.code), name=each.name + each.code) for each in runs]
    await recorder.record_history(apart)
    pages = [await questions.protected(ALL, NOW, DAY, offset=first, rows=5) for first in range(0, 12, 5)]
    found = [(line.standing, line.tenant.name, line.name) for page in pages for line in page.lines]
    assert found == [
        (standing, owner, f"m{number}{code}")
        for standing, code in ((Standing.FAILING, "error"), (Standing.GOOD, "ok"))
        for owner in ("Acme", "Beta")
        for number in range(3)
    ]


async def test_the_history_of_subjects_is_read_at_once(database: Database, recorder: Recorder) -> None:
    """The newest run first, and the last good one although it is older than all of them."""
    known, unknown = task(), task(resource=Resource("new"))
    ended = [NOW - days * DAY for days in (40, *range(30, 0, -1))]
    await recorder.record_history(
        [
            task(code="error" if number else "ok", started_at=at - HOUR, completed_at=at, updated_at=at)
            for number, at in enumerate(ended)
        ]
    )
    subjects = [subject(known), subject(unknown)]
    async with database.read() as connection:
        found = await load(connection, subjects)
        assert await load_one(connection, subjects[0]) == found[subjects[0]]
        assert await last_good(connection, subjects) == {subjects[0]: (ended[0] - HOUR, ended[0])}
    assert found[subjects[1]] == SubjectHistory()
    runs = tuple(RunFact(at - HOUR, "error", HOUR) for at in reversed(ended[-LOOKED_AT:]))
    assert found[subjects[0]] == SubjectHistory(runs, ended[0] - HOUR, ended[0])


async def test_what_came_after_a_failure(questions: Questions, recorder: Recorder) -> None:
    """A good run of the same that began later. A good run before it, or of another plan, tells nothing."""
    weekly: dict[str, Any] = {"policy": Policy("w", "", "Weekly"), "plan": "Weekly"}
    early, late, other = run("SRV", 3, "error"), run("SRV", 1, "error"), run("SRV", 3, "error", **weekly)
    good = run("SRV", 2)
    await recorder.record_history([early, late, other, good])
    facts = await questions.after([early, late, other])
    assert facts.recovered == {early.id: good.ended_at}
    assert facts.critical == frozenset()


async def test_a_history_is_the_last_runs_of_each_machine_and_plan(questions: Questions, recorder: Recorder) -> None:
    runs = [run("SRV", day, "error" if day == 3 else "ok", cause="Full." if day == 3 else "") for day in range(1, 20)]
    weekly: dict[str, Any] = {"policy": Policy("w", "", "Weekly"), "plan": "Weekly"}
    await recorder.record_history([*runs, run("SRV", 2, **weekly), run("OTHER", 1)])
    query = TaskQuery(names=(NameFilter(NameField.MACHINE, ("srv",)),))
    nightly, weekly_one = await questions.history(query, NOW)
    assert (nightly.plan, len(nightly.runs), nightly.usual, weekly_one.plan) == ("Nightly", 14, HOUR, "Weekly")
    assert (nightly.runs[0].ended_at, nightly.last_good_at) == (NOW - DAY, NOW - DAY)
    assert [(each.code, each.cause) for each in nightly.runs if each.code not in HEALING] == [("error", "Full.")]
    (last,) = await questions.history(replace(query, results=frozenset({"error"})), NOW)
    assert [each.code for each in last.runs] == ["error"]
    assert len(await questions.history(query, NOW, machines=1)) == 1


async def test_of_a_tenants_histories_what_failed_last_stands_first(questions: Questions, recorder: Recorder) -> None:
    """By name within each; so it is not the failing ones that a long list leaves out."""
    await recorder.record_history([run("A", 1), run("Z", 1, "error"), run("B", 1, "error"), run("B", 0.5), run("C", 2)])
    found = await questions.history(TaskQuery(names=(NameFilter(NameField.TENANT, ("acme",)),)), NOW)
    assert [each.name for each in found] == ["Z", "A", "B", "C"]


async def test_the_past_of_a_task_is_that_of_what_it_backs_up(questions: Questions, recorder: Recorder) -> None:
    runs = [run("SRV", 3, "ok"), run("SRV", 2, "error"), run("SRV", 1, "warning")]
    await recorder.begin_quietly("main", NOW - 5 * DAY, NOW)
    await recorder.record_history(runs)
    past = await questions.past(runs[0])
    assert (past.strip, past.usual, past.last_good_at) == (("ok", "error", "warning"), HOUR, NOW - DAY)
    assert past.history_from == NOW - 5 * DAY
    assert (await questions.past(replace(runs[0], kind=Kind.MANAGEMENT))).strip == ()


# ── what the copy knows ──────────────────────────────────────────────────────────────────────────────────────────────


async def test_how_far_the_copy_reaches(database: Database, questions: Questions) -> None:
    recorder = Recorder(database, Rules(), "")
    assert await questions.reaches() == ()
    await recorder.begin_quietly("main", NOW - 30 * DAY, NOW)
    (reach,) = await questions.reaches()
    assert (reach.read_at, reach.is_whole) == (None, False)
    await recorder.leases.take(LEASE, NOW)
    await recorder.finish(LEASE, NOW)
    (reach,) = await questions.reaches()
    assert (reach.read_at, reach.runs_from, reach.rest_from) == (NOW, NOW - 30 * DAY, NOW - 7 * DAY)
    await recorder.history_reaches("main", NOW - 90 * DAY)
    assert (await questions.reaches())[0].is_whole


async def test_names_that_the_copy_knows(questions: Questions, recorder: Recorder) -> None:
    await recorder.record_history([task(started_by="zoe"), task(started_by="Alice", code="error", cause="Full.")])
    assert await questions.known_names(NameField.PERSON) == ("Alice", "zoe")
    assert await questions.known_names(NameField.MACHINE) == ("SRV-SQL01",)
    assert await questions.known_names(NameField.ANY) == ("Acme Corp", "Alice", "Nightly", "SRV-SQL01", "zoe")


async def test_the_task_of_a_posted_card(database: Database) -> None:
    questions, recorder = Questions(database, Rules()), Recorder(database, Rules(), "C0")
    await recorder.leases.take(LEASE, NOW)
    failed = task(code="error")
    await recorder.record(LEASE, [failed], None, NOW, NOW)
    async with database.write() as connection:
        await connection.execute(posts.update().values(ts="1.1"))
    assert await questions.posted_task("C0", "1.1") == failed.id
    assert await questions.posted_task("C1", "1.1") == ""
    assert await questions.posted_task("C0", "") == ""
    assert await questions.posted_card("C0", "1.1") > 0
    assert (await questions.posted_card("C1", "1.1"), await questions.posted_card("C0", "")) == (0, 0)


async def test_the_task_of_a_direct_message(database: Database) -> None:
    """It stands under who got it. One about many alerts is the card that shows them."""
    questions, recorder = Questions(database, Rules()), Recorder(database, Rules(), "C0")
    await recorder.leases.take(LEASE, NOW)
    failed = task(code="error")
    await recorder.record(LEASE, [failed], None, NOW, NOW)
    async with database.write() as connection:
        card = (await connection.execute(select(posts.c.id))).scalar_one()
        columns = {c.name: c for c in posts.c if c.name != "id"}
        own = {"kind": "personal", "channel": "U1", "ts": "2.1", "alert_id": 1, "key": "personal"}
        copied = [literal(own[name]) if name in own else column for name, column in columns.items()]
        await connection.execute(posts.insert().from_select(list(columns), select(*copied).where(posts.c.id == card)))
    assert await questions.posted_task("U1", "2.1") == failed.id
    assert await questions.posted_task("U2", "2.1") == ""
    assert await questions.posted_card("U1", "2.1") == card
    async with database.write() as connection:
        await connection.execute(posts.update().where(posts.c.kind == "personal").values(size=3))
    assert (await questions.posted_task("U1", "2.1"), await questions.posted_card("U1", "2.1")) == ("", card)


async def test_names_that_nothing_has_any_more_are_forgotten_and_may_come_back(
    database: Database, questions: Questions, recorder: Recorder
) -> None:
    await recorder.record_history([run("aged", 101), run("new", 1)])
    await questions.find(ALL, NOW)
    pruner = Pruner(database, Rules())
    await pruner.prune(NOW)
    await pruner.prune(NOW)
    async with database.read() as connection:
        assert (await connection.scalars(select(machines.c.name))).all() == ["new"]
    await recorder.record_history([run("newest", 0.5), run("aged", 0.4)])
    found = await questions.find(ALL, NOW)
    assert [each.name for each in found.items] == ["aged", "newest", "new"]


async def test_what_another_process_pruned_is_written_anew(address: Address, database: Database) -> None:
    """It knows the numbers of what it wrote itself, which are no more."""
    other = Database(address)
    for each in (database, other):
        each._backend.is_shared = True
    try:
        writer, newer = Recorder(database, Rules(), ""), Recorder(other, Rules(), "")
        await writer.record_history([run("aged", 101)])
        await newer.record_history([run("new", 1)])
        for _ in range(2):
            await Pruner(other, Rules()).prune(NOW)
        await writer.record_history([run("newest", 0.5), run("aged", 0.4)])
        found = await Questions(other, Rules()).find(ALL, NOW)
        assert [each.name for each in found.items] == ["aged", "newest", "new"]
    finally:
        await other.close()


async def test_how_long_runs_usually_take_is_known_of_what_runs(database: Database) -> None:
    """The median of the good runs of its resource and plan; of what never ran before nothing is known."""
    recorder = Recorder(database, Rules(), "")
    lengths = (20, 40, 90)
    past = [
        task(started_at=NOW - timedelta(days=day, minutes=took), completed_at=NOW - timedelta(days=day))
        for day, took in enumerate(lengths, 1)
    ]
    await recorder.record_history([*past, task(code="error", started_at=NOW - timedelta(days=5))])
    running = task(state="started")
    new = task(state="started", resource=Resource(id="new"), name="NEW")
    assert await Questions(database, Rules()).usual([running, new]) == {running.id: timedelta(minutes=40)}


AS_TYPED = [
    ("O’Brien’s", "o'brien's"),
    ("Mu\u0308ller", "Müller"),
    ("No\u00a0Break  Ltd", "no break ltd"),
    ("=foo", "=foo"),
]


@pytest.mark.parametrize(("name", "typed"), AS_TYPED)
async def test_a_name_is_found_and_left_out_as_people_can_type_it(
    name: str, typed: str, questions: Questions, recorder: Recorder
) -> None:
    await recorder.record_history([task(tenant=Tenant("1", "", name), name="THERE"), task(name="OTHER")])
    for leaves_out, found in ((False, ["THERE"]), (True, ["OTHER"])):
        query = TaskQuery(names=(NameFilter(NameField.TENANT, (typed,), leaves_out),))
        assert [each.name for each in (await questions.find(query, NOW)).items] == found
        assert [each.name for each in admitted([task(tenant=Tenant("1", "", name), name="THERE")], query, NOW)] == (
            [] if leaves_out else ["THERE"]
        )


async def test_accounts_that_are_configured_no_longer_are_not_answered(database: Database) -> None:
    await Recorder(database, Rules(), "").record_history([task(name="GONE", account="old"), task(name="HERE")])
    mine = Questions(database, Rules(), frozenset({"main"}))
    assert [each.name for each in (await mine.find(ALL, NOW)).items] == ["HERE"]
    assert (await mine.stats(ALL, NOW)).total.runs == 1
    assert (await mine.protected(ALL, NOW, DAY)).size == 1


async def test_a_run_that_ended_later_is_not_in_an_earlier_answer(questions: Questions, recorder: Recorder) -> None:
    """The page of a list is drawn as of the list: a run that failed meanwhile would move all others down."""
    late = task(code="error", started_at=NOW - HOUR, completed_at=NOW + HOUR, updated_at=NOW + HOUR)
    await recorder.record_history([task(code="error", started_at=NOW - 2 * HOUR, completed_at=NOW - HOUR), late])
    query = TaskQuery(results=frozenset({"error"}), states=frozenset({"completed"}), after=NOW - DAY)
    assert (await questions.find(query, NOW)).size == 1
    assert (await questions.find(query, NOW + 2 * HOUR)).size == 2
