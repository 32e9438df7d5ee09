"""What a replay needs of the settings: the database, and the rules of one file or of two. No token, no account."""

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from bot.blocks.cards import Drawings
from bot.errors import SettingsError
from bot.language import beginning
from bot.model import SystemClock
from bot.replay import Order, Rulebook
from bot.settings.environment import Environment
from bot.settings.file import File, config_file, read_file
from bot.settings.routes import routing_of
from bot.store.cards.views import Views


def replay_order(
    environment: Mapping[str, str], since: str, other: str | None, views: Views, drawings: Drawings
) -> Order:
    """From `since` on, by the file, and by `other` where one is named. Raises SettingsError, UsageError."""
    reader, here = Environment(environment), Path.cwd()
    channel, zone, every = reader.channel("ALERT_CHANNEL"), reader.zone(), timedelta(seconds=reader.poll_seconds())
    files = [config_file(reader, here)]
    other_name = Path(other or "").name
    if other is not None:
        files.append(read_file(here / other, reader.faults, f"--config names {other_name}, which is not there."))
    books = [_rulebook(file, channel, zone, reader.faults) for file in files]
    database = reader.database()
    told = [*reader.faults, *(sentence for file in files for sentence in file.faults.sentences)]
    if told:
        raise SettingsError(list(dict.fromkeys(told)))  # both may name one file
    now = SystemClock().now()
    return Order(
        address=database,
        since=beginning(since, now, zone),
        now=now,
        every=every,
        zone=zone,
        views=views,
        drawings=drawings,
        book=books[0],
        other=books[1] if other is not None else None,
        other_name=other_name,
    )


def _rulebook(file: File, channel: str, zone: ZoneInfo, faults: list[str]) -> Rulebook:
    config, book = file.config, file.book(faults)
    taught = {name.casefold(): kind for name, kind in config.types.items()}
    fallback = config.alerts.fallback_channel
    return Rulebook(routing_of(file, channel, zone), config.rules(), channel, fallback, taught, book.by_text)
