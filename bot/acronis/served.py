"""What the headers of an answer say about time. Knows nothing of its body."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx


def served_at(response: httpx.Response) -> datetime | None:
    """The server's Date, in UTC."""
    return _http_date(response.headers.get("Date", ""))


def retry_after(response: httpx.Response) -> float | None:
    """Seconds to wait, 0 or more, from a Retry-After in seconds or as a date; None where there is none to read."""
    text = response.headers.get("Retry-After", "").strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    at = _http_date(text)
    if at is None:
        return None
    return max((at - (served_at(response) or datetime.now(UTC))).total_seconds(), 0.0)


def _http_date(text: str) -> datetime | None:
    try:
        at = parsedate_to_datetime(text)
    except (ValueError, TypeError):  # TypeError: what the standard library says to "" in some versions
        return None
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
