"""What a digest says, counted from the alerts and the copy as they are now. When it is due is `alerting.digests`'s."""

from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Final

from bot.model import (
    SILENCES,
    Alert,
    DueBackup,
    Ending,
    Kind,
    NameField,
    NameFilter,
    Protected,
    Silence,
    Standing,
    TaskQuery,
    TimeField,
    task_behind,
)
from bot.model.digests import AtRisk, Digest, DigestDay, DigestLine, DigestView
from bot.model.zones import local_of, midnight
from bot.services.access import Access
from bot.services.coverage import ABOUT_NOW, Coverage
from bot.store.alerts.queries import AlertBook
from bot.store.copy.search import Questions

NAMED: Final = 6
"""Alerts of one part that are shown by name."""
DAYS: Final = 7
MOST_UNPLANNED: Final = 2_000
"""Workloads without a plan that are looked at: of more, the others wait until these have one."""
_DAY: Final = timedelta(days=1)
_HEALED: Final = frozenset({Ending.RECOVERED, Ending.WITH_WARNINGS})
_NOT_DUE: Final = frozenset({Standing.PAUSED, Standing.NOT_EXPECTED, Standing.NO_PLAN})
"""What nobody expects a backup of."""
_MISSED: Final = frozenset({Silence.MISSED, Silence.NEVER, Silence.OFFLINE})
_HUNG: Final = frozenset({Silence.STUCK, Silence.WAITS})
_NOBODY: Final = "\x00"
"""A name that nothing bears."""


class Digests:
    """`target` is how old a last good backup may be where no target of its own is set."""

    def __init__(self, book: AlertBook, copy: Questions, coverage: Coverage, access: Access, target: timedelta) -> None:
        self._book = book
        self._copy = copy
        self._coverage = coverage
        self._access = access
        self._target = target

    async def is_behind(self) -> bool:
        """Whether the copy lacks what happened lately."""
        return bool((await self._coverage.basis(ABOUT_NOW)).stale)

    async def view(self, digest: Digest, since: datetime, now: datetime, told: frozenset[str]) -> DigestView:
        """`told` has the keys of workloads without a plan that were told before. Raises StoreUnavailable."""
        match = await self._in_channel(digest)
        shift = await self._book.shift(match, since)
        opened = await self._book.opened(match, since)
        protection = await self._copy.protected(_backups(match), now, self._target, rows=0)
        still = sorted((*shift.open, *shift.taken, *shift.snoozed), key=_worst_first)
        due = await self._copy.due_soon(_backups(match), now, self._target, rows=NAMED)
        ended = (*shift.healed, *shift.resolved)
        unplanned = await self._unplanned(match, now)
        new = [name for key, name in unplanned if key not in told]
        return DigestView(
            since=since,
            until=now,
            zone=digest.zone.key,
            about=digest.about,
            open=len(still),
            critical=sum(alert.is_critical for alert in still),
            taken=sum(alert.triage.owner is not None for alert in still),
            snoozed=sum(alert.triage.snooze is not None for alert in still),
            failed=sum(alert.latest.code not in SILENCES for alert in opened),
            healed=sum(alert.ending in _HEALED for alert in ended),
            resolved=len(shift.resolved),
            missed=sum(alert.latest.code in _MISSED for alert in opened),
            hung=sum(alert.latest.code in _HUNG for alert in opened),
            worst=tuple(map(_line, still[:NAMED])),
            at_risk=tuple(_due_line(line) for line in due.lines if line.is_at_risk),
            at_risk_size=due.at_risk,
            within=protection.counts.get(Standing.GOOD, 0),
            workloads=sum(number for standing, number in protection.counts.items() if standing not in _NOT_DUE),
            days=await self._days(digest, match, now),
            unplanned=tuple(new[:NAMED]),
            unplanned_size=len(new),
            told=tuple(key for key, _ in unplanned),
            stale=(await self._coverage.basis(ABOUT_NOW)).stale,
        )

    async def _in_channel(self, digest: Digest) -> TaskQuery:
        """In a channel that is bound to tenants a digest is about these alone."""
        may_show = await self._access.tenants(digest.channel)
        known = await self._copy.tenants()
        if all(map(may_show, known)):
            return digest.match
        ids = tuple(tenant.id or tenant.uuid for tenant in known if may_show(tenant) and (tenant.id or tenant.uuid))
        only = NameFilter(NameField.TENANT, ids or (_NOBODY,))
        return replace(digest.match, names=(*digest.match.names, only))

    async def _unplanned(self, match: TaskQuery, now: datetime) -> list[tuple[str, str]]:
        """The workloads without any plan: what tells each from others, and its name."""
        query = replace(_backups(match), standings=frozenset({Standing.NO_PLAN}))
        found = await self._copy.protected(query, now, self._target, rows=MOST_UNPLANNED)
        return [(_key(each), each.name) for each in found.lines]

    async def _days(self, digest: Digest, match: TaskQuery, now: datetime) -> tuple[DigestDay, ...]:
        """The last whole days, the oldest first."""
        today = local_of(now, digest.zone).date()
        found: list[DigestDay] = []
        for back in range(DAYS, 0, -1):
            day = today - back * _DAY
            after, before = midnight(day, digest.zone), midnight(day + _DAY, digest.zone)
            moment = timedelta(microseconds=1)  # bounds are exclusive
            query = replace(_backups(match), time_field=TimeField.COMPLETED, after=after - moment, before=before)
            total = (await self._copy.stats(query, now)).total
            found.append(DigestDay(day, total.ok + total.warnings, total.failed))
        return tuple(found) if any(day.good or day.failed for day in found) else ()


def _backups(match: TaskQuery) -> TaskQuery:
    return replace(match, kinds=frozenset({Kind.BACKUP}), roots_only=True)


def _key(line: Protected) -> str:
    said = f"{line.account}\x1f{line.tenant.id or line.tenant.uuid}\x1f{line.name}"
    return blake2b(said.encode(errors="surrogatepass"), digest_size=8).hexdigest()


def _worst_first(alert: Alert) -> tuple[bool, float]:
    return not alert.is_critical, -alert.latest.ended_at.timestamp()


def _line(alert: Alert) -> DigestLine:
    run = alert.latest
    return DigestLine(
        alert.id,
        run.name,
        run.plan,
        run.tenant.name,
        run.kind,
        run.code,
        run.cause.text,
        alert.opened_at,
        alert.is_critical,
        task_behind(run.task_id),
    )


def _due_line(due: DueBackup) -> AtRisk:
    return AtRisk(due.name, due.plan, due.tenant.name, due.due_at, due.misses_at)
