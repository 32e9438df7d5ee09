"""What may stand in nightshift.toml: one model, built when a file is read. Its fields are the file's sections."""

from collections.abc import Iterator
from datetime import time, timedelta
from typing import Annotated, Any, Final, TypeVar, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo

from bot.acronis import Timeouts
from bot.model import EVERY_FAILURE, Kind, Rules, Severity, TaskQuery
from bot.settings import fields

T = TypeVar("T")

_Seconds = Annotated[float, Field(gt=0, le=3600)]
_Days = Annotated[int, Field(ge=1, le=3650)]
_Hours = Annotated[float, Field(gt=0, le=24 * 366)]
_Name = Annotated[str, Field(min_length=1, max_length=64)]
_Given = Annotated[str, Field(min_length=1)]
_Few = Annotated[int, Field(ge=2, le=1000)]


class Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, defer_build=True)


class Acronis(Section):
    connect_seconds: _Seconds = 5.0
    read_seconds: _Seconds = 30.0
    write_seconds: _Seconds = 10.0
    pool_seconds: _Seconds = 10.0
    total_seconds: _Seconds = 60.0
    largest_mib: Annotated[int, Field(ge=1, le=1024)] = 64
    page_size: Annotated[int, Field(ge=1, le=500)] = 500
    console_url: fields.Console = "{dc}/ui/"

    def timeouts(self) -> Timeouts:
        return Timeouts(
            self.connect_seconds, self.read_seconds, self.write_seconds, self.pool_seconds, self.total_seconds
        )


class Account(Section):
    name: _Name
    url: fields.DataCentre
    client_id: _Given
    client_id_file: _Given | None = None
    client_secret: _Given
    client_secret_file: _Given | None = None
    console_url: fields.Console | None = None
    acting_client_id: _Given | None = None
    acting_client_id_file: _Given | None = None
    acting_client_secret: _Given | None = None
    acting_client_secret_file: _Given | None = None


class Poll(Section):
    overlap_minutes: Annotated[int, Field(ge=1, le=120)] = 5


class Events(Section):
    wake: bool = True


class QuietSection(Section):
    """What may have quiet hours."""

    quiet_hours: fields.Hours | None = None
    quiet_days: Annotated[tuple[fields.Day, ...], Field(strict=False, min_length=1)] | None = None
    zone: fields.Zone | None = None


class Alerts(QuietSection):
    fallback_channel: fields.Fallback = ""
    mention: fields.Mention = ""
    target_hours: _Hours = 48.0
    spare_runs: Annotated[int, Field(ge=0, le=10)] = 1


class RouteEntry(QuietSection):
    name: _Name
    match: fields.Match = EVERY_FAILURE
    channel: fields.Channel
    mention: fields.Mention = ""
    severities: Annotated[tuple[fields.Loudness, ...], Field(strict=False, min_length=1)] = tuple(Severity)
    goes_on: Annotated[bool, Field(alias="continue")] = False


class TargetEntry(Section):
    match: fields.TargetMatch
    hours: _Hours


class ZoneEntry(Section):
    match: fields.ZoneMatch
    zone: fields.Zone


class RoleEntry(Section):
    role: fields.RoleName
    who: Annotated[tuple[fields.Who, ...], Field(strict=False, min_length=1)]
    match: fields.RoleMatch = TaskQuery()


class ClimbEntry(Section):
    after_minutes: Annotated[int, Field(gt=0, le=7 * 24 * 60)]
    mention: fields.Mention = ""
    channel: fields.ToldChannel = ""
    person: fields.Person = ""
    hook: fields.Hook = ""
    hook_file: _Given | None = None
    match: fields.RoleMatch = TaskQuery()
    severities: Annotated[tuple[fields.Loudness, ...], Field(strict=False, min_length=1)] = (Severity.CRITICAL,)


class DigestEntry(Section):
    channel: fields.ToldChannel
    at: fields.ClockTime = time(8)
    days: Annotated[tuple[fields.Day, ...], Field(strict=False, min_length=1)] = tuple(range(7))
    zone: fields.Zone | None = None
    match: fields.RoleMatch = TaskQuery()


class CanaryEntry(Section):
    channel: fields.Fallback = ""
    at: fields.ClockTime = time(9)
    zone: fields.Zone | None = None


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


