"""Reads what Acronis says beside its tasks, round by round: run times, alerts, plans, workloads, tenants, agents.

A listing that takes more requests than a round has left goes on in the next one. Each API has a pace and a back-off of
its own, so that one that is forbidden or fails stops none of the others. What is gone is told by full listings only.
"""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from math import ceil
from typing import Any
from uuid import uuid4

import structlog

from bot.acronis import AcronisClient
from bot.alerting.rhythm import clocks_changed
from bot.errors import AcronisError, AcronisUnavailable, LeaseLost, MissingScope, StoreError
from bot.model import Clock, Page, Rules
from bot.model.plans import Access, Api, ApiAccess
from bot.store.leases import Lease
from bot.store.plans.page import Written
from bot.store.plans.recording import PlanRecorder

log = structlog.get_logger(__name__)

A_ROUND = 15
"""Requests in a round: 60 an hour where there is one each 900 s."""
PACES = {
    Api.TENANTS: 96,
    Api.ALERTS: 1,
    Api.STATUSES: 1,
    Api.POLICIES: 4,
    Api.APPLICATIONS: 1,
    Api.RESOURCES: 4,
    Api.AGENTS: 1,
}
"""Rounds from one reading of an API to the next, in the order in which they are read. Tenants are first, since a page
of them takes most of a round."""
FEW_PAGES = 10
"""A listing of agents that takes more is read less often: after as many rounds as it has times so many pages."""
SOONEST = 4
"""Rounds between two readings of tenants at least, and one more for so many requests that it takes."""
LONGEST_BACK_OFF = 4
"""Rounds until what failed is tried again. What is forbidden waits as long: a person has to act."""
MOST_UNWELL = 200
"""Workloads whose plans are read in a round."""
NUMBERS_AT_ONCE = 100
"""Tenants whose numbers one request asks for."""
COSTS = {Api.TENANTS: 12}
"""Requests that one page takes at most, where it is more than one: the root, the page, and the numbers on it."""
A_DAY = timedelta(days=1)
BEFORE_ALL = datetime.min.replace(tzinfo=UTC)
SHORTEST_LEASE = timedelta(minutes=2)
BY_CHANGE = (Api.STATUSES, Api.RESOURCES, Api.ALERTS)
"""Whose changes since a time may be asked for."""
BROKE = "Nightshift itself failed while it read this. Its log says why."


@dataclass(slots=True)
class _Listing:
    """One API's reading. `pages` is None between two. `due` is the round of the next; `failures` are those in a row.

    `is_anew`: all is asked for the next time, not only changes.
    """

    api: Api
    due: int = 0
    failures: int = 0
    pages: AsyncIterator[Page[Any]] | None = None
    began: datetime = BEFORE_ALL
    since: datetime | None = None
    asked: Sequence[str] = ()
    served_at: datetime | None = None
    requests: int = 0
    requests_for_all: int = 0
    items: int = 0
    is_whole: bool = True
    was_empty: bool = False
    written: Written = field(default_factory=Written)
    is_anew: bool = False

    @property
    def may_be_sooner(self) -> bool:
        """Whether it is at rest, and nothing was wrong with it."""
        return self.pages is None and not self.failures

    def open(self, pages: AsyncIterator[Page[Any]], began: datetime) -> None:
        self.pages, self.began, self.served_at = pages, began, None
        self.requests, self.items, self.is_whole, self.written = 0, 0, True, Written()

    def take(self, page: Page[Any]) -> int:
        """Counts a page in. Returns how many requests it cost."""
        self.served_at = self.served_at or page.served_at or self.began
        self.is_whole = self.is_whole and not page.malformed and not page.partial
        cost = 1 if self.api is not Api.TENANTS else 2 + ceil(page.read / NUMBERS_AT_ONCE)
        self.requests, self.items = self.requests + cost, self.items + page.read
        return cost


