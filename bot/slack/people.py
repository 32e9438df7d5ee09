"""Who a user is, by Slack's users.info: zone, guest flags, workspaces. Owns the cache; not who may what."""

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import structlog
from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import SlackError
from bot.model import Clock
from bot.slack.access import Profile
from bot.slack.web_api import call

log = structlog.get_logger(__name__)

_NOT_FOUND = frozenset({"user_not_found", "user_not_visible", "users_not_found"})


class People:
    """Asks once for many waiters. A plain profile is kept for `keep`, at most `capacity` of them.

    One that will be refused is not kept: an admin who makes a guest a member should not have to wait a day. `patience`
    is how long Slack may take, in seconds.
    """

    def __init__(
        self,
        client: AsyncWebClient,
        clock: Clock,
        *,
        patience: float = 4.0,
        keep: timedelta = timedelta(days=1),
        capacity: int = 5_000,
    ) -> None:
        self._client = client
        self._clock = clock
        self._patience = patience
        self._keep = keep
        self._capacity = capacity
        self._kept: dict[str, tuple[datetime, Profile]] = {}
        self._asking: dict[str, asyncio.Task[Profile | None]] = {}

    def look_up(self, user_id: str) -> asyncio.Future[Profile | None]:
        """Begins to look, if need be. The future is shared: wait for it, do not cancel it. None: Slack did not say."""
        kept = self._kept.get(user_id)
        if kept and self._clock.now() < kept[0]:
            known: asyncio.Future[Profile | None] = asyncio.get_running_loop().create_future()
            known.set_result(kept[1])
            return known
        asking = self._asking.get(user_id)
        if asking is None:
            asking = asyncio.create_task(self._ask(user_id))
            self._asking[user_id] = asking
            asking.add_done_callback(lambda _: self._asking.pop(user_id, None))
        return asking

    async def close(self) -> None:
        asking = list(self._asking.values())
        for task in asking:
            task.cancel()
        await asyncio.gather(*asking, return_exceptions=True)

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
            self._remember(profile)
        return profile

    def _remember(self, profile: Profile) -> None:
        self._kept.pop(profile.user_id, None)
        while len(self._kept) >= self._capacity:
            del self._kept[next(iter(self._kept))]
        self._kept[profile.user_id] = (self._clock.now() + self._keep, profile)


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
