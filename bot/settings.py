"""Environment and nightshift.toml → frozen `Settings`. Every fault is told at once, each with what to do.

The environment holds what differs between places (tokens, addresses); the file holds everything finer. Only `wiring`
reads settings.
"""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from bot.acronis import Timeouts, check_url
from bot.errors import SettingsError
from bot.model import Clock, Kind, Rules, SystemClock, clock_from

SLACK_API = "https://slack.com/api/"
DATABASE = "sqlite:///nightshift.sqlite3"
CONFIG = "nightshift.toml"
CONSOLE = "{dc}/ui/"
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


class Mode(StrEnum):
    """How the bot hears from Slack."""

    RUN = "run"
    SERVE = "serve"


@dataclass(frozen=True, slots=True)
class AccountSettings:
    """`console` is the address of Acronis's console for people, "" where the account's own is not known."""

    name: str
    url: str
    client_id: str
    client_secret: str = field(repr=False)
    console: str = ""


@dataclass(frozen=True, slots=True)
class Settings:
    mode: Mode
    bot_token: str = field(repr=False)
    app_token: str = field(repr=False)
    signing_secret: str = field(repr=False)
    slack_api_url: str
    accounts: tuple[AccountSettings, ...]
    database: Path
    alert_channel: str
    fallback_channel: str
    poll: timedelta
    zone: ZoneInfo
    host: str
    port: int | None
    timeouts: Timeouts
    page_size: int
    rules: Rules
    taught: Mapping[str, Kind]
    clock: Clock = field(default_factory=SystemClock)
    log_level: str = "INFO"
    warnings: tuple[str, ...] = ()

    @property
    def secrets(self) -> tuple[str, ...]:
        mine = (self.bot_token, self.app_token, self.signing_secret)
        return tuple(filter(None, (*mine, *(account.client_secret for account in self.accounts))))


def load(environment: Mapping[str, str], mode: Mode, *, folder: Path | None = None) -> Settings:
    """Reads the environment and the file beside it. Raises SettingsError with every fault."""
    faults: list[str] = []
    env = {name: value.strip() for name, value in environment.items() if value.strip()}
    file = _read_file(env, folder or Path.cwd(), faults)
    reader = _Environment(env, mode, faults)
    settings = Settings(
        mode=mode,
        bot_token=reader.token("SLACK_BOT_TOKEN", "xoxb-"),
        app_token=reader.token("SLACK_APP_TOKEN", "xapp-") if mode is Mode.RUN else env.get("SLACK_APP_TOKEN", ""),
        signing_secret=reader.signing_secret(),
        slack_api_url=reader.slack_api_url(),
        accounts=tuple(reader.accounts(file.accounts, file.acronis.console_url)),
        database=_database(env, faults),
        alert_channel=reader.channel("ALERT_CHANNEL"),
        fallback_channel=file.alerts.fallback_channel,
        poll=timedelta(seconds=reader.poll_seconds()),
        zone=reader.zone(),
        host=env.get("HOST") or ("0.0.0.0" if mode is Mode.SERVE and "PORT" in env else "127.0.0.1"),  # noqa: S104  a platform that names PORT routes from outside
        port=reader.port(),
        timeouts=file.acronis.timeouts(),
        page_size=file.acronis.page_size,
        rules=file.rules(),
        taught=file.types,
        clock=reader.clock(),
        log_level=reader.log_level(),
        warnings=tuple(reader.warnings),
    )
    if faults:
        raise SettingsError(faults)
    return settings


def database(environment: Mapping[str, str]) -> Path:
    """The SQLite file that DATABASE_URL names, for commands that need nothing else. Raises SettingsError."""
    faults: list[str] = []
    path = _database(environment, faults)
    if faults:
        raise SettingsError(faults)
    return path


