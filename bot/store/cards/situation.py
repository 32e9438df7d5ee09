"""Loads what a decision about cards needs: which posts show the alerts concerned, and what channels were shown lately.

Reads only, inside the transaction that changes the alerts; their rows are written before. Knows no rule.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import ColumnElement, case, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.alerting.kinds import GROUPS, WAKING
from bot.alerting.personal import holds_of
from bot.alerting.plan import Group, Held, Post, Recent, Situation, Storm, Window
from bot.alerting.routing import Routed, route
from bot.alerting.severity import Facts
from bot.alerting.storms import tenant_key
from bot.model import Alert, CardKind, Kind, PostState
from bot.store.alerts.conditions import IS_CRITICAL, IS_OPEN, IS_UNTOUCHED
from bot.store.alerts.rows import ALERT
from bot.store.codec import Codec
from bot.store.dialect import Prepared, each_of, row_among
from bot.store.schema import alerts, card_alerts, micros, moment, posts, storms

POST = Codec(Post, posts)
STORM = Codec(Storm, storms)
GROUP_KINDS = tuple(kind.value for kind in sorted(GROUPS))

_SHOWN = Prepared(
    lambda: (
        select(*POST.columns, card_alerts.c.alert_id)
        .join(card_alerts, card_alerts.c.card_id == posts.c.id)
        .where(card_alerts.c.alert_id.in_(each_of("alert_ids")), posts.c.state != PostState.WITHDRAWN.value)
    )
)
_POSTS = Prepared(lambda: select(*POST.columns).where(posts.c.id.in_(each_of("ids"))))
_UNSENT_REPLIES = Prepared(
    lambda: select(*POST.columns).where(
        posts.c.parent_id.in_(each_of("ids")), posts.c.shown == 0, posts.c.state == PostState.WAITING.value
    )
)
_RAISED = Prepared(
    lambda: select(posts.c.parent_id).where(
        posts.c.parent_id.in_(each_of("ids")),
        or_(*(posts.c.says == says.value for says in sorted(WAKING))),
        or_(posts.c.ts != "", posts.c.state == PostState.SENDING.value, posts.c.state == PostState.UNCERTAIN.value),
    )
)
_LINKED_OPEN = Prepared(
    lambda: (
        select(posts.c.storm_id, func.count())
        .join(card_alerts, card_alerts.c.card_id == posts.c.id)
        .join(alerts, alerts.c.id == card_alerts.c.alert_id)
        .where(posts.c.storm_id.in_(each_of("ids")), posts.c.state != PostState.WITHDRAWN.value, IS_OPEN)
        .group_by(posts.c.storm_id)
    )
)
_STORMS = Prepared(lambda: select(*STORM.columns).where(storms.c.card_id.in_(each_of("ids"))))
_GROUPS = Prepared(
    lambda: (
        select(card_alerts.c.card_id, func.count(), func.sum(case((IS_OPEN, 1), else_=0)))
        .join(alerts, alerts.c.id == card_alerts.c.alert_id)
        .where(card_alerts.c.card_id.in_(each_of("ids")))
        .group_by(card_alerts.c.card_id)
    )
)

_OWNER = (alerts.c.owner_who, alerts.c.owner_since)
_SNOOZER = (alerts.c.snooze_by, alerts.c.snooze_since)


async def load(
    connection: AsyncConnection,
    empty: Situation,
    alerts_: Sequence[Alert],
    *,
    new: Collection[int] = (),
    news: Collection[int] = (),
    facts: Mapping[int, Facts] | None = None,
    before: Iterable[Alert] = (),
) -> Situation:
    """`empty` holds the settings and the time. `new` are the alerts that no card can show yet, `news` those that may be
    shown to more channels. `before` are some of the alerts as they were."""
    routed = {alert.id: route(alert, empty.routing, empty.now) for alert in alerts_ if alert.is_open}
    rows = await _rows_of([alert.id for alert in alerts_ if alert.id not in new], connection)
    found = {row[0]: POST.decode(row) for row in rows}
    shown = defaultdict[int, set[int]](set)
    for row in rows:
        shown[row[0]].add(row[-1])
    channels = {each.channel for id_ in news if id_ in routed for each in routed[id_].recipients}
    windows = await _windows(connection, empty, channels)
    for window in windows.values():
        for recent in window.recent:
            if recent.card_id is not None and not recent.is_sent:  # a banner may take its place
                shown[recent.card_id].add(recent.alert_id)
    open_groups = {card for window in windows.values() for card in (window.storm, *window.banners.values()) if card}
    storms_ = {post.storm_id for post in found.values() if post.storm_id is not None}
    missing = (shown.keys() | open_groups | storms_) - found.keys()
    found |= await _posts(connection, missing)
    held = await _held(connection, {held for alert in (*alerts_, *before) for held in holds_of(alert)})
    return await _situation(connection, replace(empty, held=held), found.values(), shown, windows, routed, facts or {})


async def load_storms(
    connection: AsyncConnection, empty: Situation, due: Sequence[Storm], known: Collection[str]
) -> Situation:
    """`due` with their cards, lines and the worst alert of each, of accounts of which it is `known` how they stand."""
    cards = await _posts(connection, [storm.card_id for storm in due])
    loaded = await _situation(connection, empty, cards.values(), {}, {}, {}, {})
    groups = {
        card: await _open_group(connection, empty, card, group, known) if group.open else group
        for card, group in loaded.groups.items()
    }
    return replace(loaded, storms=tuple(due), groups=groups)


async def load_cards(connection: AsyncConnection, empty: Situation, *where: ColumnElement[bool]) -> Situation:
    """The posts that fit, and nothing else."""
    rows = await connection.execute(select(*POST.columns).where(*where).order_by(posts.c.id))
    found = tuple(POST.decode(row) for row in rows)
    return replace(empty, posts=found)


async def _situation(
    connection: AsyncConnection,
    empty: Situation,
    cards: Iterable[Post],
    shown: Mapping[int, Iterable[int]],
    windows: Mapping[str, Window],
    routed: Mapping[int, Routed],
    facts: Mapping[int, Facts],
) -> Situation:
    """With the unsent lines below the cards, and what storms and banners have beside their posts."""
    cards = tuple(cards)
    ids = [card.id for card in cards]
    lines = await _UNSENT_REPLIES.rows(connection, ids=ids) if ids else []
    groups = [card.id for card in cards if card.kind in GROUPS]
    return replace(
        empty,
        posts=(*cards, *map(POST.decode, lines)),
        shown={card: frozenset(each) for card, each in shown.items()},
        storms=tuple(map(STORM.decode, await _STORMS.rows(connection, ids=groups) if groups else [])),
        groups=await _groups(connection, groups),
        windows=windows,
        routed=routed,
        facts=facts,
        raised=frozenset(card for (card,) in await _RAISED.rows(connection, ids=ids)) if ids else frozenset(),
    )


async def _rows_of(alert_ids: list[int], connection: AsyncConnection) -> list[tuple[Any, ...]]:
    return await _SHOWN.rows(connection, alert_ids=alert_ids) if alert_ids else []


async def _posts(connection: AsyncConnection, ids: Collection[int]) -> dict[int, Post]:
    rows = await _POSTS.rows(connection, ids=sorted(ids)) if ids else []
    return {row[0]: POST.decode(row) for row in rows}


async def _groups(connection: AsyncConnection, ids: list[int]) -> dict[int, Group]:
    if not ids:
        return {}
    linked = dict(await _LINKED_OPEN.rows(connection, ids=ids))
    rows = await _GROUPS.rows(connection, ids=ids)
    return {card: Group(size, open_ + linked.get(card, 0)) for card, size, open_ in rows}


async def _held(connection: AsyncConnection, wanted: Collection[Held]) -> dict[Held, Group]:
    """How many alerts each act took or snoozed that are still theirs, and how many of them are open."""
    found = dict[Held, Group]()
    for is_snooze, who, since in ((False, *_OWNER), (True, *_SNOOZER)):
        theirs = [(each.who, micros(each.since)) for each in wanted if each.is_snooze is is_snooze]
        if theirs:
            counted = select(who, since, func.count(), func.sum(case((IS_OPEN, 1), else_=0)))
            counted = counted.where(who.is_not(None), row_among((who, since), theirs)).group_by(who, since)
            for name, at, size, open_ in await connection.execute(counted):
                found[Held(name, moment(at), is_snooze)] = Group(size, open_)
    return found


async def _open_group(
    connection: AsyncConnection, empty: Situation, card: int, group: Group, known: Collection[str]
) -> Group:
    """With the worst one, and with what may climb where there are steps."""
    worst = await _worst(connection, card, known)
    if not empty.routing.climb:
        return replace(group, worst=worst)
    linked = select(posts.c.id).where(posts.c.storm_id == card, posts.c.state != PostState.WITHDRAWN.value)
    counted = select(card_alerts.c.alert_id).where(
        or_(card_alerts.c.card_id == card, card_alerts.c.card_id.in_(linked))
    )
    may_climb = (alerts.c.id.in_(counted), IS_OPEN, IS_UNTOUCHED, alerts.c.account.in_(known))
    rows = await connection.execute(select(*ALERT.columns).where(*may_climb).order_by(alerts.c.id))
    return replace(group, worst=worst, untouched=tuple(map(ALERT.decode, rows)))


async def _worst(connection: AsyncConnection, card_id: int, known: Collection[str]) -> Alert | None:
    """The critical one that failed last, of those that nobody touched."""
    critical = (IS_CRITICAL, alerts.c.account.in_(known), IS_UNTOUCHED)
    wanted = (
        select(*ALERT.columns)
        .join(card_alerts, card_alerts.c.alert_id == alerts.c.id)
        .where(card_alerts.c.card_id == card_id, IS_OPEN, *critical)
        .order_by(alerts.c.ended_at.desc())
        .limit(1)
    )
    row = (await connection.execute(wanted)).one_or_none()
    return None if row is None else ALERT.decode(row)


# ── what channels were shown within the window ──


async def _windows(connection: AsyncConnection, empty: Situation, channels: Collection[str]) -> dict[str, Window]:
    if not channels:
        return {}
    recent = defaultdict[str, list[Recent]](list)
    for row in await connection.execute(_own_cards(empty, channels)):
        recent[row.channel].append(_recent(row, row.post, is_sent=_is_out(row), is_linked=row.linked))
    for row in await connection.execute(_grouped(empty, channels)):
        recent[row.channel].append(_recent(row, None))
    restores = {row.channel: row.restores for row in await connection.execute(_restores(empty, channels))}
    open_ones = defaultdict[str, dict[str, int]](dict)
    for row in await connection.execute(_alive(empty, channels)):
        open_ones[row.channel][row.entry] = row.card_id
    entries = defaultdict[int, dict[str, int]](dict)
    for card, entry, size in await _entries(connection, [each[""] for each in open_ones.values() if "" in each]):
        entries[card][entry] = size
    return {
        channel: Window(
            tuple(recent[channel]),
            storm := open_ones[channel].pop("", None),
            open_ones[channel],
            restores.get(channel, 0),
            entries[storm] if storm else {},
        )
        for channel in channels
    }


async def _entries(connection: AsyncConnection, cards: list[int]) -> list[tuple[int, str, int]]:
    """Of storms, by entries of the platform's: how many alerts each counts, those of linked cards included."""
    if not cards:
        return []
    storm = case((posts.c.id.in_(cards), posts.c.id), else_=posts.c.storm_id)
    is_platform = alerts.c.cause_is_platform & (alerts.c.kind != Kind.RESTORE.value)
    entry = case((is_platform, alerts.c.cause_entry), else_="")
    counted = (
        select(storm, entry, func.count())
        .select_from(posts)
        .join(card_alerts, card_alerts.c.card_id == posts.c.id)
        .join(alerts, alerts.c.id == card_alerts.c.alert_id)
        .where(or_(posts.c.id.in_(cards), posts.c.storm_id.in_(cards)), posts.c.state != PostState.WITHDRAWN.value)
    )
    return [(card, name, size) for card, name, size in await connection.execute(counted.group_by(storm, entry))]


