"""Who asks: a user's profile by Slack's users.info (zone, guest flags, workspaces), and the person it makes.

Owns how long a profile is good, and how long Slack may take to say who somebody is. Who may do what is `access`'s.
"""

import asyncio
import time
from collections.abc import Callable, Coroutine, Mapping
from datetime import datetime
from typing import Any, Protocol
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import structlog
from cachetools import TLRUCache
from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import NotPosted, SlackError
from bot.model import Clock, Person, Profile
from bot.slack.access import check_profile, check_sender
from bot.slack.fields import text
from bot.slack.requests import Sender
from bot.slack.sign_in import Identity
from bot.slack.web_api import RATE_LIMITED, call

log = structlog.get_logger(__name__)

ZONE_SECONDS = 1.0
GOOD_FOR = 3600.0
"""Seconds until a member is looked at again: one who was demoted or switched off keeps access no longer."""
REFUSED_FOR = 300.0
"""Seconds until one who is refused is looked at again: an admin may just have made a guest a member."""
LIMITED_FOR = 30.0
"""Seconds without a question to Slack after a 429 that names no time."""
LONGEST_LIMIT = 60.0
_NOT_FOUND = frozenset({"user_not_found", "user_not_visible", "users_not_found"})
_KEEPING_SECONDS = 1.0
_LONGEST_NAME = 80
"""Characters: Slack's own limit of a display name."""


class LastKnown(Protocol):
    """What Slack said before, kept over restarts. Neither raises."""

    async def last_known(self, user_id: str) -> Profile | None: ...
    async def keep(self, profile: Profile, now: datetime) -> None: ...


class People:
    """Asks once for many waiters, and remembers `capacity` people at most.

    Where Slack does not answer, the last that it said counts; `kept` has that. After a 429 nobody is asked for until
    its time is over. `patience` is how long Slack may take, in seconds.
    """

    def __init__(
        self,
        client: AsyncWebClient,
        kept: LastKnown,
        clock: Clock,
        *,
        patience: float = 4.0,
        capacity: int = 5_000,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client = client
        self._kept = kept
        self._clock = clock
        self._patience = patience
        self._monotonic = monotonic
        self._limited_until = 0.0
        self._profiles: TLRUCache[str, Profile] = TLRUCache(capacity, _good_until, timer=monotonic)
        self._lookups: dict[str, asyncio.Task[Profile | None]] = {}
        self._keeping: set[asyncio.Task[None]] = set()

    def look_up(self, user_id: str) -> asyncio.Future[Profile | None]:
        """Begins to look, if need be. The future is shared: wait for it, do not cancel it. None: Slack never said."""
        profile = self._profiles.get(user_id)
        if profile is not None:
            known: asyncio.Future[Profile | None] = asyncio.get_running_loop().create_future()
            known.set_result(profile)
            return known
        lookup = self._lookups.get(user_id)
        if lookup is None:
            lookup = self._lookups[user_id] = asyncio.create_task(self._find(user_id))
            lookup.add_done_callback(lambda _: self._lookups.pop(user_id, None))
        return lookup

    async def close(self) -> None:
        """Lets what was learned be written down, for a second."""
        lookups = list(self._lookups.values())
        for lookup in lookups:
            lookup.cancel()
        await asyncio.gather(*lookups, return_exceptions=True)
        if self._keeping:
            _, late = await asyncio.wait(self._keeping, timeout=_KEEPING_SECONDS)
            for each in late:
                each.cancel()

    async def _find(self, user_id: str) -> Profile | None:
        """What Slack says now, else what it said last."""
        try:
            profile = await self._ask(user_id)
        except SlackError as error:
            last = await self._kept.last_known(user_id)
            log.warning("slack did not say who a user is", user=user_id, code=error.code, known=last is not None)
            return last
        self._profiles[user_id] = profile
        self._keep(self._kept.keep(profile, self._clock.now()))
        return profile

    async def _ask(self, user_id: str) -> Profile:
        """Raises SlackError where Slack does not say, or was not asked."""
        if self._monotonic() < self._limited_until:
            raise NotPosted("Slack asked us to slow down.", code=RATE_LIMITED)
        try:
            answer = await call(self._client.users_info(user=user_id), self._patience)
        except SlackError as error:
            if error.code in _NOT_FOUND:
                return Profile(user_id, is_found=False)
            if isinstance(error, NotPosted) and error.code == RATE_LIMITED:
                self._limited_until = self._monotonic() + min(error.retry_after or LIMITED_FOR, LONGEST_LIMIT)
            raise
        user = answer.get("user")
        if not isinstance(user, Mapping) or not user:
            raise NotPosted("Slack's answer names nobody.", code="unreadable")
        return read_profile(user_id, user)

    def _keep(self, keeping: Coroutine[Any, Any, None]) -> None:
        """Nobody waits for it: the database may be busy."""
        task = asyncio.create_task(keeping)
        self._keeping.add(task)
        task.add_done_callback(self._keeping.discard)


def _good_until(_: str, profile: Profile, now: float) -> float:
    return now + (GOOD_FOR if profile.is_plain else REFUSED_FOR)


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
        return self._person(zone_of(profile), profile.name if profile else "")

    def _person(self, zone: ZoneInfo | None, name: str = "") -> Person:
        is_known = zone is not None
        return Person(self._sender.user_id, self._home.team_id, zone or self._zone, zone_is_known=is_known, name=name)


def read_profile(user_id: str, user: Mapping[str, Any]) -> Profile:
    """Reads the `user` object of users.info. In an Enterprise Grid a person belongs to several workspaces."""
    grid = user.get("enterprise_user")
    teams = [user.get("team_id"), *(grid.get("teams") or () if isinstance(grid, Mapping) else ())]
    return Profile(
        user_id=user_id,
        team_ids=frozenset(team for team in teams if isinstance(team, str)),
        zone=text(user, "tz"),
        name=_name_of(user),
        is_guest=bool(user.get("is_restricted") or user.get("is_ultra_restricted")),
        is_stranger=bool(user.get("is_stranger")),
        is_bot=bool(user.get("is_bot")),
        is_deleted=bool(user.get("deleted")),
    )


def _name_of(user: Mapping[str, Any]) -> str:
    """What people see in Slack: the display name, else the real one, else the handle. Cut, since people choose it."""
    paths = (("profile", "display_name"), ("profile", "real_name"), ("real_name",), ("name",))
    names = (text(user, *path) for path in paths)
    return next((name[:_LONGEST_NAME] for name in names if name.strip()), "")


def zone_of(profile: Profile | None) -> ZoneInfo | None:
    if profile is None or not profile.zone:
        return None
    try:
        return ZoneInfo(profile.zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # OSError: a name that is a folder of the zone data
        return None
