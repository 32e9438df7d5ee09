"""How work is spread over the processes that share it. Pure."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Moves:
    """What a process takes of what is free, gives back at once, and leaves as soon as nothing is at work there."""

    take: tuple[str, ...] = ()
    give_back: tuple[str, ...] = ()
    leave: tuple[str, ...] = ()


def target(owner: str, holders: Mapping[str, str], members: Collection[str], size: int) -> int:
    """How many of `size` pieces of work `owner` is to hold: every member holds the same number, or one more.

    `holders` says who holds each piece that is held. Who holds more already keeps the one more, so that nothing moves
    which need not.
    """
    counts = dict.fromkeys((*members, owner), 0)
    for holder in holders.values():
        if holder in counts:
            counts[holder] += 1
    everyone = sorted(counts, key=lambda each: (-counts[each], each))
    least, left = divmod(size, len(everyone))
    return least + (everyone.index(owner) < left)


def moves(
    owner: str,
    holders: Mapping[str, str],
    members: Collection[str],
    *,
    pieces: Collection[str],
    free: Iterable[str],
    busy: Collection[str] = (),
) -> Moves:
    """What `owner` does to hold its share of `pieces`: those of `free` that it has room for, else what is too many.

    What is idle goes first; `busy` pieces are left as soon as they are idle.
    """
    mine = sorted(name for name, holder in holders.items() if holder == owner)
    room = target(owner, holders, members, len(pieces)) - len(mine)
    if room >= 0:
        return Moves(take=tuple(sorted(free)[:room]))
    idle = [name for name in mine if name not in busy]
    at_work = [name for name in mine if name in busy]
    return Moves(give_back=tuple(idle[:-room]), leave=tuple(at_work[: -room - len(idle[:-room])]))
