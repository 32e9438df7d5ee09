"""Which of Slack's deliveries were taken, by their keys: a process that starts anew does not take them again."""

from datetime import datetime, timedelta

import structlog
from sqlalchemy.exc import SQLAlchemyError

from bot.errors import StoreUnavailable
from bot.store.dialect import upsert
from bot.store.engine import Database
from bot.store.schema import deliveries, micros

log = structlog.get_logger(__name__)

KEPT = timedelta(hours=1)
"""Outlives Slack's last repetition of an event (6 minutes) and the age at which a signature is refused (5)."""


class Deliveries:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def claim(self, key: str, now: datetime) -> bool:
        """Whether `key` is new. Where the store is in trouble it counts as new: people get their answers."""
        taken = upsert(deliveries).values(key=key, at=micros(now)).on_conflict_do_nothing().returning(deliveries.c.key)
        try:
            async with self._database.write() as connection:
                return await connection.scalar(taken) is not None
        except (StoreUnavailable, SQLAlchemyError) as error:
            log.warning("a delivery cannot be written down", reason=str(error))
            return True
