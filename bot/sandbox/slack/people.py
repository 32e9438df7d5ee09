"""Who and where: people and channels; every sandbox starts with those of `people.toml`."""

import tomllib
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from bot.sandbox.slack.calls import Json

TEAM = "T0SANDBOX"
OTHER_TEAM = "T0ELSEWHERE"
APP = "A0NIGHTSHIFT"
BOT_USER = "U0NIGHTSHIFT"
BOT = "B0NIGHTSHIFT"
ALERTS = "C0ALERTS"


@dataclass(slots=True)
class Person:
    """A user as `users.info` tells it. `restricted` is a guest, `ultra_restricted` one of a single channel."""

    id: str
    name: str
    real_name: str
    zone: str = "UTC"
    team: str = TEAM
    restricted: bool = False
    ultra_restricted: bool = False
    stranger: bool = False
    bot: bool = False
    deleted: bool = False

    def as_json(self, now: float) -> Json:
        """`now` in seconds since 1970 decides the offset of the zone."""
        there = datetime.fromtimestamp(now, UTC).astimezone(ZoneInfo(self.zone))
        offset = there.utcoffset()
        return {
            "id": self.id,
            "team_id": self.team,
            "name": self.name,
            "real_name": self.real_name,
            "deleted": self.deleted,
            "tz": self.zone,
            "tz_label": there.tzname(),
            "tz_offset": int(offset.total_seconds()) if offset else 0,
            "profile": {"real_name": self.real_name, "display_name": self.name, "team": self.team},
            **dict.fromkeys(("is_admin", "is_owner", "is_primary_owner", "is_app_user"), False),
            "is_restricted": self.restricted,
            "is_ultra_restricted": self.ultra_restricted,
            "is_bot": self.bot,
            "updated": int(now),
        } | ({"is_stranger": True} if self.stranger else {})


@dataclass(slots=True)
class Channel:
    """A channel, or a direct message where `direct_with` names the user. `member` says whether the bot is in it.

    `absent` are the people who are not in it; everybody else is.
    """

    id: str
    name: str
    member: bool = True
    private: bool = False
    archived: bool = False
    shared: bool = False
    direct_with: str = ""
    absent: set[str] = field(default_factory=set)

    @property
    def kind(self) -> str:
        """Slack's word in scopes: `im`, `groups` or `channels`."""
        if self.direct_with:
            return "im"
        return "groups" if self.private else "channels"

    def as_json(self) -> Json:
        if self.direct_with:
            return {"id": self.id, "is_im": True, "user": self.direct_with, "is_archived": self.archived}
        return {
            "id": self.id,
            "name": self.name,
            "name_normalized": self.name,
            "is_channel": not self.private,
            **dict.fromkeys(("is_im", "is_mpim", "is_general"), False),
            **dict.fromkeys(("is_group", "is_private"), self.private),
            **dict.fromkeys(("is_ext_shared", "is_shared"), self.shared),
            "is_archived": self.archived,
            "is_member": self.member,
            "context_team_id": TEAM,
        }


_FILE = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))


def some_people() -> list[Person]:
    return [Person(user, **person) for user, person in _FILE["people"].items()]


def some_channels() -> list[Channel]:
    return [Channel(place, **channel) for place, channel in _FILE["channels"].items()]
