"""Builds what is loaded once the bot is ready."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from bot.acronis import AcronisClient
from bot.settings import Settings
from bot.slack.sign_in import Client, Identity
from bot.store.engine import Database
from bot.telemetry import Vitals
from bot.wiring.alerts import slack_needs

if TYPE_CHECKING:
    from bot.acronis.acting import ActingClient
    from bot.jobs.digest import DigestJob
    from bot.jobs.home import HomeRedraw
    from bot.slack.listener import Listener
    from bot.slack.preflight import Preflight


def preflight(settings: Settings, slack: Client, identity: Identity) -> "Preflight":
    from bot.slack.preflight import Preflight  # noqa: PLC0415  looked at once the bot is ready

    return Preflight(slack, identity, slack_needs(settings))


def answering(
    settings: Settings,
    database: Database,
    clients: Sequence[AcronisClient],
    slack: Client,
    identity: Identity,
    vitals: Vitals,
    wake: Callable[[], None],
    acting: "Sequence[ActingClient]",
) -> "tuple[Listener, HomeRedraw, DigestJob | None]":
    """What answers people. It is loaded here, with Bolt, in 80 ms."""
    from bot.wiring import answers  # noqa: PLC0415

    listener = answers.listener(settings, database, clients, slack, identity, vitals, wake, acting)
    digests = answers.digest_job(settings, database, wake) if settings.digests else None
    return listener, answers.home_redraw(listener), digests
