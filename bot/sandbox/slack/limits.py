"""Slack's numbers (docs.slack.dev, apis/web-api/rate-limits, unless a line says otherwise) and its rate limits."""

import math
from collections.abc import Callable
from dataclasses import dataclass

from bot.sandbox.slack.calls import RefusalError

POST = "chat.postMessage"
Now = Callable[[], float]


@dataclass(frozen=True, slots=True)
class Limits:
    """The pretend Slack's numbers. A test turns one with `dataclasses.replace` or by name.

    `post_burst` is our guess of the "small bursts" Slack allows for posts to one channel; 1 is the strict reading.
    `blocks_characters` is the undocumented cap behind `msg_blocks_too_long` (bolt-js#2509), counted over all texts.
    `metadata_characters` is a guess too: Slack names the error `metadata_too_large` but not the size.
    """

    metered: bool = True
    posts_per_second: float = 1.0
    post_burst: int = 3
    workspace_posts_per_minute: int = 300
    ack_seconds: float = 3.0
    trigger_seconds: float = 3.0
    answer_seconds: float = 1800.0
    answer_uses: int = 5
    event_retry_seconds: tuple[float, ...] = (0.0, 60.0, 300.0)
    connections: int = 10
    connection_seconds: float = 3600.0
    debug_connection_seconds: float = 360.0
    warning_seconds: float = 10.0
    ping_seconds: float = 10.0
    blocks_characters: int = 13_200
    lacks: frozenset[str] = frozenset()  # types of blocks that the workspace does not have yet
    metadata_characters: int = 8_000


@dataclass(slots=True)
class Bucket:
    """A token bucket: `capacity` calls at once, `rate` calls a second after that."""

    capacity: float
    rate: float
    level: float
    at: float

    def wait(self, now: float) -> float:
        """Seconds until a call is allowed; 0 when it is allowed now."""
        self.level = min(self.capacity, self.level + max(now - self.at, 0.0) * self.rate)
        self.at = now
        return 0.0 if self.level >= 1 - 1e-9 else (1 - self.level) / self.rate


class Meter:
    """Counts calls per method, and posts per channel and per workspace."""

    def __init__(self, limits: Limits, now: Now) -> None:
        self._limits = limits
        self._now = now
        self.buckets: dict[tuple[str, str], Bucket] = {}

    def take(self, method: str, a_minute: int, channel: str) -> None:
        """Counts a call; a post has limits of its own. Raises RefusalError `ratelimited` with whole seconds."""
        limits = self._limits
        if not limits.metered:
            return
        if method == POST:
            a_minute = limits.workspace_posts_per_minute
        buckets = [self._bucket(method, "", a_minute, a_minute / 60)]
        if method == POST:
            buckets.append(self._bucket(method, channel, limits.post_burst, limits.posts_per_second))
        wait = max(bucket.wait(self._now()) for bucket in buckets)
        if wait > 0:
            raise RefusalError("ratelimited", status=429, retry_after=max(1, math.ceil(wait)))
        for bucket in buckets:
            bucket.level -= 1

    def _bucket(self, method: str, channel: str, capacity: float, rate: float) -> Bucket:
        return self.buckets.setdefault((method, channel), Bucket(capacity, rate, capacity, self._now()))