def _database(env: Mapping[str, str], faults: list[str]) -> Path:
    scheme, _, rest = env.get("DATABASE_URL", DATABASE).partition("://")
    path = Path(rest[1:] or "nightshift.sqlite3")
    if scheme in ("postgres", "postgresql"):
        faults.append("DATABASE_URL: this version stores in SQLite only. Use sqlite:///nightshift.sqlite3.")
    elif not scheme.startswith("sqlite") or len(rest) < 2 or not rest.startswith("/"):
        faults.append(
            "DATABASE_URL must look like sqlite:///nightshift.sqlite3 or sqlite:////var/lib/nightshift.sqlite3."
        )
    elif path.is_dir() or not path.parent.is_dir():
        faults.append(f"DATABASE_URL: {path} must be a file in a folder that is there.")
    return path


class _Environment:
    """Reads one variable at a time; what is wrong is added to `faults`, and the reading goes on."""

    def __init__(self, env: Mapping[str, str], mode: Mode, faults: list[str]) -> None:
        self._env = env
        self._mode = mode
        self._faults = faults
        self.warnings: list[str] = []

    def token(self, name: str, prefix: str) -> str:
        value = self._required(name, f"It starts with {prefix} and stands on your Slack app's pages")
        if value and not value.startswith(prefix):
            self._faults.append(f"{name} must start with {prefix}; another kind of token is in its place.")
        return value

    def signing_secret(self) -> str:
        if self._mode is Mode.RUN:
            return self._env.get("SLACK_SIGNING_SECRET", "")
        return self._required("SLACK_SIGNING_SECRET", "It stands under Basic Information of your Slack app")

    def slack_api_url(self) -> str:
        url = self._env.get("SLACK_API_URL", SLACK_API)
        url = url if url.endswith("/") else f"{url}/"
        parts = urlsplit(url)
        if not (parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)):
            self._faults.append("SLACK_API_URL must be https; plain http is for loopback only.")
        elif not url.endswith("/api/"):
            self._faults.append("SLACK_API_URL must end in /api/.")
        return url

    def accounts(self, more: tuple["_Account", ...], console: str) -> Iterator[AccountSettings]:
        """The environment's account, named `default`, and the file's. `console` is the template of most."""
        names = ("ACRONIS_URL", "ACRONIS_CLIENT_ID", "ACRONIS_CLIENT_SECRET")
        if not more or any(name in self._env for name in names):
            url = self._required(names[0], "It is the data centre URL that the console shows with the API client")
            where = "The console shows it when the API client is made"
            client_id, secret = (self._required(name, where) for name in names[1:])
            url = self._checked(url, names[0])
            yield AccountSettings("default", url, client_id, secret, _console(console, url))
        seen = {"default"}
        for account in more:
            if account.name in seen:
                self._faults.append(f"[[accounts]]: the name {account.name!r} is there twice. Give each its own.")
            seen.add(account.name)
            url = self._checked(account.url, f"[[accounts]] {account.name}: url")
            address = _console(account.console_url or console, url)
            yield AccountSettings(account.name, url, account.client_id, account.client_secret, address)

    def channel(self, name: str) -> str:
        value = self._required(name, "It is the id of the channel for alerts, such as C0123456789")
        if value.startswith("#"):
            self._faults.append(f"{name} must be a channel's id, such as C0123456789, not its name.")
        return value

    def poll_seconds(self) -> int:
        value = self._number("POLL_SECONDS", 60, lowest=1, highest=86_400)
        if value < 60:
            self.warnings.append("POLL_SECONDS is under 60. Acronis asks to be polled gently.")
        return value

    def port(self) -> int | None:
        if "PORT" not in self._env and self._mode is Mode.RUN:
            return None
        return self._number("PORT", 3000, lowest=0, highest=65_535)

    def zone(self) -> ZoneInfo:
        name = self._env.get("TIME_ZONE", "UTC")
        try:
            return ZoneInfo(name)
        except (KeyError, ValueError, OSError):
            self._faults.append(f"TIME_ZONE {name!r} is not known. Use a name such as Europe/Berlin.")
            return ZoneInfo("UTC")

    def clock(self) -> Clock:
        try:
            return clock_from(self._env)
        except ValueError as error:
            self._faults.append(str(error))
            return SystemClock()

    def log_level(self) -> str:
        name = self._env.get("LOG_LEVEL", "INFO").upper()
        if name not in LOG_LEVELS:
            self._faults.append(f"LOG_LEVEL must be one of {', '.join(LOG_LEVELS)}, not {name!r}.")
        return name

    def _required(self, name: str, where: str) -> str:
        value = self._env.get(name, "")
        if not value:
            self._faults.append(f"{name} is missing. {where}.")
        return value

    def _checked(self, url: str, name: str) -> str:
        if not url:
            return url
        try:
            return check_url(url, name)
        except SettingsError as error:
            self._faults.extend(error.faults)
            return url

    def _number(self, name: str, default: int, *, lowest: int, highest: int) -> int:
        text = self._env.get(name, str(default))
        if not text.isascii() or not text.isdigit() or not lowest <= int(text) <= highest:
            self._faults.append(f"{name} must be a whole number from {lowest} to {highest}, not {text!r}.")
            return default
        return int(text)


