"""Builds what answers people. `app` loads it when the bot is ready, or at a request that comes before that."""

from collections.abc import Collection, Sequence

import handlers
from bot.acronis import AcronisClient
from bot.model import Verb
from bot.services import Alerts, Services, Tasks
from bot.settings import Settings
from bot.slack.listener import Listener
from bot.slack.people import People
from bot.slack.sign_in import Client, Identity
from bot.store.alerts.queries import AlertBook
from bot.store.answers import Answers
from bot.store.engine import Database
from bot.wiring import questions

STALE_POLLS = 3
"""A copy that was read so many polls ago is behind."""


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
