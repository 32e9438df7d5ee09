"""Plans → our nouns (acronis-plans §4): a root and its parts, with their schedules. Knows no HTTP.

An item holds `policy`, a list or one object, or is a policy itself. `context.items` are the workloads it is on.
"""

from collections.abc import Sequence
from typing import Annotated, Any

from bot.acronis.fields import NAME_LENGTH, Else, Flag, Moment, Snake, Text, folded_id, inside, when
from bot.acronis.schedules import Timing, timing_of
from bot.model.plans import PlanPolicy
from bot.model.running import BACKUP_POLICY

_MOST_PARTS = 200  # of one plan
_MOST_WORKLOADS = 10_000  # Acronis lists 100
_NO_TIMING = Timing()


class RawPolicy(Snake):
    id: Text = ""
    type: Text = ""
    name: Text = ""
    tenant_id: Text = ""
    enabled: Flag = None
    parent_ids: Annotated[list[Text] | None, Else(None)] = None
    settings: Any = None
    updated_at: Moment = None


class RawPlan(RawPolicy):
    policy: Any = None
    context: Any = inside("context", "items", default=None)


def make_plan(raw: RawPlan, account: str) -> tuple[PlanPolicy | None, ...]:
    """The root and the parts of one plan, None for each that has no id or no type."""
    parts = _parts(raw)
    found = {folded_id(part.id): part for part in parts if part}
    contexts = _workloads(raw.context)
    return tuple(_policy(part, found, contexts, account) if part else None for part in parts)


def _policy(raw: RawPolicy, plan: dict[str, RawPolicy], contexts: tuple[str, ...], account: str) -> PlanPolicy | None:
    own = folded_id(raw.id)
    if not own or not raw.type:
        return None
    root = next(filter(None, map(folded_id, raw.parent_ids or ())), own)
    above = plan.get(root, raw)
    timing = timing_of(raw.settings) if raw.type.lower().startswith(BACKUP_POLICY) else _NO_TIMING
    return PlanPolicy(
        account=account,
        id=own,
        root_id=root,
        type=raw.type[:NAME_LENGTH],
        name=raw.name[:NAME_LENGTH],
        tenant_id=folded_id(raw.tenant_id or above.tenant_id),
        is_enabled=raw.enabled is not False and above.enabled is not False,
        schedule=timing.schedule,
        why_unknown=timing.why_unknown,
        retry=timing.retry,
        most_days=timing.most_days,
        updated_at=when(raw.updated_at, above.updated_at),
        context_ids=contexts,
    )


def _parts(raw: RawPlan) -> Sequence[RawPolicy | None]:
    if raw.policy is None:
        return (raw,)
    many = raw.policy if isinstance(raw.policy, list) else [raw.policy]
    return tuple(RawPolicy.model_validate(each) if isinstance(each, dict) else None for each in many[:_MOST_PARTS])


def _workloads(raw: Any) -> tuple[str, ...]:
    """From ids, or from objects that hold one."""
    many = raw if isinstance(raw, list) else []
    ids = (each.get("id") if isinstance(each, dict) else each for each in many[:_MOST_WORKLOADS])
    return tuple(dict.fromkeys(found for each in ids if isinstance(each, str) and (found := folded_id(each))))
