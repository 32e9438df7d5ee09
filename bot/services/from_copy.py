"""Answers from the bot's own copy: a page at a time, and numbers that are counted, not read. Knows no account.

Every function is handed what the copy is worth to the question (`Cover`), and raises nothing of Acronis.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Protocol

from bot.blocks.paging import ROWS
from bot.language import DEFAULT_KINDS
from bot.model import (
    Found,
    History,
    Kind,
    Listing,
    NameField,
    Origin,
    Past,
    Protection,
    Reach,
    ResultCode,
    Stats,
    Task,
    TaskQuery,
    TaskState,
)
from bot.services.coverage import Cover
from bot.services.live import is_newest_first

STARTED = frozenset[str]({TaskState.STARTED})
PAUSED = frozenset[str]({TaskState.PAUSED})
OK = frozenset[str]({ResultCode.OK})
AT_ONCE = 200
"""Running and paused tasks that are read of the copy for one answer."""


class Copy(Protocol):
    """What the bot keeps of Acronis's tasks. Nothing that is newer than `as_of` is in an answer."""

    async def reaches(self) -> tuple[Reach, ...]: ...
    async def find(self, query: TaskQuery, as_of: datetime, /, *, offset: int = 0, rows: int = ROWS) -> Found[Task]: ...
    async def count(self, query: TaskQuery, as_of: datetime, /) -> tuple[int, datetime | None]: ...
    async def stats(self, query: TaskQuery, as_of: datetime, /) -> Stats: ...
    async def history(self, query: TaskQuery, as_of: datetime, /) -> tuple[History, ...]: ...
    async def protected(
        self, query: TaskQuery, as_of: datetime, target: timedelta, /, *, offset: int = 0, rows: int = ROWS
    ) -> Protection: ...
    async def known_names(self, field: NameField, /) -> tuple[str, ...]: ...
    async def past(self, task: Task, /) -> Past: ...
    async def usual(self, running: Sequence[Task], /) -> Mapping[str, timedelta]: ...
    async def task(self, id: str, /) -> Task | None: ...  # noqa: A002 - the API's own word
    async def posted_task(self, channel: str, ts: str, /) -> str: ...


async def listing(copy: Copy, query: TaskQuery, cover: Cover, page: int, stale: str = "") -> Listing:
    """One page of the tasks asked for, and what is said beside it."""
    found, hidden, paused = await asyncio.gather(
        find(copy, query, cover, page, stale), _hidden(copy, query, cover), _paused(copy, query, cover)
    )
    shown = Listing(found, hidden=hidden, paused=paused)
    asks_for_wrong = bool(query.results) and not query.results & OK
    if not asks_for_wrong or found.size or found.partial:
        return shown
    fine, newest = await copy.count(replace(query, results=OK, limit=None), cover.as_of)
    return replace(shown, fine=fine, newest=newest)


async def find(copy: Copy, query: TaskQuery, cover: Cover, page: int, stale: str = "") -> Found[Task]:
    """A page that does not exist is the nearest one. The newest few are all there, however far back the copy goes."""
    found = await copy.find(query, cover.as_of, offset=(max(page, 1) - 1) * ROWS, rows=ROWS)
    if found.size and not found.items and page > 1:
        found = await copy.find(query, cover.as_of, offset=start_of(page, found.size), rows=ROWS)
    is_filled = query.limit is not None and found.size >= query.limit and is_newest_first(query)
    gap, back_to = ("", None) if is_filled and cover.is_enough else (cover.gap, cover.starts_at)
    partial = "; ".join(filter(None, (gap, found.partial)))
    is_cut = query.limit is not None and found.size >= query.limit
    return replace(found, origin=Origin.COPY, partial=partial, back_to=back_to, stale=stale, is_cut=is_cut)


async def last_seen(copy: Copy, now: TaskQuery, cover: Cover, why: str = "") -> Found[Task]:
    """What ran and was paused when it was last read; where `why` says why that has to do, it is partial."""
    found = await copy.find(now, cover.as_of, rows=AT_ONCE)
    partial = f"what runs and is paused is as last read, now {why}" if why else ""
    return replace(found, partial=partial or ("more run than are counted" if found.size > AT_ONCE else ""))


async def overview(copy: Copy, query: TaskQuery, cover: Cover, page: int, current: Found[Task], stale: str) -> Listing:
    """What is paused, of `current`; then what ended other than well, a page of both together.

    Results that nobody knows are among what did not end well.
    """
    paused = [task for task in current.items if task.state == TaskState.PAUSED]
    wrong = replace(query, left_out=replace(query.left_out, results=query.left_out.results | OK))
    found, (fine, newest) = await asyncio.gather(
        _behind(copy, wrong, cover, paused, page), copy.count(replace(query, results=OK), cover.as_of)
    )
    partial = "; ".join(filter(None, (cover.gap, current.partial, found.partial)))
    return Listing(
        replace(found, partial=partial, back_to=cover.starts_at, malformed=current.malformed, stale=stale),
        running=sum(task.state == TaskState.STARTED for task in current.items),
        fine=fine,
        newest=newest,
        before=tuple(paused),
    )


async def turned(copy: Copy, query: TaskQuery, shown: Listing, page: int) -> Listing:
    """Another page of a list that was shown, as of then. What was said beside it stays."""
    then = shown.found
    cover = Cover(then.as_of, is_fresh=True, is_enough=True)
    if shown.before is None:
        found = await find(copy, query, cover, page)
    else:
        wrong = replace(query, left_out=replace(query.left_out, results=query.left_out.results | OK))
        found = await _behind(copy, wrong, cover, shown.before, page)
    return replace(shown, found=replace(then, items=found.items, offset=found.offset, total=found.total))


def start_of(page: int, size: int) -> int:
    """Where a page begins; the last one, where there are fewer."""
    return min(max(page, 1) - 1, max(-(-size // ROWS) - 1, 0)) * ROWS


async def _behind(copy: Copy, query: TaskQuery, cover: Cover, before: Sequence[Task], page: int) -> Found[Task]:
    """A page of a list that begins with the tasks `before` and goes on with those of the copy."""
    first = await _joined(copy, query, cover, before, (max(page, 1) - 1) * ROWS)
    if first.items or page <= 1 or not first.size:
        return first
    return await _joined(copy, query, cover, before, start_of(page, first.size))


async def _joined(copy: Copy, query: TaskQuery, cover: Cover, before: Sequence[Task], start: int) -> Found[Task]:
    mine = tuple(before[start : start + ROWS])
    rows = ROWS - len(mine)
    found = await copy.find(query, cover.as_of, offset=max(start - len(before), 0), rows=max(rows, 1))
    items = (*mine, *found.items[:rows])
    return replace(found, items=items, origin=Origin.COPY, offset=start, total=found.size + len(before))


async def _hidden(copy: Copy, query: TaskQuery, cover: Cover) -> int:
    """Management tasks that are left out; 0 too where the copy does not hold all of them."""
    if query.kinds != DEFAULT_KINDS or not cover.has_rest:
        return 0
    management = replace(query, kinds=frozenset({Kind.MANAGEMENT}), roots_only=False, limit=None)
    return (await copy.count(management, cover.as_of))[0]


async def _paused(copy: Copy, query: TaskQuery, cover: Cover) -> int:
    if query.states != STARTED:
        return 0
    return (await copy.count(replace(query, states=PAUSED, limit=None), cover.as_of))[0]
