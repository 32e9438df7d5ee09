"""The API's JSON as it comes (reference §8, §10): which fields we read, and how much of each must be right.

Owns the pydantic models. They hold text and numbers only; `convert` makes our nouns of them. Three grades of
strictness: type, state and result decide what a record means, so one that is of the wrong shape makes the item
malformed; everything else that is of the wrong shape reads as absent; fields we do not know are skipped.
"""

from dataclasses import dataclass
from typing import Annotated, Any, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field, GetCoreSchemaHandler, StrictInt, StrictStr
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


class RawPersistent(Raw):
    name: Text = Field(default="", alias="Name")


class RawContext(Raw):
    """Written by whoever issued the task, without a contract (reference §10)."""

    title: Text = ""
    is_root: Flag = Field(default=None, alias="IsProcessRoot")
    parent: Text = Field(default="", alias="parentUUID")
    backup_plan_id: Text = Field(default="", alias="BackupPlanID")
    backup_plan_name: Text = Field(default="", alias="BackupPlanName")
    plan_name: Text = Field(default="", alias="PlanName")
    machine_name: Text = Field(default="", alias="MachineName")
    persistent: Annotated[RawPersistent | None, Else(None)] = Field(default=None, alias="Persistent")
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


class RawFaultContext(Raw):
    cause: Text = Field(default="", alias="cause_str")
    effect: Text = Field(default="", alias="effect_str")
    source: Annotated[RawLink | None, Else(None)] = Field(default=None, alias="_src")


class RawKnowledge(Raw):
    ser_code: Text = ""


class RawDebug(Raw):
    msg: Text = ""


class RawFault(Raw):
    """A domainError, in today's shape and in that of 2019 (`reason`, `cause`, `effect`, `serCode`, `origin`)."""

    domain: Text = ""
    code: Text = ""
    reason: Text = ""
    message: Text = ""
    cause: Text = ""
    effect: Text = ""
    ser_code: Text = ""
    context: Annotated[RawFaultContext | None, Else(None)] = None
    debug: Annotated[RawDebug | None, Else(None)] = None
    kb_link: Annotated[RawKnowledge | None, Else(None)] = None
    origin: Annotated[RawLink | None, Else(None)] = None


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


class RawKey(Raw):
    key: Text = ""


class RawBlocker(Raw):
    issue: Annotated[RawKey | None, Else(None)] = None
    possible_solutions: Annotated[list[Annotated[RawKey | None, Else(None)]] | None, Else(None)] = None


class RawRecord(Raw):
    """What tasks and activities share."""

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


class RawCursors(Raw):
    after: Text = ""


class RawPaging(Raw):
    cursors: Annotated[RawCursors | None, Else(None)] = None


class RawEnvelope(Raw, Generic[R]):
    """A list answer. The service puts `cursors` inside `paging`, the specification at the top: both are read."""

    items: list[R] | None = None
    paging: Annotated[RawPaging | None, Else(None)] = None
    cursors: Annotated[RawCursors | None, Else(None)] = None
    size: Any = None
    time_stamp: Any = None

    @property
    def after(self) -> str:
        inner = self.paging.cursors if self.paging else None
        return (inner.after if inner else "") or (self.cursors.after if self.cursors else "")