# ── nightshift.toml ──────────────────────────────────────────────────────────────────────────────────────────────────

_Seconds = Annotated[float, Field(gt=0, le=3600)]
_Days = Annotated[int, Field(ge=1, le=3650)]


def _alerting_kind(kind: Kind) -> Kind:
    if kind is Kind.UNKNOWN:
        raise ValueError("must be backup, restore or management")
    return kind


def _template(url: str) -> str:
    if not url.startswith(("{dc}", "https://")) or any(letter.isspace() or letter in "<>|" for letter in url):
        raise ValueError("must begin with {dc}, which stands for the data centre's URL, or with https://")
    return url


_Console = Annotated[str, AfterValidator(_template)]


def _console(template: str, url: str) -> str:
    """The console's address for an account of this data centre."""
    return template.replace("{dc}", url.rstrip("/")) if url else ""


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Acronis(_Section):
    connect_seconds: _Seconds = 5.0
    read_seconds: _Seconds = 30.0
    write_seconds: _Seconds = 10.0
    pool_seconds: _Seconds = 10.0
    page_size: Annotated[int, Field(ge=1, le=500)] = 500
    console_url: _Console = CONSOLE

    def timeouts(self) -> Timeouts:
        return Timeouts(
            connect=self.connect_seconds, read=self.read_seconds, write=self.write_seconds, pool=self.pool_seconds
        )


class _Account(_Section):
    name: Annotated[str, Field(min_length=1, max_length=64)]
    url: str
    client_id: str
    client_secret: str
    console_url: _Console | None = None


class _Poll(_Section):
    overlap_minutes: Annotated[int, Field(ge=1, le=120)] = 5


class _Alerts(_Section):
    fallback_channel: str = ""


class _Keep(_Section):
    run_days: _Days = 100
    other_days: _Days = 7


class _File(_Section):
    acronis: _Acronis = _Acronis()
    accounts: tuple[_Account, ...] = ()
    poll: _Poll = _Poll()
    alerts: _Alerts = _Alerts()
    keep: _Keep = _Keep()
    types: dict[str, Annotated[Kind, AfterValidator(_alerting_kind)]] = {}

    def rules(self) -> Rules:
        return Rules(
            overlap=timedelta(minutes=self.poll.overlap_minutes),
            keep_runs=timedelta(days=self.keep.run_days),
            keep_rest=timedelta(days=self.keep.other_days),
        )


def _read_file(env: Mapping[str, str], folder: Path, faults: list[str]) -> _File:
    name = env.get("NIGHTSHIFT_CONFIG")
    path = folder / (name or CONFIG)
    if not path.exists():
        if name:
            faults.append(f"NIGHTSHIFT_CONFIG names {name}, which is not there.")
        return _File()
    try:
        return _File.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        faults.append(f"{path.name} cannot be read: {error}.")
    except ValidationError as error:
        faults.extend(_sentence(path.name, each) for each in error.errors())
    return _File()


def _sentence(name: str, fault: Mapping[str, Any]) -> str:
    where = ".".join(str(part) for part in fault["loc"])
    if fault["type"] == "extra_forbidden":
        return f"{name}: {where} is not a setting. The README lists them."
    return f"{name}: {where}: {fault['msg']}."
