"""People whom an alert is handed to: found by id, or by the name that Slack showed of them before."""

import asyncio
from collections.abc import Sequence
from typing import Protocol
from zoneinfo import ZoneInfo

from bot.model import Person
from bot.slack.access import check_colleague
from bot.slack.people import People, zone_of
from bot.slack.sign_in import Identity


class Known(Protocol):
    """What Slack said before. Does not raise."""

    async def called(self, name: str, *, ever: bool = False) -> Sequence[Person]: ...


class SlackColleagues:
    """`zone` stands in for one that Slack does not say."""

    def __init__(self, people: People, known: Known, home: Identity, zone: ZoneInfo) -> None:
        self._people = people
        self._known = known
        self._home = home
        self._zone = zone

    async def find(self, user_id: str) -> Person:
        """Raises `AccessDenied` where the person can have no alert."""
        looked_up = self._people.look_up(user_id)
        await asyncio.wait({looked_up})
        profile = looked_up.result()
        check_colleague(self._home, profile, profile.name if profile and profile.name else user_id)
        zone = zone_of(profile)
        name = profile.name if profile else ""
        return Person(user_id, self._home.team_id, zone or self._zone, zone_is_known=zone is not None, name=name)

    async def called(self, name: str, *, ever: bool = False) -> Sequence[Person]:
        return await self._known.called(name, ever=ever)
