"""Reads the bot's own tables, from outside, on whatever engine they lie. Decides nothing."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import create_engine, func, select, update
from sqlalchemy.exc import OperationalError

from bot.model import Act, AlertStatus, CardKind, PostState
from bot.store.dialect.postgresql import TURN
from bot.store.schema import (
    accounts,
    alerts,
    audit,
    card_alerts,
    decisions,
    leases,
    micros,
    moment,
    moment_or_none,
    posts,
    rhythms,
)

OVER = (PostState.WITHDRAWN, PostState.LOST)


@dataclass(frozen=True, slots=True)
class CardRow:
    """A card or a reply as the bot believes it to be. `is_linked`: a storm counts what it shows."""

    id: int
    kind: str
    channel: str
    key: str
    state: str
    ts: str
    is_reply: bool
    is_outstanding: bool
    due_at: datetime
    is_linked: bool = False


@dataclass(frozen=True, slots=True)
class AlertRow:
    """An alert and the cards that show it, those that were withdrawn left out."""

    id: int
    name: str
    is_firing: bool
    cards: tuple[CardRow, ...]


@dataclass(frozen=True, slots=True)
class ActRow:
    """What the audit says that a person did about one alert."""

    alert_id: int
    act: Act
    user: str
    name: str


@dataclass(frozen=True, slots=True)
class TriageRow:
    """What the bot holds of what people did about an alert: its state, and each reason that `why` gives."""

    alert_id: int
    owner: str
    owner_name: str
    is_snoozed: bool
    reasons: tuple[str, ...]


class Books:
    """`url` is what the bot has in DATABASE_URL."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._engine = create_engine(url.replace("postgresql:", "postgresql+psycopg:"))

    def close(self) -> None:
        self._engine.dispose()

    def cards(self) -> list[CardRow]:
        with self._engine.connect() as connection:
            return [_card(row) for row in connection.execute(select(posts).order_by(posts.c.id))]

    def alerts(self) -> list[AlertRow]:
        with self._engine.connect() as connection:
            rows = connection.execute(select(alerts).order_by(alerts.c.id)).all()
            shown = connection.execute(select(card_alerts).order_by(card_alerts.c.card_id)).all()
            cards = {row.id: _card(row) for row in connection.execute(select(posts))}  # last: new ones may come
        by_alert: dict[int, list[CardRow]] = {}
        for row in shown:
            if cards[row.card_id].state != PostState.WITHDRAWN:
                by_alert.setdefault(row.alert_id, []).append(cards[row.card_id])
        return [
            AlertRow(row.id, row.name, row.status == AlertStatus.OPEN, tuple(by_alert.get(row.id, ()))) for row in rows
        ]

    def acts(self) -> list[ActRow]:
        """What was done about single alerts, oldest first. What was refused or came to nothing is none."""
        done = select(audit).where(audit.c.refused == "", audit.c.alert_id.is_not(None)).order_by(audit.c.id)
        with self._engine.connect() as connection:
            return [ActRow(row.alert_id, Act(row.act), row.user_id, row.user_name) for row in connection.execute(done)]

    def triage(self) -> list[TriageRow]:
        """Of each alert."""
        with self._engine.connect() as connection:
            made = connection.execute(select(decisions).order_by(decisions.c.id)).all()
            rows = connection.execute(select(alerts).order_by(alerts.c.id)).all()
        reasons: dict[int, list[str]] = {}
        for each in made:
            reasons.setdefault(each.alert_id, []).append(each.reason)
        return [
            TriageRow(
                row.id,
                row.owner_who or "",
                row.owner_name or "",
                row.snooze_until is not None,
                tuple(reasons.get(row.id, ())),
            )
            for row in rows
        ]

    def alerts_on(self, card_id: int) -> int:
        """How many alerts a card shows."""
        with self._engine.connect() as connection:
            return len(connection.execute(select(card_alerts).where(card_alerts.c.card_id == card_id)).all())

    def alerts_shown(self) -> int:
        """How many alerts stand on a card that Slack has."""
        there = select(card_alerts.c.alert_id).join(posts, posts.c.id == card_alerts.c.card_id).where(posts.c.ts != "")
        with self._engine.connect() as connection:
            return connection.execute(select(func.count()).select_from(there.distinct().subquery())).scalar() or 0

    def position(self) -> datetime | None:
        """How far the account was read."""
        with self._engine.connect() as connection:
            return moment_or_none(connection.execute(select(accounts.c.position)).scalar())

    def history_from(self) -> datetime | None:
        """Since when all runs of the account are known."""
        with self._engine.connect() as connection:
            return moment_or_none(connection.execute(select(accounts.c.history_from)).scalar())

    def read_at(self) -> datetime | None:
        """When the last poll came through, by the bot's clock."""
        with self._engine.connect() as connection:
            return moment_or_none(connection.execute(select(accounts.c.read_at)).scalar())

    def was_read_after(self, at: datetime | None) -> bool:
        return self.read_at() != at

    def take_lease(self, until: datetime) -> bool:
        """Another process takes the account's lease, as it may once that has run out. False where it cannot write."""
        try:
            with self._engine.begin() as connection:
                mine = update(leases).values(holder="another process", until=micros(until))
                return connection.execute(mine).rowcount > 0
        except OperationalError:  # SQLite: the stopped bot holds the lock in the midst of a transaction
            return False

    def holder(self, piece: str) -> int | None:
        """The number of the process that has this piece of work."""
        held = select(leases.c.holder).where(leases.c.name == piece, leases.c.holder != "")
        with self._engine.connect() as connection:
            found = connection.execute(held).scalar()
        return int(found.split()[-2]) if found else None

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Another program writes meanwhile: no bot can."""
        if self._engine.dialect.name == "sqlite":
            with closing(sqlite3.connect(self._engine.url.database or "", isolation_level=None, timeout=10)) as other:
                other.execute("BEGIN IMMEDIATE")
                yield
        else:
            with self._engine.begin() as connection:
                connection.execute(select(func.pg_advisory_xact_lock(TURN)))
                yield

    def rhythms(self) -> int:
        """How many machines and plans have a known rhythm."""
        with self._engine.connect() as connection:
            known = select(func.count()).select_from(rhythms).where(rhythms.c.due_at.is_not(None))
            return connection.execute(known).scalar_one()

    def outstanding(self) -> list[CardRow]:
        return [card for card in self.cards() if card.is_outstanding]


def _card(row: Any) -> CardRow:
    behind = row.version > row.shown and row.state not in OVER
    return CardRow(
        id=row.id,
        kind=CardKind(row.kind).value,
        channel=row.channel,
        key=row.key,
        state=row.state,
        ts=row.ts,
        is_reply=row.parent_id is not None,
        is_outstanding=behind or row.state in (PostState.SENDING, PostState.UNCERTAIN),
        due_at=moment(row.due_at),
        is_linked=row.storm_id is not None,
    )
