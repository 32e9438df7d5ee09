"""What pure functions remember of the texts of tasks: the same come again on every page, and every night.

That saves a part of the work of a page and of the next ones. Over a whole fleet it would be tens of megabytes in which
nobody looks, so it is forgotten where it is much.
"""

from collections.abc import Callable
from functools import _lru_cache_wrapper, lru_cache
from typing import Any, Final, TypeVar

T = TypeVar("T")

MUCH: Final = 4_096
"""Entries of one function."""
_MOST: Final = 16_384  # 10,000 workloads come again every night
_ALL: Final[list["_lru_cache_wrapper[Any]"]] = []


def remembered(function: Callable[..., T]) -> "_lru_cache_wrapper[T]":
    """The function, which remembers its last answers until `forget`."""
    cached = lru_cache(_MOST)(function)
    _ALL.append(cached)
    return cached


def forget() -> None:
    """A page was read: what functions remember is given back where it is much."""
    for cached in _ALL:
        if cached.cache_info().currsize > MUCH:
            cached.cache_clear()
