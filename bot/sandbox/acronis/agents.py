"""The agents of the machines, as the Agent Manager lists them (plans §9): dates are RFC 1123 text. No HTTP in here."""

from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Final

from bot.sandbox.acronis.fleet import Resource
from bot.sandbox.acronis.pages import Ask, Raw, page
from bot.sandbox.acronis.shape import Shape
from bot.sandbox.acronis.times import SECOND
from bot.sandbox.acronis.world import World
from bot.sandbox.templates import Templates

_FILE: Final = Templates(__file__)


class Agents:
    """One may serve several machines."""

    def __init__(self, world: World, shape: Shape) -> None:
        self._fleet = world.fleet
        self._shape = shape

    def listing(self, ask: Ask) -> Raw:
        found = dict[str, Resource]()
        for one in self._fleet.visible(ask.locator):
            if one.workload.is_machine and one.deleted is None:
                found.setdefault(one.workload.agent, one)
        wanted = [one for one in found.values() if _is_wanted(ask, one)]
        return page(ask, wanted, _written, self._shape.agents_page)


def _is_wanted(ask: Ask, one: Resource) -> bool:
    tenant = one.workload.tenant
    return (
        ask.takes("id", one.workload.agent)
        and ask.takes("hostname", one.workload.host or one.workload.name)
        and ask.takes("tenant_id", tenant.number, tenant.uuid)
        and ask.takes("online", str(one.offline is None).lower())
    )


def _written(one: Resource) -> Raw:
    registered = format_datetime(datetime.fromtimestamp(one.created // SECOND, UTC))
    name = one.workload.host or one.workload.name
    return _FILE.fill("agent", workload=one.workload, name=name, online=one.offline is None, registered=registered)
