"""What the app's Home tab is drawn from: what is open, by who has it, tenants at risk, and how the bot is."""

from datetime import datetime
from enum import StrEnum

from bot.model.alerts import Alert
from bot.model.cards import OpenCount
from bot.model.health import HealthReport
from bot.model.history import Basis
from bot.model.tasks import Tenant
from bot.model.values import dataclass


class HomePart(StrEnum):
    """A part of a person's Home. Each open alert is in one of them: what the person took is theirs, snoozed or not."""

    FAILING = "failing"
    MINE = "mine"
    SNOOZED = "snoozed"


@dataclass(frozen=True, slots=True)
class AlertGroup:
    """Open alerts of one owner, "" for nobody, that are snoozed or not: how many, and the first few.

    Snoozed ones come in the order of their ends, the others with the critical first, then the newest. So many are about
    a run that was `missed`.
    """

    owner: str
    is_snoozed: bool
    count: OpenCount
    alerts: tuple[Alert, ...]
    missed: int = 0

    def part_for(self, user_id: str) -> HomePart:
        """The part of the person's Home that it belongs to."""
        if self.owner and self.owner == user_id:
            return HomePart.MINE
        return HomePart.SNOOZED if self.is_snoozed else HomePart.FAILING


@dataclass(frozen=True, slots=True)
class TenantRisk:
    """How many critical alerts of a tenant are open; of how many the last good backup is older than its target."""

    tenant: Tenant
    critical: int
    late: int


@dataclass(frozen=True, slots=True)
class OpenOverview:
    """All that is open. `at_risk` counts the tenants at risk; `tenants` are the worst of them."""

    groups: tuple[AlertGroup, ...] = ()
    tenants: tuple[TenantRisk, ...] = ()
    at_risk: int = 0

    @property
    def count(self) -> OpenCount:
        counts = [group.count for group in self.groups]
        return OpenCount(sum(each.size for each in counts), sum(each.critical for each in counts))


@dataclass(frozen=True, slots=True)
class Overview:
    """What every Home is drawn from. `ran` backups went well in the last 24 hours, the newest ended at `newest`; None
    where nobody counted, since something is open."""

    open: OpenOverview
    health: HealthReport
    basis: Basis
    ran: int | None = None
    newest: datetime | None = None
