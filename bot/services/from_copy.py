"""Lists from the bot's own copy, a page at a time. `Cover` says what it is worth to the question. Knows no account."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from bot.blocks.paging import ROWS, first_row
from bot.language import DEFAULT_KINDS
from bot.model import FAILED, Found, Kind, Listing, Origin, Task, TaskQuery, TaskState
from bot.services.coverage import Cover
from bot.services.live import OK, PAUSED, STARTED, is_newest_first
from bot.store.copy.search import Questions

WHOLE = 200
"""Failures that are read at once, so that those with one cause stand together; of more, a page is."""
AT_ONCE = 200  # running and paused tasks that are read of the copy for one answer


async def listing(copy: Questions, query: TaskQuery, cover: Cover, page: int) -> Listing:
    """One page of the tasks asked for, or the nearest page, and what is said beside it."""
    found, hidden, paused = await asyncio.gather(
        wrong(copy, query, cover.as_of, page) if _is_of_failures(query) else _page(copy, query, cover.as_of, page),
        _hidden(copy, query, cover),
        _paused(copy, query, cover),
    )
    shown = Listing(_with_gaps(found, query, cover), hidden=hidden, paused=paused)
    asks_for_wrong = bool(query.results) and not query.results & OK
    if not asks_for_wrong or found.size or shown.found.partial:
        return shown
    fine, newest = await copy.count(replace(query, results=OK, limit=None), cover.as_of)
    return replace(shown, fine=fine, newest=newest)


def overview(found: Found[Task], well: tuple[int, datetime | None], current: Found[Task], cover: Cover) -> Listing:
    """`found` is a page of what is paused and what ended other than well; `well`: how many ended well, and the last."""
    fine, newest = well
    gaps = "; ".join(filter(None, (cover.gap, current.partial, found.partial)))
    return Listing(
        replace(found, partial=gaps, back_to=cover.starts_at, malformed=current.malformed, stale=cover.stale),
        current=current.items,
        fine=fine,
        newest=newest,
        before=paused_of(current),
    )


async def other_page(copy: Questions, query: TaskQuery, shown: Listing, page: int) -> Listing:
    """Another page of a list that was shown, as of then. A live list is whole. What is said beside it stays."""
    then = shown.found
    if then.origin is Origin.LIVE or then.is_whole:
        return shown
    wanted = query if shown.before is None else not_ok(query)
    found = await _page(copy, wanted, then.as_of, page, shown.before or ())
    return replace(shown, found=replace(then, items=found.items, offset=found.offset, total=found.total))


async def wrong(
    copy: Questions, query: TaskQuery, as_of: datetime, page: int, before: Sequence[Task] = ()
) -> Found[Task]:
    """All that fits, or a page where that is more than `WHOLE`. The list begins with the tasks `before`."""
    found = await copy.find(query, as_of, rows=WHOLE, before=before)
    return found if found.is_whole else await _page(copy, query, as_of, page, before)


async def _page(
    copy: Questions, query: TaskQuery, as_of: datetime, page: int, before: Sequence[Task] = ()
) -> Found[Task]:
    return await copy.find(query, as_of, offset=first_row(page), rows=ROWS, before=before)


def _is_of_failures(query: TaskQuery) -> bool:
    return bool(query.results) and query.results <= FAILED


async def last_seen(copy: Questions, now: TaskQuery, cover: Cover, why: str = "") -> Found[Task]:
    """What ran and was paused when it was last read. `why` says why nothing newer is known: then it is partial."""
    found = await copy.find(now, cover.as_of, rows=AT_ONCE)
    gap = f"what runs and is paused is as last read, now {why}" if why else ""
    return replace(found, partial=gap or ("more run than are counted" if found.size > AT_ONCE else ""))


def _with_gaps(found: Found[Task], query: TaskQuery, cover: Cover) -> Found[Task]:
    """Adds what the copy lacks. The newest few are all there, however far back it goes."""
    is_cut = query.limit is not None and found.size >= query.limit
    lacks_nothing = is_cut and cover.is_enough and is_newest_first(query)
    gap, back_to = ("", None) if lacks_nothing else (cover.gap, cover.starts_at)
    gaps = "; ".join(filter(None, (gap, found.partial)))
    return replace(found, origin=Origin.COPY, partial=gaps, back_to=back_to, stale=cover.stale, is_cut=is_cut)


def paused_of(current: Found[Task]) -> tuple[Task, ...]:
    return tuple(task for task in current.items if task.state == TaskState.PAUSED)


def not_ok(query: TaskQuery) -> TaskQuery:
    """The same question for what did not end well. Unknown results are among it."""
    return replace(query, left_out=replace(query.left_out, results=query.left_out.results | OK))


async def _hidden(copy: Questions, query: TaskQuery, cover: Cover) -> int:
    """How many management tasks are left out; 0 where the copy does not hold all of them."""
    if query.kinds != DEFAULT_KINDS or not cover.has_rest:
        return 0
    management = replace(query, kinds=frozenset({Kind.MANAGEMENT}), roots_only=False, limit=None)
    return (await copy.count(management, cover.as_of))[0]


async def _paused(copy: Questions, query: TaskQuery, cover: Cover) -> int:
    if query.states != STARTED:
        return 0
    return (await copy.count(replace(query, states=PAUSED, limit=None), cover.as_of))[0]
