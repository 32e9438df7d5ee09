"""What a job may write: its transactions begin with a look whether the lease that it works under is still its own.

A job runs in a task of its own. What it writes is guarded wherever it is written, and nothing has to be handed on.
"""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from sqlalchemy.ext.asyncio import AsyncConnection

Guard = Callable[[AsyncConnection], Awaitable[None]]
"""Raises LeaseLost where the writer may not write any more."""

_GUARD: ContextVar[Guard | None] = ContextVar("guard", default=None)


@contextmanager
def guarded(guard: Guard | None) -> Iterator[None]:
    """All that this task writes meanwhile begins with `guard`. None: no guard of who started the task holds here."""
    token = _GUARD.set(guard)
    try:
        yield
    finally:
        _GUARD.reset(token)


async def check_guard(connection: AsyncConnection) -> None:
    if (guard := _GUARD.get()) is not None:
        await guard(connection)
