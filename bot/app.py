"""The running bot: the order in which its parts start and stop, its schedule, and the signals that end it.

    start   lock · migrate · sign in to Slack · try Acronis · settle a crash · schedule · open the intakes · answer
    stop    pause the schedule · close the intakes · finish what is in flight (8 s at most) · schedule off · engine off

Listening for events, which may wait for half a minute, begins last and is ended first.

APScheduler's asyncio executor cancels running jobs when it shuts down; so the running ones are waited for before that.
"""

import asyncio
import gc
import signal
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import structlog

from bot import memory, wiring
from bot.acronis import AcronisClient
from bot.errors import StoreError, StoreUnavailable
from bot.jobs.deliver import Delivery
from bot.jobs.notices import Notices
from bot.jobs.poll import Outcome, Poll
from bot.jobs.store_watch import StoreWatch
from bot.model.canary import CANARY
from bot.schedule import Job, Running, Schedule, TimeCheck
from bot.settings import Mode, Settings
from bot.slack.sign_in import Client, Identity, open_session
from bot.slack.socket_mode import SocketIntake
from bot.store.engine import Database
from bot.store.members import JOB, READING, piece
from bot.telemetry import Vitals
from bot.wiring import later
from bot.wiring.signing_in import signed_in

if TYPE_CHECKING:
    from bot.acronis.acting import ActingClient
    from bot.jobs.home import HomeRedraw
    from bot.slack.http import HttpIntake
    from bot.slack.listener import Listener
    from bot.slack.preflight import Preflight

log = structlog.get_logger(__name__)

SIGNALS = (signal.SIGTERM, signal.SIGINT)
FINISH_SECONDS = 7.5
"""What is in flight at SIGTERM has so long; the rest of 8 s (design §4) is for letting go. Platforms kill after 10."""
WATCH = timedelta(seconds=2)
"""Between two looks whether Slack can reach us."""
LOOK = timedelta(seconds=30)
"""Between two looks at what other processes may have changed on Homes."""
SECOND, HOUR = timedelta(seconds=1), timedelta(hours=1)


async def run(settings: Settings) -> None:
    """Runs a whole bot until SIGTERM or Ctrl-C. Raises as `Bot.start`."""
    stopped, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in SIGNALS:
        loop.add_signal_handler(number, stopped.set)
    bot = Bot(settings, stopped.set)
    starting = asyncio.create_task(bot.start())
    waiting = asyncio.create_task(stopped.wait())
    try:
        await asyncio.wait((starting, waiting), return_when=asyncio.FIRST_COMPLETED)
        if starting.done():
            await starting
            await waiting
            log.info("stopping")
            if bot.broken is not None:
                raise bot.broken
    finally:
        starting.cancel()
        waiting.cancel()
        await asyncio.gather(starting, return_exceptions=True)  # raised above; whatever it was, all is let go of
        await bot.stop()
        for number in SIGNALS:  # a second one must not cut off what is left of a clean end
            loop.remove_signal_handler(number)
            signal.signal(number, signal.SIG_IGN)


