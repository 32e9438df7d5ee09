"""When a digest is due, and what time it is about. Pure: by the clock on the wall, also on days it is moved."""

from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Final

from bot.model.digests import Digest
from bot.model.zones import local_of, moment_of

LATEST: Final = timedelta(hours=6)
"""A digest that could not be sent for so long is left out: the next one says it."""
_DAY: Final = timedelta(days=1)
_WEEK: Final = 7


def last_due(digest: Digest, now: datetime) -> datetime | None:
    """The last moment at which the digest was due, None where that is too long ago."""
    due = _last_before(digest, now)
    return due if due is not None and now - due <= LATEST else None


def begins(digest: Digest, due: datetime) -> datetime:
    """What a digest is about begins where the one before was due: on a Monday that may be Friday."""
    return _last_before(digest, due - timedelta(microseconds=1)) or due - _DAY


def key_of(digest: Digest, due: datetime) -> str:
    """Names the digest of one day: it is sent once, whatever happens to the clock or to the order of the entries."""
    return f"{series_of(digest)}{local_of(due, digest.zone).date().isoformat()}"


def series_of(digest: Digest) -> str:
    """How the keys of all its days begin."""
    said = blake2b(digest.about.encode(errors="surrogatepass"), digest_size=8).hexdigest()
    return f"digest:{digest.channel}:{digest.at:%H%M}:{said}:"


def _last_before(digest: Digest, now: datetime) -> datetime | None:
    today = local_of(now, digest.zone).date()
    for back in range(_WEEK + 1):
        day = today - back * _DAY
        due = moment_of(datetime.combine(day, digest.at), digest.zone)
        if day.weekday() in digest.days and due <= now:
            return due
    return None
