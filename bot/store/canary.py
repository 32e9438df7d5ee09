"""The canary in the database: its failure and recovery are recorded and undone, and its card stands in the outbox.

The pages go through what every page of a poll goes through, in the same tables, and are rolled back before anything is
committed: so no answer, figure, storm or history ever has them. What stays is one row of the outbox.
"""

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.alerting.canary import SERIES
from bot.alerting.plan import Draft, Situation
from bot.errors import StoreError
from bot.model import Alert, CardKind, Route, Routing, Rules, Task
from bot.model.canary import CANARY, CanaryView
from bot.store import outages
from bot.store.cards.apply import apply
from bot.store.cards.views import alert_view
from bot.store.engine import Database
from bot.store.recording import Recorder
from bot.store.schema import card_alerts, micros, posts


@cache
def _views() -> TypeAdapter[CanaryView]:
    return TypeAdapter(CanaryView)


class CanaryPosts:
    """`alert_channel` hears where the canary is absent. Where the rules do not do with it what they should, it is a
    StoreError."""

    def __init__(self, database: Database, rules: Rules, channel: str, alert_channel: str) -> None:
        self._database = database
        self._rules = rules
        self._channel = channel
        self._alert_channel = alert_channel

    async def find(self, key: str) -> CanaryView | None:
        async with self._database.read() as connection:
            why = await connection.scalar(select(posts.c.why).where(posts.c.key == key))
        return _views().validate_json(why) if why else None

    async def is_shown(self, key: str) -> bool:
        """Whether the channel shows all that it should."""
        async with self._database.read() as connection:
            row = (await connection.execute(select(posts.c.version, posts.c.shown).where(posts.c.key == key))).first()
        return row is not None and bool(row.shown >= row.version)

    async def last_through(self) -> datetime | None:
        """When the last one was through, of those that are still remembered."""
        shown = posts.c.shown >= posts.c.version
        where = (posts.c.kind == CardKind.CANARY.value, posts.c.key.startswith(SERIES), posts.c.version > 1, shown)
        async with self._database.read() as connection:
            newest = select(posts.c.why).where(*where).order_by(posts.c.created_at.desc(), posts.c.id.desc()).limit(1)
            why = await connection.scalar(newest)
        return _views().validate_json(why).recovered_at if why else None

    async def fail(self, key: str, due: datetime, pages: Sequence[Sequence[Task]], now: datetime) -> None:
        """Records the failure, and owes the channel its card. A second one of the same key is not added. Raises
        StoreError."""
        async with self._database.write() as connection:
            alert = await self._rehearse(connection, pages, now)
            if not alert.is_open:
                raise StoreError("The canary's failure opened no alert.")
            draft = Draft(Situation(Routing(), self._rules, now, now))
            why = _views().dump_json(CanaryView(due, now)).decode()
            draft.post(CardKind.CANARY, CANARY, self._channel, key=key, why=why)
            await apply(connection, draft.plan(), now)

    async def recover(self, key: str, pages: Sequence[Sequence[Task]], now: datetime) -> None:
        """Records failure and recovery, and has the card show it. Raises StoreError."""
        async with self._database.write() as connection:
            alert = await self._rehearse(connection, pages, now)
            if alert.is_open:
                raise StoreError("The canary's recovery ended no alert.")
            row = (await connection.execute(select(posts.c.id, posts.c.why).where(posts.c.key == key))).one()
            view = _views().validate_json(row.why)
            if view.recovered_at is None:
                why = _views().dump_json(CanaryView(view.due_at, view.told_at, now)).decode()
                anew = {"version": posts.c.version + 1, "words_version": posts.c.version + 1, "due_at": micros(now)}
                await connection.execute(update(posts).where(posts.c.id == row.id).values(why=why, **anew))

    async def tell_absent(self, reason: str, since: datetime, now: datetime) -> None:
        """Said once in the alert channel, until one is through."""
        async with self._database.write() as connection:
            await outages.begin(connection, self._empty(now), CANARY, self._alert_channel, reason, since)

    async def tell_back(self, now: datetime) -> None:
        async with self._database.write() as connection:
            await outages.end(connection, self._empty(now), CANARY)

    async def _rehearse(self, connection: AsyncConnection, pages: Sequence[Sequence[Task]], now: datetime) -> Alert:
        """As if polls had brought these pages. Returns the alert that its card shows; nothing of it stays."""
        recorder = Recorder(self._database, self._rules, "", Routing(routes=(Route("canary", self._channel),)))
        savepoint = await connection.begin_nested()
        try:
            for page in pages:
                await recorder.write(connection, CANARY, page, None, now, now)
            told = select(posts).join(card_alerts, card_alerts.c.card_id == posts.c.id)
            mine = (posts.c.account == CANARY, posts.c.kind == CardKind.ALERT.value)
            cards = (await connection.execute(told.where(*mine))).all()
            if len(cards) != 1 or cards[0].channel != self._channel:
                raise StoreError(f"The canary's pages made {len(cards)} cards.")
            return (await alert_view(connection, cards[0])).alert
        finally:
            await savepoint.rollback()

    def _empty(self, now: datetime) -> Situation:
        return Situation(Routing(), self._rules, now, now)


async def canary_view(_: AsyncConnection, row: Any) -> CanaryView:
    """The view of a row of `posts` that is a canary."""
    return _views().validate_json(row.why)
