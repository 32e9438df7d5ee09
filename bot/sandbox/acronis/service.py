"""Everything one running server holds, and how it answers a list. No HTTP in here.

A position counts rows: when rows change between two pages, some are seen twice and some not at all (§7).
"""

import base64
import hashlib
from collections import deque
from dataclasses import dataclass, replace
from typing import Any, Final

from bot.sandbox.acronis.apis import Apis
from bot.sandbox.acronis.errors import bad_request, domain_error
from bot.sandbox.acronis.events import Events
from bot.sandbox.acronis.faults import Faults
from bot.sandbox.acronis.plans import Plans
from bot.sandbox.acronis.query import Pairs, Query, filter_keys, find, read_level, read_limit, read_query, trim, visible
from bot.sandbox.acronis.shape import Shape
from bot.sandbox.acronis.table import Row
from bot.sandbox.acronis.times import write_stamp
from bot.sandbox.acronis.tokens import Tokens
from bot.sandbox.acronis.world import World

ENVELOPES: Final = ("real", "guide", "spec")
ENDS: Final = ("missing", "empty", "repeat", "no_paging", "null_items")
_PLACES: Final = ("after", "before")
_LOG_SIZE: Final = 20_000
_ANSWERS_KEPT: Final = 4


@dataclass(slots=True)
class Settings:
    """What the reference leaves open. `date_offset` is by how many seconds the Date header is off."""

    envelope: str = "real"
    end: str = "missing"
    max_page: int = 1000
    unauthorised: str = "json"
    role: bool = True
    acting_role: bool = True
    date_offset: int = 0


@dataclass(slots=True)
class Seen:
    """One request as it came. Never holds a secret or a token. `body` is JSON.

    `answered_at` is when its answer was ready to go.
    """

    at: str
    method: str
    path: str
    query: str
    params: list[tuple[str, str]]
    user_agent: str
    body: Any = None
    authorised: bool = False
    status: int | None = None
    fault: str = ""
    answered_at: str = ""


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place in an answer: the first request's parameters, and how many rows lie before it."""

    kind: str
    pairs: tuple[tuple[str, str], ...]
    offset: int