def _within(at: ColumnElement[int], empty: Situation) -> ColumnElement[bool]:
    """Within the window. What a clock that was set back since put into the future is not."""
    window = empty.rules.storm_window
    return at.between(micros(empty.now - window), micros(empty.now + window))


def _lately(empty: Situation, channels: Collection[str], kinds: Collection[str], *what: Any) -> Any:
    return (
        select(*what)
        .join(card_alerts, card_alerts.c.alert_id == alerts.c.id)
        .join(posts, posts.c.id == card_alerts.c.card_id)
        .where(_within(card_alerts.c.added_at, empty), posts.c.channel.in_(channels))
        .where(posts.c.state != PostState.WITHDRAWN.value, posts.c.kind.in_(kinds))
    )


_TENANT = (alerts.c.account, alerts.c.tenant_id, alerts.c.tenant_uuid, alerts.c.tenant_name)
_CAUSE = (alerts.c.cause_entry, alerts.c.cause_is_platform, alerts.c.kind)
_storm = posts.alias()
_IS_LINKED = (
    exists().where(_storm.c.id == posts.c.storm_id, _storm.c.state != PostState.WITHDRAWN.value).label("linked")
)


def _own_cards(empty: Situation, channels: Collection[str]) -> Any:
    card = (posts.c.channel, posts.c.id.label("post"), posts.c.state, posts.c.shown, posts.c.ts, _IS_LINKED)
    return _lately(empty, channels, (CardKind.ALERT.value,), alerts.c.id, *_TENANT, *_CAUSE, *card)


