"""Acronis's times as text, and back. Knows nothing of tasks."""

from datetime import UTC, datetime


def moment(text: str | None) -> datetime | None:
    """The time in UTC, cut to microseconds; None for null, "", Go's zero time and what is no time at all.

    Acronis writes RFC 3339 with 0 to 9 fraction digits (reference §14.14); a time without a zone is taken as UTC.
    """
    if not text:
        return None
    try:
        at = datetime.fromisoformat(text)
        if at.tzinfo is not UTC:
            at = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return at if at.year > 1 else None


def stamp(at: datetime) -> str:
    """RFC 3339 in UTC with `Z`; a fraction only where there is one, so that a filter reads as the guide writes it."""
    return at.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"
