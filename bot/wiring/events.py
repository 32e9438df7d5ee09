"""Builds what listens for events. It is loaded when the bot is ready: alerts do without it."""

from collections.abc import Awaitable, Callable

from bot.acronis.events import EventsClient
from bot.jobs.events import Listening
from bot.jobs.poll import Outcome
from bot.measures import Measures
from bot.settings import Settings
from bot.store.engine import Database
from bot.store.leases import Leases
from bot.telemetry import Vitals


def events_clients(settings: Settings, measures: Measures | None = None) -> tuple[EventsClient, ...]:
    """One for each account."""
    return tuple(
        EventsClient(
            account.name,
            account.url,
            account.client_id,
            account.client_secret,
            timeouts=settings.timeouts,
            proxy=account.proxy,
            observe=(measures or Measures()).acronis,
        )
        for account in settings.accounts
    )


def listening(
    settings: Settings,
    database: Database,
    client: EventsClient,
    poll: Callable[[], Awaitable[Outcome]],
    vitals: Vitals,
    is_ours: Callable[[], bool],
) -> Listening:
    """`poll` polls the client's account, and returns when that is over. `is_ours` says whether this process does."""
    return Listening(client, Leases(database), poll, settings.clock, vitals, is_ours, rate=settings.clock.rate)
