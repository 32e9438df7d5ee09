"""One use of the bot by one person: who it is, admitted or not. Owns how long Slack may take to say so.

The zone is waited for 1 s at most (experience §1). Whether the person may be answered at all is waited for as long as
`People` has patience: a guest must never be answered because Slack was slow.
"""

import asyncio
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bot.model import Person
from bot.slack.access import Profile, check_profile, check_sender
from bot.slack.people import People
from bot.slack.requests import Sender
from bot.slack.sign_in import Identity

ZONE_SECONDS = 1.0


class Visit:
    """Begins to look the person up at once. `zone` stands in for an unknown one. Raises `AccessDenied` at once too."""

    def __init__(self, sender: Sender, home: Identity, people: People, zone: ZoneInfo) -> None:
        check_sender(sender, home)
        self._sender = sender
        self._home = home
        self._zone = zone
        self._profile = people.look_up(sender.user_id)

    async def person(self) -> Person:
        """Who asks, after 1 s at most. Raises `AccessDenied` where it is known by then that they may not."""
        done, _ = await asyncio.wait({self._profile}, timeout=ZONE_SECONDS)
        if not done:
            return Person(self._sender.user_id, self._home.team_id, self._zone, zone_is_known=False)
        await self.admitted()
        zone = _zone_of(self._profile.result())
        return Person(self._sender.user_id, self._home.team_id, zone or self._zone, zone_is_known=zone is not None)

    async def admitted(self) -> None:
        """Returns once it is known that the person may be answered. Raises `AccessDenied` where not."""
        await asyncio.wait({self._profile})
        check_profile(self._sender, self._home, self._profile.result())


def _zone_of(profile: Profile | None) -> ZoneInfo | None:
    if profile is None or not profile.zone:
        return None
    try:
        return ZoneInfo(profile.zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # OSError: a name that is a folder of the zone data
        return None
