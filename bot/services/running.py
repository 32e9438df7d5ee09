"""Running a backup now: what would run, starting it at most once, and how it goes on. Knows neither Slack nor HTTP.

A request to run cannot be taken back and bears no number, so it is never sent twice: where its outcome is not known, a
run is looked for. Nothing here stops a run: Acronis offers that in its console only.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import Final, Protocol

from bot.errors import AcronisError, AcronisUnavailable
from bot.model import (
    STAND_IN,
    Acceptance,
    Alert,
    Application,
    Clock,
    Kind,
    NotRunnable,
    Outcome,
    Page,
    Runnable,
    Start,
    Started,
    Task,
    TaskQuery,
    TaskState,
    TimeField,
)
from bot.services.fan_out import Budget, Source, gather
from bot.services.sharing import Paced
from bot.store.requests import RunRequests

PAUSES: Final = (2.0, 4.0, 8.0, 16.0, 30.0)
"""Seconds before each look for a run whose request was not answered: a minute in all."""
SETTLING: Final = timedelta(minutes=2)
"""How long after a request no second one is sent: its run may not be seen yet."""
LONGEST: Final = timedelta(minutes=5)
"""How long a request counts whose process was killed while it asked or looked."""
SKEW: Final = timedelta(seconds=5)
"""By so much the clocks of Acronis's services may differ."""
NO_CANCEL: Final = "It can only be stopped in Acronis's console."
_UNFINISHED: Final = frozenset[str](TaskState) - {TaskState.COMPLETED}
_RESTORES: Final = "A restore cannot be run again from here. Start it in Acronis's console."
_NO_CLIENT: Final = "Runs cannot be started: no acting client is set (ACRONIS_ACTING_CLIENT_ID)."
_NO_WORKLOAD: Final = "Acronis does not say which workload this was, so nothing can be run."
_NO_PLAN: Final = "Acronis does not say by which plan this ran, so nothing can be run."
_NOT_FOUND: Final = "The plan is not on this workload any more, or has no backup in it, so nothing can be run."
_SEVERAL: Final = "The plan has several backups on this workload. Start the right one in Acronis's console."
_PAUSED: Final = "The plan is switched off on this workload. Switch it on in Acronis's console first."
_NO_LICENCE: Final = "The workload has no licence for backups, or its quota is used up. Acronis would not run the plan."
_RUNS: Final = "This backup runs already."
_JUST_SENT: Final = "This backup was started from here a moment ago. Wait until its run can be seen."
_STARTED: Final = "Acronis has accepted the run."
_FOUND: Final = "{why}, but the run was found: it has started."
_NOT_SEEN: Final = "{why}. It has not started as far as can be seen: press again if you want."
_NOT_KNOWN: Final = "{why}, and it cannot be seen now. Look in Acronis's console before you try again."
_DEPLOYMENTS: Final = {
    "deploying": "The plan is still on its way to the agent. Try again in some minutes.",
    "error": "The plan has not reached the agent. See the agent in Acronis's console.",
    "not_available": "The agent is not available, so the plan cannot run on it.",
}
_PLAIN_ID: Final = re.compile(r"[0-9A-Za-z_-]{1,64}")
_BUDGET_SECONDS: Final = 10.0
_BUDGET_ITEMS: Final = 5_000


class Acting(Protocol):
    """One account's acting client. `applications` raises AcronisError; both raise ValueError for what is no id."""

    async def applications(
        self, context_id: str, policy_id: str = "", *, execution_state: str = ""
    ) -> Page[Application]: ...
    async def run_now(self, application: Application, /) -> Outcome: ...


