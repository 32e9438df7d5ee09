"""Keeps a rhythm for each subject of `standings` that is backed up: read from its plan, else learned from its runs.

All subjects are gone through in small steps. What a rhythm is made of stands with it (`basis`): where that changed, it
is built anew; and once a day besides, of the runs that came since. What tells no clock of its own is built anew after
each run in the days after clocks were changed.
"""

import asyncio
import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from sqlalchemy import and_, bindparam, func, select

from bot.alerting.building import build, zones_of
from bot.alerting.history import usual_length
from bot.alerting.learning import by_other_clock, clock_shown_at, is_same
from bot.alerting.rhythm import awaited, awaiting, clocks_changed, zone_for
from bot.alerting.targets import by_rhythm
from bot.model import STAND_IN, Kind, Policy, Resource, Routing, SubjectHistory, Task, TaskState, Tenant, Workload
from bot.model.plans import PlanPolicy, Retry, Rhythm, RhythmSource
from bot.store.codec import MICROSECOND
from bot.store.copy.history import history_from, load
from bot.store.dialect import Prepared, each_of, upsert
from bot.store.engine import Database
from bot.store.plans.schedules import schedule_of
from bot.store.rhythms import WRITTEN, rhythm_of, rhythm_text, start_values
from bot.store.schema import (
    EPOCH,
    machines,
    micros,
    moment,
    moment_or_none,
    plans,
    policies,
    rhythms,
    shapes,
    standings,
    tenants,
    workloads,
)

STEP: Final = 200
"""Subjects that are looked at in one transaction."""
BUILT: Final = 10
"""Rhythms that are built in one: their runs are read."""
RUNS: Final = 400
"""Runs that a rhythm is learned from at most: two weeks of an hourly plan."""
LEARNED_AGAIN: Final = timedelta(days=1)
AFTER_A_CHANGE: Final = timedelta(days=2)
"""So long after clocks were changed somewhere what tells no clock of its own is learned anew after each run."""
_DEPTHS: Final = tuple(timedelta(days=days) for days in (7, 14, 28, 56))
"""While history is read, rhythms are built anew each time it reaches back so far."""
_BACKUP: Final = "policy.backup"

_row = (
    *(standings.c[name] for name in ("subject", "run_ended_at", "good_began_at")),
    *(tenants.c[name] for name in ("account", "id", "uuid", "name", "locator")),
    *(shapes.c[name] for name in ("type", "workload")),
    *(machines.c[name].label(f"machine_{name}") for name in ("id", "name")),
    *(plans.c[name].label(f"plan_{name}") for name in ("id", "name")),
    workloads.c.zone_minutes,
    *(rhythms.c[name] for name in ("basis", "learned_at")),
)
_SUBJECTS = Prepared(
    lambda: (
        select(*_row)
        .join_from(standings, shapes, shapes.c.number == standings.c.run_shape)
        .join(tenants, tenants.c.number == standings.c.run_tenant)
        .join(machines, machines.c.number == standings.c.run_machine)
        .join(plans, plans.c.number == standings.c.run_plan)
        .outerjoin(
            workloads, and_(workloads.c.account == tenants.c.account, workloads.c.id == func.lower(machines.c.id))
        )
        .outerjoin(rhythms, rhythms.c.subject == standings.c.subject)
        .where(shapes.c.kind == Kind.BACKUP.value, standings.c.subject > bindparam("after"))
        .order_by(standings.c.subject)
        .limit(STEP)
    )
)
_POLICY = ("account", "id", "root_id", "type", "schedule", "why_unknown", "retry_interval", "retry_most", "updated_at")
_POLICIES = Prepared(
    lambda: (
        select(*(policies.c[name] for name in _POLICY))
        .where(policies.c.type.startswith(_BACKUP))
        .order_by(policies.c.account, policies.c.id)
    )
)
_BEFORE = Prepared(
    lambda: select(
        *(rhythms.c[name] for name in ("subject", "rhythm", "since", "due_at", "deadline_at", "next_look_at"))
    ).where(rhythms.c.subject.in_(each_of("subjects")))
)
_put = upsert(rhythms)
_PUT = Prepared(
    lambda: _put.on_conflict_do_update(
        index_elements=[rhythms.c.subject], set_={name: _put.excluded[name] for name in WRITTEN[1:]}
    ),
    WRITTEN,
)


