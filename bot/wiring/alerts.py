"""Builds what reads, judges and tells: clients, store, delivery, jobs, and the ways in.

The names that `alerting.kinds` gives to views are joined to their functions here, for delivery and for a replay.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import aiohttp

from bot.acronis import AcronisClient
from bot.acronis.kinds import Classifier
from bot.alerting.climb_steps import hook_channel
from bot.hooks import Hooks
from bot.jobs.backfill import Backfill
from bot.jobs.deliver import POST_PACE, Delivery
from bot.jobs.poll import Poll
from bot.jobs.prune import Prune
from bot.jobs.review import Review
from bot.jobs.sweep import Sweep
from bot.jobs.work import Work
from bot.measures import Measures
from bot.model.values import dataclass
from bot.settings import Mode, Settings
from bot.slack.notifier import Notifier
from bot.slack.rate_limits import RateLimits
from bot.slack.sign_in import Client, make_client
from bot.slack.socket_mode import SocketIntake
from bot.store.canary import canary_view
from bot.store.cards.digests import digest_view
from bot.store.cards.outbox import Outbox
from bot.store.cards.views import (
    Views,
    alert_view,
    outage_view,
    personal_view,
    storm_view,
    summary_view,
    undelivered_view,
)
from bot.store.engine import Database
from bot.store.pruning import Pruner
from bot.store.recording import Recorder
from bot.store.review import Reviewer
from bot.telemetry import Vitals

if TYPE_CHECKING:
    from bot.acronis.acting import ActingClient
    from bot.blocks.cards import Drawings
    from bot.jobs.plans import PlanReading
    from bot.jobs.rhythms import Rhythms
    from bot.slack.http import HttpIntake
    from bot.slack.preflight import Needs
    from bot.store.copy.search import Questions

VIEWS: Views = {
    "alert": alert_view,
    "storm": storm_view,
    "summary": summary_view,
    "outage": outage_view,
    "undelivered": undelivered_view,
    "personal": personal_view,
    "digest": digest_view,
    "canary": canary_view,
}
"""What reads the view of each kind of card (bot/alerting/kinds.py)."""

SLACK_SECONDS = 10
"""How long one call of Slack may take. Past it a post is uncertain."""


def nothing_waits() -> None:
    """Where nothing is delivered, nobody has to be told that something is due."""


@dataclass(frozen=True, slots=True)
class AlertStore:
    """What writes pages of tasks, reviews alerts and hands out posts, over one database."""

    recorder: Recorder
    reviewer: Reviewer
    outbox: Outbox


@dataclass(frozen=True, slots=True)
class AccountJobs:
    poll: Poll
    sweep: Sweep
    backfill: Backfill


def acronis_clients(
    settings: Settings,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    measures: Measures | None = None,
) -> tuple[AcronisClient, ...]:
    """One for each account. `sleep` is how they wait."""
    classifier = Classifier(settings.taught)
    return tuple(
        AcronisClient(
            account.name,
            account.url,
            account.client_id,
            account.client_secret,
            classifier=classifier,
            book=settings.book,
            timeouts=settings.timeouts,
            page_size=settings.page_size,
            largest=settings.largest,
            proxy=account.proxy,
            sleep=sleep,
            observe=(measures or Measures()).acronis,
        )
        for account in settings.accounts
    )


def acting_clients(settings: Settings, measures: Measures | None = None) -> tuple["ActingClient", ...]:
    """One for each account that has a client that may run backups."""
    if not any(account.acting_id for account in settings.accounts):
        return ()
    from bot.acronis.acting import ActingClient  # noqa: PLC0415  few bots may act

    return tuple(
        ActingClient(
            account.name,
            account.url,
            account.acting_id,
            account.acting_secret,
            timeouts=settings.timeouts,
            largest=settings.largest,
            proxy=account.proxy,
            observe=(measures or Measures()).acronis,
        )
        for account in settings.accounts
        if account.acting_id
    )


def slack_client(settings: Settings, session: aiohttp.ClientSession, seconds: int = SLACK_SECONDS) -> Client:
    proxy = settings.slack_proxy
    return make_client(settings.bot_token, settings.slack_api_url, session, timeout=seconds, proxy=proxy)


def alert_store(settings: Settings, database: Database) -> AlertStore:
    rules, routing, channel = settings.rules, settings.routing, settings.alert_channel
    return AlertStore(
        Recorder(database, rules, channel, routing),
        Reviewer(database, rules, routing, channel),
        Outbox(database, VIEWS, rules, settings.fallback_channel, routing.climb),
    )


def questions(settings: Settings, database: Database) -> "Questions":
    from bot.store.copy.search import Questions  # noqa: PLC0415  a start answers nobody

    accounts = frozenset(account.name for account in settings.accounts)
    return Questions(database, settings.rules, accounts, targets=settings.routing.targets, book=settings.book)


def slack_needs(settings: Settings) -> "Needs":
    """What the settings name of Slack's, with the place of each."""
    from bot.alerting.roles import groups_named  # noqa: PLC0415
    from bot.slack.preflight import Needs  # noqa: PLC0415  looked at once the bot is ready

    channels = {settings.alert_channel: "ALERT_CHANNEL"}
    if settings.fallback_channel:
        channels.setdefault(settings.fallback_channel, "[alerts] fallback_channel")
    called: dict[str, str] = {}
    *routes, default = settings.routing.routes
    for route, place in (*((each, f"route “{each.name}”") for each in routes), (default, "[alerts] mention")):
        if route.channel:
            channels.setdefault(route.channel, place)
        called.setdefault(route.mention.strip("<>").removeprefix("!subteam^").lstrip("@"), place)
    bound = {channel: f"[channels.{channel}]" for channel in settings.routing.bound}
    if settings.canary is not None:
        channels.setdefault(settings.canary.channel, "[canary] channel")
    channels = {**bound, **{digest.channel: "[[digests]]" for digest in settings.digests}, **channels}
    for step in settings.routing.climb:
        place = f"[[climb]] {step.place}"
        if step.channel:
            channels.setdefault(step.channel, place)
        for name in (step.mention.strip("<>").removeprefix("!subteam^").lstrip("@"), step.person):
            called.setdefault(name, place)
    groups = {name: place for name, place in called.items() if name.startswith("S")}
    people = {name: place for name, place in called.items() if name.startswith(("U", "W"))}
    return Needs(channels, groups, people, dict.fromkeys(sorted(groups_named(settings.grants)), "[[roles]]"))


