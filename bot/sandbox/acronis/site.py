"""Everything one running server holds: the world, the token office, the weather, its settings and its log. No HTTP."""

import hashlib
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from bot.sandbox.acronis.instants import write_stamp
from bot.sandbox.acronis.office import Office
from bot.sandbox.acronis.paging import Cursor, Page, envelope, read_token, tokens_of
from bot.sandbox.acronis.query import Pairs, Query, filter_keys, find, read_level, read_limit, read_query, trim, visible
from bot.sandbox.acronis.refusals import bad_request, not_found
from bot.sandbox.acronis.shelf import Row, Shelf
from bot.sandbox.acronis.weather import Weather
from bot.sandbox.acronis.world import World

_LOG_SIZE: Final = 20_000
_ANSWERS_KEPT: Final = 4


@dataclass(slots=True)
class Settings:
    """How the server behaves where the reference leaves it open. Turned by the control API while it runs."""

    envelope: str = "real"
    end: str = "missing"
    max_page: int = 1000
    unauthorised: str = "json"
    role: bool = True
    date_offset: int = 0
    """Seconds by which the Date header is off."""


@dataclass(slots=True)
class Seen:
    """One request as it came. Never holds a secret or a token. `answered_at` is when its answer was ready to go."""

    at: str
    method: str
    path: str
    query: str
    params: list[tuple[str, str]]
    user_agent: str
    authorised: bool = False
    status: int | None = None
    fault: str = ""
    answered_at: str = ""


@dataclass(slots=True)
class _Answer:
    version: int
    rows: list[Row]


@dataclass(slots=True)
class _Malformed:
    items: list[Any]
    left: int


@dataclass(slots=True)
class Site:
    """`office` and `world` are replaced by `reset`; so hold the site, not its parts."""

    new_world: Callable[[], World]
    new_office: Callable[[World], Office]
    world: World = field(init=False)
    office: Office = field(init=False)
    settings: Settings = field(default_factory=Settings)
    weather: Weather = field(default_factory=Weather)
    log: deque[Seen] = field(default_factory=lambda: deque(maxlen=_LOG_SIZE))
    malformed: deque[_Malformed] = field(default_factory=deque)
    _answers: dict[tuple[object, ...], _Answer] = field(default_factory=dict)
    _key: bytes = field(default_factory=lambda: hashlib.sha256(b"pretend acronis").digest())

    def __post_init__(self) -> None:
        self.world = self.new_world()
        self.office = self.new_office(self.world)

    def reset(self) -> None:
        """As it was at the start: same world, no tokens, fine weather, empty log. Held requests are let go."""
        self.weather.release()
        self.weather.clear()
        self.settings = Settings()
        self.log.clear()
        self.malformed.clear()
        self._answers.clear()
        self.world = self.world.renew()
        self.office = self.new_office(self.world)

    def spoil(self, items: list[Any], count: int) -> None:
        """Puts `items` in the middle of the next `count` list answers."""
        self.malformed.append(_Malformed(items, count))

    def seen(self, method: str, path: str, query: str, params: Pairs, user_agent: str) -> Seen:
        """Writes a request down; the caller adds how it ended."""
        entry = Seen(write_stamp(self.world.now()), method, path, query, list(params), user_agent)
        self.log.append(entry)
        return entry

    def listing(self, kind: str, pairs: Pairs, locator: str) -> dict[str, Any]:
        """The answer of a list request. Raises Refusal."""
        self.world.advance()
        cursor = self._cursor(kind, pairs)
        query = read_query(kind, cursor.pairs)
        rows = self._rows(cursor, query, locator)
        level = read_level([value for key, value in pairs if key == "lod"]) if cursor.offset else query.lod
        if level == "count":
            return {"count": len(rows)}
        size = self._size(pairs, query, len(rows))
        found = [trim(row.raw, level) for row in rows[cursor.offset : cursor.offset + size]]
        page = Page(self._spoiled(found), cursor.offset, size, len(rows))
        cursors = tokens_of(page, cursor, self._key, self.settings.end)
        return envelope(page, cursors, self.settings.envelope, self.settings.end, self.world.now())

    def _cursor(self, kind: str, pairs: Pairs) -> Cursor:
        tokens = [value for key, value in pairs if key in ("after", "before") and value]
        if not tokens:
            return Cursor(kind, tuple(pair for pair in pairs if pair[0] not in ("after", "before")), 0)
        again = sorted({key for key, _ in pairs} & filter_keys(kind))
        if again:
            raise bad_request(f"after: only limit may stand beside it, not {', '.join(again)}")
        return read_token(tokens[-1], kind, self._key)

    def _size(self, pairs: Pairs, query: Query, total: int) -> int:
        """Rows on this page: the limit of this request, else of the first; capped in silence; no limit means all."""
        limit = read_limit([value for key, value in pairs if key == "limit"]) or query.limit
        return min(limit, self.settings.max_page) if limit else max(total, 1)

    def _rows(self, cursor: Cursor, query: Query, locator: str) -> list[Row]:
        shelf = self.shelf(cursor.kind)
        known = tuple(pair for pair in cursor.pairs if pair[0] not in ("limit", "lod"))
        place = (cursor.kind, known, locator)
        answer = self._answers.pop(place, None)
        if not answer or answer.version != shelf.version:
            answer = _Answer(shelf.version, find(query, shelf, locator))
        self._answers[place] = answer
        while len(self._answers) > _ANSWERS_KEPT:
            del self._answers[next(iter(self._answers))]
        return answer.rows

    def _spoiled(self, items: list[Any]) -> list[Any]:
        if not self.malformed:
            return items
        first = self.malformed[0]
        first.left -= 1
        if not first.left:
            self.malformed.popleft()
        middle = len(items) // 2
        return [*items[:middle], *first.items, *items[middle:]]

    def shelf(self, kind: str) -> Shelf:
        return self.world.tasks if kind == "tasks" else self.world.activities

    def single(self, kind: str, key: str, pairs: Pairs, locator: str) -> Any:
        """One object by its decimal id. Raises Refusal: 400 for what is no id, 404 for one that nobody may see."""
        self.world.advance()
        level = read_level([value for name, value in pairs if name == "lod"])
        if level == "count":
            raise bad_request("lod: count is for lists")
        if not (key.isascii() and key.isdecimal()):
            raise bad_request(f"{key!r} is not an id")
        row = self.shelf(kind).get(int(key))
        deleted = ("allow_deleted", "true") in pairs
        if row is None or (row.deleted and not deleted) or not visible(row, locator):
            raise not_found(kind, key)
        return trim(row.raw, level)