class _Planned(NamedTuple):
    """The policies of one plan that back up, and all that is known of them as text."""

    policies: tuple[PlanPolicy, ...] = ()
    text: str = ""


class _Subject(NamedTuple):
    """A row of `_SUBJECTS`, in its order."""

    subject: str
    run_ended_at: int
    good_began_at: int | None
    account: str
    tenant_id: str
    tenant_uuid: str
    tenant_name: str
    tenant_locator: str
    type: str
    workload: str
    machine_id: str
    machine_name: str
    plan_id: str
    plan_name: str
    zone_minutes: int | None
    basis: str | None
    learned_at: int | None

    @property
    def is_known(self) -> bool:
        """Whether it is known what ran: what is unknown is equal to nothing, and has no rhythm."""
        return not self.machine_id.startswith(STAND_IN) if self.machine_id else bool(self.machine_name)


class _Before(NamedTuple):
    """A row of `_BEFORE`: what was expected until now."""

    subject: str
    rhythm: str
    since: int
    due_at: int | None
    deadline_at: int | None
    next_look_at: int | None


class Learner:
    """`grace` is how long past its start, and how late it usually begins, a run may come."""

    def __init__(self, database: Database, routing: Routing, grace: timedelta) -> None:
        self._database = database
        self._routing = routing
        self._grace = grace
        self._after = ""  # how far the subjects were gone through

    async def refresh(self, now: datetime, limit: int = STEP) -> bool:
        """Goes through the subjects, from where it stopped last, and builds at most about `limit` rhythms.

        Returns whether it came to the end; then it begins anew the next time.
        """
        built, is_changed = 0, clocks_changed(now - AFTER_A_CHANGE, now)
        async with self._database.read() as connection:
            planned = _by_plan(await _POLICIES.rows(connection))
            depths = {account: _depth(since, now) for account, since in (await history_from(connection)).items()}
        while built < limit:
            async with self._database.read() as connection:
                rows = [_Subject(*row) for row in await _SUBJECTS.rows(connection, after=self._after)]
            based = ((row, self._basis(row, planned, depths.get(row.account, 0), now)) for row in rows)
            stale = [each for each in based if _is_stale(*each, now, at_each_run=is_changed)]
            for start in range(0, len(stale), BUILT):
                await self._build(stale[start : start + BUILT], planned, now)
            built += len(stale)
            self._after = rows[-1].subject if len(rows) == STEP else ""
            if not self._after:
                return True
        return False

    def _basis(self, row: _Subject, planned: Mapping[tuple[str, str], _Planned], depth: int, now: datetime) -> str:
        """The zone's name in the first line, all else below."""
        names = zones_of(_task(row), self._routing) if self._routing.zones else [self._routing.zone]
        before = row.basis.partition("\n")[0] if row.basis else ""
        return f"{zone_for(row.zone_minutes, names, now, before)}\n{depth} {_plan_of(row, planned).text}"

    async def _build(
        self, stale: Sequence[tuple[_Subject, str]], planned: Mapping[tuple[str, str], _Planned], now: datetime
    ) -> None:
        async with self._database.write() as connection:
            subjects = [row.subject for row, _ in stale]
            known = await load(connection, subjects, RUNS)
            rows = await _BEFORE.rows(connection, subjects=subjects)  # it may have moved on since it was looked at
            before = {row[0]: _Before(*row) for row in rows}
            written = list[tuple[Any, ...]]()
            for row, basis in stale:
                rhythm = build(_plan_of(row, planned).policies, known[row.subject].runs, basis.partition("\n")[0])
                if row.zone_minutes is None:
                    rhythm = replace(rhythm, clock_shown_at=clock_shown_at(rhythm, known[row.subject].runs))
                written.append(self._values(row, basis, rhythm, known[row.subject], before.get(row.subject), now))
                await asyncio.sleep(0)  # others go on meanwhile
            await _PUT.many(connection, written)

    def _values(
        self,
        row: _Subject,
        basis: str,
        rhythm: Rhythm,
        known: SubjectHistory,
        before: _Before | None,
        now: datetime,
    ) -> tuple[Any, ...]:
        """A row of `rhythms`. Where the same is expected as before, or by another clock, that goes on."""
        rhythm, start, since = self._going_on(before, rhythm, now)
        usual = usual_length(known.runs)
        good_at = moment_or_none(row.good_began_at) or now
        target = by_rhythm(rhythm, good_at, usual, self._routing.spare_runs)
        return (
            *(row.subject, row.account, rhythm.source.value, rhythm_text(rhythm), basis),
            *start,
            None if target is None else target // MICROSECOND,
            None if usual is None else usual // MICROSECOND,
            micros(now),
            since,
        )

    def _going_on(
        self, before: _Before | None, rhythm: Rhythm, now: datetime
    ) -> tuple[Rhythm, tuple[int | None, ...], int]:
        """The rhythm, what is awaited, and since when it is expected. A start that was awaited, and was not judged yet,
        is awaited still."""
        expected = None if before is None else rhythm_of(before.rhythm)
        if before is not None and expected is not None and is_same(expected, rhythm):
            if rhythm.source is RhythmSource.LEARNED:
                rhythm = replace(rhythm, schedule=expected.schedule, spread=expected.spread)
            until = now if before.deadline_at is None else min(now, moment(before.deadline_at - 1))
            start = start_values(awaited(rhythm, self._grace, until))
            return rhythm, (*start[:3], before.next_look_at) if start[0] == before.due_at else start, before.since
        if before is not None and expected is not None and before.due_at is not None:
            due_at = by_other_clock(expected, rhythm, moment(before.due_at))
            if due_at is not None:
                return rhythm, start_values(awaiting(rhythm, self._grace, due_at)), before.since
        return rhythm, start_values(awaited(rhythm, self._grace, now)), micros(now)


