"""Digests in the outbox: what one says is written down when it is due, so that it is drawn as of then."""

from datetime import datetime
from functools import cache
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.alerting.plan import Draft, Situation
from bot.model import CardKind, Routing, Rules
from bot.model.digests import DigestView
from bot.store.cards.apply import apply
from bot.store.engine import Database
from bot.store.schema import posts


@cache
def _views() -> TypeAdapter[DigestView]:
    return TypeAdapter(DigestView)


class DigestPosts:
    """`rules` are the bot's numbers."""

    def __init__(self, database: Database, rules: Rules) -> None:
        self._database = database
        self._rules = rules

    async def is_there(self, key: str) -> bool:
        async with self._database.read() as connection:
            return await connection.scalar(select(posts.c.id).where(posts.c.key == key)) is not None

    async def told(self, series: str) -> frozenset[str]:
        """The keys of workloads without a plan that the last digest of this series, or one before it, told of."""
        last = select(posts.c.why).where(posts.c.kind == CardKind.DIGEST.value, posts.c.key.startswith(series))
        async with self._database.read() as connection:
            found = await connection.scalar(last.order_by(posts.c.id.desc()).limit(1))
        return frozenset(_views().validate_json(found).told) if found else frozenset()

    async def add(self, channel: str, key: str, view: DigestView, now: datetime) -> None:
        """A second one of the same key is not added."""
        draft = Draft(Situation(Routing(), self._rules, now, now))
        draft.post(CardKind.DIGEST, "", channel, key=key, why=_views().dump_json(view).decode())
        async with self._database.write() as connection:
            await apply(connection, draft.plan(), now)


async def digest_view(_: AsyncConnection, row: Any) -> DigestView:
    """The view of a row of `posts` that is a digest."""
    return _views().validate_json(row.why)
