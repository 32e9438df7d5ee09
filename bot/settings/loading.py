"""Environment and nightshift.toml → frozen `Settings`. Every fault is told at once, each with what to do."""

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

from bot.errorbook.book import Book, shipped
from bot.errorbook.book import load as load_book
from bot.errors import SettingsError
from bot.settings.accounts import accounts_of
from bot.settings.environment import Environment, database_file
from bot.settings.faults import FileFaults
from bot.settings.file import File, read_file
from bot.settings.routes import routing_of
from bot.settings.values import Mode, Settings

CONFIG = "nightshift.toml"


def load(environment: Mapping[str, str], mode: Mode, *, folder: Path | None = None) -> Settings:
    """Reads the environment and the file beside it. Raises SettingsError with every fault."""
    faults: list[str] = []
    env = {name: value.strip() for name, value in environment.items() if value.strip()}
    file = config_file(env, folder or Path.cwd(), faults)
    reader = Environment(env, mode, faults)
    alert_channel, zone = reader.channel("ALERT_CHANNEL"), reader.zone()
    settings = Settings(
        mode=mode,
        bot_token=reader.token("SLACK_BOT_TOKEN", "xoxb-"),
        app_token=reader.token("SLACK_APP_TOKEN", "xapp-") if mode is Mode.RUN else env.get("SLACK_APP_TOKEN", ""),
        signing_secret=reader.signing_secret(),
        slack_api_url=reader.slack_api_url(),
        accounts=tuple(accounts_of(reader, file)),
        database=database_file(env, faults),
        alert_channel=alert_channel,
        fallback_channel=file.alerts.fallback_channel,
        poll=timedelta(seconds=reader.poll_seconds()),
        zone=zone,
        host=reader.host(),
        port=reader.port(),
        timeouts=file.acronis.timeouts(),
        page_size=file.acronis.page_size,
        rules=file.rules(),
        taught=file.taught,
        routing=routing_of(file, alert_channel, zone),
        book=book_of(file, faults),
        clock=reader.clock(),
        log_level=reader.log_level(),
        warnings=tuple(reader.warnings),
    )
    if faults or file.faults.sentences:
        raise SettingsError([*faults, *file.faults.sentences])
    return settings


def database(environment: Mapping[str, str]) -> Path:
    """The SQLite file that DATABASE_URL names, for commands that need nothing else. Raises SettingsError."""
    faults: list[str] = []
    path = database_file(environment, faults)
    if faults:
        raise SettingsError(faults)
    return path


def book_of(file: File, faults: list[str]) -> Book:
    """The error book, the team's own entries first."""
    own = file.book()
    if own is None or not own.is_file():
        return shipped()
    try:
        return load_book(own)
    except SettingsError as error:
        faults.extend(error.faults)
        return shipped()


def config_file(env: Mapping[str, str], folder: Path, faults: list[str]) -> File:
    """The file that the environment names, or the one beside it, or none."""
    name = env.get("NIGHTSHIFT_CONFIG")
    path = folder / (name or CONFIG)
    if path.exists():
        return read_file(path, faults)
    if name:
        faults.append(f"NIGHTSHIFT_CONFIG names {name}, which is not there.")
    return File(FileFaults(path.name, {}))
