"""What a replay needs of a database: the tasks of a copied file, what comes next in the simulated one, and which cards
either of them holds. Knows nothing of replaying.
"""

from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, Text, and_, bindparam, case, cast, func, insert, literal, or_, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.alerting.rhythm import awaited
from bot.model import WAY_IN, Alert, CardKind, Checkpoint, PostState, Says, Task, Verdict
from bot.model.canary import CANARY
from bot.model.values import dataclass
from bot.store.alerts.conditions import IS_OPEN, IS_UNHEALED
from bot.store.alerts.rows import ALERT
from bot.store.cards.queue import IS_BEHIND
from bot.store.copy.dimensions import Dimensions
from bot.store.dialect import Prepared, greatest
from bot.store.engine import Database
from bot.store.rhythms import WRITTEN, rhythm_of, start_values
from bot.store.schema import (
    accounts,
    alerts,
    card_alerts,
    decisions,
    micros,
    moment,
    moment_or_none,
    occurrences,
    outages,
    posts,
    rhythms,
    storms,
    tasks,
)

PAGE = 500


@dataclass(frozen=True, slots=True)
class Gap:
    """A time in which an account was not read; `until` is None where it lasts."""

    account: str
    since: datetime
    until: datetime | None = None

    def holds(self, account: str, at: datetime) -> bool:
        return account == self.account and self.since <= at and (self.until is None or at < self.until)


@dataclass(frozen=True, slots=True)
class Size:
    """How many root runs that are over, and of how many workloads and plans."""

    runs: int
    subjects: int


class Tape:
    """A copy of a bot's file. Everything is read from it, page by page."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self._dimensions = Dimensions(database)

    async def accounts(self) -> tuple[Checkpoint, ...]:
        """How far each account was read, by name."""
        async with self.database.read() as connection:
            rows = await connection.execute(select(accounts).order_by(accounts.c.account))
            return tuple(_checkpoint(row) for row in rows)

    async def gaps(self) -> tuple[Gap, ...]:
        """When Acronis could not be read."""
        async with self.database.read() as connection:
            rows = (
                await connection.execute(
                    select(outages).where(outages.c.account.not_in((WAY_IN, CANARY))).order_by(outages.c.began_at)
                )
            ).all()
        return tuple(Gap(row.account, moment(row.began_at), moment_or_none(row.ended_at)) for row in rows)

    async def size(self, since: datetime, until: datetime) -> Size:
        window = (tasks.c.updated_at >= micros(since), tasks.c.updated_at <= micros(until))
        counted = select(func.count(), func.count(tasks.c.subject.distinct()))
        async with self.database.read() as connection:
            runs, subjects = (await connection.execute(counted.where(tasks.c.subject.is_not(None), *window))).one()
        return Size(runs, subjects)

    async def rhythms(self, into: Database, since: datetime, grace: timedelta) -> None:
        """Puts what is known of when plans are due into a simulated database, where it is `since` now."""
        async with self.database.read() as connection:
            rows = await connection.execute(select(*(rhythms.c[name] for name in _RHYTHM)))
        async with into.write() as connection:
            for found in rows.partitions(PAGE):
                known = [(row, awaited(rhythm_of(row.rhythm), grace, since)) for row in found]
                await _PUT_RHYTHMS.many(
                    connection,
                    [(*row[:5], *start_values(start), *row[5:], micros(since), micros(since)) for row, start in known],
                )

    async def pages(self, since: datetime | None, until: datetime) -> AsyncIterator[list[Task]]:
        """Every task that changed last after `since` and not after `until`, in the order of these changes."""
        last = (micros(since) if since else -1, _LAST)
        while True:
            async with self.database.read() as connection:
                await self._dimensions.refresh(connection)
                rows = await _page(connection, last, until)
            if not rows:
                return
            yield [self._dimensions.task(row) for row in rows]
            last = (rows[-1].updated_at, rows[-1].number)


_RHYTHM = ("subject", "account", "source", "rhythm", "basis", "target", "usual_length")
_PUT_RHYTHMS = Prepared(lambda: insert(rhythms), WRITTEN)
_LAST = 2**62
"""Above every row's number: of the moment itself nothing is read."""


