"""Whether a start that was due was missed, or is excused, and why. Pure; knows neither how rhythms nor facts are read.

A start is missed when its deadline has passed and no run of the same began since it was due. What is paused, not
licensed, disabled, closed to the client, deleted or without its agent is not missed: it is said as what it is. Where
too little is known, nothing is said: while the copy is not complete, soon after an outage, and while plans cannot be
read.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from bot.alerting.rhythm import EARLY
from bot.alerting.silence_causes import cause_of
from bot.model import Cause
from bot.model.plans import Access, Api, ApiAccess, KnownAgent, KnownPolicy, KnownWorkload
from bot.model.values import dataclass

SETTLED: Final = timedelta(minutes=30)
"""After an outage agents tell late what they did meanwhile."""
AGAIN: Final = timedelta(minutes=5)
"""What cannot be judged yet is looked at again after this."""
PATIENCE: Final = timedelta(hours=6)
"""So long after the deadline it is judged by what is known, though plans could not be read since. While nobody could
read them, in an outage or before the bot's start, this time does not run."""
_READ_WITHIN: Final = timedelta(days=2)
_FACTS: Final = (Api.STATUSES, Api.AGENTS, Api.RESOURCES, Api.POLICIES, Api.TENANTS)


class Excuse(StrEnum):
    """Why nothing is expected, or why it is not known whether it came. The values are words people read."""

    PAUSED = "paused"
    NOT_EXPECTED = "not expected"
    UNKNOWN = "unknown"
    OFFLINE = "agent offline"


class Gone(StrEnum):
    """What is over for good, of what is not expected."""

    NO = ""
    DELETED = "deleted"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True)
class Excused:
    """`words` say why, as a sentence without a full stop; names in them may be hostile. `until` is when it is over,
    where that is known."""

    excuse: Excuse
    words: str
    until: datetime | None = None
    gone: Gone = Gone.NO


REPLACED: Final = Excused(Excuse.NOT_EXPECTED, "other plans are on it now", gone=Gone.REVOKED)


@dataclass(frozen=True, slots=True)
class Missed:
    cause: Cause


@dataclass(frozen=True, slots=True)
class NotYet:
    """It cannot be judged before `until`; `words` say why."""

    until: datetime
    words: str


@dataclass(frozen=True, slots=True)
class Expectation:
    """A start that was due, and until when its run may begin; it may come so much `early`. `last_run_at` is when the
    last run that is over began, and `last_ended_at` when it ended; `running_since` is when one began that is not. What
    has not run since `stopped_before` is not expected to, but where a plan that is on it says so. `retired_at`: since
    when nothing is expected, until it runs again. `excused_until`: until then, as far as was seen, nothing was."""

    due_at: datetime
    deadline_at: datetime
    last_run_at: datetime | None = None
    last_ended_at: datetime | None = None
    running_since: datetime | None = None
    is_conditional: bool = False
    stopped_before: datetime | None = None
    retired_at: datetime | None = None
    retired_by: str = ""
    early: timedelta = EARLY
    excused_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Outage:
    """A time in which Acronis was not read; `until` is None where it lasts."""

    since: datetime
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Ground:
    """What a start is judged on. `policies` are those of the plan that back up this workload. `history_from`: all runs
    since then are known. `accesses` hold the APIs that were ever asked. `is_replaced`: other plans are on it instead.
    `reader_from`: since when the bot has run without a break, where that is known."""

    workload: KnownWorkload | None = None
    policies: tuple[KnownPolicy, ...] = ()
    history_from: datetime | None = None
    outages: tuple[Outage, ...] = ()
    accesses: Mapping[Api, ApiAccess] | None = None
    is_replaced: bool = False
    reader_from: datetime | None = None


def judge_silence(start: Expectation, ground: Ground, now: datetime) -> Missed | Excused | NotYet | None:
    """None where the run came, or one is under way."""
    if _came(start, ground):
        return None
    return (
        _of_history(start, ground)
        or _not_yet(start, ground, now)
        or excuse_of(ground.workload, ground.policies)
        or _of_change(start, ground)
        or Missed(cause_of(ground.workload, ground.policies, start.due_at))
    )


