"""How a server's `Retry-After` and its dates are read, Slack's and Acronis's alike. Nonsense reads as absent."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from math import isnan

LONGEST_ASKED = 3600.0
"""Seconds of a `Retry-After` that are heeded: a longer one is somebody's mistake, and there is one try then."""


def retry_after(header: str, now: datetime) -> float | None:
    """Seconds to wait, 0 to an hour, from a header in seconds or as a date; None where there is none to read."""
    text = header.strip()
    at = http_date(text)
    try:
        asked = float(text) if at is None else (at - now).total_seconds()
    except ValueError:
        return None
    return None if isnan(asked) or text.startswith("-") else min(max(asked, 0.0), LONGEST_ASKED)


def http_date(text: str) -> datetime | None:
    """In UTC. A date without a zone is taken as UTC."""
    try:
        at = parsedate_to_datetime(text)
        return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except (ValueError, ArithmeticError, TypeError, LookupError):  # the standard library raises each of them
        return None
