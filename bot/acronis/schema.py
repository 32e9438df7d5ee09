"""Acronis's JSON and times as they come (reference §8, §10): which fields we read, and how much of each must be right.

Owns the pydantic models. They hold text and numbers only; `convert` makes our nouns of them. Three grades of
strictness: type, state and result decide what a record means, so one that is of the wrong shape makes the item
malformed; everything else that is of the wrong shape reads as absent; fields we do not know are skipped.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Annotated, Any, Generic, TypeVar

import httpx
from pydantic import AliasPath, BaseModel, ConfigDict, Field, GetCoreSchemaHandler, StrictInt, StrictStr
from pydantic.alias_generators import to_camel
from pydantic_core import CoreSchema, core_schema

R = TypeVar("R")
_SIGNED_64 = 2**63


@dataclass(frozen=True, slots=True)
class Else:
    """What a field reads as where its value has the wrong shape. pydantic does it in its own core: it costs nothing."""

    value: object

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.with_default_schema(handler(source), default=self.value, on_error="default")


Text = Annotated[str, Else("")]
Word = Annotated[str | None, Field(max_length=256)]
Id = Annotated[StrictInt | Annotated[StrictStr, Field(max_length=128)] | None, Else(None)]
Moment = Annotated[StrictStr | None, Else(None)]
Flag = Annotated[bool | None, Else(None)]
Count = Annotated[int | None, Field(ge=0, lt=_SIGNED_64), Else(None)]
Rate = Annotated[float | None, Field(ge=0, allow_inf_nan=False), Else(None)]


def inside(*path: str, default: object = "") -> Any:
    """A field that stands deeper in the record. `default` is what it reads as where it does not stand there."""
    return Field(default=default, validation_alias=AliasPath(*path))


class Raw(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, coerce_numbers_to_str=True, extra="ignore")


class RawTenant(Raw):
    id: Text = ""
    uuid: Text = ""
    name: Text = ""
    locator: Text = ""


class RawNamed(Raw):
    """A resource or a policy."""

    id: Text = ""
    type: Text = ""
    name: Text = ""


class RawContext(Raw):
    """Written by whoever issued the task, without a contract (reference §10)."""

    title: Text = ""
    is_root: Flag = Field(default=None, alias="IsProcessRoot")
    parent: Text = Field(default="", alias="parentUUID")
    backup_plan_id: Text = Field(default="", alias="BackupPlanID")
    backup_plan_name: Text = Field(default="", alias="BackupPlanName")
    plan_name: Text = Field(default="", alias="PlanName")
    machine_name: Text = Field(default="", alias="MachineName")
    persistent_name: Text = inside("Persistent", "Name")
    run_mode: Text = ""
    activity_type: Text = ""
    suite: Text = ""
    policy_id: Text = ""
    policy_name: Text = ""
    resource_id: Text = ""
    resource_name: Text = ""


class RawLink(Raw):
    """One link of an error chain; it ends with `{}` (new) or null (old). Up to 17 were seen."""

    text: Text = ""
    suberror: Annotated["RawLink | None", Else(None)] = None


class RawFault(Raw):
    """A domainError, in today's shape and in that of 2019 (`reason`, `cause`, `effect`, `serCode`, `origin`)."""

    domain: Text = ""
    code: Text = ""
    reason: Text = ""
    message: Text = ""
    cause: Text = ""
    effect: Text = ""
    ser_code: Text = ""
    origin: Annotated[RawLink | None, Else(None)] = None
    context_cause: Text = inside("context", "cause_str")
    context_effect: Text = inside("context", "effect_str")
    context_source: Annotated[RawLink | None, Else(None)] = inside("context", "_src", default=None)
    debug_message: Text = inside("debug", "msg")
    link_code: Text = inside("kbLink", "serCode")


class RawResult(Raw):
    code: Word = None
    error: Annotated[RawFault | None, Else(None)] = None
    warnings: Annotated[list[Annotated[RawFault | None, Else(None)]] | None, Else(None)] = None


class RawProgress(Raw):
    total: Count = None
    current: Count = None
    bytes_processed: Count = None
    bytes_saved: Count = None
    processing_speed: Rate = None
    left_time: Text = ""


class RawSolution(Raw):
    key: Text = ""


class RawBlocker(Raw):
    issue: Text = inside("issue", "key")
    possible_solutions: Annotated[list[Annotated[RawSolution | None, Else(None)]] | None, Else(None)] = None


class RawRecord(Raw):
    id: Id = None
    id_string: Id = None
    uuid: Text = ""
    type: Word = None
    state: Word = None
    started_by_user: Text = ""
    tenant: Annotated[RawTenant | None, Else(None)] = None
    resource: Annotated[RawNamed | None, Else(None)] = None
    policy: Annotated[RawNamed | None, Else(None)] = None
    context: Annotated[RawContext | None, Else(None)] = None
    progress: Annotated[RawProgress | None, Else(None)] = None
    result: RawResult | None = None
    updated_at: Moment = None
    started_at: Moment = None
    completed_at: Moment = None


class RawTask(RawRecord):
    enqueued_at: Moment = None
    assigned_at: Moment = None
    assign_count: Count = None
    cancel_requested: Flag = None
    blockers: Annotated[list[Annotated[RawBlocker | None, Else(None)]] | None, Else(None)] = None


class RawActivity(RawRecord):
    task_id: Id = None
    task_id_string: Id = None
    parent_activity_id: Id = None
    parent_activity_id_string: Id = None
    created_at: Moment = None


class RawEnvelope(Raw, Generic[R]):
    """A list answer. The service puts `cursors` inside `paging`, the specification at the top: both are read."""

    items: list[R] | None = None
    paging: Any = None
    cursors: Any = None
    size: Any = None
    time_stamp: Any = None
    inner_after: Text = inside("paging", "cursors", "after")
    outer_after: Text = inside("cursors", "after")

    @property
    def after(self) -> str:
        return self.inner_after or self.outer_after


# ── times ──


def moment(text: str | None) -> datetime | None:
    """The time in UTC, cut to microseconds; None for null, "", Go's zero time and what is no time at all.

    Acronis writes RFC 3339 with 0 to 9 fraction digits (reference §14.14); a time without a zone is taken as UTC.
    """
    if not text:
        return None
    try:
        at = datetime.fromisoformat(text)
        if at.tzinfo is not UTC:
            at = _in_utc(at)
    except (ValueError, OverflowError):
        return None
    return at if at.year > 1 else None


def stamp(at: datetime) -> str:
    """RFC 3339 in UTC with `Z`; a fraction only where there is one, so that a filter reads as the guide writes it."""
    return at.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"


def served_at(response: httpx.Response) -> datetime | None:
    return _http_date(response.headers.get("Date", ""))


def retry_after(response: httpx.Response) -> float | None:
    """Seconds to wait, 0 or more, from a Retry-After in seconds or as a date; None where there is none to read."""
    text = response.headers.get("Retry-After", "").strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    at = _http_date(text)
    if at is None:
        return None
    return max((at - (served_at(response) or datetime.now(UTC))).total_seconds(), 0.0)


def _http_date(text: str) -> datetime | None:
    try:
        return _in_utc(parsedate_to_datetime(text))
    except (ValueError, OverflowError, TypeError):  # TypeError: what the standard library says to "" in some versions
        return None


def _in_utc(at: datetime) -> datetime:
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
