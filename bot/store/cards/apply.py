"""Writes a `Plan` in the transaction that loaded its situation: posts, storms, what cards show, decisions, looks."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import bindparam, delete, insert, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.alerting.kinds import OWED_ONCE
from bot.alerting.plan import Plan, Post, Storm
from bot.model import PostState
from bot.store.alerts import decisions
from bot.store.cards.queue import IS_BEHIND
from bot.store.cards.situation import POST, STORM
from bot.store.dialect import Prepared, upsert
from bot.store.schema import alerts, card_alerts, micros, micros_or_none, posts, storms

CARD_KEY = "card-"
_CHANGED = (
    "kind",
    "urgency",
    "state",
    "version",
    "words_version",
    "mention",
    "held_until",
    "reminders",
    "remind_at",
    "climbed",
)
_STORM_CHANGED = ("entry", "last_at", "is_open", "next_look_at")
_PLACES = tuple(POST.names.index(name) for name in (*_CHANGED, "id"))
_CHANGE = Prepared(
    lambda: update(posts).where(posts.c.id == bindparam("post")).values(dict.fromkeys(_CHANGED)), [*_CHANGED, "post"]
)
_ADD_LINE = Prepared(lambda: upsert(posts).on_conflict_do_nothing(), POST.names[1:])
_SHOW = Prepared(lambda: insert(card_alerts), ["card_id", "alert_id", "added_at"])
_HIDE = Prepared(
    lambda: delete(card_alerts).where(
        card_alerts.c.card_id == bindparam("card"), card_alerts.c.alert_id == bindparam("alert")
    ),
    ["card", "alert"],
)
_LINK = Prepared(
    lambda: update(posts).where(posts.c.id == bindparam("post")).values(storm_id=bindparam("storm_id")),
    ["storm_id", "post"],
)
_CHANGE_STORM = Prepared(
    lambda: update(storms).where(storms.c.card_id == bindparam("card")).values(dict.fromkeys(_STORM_CHANGED)),
    [*_STORM_CHANGED, "card"],
)
_ADD_STORM = Prepared(lambda: insert(storms), STORM.names)
_LOOK = Prepared(
    lambda: update(alerts).where(alerts.c.id == bindparam("alert")).values(next_look_at=bindparam("next_look_at")),
    ["next_look_at", "alert"],
)


async def apply(connection: AsyncConnection, plan: Plan, now: datetime) -> dict[int, int]:
    """Returns the stored ids of the new cards, by those they have in the plan."""
    new = [post for post in plan.posts if post.id < 0]
    ids = await _add_cards(connection, [post for post in new if not _is_owed_once(post)])
    lines = [_keyed(post) for post in new if _is_owed_once(post)]
    await _ADD_LINE.many(connection, [POST.encode(line)[1:] for line in lines])
    await _CHANGE.many(connection, [_changed(post) for post in plan.posts if post.id > 0])
    await _apply_storms(connection, plan.storms, ids)
    await _LINK.many(connection, [(ids.get(storm, storm), ids.get(card, card)) for card, storm in plan.links])
    await _HIDE.many(connection, plan.hides)
    at = micros(now)
    await _SHOW.many(connection, [(ids.get(card, card), alert, at) for card, alert in plan.shows])
    await decisions.put(connection, plan.decisions)
    await _LOOK.many(connection, [(micros_or_none(look_at), alert) for alert, look_at in plan.looks])
    return ids


def _is_owed_once(post: Post) -> bool:
    """A line, a direct message or a digest: a second one of the same key is not added."""
    return post.parent_id is not None or post.kind in OWED_ONCE


async def due_now(connection: AsyncConnection, account: str, now: datetime) -> None:
    """The poll is through: what it wanted need not wait any longer. What Slack refused keeps its own pace."""
    unsent = (IS_BEHIND, posts.c.state == PostState.WAITING.value, posts.c.shown == 0)
    waiting = (*unsent, posts.c.refusals == 0, posts.c.due_at > micros(now))
    await connection.execute(update(posts).where(posts.c.account == account, *waiting).values(due_at=micros(now)))


async def _add_cards(connection: AsyncConnection, cards: Iterable[Post]) -> dict[int, int]:
    """Returns the stored id of each new card."""
    ids = dict[int, int]()
    for card in cards:
        row = dict(zip(POST.names[1:], POST.encode(_keyed(card))[1:], strict=True))
        result = await connection.execute(insert(posts).values(row).returning(posts.c.id))
        ids[card.id] = int(result.scalar_one())
    return ids


def new_key() -> str:
    """Of a message whose row is in the database before it is posted."""
    return f"{CARD_KEY}{uuid4().hex}"


def _keyed(post: Post) -> Post:
    return post if post.key else replace(post, key=new_key())


def _changed(post: Post) -> tuple[Any, ...]:
    row = POST.encode(post)
    return tuple(row[place] for place in _PLACES)


async def _apply_storms(connection: AsyncConnection, changed: Iterable[Storm], ids: Mapping[int, int]) -> None:
    new, old = [], []
    for storm in changed:
        if storm.card_id < 0:
            new.append(STORM.encode(replace(storm, card_id=ids[storm.card_id])))
        else:
            times = micros(storm.last_at), storm.is_open, micros_or_none(storm.next_look_at)
            old.append((storm.entry, *times, storm.card_id))
    await _ADD_STORM.many(connection, new)
    await _CHANGE_STORM.many(connection, old)
