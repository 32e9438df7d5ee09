"""Builds what watches the bot itself: its store, its way in, how it is, and its share of the work."""

from collections.abc import Callable
from datetime import timedelta

from bot.errors import StoreUnavailable
from bot.jobs.figures import Figures
from bot.jobs.store_watch import StoreWatch
from bot.jobs.way_in import WayInWatch
from bot.jobs.work import Work
from bot.settings import Settings
from bot.slack.notifier import Notifier
from bot.slack.sign_in import Client
from bot.slack.socket_mode import SocketIntake
from bot.store.engine import Database
from bot.store.members import JOB, READING, Members, new_owner, piece
from bot.telemetry import Vitals
from bot.wiring.alerts import AlertStore

LEAST_LENGTH, MOST_LENGTH = timedelta(seconds=6), timedelta(seconds=30)
"""How long a process counts as alive of which nothing is heard: a poll, within these bounds. So its work is taken over
within two, where a poll takes 4 s or more. The least leaves a process on a busy machine time to say that it lives."""

JOBS = ("review", "prune", "rhythms", "digest", "canary")
"""What one process does for all."""


def work_of(
    settings: Settings, database: Database, vitals: Vitals, begin: Callable[[str], None] = lambda _: None
) -> Work:
    """Of this process among those that share the work. `begin` as for `Work`."""
    length = min(max(settings.poll, LEAST_LENGTH), MOST_LENGTH)
    accounts = (piece(READING, account.name) for account in settings.accounts)
    members = Members(database, new_owner(), length)
    pieces = (*accounts, *(piece(JOB, name) for name in JOBS))
    return Work(members, settings.clock, length, pieces, lambda: vitals.is_reached, begin)


def figures(settings: Settings, store: AlertStore, vitals: Vitals) -> Figures:
    accounts = frozenset(account.name for account in settings.accounts)
    return Figures(store.reviewer, store.outbox, settings.clock, accounts, vitals)


def way_in_watch(
    settings: Settings,
    way_in: SocketIntake,
    store: AlertStore,
    work: Work,
    vitals: Vitals,
    wake: Callable[[], None],
) -> WayInWatch:
    clock = settings.clock
    return WayInWatch(way_in, store.reviewer, clock, work, rate=clock.rate, wake=wake, vitals=vitals)


def store_watch(
    settings: Settings,
    database: Database,
    store: AlertStore,
    work: Work,
    slack: Client,
    vitals: Vitals,
    end: Callable[[StoreUnavailable], None],
) -> StoreWatch:
    return StoreWatch(
        database,
        Notifier(slack),
        store.reviewer,
        store.outbox,
        settings.clock,
        channels=(settings.alert_channel, settings.fallback_channel),
        accounts=[account.name for account in settings.accounts],
        every=settings.poll,
        rank=lambda: work.rank,
        vitals=vitals,
        end=end,
    )
