"""What of the alerts comes next by the passing of time alone: when to look again, and what there is to look for.

A replay asks it, so that it need not look at each minute of a month.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, Text, bindparam, case, cast, func, literal, or_, select, update

from bot.model import AlertStatus, CardKind, Reason, Rules, Severity
from bot.store.cards.posting import PostState
from bot.store.dialect import Prepared
from bot.store.engine import Database
from bot.store.schema import accounts, alerts, card_alerts, micros, moment_or_none, occurrences, posts, storms

MICROSECOND = timedelta(microseconds=1)
_FIRES = alerts.c.status == AlertStatus.OPEN.value
_WAITS = posts.c.state == PostState.WAITING
_AGAIN = (CardKind.ALERT.value, CardKind.STORM.value, CardKind.PLATFORM.value)
_later = bindparam("later", type_=BigInteger)
_calm = bindparam("calm", type_=BigInteger)
_most = bindparam("most", type_=BigInteger)


@dataclass(frozen=True, slots=True)
class Coming:
    """When a post is due that is not due now, and when a review finds something next; `fires`: some alert does."""

    delivery: datetime | None
    review: datetime | None
    fires: bool


class Ahead:
    def __init__(self, database: Database, rules: Rules) -> None:
        self._database = database
        self._calm = rules.storm_window // MICROSECOND
        self._most = rules.repeat_most if rules.repeat_after else 0

    async def open_subjects(self) -> frozenset[str]:
        """What a good run must be of to change anything."""
        async with self._database.read() as connection:
            rows = await connection.execute(select(occurrences.c.subject).where(occurrences.c.healed_at.is_(None)))
            return frozenset(rows.scalars())

    async def coming(self, now: datetime) -> Coming:
        """A review finds that a target or a next run passed, a card to raise again, a storm that is over."""
        async with self._database.read() as connection:
            rows = await _COMING.rows(connection, later=micros(now), calm=self._calm, most=self._most)
        delivery, *reviews, fires = rows[0]
        review = min((at for at in reviews if at is not None), default=None)
        return Coming(moment_or_none(delivery), moment_or_none(review), bool(fires))

    async def settle(self, now: datetime) -> None:
        """Everything that is due counts as shown, and nobody looks at it: for the time before a replay begins."""
        due = (posts.c.wanted > posts.c.shown, _WAITS, _due_at() <= micros(now))
        ts = case((posts.c.ts == "", literal("shown.").concat(cast(posts.c.id, Text))), else_=posts.c.ts)
        async with self._database.write() as connection:
            await connection.execute(update(posts).where(*due).values(shown=posts.c.wanted, ts=ts))


def _due_at() -> Any:
    return func.max(posts.c.due_at, func.coalesce(posts.c.held_until, 0))


def _due() -> Any:
    return select(func.min(_due_at())).where(posts.c.wanted > posts.c.shown, _WAITS, _due_at() > _later)


def _moments() -> tuple[Any, ...]:
    critical = alerts.c.severity == Severity.CRITICAL.value
    known = alerts.c.account == accounts.c.account
    never = accounts.c.history_from + alerts.c.target
    firing = select(card_alerts.c.card_id).join(alerts, alerts.c.id == card_alerts.c.alert_id).where(_FIRES, critical)
    again = (
        _WAITS,
        posts.c.shown > 0,
        or_(*(posts.c.kind == kind for kind in _AGAIN)),
        posts.c.parent_id.is_(None),
        posts.c.id.in_(firing),
    )
    raised = func.coalesce(posts.c.raise_at, _later)
    return (
        select(func.min(alerts.c.misses_at)).where(_FIRES, ~critical, alerts.c.misses_at > _later),
        select(func.min(alerts.c.next_run_at)).where(_FIRES, ~critical, alerts.c.next_run_at > _later),
        select(func.min(never)).where(
            _FIRES, ~critical, known, alerts.c.reason == Reason.UNKNOWN.value, never > _later
        ),
        select(func.min(raised)).where(*again, posts.c.raised < _most, raised >= _later),
        select(func.min(storms.c.last_at + _calm)).where(storms.c.is_open, storms.c.last_at + _calm >= _later),
    )


def _firing() -> Any:
    return select(func.count()).select_from(alerts).where(_FIRES)


_COMING = Prepared(select(*(each.scalar_subquery() for each in (_due(), *_moments(), _firing()))))
