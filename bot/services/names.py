"""The names that the copy knows, remembered for a minute, and whether a question names one of them."""

import asyncio
from datetime import datetime, timedelta
from typing import Final, Protocol

from bot.model import Clock, Invocation, NameField
from bot.services import naming

REMEMBERED: Final = timedelta(minutes=1)
_HELPING: Final = 1_000  # names searched at a time: the search holds the interpreter while it works


class Directory(Protocol):
    async def known_names(self, field: NameField, /) -> tuple[str, ...]: ...


class Names:
    def __init__(self, directory: Directory, clock: Clock) -> None:
        self._directory = directory
        self._clock = clock
        self._known: dict[NameField, tuple[datetime, tuple[str, ...]]] = {}

    async def check(self, invocation: Invocation, *, are_all: bool) -> None:
        """Raises UsageError at the first name that nobody has, with the nearest one.

        Where not all names are known yet (`are_all`), only one that is like a known name is doubted.
        """
        for mark in naming.marks_to_check(invocation):
            names = await self._names(mark.field)
            is_unknown = await asyncio.to_thread(naming.nobody_has, mark.pattern, names)
            if not (names and is_unknown):
                continue
            near = await _nearest(mark.pattern, names)
            if are_all or near:
                raise naming.unknown_name(invocation, mark, near, are_all=are_all)

    async def _names(self, field: NameField) -> tuple[str, ...]:
        now = self._clock.now()
        until, names = self._known.get(field, (now, ()))
        if now >= until:
            names = await self._directory.known_names(field)
            self._known[field] = now + REMEMBERED, names
        return names


async def _nearest(pattern: str, names: tuple[str, ...]) -> str:
    helpings = [names[start : start + _HELPING] for start in range(0, len(names), _HELPING)]
    best = [await asyncio.to_thread(naming.nearest, pattern, each) for each in helpings]
    return naming.nearest(pattern, [name for name in best if name])
