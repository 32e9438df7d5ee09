"""Questions that were answered, kept so that a page button carries only an id."""

from datetime import datetime, timedelta
from functools import cache

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import insert, select

from bot.model import Answer, TaskQuery
from bot.store.engine import Database
from bot.store.schema import answers, micros, moment

KEPT = timedelta(hours=24)
"""How long a page button works (design §4)."""


@cache
def _queries() -> TypeAdapter[TaskQuery]:
    """Made when it is first needed: it takes longer than the rest of a start's imports here."""
    return TypeAdapter(TaskQuery)


class Answers:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def keep_answer(self, answer: Answer) -> None:
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
