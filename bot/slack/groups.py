"""Who is in the user groups that `[[roles]]` names, by Slack's usergroups.users.list.

Owns how long members are good, and how long the last known ones count while Slack does not say. What a member may do is
`alerting.roles`'s.
"""

import asyncio
import time
from collections.abc import Callable, Collection
from typing import Final

import structlog
from cachetools import TTLCache
from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import NotPosted, SlackError
from bot.model import Membership
from bot.slack.web_api import RATE_LIMITED, call

log = structlog.get_logger(__name__)

GOOD_FOR: Final = 600.0
"""Seconds until a group's members are asked for again."""
LAST_KNOWN_FOR: Final = 3_600.0
"""Seconds for which the last known members count while Slack does not say who they are."""
AGAIN_AFTER: Final = 30.0
"""Seconds without a question after one that failed: a press must not wait for each."""
LONGEST_LIMIT: Final = 120.0
SCOPE_OF_GROUPS: Final = "usergroups:read"

UNKNOWN_GROUP: Final = frozenset({"no_such_subteam", "subteam_not_found", "no_such_usergroup"})
_NO_SCOPE: Final = (
    "User groups cannot be read: the bot token lacks the scope usergroups:read. Whoever runs the bot adds it."
)
_AWAY: Final = "User groups could not be read: Slack did not say who is in them. Try again in a minute."


class UserGroups:
    """Asks once for many waiters, one group after the other. `patience` is how many seconds all of them may take."""

    def __init__(
        self,
        client: AsyncWebClient,
        groups: Collection[str],
        *,
        patience: float = 3.0,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client = client
        self._groups = sorted(groups)
        self._patience = patience
        self._monotonic = monotonic
        room = max(len(self._groups), 1)
        self._fresh: TTLCache[str, frozenset[str]] = TTLCache(room, GOOD_FOR, timer=monotonic)
        self._last: TTLCache[str, frozenset[str]] = TTLCache(room, LAST_KNOWN_FOR, timer=monotonic)
        self._lookup: asyncio.Task[None] | None = None
        self._again_at = 0.0
        self._trouble = ""

    async def of(self, user_id: str) -> Membership:
        """Which of the groups the person is in, after `patience` at most. Never raises."""
        if any(group not in self._fresh for group in self._groups) and self._monotonic() >= self._again_at:
            if self._lookup is None or self._lookup.done():
                self._lookup = asyncio.create_task(self._look())
            await asyncio.wait({self._lookup})
        known = {group: members for group in self._groups if (members := self._members(group)) is not None}
        unsure = frozenset(self._groups).difference(known)
        mine = frozenset(group for group, members in known.items() if user_id in members)
        return Membership(mine, unsure, (self._trouble or _AWAY) if unsure else "")

    def _members(self, group: str) -> frozenset[str] | None:
        return self._fresh.get(group, self._last.get(group))

    async def _look(self) -> None:
        """All groups whose members are old. What was read before it fails is kept."""
        try:
            async with asyncio.timeout(self._patience):
                for group in self._groups:
                    if group not in self._fresh:
                        self._fresh[group] = self._last[group] = await self._ask(group)
        except (SlackError, TimeoutError) as error:
            code = error.code if isinstance(error, SlackError) else "no_answer"
            self._trouble = _NO_SCOPE if code == "missing_scope" else _AWAY
            asked = error.retry_after if isinstance(error, NotPosted) and code == RATE_LIMITED else None
            self._again_at = self._monotonic() + min(asked or AGAIN_AFTER, LONGEST_LIMIT)
            log.warning("slack did not say who is in a user group", code=code)
        else:
            self._trouble = ""

    async def _ask(self, group: str) -> frozenset[str]:
        """Raises SlackError where Slack does not say. A group that is not there, or is switched off, has nobody."""
        try:
            answer = await call(self._client.usergroups_users_list(usergroup=group), self._patience)
        except SlackError as error:
            if error.code in UNKNOWN_GROUP:
                return frozenset()
            raise
        users = answer.get("users")
        if not isinstance(users, list):
            raise NotPosted("Slack's answer names no members.", code="unreadable")
        return frozenset(user for user in users if isinstance(user, str))
