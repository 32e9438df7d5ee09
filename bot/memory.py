"""Keeps the process small where glibc hands out memory: what is freed goes back to the machine.

A page of tasks is read as one block of a megabyte and freed again. By itself glibc learns from that to keep such
blocks, and the heap between them falls apart over the hours (mallopt(3): setting a threshold ends its adjustment).
"""

from typing import Final

_TRIM_THRESHOLD: Final = -1
_MMAP_THRESHOLD: Final = -3
_ARENA_MAX: Final = -8
_LARGE: Final = 128 * 1024
"""Bytes: what is as large is a mapping of its own, and gone when it is freed. glibc's own first value."""
_ARENAS: Final = 2
"""The loop's thread and the database's: more only hold more."""


def keep_small() -> bool:
    """Whether the allocator took it; another one than glibc's is left as it is."""
    import ctypes  # noqa: PLC0415  5 ms that a start does not wait for

    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError):
        return False
    wanted = ((_MMAP_THRESHOLD, _LARGE), (_TRIM_THRESHOLD, _LARGE), (_ARENA_MAX, _ARENAS))
    took = [mallopt(option, value) == 1 for option, value in wanted]
    return all(took)
