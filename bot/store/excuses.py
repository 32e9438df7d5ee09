"""What each plan on each workload is excused by, as things stand, and which start could not be judged: kept with its
rhythm, so that a question counts thousands of them without judging each.

The rule is `alerting.missed`'s. It is asked again when what Acronis says was read.
"""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import BigInteger, Text, bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.alerting.missed import Excuse, Excused, retired, standing_excuse
from bot.alerting.rhythm import EARLY
from bot.model.plans import KnownWorkload
from bot.store import schema
from bot.store.dialect import Prepared
from bot.store.engine import Database
from bot.store.plans.facts import FactRows, built, fact_rows
from bot.store.schema import machines, micros, micros_or_none, plans, rhythms, standings

STEP: Final = 100
"""Subjects that are looked at in one step: others go on in between."""

_ENDING: Final = frozenset(Excuse) - {Excuse.OFFLINE}
"""When an agent is back is known by itself."""

_subjects = (
    select(
        *(rhythms.c[name] for name in ("subject", "account", "excuse", "excuse_why", "excuse_until")),
        machines.c.id,
        plans.c.id,
        standings.c.run_began_at,
        schema.retired.c.at,
        schema.retired.c.name,
    )
    .join_from(rhythms, standings, standings.c.subject == rhythms.c.subject)
    .join(machines, machines.c.number == standings.c.run_machine)
    .join(plans, plans.c.number == standings.c.run_plan)
    .outerjoin(schema.retired, schema.retired.c.subject == rhythms.c.subject)
    .where(rhythms.c.subject > bindparam("after", type_=Text))
    .order_by(rhythms.c.subject)
    .limit(STEP)
)
_SUBJECTS, _EXCUSED = Prepared(lambda: _subjects), Prepared(lambda: _subjects.where(rhythms.c.excuse != ""))


def _put(**types: Any) -> Prepared:
    values = {name: bindparam(f"new_{name}", type_=type_) for name, type_ in types.items()}
    names = [*(f"new_{name}" for name in types), "of_subject"]
    return Prepared(lambda: update(rhythms).where(rhythms.c.subject == bindparam("of_subject")).values(values), names)


_EXCUSE = _put(excuse=Text, excuse_why=Text, excuse_until=BigInteger)
_DOUBT = _put(doubt_why=Text, doubt_from=BigInteger)


class _Subject(NamedTuple):
    """A row of `_SUBJECTS`, in its order."""

    subject: str
    account: str
    excuse: str
    excuse_why: str
    excuse_until: int | None
    machine_id: str
    plan_id: str
    run_began_at: int
    retired_at: int | None
    retired_by: str | None


async def refresh(database: Database, now: datetime, *, excused_alone: bool = False) -> int:
    """Judges all of them, or those that are excused, and writes what changed. Returns how many did.

    Where an excuse is over, `excuse_until` says when that was first seen. Thousands are judged in another thread: the
    loop goes on meanwhile.
    """
    after, written, wanted = "", 0, _EXCUSED if excused_alone else _SUBJECTS
    while True:
        async with database.read() as connection:
            rows = [_Subject(*row) for row in await wanted.rows(connection, after=after)]
            facts = [await fact_rows(connection, *each) for each in _ids(rows).items()]
        changed = await asyncio.to_thread(_changed, rows, facts, now)
        if changed:
            async with database.write() as connection:
                await _EXCUSE.many(connection, changed)
            written += len(changed)
        if len(rows) < STEP:
            return written
        after = rows[-1].subject


async def note_retired(connection: AsyncConnection, subjects: Iterable[str], name: str) -> None:
    """A person retired these."""
    excused = retired(name)
    await _EXCUSE.many(connection, [(excused.excuse.value, excused.words, None, each) for each in sorted(subjects)])


async def note_doubts(connection: AsyncConnection, starts: Iterable[tuple[str, datetime, str]]) -> None:
    """Of each start that was judged, by its subject and when it was due, why that could not be; "" where it could."""
    rows = [(words, micros(due_at - EARLY) if words else None, subject) for subject, due_at, words in starts]
    await _DOUBT.many(connection, rows)


def _ids(rows: Iterable[_Subject]) -> dict[str, set[str]]:
    """The workloads, by account."""
    found = defaultdict[str, set[str]](set)
    for row in rows:
        found[row.account].add(row.machine_id)
    return found


def _changed(rows: Sequence[_Subject], facts: Sequence[FactRows], now: datetime) -> list[tuple[Any, ...]]:
    known = {(each.account, id_): workload for each in facts for id_, workload in built(each).items()}
    found: list[tuple[Any, ...]] = []
    for row in rows:
        excused = _excused(row, known.get((row.account, row.machine_id.lower())))
        if excused is not None:
            values = (excused.excuse.value, excused.words, micros_or_none(excused.until))
        else:
            values = ("", "", micros(now) if row.excuse in _ENDING else row.excuse_until)
        if values != (row.excuse, row.excuse_why, row.excuse_until):
            found.append((*values, row.subject))
    return found


def _excused(row: _Subject, workload: KnownWorkload | None) -> Excused | None:
    """What a person retired is not expected, until it runs again."""
    if row.retired_at is not None and row.retired_at >= row.run_began_at:
        return retired(row.retired_by or "")
    return standing_excuse(workload, row.plan_id)
