"""Alerts for silence that end without a run: what is back, paused, revoked, or not expected any more.

Works inside somebody else's transaction.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Final, NamedTuple

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.alerting.lifecycle import Changes, ended_silence
from bot.alerting.missed import of_plan
from bot.alerting.never import ending_of
from bot.model import Alert, Ending, Occurrence, Silence
from bot.model.plans import KnownWorkload
from bot.store.alerts.conditions import IS_OPEN, IS_UNHEALED
from bot.store.alerts.rows import ALERT, OCCURRENCE
from bot.store.dialect import among
from bot.store.plans.facts import facts_of
from bot.store.schema import agents, alerts, machines, occurrences, plans, standings

STEP: Final = 200
"""Alerts that are looked at in one transaction."""
_CODES: Final = tuple(each.value for each in (Silence.MISSED, Silence.NEVER, Silence.VANISHED, Silence.OFFLINE))


class Looked(NamedTuple):
    """What is over, and the last alert that was looked at, 0 where all were."""

    changes: Changes
    after: int


async def over(connection: AsyncConnection, now: datetime, known: Collection[str], after: int) -> Looked:
    """Of accounts that are read, after the alert of that number."""
    wanted = select(*ALERT.columns).where(IS_OPEN, alerts.c.code.in_(_CODES), alerts.c.account.in_(known))
    rows = await connection.execute(wanted.where(alerts.c.id > after).order_by(alerts.c.id).limit(STEP))
    open_ = [ALERT.decode(row) for row in rows]
    endings = await _endings(connection, open_)
    left = await _unhealed(connection, endings)
    changes = [ended_silence(alert, left[alert.id], endings[alert.id], now) for alert in open_ if alert.id in endings]
    return Looked(
        Changes(
            tuple(each for one in changes for each in one.alerts),
            tuple(each for one in changes for each in one.occurrences),
        ),
        open_[-1].id if len(open_) == STEP else 0,
    )


async def ended(connection: AsyncConnection, fingerprint: str, ending: Ending, now: datetime) -> Changes:
    """The open alert of this problem, ended so; nothing where there is none."""
    row = (
        await connection.execute(select(*ALERT.columns).where(IS_OPEN, alerts.c.fingerprint == fingerprint))
    ).one_or_none()
    if row is None:
        return Changes()
    alert = ALERT.decode(row)
    return ended_silence(alert, (await _unhealed(connection, [alert.id]))[alert.id], ending, now)


async def _endings(connection: AsyncConnection, open_: Iterable[Alert]) -> dict[int, Ending]:
    """By the alerts' ids, how those ended that are over."""
    of_agents = [alert for alert in open_ if alert.latest.code == Silence.OFFLINE]
    others = [alert for alert in open_ if alert.latest.code != Silence.OFFLINE and alert.latest.resource.id]
    found = await _back(connection, of_agents)
    facts = await _facts(connection, others)
    ran = await _ran(connection, [alert for alert in others if alert.latest.code == Silence.NEVER])
    for alert in others:
        run = alert.latest
        workload = facts.get((run.account, run.resource.id.lower()))
        if (ending := ending_of(alert, workload, of_plan(workload, run.policy.id))) is not None:
            found[alert.id] = ending
        elif alert.id in ran:
            found[alert.id] = Ending.STARTED
    return found


async def _back(connection: AsyncConnection, open_: Collection[Alert]) -> dict[int, Ending]:
    """Those whose agent is there again."""
    if not open_:
        return {}
    ids = sorted({alert.latest.resource.id for alert in open_})
    is_back = select(agents.c.account, agents.c.id).where(agents.c.is_online, among(agents.c.id, ids))
    back = {tuple(row) for row in await connection.execute(is_back)}
    return {alert.id: Ending.BACK for alert in open_ if (alert.latest.account, alert.latest.resource.id) in back}


async def _ran(connection: AsyncConnection, open_: Collection[Alert]) -> set[int]:
    """Those whose workload has run since, by the plan's root or a part of it: their first run may name either."""
    if not open_:
        return set()
    ids = sorted({alert.latest.resource.id.lower() for alert in open_})
    by_id = {
        number
        for number, id_ in (await connection.execute(select(machines.c.number, machines.c.id)))
        if id_.lower() in ids
    }
    wanted = (
        select(machines.c.id, plans.c.name)
        .join_from(standings, machines, machines.c.number == standings.c.run_machine)
        .join(plans, plans.c.number == standings.c.run_plan)
        .where(among(standings.c.run_machine, sorted(by_id)))
    )
    pairs = {(id_.lower(), name) for id_, name in await connection.execute(wanted)}
    return {alert.id for alert in open_ if (alert.latest.resource.id.lower(), alert.latest.plan) in pairs}


async def _facts(connection: AsyncConnection, open_: Iterable[Alert]) -> Mapping[tuple[str, str], KnownWorkload]:
    by_account = defaultdict[str, set[str]](set)
    for alert in open_:
        by_account[alert.latest.account].add(alert.latest.resource.id)
    found: dict[tuple[str, str], KnownWorkload] = {}
    for account, ids in by_account.items():
        found |= {(account, id_): known for id_, known in (await facts_of(connection, account, ids)).items()}
    return found


async def _unhealed(connection: AsyncConnection, ids: Collection[int]) -> defaultdict[int, list[Occurrence]]:
    found = defaultdict[int, list[Occurrence]](list)
    if ids:
        is_theirs = (among(occurrences.c.alert_id, sorted(ids)), IS_UNHEALED)
        for row in await connection.execute(select(*OCCURRENCE.columns).where(*is_theirs)):
            occurrence = OCCURRENCE.decode(row)
            found[occurrence.alert_id].append(occurrence)
    return found
