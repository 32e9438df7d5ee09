"""Statuses, workloads and agents → our nouns (acronis-plans §2, §3, §9). What is of the wrong shape reads as absent.

Each `make_…` gives what one item of a list stands for: nothing for a group, else one noun. Raises Malformed where it
has no id.
"""

from collections.abc import Iterator
from typing import Annotated, Any

from bot.acronis.convert import Malformed
from bot.acronis.fields import NAME_LENGTH, Else, Flag, Moment, Snake, Text, folded_id, inside, when
from bot.model.plans import AgentStatus, PolicyRuns, WorkloadFacts, WorkloadStatus

_MOST_RUNS = 50  # policy types on one workload
_MOST_SPACES = 200  # namespaces of attributes
_MOST_ATTRIBUTES = 2000
_FARTHEST = 14 * 60  # minutes from UTC to any zone
_AGENT, _ZONE = "agent", "tz_offset"


class RawRuns(Snake):
    """The guide's spelling of a time, and the specification's."""

    type: Text = ""
    last_run: Moment = None
    last_run_time: Moment = None
    last_success_run: Moment = None
    last_success_run_time: Moment = None
    next_run: Moment = None
    next_run_time: Moment = None
    next_enable_time: Moment = None


class RawResource(Snake):
    id: Text = ""
    type: Text = ""
    name: Text = ""
    user_defined_name: Text = ""
    tenant_id: Text = ""
    tenant_name: Text = ""
    agent_id: Text = ""
    is_group: Flag = None
    created_at: Moment = None
    updated_at: Moment = None
    deleted_at: Moment = None
    attributes: Any = None


class RawStatus(RawResource):
    """The resource stands in `context`, or is the item itself."""

    context: Annotated[RawResource | None, Else(None)] = None
    status: Text = inside("aggregate", "status")
    names: Text = inside("aggregate", "names")
    state: Text = inside("aggregate", "running", "state")
    policies: Annotated[list[Annotated[RawRuns | None, Else(None)]] | None, Else(None)] = None


class RawAgent(Snake):
    id: Text = ""
    hostname: Text = ""
    name: Text = ""
    tenant_id: Text = ""
    tenant: Text = inside("tenant", "id")
    online: Flag = None
    enabled: Flag = None


def make_status(raw: RawStatus, account: str) -> tuple[WorkloadStatus, ...]:
    resource = raw.context or raw
    if _is_group(resource):
        return ()
    return (
        WorkloadStatus(
            account=account,
            id=own_id(resource.id),
            type=resource.type[:NAME_LENGTH],
            name=_name(resource),
            tenant_id=folded_id(resource.tenant_id),
            tenant_name=resource.tenant_name[:NAME_LENGTH],
            agent_id=folded_id(resource.agent_id),
            status=word(raw.status),
            execution=word(raw.state),
            plan_names=raw.names[:NAME_LENGTH],
            created_at=when(resource.created_at),
            updated_at=when(resource.updated_at),
            runs=tuple(_runs(each) for each in (raw.policies or ())[:_MOST_RUNS] if each and each.type),
        ),
    )


def make_workload(raw: RawResource, account: str) -> tuple[WorkloadFacts, ...]:
    if _is_group(raw):
        return ()
    return (
        WorkloadFacts(
            account=account,
            id=own_id(raw.id),
            name=_name(raw),
            tenant_id=folded_id(raw.tenant_id),
            zone_minutes=_zone(raw.attributes),
            updated_at=when(raw.updated_at),
            deleted_at=when(raw.deleted_at),
        ),
    )


def make_agent(raw: RawAgent, account: str) -> tuple[AgentStatus, ...]:
    return (
        AgentStatus(
            account=account,
            id=own_id(raw.id),
            name=(raw.hostname or raw.name or raw.id)[:NAME_LENGTH],
            tenant_id=folded_id(raw.tenant or raw.tenant_id),
            is_online=raw.online,
            is_enabled=raw.enabled,
        ),
    )


def own_id(text: str) -> str:
    """The id of the item itself. Raises Malformed where there is none."""
    found = folded_id(text)
    if not found:
        raise Malformed("it has no id")
    return found


def word(text: str) -> str:
    """One of Acronis's words, known or not."""
    return text[:NAME_LENGTH].strip().lower()


def _runs(raw: RawRuns) -> PolicyRuns:
    return PolicyRuns(
        type=raw.type[:NAME_LENGTH],
        last_run_at=when(raw.last_run_time, raw.last_run),
        last_good_at=when(raw.last_success_run_time, raw.last_success_run),
        next_run_at=when(raw.next_run_time, raw.next_run),
        enabled_again_at=when(raw.next_enable_time),
    )


def _is_group(raw: RawResource) -> bool:
    """Acronis was asked to leave groups out; it does not always."""
    return bool(raw.is_group) or raw.type.startswith("resource.group.")


def _name(raw: RawResource) -> str:
    return (raw.user_defined_name or raw.name or raw.id)[:NAME_LENGTH]


def _zone(attributes: Any) -> int | None:
    """Minutes ahead of UTC, by the agent's own namespace first."""
    found = dict(_zones(attributes))
    return found.get(_AGENT, next(iter(found.values()), None))


def _zones(attributes: Any) -> Iterator[tuple[str, int]]:
    for space in _listed(attributes)[:_MOST_SPACES]:
        if not isinstance(space, dict):
            continue
        for pair in _listed(space.get("kvs"))[:_MOST_ATTRIBUTES]:
            if isinstance(pair, dict) and pair.get("key") == _ZONE:
                minutes = _minutes(pair.get("value"))
                if minutes is not None:
                    yield str(space.get("name"))[:NAME_LENGTH], minutes


def _listed(value: Any) -> list[Any]:
    """A list, bare or as `items`."""
    inner = value.get("items") if isinstance(value, dict) else value
    return inner if isinstance(inner, list) else []


def _minutes(value: Any) -> int | None:
    """From a number, its text, or a list that holds one of them."""
    one = value[0] if isinstance(value, list) and value else value
    if isinstance(one, bool) or not isinstance(one, int | float | str):
        return None
    try:
        found = float(one[:NAME_LENGTH] if isinstance(one, str) else one)
    except (ValueError, OverflowError):
        return None
    return int(found) if abs(found) <= _FARTHEST else None
