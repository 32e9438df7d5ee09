"""Questions that were answered, kept so that a page button carries only an id."""

import json
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert, select

from bot.model import Answer, Kind, TaskQuery, TimeField, Workload
from bot.store.engine import Database
from bot.store.schema import answers, micros, micros_or_none, moment, moment_or_none

KEPT = timedelta(hours=24)
"""How long a page button works (design §4)."""


class Answers:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def keep_answer(self, answer: Answer) -> None:
        row = {
            "id": answer.id,
            "verb": answer.verb,
            "argument": answer.argument,
            "asker": answer.asker,
            "query": _dump(answer.query),
            "as_of": micros(answer.as_of),
        }
        async with self._database.write() as connection:
            await connection.execute(insert(answers).values(row))

    async def answer(self, id: str, now: datetime) -> Answer | None:  # noqa: A002  the noun's own word
        """The answer, or None where there is none or it is older than `KEPT`."""
        wanted = select(answers).where(answers.c.id == id, answers.c.as_of > micros(now - KEPT))
        async with self._database.read() as connection:
            row = (await connection.execute(wanted)).one_or_none()
        if row is None:
            return None
        return Answer(row.id, row.verb, _load(row.query), row.asker, moment(row.as_of), row.argument)


def _dump(query: TaskQuery) -> str:
    return json.dumps(
        {
            "states": sorted(query.states),
            "results": sorted(query.results),
            "types": sorted(query.types),
            "workloads": sorted(query.workloads),
            "kinds": sorted(query.kinds),
            "roots_only": query.roots_only,
            "tenants": list(query.tenants),
            "text": query.text,
            "time_field": query.time_field,
            "after": micros_or_none(query.after),
            "before": micros_or_none(query.before),
            "time_is_default": query.time_is_default,
            "order": query.order,
            "oldest_first": query.oldest_first,
        }
    )


def _load(text: str) -> TaskQuery:
    known: dict[str, Any] = json.loads(text)
    return TaskQuery(
        states=frozenset(known["states"]),
        results=frozenset(known["results"]),
        types=frozenset(known["types"]),
        workloads=frozenset(map(Workload, known["workloads"])),
        kinds=frozenset(map(Kind, known["kinds"])),
        roots_only=known["roots_only"],
        tenants=tuple(known["tenants"]),
        text=known["text"],
        time_field=TimeField(known["time_field"]),
        after=moment_or_none(known["after"]),
        before=moment_or_none(known["before"]),
        time_is_default=known["time_is_default"],
        order=TimeField(known["order"]) if known["order"] else None,
        oldest_first=known["oldest_first"],
    )
