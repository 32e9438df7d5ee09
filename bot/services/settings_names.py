"""Names in the settings against the copy: what `python -m bot check` warns of, a line each.

A route, a target or a bound channel whose name nobody bears never fits, and nobody would notice.
"""

import asyncio
from collections.abc import Iterator, Sequence
from typing import Final

from bot.model import NameField, NameFilter, Routing, TaskQuery, folded
from bot.model.values import dataclass
from bot.store.copy.search import Questions

NO_COPY: Final = "Names: not compared, since the bot has no copy of this version yet. Start it, then check again."
_LIKE: Final = 60.0  # of 100: less alike is another name
_BEST: Final = 5
_AT_ONCE: Final = 1_000  # names searched at a time: the search holds the interpreter while it works
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
    near = await _likest(each.pattern, await copy.known_names(each.field))
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


async def _likest(pattern: str, names: Sequence[str]) -> str:
    """The name most like the pattern, however far: settings are mended at a desk. "" where none is alike."""
    parts = [names[start : start + _AT_ONCE] for start in range(0, len(names), _AT_ONCE)]
    best = [await asyncio.to_thread(_likest_of, pattern, each) for each in parts]
    return _likest_of(pattern, [name for name in best if name])


def _likest_of(pattern: str, names: Sequence[str]) -> str:
    from rapidfuzz import fuzz, process, utils  # noqa: PLC0415  only a name that nobody has needs it
    from rapidfuzz.distance import JaroWinkler  # noqa: PLC0415

    typed = pattern.replace("*", " ")
    found = process.extract(
        typed, names, scorer=fuzz.WRatio, processor=utils.default_process, score_cutoff=_LIKE, limit=_BEST
    )
    typed = folded(typed)
    return max((name for name, _, _ in found), key=lambda each: JaroWinkler.similarity(typed, folded(each)), default="")
