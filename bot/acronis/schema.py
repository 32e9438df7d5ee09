"""Acronis's records as they come (reference §8, §10): which fields we read, and how much of each must be right.

Owns the pydantic models. They hold text and numbers only; `convert` makes our nouns of them. Type and state decide what
a record means, so one that is of the wrong shape makes the item malformed. A result and an error of the wrong shape are
kept as they are. Everything else that is of the wrong shape reads as absent; fields we do not know are skipped.
"""

from typing import Annotated, Any, Generic, TypeVar

from pydantic import Field

from bot.acronis.fields import Count, Else, Flag, Id, Moment, Rate, Raw, Text, Word, inside
from bot.acronis.pieces import MOST_ITEMS

R = TypeVar("R")


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
    command_id: Text = Field(default="", alias="CommandID")
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


class RawResult(Raw, extra="allow"):
    code: Word = None
    error: Any = None  # `convert` reads it as a `RawFault`; what is of another shape may say the cause too
    warnings: Any = None


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
    executor: Text = inside("executor", "id")
    agent: Text = inside("affinity", "agentId")
    context: Annotated[RawContext | None, Else(None)] = None
    progress: Annotated[RawProgress | None, Else(None)] = None
    result: Any = None  # `convert` reads it as a `RawResult`: most say nothing but ok
    error: Any = None
    errors: Any = None
    message: Any = None
    warnings: Any = None
    context_error: Any = inside("context", "error", default=None)
    updated_at: Moment = None
    started_at: Moment = None
    completed_at: Moment = None


class RawTask(RawRecord):
    enqueued_at: Moment = None
    assigned_at: Moment = None
    assign_count: Count = None
    cancel_requested: Flag = None
    cancellable: Flag = None
    blockers: Annotated[list[Annotated[RawBlocker | None, Else(None)]] | None, Else(None)] = None


class RawActivity(RawRecord):
    task_id: Id = None
    task_id_string: Id = None
    parent_activity_id: Id = None
    parent_activity_id_string: Id = None
    created_at: Moment = None


class RawEnvelope(Raw, Generic[R]):
    """A list answer. The service puts `cursors` inside `paging`, the specification at the top: both are read."""

    items: Annotated[list[R], Field(max_length=MOST_ITEMS, fail_fast=True)] | None = None
    paging: Any = None
    cursors: Any = None
    size: Any = None
    time_stamp: Any = None
    inner_after: Text = inside("paging", "cursors", "after")
    outer_after: Text = inside("cursors", "after")

    @property
    def after(self) -> str:
        return self.inner_after or self.outer_after
