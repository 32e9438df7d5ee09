"""What people ask about alerts: which are open, what a storm's card shows, why something was told or not."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, case, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.alerting.routing import silence, task_of
from bot.model import (
    OF_A_TASK,
    SILENCES,
    Alert,
    Ending,
    History,
    HomePart,
    Note,
    OpenAlerts,
    OpenCount,
    Posted,
    PostState,
    Reasons,
    Shift,
    Silence,
    Task,
    TaskQuery,
    TaskState,
    silence_id,
)
from bot.store.alerts import decisions
from bot.store.alerts import notes as written
from bot.store.alerts.conditions import IS_CRITICAL, IS_OPEN
from bot.store.alerts.notes import NOTE
from bot.store.alerts.overview import ORDER, of_part
from bot.store.alerts.rows import ALERT
from bot.store.cards.views import worst_first
from bot.store.copy.search import Questions
from bot.store.engine import Database
from bot.store.schema import alerts, card_alerts, micros, notes, occurrences, posts

NOTES = 5
"""Notes that details and histories show."""
LONGEST_NUMBER = 12
"""Digits: an alert's number is shorter than any id of Acronis's."""


class AlertBook:
    def __init__(self, database: Database, questions: Questions) -> None:
        self._database = database
        self._questions = questions

    async def open_alerts(self, query: TaskQuery, offset: int, rows: int, me: str = "") -> OpenAlerts:
        """Those that fire and that the question of this person admits, the critical ones first, then the newest."""
        wanted = select(alerts).where(IS_OPEN).order_by(~IS_CRITICAL, alerts.c.ended_at.desc(), alerts.c.id)
        async with self._database.read() as connection:
            if not _narrows(query):
                page = await _page(connection, wanted, offset, rows)
                return replace(page, every=OpenCount(page.size, page.critical))
            found = [ALERT.decode(row) for row in await connection.execute(wanted)]
        admitted = [alert for alert in found if _is_asked_for(alert, query, me)]
        counted, every = _count(admitted), _count(found)
        missed = sum(alert.latest.code == Silence.MISSED for alert in admitted)
        page_ = tuple(admitted[offset : offset + rows])
        return OpenAlerts(page_, counted.size, counted.critical, offset, every, missed)

    async def mine(self, me: str) -> tuple[Alert, ...]:
        """Open alerts that a person has or silenced, the oldest first."""
        wanted = select(alerts).where(IS_OPEN, (alerts.c.owner_who == me) | (alerts.c.snooze_by == me))
        async with self._database.read() as connection:
            rows = await connection.execute(wanted.order_by(alerts.c.opened_at, alerts.c.id))
            return tuple(map(ALERT.decode, rows))

    async def shift(self, query: TaskQuery, since: datetime) -> Shift:
        """What the question admits of now, and of the time since then. Its own time is not looked at."""
        still = select(alerts).where(IS_OPEN).order_by(~IS_CRITICAL, alerts.c.ended_at.desc(), alerts.c.id)
        over = select(alerts).where(alerts.c.closed_at >= micros(since)).order_by(alerts.c.closed_at.desc())
        written = select(*NOTE.columns).where(notes.c.at >= micros(since)).order_by(notes.c.id.desc())
        async with self._database.read() as connection:
            open_ = [ALERT.decode(row) for row in await connection.execute(still)]
            ended = [ALERT.decode(row) for row in await connection.execute(over)]
            wrote = [NOTE.decode(row) for row in await connection.execute(written)]
            numbers = {note.alert_id for note in wrote}
            about = await connection.execute(select(alerts).where(alerts.c.id.in_(numbers)))
            known = {row.id: ALERT.decode(row) for row in about}
        noted = [(note, known[note.alert_id]) for note in wrote if note.alert_id in known]
        return _shift(query, open_, ended, noted)

    async def opened(self, query: TaskQuery, since: datetime) -> tuple[Alert, ...]:
        """What opened since then and the question admits, whether or not it is over. Its own time is not looked at."""
        wanted = select(alerts).where(alerts.c.opened_at >= micros(since)).order_by(alerts.c.opened_at, alerts.c.id)
        async with self._database.read() as connection:
            found = [ALERT.decode(row) for row in await connection.execute(wanted)]
        return tuple(alert for alert in found if query.admits(task_of(alert.latest)))

    async def count_open(self) -> OpenCount:
        async with self._database.read() as connection:
            page = await _page(connection, select(alerts).where(IS_OPEN), 0, 0)
            silent = select(alerts.c.code, func.count()).where(IS_OPEN, alerts.c.code.in_(sorted(SILENCES)))
            sizes: dict[str, int] = dict(map(tuple, await connection.execute(silent.group_by(alerts.c.code))))
        return OpenCount(page.size, page.critical, tuple((code, sizes[code]) for code in Silence if code in sizes))

    async def of_card(self, card_id: int) -> tuple[Alert, ...]:
        """Every alert that the card shows, what is open first."""
        async with self._database.read() as connection:
            return tuple(ALERT.decode(row) for row in await connection.execute(worst_first(card_id)))

    async def of_home(self, part: HomePart, user_id: str, offset: int, rows: int) -> OpenAlerts:
        """A whole part of a person's Home, in its order."""
        wanted = select(alerts).where(of_part(part, user_id)).order_by(*ORDER)
        async with self._database.read() as connection:
            return await _page(connection, wanted, offset, rows)

    async def notes_of(self, task: Task) -> tuple[Note, ...]:
        """The last ones about what the task is of, the newest first."""
        async with self._database.read() as connection:
            return await written.of_workload(connection, task, NOTES)

    async def notes_on(self, histories: Iterable[History]) -> dict[History, tuple[Note, ...]]:
        """The last ones about the machine of each, the newest first."""
        async with self._database.read() as connection:
            return {
                each: await written.of_machine(connection, each.account, each.tenant, each.name, NOTES)
                for each in histories
            }

    async def reasons(self, id: str) -> Reasons | None:  # noqa: A002 - the noun's own word
        """By an alert's number or a task's id. None where neither is known."""
        async with self._database.read() as connection:
            alert = await _alert(connection, id)
            if alert is not None:
                made = await decisions.of_alert(connection, alert.id)
                return Reasons(alert, made, await _cards(connection, alert))
        task = await self._questions.task(id)
        return None if task is None else Reasons(None, verdict=silence(task))


