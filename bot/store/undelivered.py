"""Tells another channel what a dead channel could not be told."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.model import CardKind
from bot.store.posting import Place, add_card
from bot.store.schema import posts


async def want_undelivered(connection: AsyncConnection, card_id: int, fallback: str, now: datetime) -> None:
    card = (await connection.execute(select(posts).where(posts.c.id == card_id))).one()
    if fallback and fallback != card.channel:
        await add_card(connection, CardKind.UNDELIVERED, Place(card.account, fallback, now, now), about_id=card_id)
