"""The settings as the rest of the bot gets them, from the environment and the file. All faults are told at once."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from bot.acronis import Timeouts, check_url
from bot.errorbook.book import Book
from bot.errors import SettingsError
from bot.model import AuditQuery, Grant, Kind, Routing, Rules, SimulatedClock, SystemClock
from bot.model.digests import Digest
from bot.settings.database import passwords
from bot.settings.digests import digests_of
from bot.settings.environment import Environment, Mode
from bot.settings.file import File, config_file
from bot.settings.model import Account
from bot.settings.roles import climb_of, grants_of
from bot.settings.routes import routing_of
from bot.store.address import Address

DEFAULT: Final = "default"  # the name of the environment's own account
_ACCOUNT: Final = ("ACRONIS_URL", "ACRONIS_CLIENT_ID", "ACRONIS_CLIENT_SECRET")
_ACTING: Final = ("ACRONIS_ACTING_CLIENT_ID", "ACRONIS_ACTING_CLIENT_SECRET")

_ACTING_ALONE: Final = (
    "{} is for the account that ACRONIS_URL names, and there is none. An account of the file has `acting_client_id` and"
    " `acting_client_secret` under [[accounts]]."
)


@dataclass(frozen=True, slots=True)
class AccountSettings:
    """`console` is the address of Acronis's console for people, "" where the account's own is not known. `proxy` is the
    one on the way there, "" for none. `acting_id` and `acting_secret` are the client's that runs backups, "" for none.
    """

    name: str
    url: str
    client_id: str
    client_secret: str = field(repr=False)
    console: str = ""
    proxy: str = field(default="", repr=False)
    acting_id: str = ""
    acting_secret: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Settings:
    """`routing` ends with the default route, to `alert_channel`. `book` is the error book, the team's entries first.
    Answers of Acronis's are read up to `largest` bytes. `plans` is the time that is set between two readings of
    plans, None where they are not read. `wake`: events of
    Acronis's have an account polled at once.
    """

    mode: Mode
    bot_token: str = field(repr=False)
    app_token: str = field(repr=False)
    signing_secret: str = field(repr=False)
    slack_api_url: str
    accounts: tuple[AccountSettings, ...]
    database: Address
    alert_channel: str
    fallback_channel: str
    poll: timedelta
    zone: ZoneInfo
    host: str
    port: int | None
    timeouts: Timeouts
    page_size: int
    largest: int
    rules: Rules
    taught: Mapping[str, Kind]
    routing: Routing
    book: Book
    slack_proxy: str = field(default="", repr=False)
    clock: SystemClock | SimulatedClock = field(default_factory=SystemClock)
    log_level: str = "INFO"
    warnings: tuple[str, ...] = ()
    grants: tuple[Grant, ...] = ()
    digests: tuple[Digest, ...] = ()
    plans: timedelta | None = timedelta(minutes=15)
    wake: bool = True

    @property
    def beat(self) -> timedelta:
        """Between two polls by the bot's own clock: a simulated one runs faster than the schedule, which is real."""
        return self.poll * max(self.clock.rate, 1.0)

    @property
    def plans_beat(self) -> timedelta | None:
        """Between two readings of plans by the bot's own clock: at least a second of real time."""
        return None if self.plans is None else max(self.plans, timedelta(seconds=1) * self.clock.rate)

    @property
    def look_beat(self) -> timedelta:
        """Between two looks at what time alone changes, in real time: a minute of the bot's own clock, or less where
        plans are read more often."""
        own = min(timedelta(minutes=1), self.plans_beat or timedelta(minutes=1))
        return max(own / self.clock.rate, timedelta(seconds=1))

    @property
    def secrets(self) -> tuple[str, ...]:
        mine = (self.bot_token, self.app_token, self.signing_secret)
        theirs = (secret for each in self.accounts for secret in (each.client_secret, each.acting_secret))
        hooks = (step.hook for step in self.routing.climb)
        return tuple(filter(None, (*mine, *theirs, *hooks, *passwords(self.database))))


