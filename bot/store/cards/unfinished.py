"""Posts in flight of a process that is no more, or that another one took the channel from."""

from datetime import datetime

from sqlalchemy import ColumnElement, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.model import PostState
from bot.store.schema import micros, posts


async def settle(connection: AsyncConnection, now: datetime, *where: ColumnElement[bool]) -> int:
    """Edits in flight are repeated, posts in flight are uncertain. Returns how many of these."""
    sending = (posts.c.state == PostState.SENDING, *where)
    await connection.execute(
        update(posts).where(*sending, posts.c.ts != "").values(state=PostState.WAITING, sending=None)
    )
    left = await connection.execute(
        update(posts)
        .where(*sending)
        .values(state=PostState.UNCERTAIN, uncertain_at=micros(now), due_at=micros(now), looks=0)
    )
    return left.rowcount