def _grouped(empty: Situation, channels: Collection[str]) -> Any:
    """One of each tenant and cause of the platform's: a storm may show thousands."""
    what = (posts.c.channel, func.max(alerts.c.id).label("id"), *_TENANT, *_CAUSE)
    counted = _lately(empty, channels, GROUP_KINDS, *what).where(alerts.c.cause_is_platform)
    return counted.group_by(posts.c.channel, *_TENANT, *_CAUSE)


def _restores(empty: Situation, channels: Collection[str]) -> Any:
    counted = _lately(empty, channels, GROUP_KINDS, posts.c.channel, func.count().label("restores"))
    return counted.where(alerts.c.kind == Kind.RESTORE.value).group_by(posts.c.channel)


def _alive(empty: Situation, channels: Collection[str]) -> Any:
    """The storms and banners that still take in alerts, the newest last."""
    return (
        select(storms.c.channel, storms.c.entry, storms.c.card_id)
        .where(storms.c.channel.in_(channels), storms.c.is_open, _within(storms.c.last_at, empty))
        .order_by(storms.c.card_id)
    )


def _recent(row: Any, card_id: int | None, *, is_sent: bool = True, is_linked: bool = False) -> Recent:
    is_restore = row.kind == Kind.RESTORE.value
    return Recent(
        row.id,
        tenant_key(row.account, row.tenant_id or row.tenant_uuid or row.tenant_name),
        row.cause_entry if row.cause_is_platform and not is_restore else "",
        is_restore,
        card_id,
        is_sent,
        is_linked,
    )


def _is_out(row: Any) -> bool:
    return bool(row.shown or row.ts or row.state in (PostState.SENDING.value, PostState.UNCERTAIN.value))