def _by_plan(rows: Sequence[tuple[Any, ...]]) -> dict[tuple[str, str], _Planned]:
    """By account and the id of the policy, and of its plan's root: runs name the one or the other."""
    found = defaultdict[tuple[str, str], list[tuple[Any, ...]]](list)
    for row in rows:
        for id_ in {row[1], row[2]} - {""}:
            found[row[0], id_].append(row)
    return {
        key: _Planned(tuple(map(_policy, rows)), json.dumps([row[4:] for row in rows])) for key, rows in found.items()
    }


def _policy(row: tuple[Any, ...]) -> PlanPolicy:
    account, id_, root_id, type_, schedule, why_unknown, interval, most, updated_at = row
    retry = Retry(interval * MICROSECOND, most) if interval and most else None
    return PlanPolicy(
        account,
        id_,
        root_id,
        type_,
        schedule=schedule_of(schedule),
        why_unknown=why_unknown,
        retry=retry,
        updated_at=moment_or_none(updated_at),
    )


def _plan_of(row: _Subject, planned: Mapping[tuple[str, str], _Planned]) -> _Planned:
    return planned.get((row.account, row.plan_id.lower()), _Planned())


def _depth(since: datetime, now: datetime) -> int:
    """How much is known of an account's runs: how many of `_DEPTHS`."""
    return sum(now - since >= depth for depth in _DEPTHS)


def _is_stale(row: _Subject, basis: str, now: datetime, *, at_each_run: bool) -> bool:
    if not row.is_known:
        return False
    if row.basis != basis or row.learned_at is None or row.learned_at <= micros(now - LEARNED_AGAIN):
        return True
    return at_each_run and row.zone_minutes is None and row.learned_at < row.run_ended_at


def _task(row: _Subject) -> Task:
    """As a question of the settings looks at it."""
    return Task(
        account=row.account,
        id="",
        type=row.type,
        state=TaskState.COMPLETED,
        updated_at=EPOCH,
        tenant=Tenant(row.tenant_id, row.tenant_uuid, row.tenant_name, row.tenant_locator),
        resource=Resource(id=row.machine_id, name=row.machine_name),
        policy=Policy(id=row.plan_id, name=row.plan_name),
        name=row.machine_name,
        plan=row.plan_name,
        kind=Kind.BACKUP,
        workload=Workload(row.workload),
    )