def intakes(
    settings: Settings, app: asyncio.Future[Any], slack: Client, vitals: Vitals, *, is_alone: bool
) -> "Iterator[SocketIntake | HttpIntake]":
    """The port where one is named, and the socket in `run`: Slack may be slow, and health is to be seen.

    `app` is a listener's. `is_alone`: no other process is to take requests.
    """
    if settings.port is not None:
        from bot.slack.http import HttpIntake  # noqa: PLC0415  not every bot has a port

        taken = app if settings.mode is Mode.SERVE else None
        secret, acked = settings.signing_secret, vitals.measures.acked
        yield HttpIntake(taken, settings.host, settings.port, vitals, secret=secret, acked=acked)
    if settings.mode is Mode.RUN:
        yield SocketIntake(app, settings.app_token, slack, is_alone=is_alone, acked=vitals.measures.acked)


def drawings(settings: Settings) -> "Drawings":
    from bot.wiring.drawings import drawings_of  # noqa: PLC0415  a start draws nothing

    return drawings_of(frozenset(account.name for account in settings.accounts if account.acting_id))


def delivery(
    settings: Settings,
    outbox: Outbox,
    slack: Client,
    work: Work,
    site: str,
    *,
    pace: float = POST_PACE,
    limits: RateLimits | None = None,
    jitter: Callable[[], float] = random.random,
    measures: Measures | None = None,
) -> Delivery:
    """As `Delivery`: `pace`, `limits` and `jitter` are for tests."""
    return Delivery(
        outbox,
        Notifier(slack),
        settings.clock,
        settings.zone,
        partial(drawings, settings),
        work,
        site=site,
        pace=pace,
        limits=limits,
        jitter=jitter,
        hooks=Hooks({hook_channel(step): step.hook for step in settings.routing.climb if step.hook}),
        measures=measures,
    )


def account_jobs(
    settings: Settings,
    client: AcronisClient,
    recorder: Recorder,
    vitals: Vitals,
    wake: Callable[[], None],
    caught_up: Callable[[], None] = lambda: None,
) -> AccountJobs:
    """What reads one account. `wake` is called when something is to be delivered, `caught_up` as `Poll` says."""
    clock, rules = settings.clock, settings.rules
    return AccountJobs(
        Poll(client, recorder, clock, rules, every=settings.beat, wake=wake, caught_up=caught_up, vitals=vitals),
        Sweep(client, recorder, clock, rules, wake=wake),
        Backfill(client, recorder, clock, rules),
    )


def plan_readings(
    settings: Settings, clients: Sequence[AcronisClient], database: Database
) -> "tuple[PlanReading, ...]":
    """What reads the plans of each account, loaded late: alerts do without."""
    every = settings.plans_beat
    if every is None:
        return ()
    from bot.jobs.plans import PlanReading  # noqa: PLC0415
    from bot.store.plans.recording import PlanRecorder  # noqa: PLC0415

    recorder, clock = PlanRecorder(database), settings.clock
    for client in clients:
        client.plans  # noqa: B018  its models are built here, and not on the loop
    return tuple(PlanReading(client, recorder, clock, settings.rules, every=every) for client in clients)


def rhythms(settings: Settings, database: Database) -> "Rhythms":
    """What keeps known when each workload is due, loaded late: it is no hurry."""
    from bot.jobs.rhythms import EVERY, Rhythms  # noqa: PLC0415
    from bot.store.learning import Learner  # noqa: PLC0415

    learner = Learner(database, settings.routing, settings.rules.missed_grace)
    return Rhythms(learner, settings.clock, settings.plans_beat or EVERY)


async def _sure() -> bool:
    return True


def review(
    settings: Settings,
    store: AlertStore,
    wake: Callable[[], None],
    is_time_sure: Callable[[], Awaitable[bool]] = _sure,
) -> Review:
    accounts = [account.name for account in settings.accounts]
    return Review(
        store.reviewer,
        settings.clock,
        accounts,
        every=settings.beat,
        wake=wake,
        is_time_sure=is_time_sure,
    )


def prune(settings: Settings, database: Database, is_time_sure: Callable[[], Awaitable[bool]] = _sure) -> Prune:
    return Prune(Pruner(database, settings.rules), settings.clock, is_time_sure)
