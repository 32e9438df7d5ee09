"""What a card shows, read from the tables as it is now. Reads only; the caller holds the transaction."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from sqlalchemy import ColumnElement, Select, case, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.alerting.fingerprint import is_known
from bot.alerting.history import RECENT, failures_in_a_row, usual_length
from bot.alerting.kinds import KINDS
from bot.model import (
    HEALING,
    Alert,
    AlertView,
    CardKind,
    Cause,
    Ending,
    Kind,
    OutageView,
    PersonalView,
    Posted,
    PostState,
    Says,
    Share,
    StormView,
    SummaryView,
    UndeliveredView,
    View,
)
from bot.store.alerts import notes
from bot.store.alerts.conditions import IS_CRITICAL, IS_OPEN, IS_SNOOZED, IS_TAKEN
from bot.store.alerts.rows import ALERT
from bot.store.copy.history import history_from, load_one
from bot.store.schema import (
    DAY,
    alerts,
    card_alerts,
    micros,
    moment,
    moment_or_none,
    outages,
    plans,
    posts,
    shapes,
    standings,
    storms,
    tasks,
)

Views = Mapping[str, Callable[[AsyncConnection, Any], Awaitable[View]]]
"""What reads the view of a row of `posts` that is a card, by the names in `alerting.kinds`."""


async def view_of(connection: AsyncConnection, card: Any, views: Views) -> View:
    """Raises NoResultFound where what it shows is forgotten already."""
    return await views[KINDS[CardKind(card.kind)].view](connection, card)


def called(post: Any) -> str:
    """Whom the message of this row calls: nobody where another one just had."""
    return "" if post.called_at == 0 else str(post.mention)


async def alert_view(connection: AsyncConnection, card: Any) -> AlertView:
    shown = select(card_alerts.c.alert_id).where(card_alerts.c.card_id == card.id)
    alert = ALERT.decode((await connection.execute(select(alerts).where(alerts.c.id.in_(shown)))).one())
    return await _of_alert(connection, alert, card)


async def _of_alert(connection: AsyncConnection, alert: Alert, card: Any) -> AlertView:
    """As the row of `posts` shows it, be it the alert's card or a direct message."""
    past = await load_one(connection, alert.latest.subject)
    since = (await history_from(connection)).get(alert.latest.account) if is_known(alert.latest) else None
    return AlertView(
        alert=alert,
        strip=tuple(run.code for run in reversed(past.runs[:RECENT])),
        in_a_row=failures_in_a_row(run.code for run in past.runs),
        usual=usual_length(past.runs),
        last_good_at=past.good_ended_at,
        history_from=since,
        previous=await _previous(connection, alert),
        previous_card=await _card_of(connection, alert.previous_id, card.channel),
        mention=called(card) if alert.is_open and alert.is_critical else "",
        **(await _retrying(connection, alert) if alert.is_open else {}),
        has_plans=await _has_plans(connection, alert),
        beside=() if alert.closed_at is None else await _beside(connection, alert, micros(alert.closed_at)),
        notes=await notes.of_workload(connection, alert.latest, NOTES),
        card_id=card.id,
        version=card.version,
    )


NOTES = 2
"""Notes that a card shows; the others are in its details."""


async def _has_plans(connection: AsyncConnection, alert: Alert) -> bool:
    """Whether runs of more than one plan are known of the alert's machine. Where it has no name, nothing is."""
    if not alert.latest.name:
        return False
    of = select(standings).where(standings.c.subject == alert.latest.subject).subquery()
    known = (
        select(plans.c.name)
        .select_from(of)
        .join(tasks, (tasks.c.machine == of.c.run_machine) & (tasks.c.tenant == of.c.run_tenant))
        .join(plans, plans.c.number == tasks.c.plan)
        .where(tasks.c.subject.is_not(None), plans.c.name != "", plans.c.name != alert.latest.plan)
    )
    return await connection.scalar(known.limit(1)) is not None


