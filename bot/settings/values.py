"""The settings as the rest of the bot gets them: frozen, checked, complete."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from zoneinfo import ZoneInfo

from bot.acronis import Timeouts
from bot.errorbook.book import Book
from bot.model import Kind, Routing, Rules, SimulatedClock, SystemClock


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
    """`routing` ends with the default route, to `alert_channel`. `book` is the error book, the team's entries first."""

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
    routing: Routing
    book: Book
    clock: SystemClock | SimulatedClock = field(default_factory=SystemClock)
    log_level: str = "INFO"
    warnings: tuple[str, ...] = ()

    @property
    def beat(self) -> timedelta:
        """Between two polls by the bot's own clock: a simulated one runs faster than the schedule, which is real."""
        return self.poll * max(self.clock.rate, 1.0)

    @property
    def secrets(self) -> tuple[str, ...]:
        mine = (self.bot_token, self.app_token, self.signing_secret)
        return tuple(filter(None, (*mine, *(account.client_secret for account in self.accounts))))