class Bot:
    """A whole bot. `start` returns when it answers people, soon after `ready`; `stop` may be called at any time."""

    def __init__(self, settings: Settings, end: Callable[[], None] = lambda: None) -> None:
        """`end` is called when the bot cannot go on; `broken` says why then."""
        self.broken: StoreError | None = None
        self._end = end
        self._settings = settings
        self._vitals = Vitals(settings.clock, settings.beat)
        self._database = Database(settings.database)
        self._stack = AsyncExitStack()
        self._work = wiring.work_of(settings, self._database, self._vitals, self._begin)
        self._scheduler = Schedule()
        self._running = Running()
        self._delivery: Delivery | None = None
        self._listener: Listener | None = None
        self._homes: HomeRedraw | None = None
        self._intakes: list[SocketIntake | HttpIntake] = []
        self._polls: dict[str, Poll] = {}
        self._listeners: list[asyncio.Task[None]] = []
        self._notices = Notices(self._database, self._work.owner, self._look_anew)

    async def start(self) -> None:
        """Raises SlackRefused or AcronisRefused where a token or client is refused, StoreInUse or StoreUnavailable, or
        OSError for a port.

        Slack or Acronis that cannot be reached is waited for: Slack here, Acronis by the polls.
        """
        settings = self._settings
        for warning in settings.warnings:
            log.warning(warning)
        await self._open_database()
        slack, clients = await self._make_clients()
        store = wiring.alert_store(settings, self._database)
        self._vitals.leases = self._work.held
        watch = wiring.store_watch(settings, self._database, store, self._work, slack, self._vitals, self._break)
        identity = await self._sign_in(slack, clients, watch)
        await self._settle(store)
        await self._work.beat()
        sender, measures = await self._make_slack_client(), self._vitals.measures
        self._delivery = wiring.delivery(settings, store.outbox, sender, self._work, identity.url, measures=measures)
        self._stack.push_async_callback(watch.finish)
        self._every(2 * SECOND, "store", watch.run)
        self._schedule(store, clients, self._delivery)  # alerts do not wait for a way in
        app: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        for intake in wiring.intakes(settings, app, slack, self._vitals, is_alone=not self._database.is_shared):
            self._intakes.append(intake)
            if isinstance(intake, SocketIntake):
                ear = wiring.way_in_watch(settings, intake, store, self._work, self._vitals, self._wake)
                self._every(WATCH, "way in", ear.run)
            await intake.open()
        self._vitals.up()
        log.info("ready", mode=settings.mode.value, team=identity.team, channel=settings.alert_channel)
        self._look(later.preflight(settings, slack, identity))
        parts = self._make_acronis_clients(), slack, identity, self._vitals, self._wake, self._make_acting_clients()
        make = partial(later.answering, settings, self._database, *parts)
        gc.collect()  # what comes now is loaded into the memory that the start left behind
        listener, homes, digests = await asyncio.to_thread(make)  # alerts go on meanwhile, and requests wait for it
        self._listener, self._homes = listener, homes
        self._every(SECOND, "home", homes.run)
        if self._database.is_shared:  # another process may not have told what it changed
            self._every(LOOK, "home looks", homes.look)
        if digests is not None:
            self._every(settings.look_beat, "digest", self._if_ours(JOB, "digest", digests.run))
        app.set_result(listener.app)
        self._ping()
        self._watch_canary()
        await self._read_plans()
        rhythms = await asyncio.to_thread(wiring.rhythms, settings, self._database)
        ours = self._if_ours(JOB, "rhythms", rhythms.run)
        self._every(settings.look_beat, "rhythms", ours, after=settings.look_beat / 2)
        self._listen()
        gc.collect()  # what loading left behind would be frozen too
        gc.freeze()  # what was loaded stays: full collections need not walk it and stop the loop for 40 to 90 ms
        gc.enable()
        memory.give_back()

    async def stop(self) -> None:
        """Finishes what is in flight, and lets go of everything. Closing the intakes counts to `FINISH_SECONDS`."""
        clock = asyncio.get_running_loop()
        ends_at = clock.time() + FINISH_SECONDS
        self._vitals.down()
        self._database.hurry()
        for listener in self._listeners:
            listener.cancel()
        if self._scheduler.running:
            self._scheduler.pause()
        await asyncio.gather(*(intake.close() for intake in self._intakes))
        left = max(ends_at - clock.time(), 0.0)
        ends = [self._running.finish(left), asyncio.gather(*self._listeners, return_exceptions=True)]
        if self._listener is not None:
            ends.append(self._listener.finish(left))
        if self._delivery is not None:
            ends.append(self._delivery.finish(left))
        await asyncio.gather(*ends)
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)
        await self._work.leave()
        await self._stack.aclose()
        log.info("stopped")

    async def _open_database(self) -> None:
        self._database.lock()
        self._stack.push_async_callback(self._database.close)
        await self._database.migrate()
        await self._database.beat()
        log.info("database ready", database=self._database.name, note=self._database.note)

    async def _make_clients(self) -> tuple[Client, tuple[AcronisClient, ...]]:
        return await self._make_slack_client(), self._make_acronis_clients()

    async def _make_slack_client(self) -> Client:
        """With connections of its own: delivery shares none with people's questions."""
        session = await self._stack.enter_async_context(
            open_session(self._settings.slack_api_url, self._vitals.measures.slack)
        )
        return wiring.slack_client(self._settings, session)

    def _make_acting_clients(self) -> "tuple[ActingClient, ...]":
        clients = wiring.acting_clients(self._settings, self._vitals.measures)
        for client in clients:
            self._stack.push_async_callback(client.aclose)
        return clients

    def _make_acronis_clients(self) -> tuple[AcronisClient, ...]:
        """With connections of their own: polls share none with people's questions."""
        clients = wiring.acronis_clients(self._settings, measures=self._vitals.measures)
        for client in clients:
            self._stack.push_async_callback(client.aclose)
        return clients

    async def _sign_in(self, slack: Client, clients: Sequence[AcronisClient], watch: StoreWatch) -> Identity:
        """Tries both tokens and every account at once, and looks meanwhile whether the database is the newest copy."""
        comparing = asyncio.create_task(watch.compare_with_slack(), name="compare with slack")
        try:
            return await signed_in(slack, self._settings.app_token if self._settings.mode is Mode.RUN else "", clients)
        finally:
            await comparing  # a refusal does not cut it off in the middle of a statement

    async def _settle(self, store: wiring.AlertStore) -> None:
        """Ends the last process's leases and posts, and outages of what is not in the settings any more, and withdraws
        cards of tenants that their channel is not for. Posts in flight of other processes are theirs, or of whoever
        takes over their channel."""
        now = self._settings.clock.now()
        await self._work.take_over()
        if left := await store.outbox.unfinished(now, [] if self._database.is_shared else None):
            log.warning("posts were left in flight", count=left)
        names = (account.name for account in self._settings.accounts)
        await store.reviewer.keep_outages([*names, *((CANARY,) if self._settings.canary else ())], now)
        if foreign := await store.reviewer.keep_bound(now):
            log.warning("cards of other tenants were withdrawn from bound channels", count=foreign)

    def _schedule(self, store: wiring.AlertStore, clients: Sequence[AcronisClient], delivery: Delivery) -> None:
        settings, vitals, wake = self._settings, self._vitals, self._wake
        hour = settings.hurried(HOUR)
        vitals.watch(client.account for client in clients)
        time = TimeCheck(clients, settings.clock, self._scheduler)
        caught_up = partial(self._scheduler.hasten, "review")  # a snooze that ended meanwhile does not wait a minute
        for client in clients:
            jobs = wiring.account_jobs(settings, client, store.recorder, vitals, wake, caught_up)
            self._polls[client.account] = jobs.poll
            ours = partial(self._if_ours, READING, client.account)
            self._every(settings.poll, f"poll {client.account}", ours(jobs.poll.run))
            self._every(hour, f"sweep {client.account}", ours(jobs.sweep.run), after=hour / 6)
            self._every(SECOND, f"backfill {client.account}", ours(jobs.backfill.run))
        self._every(SECOND, "deliver", delivery.tick)
        review = wiring.review(settings, store, wake, time.is_sure)
        prune = wiring.prune(settings, self._database, time.is_sure)
        self._every(settings.look_beat, "review", self._if_ours(JOB, "review", review.run), after=10 * SECOND)
        self._every(hour, "prune", self._if_ours(JOB, "prune", prune.run), after=hour / 3)
        self._every(settings.poll, "figures", wiring.figures(settings, store, vitals).run, after=10 * SECOND)
        self._every(self._work.interval, "work", self._work.beat)
        self._every(SECOND, "beat", vitals.beat)
        self._scheduler.start()

    async def _read_plans(self) -> None:
        """With clients of their own: one that Acronis asks to wait holds up no poll."""
        settings, every = self._settings, self._settings.plans_beat
        if every is None:
            return
        clients = self._make_acronis_clients()
        readings = await asyncio.to_thread(wiring.plan_readings, settings, clients, self._database)
        for client, reading in zip(clients, readings, strict=True):
            ours = self._if_ours(READING, client.account, reading.run)
            self._every(every / settings.clock.rate, f"plans {client.account}", ours)

    def _every(self, interval: timedelta, name: str, job: Job, *, after: timedelta = timedelta()) -> None:
        self._scheduler.every(interval, name, partial(self._running.run, job, name), after=after)

    def _if_ours(self, kind: str, name: str, job: Job) -> Job:
        """The job where its work is this process's by then."""
        return partial(self._work.do, piece(kind, name), job)

    def _begin(self, taken: str) -> None:
        """What another process did till now does not wait for its time here."""
        kind, _, name = taken.partition(" ")
        if kind == READING:
            self._scheduler.hasten(f"poll {name}")

    def _look(self, preflight: "Preflight") -> None:
        """Looks at what the settings need of Slack, beside the start. What is wrong keeps nothing else from working."""

        async def look() -> None:
            found = await preflight.look()
            for fault in found.faults:
                log.error("slack lacks something", reason=fault)

        self._scheduler.add_job(partial(self._running.run, look, "preflight"), id="preflight", name="preflight")

    def _ping(self) -> None:
        if self._settings.deadman_url:
            from bot.jobs.deadman import DeadMan  # noqa: PLC0415  few bots have one

            self._every(60 * SECOND, "deadman", DeadMan(self._settings.deadman_url, self._vitals).run)

    def _watch_canary(self) -> None:
        if self._settings.canary is not None:
            from bot.wiring.answers import canary_job  # noqa: PLC0415  loaded by now

            job = canary_job(self._settings, self._settings.canary, self._database, self._vitals, self._wake)
            self._every(self._settings.look_beat, "canary", self._if_ours(JOB, "canary", job.run))

    def _listen(self) -> None:
        """Listens to other processes, and for events of each account."""
        self._listeners.append(asyncio.create_task(self._notices.run(), name="notices"))
        from bot.jobs.events import OFF  # noqa: PLC0415  alerts do without it
        from bot.wiring import events  # noqa: PLC0415

        if not self._settings.wake:
            self._vitals.events.update(dict.fromkeys(self._polls, OFF))
            return
        for client in events.events_clients(self._settings, self._vitals.measures):
            self._stack.push_async_callback(client.aclose)
            poll = partial(self._poll_now, self._polls[client.account], client.account)
            is_ours = partial(self._work.holds, piece(READING, client.account))
            job = events.listening(self._settings, self._database, client, poll, self._vitals, is_ours)
            self._listeners.append(asyncio.create_task(job.run(), name=f"events {client.account}"))

    async def _poll_now(self, poll: Poll, account: str) -> Outcome:
        """Beside the schedule. At the end of the bot it is finished as the schedule's own are."""
        outcomes: list[Outcome] = []

        async def once() -> None:
            with self._work.at(piece(READING, account)):
                outcomes.append(await poll.poll())

        await asyncio.shield(asyncio.ensure_future(self._running.run(once, f"poll {account}")))
        return outcomes[0] if outcomes else Outcome.MISSED

    def _break(self, error: StoreUnavailable) -> None:
        self.broken = StoreError(error.told)
        self._end()

    def _wake(self) -> None:
        """Something is to be delivered or shown anew, here or by another process."""
        self._look_anew()
        self._notices.tell()

    def _look_anew(self) -> None:
        """Delivery need not wait for its next tick, and Homes may show something old."""
        self._scheduler.hasten("deliver")
        if self._homes is not None:
            self._homes.change()
