"""A statement that was compiled for one driver."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ClauseElement, Dialect


class JsonList(str):
    """A list as one parameter. Its type tells it from text that is JSON by chance."""

    __slots__ = ()


class DriverStatement(ABC):
    """`columns` are the values that an insert takes, in the order of its rows."""

    @abstractmethod
    def __init__(self, statement: ClauseElement, dialect: Dialect, columns: list[str] | None) -> None: ...

    @abstractmethod
    async def many(self, driver: Any, rows: Sequence[tuple[Any, ...]]) -> None:
        """Once for each row."""

    @abstractmethod
    async def rows(self, driver: Any, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        """Once; returns the rows. A list among the values goes to an `each_of`."""
