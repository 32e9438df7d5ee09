"""A night at work, in one process: real SQLite, the pretend Acronis and the pretend Slack on sockets, real jobs.

The clock is the real one and can be moved; time in the servers is real.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import aiohttp
from sqlalchemy import ColumnElement, Table, func, select

from bot.acronis import AcronisClient
from bot.acronis.kinds import Classifier
from bot.jobs.backfill import Backfill
from bot.jobs.deliver import Delivery
from bot.jobs.poll import Poll
from bot.jobs.review import Review
from bot.jobs.sweep import Sweep
from bot.model import Route, Routing, Rules
from bot.sandbox import acronis, slack
from bot.slack.notifier import Notifier
from bot.slack.rate_limits import Pace, RateLimits
from bot.slack.sign_in import make_client
from bot.store.cards.outbox import Outbox
from bot.store.engine import Database
from bot.store.recording import Recorder
from bot.store.review import Reviewer
from bot.telemetry import Vitals
from bot.wiring import DRAWINGS, VIEWS
from tests.builders import raw_task, rfc3339

CHANNEL = "C0ALERTS"
FALLBACK = "C0FALLBACK"
SITE = "https://sandbox.slack.com/"
ON_CALL = "<!subteam^S0ONCALL>"
MINUTE = timedelta(minutes=1)
CAUSE = {"domain": "Storage", "code": "NoSpace", "context": {"cause_str": "Backup storage is full."}}


class MovableClock:
    """The real time, and what is added to it."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead


class Night:
    """All parts of the alert path. `poll` and `deliver` do one round and return when it is over."""

    def __init__(
        self,
        database: Database,
        acronis_: acronis.Running,
        slack_: slack.Running,
        client: AcronisClient,
        session: aiohttp.ClientSession,
        routing: Routing,
    ) -> None:
        self.clock = MovableClock()
        self.database = database
        self.acronis = acronis_.control
        self.slack = slack_.slack
        self.client = client
        self.rules = Rules()
        self.outbox = Outbox(database, VIEWS, self.rules, FALLBACK)
        self.vitals = Vitals(self.clock, MINUTE)
        self._session = session
        self._api_url = slack_.api_url
        self.delivery = self.another_delivery()
        self.follow(routing)

    def follow(self, routing: Routing) -> None:
        """As after a start with these routes."""
        self.recorder = Recorder(self.database, self.rules, CHANNEL, routing)
        self.poll = self.another_poll().run
        self.sweep = Sweep(self.client, self.recorder, self.clock, self.rules, wake=_nothing).run
        self.backfill = Backfill(self.client, self.recorder, self.clock, self.rules)
        self.reviewer = Reviewer(self.database, self.rules, routing, CHANNEL)
        review = Review(
            self.reviewer, self.outbox, self.clock, ("default",), every=MINUTE, wake=_nothing, vitals=self.vitals
        )
        self.review = review.run

    def another_poll(self) -> Poll:
        """A second process's."""
        return Poll(self.client, self.recorder, self.clock, self.rules, every=MINUTE, wake=_nothing, vitals=self.vitals)

    def another_delivery(self, api_url: str = "", limits: RateLimits | None = None) -> Delivery:
        """As after a restart. Without `limits` of its own it is as fast as Slack lets it."""
        self.web = make_client("xoxb-sandbox", api_url or self._api_url, self._session, timeout=2)
        limits = limits or RateLimits(Pace(6e6, 1e6), Pace(6e6, 1e6))
        return Delivery(
            self.outbox,
            Notifier(self.web),
            self.clock,
            ZoneInfo("UTC"),
            DRAWINGS,
            site=SITE,
            pace=0.0,
            limits=limits,
            jitter=_no_jitter,
        )

    def happens(self, code: str = "ok", *, ago: float = 1.0, took: float = 0.5, **changes: Any) -> dict[str, Any]:
        """A nightly backup of SRV-SQL01 that ended `ago` minutes before now and took so many, at Acronis."""
        ended = self.clock.now() - ago * MINUTE
        failed = {"error": CAUSE} if code in ("error", "abandoned", "timedout") else {}
        raw = raw_task(
            **{
                "enqueuedAt": rfc3339(ended - took * MINUTE),
                "startedAt": rfc3339(ended - took * MINUTE),
                "completedAt": rfc3339(ended),
                "updatedAt": rfc3339(ended),
                "result": {"code": code, **failed},
                **changes,
            }
        )
        self.acronis.add(tasks=[raw])
        return raw

    async def begins(self) -> None:
        """The first start is over and told."""
        await self.poll()
        await self.deliver()

    async def fails(self) -> None:
        """The first start is behind, and a failure is recorded but not told yet."""
        await self.begins()
        self.happens("error", ago=0.5)
        await self.poll()

    async def deliver(self) -> None:
        await self.delivery.tick()
        await self.delivery.idle()

    async def later(self, **times: float) -> None:
        """Time passes, and what is due then is delivered."""
        self.clock.ahead += timedelta(**times)
        await self.deliver()

    async def reviewed(self, **times: float) -> None:
        """Time passes, a poll brings nothing new, a review looks at what changed, and what is due is delivered."""
        self.clock.ahead += timedelta(**times)
        await self.poll()
        await self.review()
        await self.deliver()

    @property
    def cards(self) -> list[slack.Message]:
        """What the alert channel shows now, but for the card of the first start."""
        return [each for each in self.slack.shown(CHANNEL) if not each.text.startswith("Nightshift")]

    @property
    def told(self) -> list[slack.Message]:
        """Every card ever posted about SRV-SQL01, whatever became of it; replies are none."""
        return [each for each in self.slack.posts(CHANNEL) if "SRV-SQL01" in each.text and not each.thread_ts]

    def calls(self, method: str, channel: str = "") -> int:
        """How often a method of Slack was called, in one channel or in all."""
        asked = [each for each in self.slack.requests if each["method"] == method]
        return sum(not channel or each["arguments"].get("channel") == channel for each in asked)

    async def count(self, table: Table, *where: ColumnElement[bool]) -> int:
        """How many rows there are."""
        async with self.database.read() as connection:
            return await connection.scalar(select(func.count()).select_from(table).where(*where)) or 0


def machine(name: str) -> dict[str, Any]:
    """The resource of a raw task."""
    return {"resource": {"id": f"id-of-{name}", "type": "machine", "name": name}}


@asynccontextmanager
async def night(folder: Path, *, routes: Sequence[Route] = (), **slack_options: Any) -> AsyncIterator[Night]:
    """A night in a folder of its own. Metering of posts is off unless asked for: tests post more than people read.

    `routes` come before the one that takes everything to the alert channel and mentions `ON_CALL`.
    """
    routing = Routing(routes=(*routes, Route("default", CHANNEL, mention=ON_CALL)))
    options = {"limits": slack.Limits(metered=False), **slack_options}
    acronis_ = await acronis.serve(world="empty")
    slack_ = await slack.serve(**options)
    database = Database(folder / "night.sqlite3")
    await database.migrate()
    client = AcronisClient(
        "default", acronis_.url, "sandbox-client", "sandbox-secret", classifier=Classifier({}), sleep=_no_sleep
    )
    async with aiohttp.ClientSession() as session:
        try:
            yield Night(database, acronis_, slack_, client, session, routing)
        finally:
            await client.aclose()
            await database.close()
            await slack_.close()
            await acronis_.close()


async def _no_sleep(_: float) -> None:
    """Tries follow each other at once."""


def _nothing() -> None:
    """Nobody waits to be woken: the test delivers itself."""


def _no_jitter() -> float:
    return 0.0
