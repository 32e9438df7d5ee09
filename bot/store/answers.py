"""Questions that were answered, kept so that a page button carries only an id."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert, select

from bot.model import Answer, Kind, LeftOut, NameField, NameFilter, Sort, TaskQuery, TimeField, Workload
from bot.store.engine import Database
from bot.store.schema import answers, micros, micros_or_none, moment, moment_or_none

KEPT = timedelta(hours=24)
"""How long a page button works (design §4)."""

_MICROSECOND = timedelta(microseconds=1)
_SETS: dict[str, Callable[[str], str]] = {
    "states": str,
    "results": str,
    "types": str,
    "workloads": Workload,
    "kinds": Kind,
}
"""The fields of a question that are sets, and what their values are."""


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
    """Bounds and lengths in whole microseconds. What a question does not narrow is left out."""
    sets = {name: sorted(getattr(query, name)) for name in _SETS}
    left_out = {name: sorted(getattr(query.left_out, name)) for name in _SETS}
    return json.dumps(
        {
            **{name: values for name, values in sets.items() if values},
            "left_out": {name: values for name, values in left_out.items() if values},
            "roots_only": query.roots_only,
            "names": [[each.field, list(each.patterns), each.leaves_out] for each in query.names],
            "time_field": query.time_field,
            "after": micros_or_none(query.after),
            "before": micros_or_none(query.before),
            "time_is_default": query.time_is_default,
            "longer_than": _length(query.longer_than),
            "shorter_than": _length(query.shorter_than),
            "sort": query.sort,
            "backwards": query.backwards,
            "limit": query.limit,
        }
    )


def _load(text: str) -> TaskQuery:
    known: dict[str, Any] = json.loads(text)
    return TaskQuery(
        **_sets(known),
        roots_only=known["roots_only"],
        left_out=LeftOut(**_sets(known["left_out"])),
        names=tuple(NameFilter(NameField(field), tuple(found), out) for field, found, out in known["names"]),
        time_field=TimeField(known["time_field"]),
        after=moment_or_none(known["after"]),
        before=moment_or_none(known["before"]),
        time_is_default=known["time_is_default"],
        longer_than=_length_of(known["longer_than"]),
        shorter_than=_length_of(known["shorter_than"]),
        sort=Sort(known["sort"]),
        backwards=known["backwards"],
        limit=known["limit"],
    )


def _sets(known: dict[str, Any]) -> dict[str, Any]:
    return {name: frozenset(map(of, known.get(name, ()))) for name, of in _SETS.items()}


def _length(length: timedelta | None) -> int | None:
    return None if length is None else length // _MICROSECOND


def _length_of(value: int | None) -> timedelta | None:
    return None if value is None else value * _MICROSECOND
