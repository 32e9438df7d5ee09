"""What tests ask of the bot's own database, in nouns and numbers, and what they write there to set a scene.

The store's own tests read its tables; all others ask here.
"""

from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import func, insert, select, update

from bot.alerting.plan import Post
from bot.model import (
    Alert,
    AlertView,
    CardKind,
    Occurrence,
    PostState,
    Reason,
    Says,
    Severity,
    UndeliveredView,
)
from bot.store.alerts.rows import ALERT, OCCURRENCE
from bot.store.cards.views import alert_view, undelivered_view
from bot.store.codec import Codec
from bot.store.engine import Database
from bot.store.schema import alerts, card_alerts, micros, moment, occurrences, outages, posts, standings, tasks

_GIVEN_UP = (PostState.WITHDRAWN, PostState.LOST)
_UNDECIDED = (PostState.SENDING, PostState.UNCERTAIN)


@dataclass(frozen=True, slots=True)
class PostRecord(Post):
    """A card or a reply. `trouble` is Slack's word for why it is not shown, `earlier_ts` an older message of it."""

    trouble: str = ""
    earlier_ts: str = ""

    @property
    def is_outstanding(self) -> bool:
        """Slack does not show its newest version yet, or it is not known whether it does."""
        is_behind = self.version > self.shown and self.state not in _GIVEN_UP
        return is_behind or self.state in _UNDECIDED


@dataclass(frozen=True, slots=True)
class LastRuns:
    """Of one workload under one plan: its last run, and its last good one, if there was any."""

    run_code: str
    run_began_at: datetime
    good_began_at: datetime | None
    good_ended_at: datetime | None


_POST = Codec(PostRecord, posts)
_LAST_RUNS = Codec(LastRuns, standings)


