"""What people ask about what Acronis says beyond its tasks."""

from collections.abc import Collection

from sqlalchemy import select

from bot.model.plans import ApiAccess, KnownWorkload, PlanPolicy
from bot.model.running import BACKUP_POLICY
from bot.store.engine import Database
from bot.store.plans.facts import ACCESS, facts_of
from bot.store.plans.writers import NOT_READ
from bot.store.schema import api_access, policies


class PlanBook:
    """Raises StoreUnavailable where the database cannot be read."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def facts(self, account: str, ids: Collection[str]) -> dict[str, KnownWorkload]:
        """As `facts_of`."""
        async with self._database.read() as connection:
            return await facts_of(connection, account, ids)

    async def accesses(self, accounts: Collection[str]) -> tuple[ApiAccess, ...]:
        """How each API of these accounts stands that was ever asked, in the order of the accounts."""
        wanted = select(*ACCESS.columns).where(api_access.c.account.in_(accounts)).order_by(api_access.c.api)
        async with self._database.read() as connection:
            found = [ACCESS.decode(row) for row in await connection.execute(wanted)]
        return tuple(each for account in accounts for each in found if each.account == account)

    async def unread_schedules(self, accounts: Collection[str]) -> tuple[PlanPolicy, ...]:
        """The policies that are in use and have a schedule which cannot be read. Each bears its plan's name."""
        root = policies.alias("root")
        columns, names = policies.c, ("account", "id", "root_id", "type", "name")
        wanted = (
            select(*(columns[name] for name in names), root.c.name, columns.why_unknown)
            .outerjoin_from(policies, root, (root.c.account == columns.account) & (root.c.id == columns.root_id))
            .where(columns.account.in_(accounts), columns.gone_at.is_(None), columns.is_enabled)
            .where(columns.why_unknown.not_in(("", NOT_READ)), columns.type.startswith(BACKUP_POLICY))
            .order_by(root.c.name, columns.id)
        )
        async with self._database.read() as connection:
            rows = await connection.execute(wanted)
            return tuple(PlanPolicy(*row[:4], name=row[5] or row[4], why_unknown=row[6]) for row in rows)