async def _page(connection: AsyncConnection, last: tuple[int, int], until: datetime) -> list[Any]:
    at, number = tasks.c.updated_at, tasks.c.number
    later = or_(at > last[0], tuple_(at, number) > tuple_(*last))
    wanted = select(tasks).where(at >= last[0], later, at <= micros(until)).order_by(at, number).limit(PAGE)
    return list((await connection.execute(wanted)).all())


def _checkpoint(row: Any) -> Checkpoint:
    return Checkpoint(
        row.account,
        moment_or_none(row.position),
        moment_or_none(row.quiet_since),
        moment_or_none(row.watched_from),
        moment_or_none(row.history_from),
        moment_or_none(row.read_at),
    )


# ── what comes next in the simulated one ──

_now = bindparam("now", type_=BigInteger)
_WAITS = posts.c.state == PostState.WAITING.value
_due_at = greatest(posts.c.due_at, func.coalesce(posts.c.held_until, 0))
_COMING = Prepared(
    lambda: select(
        select(func.min(_due_at)).where(IS_BEHIND, _WAITS, _due_at > _now).scalar_subquery(),
        select(func.min(alerts.c.next_look_at)).where(IS_OPEN).scalar_subquery(),
        select(func.min(storms.c.next_look_at)).scalar_subquery(),
    )
)


@dataclass(frozen=True, slots=True)
class Coming:
    """When a post is due that is not due now, and when there is an alert or storm to look at next."""

    delivery: datetime | None
    review: datetime | None


async def coming(database: Database, now: datetime) -> Coming:
    async with database.read() as connection:
        ((delivery, *looks),) = await _COMING.rows(connection, now=micros(now))
    look_at = min((at for at in looks if at is not None), default=None)
    return Coming(moment_or_none(delivery), moment_or_none(look_at))


async def open_subjects(database: Database) -> frozenset[str]:
    """What a good run must be of to change anything."""
    async with database.read() as connection:
        rows = await connection.execute(select(occurrences.c.subject).where(IS_UNHEALED))
        return frozenset(rows.scalars())


async def settle(database: Database, now: datetime) -> None:
    """Everything that is due counts as shown, and nobody looks at it: for the time before a replay begins."""
    due = (IS_BEHIND, _WAITS, _due_at <= micros(now))
    ts = case((posts.c.ts == "", literal("shown.").concat(cast(posts.c.id, Text))), else_=posts.c.ts)
    async with database.write() as connection:
        await connection.execute(update(posts).where(*due).values(shown=posts.c.version, ts=ts))


# ── which cards there are ──


@dataclass(frozen=True, slots=True)
class CardRecord:
    """One card that a channel got, or is still to get: then `is_shown` is not so. `said_at` is when it was to go out.

    `mentions` are those whom it or a line below it mentioned. `held_from` is set where it waited for the end of quiet
    hours, `is_withdrawn` where it was never sent since all ended before.
    """

    id: int
    kind: CardKind
    channel: str
    said_at: datetime
    is_shown: bool
    is_withdrawn: bool
    mentions: frozenset[str]
    held_from: datetime | None
    alerts: tuple[Alert, ...]


@dataclass(frozen=True, slots=True)
class Silence:
    """How many alerts nobody was told of, and why, in a sentence."""

    reason: str
    alerts: int


async def cards_of(database: Database) -> tuple[CardRecord, ...]:
    """Every card about alerts, in the order in which they were wanted."""
    async with database.read() as connection:
        cards = (await connection.execute(_CARDS)).all()
        shown = await _alerts_by_card(connection)
        mentions = await _mentions_below(connection)
        spoken = await _decided(connection, (Verdict.SPOKEN,))
        held = await _decided(connection, (Verdict.HELD,))
    return tuple(_card(row, shown.get(row.id, ()), mentions[row.id], spoken, held) for row in cards)


