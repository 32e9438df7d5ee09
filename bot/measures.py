"""What is counted and timed while the bot works, without the library that prints it. Knows nothing of what it counts.

No label has a name that a customer, a tenant or a person bears, and each family has a bounded number of label sets.
"""

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

MOST = 200
"""Label sets of one family. What comes after them is counted as `other`."""
OTHER: Final = "other"
_LONGEST = 60


@dataclass(frozen=True, slots=True)
class Family:
    """A metric with labels. With `bounds`, in seconds, it is a histogram, else a counter."""

    name: str
    meaning: str
    labels: tuple[str, ...] = ()
    bounds: tuple[float, ...] = ()


@dataclass(slots=True)
class Timing:
    """How many there were up to each bound and above the last one, and how long all of them took, in seconds."""

    counts: list[int]
    total: float = 0.0


_CALL: Final = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
ACRONIS = Family(
    "nightshift_acronis_request_duration_seconds",
    "Requests to Acronis, each try by itself, by service and by HTTP status or what went wrong",
    ("service", "status"),
    _CALL,
)
SLACK = Family(
    "nightshift_slack_request_duration_seconds",
    "Requests to Slack, by method and by HTTP status or what went wrong",
    ("method", "status"),
    _CALL,
)
ACKS = Family(
    "nightshift_ack_duration_seconds",
    "How long Slack waited until a command, press or form was acknowledged",
    (),
    (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 3.0),
)
SENT = Family("nightshift_posts_sent", "What was sent: new messages, edits, web hooks", ("kind",))
FAILED = Family("nightshift_posts_failed", "Attempts to send that failed, by Slack's word for why", ("reason",))
PINGS = Family("nightshift_deadman_pings", "Dead-man pings, by outcome", ("outcome",))
FAMILIES: Final = (ACRONIS, SLACK, ACKS, SENT, FAILED, PINGS)


@dataclass(slots=True)
class Measures:
    """All numbers since the start."""

    counts: dict[Family, dict[tuple[str, ...], int]] = field(default_factory=dict)
    timings: dict[Family, dict[tuple[str, ...], Timing]] = field(default_factory=dict)

    def count(self, family: Family, *labels: str) -> None:
        known = self.counts.setdefault(family, {})
        values = _bounded(known, labels)
        known[values] = known.get(values, 0) + 1

    def time(self, family: Family, seconds: float, *labels: str) -> None:
        known = self.timings.setdefault(family, {})
        values = _bounded(known, labels)
        timing = known.setdefault(values, Timing([0] * (len(family.bounds) + 1)))
        timing.counts[bisect_left(family.bounds, seconds)] += 1
        timing.total += seconds

    def acronis(self, service: str, status: str, seconds: float) -> None:
        self.time(ACRONIS, seconds, service, status)

    def slack(self, method: str, status: str, seconds: float) -> None:
        self.time(SLACK, seconds, method, status)

    def acked(self, seconds: float) -> None:
        self.time(ACKS, seconds)


def _bounded(known: Mapping[tuple[str, ...], object], labels: tuple[str, ...]) -> tuple[str, ...]:
    values = tuple(label if 0 < len(label) <= _LONGEST and _is_word(label) else OTHER for label in labels)
    return values if values in known or len(known) < MOST else (OTHER,) * len(labels)


def _is_word(label: str) -> bool:
    """The words of protocols: `chat.postMessage`, `channel_not_found`, `503`."""
    return (label.isascii() and label.replace(".", "_").replace("-", "_").isidentifier()) or label.isdigit()
