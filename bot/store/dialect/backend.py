"""What `engine` asks of a database, whichever it is."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from typing import Protocol

from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.errors import StoreUnavailable
from bot.store.faults import Fault


class Backend(Protocol):
    """`name` is what people are told, `note` what an operator should know. `errors` are the driver's, and those of
    SQLAlchemy. `is_shared`: it serves many processes.

    All who write take turns by `writer`; by `aside` nobody waits, where many may write. `is_older`: an older copy
    was put back, until `accept`.
    """

    name: str
    note: str
    is_shared: bool
    errors: tuple[type[Exception], ...]
    writer: AsyncEngine
    aside: AsyncEngine
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

    def hurry(self) -> None:
        """The bot stops: nothing waits long for another program any more."""

    def missing(self) -> Fault | None:
        """Whether it went away, seen without opening anything."""

    async def beat(self, connection: AsyncConnection) -> None:
        """One write of the smallest kind."""

    async def notify(self, connection: AsyncConnection, text: str) -> None:
        """Tells it to all who take `notices`, once the transaction is committed."""

    def notices(self) -> AbstractAsyncContextManager[AsyncIterator[str]]:
        """What is told from now on, by a connection of its own, round what serves one transaction at a time."""

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