def load(environment: Mapping[str, str], mode: Mode, *, folder: Path | None = None) -> Settings:
    """Reads the environment and the file beside it. Raises SettingsError with every fault."""
    reader = Environment(environment, mode)
    file = config_file(reader, folder or Path.cwd())
    config, alert_channel, zone = file.config, reader.channel("ALERT_CHANNEL"), reader.zone()
    slack_api_url, accounts = reader.slack_api_url(), tuple(_accounts(reader, file))
    reader.tls(slack_api_url, *(account.url for account in accounts))
    settings = Settings(
        mode=mode,
        bot_token=reader.token("SLACK_BOT_TOKEN", "xoxb-"),
        app_token=reader.app_token(),
        signing_secret=reader.signing_secret(),
        slack_api_url=slack_api_url,
        accounts=accounts,
        database=reader.database(),
        alert_channel=alert_channel,
        fallback_channel=config.alerts.fallback_channel,
        poll=timedelta(seconds=reader.poll_seconds()),
        zone=zone,
        host=reader.host(),
        port=reader.port(),
        timeouts=config.acronis.timeouts(),
        page_size=config.acronis.page_size,
        largest=config.acronis.largest_mib * 2**20,
        rules=config.rules(),
        taught=config.types,
        routing=replace(routing_of(file, alert_channel, zone), climb=climb_of(file)),
        book=file.book(reader.faults),
        slack_proxy=reader.proxy(slack_api_url, "HTTP_PROXY"),
        clock=reader.clock(),
        log_level=reader.log_level(),
        warnings=tuple(reader.warnings),
        grants=grants_of(file),
        digests=digests_of(file, zone),
        plans=timedelta(seconds=config.plans.every_seconds) if config.plans.read else None,
        wake=config.events.wake,
    )
    if faults := [*reader.faults, *file.faults.sentences]:
        raise SettingsError(faults)
    return settings


def database(environment: Mapping[str, str]) -> Address:
    """The database that DATABASE_URL names, for commands that need nothing else. Raises SettingsError."""
    reader = Environment(environment)
    path = reader.database()
    if reader.faults:
        raise SettingsError(reader.faults)
    return path


def audit_order(environment: Mapping[str, str], filters: str, since: str | None) -> tuple[Address, AuditQuery]:
    """The database, and which lines of its audit. Needs nothing else. Raises SettingsError, UsageError."""
    from bot.language import beginning, parse_audit  # noqa: PLC0415  the bot itself needs none of it

    reader = Environment(environment)
    path, zone, now = reader.database(), reader.zone(), reader.clock().now()
    if reader.faults:
        raise SettingsError(reader.faults)
    query = parse_audit(filters, now, zone)
    if since is None:
        return path, query
    start = beginning(since, now, zone)
    after = start if query.tasks.after is None else max(start, query.tasks.after)
    return path, replace(query, tasks=replace(query.tasks, after=after))


def _accounts(reader: Environment, file: File) -> Iterator[AccountSettings]:
    """The environment's, which need not be there where the file names some, and the file's."""
    console = file.config.acronis.console_url
    clients: dict[tuple[str, str], str] = {}
    if not file.names_accounts or any(name in reader.variables for name in _ACCOUNT):
        own = _environments_account(reader, console)
        clients[own.url, own.client_id] = DEFAULT
        yield own
    else:
        reader.faults.extend(_ACTING_ALONE.format(name) for name in _ACTING if name in reader.variables)
    seen = {DEFAULT}
    for place, each in file.config.accounts.items():
        if each.name in seen:
            whose = "is the environment's" if each.name == DEFAULT else "is there twice"
            file.faults.add(("accounts", place, "name"), f"“{each.name}” {whose}. Give each its own")
        seen.add(each.name)
        first = clients.setdefault((each.url, each.client_id), each.name)
        if first != each.name:
            told = f"is the client of “{first}” too: each failure would be told twice"
            file.faults.add(("accounts", place, "client_id"), told)
        _refuse_half(file, place, each)
        yield AccountSettings(
            each.name,
            each.url,
            each.client_id,
            each.client_secret,
            _console(each.console_url or console, each.url),
            reader.proxy(each.url),
            each.acting_client_id or "",
            each.acting_client_secret or "",
        )


def _refuse_half(file: File, place: int, account: Account) -> None:
    """Of the acting client's two settings both are there, or neither."""
    pair = ("acting_client_id", "acting_client_secret")
    for name, other in (pair, pair[::-1]):
        # what is written and left out has a fault of its own
        if (
            getattr(account, name)
            and not getattr(account, other)
            and ("accounts", place, other) not in file.faults.lines
        ):
            file.faults.add(("accounts", place, name), f"needs `{other}` beside it: a client has both")


def _environments_account(reader: Environment, console: str) -> AccountSettings:
    url = reader.required(_ACCOUNT[0], "It is the data centre URL that the console shows with the API client")
    where = "The console shows it when the API client is made"
    client_id, secret = (reader.required(name, where) for name in _ACCOUNT[1:])
    try:
        url = check_url(url, _ACCOUNT[0]) if url else url
    except SettingsError as error:
        reader.faults.extend(error.faults)
    acting = tuple(reader.variables.get(name, "") for name in _ACTING)
    for there, name, missing in zip(acting, _ACTING, reversed(_ACTING), strict=True):
        if there and missing not in reader.variables:
            reader.faults.append(f"{missing} is missing. {name} is there, and the client that runs backups has both.")
    return AccountSettings(DEFAULT, url, client_id, secret, _console(console, url), reader.proxy(url), *acting)


def _console(template: str, url: str) -> str:
    return template.replace("{dc}", url.rstrip("/")) if url else ""
