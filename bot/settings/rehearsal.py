"""What a replay needs of the settings: the bot's file, the clock, and the rules of one nightshift.toml or of two.

No token and no account is asked for. Every fault of the environment and of both files is told at once.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from bot.errorbook.book import Book
from bot.errors import SettingsError
from bot.model import Kind, Routing, Rules
from bot.settings.environment import Environment, database_file
from bot.settings.faults import FileFaults
from bot.settings.file import File, read_file
from bot.settings.loading import book_of, config_file
from bot.settings.routes import routing_of
from bot.settings.values import Mode


@dataclass(frozen=True, slots=True)
class Followed:
    """What one nightshift.toml says of alerts."""

    routing: Routing
    rules: Rules
    taught: Mapping[str, Kind]
    book: Book
    fallback_channel: str


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """`other` is what `--config` names, None where it names nothing."""

    database: Path
    alert_channel: str
    zone: ZoneInfo
    poll: timedelta
    now: Followed
    other: Followed | None = None


def rehearsal(environment: Mapping[str, str], other: str | None, *, folder: Path | None = None) -> Rehearsal:
    """Reads what is needed of the environment, the file beside it and `other`. Raises SettingsError: every fault."""
    faults: list[str] = []
    env = {name: value.strip() for name, value in environment.items() if value.strip()}
    here = folder or Path.cwd()
    reader = Environment(env, Mode.RUN, faults)
    channel, zone, every = reader.channel("ALERT_CHANNEL"), reader.zone(), timedelta(seconds=reader.poll_seconds())
    files = [config_file(env, here, faults)]
    if other is not None:
        files.append(_other(here / other, faults))
    followed = [_followed(file, channel, zone, faults) for file in files]
    database = database_file(env, faults)
    told = [*faults, *(sentence for file in files for sentence in file.faults.sentences)]
    if told:
        raise SettingsError(list(dict.fromkeys(told)))  # both may name one file
    return Rehearsal(database, channel, zone, every, *followed)


def _other(path: Path, faults: list[str]) -> File:
    if not path.is_file():
        faults.append(f"--config names {path.name}, which is not there.")
        return File(FileFaults(path.name, {}))
    return read_file(path, faults)


def _followed(file: File, channel: str, zone: ZoneInfo, faults: list[str]) -> Followed:
    routing, book = routing_of(file, channel, zone), book_of(file, faults)
    return Followed(routing, file.rules(), file.taught, book, file.alerts.fallback_channel)
