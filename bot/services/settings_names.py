"""Names in the settings against the copy: what `python -m bot check` warns of, a line each.

A route, a target or a bound channel whose name nobody bears never fits, and nobody would notice.
"""

from collections.abc import Iterator
from typing import Final

from bot.model import NameField, NameFilter, Routing, TaskQuery, folded
from bot.model.values import dataclass
from bot.services.names import nearest_name
from bot.store.copy.search import Questions

NO_COPY: Final = "Names: not compared, since the bot has no copy of this version yet. Start it, then check again."
_SORTS: Final = {
    NameField.TENANT: "tenant",
    NameField.MACHINE: "machine",
    NameField.PLAN: "plan",
    NameField.PERSON: "person",
    NameField.ANY: "tenant, machine, plan or person",
}


@dataclass(frozen=True, slots=True)
class _Named:
    """One pattern, and what of the settings names it."""

    where: str
    field: NameField
    pattern: str


async def warnings_of(routing: Routing, copy: Questions) -> list[str]:
    """The names that nobody bears, each with the nearest that somebody does; then channels bound to tenants by name."""
    if not await copy.known_names(NameField.TENANT):
        return [NO_COPY]
    named = list(_named(routing))
    borne = await copy.borne([NameFilter(each.field, (each.pattern,)) for each in named])
    lines = [await _unknown(each, copy) for each, is_borne in zip(named, borne, strict=True) if not is_borne]
    for channel, tenants in sorted(routing.bound.items()):
        lines += [line for name in sorted(tenants) if (line := await _bound(channel, name, copy))]
    return lines


def _named(routing: Routing) -> Iterator[_Named]:
    for route in routing.routes:
        yield from _of_match(f"route {route.name}", route.match)
    for target in routing.targets:
        yield from _of_match(f"the target of {target.within.total_seconds() / 3600:g} h", target.match)
    for zone in routing.zones:
        yield from _of_match(f"the zone {zone.zone}", zone.match)


def _of_match(where: str, match: TaskQuery) -> Iterator[_Named]:
    for names in match.names:
        if names.field in _SORTS:
            yield from (_Named(where, names.field, pattern) for pattern in names.patterns)


async def _unknown(each: _Named, copy: Questions) -> str:
    near = await nearest_name(each.pattern, await copy.known_names(each.field))
    offer = f" Did you mean “{near}”?" if near else ""
    return f"Warning: {each.where} names the {_SORTS[each.field]} “{each.pattern}”, and nobody bears that name.{offer}"


async def _bound(channel: str, name: str, copy: Questions) -> str:
    """Customers choose their names, and may choose another's: an id is sure."""
    wanted = folded(name)
    if wanted.isdecimal():
        return ""
    if "*" in wanted:
        return f"Warning: channel {channel} shows every tenant that calls itself “{name}”. Name their ids."
    bearers = await copy.tenants_called(name)
    if not bearers:
        return await _unknown(_Named(f"channel {channel}", NameField.TENANT, name), copy)
    first, *others = bearers
    if others:
        also = ", ".join(each.id for each in others)
        told = f"Warning: channel {channel} names “{name}”, and {len(bearers)} tenants bear that name"
        return f"{told}: {first.id}, {also}. Name the id."
    is_id = wanted == folded(first.uuid)
    return "" if is_id else f"Channel {channel} names “{name}”, and names change hands. Its id is sure: {first.id}."
