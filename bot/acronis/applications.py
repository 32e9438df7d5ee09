"""Plans on workloads → our nouns (acronis-plans §5): snake case, lists in lists.

Everything that is of the wrong shape reads as absent; only the ids and the type must be there.
"""

from typing import Annotated, Any

from pydantic import ValidationError, model_validator

from bot.acronis.fields import NAME_LENGTH, Else, Flag, Moment, Rate, Snake, Text, folded_id, inside, when
from bot.model import Application

_LONGEST_TYPE = 256
_MOST_PARENTS = 20
_MOST_INNER = 1000  # policies of one plan on one workload


class RawApplication(Snake):
    """`last_run_time` has two spellings, `progress` is a number or its text."""

    policy_id: Text = inside("policy", "id")
    policy_type: Text = inside("policy", "type")
    policy_name: Text = inside("policy", "name")
    parent_ids: Annotated[list[Text] | None, Else(None)] = inside("policy", "parent_ids", default=None)
    context_id: Text = inside("context", "id")
    enabled: Flag = None
    is_licensed: Flag = None
    status: Text = ""
    state: Text = inside("running", "state")
    progress: Rate = inside("running", "progress", default=None)
    deployment: Text = inside("deployment", "state")
    last_run_time: Moment = None
    last_runtime: Moment = None
    last_success_time: Moment = None
    last_success_run_time: Moment = None
    next_run_time: Moment = None
    next_run: Moment = None
    event_id: Text = inside("most_severe_status_event", "id")
    event_type: Text = inside("most_severe_status_event", "type")
    event_severity: Text = inside("most_severe_status_event", "severity")


class RawApplications(Snake):
    """An item of the list: those of one plan. The guide's sample is a flat list; the service sends a list for each."""

    inner: list[Any]

    @model_validator(mode="before")
    @classmethod
    def _of_item(cls, item: Any) -> dict[str, list[Any]]:
        return {"inner": item if isinstance(item, list) else [item]}


def make_applications(raw: RawApplications) -> tuple[Application | None, ...]:
    """None for each that cannot be used."""
    return tuple(map(_application, raw.inner[:_MOST_INNER]))


def _application(item: Any) -> Application | None:
    try:
        raw = RawApplication.model_validate(item)
    except ValidationError:
        return None
    policy_id, context_id = folded_id(raw.policy_id), folded_id(raw.context_id)
    if not (policy_id and context_id and 0 < len(raw.policy_type) <= _LONGEST_TYPE):
        return None
    is_running = raw.status.lower() == "running"
    return Application(
        policy_id=policy_id,
        policy_type=raw.policy_type,
        context_id=context_id,
        parent_ids=tuple(filter(None, map(folded_id, (raw.parent_ids or ())[:_MOST_PARENTS]))),
        policy_name=raw.policy_name[:NAME_LENGTH],
        is_enabled=raw.enabled,
        is_licensed=raw.is_licensed,
        deployment=raw.deployment[:NAME_LENGTH].lower(),
        execution="running" if is_running else raw.state[:NAME_LENGTH].lower(),
        percent=min(int(raw.progress), 100) if raw.progress is not None else None,
        last_run_at=when(raw.last_run_time, raw.last_runtime),
        last_good_at=when(raw.last_success_time, raw.last_success_run_time),
        next_run_at=when(raw.next_run_time, raw.next_run),
        event_id=folded_id(raw.event_id),
        event_type=raw.event_type[:NAME_LENGTH],
        event_severity=raw.event_severity[:NAME_LENGTH].lower(),
    )
