"""What SQLAlchemy made of statements, kept once for all engines of a process. By itself each engine keeps its own."""

from typing import Any, Final

from sqlalchemy import Dialect
from sqlalchemy.util import LRUCache

_MOST: Final = 500  # SQLAlchemy's own bound for one engine


class _Compiled(LRUCache[tuple[Any, ...], Any]):
    """Each engine has a dialect object; here what was compiled for one serves all of its class."""

    def get(self, key: tuple[Any, ...], default: Any = None) -> Any:
        return super().get(_by_class(key), default)

    def __setitem__(self, key: tuple[Any, ...], value: Any) -> None:
        super().__setitem__(_by_class(key), value)


def _by_class(key: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(type(part) if isinstance(part, Dialect) else part for part in key)


COMPILED_ONCE: Final = {"compiled_cache": _Compiled(_MOST)}
"""For an engine's `execution_options`."""
