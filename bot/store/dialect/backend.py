"""What `engine` asks of a database, whichever it is."""

from contextlib import AbstractContextManager
from typing import Protocol

from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.errors import StoreUnavailable
from bot.store.faults import Fault


class Backend(Protocol):
    """`name` is what people are told, `note` what an operator should know. `errors` are the driver's, and those of
    SQLAlchemy. `is_shared`: it serves many processes.

    `is_older`: an older copy was put back, until `accept`.
    """

    name: str
    note: str
    is_shared: bool
    errors: tuple[type[Exception], ...]
    writer: AsyncEngine
    reader: AsyncEngine
    is_older: bool

    def hold(self) -> None:
        """Holds the database for this process, where one database serves one process."""

    def release(self) -> None:
        """Lets go of it, once every connection is closed."""

    def is_there(self) -> bool:
        """False where a connection would find no database."""

    def fault_of(self, error: Exception) -> Fault | None:
        """What is wrong with the database, None where the fault is another one: a statement's, or ours."""

    def unavailable(self, fault: Fault) -> StoreUnavailable:
        """The error for it, in words."""

    def missing(self) -> Fault | None:
        """Whether it went away, seen without opening anything."""

    async def beat(self, connection: AsyncConnection) -> None:
        """One write of the smallest kind."""

    def mark(self) -> Fault | None:
        """Marks, beside the database, how far it has come. Returns what keeps it from that."""

    def doubt(self) -> Fault | None:
        """It turned out to be an older copy."""

    def accept(self) -> None:
        """What an older copy lacked was made good."""

    def migrating(self) -> AbstractContextManager[Connection]:
        """A transaction in which tables are made and changed, by one process at a time.

        Raises StoreUnavailable where the database cannot be used, or is damaged.
        """
