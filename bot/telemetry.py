"""The structured log, without secrets, and what an operator watches: metrics, and whether the bot is ready.

Knows nothing of what is logged or measured beyond its names.
"""

import logging
import re
import sys
from collections.abc import Iterable, MutableMapping
from datetime import datetime, timedelta
from typing import Any

import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, generate_latest

from bot.model import Clock

REDACTED = "[secret]"
_SECRET = re.compile(r"xox[a-z]-[\w-]+|xapp-[\w-]+|(?i:bearer|basic)\s+[\w\-.~+/]+=*|eyJ[\w-]{8,}\.[\w.-]+")
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
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for noisy in ("apscheduler", "httpx", "httpcore", "slack_bolt", "slack_sdk", "aiohttp.access", "alembic"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    logging.getLogger("apscheduler.scheduler").setLevel(logging.ERROR)  # "maximum number of instances" is by design


def _redact(value: Any, secrets: Iterable[str]) -> Any:
    if not isinstance(value, str):
        return value if isinstance(value, int | float | bool | None) else _redact(str(value), secrets)
    for secret in secrets:
        value = value.replace(secret, REDACTED)
    return _SECRET.sub(REDACTED, value)


class Vitals:
    """What an operator watches. `every` is the time between two polls."""

    def __init__(self, clock: Clock, every: timedelta) -> None:
        self._clock = clock
        self._every = every
        self._read_at: dict[str, datetime] = {}
        self._is_up = False
        self._registry = CollectorRegistry()
        self._polls = Counter("nightshift_polls", "Polls, by outcome", ["account", "outcome"], registry=self._registry)
        self._last = self._gauge(
            "last_poll_timestamp_seconds", "When the last poll came through, unix seconds", "account"
        )
        self._lag = self._gauge("poll_lag_seconds", "How long ago the last poll came through", "account")
        self._queue_age = self._gauge(
            "queue_age_seconds", "How long the oldest message waits that is owed to Slack and not held"
        )
        self._queue_posts = self._gauge("queue_posts", "Messages and edits owed to Slack and not held")

    def _gauge(self, name: str, meaning: str, *labels: str) -> Gauge:
        return Gauge(f"nightshift_{name}", meaning, labels, registry=self._registry)

    def watch(self, accounts: Iterable[str]) -> None:
        """These accounts are polled from now on."""
        for account in accounts:
            self._read_at.setdefault(account, self._clock.now())

    def up(self) -> None:
        self._is_up = True

    def down(self) -> None:
        self._is_up = False

    def poll_succeeded(self, account: str, at: datetime) -> None:
        self._read_at[account] = at
        self._polls.labels(account, "read").inc()
        self._last.labels(account).set(at.timestamp())

    def poll_missed(self, account: str) -> None:
        self._polls.labels(account, "missed").inc()

    def queued(self, oldest: timedelta, posts: int) -> None:
        """What is owed to Slack now."""
        self._queue_age.set(oldest.total_seconds())
        self._queue_posts.set(posts)

    def alive(self) -> str:
        """ "" while the process answers."""
        return ""

    def ready(self) -> str:
        """ "" when questions are answered and polls come through; else why not, in words."""
        if not self._is_up:
            return "not started"
        late = [account for account in self._read_at if self._lag_of(account) > MISSED_POLLS * self._every]
        return f"no poll came through lately: {', '.join(sorted(late))}" if late else ""

    def metrics(self) -> bytes:
        """The Prometheus text format. Before the first poll its lag counts from the start."""
        for account in self._read_at:
            self._lag.labels(account).set(self._lag_of(account).total_seconds())
        return generate_latest(self._registry)

    def _lag_of(self, account: str) -> timedelta:
        """How long ago it was read. Where the clock was set back behind that, it counts from now on."""
        now = self._clock.now()
        self._read_at[account] = at = min(self._read_at[account], now)
        return now - at