def _shift(
    query: TaskQuery, still: Sequence[Alert], ended: Sequence[Alert], noted: Sequence[tuple[Note, Alert]]
) -> Shift:
    def of(found: Sequence[Alert], so: Callable[[Alert], bool]) -> tuple[Alert, ...]:
        return tuple(alert for alert in found if query.admits(task_of(alert.latest)) and so(alert))

    return Shift(
        of(still, lambda each: not each.triage.owner and not each.triage.snooze),
        of(still, lambda each: each.triage.owner is not None),
        of(still, lambda each: not each.triage.owner and each.triage.snooze is not None),
        of(ended, lambda each: each.ending is not Ending.BY_HAND),
        of(ended, lambda each: each.ending is Ending.BY_HAND),
        tuple((note, alert) for note, alert in noted if query.admits(task_of(alert.latest))),
    )


def _is_asked_for(alert: Alert, query: TaskQuery, me: str) -> bool:
    severity = alert.assessment.severity
    if (query.severities and severity not in query.severities) or severity in query.left_out.severities:
        return False
    states = alert.triage.states(me)
    if (query.triage and states.isdisjoint(query.triage)) or states & query.left_out.triage:
        return False
    return query.admits(task_of(alert.latest))


def _is_about(task_id: str) -> ColumnElement[bool]:
    """Whether an occurrence is that run, or tells that it hangs, waits, or saved nothing."""
    of_it = (silence_id(code, task_id) for code in Silence if code in OF_A_TASK)
    return or_(
        occurrences.c.task_id == task_id, *(occurrences.c.task_id.startswith(each, autoescape=True) for each in of_it)
    )


def _count(alerts: Sequence[Alert]) -> OpenCount:
    return OpenCount(len(alerts), sum(alert.is_critical for alert in alerts))


def _narrows(query: TaskQuery) -> bool:
    """Whether it leaves out any alert. Each one ended, and is of some kind."""
    every = TaskQuery(states=query.states & {TaskState.COMPLETED})
    return replace(query, time_field=every.time_field, time_is_default=False) != every


async def _page(connection: AsyncConnection, wanted: Select[Any], offset: int, rows: int) -> OpenAlerts:
    counts = wanted.order_by(None).with_only_columns(
        func.count().label("size"),
        func.sum(case((IS_OPEN & IS_CRITICAL, 1), else_=0)).label("critical"),
        func.sum(case((alerts.c.code == Silence.MISSED.value, 1), else_=0)).label("missed"),
    )
    counted = (await connection.execute(counts)).one()
    found = tuple(ALERT.decode(row) for row in await connection.execute(wanted.offset(offset).limit(rows)))
    return OpenAlerts(found, counted.size, counted.critical or 0, offset, missed=counted.missed or 0)


async def _alert(connection: AsyncConnection, id: str) -> Alert | None:  # noqa: A002 - the noun's own word
    """The alert of this number, else the one that this task is a failure of."""
    wanted = select(alerts).where(alerts.c.id.in_(select(occurrences.c.alert_id).where(_is_about(id))))
    if id.isascii() and id.isdigit() and len(id) <= LONGEST_NUMBER:
        wanted = select(alerts).where(alerts.c.id == int(id))
    row = (await connection.execute(wanted.order_by(alerts.c.id.desc()).limit(1))).one_or_none()
    return None if row is None else ALERT.decode(row)


async def _cards(connection: AsyncConnection, alert: Alert) -> tuple[Posted, ...]:
    """The messages that show it."""
    rows: Sequence[Any] = (
        await connection.execute(
            select(posts.c.channel, posts.c.ts)
            .join(card_alerts, card_alerts.c.card_id == posts.c.id)
            .where(card_alerts.c.alert_id == alert.id, posts.c.ts != "", posts.c.state != PostState.WITHDRAWN)
            .order_by(posts.c.id)
        )
    ).all()
    return tuple(Posted(row.channel, row.ts) for row in rows)
