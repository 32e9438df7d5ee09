"""The last that Slack said of each person, for when it says nothing. Addresses of people are not kept."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from bot.errors import StoreUnavailable
from bot.model import Person, Profile, folded
from bot.store.dialect import upsert
from bot.store.engine import Database
from bot.store.schema import micros, people

log = structlog.get_logger(__name__)

_UTC: Final = ZoneInfo("UTC")
_FACTS = ("zone", "name", "is_guest", "is_stranger", "is_bot", "is_deleted", "is_found")


class Profiles:
    """Never raises for a store in trouble: what cannot be read is not known, what cannot be written is asked again."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def last_known(self, user_id: str) -> Profile | None:
        try:
            async with self._database.read() as connection:
                wanted = select(people).where(people.c.user_id == user_id)
                row = (await connection.execute(wanted)).one_or_none()
        except (StoreUnavailable, SQLAlchemyError) as error:
            log.warning("profiles cannot be read", reason=str(error))
            return None
        if row is None:
            return None
        return Profile(user_id, frozenset(row.teams.split()), **{fact: getattr(row, fact) for fact in _FACTS})

    async def called(self, name: str, *, ever: bool = False) -> Sequence[Person]:
        """People who bear this whole name; where there is none, those whose first name it is. Active ones, or `ever`
        active ones."""
        wanted = select(people.c.user_id, people.c.name).where(people.c.is_found, ~people.c.is_bot)
        wanted = wanted if ever else wanted.where(~people.c.is_deleted)
        try:
            async with self._database.read() as connection:
                rows = (await connection.execute(wanted.order_by(people.c.name))).all()
        except (StoreUnavailable, SQLAlchemyError) as error:
            log.warning("profiles cannot be read", reason=str(error))
            return ()
        known = [Person(row.user_id, "", _UTC, zone_is_known=False, name=row.name) for row in rows if row.name]
        whole = [each for each in known if folded(each.name) == folded(name)]
        return whole or [each for each in known if folded(each.name).split()[:1] == [folded(name)]]

    async def keep(self, profile: Profile, now: datetime) -> None:
        values = {fact: getattr(profile, fact) for fact in _FACTS}
        values |= {"teams": " ".join(sorted(profile.team_ids)), "seen_at": micros(now)}
        statement = upsert(people).values(user_id=profile.user_id, **values)
        try:
            async with self._database.write() as connection:
                await connection.execute(
                    statement.on_conflict_do_update(index_elements=[people.c.user_id], set_=values)
                )
        except (StoreUnavailable, SQLAlchemyError) as error:
            log.warning("a profile cannot be kept", reason=str(error))
