"""Which tenant a bound channel means by a name: the one that bore it first, whoever takes the name later.

Customers choose their names, so a channel for “Acme Corp” alone must not show another tenant that calls itself so.
Works on a connection inside somebody else's transaction.
"""

from collections.abc import Iterable
from dataclasses import replace

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.alerting.routing import names_to_bind
from bot.model import Routing, Tenant, folded
from bot.store.dialect import among
from bot.store.schema import bound_names, tenants


async def bound(connection: AsyncConnection, routing: Routing, met: Iterable[Tenant] = ()) -> Routing:
    """The routing with the tenants that its names mean. A name that means none yet means the first of `met` with it."""
    wanted = names_to_bind(routing)
    if not wanted:
        return routing
    rows = await connection.execute(select(bound_names).where(among(bound_names.c.name, sorted(wanted))))
    meant = {row.name: Tenant(row.tenant_id, row.tenant_uuid) for row in rows}
    for tenant in met:
        name = folded(tenant.name)
        if name in wanted and name not in meant and (tenant.id or tenant.uuid):
            meant[name] = Tenant(tenant.id, tenant.uuid)
            new = {"name": name, "tenant_id": tenant.id, "tenant_uuid": tenant.uuid}
            await connection.execute(insert(bound_names).values(new))
    return replace(routing, meant=meant)


async def known_tenants(connection: AsyncConnection) -> list[Tenant]:
    """All that the copy knows, the one that was met first at the head."""
    wanted = select(tenants.c.id, tenants.c.uuid, tenants.c.name, tenants.c.locator).order_by(tenants.c.number)
    return [Tenant(*row) for row in await connection.execute(wanted)]
