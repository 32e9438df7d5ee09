"""The sections of nightshift.toml, as they are written. What several settings mean together is checked in `routes`."""

from datetime import timedelta
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, RootModel

from bot.acronis import Timeouts
from bot.language import parse_match
from bot.model import Severity
from bot.settings.words import (
    Channel,
    Console,
    DataCentre,
    Day,
    Fallback,
    Hours,
    Loudness,
    Match,
    Mention,
    TargetMatch,
    TaughtKind,
    Zone,
)

CONSOLE = "{dc}/ui/"

_Seconds = Annotated[float, Field(gt=0, le=3600)]
_Days = Annotated[int, Field(ge=1, le=3650)]
_Hours = Annotated[float, Field(gt=0, le=24 * 366)]
_Name = Annotated[str, Field(min_length=1, max_length=64)]
_Given = Annotated[str, Field(min_length=1)]
_Few = Annotated[int, Field(ge=2, le=1000)]


class Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Acronis(Section):
    connect_seconds: _Seconds = 5.0
    read_seconds: _Seconds = 30.0
    write_seconds: _Seconds = 10.0
    pool_seconds: _Seconds = 10.0
    page_size: Annotated[int, Field(ge=1, le=500)] = 500
    console_url: Console = CONSOLE

    def timeouts(self) -> Timeouts:
        return Timeouts(
            connect=self.connect_seconds, read=self.read_seconds, write=self.write_seconds, pool=self.pool_seconds
        )


class Account(Section):
    name: _Name
    url: DataCentre
    client_id: _Given
    client_secret: _Given
    console_url: Console | None = None


class Poll(Section):
    overlap_minutes: Annotated[int, Field(ge=1, le=120)] = 5


class Quieted(Section):
    """What may have quiet hours."""

    quiet_hours: Hours | None = None
    quiet_days: Annotated[tuple[Day, ...], Field(strict=False, min_length=1)] | None = None
    zone: Zone | None = None


class Alerts(Quieted):
    fallback_channel: Fallback = ""
    mention: Mention = ""
    target_hours: _Hours = 26.0


class RouteEntry(Quieted):
    name: _Name
    match: Match = Field(default_factory=lambda: parse_match(""))
    channel: Channel
    mention: Mention = ""
    severities: Annotated[tuple[Loudness, ...], Field(strict=False, min_length=1)] = tuple(Severity)
    goes_on: Annotated[bool, Field(alias="continue")] = False


class TargetEntry(Section):
    match: TargetMatch
    hours: _Hours

    @property
    def within(self) -> timedelta:
        return timedelta(hours=self.hours)


class Bound(Section):
    tenants: Annotated[tuple[_Name, ...], Field(strict=False, min_length=1)]


class Storm(Section):
    threshold: _Few = 5
    window_seconds: Annotated[float, Field(ge=1, le=3600)] = 120.0
    restores: _Few = 3
    platform_tenants: _Few = 5


class Repeat(Section):
    after_minutes: Annotated[float, Field(ge=0, le=7 * 24 * 60)] = 30.0
    factor: Annotated[float, Field(ge=1, le=10)] = 2.0
    most: Annotated[int, Field(ge=0, le=100)] = 6


class Explain(Section):
    file: Annotated[str, Field(min_length=1)] = ""


class Keep(Section):
    run_days: _Days = 100
    other_days: _Days = 7


class Types(RootModel[dict[str, TaughtKind]]):
    model_config = ConfigDict(frozen=True)
    root: dict[str, TaughtKind] = {}
