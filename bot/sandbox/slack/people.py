"""Who and where: people and channels; every sandbox starts with those of `people.toml`."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from bot.sandbox.slack.calls import Json
from bot.sandbox.templates import Templates

TEAM = "T0SANDBOX"
OTHER_TEAM = "T0ELSEWHERE"
APP = "A0NIGHTSHIFT"
BOT_USER = "U0NIGHTSHIFT"
BOT = "B0NIGHTSHIFT"
ALERTS = "C0ALERTS"
FILE = Templates(__file__)


@dataclass(slots=True)
class Person:
    """A user as `users.info` tells it. `restricted` is a guest, `ultra_restricted` one of a single channel.
    Whose `zone` is "" told Slack none."""

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
        there = datetime.fromtimestamp(now, UTC).astimezone(ZoneInfo(self.zone or "UTC"))
        offset = there.utcoffset()
        seconds = int(offset.total_seconds()) if offset else 0
        return FILE.fill("person", person=self, label=there.tzname(), offset=seconds, now=int(now))


@dataclass(slots=True)
class Channel:
    """`direct_with` names the user of a direct message. The bot is a `member`; `absent` people are not in it."""

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
        return FILE.fill("direct" if self.direct_with else "channel", channel=self, public=not self.private)


@dataclass(slots=True)
class Group:
    """A user group as `usergroups.list` tells it. `switched_off` is in seconds since 1970, 0 while it is on.

    `users` are the ids of its members.
    """

    id: str
    handle: str
    name: str
    switched_off: int = 0
    users: list[str] = field(default_factory=list)

    def as_json(self, *, users: bool = False) -> Json:
        return FILE.fill("group", group=self, users=list(self.users) if users else [], count=len(self.users))
