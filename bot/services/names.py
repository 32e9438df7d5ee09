"""Names in a question that nobody has, and the nearest one that exists. Ids and types are left alone."""

import asyncio
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from cachetools import TTLCache

from bot.errors import UsageError
from bot.language import KnownNames, is_alone, near_names
from bot.model import Clock, Invocation, Mark, NameField, NameFilter, cleaned, pattern_fits
from bot.store.copy.search import Questions

REMEMBERED: Final = timedelta(minutes=1)
_CALLED: Final = {
    NameField.TENANT: "No tenant is called",
    NameField.MACHINE: "No machine is called",
    NameField.PLAN: "No plan is called",
    NameField.PERSON: "Nobody is called",
    NameField.ANY: "Nothing is called",
}
_KINDS: Final = (NameField.TENANT, NameField.MACHINE, NameField.PLAN)
_ID = re.compile(r"[0-9]+|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_MADE_UP: Final = {
    "SRV-SQL01": NameField.MACHINE,
    "Acme Corp": NameField.TENANT,
    "Acme": NameField.TENANT,
    "Nightly": NameField.PLAN,
}
_NOTHING: Final = frozenset[str]()
_SHORT = 20
_EASY = re.compile(r"\w[\w.&+-]*(?: [\w.&+-]+)*")
_NO_WORD = re.compile(r"[^\W\d](?:[^\W\d]|\.)*[0-9-][\w.-]*")
"""A name that is no word of the language, so it needs no quotes."""
_QUOTES = "\"'“”„‟‘’‚«»"
_UNTYPABLE = re.compile(r" *[^\w .,:;@#&+/()-]+ *|^ +| +$|  +")
_LONGEST_EXAMPLE = 160
_SHOWN = 80
_AT_ONCE = 1_000  # names searched at a time: the search holds the interpreter while it works


class Names:
    """Remembers the copy's names for a minute."""

    def __init__(self, copy: Questions, clock: Clock) -> None:
        self._copy = copy
        self._known: TTLCache[NameField, tuple[str, ...], datetime] = TTLCache(len(NameField), REMEMBERED, clock.now)
        self._fresh: TTLCache[str, KnownNames, datetime] = TTLCache(1, REMEMBERED, clock.now)
        self._given: tuple[dict[NameField, tuple[str, ...]], dict[str, tuple[str, ...]]] = ({}, {})
        self._index = KnownNames({})
        self._above: Mapping[str, frozenset[str]] = {}

    def others(self, names: Sequence[NameFilter]) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """Each known name that is asked for whole, with the longer names that are not meant, where there are any.

        A tenant that lies below one that is asked for is meant. Only names that were read already are looked at.
        """
        asked = [(each, whole) for each in names if not each.leaves_out for whole in each.wholes]
        found = ((whole, tuple(self._not_meant(each, whole))) for each, whole in asked)
        return tuple((whole, others) for whole, others in found if others)

    def _not_meant(self, asked: NameFilter, whole: str) -> Iterator[str]:
        for known in self._index.longer(whole, asked.field):
            if not (asked.is_whole(known.name) or self._above.get(known.name, _NOTHING).intersection(asked.within)):
                yield known.name

    async def index(self) -> KnownNames:
        """The names of tenants, machines and plans, for the language. It is made anew where they have changed."""
        if "index" not in self._fresh:
            names = {field: await self._of(field) for field in _KINDS}
            given = (names, await self._ids())
            if given != self._given:
                causes = self._copy.cause_words()
                self._given, self._index = given, await asyncio.to_thread(KnownNames, *given, causes)
                self._above = await self._tenants_above()
            self._fresh["index"] = self._index
        return self._index

    async def examples(self) -> dict[str, str]:
        """By the made-up names of our examples, names of the same kind that are short and easily typed."""
        found: dict[str, str] = {}
        for made_up, field in _MADE_UP.items():
            name = next((each for each in await self._of(field) if len(each) <= _SHORT and _EASY.fullmatch(each)), "")
            if name:
                found[made_up] = name if _NO_WORD.fullmatch(name) else f'"{name}"'
        return found

    async def _ids(self) -> dict[str, tuple[str, ...]]:
        """The ids of tenants by their names."""
        ids: dict[str, set[str]] = {}
        for tenant in await self._copy.tenants():
            if tenant.id:
                ids.setdefault(tenant.name, set()).add(tenant.id)
        return {name: tuple(sorted(each)) for name, each in ids.items()}

    async def _tenants_above(self) -> dict[str, frozenset[str]]:
        """The ids of the tenants on the way from the root to each tenant, by its name."""
        above: dict[str, frozenset[str]] = {}
        for tenant in await self._copy.tenants():
            above[tenant.name] = above.get(tenant.name, _NOTHING) | frozenset(filter(None, tenant.locator.split("/")))
        return above

    async def _of(self, field: NameField) -> tuple[str, ...]:
        names = self._known.get(field)
        if names is None:
            names = self._known[field] = await self._copy.known_names(field)
        return names

    async def settled(self, names: Sequence[NameFilter]) -> tuple[NameFilter, ...]:
        """Names of any kind that only one kind bears are of that kind."""
        asked = [replace(each, field=field) for each in names if each.field is NameField.ANY for field in _KINDS]
        borne = dict(zip(asked, await self._copy.borne(asked), strict=True)) if asked else {}
        found: list[NameFilter] = []
        for each in names:
            kinds = [of for field in _KINDS if borne.get(of := replace(each, field=field))]
            found.append(kinds[0] if each.field is NameField.ANY and len(kinds) == 1 else each)
        return tuple(found)

    async def check(self, invocation: Invocation, *, are_all: bool) -> None:
        """Raises UsageError at a name that nobody has, with the nearest; without one only where `are_all` known."""
        for mark in _marks(invocation):
            names = await self._of(mark.field)
            if not names or await asyncio.to_thread(any, (pattern_fits(mark.pattern, name) for name in names)):
                continue
            near = await nearest_name(mark.pattern, names)
            if are_all or near:
                raise unknown_name(invocation, mark, near, are_all=are_all)


