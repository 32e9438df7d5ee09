"""How restore points stand, and what is due soon: answers of thousands of workloads, a page at a time.

One row of `standings` is one workload under one plan. Rows of which the same facts are known are counted by the
database, and judged once by the rule. Works on a connection inside somebody else's transaction.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from math import inf
from typing import Any, Final, NamedTuple

from sqlalchemy import BigInteger, ColumnElement, and_, case, func, literal, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.alerting.history import last_good
from bot.alerting.missed import Excuse
from bot.alerting.standing import TOLD, Restorable, standing, why
from bot.model import (
    AT_FAULT,
    FAILED,
    Kind,
    Protected,
    Protection,
    Silence,
    Standing,
    Target,
    TaskQuery,
    Tenant,
    TenantStanding,
)
from bot.store.alerts.conditions import IS_OPEN
from bot.store.copy.dimensions import Customer, Dimensions
from bot.store.copy.filters import MICROSECOND
from bot.store.copy.history import history_from, of_query, whose
from bot.store.copy.planned import without_runs
from bot.store.dialect import Prepared, among, each_of, row_among
from bot.store.schema import accounts, alerts, machines, micros, moment, moment_or_none, rhythms, standings, tenants

TENANTS: Final = 5
"""Tenants that an answer has a line for."""
BACKUP: Final = frozenset({Kind.BACKUP})
_TIERS: Final = (
    AT_FAULT,
    {Standing.NO_PLAN},
    {Standing.UNKNOWN},
    {Standing.PAUSED, Standing.NOT_EXPECTED},
    {Standing.GOOD},
)
"""In this order they are listed; within each what is oldest against its target comes first."""
_EXPECTED: Final = AT_FAULT | {Standing.GOOD}
_told = (
    select(alerts.c.subject, func.max(alerts.c.code).label("code"))
    .where(IS_OPEN, alerts.c.code.in_(sorted(TOLD)))
    .group_by(alerts.c.subject)
    .subquery("told")
)
JOINED = (
    standings.join(tenants, tenants.c.number == standings.c.run_tenant)
    .outerjoin(accounts, accounts.c.account == tenants.c.account)
    .outerjoin(rhythms, rhythms.c.subject == standings.c.subject)
    .outerjoin(_told, _told.c.subject == standings.c.subject)
)


_OPEN = Prepared(
    lambda: select(alerts.c.subject, alerts.c.code, alerts.c.cause_text, alerts.c.began_at).where(
        IS_OPEN, alerts.c.subject.in_(each_of("subjects"))
    )
)
_Key = tuple[str, str]


class Facts(NamedTuple):
    """What the standing of a workload hangs on, and its tenant. `has_failed`: its last run. `is_old`: its last good
    backup is as old as its target. `is_long`: the known history of its account is as long as that."""

    tenant: int
    has_failed: bool
    has_good: bool
    is_old: bool
    is_long: bool
    silence: str
    excuse: str
    in_doubt: bool


class _Told(NamedTuple):
    """An open alert."""

    cause_text: str
    began_at: int


class _Group(NamedTuple):
    """Rows of which the same facts are known. `age` is about how old the oldest last good backup is, by its target."""

    facts: Facts
    standing: Standing
    size: int
    age: float


@dataclass(frozen=True)
class Asked:
    """A question about restore points. Of `targets` the first that matches counts; the last one is for what has no
    rhythm that is known. Of `whole` accounts all history was read."""

    dimensions: Dimensions
    query: TaskQuery
    as_of: datetime
    targets: Sequence[Target]
    whole: Collection[str] = ()

    @cached_property
    def conditions(self) -> list[ColumnElement[bool]]:
        return of_query(self.dimensions, self.query, BACKUP)

    @cached_property
    def within(self) -> ColumnElement[int]:
        """How old the last good backup may get, in microseconds."""
        *own, rest = self.targets
        by_rhythm = func.coalesce(rhythms.c.target, _length(rest))
        cases = [(and_(*of_query(self.dimensions, each.match, BACKUP)), _length(each)) for each in own]
        return case(*cases, else_=by_rhythm) if cases else by_rhythm

    @cached_property
    def age(self) -> ColumnElement[Any]:
        """How old the last good backup is, by its target."""
        return (literal(micros(self.as_of), BigInteger) - standings.c.good_ended_at) * literal(1.0) / self.within

    @cached_property
    def facts(self) -> tuple[ColumnElement[Any], ...]:
        """The columns of `Facts`."""
        good, now = standings.c.good_ended_at, literal(micros(self.as_of), BigInteger)
        return (
            standings.c.run_tenant,
            standings.c.run_code.in_(sorted(FAILED)).label("has_failed"),
            good.is_not(None).label("has_good"),
            func.coalesce(good + self.within <= now, False).label("is_old"),
            func.coalesce(accounts.c.history_from + self.within <= now, False).label("is_long"),
            func.coalesce(_told.c.code, "").label("silence"),
            func.coalesce(rhythms.c.excuse, "").label("excuse"),
            func.coalesce(standings.c.run_began_at < rhythms.c.doubt_from, False).label("in_doubt"),
        )

    def customer(self, number: int) -> Customer:
        return self.dimensions.tenants.rows[number]


async def protection(connection: AsyncConnection, asked: Asked, *, offset: int, rows: int) -> Protection:
    groups = await _groups(connection, asked)
    others = await without_runs(connection, asked.dimensions, asked.query)
    counts = Counter(dict.fromkeys(Standing, 0))
    for group in groups:
        counts[group.standing] += group.size
    counts.update(line.standing for line in others)
    wanted = asked.query.standings or frozenset(Standing)
    wanted -= asked.query.left_out.standings
    found = Protection((), counts, offset, asked=wanted if wanted < frozenset(Standing) else frozenset())
    if not rows:
        return found
    lines = await _page(connection, asked, groups, others, wanted, offset, rows)
    shown, more = (await _tenants(connection, asked, groups, others, wanted)) if offset == 0 else ((), 0)
    return replace(found, lines=lines, tenants=shown, more_tenants=more)


async def _groups(connection: AsyncConnection, asked: Asked) -> list[_Group]:
    misses_at = standings.c.good_ended_at + asked.within
    bounds = (each(value) for value in (misses_at, asked.within) for each in (func.min, func.max))
    counted = await connection.execute(
        select(*asked.facts, func.count(), *bounds).select_from(JOINED).where(*asked.conditions).group_by(*asked.facts)
    )
    since, now = await history_from(connection), micros(asked.as_of)
    groups: list[_Group] = []
    for *known, size, first, last, shortest, longest in counted:
        facts = Facts(*known)
        account = asked.customer(facts.tenant).account
        target = (longest if facts.is_long else shortest) * MICROSECOND  # the one nearest to the bound: all stand alike
        ended_at = moment(last if facts.is_old else first) - target if facts.has_good else None
        good = last_good(ended_at, since.get(account), target, asked.as_of)
        excuse = Excuse(facts.excuse) if facts.excuse else None
        restorable = Restorable(
            bool(facts.has_failed), good, target, account in asked.whole, facts.silence, excuse, bool(facts.in_doubt)
        )
        age = 1 + (now - first) / max(shortest, 1) if facts.has_good else 0.0
        groups.append(_Group(facts, standing(restorable, asked.as_of), size, age))
    return groups


# ── lines ──


async def _page(
    connection: AsyncConnection,
    asked: Asked,
    groups: Sequence[_Group],
    others: Sequence[Protected],
    wanted: Collection[Standing],
    offset: int,
    rows: int,
) -> tuple[Protected, ...]:
    """Tier by tier; what has no run comes first in each."""
    lines: list[Protected] = []
    for tier in _TIERS:
        of_tier = [group for group in groups if group.standing in tier and group.standing in wanted]
        own = [line for line in others if line.standing in tier and line.standing in wanted]
        lines += own[offset : offset + rows - len(lines)]
        offset = max(offset - len(own), 0)
        size = sum(group.size for group in of_tier)
        if offset < size and len(lines) < rows:
            lines += await _lines(connection, asked, of_tier, offset, rows - len(lines))
        offset = max(offset - size, 0)
    return tuple(lines)


async def _lines(
    connection: AsyncConnection, asked: Asked, groups: Sequence[_Group], offset: int, rows: int
) -> list[Protected]:
    """The oldest against its target first; what has no good backup before."""
    stands = {(asked.customer(each.facts.tenant).account, *each.facts[1:]): each.standing for each in groups}
    facts = (tenants.c.account.label("account"), *asked.facts[1:])
    good = standings.c.good_ended_at
    shown = await connection.execute(
        select(standings, *facts, asked.within.label("within"))
        .add_columns(*(rhythms.c[name] for name in ("excuse_why", "excuse_until", "doubt_why")))
        .select_from(JOINED.join(machines, machines.c.number == standings.c.run_machine))
        .where(*asked.conditions, row_among(facts, stands))
        .order_by(good.is_not(None), asked.age.desc(), tenants.c.name, machines.c.name, standings.c.subject)
        .offset(offset)
        .limit(rows)
    )
    found = list(shown)
    told = await _open_alerts(connection, [row.subject for row in found])
    return [_line(asked, row, stands[_stands_by(row)], told[row.subject]) for row in found]


def _stands_by(row: Any) -> tuple[Any, ...]:
    """What the standing hangs on: of the tenant it is the account alone."""
    return row.account, *(getattr(row, name) for name in Facts._fields[1:])


async def _open_alerts(connection: AsyncConnection, subjects: Sequence[str]) -> defaultdict[str, dict[str, _Told]]:
    """By subject and code."""
    found = defaultdict[str, dict[str, _Told]](dict)
    for subject, code, *told in await _OPEN.rows(connection, subjects=list(subjects)):
        found[subject][code] = _Told(*told)
    return found


def _line(asked: Asked, row: Any, stands: Standing, told: Mapping[str, _Told]) -> Protected:
    alert = next((told[code] for code in _codes(stands) if code in told), None)
    is_paused, is_missed = stands is Standing.PAUSED, stands is Standing.MISSED
    at = row.excuse_until if is_paused else alert.began_at if is_missed and alert is not None else None
    return Protected(
        *whose(asked.dimensions, row),
        workload=asked.dimensions.shapes.rows[row.run_shape].workload,
        standing=stands,
        last_good_at=moment_or_none(row.good_ended_at),
        target=row.within * MICROSECOND,
        why=why(
            stands,
            excuse=row.excuse_why or "",
            doubt=row.doubt_why or "",
            cause="" if alert is None else alert.cause_text,
            has_good=bool(row.has_good),
        ),
        at=moment_or_none(at),
    )


def _codes(stands: Standing) -> tuple[str, ...]:
    """Codes of the alerts that explain it."""
    explains = {
        Standing.FAILING: (*sorted(FAILED), Silence.EMPTY),
        Standing.NEVER: (Silence.NEVER,),
        Standing.MISSED: (Silence.MISSED,),
    }
    return explains.get(stands, ())


# ── tenants ──


async def _tenants(
    connection: AsyncConnection,
    asked: Asked,
    groups: Iterable[_Group],
    others: Iterable[Protected],
    wanted: Collection[Standing],
) -> tuple[tuple[TenantStanding, ...], int]:
    """The worst of those that have anything that stands as is wanted, and how many more there are."""
    known: dict[_Key, tuple[str, Tenant]] = {}
    numbers, counts = defaultdict[_Key, set[int]](set), defaultdict[_Key, Counter[Standing]](Counter)
    ages = defaultdict[_Key, float](float)
    for group in groups:
        customer = asked.customer(group.facts.tenant)
        key = _key(customer.account, customer.tenant)
        known[key] = customer.account, customer.tenant
        numbers[key].add(group.facts.tenant)
        counts[key][group.standing] += group.size
        ages[key] = max(ages[key], _age(group))
    for line in others:
        key = _key(line.account, line.tenant)
        known.setdefault(key, (line.account, line.tenant))
        counts[key][line.standing] += 1
    asked_for = [key for key in known if any(counts[key][each] for each in wanted)]
    worst = sorted(
        asked_for, key=lambda key: (not _is_wrong(counts[key]), -ages[key], known[key][1].name.casefold(), key)
    )
    oldest = await _oldest(connection, asked, groups, [each for key in worst[:TENANTS] for each in numbers[key]])
    found = tuple(
        _with_oldest(
            TenantStanding(*known[key], counts[key]), [oldest[each] for each in numbers[key] if each in oldest]
        )
        for key in worst[:TENANTS]
    )
    return found, len(worst) - len(found)


async def _oldest(
    connection: AsyncConnection, asked: Asked, groups: Iterable[_Group], numbers: Collection[int]
) -> dict[int, Any]:
    """By the tenant's number, the last good backup that is oldest against its target."""
    expected = [each.facts for each in groups if each.standing in _EXPECTED and each.facts.tenant in numbers]
    if not expected:
        return {}
    place = func.row_number().over(partition_by=standings.c.run_tenant, order_by=asked.age.desc()).label("place")
    placed = (
        select(standings.c.run_tenant, standings.c.good_ended_at, asked.within.label("within"), asked.age.label("age"))
        .add_columns(place)
        .select_from(JOINED)
        .where(*asked.conditions, standings.c.good_ended_at.is_not(None))
        .where(among(standings.c.run_tenant, numbers), row_among(asked.facts, expected))
        .subquery()
    )
    rows = await connection.execute(select(placed).where(placed.c.place == 1))
    return {row.run_tenant: row for row in rows}


def _with_oldest(found: TenantStanding, oldest: Sequence[Any]) -> TenantStanding:
    if not oldest:
        return found
    worst = max(oldest, key=lambda row: row.age)
    return replace(found, good_at=moment(worst.good_ended_at), target=worst.within * MICROSECOND)


def _key(account: str, tenant: Tenant) -> _Key:
    """A tenant that was renamed or moved is still the same."""
    return account, tenant.id or tenant.uuid or tenant.name


def _age(group: _Group) -> float:
    """What never had a good backup is older than all that had one."""
    if group.standing is Standing.NEVER:
        return inf
    return group.age if group.standing in _EXPECTED else 0.0


def _is_wrong(counts: Mapping[Standing, int]) -> bool:
    return any(counts.get(each) for each in AT_FAULT)


def _length(target: Target) -> ColumnElement[int]:
    return literal(target.within // MICROSECOND, BigInteger)