class Records:
    def __init__(self, database: Database) -> None:
        self.database = database

    # ── alerts ───────────────────────────────────────────────────────────────────────────────────────────────────────

    async def alerts(self) -> list[Alert]:
        """Every alert there ever was, oldest first."""
        return await self._nouns(ALERT, alerts.c.id)

    async def open_alerts(self) -> list[Alert]:
        return [each for each in await self.alerts() if each.is_open]

    async def alert(self, number: int) -> Alert:
        return next(each for each in await self.alerts() if each.id == number)

    async def views(self) -> list[AlertView]:
        """What each alert's own card shows, oldest first."""
        own = select(posts).where(posts.c.kind == CardKind.ALERT, posts.c.parent_id.is_(None)).order_by(posts.c.id)
        async with self.database.read() as connection:
            return [await alert_view(connection, row) for row in (await connection.execute(own)).all()]

    async def occurrences(self) -> list[Occurrence]:
        return await self._nouns(OCCURRENCE, occurrences.c.began_at)

    # ── what channels show of them ───────────────────────────────────────────────────────────────────────────────────

    async def posts(self, kind: CardKind | None = None) -> list[PostRecord]:
        """Every card and reply there ever was, oldest first."""
        return [each for each in await self._nouns(_POST, posts.c.id) if kind in (None, each.kind)]

    async def cards_of(self, kind: CardKind) -> list[PostRecord]:
        """Every card of this kind there ever was, oldest first."""
        return [each for each in await self.posts(kind) if each.parent_id is None]

    async def replies(self, says: Says) -> list[PostRecord]:
        """Every line below a card that says this, oldest first."""
        return [each for each in await self.posts() if each.parent_id is not None and each.says is says]

    async def outstanding(self, channel: str = "") -> list[PostRecord]:
        """What is still owed to Slack, in one channel or in all. What was given up or withdrawn is not."""
        return [each for each in await self.posts() if each.is_outstanding and channel in ("", each.channel)]

    async def stuck(self) -> list[PostRecord]:
        """What waits for its channel or the token to be mended."""
        return [each for each in await self.posts() if each.state is PostState.STUCK]

    async def lost(self) -> list[PostRecord]:
        """What was given up."""
        return [each for each in await self.posts() if each.state is PostState.LOST]

    async def shown(self) -> dict[int, list[PostRecord]]:
        """By the number of each alert that any card shows, the cards that do. Withdrawn cards show nothing."""
        known = {each.id: each for each in await self.posts() if not each.is_withdrawn}
        async with self.database.read() as connection:
            pairs = (await connection.execute(select(card_alerts).order_by(card_alerts.c.card_id))).all()
        found = defaultdict[int, list[PostRecord]](list)
        for pair in pairs:
            if pair.card_id in known:
                found[pair.alert_id].append(known[pair.card_id])
        return dict(found)

    async def shown_by(self, what: Alert | str) -> list[PostRecord]:
        """The cards that show an alert, or that show any alert of the machine of this name."""
        shown = await self.shown()
        wanted = [each for each in await self.alerts() if what in (each, each.latest.name)]
        return [card for alert in wanted for card in shown.get(alert.id, [])]

    async def undelivered(self) -> list[UndeliveredView]:
        """What each card says that tells the fallback channel of another one, oldest first."""
        notes = select(posts).where(posts.c.kind == CardKind.UNDELIVERED, posts.c.parent_id.is_(None))
        async with self.database.read() as connection:
            rows = (await connection.execute(notes.order_by(posts.c.id))).all()
            return [await undelivered_view(connection, row) for row in rows]

    # ── the copy of Acronis's tasks ──────────────────────────────────────────────────────────────────────────────────

    async def task_count(self) -> int:
        async with self.database.read() as connection:
            return await connection.scalar(select(func.count()).select_from(tasks)) or 0

    async def task_updates(self) -> list[datetime]:
        """The stamp of the last change of each task."""
        async with self.database.read() as connection:
            return [moment(at) for at in await connection.scalars(select(tasks.c.updated_at))]

    async def last_runs(self) -> list[LastRuns]:
        """Of every workload under every plan."""
        return await self._nouns(_LAST_RUNS, standings.c.subject)

    async def _nouns(self, codec: Codec[Any], order: Any) -> list[Any]:
        async with self.database.read() as connection:
            rows = await connection.execute(select(*codec.columns).order_by(order))
            return [codec.decode(row) for row in rows]

    # ── scenes ───────────────────────────────────────────────────────────────────────────────────────────────────────

    async def redraw(self, card: Post, *, words: bool) -> None:
        """The card shall show something else, and may be in other words."""
        changed = {"version": posts.c.version + 1} | ({"words_version": posts.c.version + 1} if words else {})
        await self._write(update(posts).where(posts.c.id == card.id).values(changed))

    async def move(self, card: Post, channel: str) -> None:
        """The card is another channel's, and nobody has seen it."""
        await self._write(update(posts).where(posts.c.id == card.id).values(channel=channel, ts="", shown=0))

    async def withdraw(self, card: Post) -> None:
        await self._write(update(posts).where(posts.c.id == card.id).values(state=PostState.WITHDRAWN))

    async def hold(self, until: datetime) -> None:
        """Quiet hours hold whatever nobody has seen."""
        await self._write(update(posts).where(posts.c.ts == "").values(held_until=micros(until)))

    async def show_all(self) -> None:
        """Slack shows everything that waits."""
        shown = {"shown": posts.c.version, "ts": "1.1"}
        await self._write(update(posts).where(posts.c.state == PostState.WAITING).values(shown))

    async def forget_what_cards_show(self) -> None:
        await self._write(card_alerts.delete())

    async def forget_runs(self) -> None:
        await self._write(standings.delete(), tasks.delete())

    async def write_as_a_later_version(self) -> None:
        """Alerts are of a kind that this version does not know."""
        await self._write(update(alerts).values(kind="a kind of a later version"))

    async def write_as_an_older_version(self) -> None:
        """Nobody has judged the alerts, and their cards mention nobody."""
        unjudged = {"severity": Severity.WARNING, "reason": Reason.UNKNOWN, "next_look_at": 0}
        await self._write(update(alerts).values(unjudged), update(posts).values(mention=""))

    async def lose_account(self, account: str) -> None:
        """The account cannot be read."""
        await self._write(insert(outages).values(account=account, began_at=0, reason="It is away."))

    @asynccontextmanager
    async def refusing(self, what: str, why: str = "disk full") -> AsyncIterator[None]:
        """Meanwhile the database refuses such a write: `INSERT ON alerts`, `UPDATE ON posts WHEN …`."""
        act, _, condition = what.partition(" WHEN ")
        table = act.split()[-1]
        if isinstance(self.database.address, Path):
            begin = [f"CREATE TRIGGER refusing BEFORE {what} BEGIN SELECT RAISE(ABORT, '{why}'); END"]
            end = ["DROP TRIGGER refusing"]
        else:
            raises = f"BEGIN RAISE integrity_constraint_violation USING MESSAGE = '{why}'; END"
            when = f"WHEN ({condition})" if condition else ""
            begin = [
                f"CREATE FUNCTION refusing() RETURNS trigger LANGUAGE plpgsql AS $${raises}$$",
                f"CREATE TRIGGER refusing BEFORE {act} FOR EACH ROW {when} EXECUTE FUNCTION refusing()",
            ]
            end = [f"DROP TRIGGER refusing ON {table}", "DROP FUNCTION refusing()"]
        await self._by_hand(begin)
        yield
        await self._by_hand(end)

    async def _by_hand(self, statements: Sequence[str]) -> None:
        async with self.database.write() as connection:
            for statement in statements:
                await connection.exec_driver_sql(statement)

    async def _write(self, *statements: Any) -> None:
        async with self.database.write() as connection:
            for statement in statements:
                await connection.execute(statement)