class Plans(Section):
    read: bool = True
    every_seconds: Annotated[int, Field(ge=10, le=24 * 3600)] = 900


class Missed(Section):
    grace_minutes: Annotated[float, Field(ge=0, le=7 * 24 * 60)] = 60.0


class Explain(Section):
    file: _Given = ""


class Keep(Section):
    run_days: _Days = 100
    other_days: _Days = 7


def _places(value: Any, info: ValidationInfo) -> dict[int, Any]:
    """The entries of a list by their places in the file. None stands in place of one that has a fault."""
    if not isinstance(value, list):
        raise ValueError(f"write it as [[{info.field_name}]]: there may be several")  # noqa: TRY004  pydantic collects
    return {place: entry for place, entry in enumerate(value) if entry is not None}


def _names(value: Any, info: ValidationInfo) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ValueError(f"write it as [{info.field_name}.C0123456789]: one section for each")  # noqa: TRY004
    return value


Several = Annotated[dict[int, T], BeforeValidator(_places)]  # `[[routes]]`: any number of sections
Named = Annotated[dict[str, T], BeforeValidator(_names)]  # `[channels.C0ACME]`: a section by each name


class Config(Section):
    acronis: Acronis = Field(default_factory=Acronis.model_construct)
    poll: Poll = Field(default_factory=Poll.model_construct)
    events: Events = Field(default_factory=Events.model_construct)
    alerts: Alerts = Field(default_factory=Alerts.model_construct)
    storm: Storm = Field(default_factory=Storm.model_construct)
    repeat: Repeat = Field(default_factory=Repeat.model_construct)
    plans: Plans = Field(default_factory=Plans.model_construct)
    missed: Missed = Field(default_factory=Missed.model_construct)
    canary: CanaryEntry = Field(default_factory=CanaryEntry.model_construct)
    explain: Explain = Field(default_factory=Explain.model_construct)
    keep: Keep = Field(default_factory=Keep.model_construct)
    types: dict[str, fields.TaughtKind] = Field(default_factory=dict[str, Kind])
    accounts: Several[Account] = Field(default_factory=dict[int, Account])
    routes: Several[RouteEntry] = Field(default_factory=dict[int, RouteEntry])
    targets: Several[TargetEntry] = Field(default_factory=dict[int, TargetEntry])
    zones: Several[ZoneEntry] = Field(default_factory=dict[int, ZoneEntry])
    roles: Several[RoleEntry] = Field(default_factory=dict[int, RoleEntry])
    climb: Several[ClimbEntry] = Field(default_factory=dict[int, ClimbEntry])
    digests: Several[DigestEntry] = Field(default_factory=dict[int, DigestEntry])
    channels: Named[Bound] = Field(default_factory=dict[str, Bound])

    def rules(self) -> Rules:
        return Rules(
            overlap=timedelta(minutes=self.poll.overlap_minutes),
            keep_runs=timedelta(days=self.keep.run_days),
            keep_rest=timedelta(days=self.keep.other_days),
            target=timedelta(hours=self.alerts.target_hours),
            storm_threshold=self.storm.threshold,
            storm_window=timedelta(seconds=self.storm.window_seconds),
            storm_restores=self.storm.restores,
            platform_tenants=self.storm.platform_tenants,
            repeat_after=timedelta(minutes=self.repeat.after_minutes),
            repeat_factor=self.repeat.factor,
            repeat_most=self.repeat.most,
            missed_grace=timedelta(minutes=self.missed.grace_minutes),
        )


def _models() -> Iterator[tuple[str, type[Section]]]:
    for name, field in Config.model_fields.items():
        for each in (field.annotation, *get_args(field.annotation)):
            if isinstance(each, type) and issubclass(each, Section):
                yield name, each


SECTIONS: Final = dict(_models())  # of a section or of its entries. `[types]` has none: its names are free

SETTINGS: Final = {
    section: tuple(field.alias or name for name, field in SECTIONS[section].model_fields.items())
    if section in SECTIONS
    else ()
    for section in Config.model_fields
}
"""The settings of each section, as they are written."""

SECRETS: Final = {
    section: tuple(name.removesuffix("_file") for name in names if name.endswith("_file"))
    for section, names in SETTINGS.items()
}
"""The settings of each section that may stand in a file of their own, which `…_file` names."""
