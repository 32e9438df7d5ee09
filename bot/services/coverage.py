"""Whether the copy can answer a question, or Acronis has to be asked. All but `Coverage` is pure.

live     what runs, is queued or paused now
copy     whatever every account's copy covers: read not long ago, and reaching back as far as the question
live     where the copy is behind or too short
copy     where Acronis is away: then the answer says so

Once all runs that Acronis keeps have been read, nothing older is to be had, and the copy says since when it has them.
"""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from bot.errors import StoreUnavailable
from bot.language import DEFAULT_KINDS, KEPT
from bot.model import Basis, Clock, Kind, Reach, TaskQuery, TaskState
from bot.model.values import dataclass
from bot.services.fan_out import latest
from bot.store.copy.search import Questions

NOW: Final = frozenset[str](TaskState) - {TaskState.COMPLETED}
BEHIND: Final = "the bot has not read Acronis for some time, this is its copy"
UNREADABLE: Final = "the bot cannot read its copy"
ABOUT_NOW: Final = TaskQuery(states=frozenset[str]({TaskState.STARTED}))  # the copy must be fresh
ALL_RUNS: Final = TaskQuery(kinds=DEFAULT_KINDS, roots_only=True)  # answered only where the copy holds all runs
_ROUGHLY = timedelta(days=1)
_BETWEEN_PRUNINGS = timedelta(hours=1)
_OLDER_IS_NOWHERE = "Acronis keeps nothing older"
_LATER = "the bot's copy reaches no further back"
_NOT_KEPT = "the bot keeps older backup and restore runs only"


@dataclass(frozen=True, slots=True)
class Cover:
    """What the copy is worth to one question, read by all accounts up to `as_of`.

    `is_fresh`: that is not long ago, or later than the answer of which more is wanted; else `stale` says so in words.
    `is_enough`: Acronis has no better answer; `gap` says what the copy lacks. It has all since `starts_at`, if known.
    `has_rest`: other tasks than runs are there for the whole time too. `has_nothing`: no account was ever read.
    """

    as_of: datetime
    is_fresh: bool
    is_enough: bool
    stale: str = ""
    gap: str = ""
    starts_at: datetime | None = None
    has_rest: bool = True
    has_nothing: bool = False

    @property
    def answers(self) -> bool:
        return self.is_fresh and self.is_enough


class Coverage:
    """What the copy is worth at this moment. A copy read longer than `stale_after` ago is behind."""

    def __init__(self, copy: Questions, accounts: Collection[str], clock: Clock, stale_after: timedelta) -> None:
        self._copy = copy
        self._accounts = frozenset(accounts)
        self._clock = clock
        self._stale_after = stale_after

    async def of(self, query: TaskQuery, as_of: datetime | None = None) -> Cover:
        """`as_of` is the moment of an answer that was given before, of which more is wanted."""
        try:
            reaches = await self._copy.reaches()
        except StoreUnavailable:
            return Cover(self._clock.now(), is_fresh=False, is_enough=False, stale=UNREADABLE, has_nothing=True)
        return self._cover(query, reaches, as_of)

    async def basis(self, query: TaskQuery, as_of: datetime | None = None) -> Basis:
        """What an answer about root runs rests on: the copy alone can give those."""
        reaches = await self._copy.reaches()
        cover = self._cover(of_runs(query), reaches, as_of)
        begins = f"; it begins on {cover.starts_at:%Y-%m-%d} (UTC)" if cover.starts_at else ""
        history_from = runs_from(reaches, self._accounts)
        return Basis(cover.as_of, stale=cover.stale, partial=cover.gap + begins, history_from=history_from)

    async def read_at(self, account: str) -> datetime | None:
        return next((reach.read_at for reach in await self._copy.reaches() if reach.account == account), None)

    def _cover(self, query: TaskQuery, reaches: Sequence[Reach], as_of: datetime | None) -> Cover:
        now = self._clock.now()
        return cover_of(query, reaches, self._accounts, now - self._stale_after, now, as_of)


def asks_now(query: TaskQuery) -> bool:
    """Whether it is about the present. The copy is a minute old and holds no progress."""
    return bool(query.states & NOW)


def cover_of(
    query: TaskQuery,
    reaches: Sequence[Reach],
    accounts: Collection[str],
    fresh_since: datetime,
    now: datetime,
    as_of: datetime | None = None,
) -> Cover:
    """`accounts` are those that a whole answer needs; what was read before `fresh_since` is stale."""
    known = [reach for reach in reaches if reach.account in accounts]
    read = [reach.read_at for reach in known if reach.read_at is not None]
    unread = sorted(set(accounts) - {reach.account for reach in known if reach.read_at is not None})
    wanted = fresh_since if as_of is None else min(as_of, fresh_since)
    moments = read if as_of is None else [*read, as_of]
    rest_from = latest([_rest_from(reach, now) for reach in known])
    starts_at = latest([reach.runs_from for reach in known]) if _is_runs(query) else rest_from
    is_short = not _begins_within(query, starts_at)
    runs_kept = [reach.runs_from for reach in known if reach.is_whole and reach.runs_from is not None]
    is_whole = _is_runs(query) and 0 < len(known) == len(runs_kept) and max(runs_kept) <= now - KEPT + _ROUGHLY
    gaps = [f"nothing has been read of account {name} yet" for name in unread]
    asks_older = not is_whole or query.after is not None or query.before is not None
    if is_short and asks_older:
        gaps.append(_OLDER_IS_NOWHERE if is_whole else _LATER if _is_runs(query) else _NOT_KEPT)
    return Cover(
        as_of=min(moments, default=now),
        is_fresh=not unread and all(at >= wanted for at in read),
        stale="" if not unread and all(at >= fresh_since for at in read) else BEHIND,
        is_enough=not unread and (is_whole or not is_short),
        gap="; ".join(gaps),
        starts_at=starts_at if is_short and asks_older else None,
        has_rest=_begins_within(query, rest_from),
        has_nothing=not read,
    )


def runs_from(reaches: Sequence[Reach], accounts: Collection[str]) -> datetime | None:
    """Since when the copy has all runs of all accounts; None where that is not known."""
    known = [reach.runs_from for reach in reaches if reach.account in accounts]
    return latest(known) if len(known) == len(accounts) else None


def of_runs(query: TaskQuery) -> TaskQuery:
    """The part of a question that is about root runs, of which statistics and histories are made."""
    return replace(query, kinds=(query.kinds - {Kind.MANAGEMENT}) or DEFAULT_KINDS, roots_only=True)


def _is_runs(query: TaskQuery) -> bool:
    """Whether it asks for root runs alone, which are kept longer than all else."""
    asks_management = not query.kinds or Kind.MANAGEMENT in query.kinds
    return query.roots_only and (not asks_management or Kind.MANAGEMENT in query.left_out.kinds)


def _begins_within(query: TaskQuery, start: datetime | None) -> bool:
    """A question about now needs no old rows: what goes on began or changed lately."""
    if query.after is None:
        return asks_now(query)
    return start is not None and query.after >= start


def _rest_from(reach: Reach, now: datetime) -> datetime | None:
    """Other tasks than runs are deleted by the clock, whether or not anything new is read."""
    if reach.rest_from is None or reach.read_at is None:
        return reach.rest_from
    return reach.rest_from + max(now - reach.read_at - _BETWEEN_PRUNINGS, timedelta())
