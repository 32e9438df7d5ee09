"""Questions that were answered, kept so that a page button carries only an id."""

import asyncio
from datetime import datetime, timedelta
from functools import cache

import structlog
from cachetools import LRUCache
from pydantic import TypeAdapter, ValidationError
from sqlalchemy import insert, select

from bot.errors import StoreUnavailable
from bot.model import Answer, TaskQuery
from bot.store.engine import Database
from bot.store.schema import answers, micros, moment

log = structlog.get_logger(__name__)

WRITE_SECONDS = 1.0
"""How long an answer waits for the database to take it."""
UNWRITTEN = 1_000
"""Answers kept in memory at most."""
KEPT = timedelta(hours=24)
"""How long a page button works (design §4)."""


@cache
def _queries() -> TypeAdapter[TaskQuery]:
    """Made when it is first needed: it takes longer than the rest of a start's imports here."""
    return TypeAdapter(TaskQuery)


class Answers:
    """An answer that the database does not take at once is given all the same, and kept in memory."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._unwritten: LRUCache[str, Answer] = LRUCache(UNWRITTEN)

    async def keep_answer(self, answer: Answer) -> None:
        try:
            async with asyncio.timeout(WRITE_SECONDS):
                await self._write(answer)
        except (StoreUnavailable, TimeoutError) as error:
            self._unwritten[answer.id] = answer
            log.warning("an answer is kept in memory only", reason=str(error))

    async def _write(self, answer: Answer) -> None:
        row = {
            "id": answer.id,
            "verb": answer.verb,
            "argument": answer.argument,
            "asker": answer.asker,
            "query": _queries().dump_json(answer.query, exclude_defaults=True).decode(),
            "as_of": micros(answer.as_of),
        }
        async with self._database.write() as connection:
            await connection.execute(insert(answers).values(row))

    async def answer(self, id: str, now: datetime) -> Answer | None:  # noqa: A002  the noun's own word
        """The answer, or None where there is none, it is older than `KEPT`, or its question cannot be read."""
        if (unwritten := self._unwritten.get(id)) is not None:
            return unwritten if unwritten.as_of > now - KEPT else None
        wanted = select(answers).where(answers.c.id == id, answers.c.as_of > micros(now - KEPT))
        async with self._database.read() as connection:
            row = (await connection.execute(wanted)).one_or_none()
        if row is None:
            return None
        try:
            query = _queries().validate_json(row.query)
        except ValidationError:
            return None
        return Answer(row.id, row.verb, query, row.asker, moment(row.as_of), row.argument)