async def _beside(connection: AsyncConnection, alert: Alert, at: int) -> tuple[Alert, ...]:
    """Other alerts of the same machine that were open at that moment, the worst first."""
    run = alert.latest
    tenant = run.tenant
    if not (run.name and (tenant.id or tenant.uuid or tenant.name)):  # what is not known is equal to nothing
        return ()
    same = alerts.c.resource_id == run.resource.id if run.resource.id else alerts.c.name == run.name
    of_tenant = [alerts.c.account == run.account, alerts.c.tenant_id == tenant.id, same]
    if not tenant.id:
        of_tenant += [alerts.c.tenant_uuid == tenant.uuid, alerts.c.tenant_name == tenant.name]
    lasts = or_(alerts.c.closed_at.is_(None), alerts.c.closed_at > at)
    rows = await connection.execute(
        select(*ALERT.columns)
        .where(*of_tenant, alerts.c.id != alert.id, alerts.c.opened_at <= at, lasts)
        .order_by(~IS_CRITICAL, alerts.c.id)
    )
    return tuple(map(ALERT.decode, rows))


async def _card_of(connection: AsyncConnection, alert_id: int | None, channel: str) -> Posted | None:
    """The alert's card in this channel, if people can go to it."""
    if alert_id is None:
        return None
    row = await connection.execute(
        select(posts.c.channel, posts.c.ts)
        .join(card_alerts, card_alerts.c.card_id == posts.c.id)
        .where(card_alerts.c.alert_id == alert_id, posts.c.channel == channel, posts.c.ts != "")
        .limit(1)
    )
    found = row.one_or_none()
    return None if found is None else Posted(found.channel, found.ts)


async def _retrying(connection: AsyncConnection, alert: Alert) -> dict[str, Any]:
    """Since when a run of the same is under way that began after the last one that is over, and how far it is."""
    whose = tasks.c.unfinished_subject
    newest = (
        select(tasks.c.began_at, tasks.c.percent, shapes.c.state)
        .join(shapes, shapes.c.number == tasks.c.shape)
        .join(standings, standings.c.subject == whose)
        .where(whose == alert.latest.subject, tasks.c.began_at > standings.c.run_began_at)
        .order_by(tasks.c.began_at.desc(), tasks.c.number.desc())
        .limit(1)
    )
    row = (await connection.execute(newest)).one_or_none()
    if row is None:
        return {}
    since = moment(row.began_at)
    return {"retrying_since": since, "retrying_percent": row.percent, "retrying_state": row.state}


async def _previous(connection: AsyncConnection, alert: Alert) -> Alert | None:
    if alert.previous_id is None:
        return None
    row = (await connection.execute(select(alerts).where(alerts.c.id == alert.previous_id))).one_or_none()
    return None if row is None else ALERT.decode(row)


async def summary_view(connection: AsyncConnection, card: Any) -> SummaryView:
    shown = select(card_alerts.c.alert_id).where(card_alerts.c.card_id == card.id)
    rows = await connection.execute(select(alerts).where(alerts.c.id.in_(shown)).order_by(alerts.c.opened_at))
    good = await connection.scalar(
        select(func.count())
        .select_from(tasks)
        .join(shapes, shapes.c.number == tasks.c.shape)
        .where(
            tasks.c.account == card.account,
            tasks.c.completed_at > card.created_at - DAY,
            tasks.c.completed_at <= card.created_at,
            tasks.c.subject.is_not(None),
            shapes.c.code.in_(HEALING),
        )
    )
    shown_ones = tuple(ALERT.decode(row) for row in rows)
    return SummaryView(card.account, moment(card.created_at), shown_ones, good or 0, card.id)


