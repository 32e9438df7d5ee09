"""The composition root: the only file that builds things, and the order in which they start and stop.

    start   lock · migrate · sign in to Slack · try Acronis · settle what a crash left · open the intake · schedule
    stop    pause the schedule · close the intake · finish what is in flight (8 s at most) · schedule off · engine off

APScheduler's asyncio executor cancels running jobs when it shuts down; so the running ones are waited for before that.
"""

import asyncio
import gc
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TypeVar

import aiohttp
import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler

import handlers
from bot.acronis import AcronisClient
from bot.acronis.kinds import Classifier
from bot.blocks.alert_card import alert_card
from bot.blocks.cards import Drawings
from bot.blocks.outage_card import outage_card, undelivered_card
from bot.blocks.storm_card import storm_card
from bot.blocks.summary_card import summary_card
from bot.errors import AcronisUnavailable, NotPosted, Uncertain
from bot.jobs.backfill import Backfill
from bot.jobs.deliver import Delivery
from bot.jobs.poll import Poll
from bot.jobs.prune import Prune
from bot.jobs.review import Review
from bot.jobs.sweep import Sweep
from bot.services import Alerts, Services, Tasks
from bot.settings import Mode, Settings
from bot.slack.http import HttpIntake
from bot.slack.listener import Listener
from bot.slack.notifier import Notifier
from bot.slack.people import People
from bot.slack.sign_in import Client, Identity, check_app_token, make_client, sign_in
from bot.slack.socket_mode import SocketIntake
from bot.store.alerts.queries import AlertBook
from bot.store.answers import Answers
from bot.store.cards.outbox import Outbox
from bot.store.cards.views import Views, alert_view, outage_view, storm_view, summary_view, undelivered_view
from bot.store.copy.search import Questions
from bot.store.engine import Database
from bot.store.pruning import Pruner
from bot.store.recording import Recorder
from bot.store.review import Reviewer
from bot.telemetry import Vitals

log = structlog.get_logger(__name__)

T = TypeVar("T")
Job = Callable[[], Awaitable[None]]

VIEWS: Views = {
    "alert": alert_view,
    "storm": storm_view,
    "summary": summary_view,
    "outage": outage_view,
    "undelivered": undelivered_view,
}
"""What reads the view of each kind of card (bot/alerting/kinds.py)."""
DRAWINGS: Drawings = {
    "alert": alert_card,
    "storm": storm_card,
    "summary": summary_card,
    "outage": outage_card,
    "undelivered": undelivered_card,
}
"""What draws it."""

SLACK_SECONDS = 10
"""How long one call of Slack may take. Past it a post is uncertain."""
FINISH_SECONDS = 7.5
"""What is in flight at SIGTERM has so long; the rest of 8 s (design §4) is for letting go. Platforms kill after 10."""
TRY_SECONDS = 5.0
"""How long the start waits for Acronis to accept or refuse the client."""
TRY_AGAIN = (1.0, 2.0, 5.0, 10.0, 30.0)
"""Seconds between tries at start while Slack or Acronis cannot be reached; the last one repeats."""


