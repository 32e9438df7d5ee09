"""Who asks: a user's profile by Slack's users.info (zone, guest flags, workspaces), and the person it makes.

Owns the cache of profiles, and how long Slack may take to say who somebody is. Who may do what is `access`'s.
"""

import asyncio
import time
from collections.abc import Callable, Mapping
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import structlog
from cachetools import TTLCache
from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import SlackError
from bot.model import Person
from bot.slack.access import Profile, check_profile, check_sender
from bot.slack.requests import Sender
from bot.slack.sign_in import Identity
from bot.slack.web_api import call

log = structlog.get_logger(__name__)

ZONE_SECONDS = 1.0
_DAY = 24 * 3600.0
_NOT_FOUND = frozenset({"user_not_found", "user_not_visible", "users_not_found"})


class People:
    """Asks once for many waiters. A plain profile is kept for `keep` seconds, at most `capacity` of them.

    One that will be refused is not kept: an admin who makes a guest a member should not have to wait a day. `patience`
    is how long Slack may take, in seconds.
    """

    def __init__(
        self,
        client: AsyncWebClient,
        *,
        patience: float = 4.0,
        keep: float = _DAY,
        capacity: int = 5_000,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client = client
        self._patience = patience
        self._profiles: TTLCache[str, Profile] = TTLCache(capacity, keep, timer=monotonic)
        self._lookups: dict[str, asyncio.Task[Profile | None]] = {}

    def look_up(self, user_id: str) -> asyncio.Future[Profile | None]:
        """Begins to look, if need be. The future is shared: wait for it, do not cancel it. None: Slack did not say."""
        profile = self._profiles.get(user_id)
        if profile is not None:
            known: asyncio.Future[Profile | None] = asyncio.get_running_loop().create_future()
            known.set_result(profile)
            return known
        lookup = self._lookups.get(user_id)
        if lookup is None:
            lookup = self._lookups[user_id] = asyncio.create_task(self._ask(user_id))
            lookup.add_done_callback(lambda _: self._lookups.pop(user_id, None))
        return lookup

    async def close(self) -> None:
        lookups = list(self._lookups.values())
        for lookup in lookups:
            lookup.cancel()
        await asyncio.gather(*lookups, return_exceptions=True)

    async def _ask(self, user_id: str) -> Profile | None:
        try:
            answer = await call(self._client.users_info(user=user_id), self._patience)
        except SlackError as error:
            if error.code in _NOT_FOUND:
                return Profile(user_id, is_found=False)
            log.warning("slack did not say who a user is", user=user_id, code=error.code, reason=error.told)
            return None
        profile = read_profile(user_id, answer.get("user") or {})
        if not (profile.is_guest or profile.is_stranger or profile.is_bot or profile.is_deleted):
            self._profiles[user_id] = profile
        return profile


class Asker:
    """Who sent one delivery. Begins to look them up at once. `zone` stands in for an unknown one.

    Every method, and the making, raise `AccessDenied` where it is known that the sender may not be answered.
    """

    def __init__(self, sender: Sender, home: Identity, people: People, zone: ZoneInfo) -> None:
        check_sender(sender, home)
        self._sender = sender
        self._home = home
        self._zone = zone
        self._profile = people.look_up(sender.user_id)

    async def person(self) -> Person:
        """Who asks, after 1 s at most (experience §1). They may turn out not to be admitted after that."""
        done, _ = await asyncio.wait({self._profile}, timeout=ZONE_SECONDS)
        return await self.admitted() if done else self._person(None)

    async def admitted(self) -> Person:
        """Who asks, once it is known that they may be answered: a guest must not be because Slack was slow."""
        await asyncio.wait({self._profile})
        profile = self._profile.result()
        check_profile(self._sender, self._home, profile)
        return self._person(_zone_of(profile))

    def _person(self, zone: ZoneInfo | None) -> Person:
        return Person(self._sender.user_id, self._home.team_id, zone or self._zone, zone_is_known=zone is not None)


def read_profile(user_id: str, user: Mapping[str, Any]) -> Profile:
    """Reads the `user` object of users.info. In an Enterprise Grid a person belongs to several workspaces."""
    grid = user.get("enterprise_user")
    teams = [user.get("team_id"), *(grid.get("teams") or () if isinstance(grid, Mapping) else ())]
    zone = user.get("tz")
    return Profile(
        user_id=user_id,
        team_ids=frozenset(team for team in teams if isinstance(team, str)),
        zone=zone if isinstance(zone, str) else "",
        is_guest=bool(user.get("is_restricted") or user.get("is_ultra_restricted")),
        is_stranger=bool(user.get("is_stranger")),
        is_bot=bool(user.get("is_bot")),
        is_deleted=bool(user.get("deleted")),
    )


def _zone_of(profile: Profile | None) -> ZoneInfo | None:
    if profile is None or not profile.zone:
        return None
    try:
        return ZoneInfo(profile.zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # OSError: a name that is a folder of the zone data
        return None
