"""Accounts that cannot be read: since when, and until when. Works inside somebody else's transaction."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.alerting.cards import OUTAGE_AFTER, plan_outage, plan_outage_over
from bot.alerting.plan import Situation
from bot.model import NOT_WATCHED
from bot.store.cards.apply import apply
from bot.store.cards.situation import load_cards
from bot.store.dialect import upsert
from bot.store.schema import accounts, micros, moment, outages, posts


async def miss(
    connection: AsyncConnection, empty: Situation, account: str, channel: str, reason: str, since: datetime
) -> int:
    """Counts a failed poll; from the second in a row on, the channel is told once. Returns how many failed in a row."""
    row = {"account": account, "missed": 1, "missing_since": micros(since)}
    first = func.coalesce(accounts.c.missing_since, row["missing_since"])
    one_more = (
        upsert(accounts)
        .values(row)
        .on_conflict_do_update(
            index_elements=[accounts.c.account], set_={"missed": accounts.c.missed + 1, "missing_since": first}
        )
    )
    counted = one_more.returning(accounts.c.missed, accounts.c.missing_since)
    missed, missing_since = (await connection.execute(counted)).one()
    if missed >= OUTAGE_AFTER:
        await begin(connection, empty, account, channel, reason, moment(missing_since))
    return int(missed)


async def begin(
    connection: AsyncConnection, empty: Situation, account: str, channel: str, reason: str, since: datetime
) -> None:
    """One card for an outage that has none yet."""
    is_open = and_(outages.c.account == account, outages.c.ended_at.is_(None))
    if not channel or await connection.scalar(select(outages.c.id).where(is_open)) is not None:
        return
    row = insert(outages).values(account=account, began_at=micros(since), reason=reason).returning(outages.c.id)
    outage_id = (await connection.execute(row)).scalar_one()
    await apply(connection, plan_outage(empty, account, channel, outage_id), empty.now)


async def end(connection: AsyncConnection, empty: Situation, account: str) -> None:
    """The account can be read again: its outage is over, if there was one."""
    await _end(connection, empty, outages.c.account == account)


async def end_others(connection: AsyncConnection, empty: Situation, known: Collection[str]) -> None:
    """What the settings do not name any more is not waited for: all outages but those of `known` are over."""
    await _end(connection, empty, outages.c.account.not_in(known), reason=NOT_WATCHED)


async def _end(connection: AsyncConnection, empty: Situation, which: ColumnElement[bool], **changes: str) -> None:
    ended = await connection.execute(
        update(outages)
        .where(which, outages.c.ended_at.is_(None))
        .values(ended_at=micros(empty.now), **changes)
        .returning(outages.c.id)
    )
    ids = ended.scalars().all()
    if ids:
        cards = await load_cards(connection, empty, posts.c.outage_id.in_(ids), posts.c.parent_id.is_(None))
        await apply(connection, plan_outage_over(cards), empty.now)
