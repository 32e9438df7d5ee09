"""Pages of applications → our nouns (acronis-plans §5): snake case, lists in lists, and what is malformed set aside.

Everything that is of the wrong shape reads as absent; only the ids and the type must be there.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Annotated, Any

from pydantic import ConfigDict, ValidationError

from bot.acronis import pieces
from bot.acronis.fields import Else, Flag, Moment, Rate, Raw, Text, inside, moment
from bot.acronis.refusals import unreadable
from bot.model import Application

_NAME_LENGTH = 512
_LONGEST = 256  # characters of an id or a type
_MOST_PARENTS = 20
_MOST_INNER = 1000  # policies of one plan on one workload


class RawApplication(Raw):
    """`last_run_time` has two spellings, `progress` is a number or its text."""

    model_config = ConfigDict(alias_generator=None)

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


class _Paging(Raw):
    inner_after: Text = inside("paging", "cursors", "after")
    outer_after: Text = inside("cursors", "after")


@dataclass(frozen=True, slots=True)
class ApplicationPage:
    """One page as the server sent it. `malformed` counts what was set aside."""

    items: tuple[Application, ...]
    after: str
    malformed: int


def read_page(content: bytes) -> ApplicationPage:
    """Raises AcronisUnavailable where this is no list answer at all."""
    try:
        page = pieces.page(content)
    except ValueError as error:
        raise unreadable() from error
    items = page.get("items")
    if not isinstance(items, list | None) or (items is None and page and "items" not in page):
        raise unreadable()
    made = [_application(item) for item in _flat(items or [])]
    found, paging = tuple(filter(None, made)), _Paging.model_validate(page | {"items": None})
    return ApplicationPage(found, paging.inner_after or paging.outer_after, len(made) - len(found))


def _flat(items: list[Any]) -> Iterator[Any]:
    """The guide's sample is a flat list; the service sends a list for each plan."""
    return chain.from_iterable(item[:_MOST_INNER] if isinstance(item, list) else (item,) for item in items)


def _application(item: Any) -> Application | None:
    """None where it cannot be used."""
    try:
        raw = RawApplication.model_validate(item)
    except ValidationError:
        return None
    if not all(0 < len(text) <= _LONGEST for text in (raw.policy_id, raw.policy_type, raw.context_id)):
        return None
    is_running = raw.status.lower() == "running"
    return Application(
        policy_id=raw.policy_id,
        policy_type=raw.policy_type,
        context_id=raw.context_id,
        parent_ids=tuple(filter(None, raw.parent_ids or ()))[:_MOST_PARENTS],
        policy_name=raw.policy_name[:_NAME_LENGTH],
        is_enabled=raw.enabled,
        is_licensed=raw.is_licensed,
        deployment=raw.deployment[:_NAME_LENGTH].lower(),
        execution="running" if is_running else raw.state[:_NAME_LENGTH].lower(),
        percent=min(int(raw.progress), 100) if raw.progress is not None else None,
        last_run_at=moment(raw.last_run_time) or moment(raw.last_runtime),
    )
