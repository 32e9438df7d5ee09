"""The structured log, without secrets, and what an operator watches: metrics, and whether the bot is ready.

Knows nothing of what is logged or measured beyond its names.
"""

import copy
import logging
import platform
import re
import sys
import time
from collections.abc import Callable, Iterable, Iterator, MutableMapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import structlog

from bot import __version__
from bot.measures import Measures
from bot.model import Clock

if TYPE_CHECKING:
    from prometheus_client import Metric

REDACTED = "[secret]"
_SECRET = re.compile(
    r"xox[a-z]-[\w-]+|xapp-[\w-]+|(?i:bearer|basic)\s+[\w\-.~+/]+=*|(?<![\w-])(?>[\w-]*?eyJ)[\w-]{8,}+\.[\w.-]+"
)
ONCE_SECONDS = 60.0
MOST_LINES = 1_000
"""Lines that are remembered, so that the same is not written again."""
STALLED_SECONDS = 60.0
"""Without a beat of the scheduler `/healthz` turns red: its loop is gone or stands still."""
UNSENT = timedelta(minutes=15)
"""Past this age of the oldest message that Slack has not got, delivery counts as not working."""
MISSED_POLLS = 3
"""`/readyz` turns red after so many (design §7)."""


def configure_logging(secrets: Iterable[str] = (), *, level: str = "INFO", as_json: bool | None = None) -> None:
    """Everything goes to stderr: lines for people on a terminal, JSON elsewhere. `secrets` never appear in it."""
    known = [secret for secret in secrets if len(secret) > 3]

    def redact(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        return {key: _redact(value, known) for key, value in event.items()}

    shared: list[Any] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.StackInfoRenderer(),
        structlog.processors.format_exc_info,
        redact,
    ]
    to_json = not sys.stderr.isatty() if as_json is None else as_json
    renderer: Any = structlog.processors.JSONRenderer() if to_json else structlog.dev.ConsoleRenderer(colors=False)
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    handler = OnceHandler()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    logging.getLogger().handlers[:] = [handler]
    _set_levels(level)


def _set_levels(level: str) -> None:
    """Libraries say nothing below INFO: there they write out statements with their values, and whole payloads."""
    logging.getLogger().setLevel(max(logging.getLevelNamesMapping()[level], logging.INFO))
    for ours in ("bot", "handlers"):
        logging.getLogger(ours).setLevel(level)
    for noisy in (
        "apscheduler",
        "httpx",
        "httpcore",
        "slack_bolt",
        "slack_sdk",
        "aiohttp.access",
        "aiosqlite",
        "alembic",
    ):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    logging.getLogger("apscheduler.scheduler").setLevel(logging.ERROR)  # "maximum number of instances" is by design


def _redact(value: Any, secrets: Iterable[str]) -> Any:
    if not isinstance(value, str):
        return value if isinstance(value, int | float | bool | None) else _redact(str(value), secrets)
    for secret in secrets:
        value = value.replace(secret, REDACTED)
    return _SECRET.sub(REDACTED, value)


class OnceHandler(logging.StreamHandler[Any]):
    """Writes a warning or an error to stderr once a minute. How often it came again is said when the minute is over.

    A minute ends with the next line of any kind. `monotonic` is in seconds.
    """

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        super().__init__(sys.stderr)
        self._monotonic = monotonic
        self._known: dict[tuple[str, int, str], tuple[float, int, logging.LogRecord]] = {}

    def emit(self, record: logging.LogRecord) -> None:
        now, key = self._monotonic(), (record.name, record.levelno, _said(record))
        for again in list(self._over(now)):
            super().emit(again)
        if record.levelno < logging.WARNING:
            super().emit(record)
        elif key in self._known:
            since, repeats, first = self._known[key]
            self._known[key] = (since, repeats + 1, first)
        else:
            self._known[key] = (now, 0, record)
            super().emit(record)

    def close(self) -> None:
        """Says the counts that are left."""
        if not self.stream.closed:
            for again in self._over(float("inf")):
                super().emit(again)
        super().close()

    def _over(self, now: float) -> Iterator[logging.LogRecord]:
        """What came again in minutes that are over. The oldest are forgotten first where there are too many."""
        while self._known:
            key, (since, repeats, first) = next(iter(self._known.items()))
            if now - since < ONCE_SECONDS and len(self._known) <= MOST_LINES:
                return
            del self._known[key]
            if repeats:
                yield _repeated(first, repeats)


