"""Which runs were asked for lately: none is asked for again that this or another process asked for a moment ago."""

from datetime import datetime, timedelta

from sqlalchemy import or_, select, update

from bot.store.dialect import current, upsert
from bot.store.engine import Database
from bot.store.schema import leases, micros

_MICROSECOND = timedelta(microseconds=1)


class RunRequests:
    """They lie among the leases: each is held by nobody, and keeps others away for a while.

    `key` says what is run. All raise StoreUnavailable: what cannot be written down is not to be asked for.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, key: str, now: datetime, length: timedelta) -> bool:
        """False where one was added that still counts. This one counts for `length`."""
        async with self._database.write() as connection:
            at = await current(connection, micros(now))
            row = {"name": _name(key), "holder": "", "until": at + length // _MICROSECOND}
            over = or_(leases.c.until < at, leases.c.until > row["until"])  # the latter by a clock that was ahead
            added = (
                upsert(leases).values(row).on_conflict_do_update(index_elements=[leases.c.name], set_=row, where=over)
            )
            return await connection.scalar(added.returning(leases.c.name)) is not None

    async def count_for(self, key: str, now: datetime, length: timedelta) -> None:
        """It counts for so long from now on."""
        async with self._database.write() as connection:
            until = await current(connection, micros(now)) + length // _MICROSECOND
            await connection.execute(update(leases).where(leases.c.name == _name(key)).values(until=until))

    async def remove(self, key: str) -> None:
        """Nothing was started."""
        async with self._database.write() as connection:
            await connection.execute(leases.delete().where(leases.c.name == _name(key)))

    async def counts(self, key: str, now: datetime, length: timedelta) -> bool:
        """Whether one was added that still counts, for `length` at most."""
        async with self._database.read() as connection:
            at = await current(connection, micros(now))
            lasting = leases.c.until.between(at, at + length // _MICROSECOND)
            return (
                await connection.scalar(select(leases.c.name).where(leases.c.name == _name(key), lasting)) is not None
            )


def _name(key: str) -> str:
    return f"run {key}"