class Running:
    """`acting` has the clients that may act, `sources` those that read tasks, both by account.

    `requests` keeps what was sent, for all processes. `sleep` waits between two looks, in seconds.
    """

    def __init__(
        self,
        acting: Mapping[str, Acting],
        sources: Mapping[str, Source],
        clock: Clock,
        requests: RunRequests,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._acting = acting
        self._sources = {account: Paced(source) for account, source in sources.items()}
        self._clock = clock
        self._requests = requests
        self._sleep = sleep

    def may_act(self, account: str) -> bool:
        """Whether an acting client is set for the account."""
        return account in self._acting

    async def plan(self, alert: Alert) -> Runnable | NotRunnable:
        """What would run, or why nothing can. Asks Acronis; raises nothing of Acronis's."""
        run = alert.latest
        if why := _unfit(alert, self._acting):
            return NotRunnable(why)
        try:
            page = await self._acting[run.account].applications(run.resource.id)
        except AcronisError as error:
            return NotRunnable(error.told)
        found = _backup_of(alert, page.items)
        if isinstance(found, NotRunnable):
            return found
        runnable = Runnable(
            run.account,
            found,
            workload=run.name,
            plan=run.plan or found.policy_name,
            tenant=run.tenant.name,
            policy_ids=frozenset(each.casefold() for each in (run.policy.id, found.policy_id, *found.parent_ids)),
        )
        why = await self._why_not(runnable, page.items)
        return NotRunnable(why) if why else runnable

    async def start(self, runnable: Runnable) -> Started:
        """Sends the request once, whatever happens, unless one runs by now. May take two minutes. Raises
        StoreUnavailable.

        Where it is cancelled meanwhile, the request may have been sent: no other one is for the next two minutes.
        """
        key = _key(runnable)
        if not await self._requests.add(key, self._clock.now(), LONGEST):
            return Started(Start.REFUSED, _JUST_SENT)
        try:
            started = await self._start(runnable)
        except BaseException:
            await asyncio.shield(self._requests.count_for(key, self._clock.now(), SETTLING))
            raise
        if started.outcome in (Start.REFUSED, Start.NOT_SEEN):
            await self._requests.remove(key)
        else:
            await self._requests.count_for(key, self._clock.now(), SETTLING)
        return started

    async def progress(self, runnable: Runnable, since: datetime) -> Task | None:
        """The newest run of the same that began after `since`; None where there is none yet. Raises AcronisError."""
        query = TaskQuery(time_field=TimeField.UPDATED, after=since)
        return next((task for task in await self._tasks(runnable, query) if _began(task) >= since), None)

    # ── before ──

    async def _why_not(self, runnable: Runnable, items: tuple[Application, ...]) -> str:
        """Why it cannot be run now, "" where it can. `items` are all policies on the workload."""
        child = runnable.application
        same = [each for each in items if each.policy_id.casefold() in runnable.policy_ids]
        if any(each.is_enabled is False for each in same):
            return _PAUSED
        if child.is_licensed is False:
            return _NO_LICENCE
        if child.deployment in _DEPLOYMENTS:
            return _DEPLOYMENTS[child.deployment]
        if any(each.is_running for each in same if each.is_backup):
            return _RUNS
        if await self._requests.counts(_key(runnable), self._clock.now(), LONGEST):
            return _JUST_SENT
        try:
            return await self._going_on(runnable)
        except AcronisError as error:
            return f"It cannot be seen whether this backup runs already. {error.told}"

    async def _going_on(self, runnable: Runnable) -> str:
        """Says which run of the same is not over, "" where all are. Raises AcronisError."""
        going = await self._tasks(runnable, TaskQuery(states=_UNFINISHED, time_field=TimeField.UPDATED))
        states = [task.state for task in going if not task.is_over]
        if not states:
            return ""
        waits = states[0] == TaskState.PAUSED
        return "A run of this backup waits for an answer in Acronis's console." if waits else _RUNS

    # ── the request ──

    async def _start(self, runnable: Runnable) -> Started:
        acting, child = self._acting[runnable.account], runnable.application
        try:
            page = await acting.applications(child.context_id, child.policy_id, execution_state="running")
            why = _RUNS if _any_runs(page) else await self._going_on(runnable)
        except AcronisError as error:
            return Started(Start.REFUSED, f"Nothing was started. {error.told}")
        if why:
            return Started(Start.REFUSED, why)
        since = (page.served_at or self._clock.now()) - SKEW
        outcome = await acting.run_now(child)
        if outcome.acceptance is Acceptance.ACCEPTED:
            return Started(Start.STARTED, _STARTED, since)
        if outcome.acceptance is Acceptance.REFUSED:
            return Started(Start.REFUSED, outcome.words)
        return await self._look(runnable, since, outcome.words)

    async def _look(self, runnable: Runnable, since: datetime, why: str) -> Started:
        """Looks for the run a few times, and sends nothing."""
        is_seen = False
        for pause in PAUSES:
            await self._sleep(pause)
            try:
                if await self._has_begun(runnable, since):
                    return Started(Start.STARTED, _FOUND.format(why=why), since)
            except AcronisError:
                is_seen = False
            else:
                is_seen = True
        if is_seen:
            return Started(Start.NOT_SEEN, _NOT_SEEN.format(why=why))
        return Started(Start.UNKNOWN, _NOT_KNOWN.format(why=why), since)

    async def _has_begun(self, runnable: Runnable, since: datetime) -> bool:
        """Looks in both places: either may lag. Raises AcronisError where none shows it and one cannot be read."""
        child = runnable.application
        applications = self._acting[runnable.account].applications(
            child.context_id, child.policy_id, execution_state="running"
        )
        looks = await asyncio.gather(applications, self.progress(runnable, since), return_exceptions=True)
        page, task = looks
        if (isinstance(page, Page) and _any_runs(page)) or isinstance(task, Task):
            return True
        for each in looks:
            if isinstance(each, BaseException):
                raise each
        return False

    async def _tasks(self, runnable: Runnable, query: TaskQuery) -> list[Task]:
        """The runs of the same that Acronis has, the last changed first. Raises AcronisError, also for half a list."""
        source = self._sources[runnable.account]
        budget = Budget(_BUDGET_ITEMS, _BUDGET_SECONDS)
        found = await gather({runnable.account: source.find(query)}, query, budget, self._clock.now())
        same = [task for task in found.items if _is_of(task, runnable)]
        if found.partial and not same:
            raise AcronisUnavailable(f"Acronis has more tasks than are read at once: {found.partial}.")
        return same


def cancel_words(task: Task) -> str:
    """What is true about stopping this run, for beside a link to the console; "" where nothing is left to stop."""
    if task.is_over or task.cancel_requested:
        return ""
    return "Acronis says that this run cannot be stopped." if task.cancellable is False else NO_CANCEL


def _unfit(alert: Alert, acting: Mapping[str, Acting]) -> str:
    """Why the alert's run is nothing to be run again, "" where it is."""
    run = alert.latest
    if run.account not in acting:
        return _NO_CLIENT
    if run.kind is Kind.RESTORE:
        return _RESTORES
    if run.kind is not Kind.BACKUP:
        return "Only backups can be run from here."
    if run.resource.id.startswith(STAND_IN) or not _PLAIN_ID.fullmatch(run.resource.id):
        return _NO_WORKLOAD
    return "" if _PLAIN_ID.fullmatch(run.policy.id) else _NO_PLAN


def _backup_of(alert: Alert, items: tuple[Application, ...]) -> Application | NotRunnable:
    """The backup in the alert's plan: of the very id, else the only one of its type, else the only one."""
    wanted, type_name = alert.latest.policy.id.casefold(), alert.latest.policy.type.casefold()
    usable = (each for each in items if each.is_backup and _PLAIN_ID.fullmatch(each.policy_id))
    backups = {each.policy_id.casefold(): each for each in usable}
    if wanted in backups:
        return backups[wanted]
    children = [each for each in backups.values() if wanted in (parent.casefold() for parent in each.parent_ids)]
    of_type = [each for each in children if each.policy_type.casefold() == type_name]
    chosen = of_type if len(of_type) == 1 else children
    if len(chosen) == 1:
        return chosen[0]
    return NotRunnable(_SEVERAL if chosen else _NOT_FOUND)


def _key(runnable: Runnable) -> str:
    child = runnable.application
    return f"{child.policy_id} {child.context_id} {runnable.account}".casefold()


def _any_runs(page: Page[Application]) -> bool:
    """Of the answer to which of them run. One that is said to be idle was not asked for."""
    return any(not each.is_idle for each in page.items)


def _is_of(task: Task, runnable: Runnable) -> bool:
    """Whether it is a backup of this workload by this plan. Scans of a plan are no backups."""
    same = task.resource.id.casefold() == runnable.application.context_id.casefold()
    return same and task.is_root and task.kind is Kind.BACKUP and task.policy.id.casefold() in runnable.policy_ids


def _began(task: Task) -> datetime:
    return task.enqueued_at or task.began_at