class PlanReading:
    """The job for one account. `every` is the time between two rounds, by the bot's own clock."""

    def __init__(
        self, client: AcronisClient, recorder: PlanRecorder, clock: Clock, rules: Rules, *, every: timedelta
    ) -> None:
        self._client = client
        self._recorder = recorder
        self._clock = clock
        self._rules = rules
        self._every = every
        name, account = f"plans {client.account}", client.account
        self._lease = Lease(name, account, uuid4().hex, max(2 * every, SHORTEST_LEASE))
        self._listings = {api: _Listing(api) for api in PACES}
        self._round = 0
        self._left = A_ROUND
        self._tells_changes: bool | None = None

    async def run(self) -> None:
        account = self._lease.account
        if not await self._recorder.leases.take(self._lease, self._clock.now()):
            log.info("another process reads plans", account=account)
            return
        self._left = A_ROUND
        try:
            known = await self._recorder.accesses(account)
            await self._bring_forward(known)
            for listing in self._listings.values():
                if listing.due <= self._round and self._has_left(listing):
                    await self._read(listing, known.get(listing.api, ApiAccess(account, listing.api)))
            await self._recorder.look_again(account, self._clock.now())
        except LeaseLost as error:
            log.warning("lease lost", account=account, reason=error.told)
        finally:
            self._round += 1
            await self._recorder.leases.give_back(self._lease)

    async def _bring_forward(self, known: Mapping[Api, ApiAccess]) -> None:
        """Some are read before their time: workloads where clocks were changed since; tenants where something did not
        start since, for it may be of one that is disabled."""
        workloads, tenants = self._listings[Api.RESOURCES], self._listings[Api.TENANTS]
        if workloads.may_be_sooner and _is_before_change(known.get(Api.RESOURCES), self._clock.now()):
            workloads.due = self._round
        since_read = self._round - (tenants.due - PACES[Api.TENANTS])
        is_dear = since_read < max(SOONEST, tenants.requests_for_all // SOONEST)
        read_at = known[Api.TENANTS].read_at if Api.TENANTS in known else None
        if read_at is None or is_dear or not tenants.may_be_sooner:
            return
        late_since = await self._recorder.late_since(self._lease.account, self._clock.now())
        if late_since is not None and late_since > read_at:
            tenants.due = self._round

    async def _read(self, listing: _Listing, known: ApiAccess) -> None:
        """Reads on until the listing's end or the round's."""
        try:
            if listing.pages is None and not await self._open(listing, known):
                return
            while listing.pages is not None and self._has_left(listing):
                page = await anext(listing.pages, None)
                if page is not None:
                    await self._record(listing, page)
                if page is None or page.is_last:
                    await self._finish(listing, known, page.partial if page else "")
        except AcronisError as error:
            is_forbidden = isinstance(error, MissingScope)
            access = Access.FORBIDDEN if is_forbidden else Access.FAILING
            rounds = LONGEST_BACK_OFF if is_forbidden else max(self._back_off(listing), self._asked_to_wait(error))
            await self._put_off(listing, replace(known, access=access, words=error.told), rounds)
        except StoreError:
            listing.pages = None
            raise
        except Exception:  # one API's answer that breaks us must not keep the others from being read
            log.exception("reading plans broke", account=self._lease.account, api=listing.api.value)
            failing = replace(known, access=Access.FAILING, words=BROKE)
            await self._put_off(listing, failing, self._back_off(listing))

    def _has_left(self, listing: _Listing) -> bool:
        return self._left >= COSTS.get(listing.api, 1)

    async def _open(self, listing: _Listing, known: ApiAccess) -> bool:
        """Begins a listing. False where there is nothing to ask."""
        now = self._clock.now()
        listing.since = self._since(listing, known, now)
        if listing.api is Api.APPLICATIONS:
            listing.asked = await self._recorder.unwell(self._lease.account, now, MOST_UNWELL)
        if listing.api is Api.APPLICATIONS and not listing.asked:
            listing.due = self._round + PACES[listing.api]
            return False
        listing.open(self._pages(listing), now)
        return True

    def _pages(self, listing: _Listing) -> AsyncIterator[Page[Any]]:
        plans, since = self._client.plans, listing.since
        asked: dict[Api, Callable[[], AsyncIterator[Page[Any]]]] = {
            Api.STATUSES: lambda: plans.statuses(since),
            Api.RESOURCES: lambda: plans.workloads(since),
            Api.ALERTS: lambda: plans.alerts(since),
            Api.POLICIES: plans.policies,
            Api.APPLICATIONS: lambda: plans.applications(listing.asked),
            Api.AGENTS: plans.agents,
            Api.TENANTS: plans.tenants,
        }
        return asked[listing.api]()

    def _since(self, listing: _Listing, known: ApiAccess, now: datetime) -> datetime | None:
        """From when on changes are asked for; None for all, which is the truth once a day.

        A server may leave the run times of a workload out of what it calls a change. So run times are asked for by
        their changes only after a listing of several pages was seen to tell them.
        """
        is_fresh = known.full_at is not None and timedelta() <= now - known.full_at < A_DAY
        if listing.api is Api.RESOURCES and (listing.is_anew or _is_before_change(known, now)):
            return None
        is_told = listing.api is not Api.STATUSES or (self._tells_changes is True and listing.requests_for_all > 1)
        if listing.api not in BY_CHANGE or known.position is None or not is_fresh:
            return None
        return known.position - self._rules.overlap if is_told else None

    async def _record(self, listing: _Listing, page: Page[Any]) -> None:
        self._left -= listing.take(page)
        now, since = self._clock.now(), listing.since
        listing.written += await self._recorder.record(self._lease, listing.api, page.items, listing.began, now)
        if page.malformed:
            log.warning("items of a list cannot be read", api=listing.api.value, count=page.malformed)
        if listing.api is Api.STATUSES and since and any(_is_before(item.updated_at, since) for item in page.items):
            self._tells_changes = False  # the time was passed over: this is no list of changes

    async def _finish(self, listing: _Listing, known: ApiAccess, partial: str) -> None:
        now, account = self._clock.now(), self._lease.account
        if partial:
            await self._put_off(listing, replace(known, access=Access.FAILING, words=f"{partial}."), 1)
            return
        is_full = self._is_full(listing, known)
        access = ApiAccess(
            account,
            listing.api,
            read_at=now,
            position=listing.served_at if listing.api in BY_CHANGE else None,
            full_at=listing.began if is_full else known.full_at,
        )
        await self._recorder.finish(self._lease, access, now, listing.began, listing.asked)
        if known.access is not Access.OPEN:
            log.info("may be read again", account=account, api=listing.api.value)
        self._learn(listing)
        listing.pages, listing.failures, listing.is_anew = None, 0, False
        if listing.api is Api.TENANTS and listing.written.changed and known.full_at is not None:
            workloads = self._listings[Api.RESOURCES]
            workloads.is_anew = True  # a tenant may show its workloads again: that is no change of them
            workloads.due = self._round if workloads.may_be_sooner else workloads.due
        listing.due = self._round + self._pace(listing)
        log.debug("read", account=account, api=listing.api.value, items=listing.items, requests=listing.requests)

    def _is_full(self, listing: _Listing, known: ApiAccess) -> bool:
        """Whether what the listing does not have is gone. The first empty one after others is not believed."""
        if listing.api is Api.APPLICATIONS or listing.since is not None or not listing.is_whole:
            return False
        was_empty, listing.was_empty = listing.was_empty, not listing.items
        return bool(listing.items) or was_empty or known.full_at is None or listing.api is Api.ALERTS

    def _learn(self, listing: _Listing) -> None:
        """Run times that changed in silence tell that changes cannot be asked for, until the next start."""
        if listing.since is None:
            listing.requests_for_all = listing.requests
        if listing.api is Api.STATUSES and listing.written.silent:
            self._tells_changes = False
        elif listing.api is Api.STATUSES and listing.written.moved and self._tells_changes is None:
            self._tells_changes = True

    def _pace(self, listing: _Listing) -> int:
        """Rounds. Long listings are read less often: of agents, and of workloads where they should be changes only."""
        if listing.api is Api.AGENTS:
            return max(PACES[listing.api], ceil(listing.requests / FEW_PAGES))
        is_long = listing.api is Api.RESOURCES and listing.since is not None
        return PACES[listing.api] * max(listing.requests if is_long else 1, 1)

    async def _put_off(self, listing: _Listing, access: ApiAccess, rounds: int) -> None:
        """It is tried again after so many rounds."""
        log.warning("plans cannot be read", account=access.account, api=access.api.value, reason=access.words)
        listing.pages, listing.failures = None, listing.failures + 1
        listing.due = self._round + max(rounds, 1)
        await self._recorder.stand(self._lease, access, self._clock.now())

    def _back_off(self, listing: _Listing) -> int:
        return int(min(2**listing.failures, LONGEST_BACK_OFF))

    def _asked_to_wait(self, error: AcronisError) -> int:
        """Rounds for which Acronis asks to be left alone."""
        seconds = (error.retry_after or 0.0) if isinstance(error, AcronisUnavailable) else 0.0
        return ceil(seconds / self._every.total_seconds())


def _is_before_change(access: ApiAccess | None, now: datetime) -> bool:
    """Whether clocks were changed since all was read: what machines say of their clocks is no change of theirs."""
    return access is not None and access.full_at is not None and clocks_changed(access.full_at, now)


def _is_before(at: datetime | None, since: datetime) -> bool:
    return at is not None and at <= since
