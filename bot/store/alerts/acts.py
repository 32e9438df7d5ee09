"""Acts of people on alerts: loaded, judged, written down and planned, each in one transaction (design §4)."""

from collections.abc import Collection, Sequence
from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.alerting.acts import news_of, plan_act
from bot.alerting.kinds import KINDS
from bot.alerting.lifecycle import Changes
from bot.alerting.plan import Situation
from bot.alerting.storms import shares_of
from bot.alerting.triage import RETIRABLE, Deed, Done, Outcome, do, state_of
from bot.model import Act, Aim, Alert, Attempt, CardKind, Note, Routing, Rules, folded, pattern_fits
from bot.model.values import dataclass
from bot.store import audit
from bot.store.alerts import notes
from bot.store.alerts import rows as alert_rows
from bot.store.alerts.conditions import IS_CRITICAL, IS_OPEN
from bot.store.alerts.rows import ALERT
from bot.store.bound_names import bound
from bot.store.cards.apply import apply
from bot.store.cards.situation import load
from bot.store.cards.views import worst_first
from bot.store.copy.dimensions import Dimensions
from bot.store.engine import Database
from bot.store.schema import alerts, card_alerts, posts
from bot.store.silences import retired
from bot.store.silences.retired import workloads_called


@dataclass(frozen=True, slots=True)
class Acted:
    """What became of an act on each alert. `is_repeated`: the same delivery did it before, so nothing was done now."""

    done: tuple[Done, ...]
    is_repeated: bool = False


class Acts:
    def __init__(self, database: Database, rules: Rules, routing: Routing) -> None:
        self._database = database
        self._rules = rules
        self._routing = routing
        self._dimensions = Dimensions(database)

    async def act(
        self,
        ids: Collection[int],
        deed: Deed,
        attempt: Attempt,
        card_id: int | None = None,
        retires: Collection[str] = (),
    ) -> Acted:
        """What is committed is so, whatever becomes of the cards. `card_id` is a storm's whose alerts these are; of the
        subjects that it `retires` nothing is expected from now on."""
        async with self._database.write() as connection:
            self._routing = await bound(connection, self._routing)
            found = await _by_ids(connection, ids)
            facts = await alert_rows.facts_of(connection, found)
            followed = await _followed(connection, found) if deed.act is Act.UNDO else set[int]()
            done = tuple(do(each, deed, facts[each.id], is_followed=each.id in followed) for each in found)
            act_id = await audit.put(connection, _written(attempt, done))
            if act_id is None:
                return Acted(done, is_repeated=True)
            changed = [each.after for each in done if each.outcome is Outcome.DONE]
            await alert_rows.write(connection, Changes(tuple(changed)))
            await retired.put(connection, retires, deed.at, deed.name)
            for each in changed if deed.note else ():
                await notes.put(connection, each, Note(deed.at, deed.by, deed.name, deed.note, each.id))
            empty = Situation(self._routing, self._rules, deed.at, deed.at)
            news = {alert.id for alert in news_of(deed.act, changed)}
            situation = await load(connection, empty, [each.after for each in done], news=news, facts=facts)
            await apply(connection, plan_act(situation, done, deed, act_id, card_id), deed.at)
        return Acted(done)

    async def aimed_at(self, aim: Aim) -> Sequence[Alert]:
        """The alert, or those that the storm's card counts and that the share is of; none where nothing fits."""
        async with self._database.read() as connection:
            if not aim.card_id:
                return await _by_ids(connection, [aim.alert_id])
            counted = [ALERT.decode(row) for row in await connection.execute(worst_first(aim.card_id))]
        return [alert for alert in counted if not aim.share or aim.share in shares_of(alert)]

    async def named(self, name: str) -> Sequence[Alert]:
        """The open alerts of what is called so, in full; where there is none, those that have it in their names."""
        async with self._database.read() as connection:
            wanted = select(*ALERT.columns).where(IS_OPEN).order_by(~IS_CRITICAL, alerts.c.id)
            found = [ALERT.decode(row) for row in await connection.execute(wanted)]
        whole = [alert for alert in found if folded(name) in map(folded, _names_of(alert))]
        return whole or [alert for alert in found if any(pattern_fits(folded(name), each) for each in _names_of(alert))]

    async def retirable(self, name: str, number: int = 0) -> Sequence[Alert]:
        """What is called so in full: open alerts of it, then all that the copy knows of it, with ids of 0. A number is
        that of an alert of it."""
        async with self._database.read() as connection:
            tenant = None
            if number:
                found = await _by_ids(connection, [number])
                if not found:
                    return ()
                name, tenant = found[0].latest.name, found[0].latest.tenant
            wanted = select(*ALERT.columns).where(IS_OPEN, alerts.c.code.in_(sorted(RETIRABLE))).order_by(alerts.c.id)
            open_ = [ALERT.decode(row) for row in await connection.execute(wanted)]
            known = await workloads_called(connection, self._dimensions, name)
        called = [each for each in (*open_, *known) if folded(each.latest.name) == folded(name)]
        return [each for each in called if tenant is None or each.latest.tenant.id == tenant.id]

    async def names(self) -> Sequence[str]:
        """All names that open alerts bear, each once."""
        async with self._database.read() as connection:
            wanted = select(alerts.c.name, alerts.c.plan, alerts.c.tenant_name).where(IS_OPEN)
            rows = (await connection.execute(wanted)).all()
        return list(dict.fromkeys(name for row in rows for name in row if name))

    async def shown_by(self, channel: str, ts: str) -> Aim:
        """The alert of this card, or all that the card of many counts; about nothing where it is no card of alerts."""
        async with self._database.read() as connection:
            found = select(posts.c.id, posts.c.kind).where(posts.c.channel == channel, posts.c.ts == ts)
            card = (await connection.execute(found.where(posts.c.parent_id.is_(None)).limit(1))).one_or_none()
            if card is None or not ts:
                return Aim()
            if KINDS[CardKind(card.kind)].is_group:
                return Aim(card_id=card.id)
            shown = select(card_alerts.c.alert_id).where(card_alerts.c.card_id == card.id).limit(2)
            numbers = (await connection.scalars(shown)).all()
        return Aim(alert_id=numbers[0]) if len(numbers) == 1 else Aim()


def _names_of(alert: Alert) -> tuple[str, ...]:
    run = alert.latest
    return tuple(filter(None, (run.name, run.plan, run.tenant.name)))


async def _by_ids(connection: AsyncConnection, ids: Collection[int]) -> Sequence[Alert]:
    wanted = select(*ALERT.columns).where(alerts.c.id.in_(ids)).order_by(alerts.c.id)
    return [ALERT.decode(row) for row in await connection.execute(wanted)]


async def _followed(connection: AsyncConnection, found: Sequence[Alert]) -> set[int]:
    """Those of which there is a later alert of the same problem."""
    newest = await alert_rows.newest(connection, {alert.fingerprint for alert in found})
    return {alert.id for alert in found if newest.get(alert.fingerprint, alert.id) > alert.id}


def _written(attempt: Attempt, done: Sequence[Done]) -> Attempt:
    """What the audit says: the one alert's state before and after, or how many of them changed."""
    size = len(done)
    if not done:
        return attempt
    did = [each for each in done if each.outcome is Outcome.DONE]
    refused = "" if did or not done else done[0].outcome.value
    if size == 1:
        before, after = state_of(done[0].before), state_of(done[0].after)
        return replace(attempt, alert_id=done[0].after.id, refused=refused, before=before, after=after)
    after = f"{len(did)} of {size} alerts changed"
    return replace(attempt, size=size, refused=refused, before=f"{size} alerts", after=after)
