"""Reads the environment, one variable at a time, and collects what is wrong. Knows nothing of the file."""

from collections.abc import Mapping
from enum import StrEnum
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from bot.model import SimulatedClock, SystemClock, clock_from
from bot.settings.database import database_address
from bot.settings.fields import channel_id
from bot.settings.network import certificate_faults, proxy_of
from bot.store.address import Address

SLACK_API = "https://slack.com/api/"
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


class Mode(StrEnum):
    RUN = "run"
    SERVE = "serve"


def set_up_mode(environment: Mapping[str, str]) -> Mode:
    """The mode whose secret is there; `run` where both or none are."""
    variables = Environment(environment).variables
    is_served = "SLACK_APP_TOKEN" not in variables and "SLACK_SIGNING_SECRET" in variables
    return Mode.SERVE if is_served else Mode.RUN


class Environment:
    """Variables that are empty or blank are as if they were not there."""

    def __init__(self, environment: Mapping[str, str], mode: Mode = Mode.RUN) -> None:
        self.variables = {name: value.strip() for name, value in environment.items() if value.strip()}
        self.faults: list[str] = []
        self.warnings: list[str] = []
        self._mode = mode

    def required(self, name: str, where: str) -> str:
        """Its value, "" where it is missing; `where` is a sentence about what it is, without its stop."""
        value = self.variables.get(name, "")
        if not value:
            self.faults.append(f"{name} is missing. {where}.")
        return value

    def host(self) -> str:
        """A platform that names PORT routes from outside."""
        outside = self._mode is Mode.SERVE and "PORT" in self.variables
        return self.variables.get("HOST") or ("0.0.0.0" if outside else "127.0.0.1")  # noqa: S104

    def token(self, name: str, prefix: str) -> str:
        value = self.required(name, f"It starts with {prefix} and stands on your Slack app's pages")
        if value and not value.startswith(prefix):
            self.faults.append(f"{name} must start with {prefix}; another kind of token is in its place.")
        return value

    def app_token(self) -> str:
        if self._mode is Mode.SERVE:
            return self.variables.get("SLACK_APP_TOKEN", "")
        return self.token("SLACK_APP_TOKEN", "xapp-")

    def signing_secret(self) -> str:
        if self._mode is Mode.RUN:
            return self.variables.get("SLACK_SIGNING_SECRET", "")
        return self.required("SLACK_SIGNING_SECRET", "It stands under Basic Information of your Slack app")

    def slack_api_url(self) -> str:
        url = self.variables.get("SLACK_API_URL", SLACK_API)
        url = url if url.endswith("/") else f"{url}/"
        parts = urlsplit(url)
        if not (parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)):
            self.faults.append("SLACK_API_URL must be https; plain http is for loopback only.")
        elif not url.endswith("/api/"):
            self.faults.append("SLACK_API_URL must end in /api/.")
        return url

    def proxy(self, url: str, *more: str) -> str:
        """The proxy on the way to an address, "" for none. `more` are variables that count where no other is set."""
        try:
            return proxy_of(url, self.variables, *more)
        except ValueError as error:
            self.faults += [] if str(error) in self.faults else [str(error)]
            return ""

    def tls(self, *urls: str) -> None:
        """Whose certificates are believed, where any address needs some."""
        if any(url.startswith("https:") for url in urls):
            self.faults += certificate_faults(self.variables)

    def channel(self, name: str) -> str:
        value = self.required(name, "It is the id of the channel for alerts, such as C0123456789")
        try:
            return channel_id(value) if value else value
        except ValueError as error:
            self.faults.append(f"{name} {error}.")
            return value

    def poll_seconds(self) -> int:
        value = self._number("POLL_SECONDS", 60, lowest=1, highest=86_400)
        if value < 60:
            self.warnings.append("POLL_SECONDS is under 60. Acronis asks to be polled gently.")
        return value

    def port(self) -> int | None:
        if "PORT" not in self.variables and self._mode is Mode.RUN:
            return None
        return self._number("PORT", 3000, lowest=0, highest=65_535)

    def database(self) -> Address:
        return database_address(self.variables, self.faults)

    def zone(self) -> ZoneInfo:
        name = self.variables.get("TIME_ZONE", "UTC")
        try:
            return ZoneInfo(name)
        except (KeyError, ValueError, OSError):
            self.faults.append(f"TIME_ZONE {name!r} is not known. Use a name such as Europe/Berlin.")
            return ZoneInfo("UTC")

    def clock(self) -> SystemClock | SimulatedClock:
        try:
            return clock_from(self.variables)
        except ValueError as error:
            self.faults.append(str(error))
            return SystemClock()

    def log_level(self) -> str:
        name = self.variables.get("LOG_LEVEL", "INFO").upper()
        if name not in LOG_LEVELS:
            self.faults.append(f"LOG_LEVEL must be one of {', '.join(LOG_LEVELS)}, not {name!r}.")
        return name

    def _number(self, name: str, default: int, *, lowest: int, highest: int) -> int:
        text = self.variables.get(name, str(default))
        if not text.isascii() or not text.isdigit() or not lowest <= int(text) <= highest:
            self.faults.append(f"{name} must be a whole number from {lowest} to {highest}, not {text!r}.")
            return default
        return int(text)
