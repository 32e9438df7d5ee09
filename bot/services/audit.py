"""The audit as it is asked for: a page for people, or all of it as CSV."""

import csv
import io
import unicodedata
from collections.abc import AsyncIterator, Iterable
from datetime import UTC
from typing import Final

from bot.blocks.paging import ROWS, first_row, last_row
from bot.model import Attempt, AuditEntry, AuditPage, AuditQuery
from bot.store.audit import Audit

COLUMNS: Final = (
    *("number", "at", "user", "team", "act", "via", "channel", "alert", "target", "tenant", "name", "plan"),
    *("text", "refused", "before", "after"),
)
_FORMULA: Final = frozenset("=+-@\u2212")
_QUOTES: Final = frozenset("\"'`‘’‚“”„«»‹›")
_BREAKS: Final = frozenset("\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029")


class Audits:
    """Without a book it is empty."""

    def __init__(self, book: Audit | None = None) -> None:
        self._book = book

    async def write(self, attempt: Attempt) -> None:
        """An attempt that changed nothing: one that was refused, or that only reads."""
        if self._book is not None:
            await self._book.write(attempt)

    async def find(self, query: AuditQuery, page: int = 1) -> AuditPage:
        """A page of what the query asks for, the newest first; the nearest where it does not exist."""
        if self._book is None:
            return AuditPage((), 0)
        found = await self._book.find(query, first_row(page), ROWS)
        if found.size and not found.entries:
            return await self._book.find(query, last_row(found.size), ROWS)
        return found


async def csv_lines(book: Audit, query: AuditQuery) -> AsyncIterator[str]:
    """The heading, and a line for each entry, the newest first. Each ends with a line break, and has no other one."""
    yield _line(COLUMNS)
    async for entry in book.every(query):
        yield _line(_cells(entry))


def harmless(cell: str) -> str:
    """In one line, and no formula: what a spreadsheet would read as one gets an apostrophe before it.

    Blanks, quotes and invisible signs before the first sign are looked past, and full-width forms count as their own.
    """
    line = "".join(" " if char in _BREAKS else char for char in cell if char != "\0")
    first = next((char for char in line if not _is_passed_over(char)), "")
    is_formula = unicodedata.normalize("NFKC", first)[:1] in _FORMULA if first else False
    return f"'{line}" if is_formula or cell[:1] in ("\t", "\r") else line


def _is_passed_over(char: str) -> bool:
    return char.isspace() or char in _QUOTES or unicodedata.category(char) in ("Cc", "Cf", "Mn")


def _cells(entry: AuditEntry) -> Iterable[str]:
    attempt = entry.attempt
    alert = "" if attempt.alert_id is None else str(attempt.alert_id)
    at = attempt.at.astimezone(UTC).isoformat(timespec="seconds")
    yield from (str(entry.number), at, attempt.user_id, attempt.team_id, attempt.act.value, attempt.via)
    yield from (attempt.channel, alert, attempt.target, entry.tenant, entry.name, entry.plan)
    yield from (attempt.text, attempt.refused, attempt.before, attempt.after)


def _line(cells: Iterable[str]) -> str:
    """Each cell in quotes: a program that parts cells at another sign than the comma finds none of its own."""
    line = io.StringIO()
    csv.writer(line, quoting=csv.QUOTE_ALL, lineterminator="\n").writerow(map(harmless, cells))
    return line.getvalue()