def doubt(judged: Missed | Excused | NotYet | None) -> str:
    """Why it is not known whether the start was missed; "" where it is."""
    if isinstance(judged, NotYet) or (isinstance(judged, Excused) and judged.excuse is Excuse.UNKNOWN):
        return judged.words
    return ""


def _of_history(start: Expectation, ground: Ground) -> Excused | None:
    if ground.history_from is None or ground.history_from > start.due_at:
        return Excused(Excuse.UNKNOWN, "its runs were still being read when it was due")
    if start.retired_at is not None:
        return retired(start.retired_by)
    return None


def _of_change(start: Expectation, ground: Ground) -> Excused | None:
    """What changed since it was due, or makes a start uncertain."""
    if ground.is_replaced:
        return REPLACED
    if any(each.policy.updated_at is not None and each.policy.updated_at > start.due_at for each in ground.policies):
        return Excused(Excuse.UNKNOWN, "its plan was changed since it was due")
    if start.excused_until is not None and start.excused_until > start.due_at:
        return Excused(Excuse.UNKNOWN, "it was not expected when it was due, and is again")
    if _had_stopped(start, ground):
        return Excused(Excuse.UNKNOWN, "it had stopped running before, and no plan on it is known")
    if start.is_conditional:
        return Excused(Excuse.UNKNOWN, "its plan may leave a run out, where a condition is not met")
    return None


def excuse_of(workload: KnownWorkload | None, policies: Sequence[KnownPolicy] = ()) -> Excused | None:
    """Why nothing is expected of it as things stand; without `policies`, of any of its plans."""
    if workload is not None and (excused := _of_workload(workload)) is not None:
        return excused
    if policies and (excused := _of_plan(policies)) is not None:
        return excused
    if workload is None:
        return None
    if workload.enabled_again_at is not None and workload.next_run_at is None:
        return Excused(Excuse.PAUSED, "its plan is paused", workload.enabled_again_at)
    if workload.agent is not None and is_away(workload.agent):
        return Excused(Excuse.OFFLINE, "its agent is offline")
    return None


def standing_excuse(workload: KnownWorkload | None, plan_id: str) -> Excused | None:
    """Why nothing is expected of the workload's runs by this plan as things stand, whatever is due."""
    excused = excuse_of(workload, of_plan(workload, plan_id))
    return REPLACED if excused is None and is_replaced(workload, plan_id) else excused


def retired(by: str) -> Excused:
    """A person said that nothing is expected any more."""
    return Excused(Excuse.NOT_EXPECTED, f"retired by {by}" if by else "retired")


def is_away(agent: KnownAgent) -> bool:
    return agent.is_online is False


def _of_workload(workload: KnownWorkload) -> Excused | None:
    barred = workload.barred_by
    if workload.deleted_at is not None:
        return Excused(Excuse.NOT_EXPECTED, "it is deleted in Acronis", gone=Gone.DELETED)
    if barred is not None and (barred.deleted_at is not None or not barred.is_enabled):
        how = "deleted" if barred.deleted_at is not None else "disabled"
        return Excused(Excuse.NOT_EXPECTED, f"the tenant {barred.name or barred.id} is {how}")
    if barred is not None:
        return Excused(Excuse.UNKNOWN, f"the tenant {barred.name or barred.id} shows nothing of its backups")
    if workload.agent is not None and workload.agent.is_enabled is False:
        return Excused(Excuse.NOT_EXPECTED, "its agent is switched off")
    return None


def of_plan(workload: KnownWorkload | None, plan_id: str) -> tuple[KnownPolicy, ...]:
    """The policies on the workload that are of the plan that a run names: by its root or by a part of it."""
    wanted = plan_id.lower()
    if workload is None or not wanted:
        return ()
    return tuple(each for each in workload.policies if wanted in (each.policy.id, each.policy.root_id))


def is_replaced(workload: KnownWorkload | None, plan_id: str) -> bool:
    """Whether other plans are on the workload, and the one that a run names is not, as far as is known."""
    if workload is None or not plan_id or of_plan(workload, plan_id):
        return False
    return any(each.gone_at is None for each in workload.policies)


