"""Builds the parts of the bot from its settings, for the bot, its tests and its benchmarks.

Starts nothing and asks nobody: when parts start and stop is `app`'s. The names that `alerting.kinds` gives to views and
drawings are joined to their functions here, for delivery and for a replay.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Collection, Iterator, Sequence
from dataclasses import dataclass

import aiohttp

import handlers
from bot.acronis import AcronisClient
from bot.acronis.kinds import Classifier
from bot.blocks.alert_card import alert_card
from bot.blocks.cards import Drawings
from bot.blocks.outage_card import outage_card, undelivered_card
from bot.blocks.storm_card import storm_card
from bot.blocks.summary_card import summary_card
from bot.jobs.backfill import Backfill
from bot.jobs.deliver import POST_PACE, Delivery
from bot.jobs.poll import Poll
from bot.jobs.prune import Prune
from bot.jobs.review import Review
from bot.jobs.sweep import Sweep
from bot.model import Verb
from bot.services import Alerts, Services, Tasks
from bot.settings import Mode, Settings
from bot.slack.http import HttpIntake
from bot.slack.listener import Listener
from bot.slack.notifier import Notifier
from bot.slack.people import People
from bot.slack.rate_limits import RateLimits
from bot.slack.sign_in import Client, Identity, make_client
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
STALE_POLLS = 3
"""A copy that was read so many polls ago is behind."""


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
    settings: Settings, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
) -> tuple[AcronisClient, ...]:
    """One for each account. `sleep` waits between two tries."""
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
        )
        for account in settings.accounts
    )


def slack_client(settings: Settings, session: aiohttp.ClientSession, seconds: int = SLACK_SECONDS) -> Client:
    client = make_client(settings.bot_token, settings.slack_api_url, session, timeout=seconds)
    client.proxy = settings.slack_proxy or None
    return client


def alert_store(settings: Settings, database: Database) -> AlertStore:
    rules, routing, channel = settings.rules, settings.routing, settings.alert_channel
    return AlertStore(
        Recorder(database, rules, channel, routing),
        Reviewer(database, rules, routing, channel),
        Outbox(database, VIEWS, rules, settings.fallback_channel),
    )


def questions(settings: Settings, database: Database) -> Questions:
    accounts = frozenset(account.name for account in settings.accounts)
    return Questions(database, settings.rules, accounts, targets=settings.routing.targets, book=settings.book)


def services(
    settings: Settings, database: Database, clients: Sequence[AcronisClient], verbs: Collection[Verb], site: str
) -> Services:
    """What handlers may use. `site` is the workspace's address."""
    copy, clock, stale_after = questions(settings, database), settings.clock, STALE_POLLS * settings.beat
    by_account, target = {client.account: client for client in clients}, settings.routing.target
    accounts = [account.name for account in settings.accounts]
    return Services(
        Tasks(by_account, Answers(database), copy, clock, stale_after=stale_after, target=target),
        clock,
        tuple(verbs),
        settings.zone,
        console={account.name: account.console for account in settings.accounts},
        target=target,
        alerts=Alerts(AlertBook(database, copy), copy, accounts, clock, stale_after),
        site=site,
        bound=frozenset(settings.routing.bound),
    )


def listener(
    settings: Settings, database: Database, clients: Sequence[AcronisClient], slack: Client, identity: Identity
) -> Listener:
    known = handlers.load()
    verbs = [handler.verb for handler in known.verbs.values()]
    return Listener(
        client=slack,
        signing_secret=settings.signing_secret or None,
        identity=identity,
        handlers=known,
        services=services(settings, database, clients, verbs, identity.url),
        people=People(slack),
    )


def intakes(
    settings: Settings, listener: Listener, slack: Client, vitals: Vitals
) -> Iterator[SocketIntake | HttpIntake]:
    """The socket in `run`, and the port where one is named."""
    if settings.mode is Mode.RUN:
        yield SocketIntake(listener.app, settings.app_token, slack)
    if settings.port is not None:
        app = listener.app if settings.mode is Mode.SERVE else None
        yield HttpIntake(app, settings.host, settings.port, vitals)


def delivery(
    settings: Settings,
    outbox: Outbox,
    slack: Client,
    site: str,
    *,
    pace: float = POST_PACE,
    limits: RateLimits | None = None,
    jitter: Callable[[], float] = random.random,
) -> Delivery:
    """As `Delivery`: `pace`, `limits` and `jitter` are for tests."""
    return Delivery(
        outbox,
        Notifier(slack),
        settings.clock,
        settings.zone,
        DRAWINGS,
        site=site,
        pace=pace,
        limits=limits,
        jitter=jitter,
    )


def account_jobs(
    settings: Settings, client: AcronisClient, recorder: Recorder, vitals: Vitals, wake: Callable[[], None]
) -> AccountJobs:
    """What reads one account. `wake` is called when something is to be delivered."""
    clock, rules = settings.clock, settings.rules
    return AccountJobs(
        Poll(client, recorder, clock, rules, every=settings.beat, wake=wake, vitals=vitals),
        Sweep(client, recorder, clock, rules, wake=wake),
        Backfill(client, recorder, clock, rules),
    )


def review(settings: Settings, store: AlertStore, vitals: Vitals, wake: Callable[[], None]) -> Review:
    accounts = [account.name for account in settings.accounts]
    return Review(store.reviewer, store.outbox, settings.clock, accounts, every=settings.beat, wake=wake, vitals=vitals)


def prune(settings: Settings, database: Database) -> Prune:
    return Prune(Pruner(database, settings.rules), settings.clock)