class Service:
    """What stands for settings and answers is replaced by `reset`; so hold the service, not its parts."""

    def __init__(self, world: World, client_id: str, client_secret: str) -> None:
        self.world = world
        self.faults = Faults()
        self.log: deque[Seen] = deque(maxlen=_LOG_SIZE)
        self.malformed: list[list[Any]] = []  # for each of the next list answers the items to put in its middle
        self.poison: list[str] = []  # for each of the next list answers what the first item's `argument` is
        self.run_answers: list[str] = []  # how the next requests to run are answered
        self._client = (client_id, client_secret)
        self._cursors: dict[str, Cursor] = {}
        self._renew()

    def _renew(self) -> None:
        self.settings = Settings()
        self.tokens = Tokens(*self._client, self.world.home)
        self.plans = Plans(self.world)
        self.shape = Shape()
        self.apis = Apis(self.world, self.shape, self.plans)
        self.events = Events(self.world, self.faults)
        self._answers: dict[tuple[object, ...], tuple[int, list[Row]]] = {}

    def reset(self) -> None:
        """As it was at the start: same world, no tokens, no faults, empty log. Held requests are let go."""
        self.faults.release()
        self.faults.clear()
        self.log.clear()
        self.malformed.clear()
        self.poison.clear()
        self.run_answers.clear()
        self.world.reset()
        self._renew()

    def seen(self, method: str, path: str, query: str, params: Pairs, user_agent: str) -> Seen:
        """Writes a request down; the caller adds how it ended."""
        self.log.append(Seen(write_stamp(self.world.now()), method, path, query, list(params), user_agent))
        return self.log[-1]

    def single(self, kind: str, key: str, pairs: Pairs, locator: str) -> Any:
        """One object by its decimal id. Raises Refusal: 400 for what is no id, 404 for one that nobody may see."""
        self.world.advance()
        level = read_level([value for name, value in pairs if name == "lod"])
        if level == "count":
            raise bad_request("lod: count is for lists")
        if not (key.isascii() and key.isdecimal()):
            raise bad_request(f"{key!r} is not an id")
        row = self.world.table(kind).get(int(key))
        if (
            row is None
            or (row.deleted and ("allow_deleted", "true") not in pairs)
            or not visible(row, locator, self.world.fleet.blind())
        ):
            raise domain_error(404, "NotFound", f"{kind} {key} not found")
        return trim(row.raw, level)

    def listing(self, kind: str, pairs: Pairs, locator: str) -> dict[str, Any]:
        """The answer of a list request. Raises Refusal."""
        self.world.advance()
        cursor = self._cursor(kind, pairs)
        query = read_query(kind, cursor.pairs)
        rows = self._rows(cursor, query, locator)
        level = read_level([value for key, value in pairs if key == "lod"]) if cursor.offset else query.lod
        if level == "count":
            return {"count": len(rows)}
        # The limit of this request, else of the first; capped in silence; no limit means all
        limit = read_limit([value for key, value in pairs if key == "limit"]) or query.limit
        size = min(limit, self.settings.max_page) if limit else max(len(rows), 1)
        end = cursor.offset + size
        items = self._spoiled([trim(row.raw, level) for row in rows[cursor.offset : end]])
        return self._envelope(items, cursor, size, is_last=end >= len(rows))

    def _cursor(self, kind: str, pairs: Pairs) -> Cursor:
        tokens = [value for key, value in pairs if key in _PLACES and value]
        if not tokens:
            return Cursor(kind, tuple(pair for pair in pairs if pair[0] not in _PLACES), 0)
        again = sorted({key for key, _ in pairs} & filter_keys(kind))
        if again:
            raise bad_request(f"after: only limit may stand beside it, not {', '.join(again)}")
        cursor = self._cursors.get(tokens[-1])
        if cursor is None:
            raise bad_request("after: not a paging token")
        if cursor.kind != kind:
            raise bad_request("after: this token belongs to another list")
        return cursor

    def _token(self, cursor: Cursor) -> str:
        """Base64 that ends in `=` as in the guide, without `+` and `/`: the vendor's bash example does not quote it."""
        token = base64.urlsafe_b64encode(hashlib.sha256(repr(cursor).encode()).digest()).decode()
        self._cursors[token] = cursor
        return token

    def _rows(self, cursor: Cursor, query: Query, locator: str) -> list[Row]:
        """What the query finds, kept as long as its table stays as it is."""
        table = self.world.table(cursor.kind)
        known = tuple(pair for pair in cursor.pairs if pair[0] not in ("limit", "lod"))
        blind = self.world.fleet.blind()
        place = (cursor.kind, known, locator, blind)
        answer = self._answers.pop(place, None)
        if not answer or answer[0] != table.version:
            answer = (table.version, find(query, table, locator, blind))
        self._answers[place] = answer
        while len(self._answers) > _ANSWERS_KEPT:
            del self._answers[next(iter(self._answers))]
        return answer[1]

    def _spoiled(self, items: list[Any]) -> list[Any]:
        middle = len(items) // 2
        return [*items[:middle], *self.malformed.pop(0), *items[middle:]] if self.malformed else items

    def _envelope(self, items: list[Any], cursor: Cursor, size: int, *, is_last: bool) -> dict[str, Any]:
        """The body of a list: see README.md. `size`, which a vendor sample reads, is taken to be that of the page."""

        def token(offset: int) -> str:
            return self._token(replace(cursor, offset=offset))

        style, ending = self.settings.envelope, self.settings.end if is_last else ""
        cursors = {"before": token(max(cursor.offset - size, 0))} if cursor.offset else {}
        if not is_last or ending in ("empty", "repeat"):
            cursors["after"] = "" if ending == "empty" else token(cursor.offset if is_last else cursor.offset + size)
        body: dict[str, Any] = {"items": None if self.settings.end == "null_items" and not items else items}
        if style == "spec":
            return body | {"cursors": cursors}
        if style == "real":
            body |= {"size": len(items), "timeStamp": write_stamp(self.world.now())}
        return body if ending == "no_paging" else body | {"paging": {"cursors": cursors}}
