"""Who hears of an alert: routes, quiet hours, bound channels, targets (design §5). Pure: settings go in as a `Routing`.

Routes are looked at in their order. The first that matches decides, and where it goes on, the next that matches too. A
route does not match where its channel is bound to other tenants. A channel is told once, by the first of its routes.
Knows no words of the language: a route's match is a question already.
"""

import re
from dataclasses import replace
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Final

from bot.alerting.fingerprint import ALERTING
from bot.alerting.quiet_hours import quiet_until
from bot.alerting.targets import Targets
from bot.model import (
    FAILED,
    OUTCOME_UNKNOWN,
    SILENCES,
    Alert,
    Fault,
    Kind,
    NameField,
    NameFilter,
    Reason,
    Recipient,
    Result,
    ResultCode,
    Route,
    Routing,
    Run,
    Severity,
    Task,
    TaskQuery,
    TaskState,
    Tenant,
    folded,
    pattern_fits,
)
from bot.model.values import dataclass

PRESSING: Final = frozenset({Reason.RESTORE, Reason.MISSED, Reason.NEVER})
"""Reasons for which a critical alert does not wait for the end of quiet hours."""

_TOLD = FAILED | SILENCES | {OUTCOME_UNKNOWN}
_CLASSES = {ResultCode.WARNING: "Runs with warnings are", ResultCode.CANCELLED: "Cancelled runs are"}
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_BY_ROUTE = "told only where a route asks for them, and none does."


@dataclass(frozen=True, slots=True)
class Routed:
    """Each channel that is told, once. `reason` is a sentence: by which routes, or why nobody is told."""

    recipients: tuple[Recipient, ...]
    reason: str

    def recipient(self, channel: str) -> Recipient | None:
        return next((each for each in self.recipients if each.channel == channel), None)


def route(alert: Alert, routing: Routing, now: datetime) -> Routed:
    """Which channels hear of `alert`, as it was last judged, and whether now or at the end of their quiet hours."""
    task, recipients = task_of(alert.latest), dict[str, Recipient]()
    names, elsewhere = list[str](), ""
    for each in routing.routes:
        if alert.assessment.severity not in each.severities or not _asks_for(each.match).admits(task):
            continue
        if not may_show(each.channel, alert.latest.tenant, routing):
            elsewhere = elsewhere or each.name
            continue
        names.append(each.name)
        if each.channel:
            recipients.setdefault(each.channel, _recipient(each, alert, now))
        if not each.goes_on:
            break
    return Routed(tuple(recipients.values()), _by_routes(list(recipients.values())) or _untold(names, elsewhere))


def opens(run: Run, routing: Routing) -> bool:
    """Whether a run that ended so opens an alert: failed backups, restores and unknown kinds always, and those whose
    outcome nobody can read; all else where a route with a channel asks for it by name."""
    if run.code in _TOLD and run.kind in ALERTING:
        return True
    if run.code in ("", ResultCode.OK):
        return False
    task = task_of(run)
    return any(_asks_for_more(each, task, routing) for each in routing.routes)


def kinds_asked(routing: Routing) -> frozenset[Kind]:
    """The kinds of which a run may open an alert: management too, where a route with a channel asks for it."""
    asked = (_asks_for(each.match).kinds for each in routing.routes if each.channel)
    return ALERTING | {Kind.MANAGEMENT} if any(not kinds or Kind.MANAGEMENT in kinds for kinds in asked) else ALERTING


def _asks_for_more(each: Route, task: Task, routing: Routing) -> bool:
    """What only a route's name for it makes an alert never becomes critical."""
    return (
        bool(each.channel)
        and Severity.WARNING in each.severities
        and _asks_for(each.match).admits(task)
        and may_show(each.channel, task.tenant, routing)
    )


def targets_of(alert: Alert, routing: Routing) -> Targets:
    """What the settings say of how old the last good backup of what failed may get."""
    own: timedelta | None = None
    if routing.targets:
        task = task_of(alert.latest)
        own = next((each.within for each in routing.targets if each.match.admits(task)), None)
    return Targets(own, routing.target, routing.spare_runs)


def may_show(channel: str, tenant: Tenant, routing: Routing) -> bool:
    """Whether this tenant's names may stand in this channel: in one that is not bound, any tenant's may."""
    bound = routing.bound.get(channel)
    return bound is None or any(_is_named(tenant, name, routing) for name in bound)


def names_to_bind(routing: Routing) -> frozenset[str]:
    """The folded names in bound channels that one tenant bears: neither ids nor patterns."""
    names = (folded(name) for bound in routing.bound.values() for name in bound)
    return frozenset(name for name in names if name and "*" not in name and not _is_id(name))


