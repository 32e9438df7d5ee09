"""When the canary is due, and when it is missed. Pure."""

from datetime import datetime, timedelta
from typing import Final

from bot.alerting.digests import last_due
from bot.model.canary import Canary
from bot.model.digests import Digest
from bot.model.zones import local_of

GRACE: Final = timedelta(hours=1)
"""So long after it was due a canary that is not through is said to be absent."""
SERIES: Final = "canary:"


def due_at(canary: Canary, now: datetime) -> datetime | None:
    """The last moment at which it was due, None where that is too long ago."""
    return last_due(Digest(canary.channel, canary.at, canary.zone), now)


def key_of(canary: Canary, due: datetime) -> str:
    """Names the canary of one day: it is sent once, whatever happens to the clock."""
    return f"{SERIES}{canary.channel}:{local_of(due, canary.zone).date().isoformat()}"


def is_absent(due: datetime, now: datetime, *, is_through: bool) -> bool:
    return not is_through and now - due >= GRACE