def unknown_name(invocation: Invocation, mark: Mark, near: str, *, are_all: bool = True) -> UsageError:
    """The error points at the name, offers the nearest, and has the whole command with it."""
    so_far = "" if are_all else ", as far as the bot has read"
    offer = f" Did you mean “{_short(near)}”?" if near else ""
    told = f"{_CALLED[mark.field]} “{_short(mark.pattern)}”{so_far}.{offer}"
    example = _example(invocation.text, mark, near) if near else ""
    offers = (example.removeprefix("/tasks "),) if example else ()
    return UsageError(
        told, text=invocation.text, offset=mark.offset, length=mark.length, example=example, offers=offers
    )


def _example(text: str, mark: Mark, near: str) -> str:
    """`*`, which fits any characters, stands for what is not easily typed. "" where nothing else is left."""
    before, after = text[: mark.offset], text[mark.offset + mark.length :]
    name = _UNTYPABLE.sub("*", cleaned(near))
    if not re.search(r"\w", name):
        return ""
    is_quoted = bool(before and after) and before[-1] in _QUOTES and after[0] in _QUOTES
    quote = "" if is_quoted else '"'
    command = f"/tasks {before}{quote}{name}{quote}{after}".strip()
    return command if len(command) <= _LONGEST_EXAMPLE else ""


def _short(name: str) -> str:
    return name if len(name) <= _SHOWN else f"{name[: _SHOWN - 1]}…"


def _marks(invocation: Invocation) -> Iterator[Mark]:
    """The names in a question that somebody must have, or it finds nothing."""
    names = invocation.query.names if invocation.query else ()
    wanted = {(each.field, pattern) for each in names if not each.leaves_out for pattern in each.patterns}
    for mark in invocation.marks:
        if (mark.field, mark.pattern) in wanted and mark.field in _CALLED and not _ID.fullmatch(mark.pattern):
            yield mark


async def nearest_name(pattern: str, names: Sequence[str]) -> str:
    """The name that a slip made this pattern of; "" where none is near, or two are as near."""
    typed = pattern.replace("*", "")
    parts = [names[start : start + _AT_ONCE] for start in range(0, len(names), _AT_ONCE)]
    found = [await asyncio.to_thread(near_names, typed, each) for each in parts]
    near = sorted((each for part in found for each in part), key=lambda each: -each[1])
    return near[0][0] if is_alone([like for _, like in near]) else ""
