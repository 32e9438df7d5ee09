"""The tables of tasks and activities, with an index for each time field. A row holds any JSON, malformed too."""

from bisect import bisect_left, bisect_right, insort
from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator
from operator import itemgetter
from typing import Any, Final

from bot.sandbox.acronis.times import read_stamp

Raw = dict[str, Any]  # one object as it goes over the wire

TIME_FIELDS: Final = ("enqueuedAt", "assignedAt", "createdAt", "startedAt", "updatedAt", "completedAt")

# Past so many rows at once, or such a part of all, a new sort is cheaper than as many insertions.
_BULK: Final = 64
_PART: Final = 50
_RECENT: Final = 5_000


def dig(raw: object, *path: str) -> Any:
    """The value at a path of keys, None where anything on the way is missing or of another shape."""
    for key in path:
        if not isinstance(raw, dict):
            return None
        raw = raw.get(key)
    return raw


class Row:
    """One object. It may be written only when somebody asks for it; until then `times` gives its time fields alone."""

    __slots__ = ("_raw", "_stamps", "_times", "_write", "deleted", "key", "number")

    def __init__(
        self,
        raw: Any = None,
        *,
        key: int | None = None,
        write: Callable[[], Raw] | None = None,
        times: Callable[[], Raw] | None = None,
    ) -> None:
        self.number = 0
        self.deleted = False
        self._raw = raw
        self._write = write
        self._times = times
        self._stamps: dict[str, int | None] | None = None
        self.key = _key_of(raw) if key is None else key

    @property
    def raw(self) -> Any:
        if self._write:
            self._raw = self._write()
            self._write = self._times = None
        return self._raw

    def value(self, *path: str) -> Any:
        """What lies at a path of keys, None where anything on the way is missing."""
        return dig(self.raw, *path)

    def stamp(self, field: str) -> int | None:
        """Unix nanoseconds of a time field; None where it is missing, null or cannot be read."""
        if self._stamps is None:
            known = self._times() if self._times else {}
            self._stamps = {each: _instant(known.get(each)) for each in TIME_FIELDS} if known else {}
        if field not in self._stamps:
            self._stamps[field] = _instant(dig(self.raw, field))
        return self._stamps[field]


def _key_of(raw: object) -> int | None:
    key = dig(raw, "id")
    if isinstance(key, int) and not isinstance(key, bool):
        return key
    text = dig(raw, "idString")
    return int(text) if isinstance(text, str) and text.isdecimal() else None


def _instant(value: object) -> int | None:
    try:
        return read_stamp(value) if isinstance(value, str) else None
    except ValueError:
        return None


_Entry = tuple[int, int, Row]
_at: Final = itemgetter(0)
_place: Final = itemgetter(0, 1)


class Table:
    """Rows in order of arrival. `version` grows with every change, so that an answer is kept as long as it is true.

    `recent` are the rows that were put down last, as often as they were; `arrivals` is how often that was in all.
    """

    def __init__(self) -> None:
        self.version = 0
        self.arrivals = 0
        self.recent: deque[Row] = deque(maxlen=_RECENT)
        self._rows: dict[int, Row] = {}
        self._by_key: dict[int, Row] = {}
        self._indexes: dict[str, list[_Entry]] = {}

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[Row]:
        return iter(self._rows.values())

    def get(self, key: int) -> Row | None:
        return self._by_key.get(key)

    def put(self, rows: Iterable[Row]) -> None:
        """Puts rows down; one with the id of another takes its place."""
        fresh = list(rows)
        if len(fresh) > max(_BULK, len(self._rows) // _PART):
            self._indexes.clear()
        for row in fresh:
            old = self._by_key.get(row.key) if row.key is not None else None
            row.number, row.deleted = (old.number, old.deleted) if old else (len(self._rows) + 1, False)
            self._rows[row.number] = row
            if row.key is not None:
                self._by_key[row.key] = row
            for field, index in self._indexes.items():
                _move(index, field, old, row)
        self.note(fresh)
        self.version += 1

    def note(self, rows: Collection[Row]) -> None:
        """Says that these rows changed."""
        self.recent.extend(rows)
        self.arrivals += len(rows)

    def hide(self, key: int) -> None:
        """Marks a row as deleted: only `allow_deleted=true` shows it. Raises KeyError for an unknown id."""
        self._by_key[key].deleted = True
        self.version += 1

    def between(self, field: str, low: int, high: int) -> Iterator[Row]:
        """Rows whose `field` lies in low..high (nanoseconds, both included), oldest first, then by arrival."""
        if field not in self._indexes:
            entries = ((row.stamp(field), row) for row in self)
            found = [(at, row.number, row) for at, row in entries if at is not None]
            self._indexes[field] = sorted(found, key=_place)
        index = self._indexes[field]
        first = bisect_left(index, low, key=_at)
        return (entry[2] for entry in index[first : bisect_right(index, high, key=_at)])


def _move(index: list[_Entry], field: str, old: Row | None, new: Row) -> None:
    was = old.stamp(field) if old else None
    if old and was is not None:
        del index[bisect_left(index, (was, old.number), key=_place)]
    at = new.stamp(field)
    if at is not None:
        insort(index, (at, new.number, new), key=_place)
