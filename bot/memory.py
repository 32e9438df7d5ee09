"""Keeps the process small where glibc hands out memory: what is freed goes back to the machine.

A page of tasks is read as one block of a megabyte and freed again. By itself glibc learns from that to keep such
blocks, and the heap between them falls apart over the hours (mallopt(3): setting a threshold ends its adjustment).
Another allocator than glibc's is left as it is.
"""

from typing import Any, Final

_TRIM_THRESHOLD: Final = -1
_MMAP_THRESHOLD: Final = -3
_ARENA_MAX: Final = -8
_LARGE: Final = 128 * 1024
"""Bytes: what is as large is a mapping of its own, and gone when it is freed. glibc's own first value."""
_ARENAS: Final = 2
"""The loop's thread and the database's: more only hold more."""


def keep_small() -> bool:
    """Called before there are threads, each of which would take an arena. Returns whether the allocator took it."""
    wanted = ((_MMAP_THRESHOLD, _LARGE), (_TRIM_THRESHOLD, _LARGE), (_ARENA_MAX, _ARENAS))
    took = [_call("mallopt", option, value) == 1 for option, value in wanted]
    return all(took)


def give_back() -> None:
    """Gives back at once what was freed inside the heap: a start leaves holes that nothing fills."""
    _call("malloc_trim", 0)


def _call(name: str, *values: int) -> Any:
    import ctypes  # noqa: PLC0415  5 ms that other commands do without

    try:
        return getattr(ctypes.CDLL(None), name)(*values)
    except (AttributeError, OSError):
        return None