async def silences(database: Database, since: datetime) -> tuple[Silence, ...]:
    """The alerts since then that no channel was told of, by reason, the most first."""
    shown = select(card_alerts.c.alert_id).join(posts, posts.c.id == card_alerts.c.card_id)
    silent = and_(
        decisions.c.verdict.in_((Verdict.SILENT.value, Verdict.WITHDRAWN.value)),
        decisions.c.at >= micros(since),
        decisions.c.alert_id.not_in(shown.where(posts.c.state != PostState.WITHDRAWN.value)),
    )
    number = func.count(decisions.c.alert_id.distinct())
    wanted = select(decisions.c.reason, number).where(silent).group_by(decisions.c.reason).order_by(number.desc())
    async with database.read() as connection:
        return tuple(Silence(reason, size) for reason, size in await connection.execute(wanted))


_SHOWN = ("id", "kind", "channel", "state", "shown", "ts", "mention", "held_until", "created_at")
_CARDS = (
    select(*(posts.c[name] for name in _SHOWN))
    .where(posts.c.parent_id.is_(None))
    .where(
        posts.c.kind.in_((CardKind.ALERT.value, CardKind.STORM.value, CardKind.PLATFORM.value, CardKind.SUMMARY.value))
    )
    .order_by(posts.c.id)
)
_Times = dict[tuple[int, str], datetime]


async def _alerts_by_card(connection: AsyncConnection) -> dict[int, tuple[Alert, ...]]:
    rows = await connection.execute(
        select(alerts, card_alerts.c.card_id).join(alerts, alerts.c.id == card_alerts.c.alert_id).order_by(alerts.c.id)
    )
    found = defaultdict[int, list[Alert]](list)
    for row in rows:
        found[row.card_id].append(ALERT.decode(row))
    return {card: tuple(each) for card, each in found.items()}


async def _mentions_below(connection: AsyncConnection) -> defaultdict[int, set[str]]:
    rows = await connection.execute(
        select(posts.c.parent_id, posts.c.mention).where(
            posts.c.parent_id.is_not(None),
            posts.c.mention != "",
            posts.c.says != Says.ENDED.value,
            or_(posts.c.shown > 0, posts.c.ts != ""),
        )
    )
    found = defaultdict[int, set[str]](set)
    for card, mention in rows:
        found[card].add(mention)
    return found


async def _decided(connection: AsyncConnection, verdicts: Sequence[Verdict]) -> _Times:
    """When it was last decided so, by alert and channel."""
    rows = await connection.execute(
        select(decisions.c.alert_id, decisions.c.channel, func.max(decisions.c.at))
        .where(decisions.c.verdict.in_([each.value for each in verdicts]))
        .group_by(decisions.c.alert_id, decisions.c.channel)
    )
    return {(alert, channel): moment(at) for alert, channel, at in rows}


def _card(row: Any, theirs: tuple[Alert, ...], below: set[str], spoken: _Times, held: _Times) -> CardRecord:
    is_shown = bool(row.shown or row.ts)
    own = {row.mention} if row.mention and is_shown else set()
    key = (theirs[0].id, row.channel) if theirs else (0, row.channel)
    kept = held.get(key) if row.kind == CardKind.ALERT else None
    created_at = moment(row.created_at)
    released = spoken.get(key) if kept and row.held_until is None else moment_or_none(row.held_until)
    return CardRecord(
        id=row.id,
        kind=CardKind(row.kind),
        channel=row.channel,
        said_at=max(created_at, released or created_at),
        is_shown=is_shown,
        is_withdrawn=row.state == PostState.WITHDRAWN,
        mentions=frozenset(own | below),
        held_from=kept,
        alerts=theirs,
    )
