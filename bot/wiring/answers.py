"""Builds what answers people: what handlers may use, the listener, and the Home's redraw.

It is loaded with Bolt, in 80 ms, when the bot is ready: alerts do without it.
"""

from collections.abc import Callable, Collection, Sequence
from platform import python_version

import handlers
from bot import __version__
from bot.acronis import AcronisClient
from bot.acronis.acting import ActingClient
from bot.alerting.roles import groups_named
from bot.jobs.canary import CanaryJob
from bot.jobs.digest import DigestJob
from bot.jobs.home import HomeRedraw
from bot.model import Verb
from bot.model.canary import Canary
from bot.model.rules import STALE_POLLS
from bot.services import (
    Access,
    Acting,
    Alerts,
    Audits,
    Colleagues,
    Health,
    Nobody,
    OverviewReading,
    Overviews,
    Running,
    Services,
    Tasks,
)
from bot.services.coverage import Coverage
from bot.services.digests import Digests
from bot.settings import Mode, Settings
from bot.slack.colleagues import SlackColleagues
from bot.slack.groups import UserGroups
from bot.slack.listener import Listener
from bot.slack.people import People
from bot.slack.sign_in import Client, Identity
from bot.store.alerts.acts import Acts
from bot.store.alerts.queries import AlertBook
from bot.store.answers import Answers
from bot.store.audit import Audit
from bot.store.canary import CanaryPosts
from bot.store.cards.digests import DigestPosts
from bot.store.deliveries import Deliveries
from bot.store.engine import Database
from bot.store.people import Profiles
from bot.store.plans.book import PlanBook
from bot.store.requests import RunRequests
from bot.store.versions import newest_version
from bot.telemetry import Vitals
from bot.wiring.alerts import alert_store, nothing_waits, questions


def services(
    settings: Settings,
    database: Database,
    clients: Sequence[AcronisClient],
    verbs: Collection[Verb],
    site: str,
    health: Health,
    access: Access | None = None,
    wake: Callable[[], None] = nothing_waits,
    acting: Sequence[ActingClient] = (),
    colleagues: Colleagues | None = None,
) -> Services:
    """What handlers may use. `site` is the workspace's address. Without `access` nobody is in any user group. `wake` is
    called when cards are to be drawn anew. The clients of `acting` run backups. Without `colleagues` no
    alert can be handed to anybody."""
    copy, clock, stale_after = questions(settings, database), settings.clock, STALE_POLLS * settings.beat
    by_account, target = {client.account: client for client in clients}, settings.routing.target
    accounts = [account.name for account in settings.accounts]
    access = access or Access(settings.grants, settings.routing, database)
    overviews = Overviews(OverviewReading(database, health, copy, accounts, clock, stale_after).read)

    def acted() -> None:
        overviews.change()  # whoever acted sees what came of it at once
        wake()

    acts, audit = Acts(database, settings.rules, settings.routing), Audit(database)
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
        health=health,
        access=access,
        acting=Acting(acts, audit, access, clock, acted),
        running=Running({client.account: client for client in acting}, by_account, clock, RunRequests(database)),
        audit=Audits(audit),
        colleagues=colleagues or Nobody(),
        overviews=overviews,
    )


def access(settings: Settings, database: Database, slack: Client, identity: Identity) -> Access:
    groups = UserGroups(slack, groups_named(settings.grants))
    return Access(settings.grants, settings.routing, database, groups, identity.team_id)


def health(settings: Settings, database: Database, vitals: Vitals, scopes: Collection[str]) -> Health:
    """`scopes` are the bot token's."""
    copy = questions(settings, database)
    history = sorted(scope for scope in scopes if scope.endswith(":history"))
    looks = f"Slack: may look for lost posts ({', '.join(history)})" if history else "Slack: may read no messages"
    way_in = "Socket Mode" if settings.mode is Mode.RUN else f"signed HTTP on port {settings.port}"
    return Health(
        vitals,
        AlertBook(database, copy),
        alert_store(settings, database).outbox,
        copy,
        settings.clock,
        [account.name for account in settings.accounts],
        way_in=way_in,
        may_read=("Acronis: may read tasks and activities", looks),
        versions=(f"Nightshift {__version__}", f"database {newest_version()}", f"Python {python_version()}"),
        plans=PlanBook(database),
        plans_every=settings.plans_beat,
    )


def known_verbs() -> list[Verb]:
    """What people can type after /tasks."""
    return [handler.verb for handler in handlers.load().verbs.values()]


def listener(
    settings: Settings,
    database: Database,
    clients: Sequence[AcronisClient],
    slack: Client,
    identity: Identity,
    vitals: Vitals,
    wake: Callable[[], None] = nothing_waits,
    acting: Sequence[ActingClient] = (),
) -> Listener:
    """What answers people."""
    known = handlers.load()
    verbs = [handler.verb for handler in known.verbs.values()]
    profiles = Profiles(database)
    people = People(slack, profiles, settings.clock)
    return Listener(
        client=slack,
        signing_secret=settings.signing_secret or None,
        identity=identity,
        handlers=known,
        services=services(
            settings,
            database,
            clients,
            verbs,
            identity.url,
            health(settings, database, vitals, identity.scopes),
            access(settings, database, slack, identity),
            wake,
            acting,
            SlackColleagues(people, profiles, identity, settings.zone),
        ),
        people=people,
        taken=Deliveries(database),
    )


def digest_job(settings: Settings, database: Database, wake: Callable[[], None]) -> DigestJob:
    copy, stale_after = questions(settings, database), STALE_POLLS * settings.beat
    accounts = [account.name for account in settings.accounts]
    reading = Digests(
        AlertBook(database, copy),
        copy,
        Coverage(copy, accounts, settings.clock, stale_after),
        Access(settings.grants, settings.routing, database),
        settings.routing.target,
    )
    return DigestJob(settings.digests, reading, DigestPosts(database, settings.rules), settings.clock, wake)


def canary_job(
    settings: Settings, canary: Canary, database: Database, vitals: Vitals, wake: Callable[[], None]
) -> CanaryJob:
    posts = CanaryPosts(database, settings.rules, canary.channel, settings.alert_channel)
    return CanaryJob(canary, posts, settings.clock, vitals, wake)


def home_redraw(listener: Listener) -> HomeRedraw:
    return HomeRedraw(listener.homes)
