"""Writes a page of one API into its table: rows are compared with what is there, and only what changed is written.

Of all that a page holds it is noted when it was read, so that what a full listing no longer has can be told. Works on a
connection inside somebody else's transaction.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from operator import itemgetter
from typing import Any, Generic, TypeVar

from sqlalchemy import BigInteger, ColumnElement, Insert, Table, Text, bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.model.values import dataclass
from bot.store.dialect import Prepared, each_of, row_among, upsert
from bot.store.schema import micros

N = TypeVar("N")
Row = tuple[Any, ...]
MakeRow = Callable[[N, Row | None, int], Row]
"""The values of an item, given those that are there and the time."""

STEP = 500
"""Items whose rows are built before the loop has its turn."""


@dataclass(frozen=True, slots=True)
class Written:
    """How many rows a page changed. Of those that were there and changed in a watched column, `moved` have a later time
    of change, and `silent` have not: whoever asks for changes by that time does not hear of them."""

    changed: int = 0
    moved: int = 0
    silent: int = 0

    def __add__(self, other: "Written") -> "Written":
        return Written(self.changed + other.changed, self.moved + other.moved, self.silent + other.silent)


class PageWriter(Generic[N]):
    """One API's part of a table.

    `key` are the columns beside `account` that tell rows apart, and `keys` gives an item's. `columns` are those that
    this API owns, and `row` gives their values. `rest` are the values of a new row's other columns. `newest` names
    the column by which an older item gives way, "" for none; `watched` are columns as in `Written`. `keeps`: what is
    there is left as it is. `seen` is the column of the time of reading, and `found` is what else is set of all that a
    page holds.
    """

    def __init__(
        self,
        table: Table,
        columns: Sequence[str],
        keys: Callable[[N], Row],
        row: MakeRow[N],
        *,
        key: Sequence[str] = ("id",),
        rest: Mapping[str, Any] | None = None,
        newest: str = "",
        watched: Sequence[str] = (),
        keeps: bool = False,
        seen: str = "seen_at",
        found: Mapping[str, Any] | None = None,
    ) -> None:
        self._keys, self._row = keys, row
        self._width, self._keeps = len(key), keeps
        self._newest = columns.index(newest) if newest else None
        self._watched = [columns.index(name) for name in watched]
        self._rest = tuple((rest or {}).values())
        named = [table.c[name] for name in key]
        is_ours = table.c.account == bindparam("of_account", type_=Text)
        wanted = row_among(named, "keys") if len(key) > 1 else named[0].in_(each_of("keys"))
        self._before = Prepared(lambda: select(*named, *(table.c[name] for name in columns)).where(is_ours, wanted))
        given = ["account", *key, *columns, *(rest or {}), seen]
        order = [name for name in table.c.keys() if name in given]  # noqa: SIM118  as the statement takes them
        self._ordered = itemgetter(*map(given.index, order))
        self._put = Prepared(lambda: _insert(table, [table.c.account, *named], () if keeps else columns), order)
        values = {seen: bindparam("stamp", type_=BigInteger), **(found or {})}
        self._see = Prepared(lambda: update(table).where(is_ours, wanted).values(values))

    async def write(
        self, connection: AsyncConnection, account: str, items: Sequence[N], stamp: datetime, now: datetime
    ) -> Written:
        """`stamp` is noted as the time of reading: one for all pages of a listing."""
        written = Written()
        for start in range(0, len(items), STEP):
            step = {self._keys(item): item for item in items[start : start + STEP]}
            written += await self._write(connection, account, step, micros(stamp), micros(now))
        return written

    async def _write(
        self, connection: AsyncConnection, account: str, items: Mapping[Row, N], stamp: int, now: int
    ) -> Written:
        asked = {"of_account": account, "keys": self._asked(items)}
        found = await self._before.rows(connection, **asked)
        before = {row[: self._width]: row[self._width :] for row in found}
        rows, moved, silent = list[Row](), 0, 0
        for key, item in items.items():
            old = before.get(key)
            row = self._row(item, old, now)
            if old is not None and (self._keeps or row == old or self._is_older(row, old)):
                continue
            rows.append(self._ordered((account, *key, *row, *self._rest, stamp)))
            if old is not None and any(row[place] != old[place] for place in self._watched):
                is_silent = self._newest is not None and row[self._newest] == old[self._newest]
                moved, silent = moved + (not is_silent), silent + is_silent
        await self._put.many(connection, rows)
        await self._see.rows(connection, **asked, stamp=stamp)
        return Written(len(rows), moved, silent)

    def _asked(self, keys: Collection[Row]) -> list[Any]:
        return [list(key) for key in keys] if self._width > 1 else [key[0] for key in keys]

    def _is_older(self, row: Row, old: Row) -> bool:
        if self._newest is None:
            return False
        mine, theirs = row[self._newest], old[self._newest]
        return mine is not None and theirs is not None and mine < theirs


def _insert(table: Table, unique: Sequence[ColumnElement[Any]], changed: Sequence[str]) -> Insert:
    """A row that is there takes the new values of what may be `changed`."""
    put = upsert(table)
    if not changed:
        return put.on_conflict_do_nothing(index_elements=unique)
    return put.on_conflict_do_update(index_elements=unique, set_={name: put.excluded[name] for name in changed})