def presses(alert: Alert, until: datetime) -> bool:
    """Whether an alert cannot wait until then: a critical one for what is lost already, and what would miss its target
    by then. Where the next run comes in time for the target, it would not."""
    assessment = alert.assessment
    if alert.is_critical and assessment.reason in PRESSING:
        return True
    return (
        assessment.misses_at is not None and assessment.misses_at <= until and assessment.reason is not Reason.IN_TIME
    )


def _recipient(each: Route, alert: Alert, now: datetime) -> Recipient:
    until = quiet_until(each.quiet, now) if each.quiet else None
    held = until if until and not presses(alert, until) else None
    return Recipient(each.channel, each.name, each.mention if alert.is_critical else "", held)


def _by_routes(recipients: list[Recipient]) -> str:
    """`By the route “acme”, in its quiet hours.`"""
    said = [f"“{each.route}”{', in its quiet hours' if each.held_until else ''}" for each in recipients]
    return f"By the route{'s' if len(said) > 1 else ''} {' and '.join(said)}." if said else ""


def _untold(names: list[str], elsewhere: str) -> str:
    if names:
        return f"The route “{names[-1]}” tells nobody."
    if elsewhere:
        return (
            f"The route “{elsewhere}” goes to a channel that is bound to other tenants, and no other route asks for it."
        )
    return "No route asks for it."


def _is_id(pattern: str) -> bool:
    """What is all digits or a UUID is an id and never a name: customers name themselves."""
    return pattern.isdecimal() or _UUID.fullmatch(pattern) is not None


def _is_same(tenant: Tenant, other: Tenant) -> bool:
    """By all ids that both have; some records lack one."""
    pairs = [(mine, theirs) for mine, theirs in ((tenant.id, other.id), (tenant.uuid, other.uuid)) if mine and theirs]
    return bool(pairs) and all(folded(mine) == folded(theirs) for mine, theirs in pairs)


def _is_named(tenant: Tenant, name: str, routing: Routing) -> bool:
    pattern = folded(name)
    if pattern.isdecimal():
        return pattern == tenant.id or pattern in tenant.locator.split("/")
    if "*" in pattern:
        return pattern_fits(pattern, tenant.name)
    if meant := routing.meant.get(pattern):
        return _is_same(tenant, meant)
    ids = (folded(tenant.id), folded(tenant.uuid))
    return bool(pattern) and pattern in (ids if _is_id(pattern) else (folded(tenant.name), *ids))


def _asks_for(match: TaskQuery) -> TaskQuery:
    return match if match.results and not match.results >= FAILED else _completed(match)


@lru_cache(maxsize=256)
def _completed(match: TaskQuery) -> TaskQuery:
    """A match for what failed, or that names no results, is about all that is as bad: what did not run or hangs, and
    what ended nobody knows how. One that names neither results nor kinds is not about management."""
    names_kinds = match.results or match.kinds or match.types or any(_is_type(each) for each in match.names)
    return replace(match, results=match.results | _TOLD, kinds=match.kinds if names_kinds else ALERTING)


def _is_type(names: NameFilter) -> bool:
    return names.field is NameField.TYPE


def task_of(run: Run) -> Task:
    """The task that a question looks at."""
    return Task(
        account=run.account,
        id=run.task_id,
        type=run.type,
        state=TaskState.COMPLETED,
        updated_at=run.ended_at,
        tenant=run.tenant,
        resource=run.resource,
        policy=run.policy,
        name=run.name,
        plan=run.plan,
        kind=run.kind,
        workload=run.workload,
        result=Result(run.code, Fault(cause=run.cause.text, code=run.cause.code, explained=run.cause)),
        started_by=run.started_by,
        completed_at=run.ended_at,
    )


def silence(task: Task) -> str:
    """For a run that opened no alert and joined none."""
    if not task.is_over:
        return "It is not over: there is nothing to tell yet."
    if not task.is_root:
        return "It is a part of another run. Only whole runs are told."
    if task.kind not in ALERTING:
        return f"{'Management tasks are' if task.kind is Kind.MANAGEMENT else 'Such tasks are'} {_BY_ROUTE}"
    if task.code == ResultCode.OK:
        return "It ended well."
    if task.code in _CLASSES:
        return f"{_CLASSES[ResultCode(task.code)]} {_BY_ROUTE}"
    if task.code in FAILED:
        return "It failed before this bot began to watch, so it is history, not news."
    return "Its result is one that this bot does not know, and it is not taken for a failure."