class Bot:
    """A whole bot. `start` returns when it is ready; `stop` may be called at any time after."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._clock = settings.clock
        self._vitals = Vitals(self._clock, settings.beat)
        self._database = Database(settings.database)
        self._stack = AsyncExitStack()
        self._scheduler = AsyncIOScheduler(
            timezone="UTC", job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
        )
        self._running = _Running()
        self._clients: tuple[AcronisClient, ...] = ()
        self._delivery: Delivery | None = None
        self._listener: Listener | None = None
        self._intakes: list[SocketIntake | HttpIntake] = []

    async def start(self) -> None:
        """Raises SlackRefused or AcronisRefused where a token or client is refused, StoreInUse, or OSError for a port.

        Slack or Acronis that cannot be reached is waited for: Slack here, Acronis by the polls.
        """
        settings = self._settings
        for warning in settings.warnings:
            log.warning(warning)
        self._database.lock()
        self._stack.push_async_callback(self._database.close)
        await self._database.migrate()
        log.info("database ready", file=settings.database.name, note="SQLite forgets where the disk is thrown away")
        slack = await self._make_slack()
        self._make_clients()
        signing_in = asyncio.ensure_future(_patiently(lambda: sign_in(slack), "slack"))
        tries = (_try(client) for client in self._clients)
        await asyncio.gather(signing_in, self._try_app_token(slack), *tries)
        identity = signing_in.result()
        recorder = Recorder(self._database, settings.rules, settings.alert_channel, settings.routing)
        outbox = Outbox(self._database, VIEWS, settings.rules, settings.fallback_channel)
        reviewer = Reviewer(self._database, settings.rules, settings.routing, settings.alert_channel)
        await recorder.leases.take_all()
        if left := await outbox.unfinished(self._clock.now()):
            log.warning("posts were left in flight", count=left)
        if foreign := await reviewer.keep_bound(self._clock.now()):
            log.warning("cards of other tenants were withdrawn from bound channels", count=foreign)
        self._delivery = Delivery(outbox, Notifier(slack), self._clock, settings.zone, DRAWINGS, site=identity.url)
        self._listener = self._make_listener(slack, identity)
        self._schedule(recorder, reviewer, outbox, self._delivery)  # alerts do not wait for a way in
        await self._open_intakes(slack, self._listener)
        self._vitals.up()
        gc.freeze()  # what was loaded stays: full collections need not walk it and stop the loop for 40 to 90 ms
        gc.enable()
        log.info("ready", mode=settings.mode.value, team=identity.team, channel=settings.alert_channel)

    async def check(self) -> list[str]:
        """Tries the tokens and the clients, and starts nothing. Returns a line for each thing that is well."""
        slack = await self._make_slack()
        identity = await sign_in(slack)
        found = [f"Slack: signed in to {identity.team}."]
        if self._settings.mode is Mode.RUN:
            await check_app_token(slack, self._settings.app_token)
            found.append("Slack: Socket Mode may be opened.")
        self._make_clients()
        for client in self._clients:
            await client.check()
            found.append(f"Acronis: account {client.account} may read tasks.")
        return found

    async def stop(self) -> None:
        """Finishes what is in flight, and lets go of everything. Closing the intakes counts to `FINISH_SECONDS`."""
        clock = asyncio.get_running_loop()
        ends_at = clock.time() + FINISH_SECONDS
        self._vitals.down()
        if self._scheduler.running:
            self._scheduler.pause()
        await asyncio.gather(*(intake.close() for intake in self._intakes))
        left = max(ends_at - clock.time(), 0.0)
        ends = [self._running.finish(left)]
        if self._listener is not None:
            ends.append(self._listener.finish(left))
        if self._delivery is not None:
            ends.append(self._delivery.finish(left))
        await asyncio.gather(*ends)
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)
        await self._stack.aclose()
        log.info("stopped")

    async def _make_slack(self) -> Client:
        timeout = aiohttp.ClientTimeout(total=None, connect=5)
        session = await self._stack.enter_async_context(aiohttp.ClientSession(timeout=timeout))
        settings = self._settings
        return make_client(settings.bot_token, settings.slack_api_url, session, timeout=SLACK_SECONDS)

    async def _try_app_token(self, slack: Client) -> None:
        if self._settings.mode is Mode.RUN:
            await _patiently(lambda: check_app_token(slack, self._settings.app_token), "slack")

    def _make_clients(self) -> None:
        settings = self._settings
        classifier = Classifier(settings.taught)
        self._clients = tuple(
            AcronisClient(
                account.name,
                account.url,
                account.client_id,
                account.client_secret,
                classifier=classifier,
                book=settings.book,
                timeouts=settings.timeouts,
                page_size=settings.page_size,
            )
            for account in settings.accounts
        )
        for client in self._clients:
            self._stack.push_async_callback(client.aclose)

    def _questions(self) -> Questions:
        settings, accounts = self._settings, frozenset(client.account for client in self._clients)
        parts = (self._database, settings.rules, accounts)
        return Questions(*parts, targets=settings.routing.targets, book=settings.book)

    def _make_listener(self, slack: Client, identity: Identity) -> Listener:
        settings = self._settings
        known = handlers.load()
        clients = {client.account: client for client in self._clients}
        copy, stale_after = self._questions(), 3 * settings.beat
        tasks = Tasks(
            clients,
            Answers(self._database),
            copy,
            self._clock,
            stale_after=stale_after,
            target=settings.routing.target,
        )
        alerts = Alerts(AlertBook(self._database, copy), copy, clients, self._clock, stale_after)
        verbs = tuple(handler.verb for handler in known.verbs.values())
        return Listener(
            client=slack,
            signing_secret=settings.signing_secret or None,
            identity=identity,
            handlers=known,
            services=Services(
                tasks,
                self._clock,
                verbs,
                settings.zone,
                console={account.name: account.console for account in settings.accounts},
                target=settings.routing.target,
                alerts=alerts,
                site=identity.url,
                bound=frozenset(settings.routing.bound),
            ),
            people=People(slack),
        )

    async def _open_intakes(self, slack: Client, listener: Listener) -> None:
        settings = self._settings
        if settings.mode is Mode.RUN:
            self._intakes.append(SocketIntake(listener.app, settings.app_token, slack))
        if settings.port is not None:
            app = listener.app if settings.mode is Mode.SERVE else None
            self._intakes.append(HttpIntake(app, settings.host, settings.port, self._vitals))
        for intake in self._intakes:
            await intake.open()

    def _schedule(self, recorder: Recorder, reviewer: Reviewer, outbox: Outbox, delivery: Delivery) -> None:
        settings, rules = self._settings, self._settings.rules
        now = datetime.now(UTC)  # the scheduler keeps the real time, whatever ours says
        self._vitals.watch(client.account for client in self._clients)
        for client in self._clients:
            parts = (client, recorder, self._clock, rules)
            poll = Poll(*parts, every=settings.beat, wake=self._wake, vitals=self._vitals)
            self._every(settings.poll, f"poll {client.account}", poll.run, first=now)
            hour = timedelta(hours=1)
            self._every(hour, f"sweep {client.account}", Sweep(*parts, wake=self._wake).run, first=now + hour / 6)
            self._every(timedelta(seconds=1), f"backfill {client.account}", Backfill(*parts).run, first=now)
        self._every(timedelta(seconds=1), "deliver", delivery.tick, first=now)
        accounts = tuple(client.account for client in self._clients)
        review = Review(
            reviewer, outbox, self._clock, accounts, every=settings.beat, wake=self._wake, vitals=self._vitals
        )
        minute = max(timedelta(minutes=1) / settings.clock.rate, timedelta(seconds=1))  # of our own clock
        self._every(minute, "review", review.run, first=now + timedelta(seconds=10))
        prune = Prune(Pruner(self._database, rules), self._clock)
        self._every(timedelta(hours=1), "prune", prune.run, first=now + timedelta(minutes=20))
        self._scheduler.start()

    def _every(self, interval: timedelta, name: str, job: Job, *, first: datetime) -> None:
        run = partial(self._running.run, job)
        self._scheduler.add_job(
            run, "interval", seconds=interval.total_seconds(), id=name, name=name, next_run_time=first
        )

    def _wake(self) -> None:
        """Delivery need not wait for its next tick."""
        if self._scheduler.get_job("deliver") is not None:
            self._scheduler.modify_job("deliver", next_run_time=datetime.now(UTC))


class _Running:
    """The jobs that are at work, as tasks."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()
        self._is_finishing = False

    async def run(self, job: Job) -> None:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101  a coroutine runs in a task
        self._tasks.add(task)
        try:
            await job()
        except asyncio.CancelledError:
            if not self._is_finishing:
                raise
        finally:
            self._tasks.discard(task)

    async def finish(self, seconds: float) -> None:
        """Waits at most so long for the last to end; cuts off the others and waits until they have let go."""
        self._is_finishing = True
        if not self._tasks:
            return
        _, late = await asyncio.wait(self._tasks, timeout=seconds)
        for task in late:
            log.warning("job was cut off", job=task.get_name())
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)


async def _patiently(attempt: Callable[[], Awaitable[T]], what: str) -> T:
    """Tries until it can be reached. What refuses is raised."""
    tries = 0
    while True:
        try:
            return await attempt()
        except (NotPosted, Uncertain) as error:
            wait = TRY_AGAIN[min(tries, len(TRY_AGAIN) - 1)]
            log.warning("cannot be reached, trying again", who=what, seconds=wait, reason=error.told)
            await asyncio.sleep(wait)
            tries += 1


async def _try(client: AcronisClient) -> None:
    """Raises AcronisRefused. Acronis that cannot be reached is the polls' matter: they say so in the channel."""
    try:
        async with asyncio.timeout(TRY_SECONDS):
            await client.check()
    except (AcronisUnavailable, TimeoutError) as error:
        log.warning("acronis cannot be reached, going on without", account=client.account, reason=str(error))


async def check(settings: Settings) -> list[str]:
    """Tries everything the bot needs, once, and says what it found. Raises what is refused or cannot be reached."""
    bot = Bot(settings)
    try:
        return await bot.check()
    finally:
        await bot.stop()