def _of_plan(policies: Sequence[KnownPolicy]) -> Excused | None:
    on_it = [each for each in policies if each.gone_at is None]
    if not on_it:
        return Excused(Excuse.NOT_EXPECTED, "its plan was taken off it", gone=Gone.REVOKED)
    if not any(each.is_enabled for each in on_it):
        return Excused(Excuse.PAUSED, "its plan is switched off")
    if all(each.is_licensed is False for each in on_it if each.is_enabled):
        return Excused(Excuse.NOT_EXPECTED, "it has no licence for backups, or its quota is used up")
    return None


def _had_stopped(start: Expectation, ground: Ground) -> bool:
    """A plan that is on it is expected to run however long it has not."""
    if start.stopped_before is None or any(each.gone_at is None for each in ground.policies):
        return False
    return start.last_run_at is None or start.last_run_at < start.stopped_before


def _came(start: Expectation, ground: Ground) -> bool:
    """A run that goes on since before holds the next one up: that is no miss, but it may hang."""
    if start.last_ended_at is not None and start.last_ended_at >= start.due_at:
        return True
    began = [start.last_run_at, *(each.last_run_at for each in ground.policies)]
    if ground.workload is not None and len(ground.workload.policies) <= 1:
        began.append(ground.workload.last_run_at)
    return start.running_since is not None or any(at is not None and at >= start.due_at - start.early for at in began)


def _not_yet(start: Expectation, ground: Ground, now: datetime) -> NotYet | None:
    for outage in ground.outages:
        until = now + AGAIN if outage.until is None else outage.until + SETTLED
        if outage.since <= start.deadline_at and until > now:
            return NotYet(until, "Acronis could not be read when it was due")
    if (back_at := _back_at(ground.workload)) is not None:
        until = back_at + (start.deadline_at - start.due_at)
        if back_at > start.due_at and until > now:
            return NotYet(until, "its agent was offline when it was due, and is back")
    if now - _readable_since(start, ground) < PATIENCE and not _is_fresh(start, ground):
        return NotYet(now + AGAIN, "plans and agents were not read since it was due")
    return None


def _readable_since(start: Expectation, ground: Ground) -> datetime:
    """Since when plans could have been read, the deadline or later."""
    since = (start.deadline_at, ground.reader_from, *(each.until for each in ground.outages))
    return max(at for at in since if at is not None)


def _back_at(workload: KnownWorkload | None) -> datetime | None:
    return workload.agent.online_since if workload is not None and workload.agent is not None else None


def is_awaited(access: ApiAccess | None, since: datetime, now: datetime) -> bool:
    """Whether an API that is read at least once a day was not read since then, and will be."""
    if access is None or access.access is not Access.OPEN or access.read_at is None:
        return False
    return now - _READ_WITHIN < access.read_at < since


def is_gone_for_sure(accesses: Mapping[Api, ApiAccess], deleted_at: datetime, now: datetime) -> bool:
    """Whether a workload that is not listed since then is deleted. It may be its tenant that shows nothing since: so
    tenants are read once more first, and then workloads, for it may show all of them again."""
    tenants = accesses.get(Api.TENANTS)
    if is_awaited(tenants, deleted_at, now):
        return False
    return (
        tenants is None or tenants.read_at is None or not is_awaited(accesses.get(Api.RESOURCES), tenants.read_at, now)
    )


def _is_fresh(start: Expectation, ground: Ground) -> bool:
    """Whether what may excuse it was read since it was due. What may not be read at all is not waited for."""
    may_be_read = {api: each for api, each in (ground.accesses or {}).items() if each.access is not Access.FORBIDDEN}
    read_at = [may_be_read[api].read_at for api in _FACTS if api in may_be_read]
    if ground.workload is not None and ground.workload.has_backup and Api.APPLICATIONS in may_be_read:
        read_at.append(ground.workload.applied_at)
    return all(at is not None and at >= start.due_at for at in read_at)