async def personal_view(connection: AsyncConnection, row: Any) -> PersonalView:
    """What a direct message tells, as it is now. Raises NoResultFound where its alert is forgotten already."""
    found = (await connection.execute(select(*ALERT.columns).where(alerts.c.id == row.alert_id))).one()
    alert = ALERT.decode(found)
    storm = (await connection.execute(select(posts).where(posts.c.id == row.storm_id))).one_or_none()
    return PersonalView(
        to=row.channel,
        says=Says(row.says),
        at=moment(row.created_at),
        about=await _of_alert(connection, alert, row),
        size=row.size,
        why=row.why,
        posted=await _stands_at(connection, alert.id),
        storm=None if storm is None else await storm_view(connection, storm),
    )


async def _stands_at(connection: AsyncConnection, alert_id: int) -> Posted | None:
    """The newest message in a channel that shows the alert."""
    row = await connection.execute(
        select(posts.c.channel, posts.c.ts)
        .join(card_alerts, card_alerts.c.card_id == posts.c.id)
        .where(card_alerts.c.alert_id == alert_id, posts.c.ts != "", posts.c.state != PostState.WITHDRAWN)
        .order_by(posts.c.id.desc())
        .limit(1)
    )
    found = row.one_or_none()
    return None if found is None else Posted(found.channel, found.ts)


async def outage_view(connection: AsyncConnection, card: Any) -> OutageView:
    row = (await connection.execute(select(outages).where(outages.c.id == card.outage_id))).one()
    return OutageView(row.account, moment(row.began_at), row.reason, moment_or_none(row.ended_at))


async def undelivered_view(connection: AsyncConnection, card: Any) -> UndeliveredView:
    """A card about posts that were given up has no end: `ended_at` is its beginning."""
    waiting = func.coalesce(posts.c.parent_id, posts.c.id)
    told_of = select(func.count(waiting.distinct()), func.min(waiting)).where(posts.c.about_id == card.id)
    size, first = (await connection.execute(told_of)).one()
    names = select(alerts.c.name).join(card_alerts, card_alerts.c.alert_id == alerts.c.id)
    name = await connection.scalar(names.where(card_alerts.c.card_id == first).order_by(alerts.c.id).limit(1))
    ended_at = card.ended_at if card.ended_at != card.created_at else None
    return UndeliveredView(card.about_channel, card.about_code, name or "", size, moment_or_none(ended_at))


# ── storms and banners ──

NAMED = 10
"""Alerts that are shown by name; the rest is behind a button."""
SHARES = 8

_WITHOUT_GOOD_RUN = (Ending.NO_MORE_RUNS.value, Ending.NOT_REPEATED.value, Ending.BY_HAND.value)


async def storm_view(connection: AsyncConnection, card: Any) -> StormView:
    """The view of a row of `posts` that is a storm's card."""
    storm = (await connection.execute(select(storms).where(storms.c.card_id == card.id))).one()
    counted = (await connection.execute(_counted_by(card.id).with_only_columns(*_NUMBERS))).one()
    tenants, more_tenants = await _shares(
        connection, card.id, alerts.c.tenant_name, alerts.c.tenant_id, alerts.c.account
    )
    causes, more_causes = await _shares(connection, card.id, alerts.c.cause_text)
    first = tuple(ALERT.decode(row) for row in await connection.execute(worst_first(card.id).limit(NAMED)))
    return StormView(
        kind=CardKind(card.kind),
        opened_at=moment(storm.opened_at),
        last_at=moment(storm.last_at),
        is_open=storm.is_open,
        total=counted.total,
        open=counted.open or 0,
        critical=counted.critical or 0,
        restores=counted.restores or 0,
        tenants=tenants,
        causes=causes,
        more_tenants=more_tenants,
        more_causes=more_causes,
        first=first,
        before=await _before(connection, card),
        cause=_cause(first) if card.kind == CardKind.PLATFORM else Cause(),
        ended_at=None if counted.open else moment_or_none(counted.ended_at),
        mention=called(card) if counted.critical else "",
        card_id=card.id,
        unhealed=counted.unhealed or 0,
        oldest_good_at=moment_or_none(None if counted.unknown else counted.oldest_good_at),
        version=card.version,
        taken=counted.taken or 0,
        snoozed=counted.snoozed or 0,
        **await _shared_triage(connection, card.id, counted),
    )


