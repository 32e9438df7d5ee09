"""What the copy is worth to a question at this moment. Asks the copy how far it reaches; `choosing` judges."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from bot.model import Basis, Clock, Reach, TaskQuery
from bot.services import coverage as choosing
from bot.services.coverage import Cover
from bot.services.from_copy import Copy


class Covers:
    """`accounts` are those that a whole answer needs. A copy read longer than `stale_after` ago is behind."""

    def __init__(self, copy: Copy, accounts: Collection[str], clock: Clock, stale_after: timedelta) -> None:
        self._copy = copy
        self._accounts = frozenset(accounts)
        self._clock = clock
        self._stale_after = stale_after

    async def of(self, query: TaskQuery, as_of: datetime | None = None) -> Cover:
        """`as_of` is the moment of an answer that was given before, of which more is wanted."""
        return self._judged(await self._copy.reaches(), query, as_of)

    async def basis(self, query: TaskQuery, as_of: datetime | None = None) -> Basis:
        """What an answer rests on that the copy alone can give: such answers are about root runs."""
        reaches = await self._copy.reaches()
        cover = self._judged(reaches, choosing.of_runs(query), as_of)
        begins = f"; it begins on {cover.starts_at:%Y-%m-%d} (UTC)" if cover.starts_at else ""
        history_from = choosing.runs_from(reaches, self._accounts)
        return Basis(cover.as_of, stale=cover.stale, partial=cover.gap + begins, history_from=history_from)

    async def knows_all_names(self) -> bool:
        return (await self.of(choosing.ALL_RUNS)).answers

    async def read_at(self, account: str) -> datetime | None:
        """When this account was last read; None where it never was."""
        return next((reach.read_at for reach in await self._copy.reaches() if reach.account == account), None)

    def _judged(self, reaches: Sequence[Reach], query: TaskQuery, as_of: datetime | None) -> Cover:
        now = self._clock.now()
        return choosing.cover_of(query, reaches, self._accounts, now - self._stale_after, now, as_of)