def _said(record: logging.LogRecord) -> str:
    """All that the line says but for its time."""
    if isinstance(record.msg, dict):
        return repr({name: value for name, value in record.msg.items() if name != "timestamp"})
    return record.getMessage()


def _repeated(record: logging.LogRecord, times: int) -> logging.LogRecord:
    again = copy.copy(record)
    again.exc_info = again.exc_text = None
    if isinstance(record.msg, dict):
        again.msg = {name: value for name, value in record.msg.items() if name != "exception"}
        again.msg |= {"repeated": times}
    else:
        again.msg, again.args = f"{record.getMessage()} (repeated {times} times)", ()
    return again


class Vitals:
    """What an operator watches. `every` is the time between two polls."""

    def __init__(self, clock: Clock, every: timedelta, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._monotonic = monotonic
        self._beat_at: float | None = None
        self._every = every
        self.since = clock.now()
        self.way_in_trouble = ""
        self._read_at: dict[str, datetime] = {}
        self._is_up = False
        self._dead_way_in = ""
        self._connected: bool | None = None
        self.store_trouble = ""
        self.unfinished: dict[str, str] = {}
        """Accounts of which the last list had no end in sight, and what stopped the reading."""
        self.events: dict[str, str] = {}
        """Accounts, and whether events have them polled, in words that go on from the account's name."""
        self._polls: dict[tuple[str, ...], tuple[int, float]] = {}
        """By account and outcome: how many, and since when they are counted (unix seconds)."""
        self._last: dict[str, float] = {}
        self._queue = timedelta(), 0
        self._open = {"critical": 0, "warning": 0}
        self._canary: datetime | None = None
        self.measures = Measures()
        self.leases: Callable[[], int] = lambda: 0
        """How many leases this process holds."""
        self._queue_at = monotonic()

    def watch(self, accounts: Iterable[str]) -> None:
        """These accounts are polled from now on."""
        for account in accounts:
            self._read_at.setdefault(account, self._clock.now())

    def up(self) -> None:
        self._is_up = True

    def down(self) -> None:
        self._is_up, self._beat_at = False, None

    async def beat(self) -> None:
        """A job of the schedule, each second: it runs."""
        self._beat_at = self._monotonic()

    def poll_succeeded(self, account: str, at: datetime, unfinished: str = "") -> None:
        """`unfinished` is why its list was not read to the end, "" where it was."""
        self._read_at[account] = at
        self.unfinished.pop(account, None)
        if unfinished:
            self.unfinished[account] = unfinished
        self._count(account, "read")
        self._last[account] = at.timestamp()

    def read_elsewhere(self, account: str, at: datetime) -> None:
        """Another process polled it."""
        self._read_at[account] = max(at, self._read_at.get(account, at))

    def poll_missed(self, account: str) -> None:
        self._count(account, "missed")

    def _count(self, account: str, outcome: str) -> None:
        number, since = self._polls.get((account, outcome), (0, time.time()))
        self._polls[account, outcome] = number + 1, since

    def store_failed(self, told: str) -> None:
        """Why the database cannot be used, "" when it can."""
        self.store_trouble = told

    def queued(self, oldest: timedelta, posts: int) -> None:
        """What is owed to Slack now."""
        self._queue, self._queue_at = (oldest, posts), self._monotonic()

    def alerts_open(self, critical: int, others: int) -> None:
        self._open = {"critical": critical, "warning": others}

    def canary(self, last: datetime) -> None:
        """When the last canary was through; before the first one, when the first was waited for."""
        self._canary = last

    @property
    def is_reached(self) -> bool:
        """Whether Slack can reach this process, or could a moment ago."""
        return not self._dead_way_in

    def way_in(self, trouble: str | None, *, is_dead: bool = False) -> None:
        """Whether Slack can reach us over a socket now: None, or why it cannot. `is_dead`: for too long."""
        self._connected = trouble is None
        self.way_in_trouble = trouble or ""
        self._dead_way_in = (trouble or "") if is_dead else ""

    def alive(self) -> str:
        """ "" while the loop answers and the schedule runs. A restart mends what is said here, and nothing else is."""
        if self._beat_at is None or (still := self._monotonic() - self._beat_at) < STALLED_SECONDS:
            return ""
        return f"the schedule stands still since {still:.0f} s"

    def ready(self) -> str:
        """ "" when questions are answered and polls come through; else why not, in words."""
        if not self._is_up:
            return "not started"
        if self.store_trouble:
            return self.store_trouble
        if self._dead_way_in:
            return f"Slack cannot reach the bot: {self._dead_way_in}"
        late = self.late()
        return f"no poll came through lately: {', '.join(late)}" if late else ""

    def able(self) -> str:
        """ "" when it is ready and what it has to tell gets through; else why not.

        Where the queue was not looked at for long it is not known.
        """
        if reason := self.alive() or self.ready():
            return reason
        oldest, _ = self._queue
        if oldest >= UNSENT:
            return "messages do not get through to Slack"
        looked = self._monotonic() - self._queue_at
        return "" if looked < UNSENT.total_seconds() else "the queue was not looked at for long"

    def late(self) -> list[str]:
        """The accounts that no poll came through for lately."""
        longest = MISSED_POLLS * self._every
        return sorted(account for account in self._read_at if self._lag_of(account) > longest)

    def metrics(self) -> bytes:
        """The Prometheus text format. Before the first poll its lag counts from the start."""
        from bot import metrics  # noqa: PLC0415

        return metrics.text_of(self._measured())

    def _measured(self) -> "Iterator[Metric]":
        from bot.metrics import counter, gauge, gauges, measured  # noqa: PLC0415

        yield self._build()
        yield counter("nightshift_polls", "Polls, by outcome", ("account", "outcome"), self._polls)
        last = "nightshift_last_poll_timestamp_seconds", "When the last poll came through, unix seconds"
        yield gauges(*last, "account", self._last)
        lags = {account: self._lag_of(account).total_seconds() for account in self._read_at}
        yield gauges("nightshift_poll_lag_seconds", "How long ago the last poll came through", "account", lags)
        oldest, posts = self._queue
        age = "How long the oldest message waits that is owed to Slack and not held"
        yield gauge("nightshift_queue_age_seconds", age, oldest.total_seconds())
        yield gauge("nightshift_queue_posts", "Messages and edits owed to Slack and not held", posts)
        if self._connected is not None:
            connected = "1 while Slack can reach the bot over Socket Mode, else 0"
            yield gauge("nightshift_socket_connected", connected, self._connected)
        reached = "0 once Slack could not reach the bot for three minutes, else 1"
        yield gauge("nightshift_way_in_up", reached, not self._dead_way_in)
        yield gauge("nightshift_ready", "1 while /readyz says ok, else 0", not self.ready())
        works = "1 while the database takes what is written, else 0"
        yield gauge("nightshift_database_up", works, not self.store_trouble)
        yield gauges("nightshift_alerts_open", "Alerts that are open, by severity", "severity", self._open)
        yield gauge("nightshift_leases_held", "Leases that this process holds", self.leases())
        if self._canary is not None:
            since = (self._clock.now() - self._canary).total_seconds()
            yield gauge("nightshift_canary_age_seconds", "How long ago the last canary was through", max(since, 0.0))
        yield from measured(self.measures)

    def _build(self) -> "Metric":
        from bot.metrics import info  # noqa: PLC0415

        facts = {"version": __version__, "python": platform.python_version()}
        return info("nightshift_build_info", "1, with the bot's version and Python's", facts)

    def _lag_of(self, account: str) -> timedelta:
        """How long ago it was read. Where the clock was set back behind that, it counts from now on."""
        now = self._clock.now()
        self._read_at[account] = at = min(self._read_at[account], now)
        return now - at