async def _shared_triage(connection: AsyncConnection, card_id: int, counted: Any) -> dict[str, Any]:
    """Owner and snooze, where all that is open has the same."""
    open_ = counted.open or 0
    is_owned = bool(open_) and counted.taken == open_ and counted.owners == 1
    is_snoozed = bool(open_) and counted.snoozed == open_ and counted.ends == 1
    if not (is_owned or is_snoozed):
        return {}
    row = (await connection.execute(worst_first(card_id).limit(1))).one()
    triage = ALERT.decode(row).triage
    return {"owner": triage.owner if is_owned else None, "snooze": triage.snooze if is_snoozed else None}


def _counted_by(card_id: int) -> Select[Any]:
    """The alerts that a storm or banner counts: those it shows, and those of the cards before it."""
    linked = select(posts.c.id).where(posts.c.storm_id == card_id, posts.c.state != PostState.WITHDRAWN)
    counts = or_(card_alerts.c.card_id == card_id, card_alerts.c.card_id.in_(linked))
    return select(alerts).join(card_alerts, card_alerts.c.alert_id == alerts.c.id).where(counts)


def worst_first(card_id: int) -> Select[Any]:
    """What the card counts: what is open first, then the critical ones, each in the order in which they came."""
    return _counted_by(card_id).order_by(~IS_OPEN, ~IS_CRITICAL, alerts.c.id)


def _sum(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.sum(case((condition, 1), else_=0))


_NUMBERS = (
    func.count().label("total"),
    _sum(IS_OPEN).label("open"),
    _sum(IS_OPEN & IS_CRITICAL).label("critical"),
    _sum(alerts.c.kind == Kind.RESTORE.value).label("restores"),
    _sum(alerts.c.ending.in_(_WITHOUT_GOOD_RUN)).label("unhealed"),
    func.max(alerts.c.closed_at).label("ended_at"),
    func.min(alerts.c.last_good_at).filter(IS_OPEN).label("oldest_good_at"),
    _sum(IS_OPEN & alerts.c.last_good_at.is_(None)).label("unknown"),
    _sum(IS_OPEN & IS_TAKEN).label("taken"),
    _sum(IS_OPEN & IS_SNOOZED).label("snoozed"),
    func.count(alerts.c.owner_who.distinct()).filter(IS_OPEN).label("owners"),
    func.count(alerts.c.snooze_until.distinct()).filter(IS_OPEN).label("ends"),
)


async def _shares(
    connection: AsyncConnection, card_id: int, label: ColumnElement[str], *beside: ColumnElement[Any]
) -> tuple[tuple[Share, ...], int]:
    """The largest shares by what is open, and how many more there are."""
    grouped = (
        _counted_by(card_id)
        .with_only_columns(label.label("label"), func.count().label("total"), _sum(IS_OPEN).label("open"))
        .group_by(label, *beside)
    )
    rows = (await connection.execute(grouped)).all()
    shares = sorted((Share(row.label, row.total, row.open) for row in rows), key=_largest_first)
    return tuple(shares[:SHARES]), max(len(shares) - SHARES, 0)


def _largest_first(share: Share) -> tuple[int, int, str]:
    return -share.open, -share.total, share.label


async def _before(connection: AsyncConnection, card: Any) -> tuple[Posted, ...]:
    """The alerts' own cards that it links and counts: all, since the card says how many."""
    own = (
        select(posts.c.channel, posts.c.ts, alerts.c.name)
        .join(card_alerts, card_alerts.c.card_id == posts.c.id)
        .join(alerts, alerts.c.id == card_alerts.c.alert_id)
        .where(posts.c.storm_id == card.id, posts.c.state != PostState.WITHDRAWN)
        .order_by(posts.c.id)
    )
    return tuple(Posted(row.channel, row.ts, row.name) for row in await connection.execute(own))


def _cause(first: tuple[Alert, ...]) -> Cause:
    return first[0].latest.cause if first else Cause()
