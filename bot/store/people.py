"""The last that Slack said of each person, for when it says nothing. Addresses of people are not kept."""

from datetime import datetime

import structlog
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from bot.errors import StoreUnavailable
from bot.model import Profile
from bot.store.dialect import upsert
from bot.store.engine import Database
from bot.store.schema import micros, people

log = structlog.get_logger(__name__)

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
