"""Pages: tokens that hold the query and a position, and the envelopes they travel in (§7).

A position counts rows, so when rows change between two pages some are seen twice and some not at all, as in the field.
"""

import base64
import binascii
import hashlib
import hmac
import json
from dataclasses import dataclass
from typing import Any, Final

from bot.sandbox.acronis.instants import write_stamp
from bot.sandbox.acronis.query import Pairs
from bot.sandbox.acronis.refusals import bad_request

ENVELOPES: Final = ("real", "guide", "spec")
ENDS: Final = ("missing", "empty", "repeat", "no_paging", "null_items")
_SEAL: Final = 8


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place in an answer: the first request's parameters, and how many rows lie before it."""

    kind: str
    pairs: tuple[tuple[str, str], ...]
    offset: int


def write_token(cursor: Cursor, key: bytes) -> str:
    """Opaque to clients: base64 that always ends in `=`, as in the guide.

    No `+` and no `/`: the vendor's bash example puts the token into the URL as it is.
    """
    body = json.dumps([cursor.kind, cursor.pairs, cursor.offset], separators=(",", ":")).encode()
    body += b" " * ((_SEAL + len(body)) % 3 == 0)
    return base64.urlsafe_b64encode(_seal(body, key) + body).decode()


def read_token(token: str, kind: str, key: bytes) -> Cursor:
    """Raises Refusal (400) for a token that this server did not write, or wrote for the other list."""
    try:
        sealed = base64.b64decode(token, altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise bad_request("after: not a paging token") from error
    seal, body = sealed[:_SEAL], sealed[_SEAL:]
    if not hmac.compare_digest(seal, _seal(body, key)):
        raise bad_request("after: not a paging token")
    of, pairs, offset = json.loads(body)
    if of != kind:
        raise bad_request("after: this token belongs to another list")
    return Cursor(of, tuple((name, value) for name, value in pairs), offset)


def _seal(body: bytes, key: bytes) -> bytes:
    return hmac.new(key, body, hashlib.sha256).digest()[:_SEAL]


@dataclass(frozen=True, slots=True)
class Page:
    """One answer: `start` rows lie before it, `total` match now, `size` were wanted at most."""

    items: list[Any]
    start: int
    size: int
    total: int

    @property
    def is_last(self) -> bool:
        return self.start + self.size >= self.total


def tokens_of(page: Page, cursor: Cursor, key: bytes, end: str) -> dict[str, str]:
    """The cursors of a page. `end` says how the last page shows that it is one (`ENDS`)."""

    def token(offset: int) -> str:
        return write_token(Cursor(cursor.kind, _without_place(cursor.pairs), offset), key)

    cursors = {"before": token(max(page.start - page.size, 0))} if page.start else {}
    if not page.is_last:
        cursors["after"] = token(page.start + page.size)
    elif end == "empty":
        cursors["after"] = ""
    elif end == "repeat":
        cursors["after"] = token(page.start)
    return cursors


def _without_place(pairs: Pairs) -> tuple[tuple[str, str], ...]:
    return tuple(pair for pair in pairs if pair[0] not in ("after", "before"))


def envelope(page: Page, cursors: dict[str, str], style: str, end: str, at: int) -> dict[str, Any]:
    """The body of a list. `real` has `paging`, `size` and `timeStamp`, `guide` only `paging`, `spec` bare cursors.

    A vendor sample reads `size` without asking whether it is there. It is taken to be that of
    the page; `at` is the server's time in unix nanoseconds.
    """
    items = None if end == "null_items" and not page.items else page.items
    if style == "spec":
        return {"items": items, "cursors": cursors}
    body: dict[str, Any] = {"items": items}
    if style == "real":
        body |= {"size": len(page.items), "timeStamp": write_stamp(at)}
    if not (end == "no_paging" and page.is_last):
        body["paging"] = {"cursors": cursors}
    return body
