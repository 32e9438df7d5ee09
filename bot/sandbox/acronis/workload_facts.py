"""What the search language knows of a workload: the fields of plans §2.1. Of Microsoft's and Google's it knows few."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final

from bot.sandbox.acronis.fleet import Application, Resource, Standing
from bot.sandbox.acronis.schedules import zone_named
from bot.sandbox.acronis.search import Facts, Value
from bot.sandbox.acronis.times import SECOND

AGENT_VERSION: Final = "26.2.41000"
_PLANS: Final = {
    "protectedbyplan": "",
    "okbyplan": "ok",
    "warningbyplan": "warning",
    "errorbyplan": "error",
    "runningbyplan": "running",
}
"""How the plans stand that a field names; "": however they do."""
_STATES: Final = {"running": "backup", "interaction_required": "interactionRequired"}
_WORST: Final = ("error", "warning", "ok")
FIELDS: Final = {
    **dict.fromkeys(("name", "id", "resourceType", "tenant", "tenantId", "customerUuid"), "text"),
    **dict.fromkeys(("state", "status", "agentVersion", "email", "siteName", "url"), "text"),
    **dict.fromkeys(("protectedByPlan", "okByPlan", "warningByPlan", "errorByPlan", "runningByPlan"), "text"),
    **dict.fromkeys(("isOnline", "tzOffset", "licensedByMsft", "msftSignInBlocked"), "number"),
    **dict.fromkeys(("lastBackupTime", "lastBackupTryTime", "nextBackupTime"), "time"),
}
"""Each field that may be named, and what it holds."""


class WorkloadFacts:
    """`standing_word` says in the guide's word how a plan stands, `next_run` when it is due next (nanoseconds)."""

    def __init__(
        self, now: int, standing_word: Callable[[Standing], str], next_run: Callable[[Application, int], int | None]
    ) -> None:
        self._now, self._word, self._next_run = now, standing_word, next_run

    def of(self, one: Resource) -> Facts:
        return lambda field: (
            self._common(one, field)
            or (self._of_machine(one, field) if one.workload.is_machine else self._of_cloud(one, field))
        )

    def _common(self, one: Resource, field: str) -> Value:
        tenant = one.workload.tenant
        return {
            "name": one.workload.name,
            "id": one.workload.key,
            "resourcetype": one.workload.type.removeprefix("resource."),
            "tenant": tenant.name,
            "tenantid": tenant.number,
            "customeruuid": tenant.uuid,
        }.get(field)

    def _of_cloud(self, one: Resource, field: str) -> Value:
        if field == "email":
            return one.workload.name if "@" in one.workload.name else None
        if field in ("sitename", "url"):
            return one.workload.name if "sharepoint" in one.workload.kind.casefold() else None
        return {"licensedbymsft": 1, "msftsigninblocked": 0}.get(field) if one.workload.suite == "o365" else None

    def _of_machine(self, one: Resource, field: str) -> Value | Sequence[str]:
        found = [(each, each.seen(self._now)) for each in one.plans()]
        words = {self._word(standing) for _, standing in found}
        if field in _PLANS:
            wanted = _PLANS[field]
            named = (each.one.plan.name for each, standing in found if wanted in ("", self._word(standing)))
            return tuple(named)
        if field == "state":
            return next((state for word, state in _STATES.items() if word in words), "idle")
        if field == "status":
            return next((word for word in _WORST if word in words), "protected" if found else "notProtected")
        if field == "nextbackuptime":
            coming = (self._next_run(each, self._now) for each, _ in found)
            return min((at for at in coming if at is not None), default=None)
        if field in ("lastbackuptime", "lastbackuptrytime"):
            times = (standing.good if field == "lastbackuptime" else standing.last for _, standing in found)
            return max((at for at in times if at), default=None)
        return self._of_agent(one, field)

    def _of_agent(self, one: Resource, field: str) -> Value:
        if field == "isonline":
            return int(one.offline is None)
        if field == "tzoffset":
            return offset_of(one, self._now)
        return AGENT_VERSION if field == "agentversion" else None


def offset_of(one: Resource, now: int) -> int:
    """Minutes by which the machine's clock is ahead of UTC."""
    offset = datetime.fromtimestamp(now // SECOND, zone_named(one.workload.tenant.zone)).utcoffset()
    return int(offset.total_seconds()) // 60 if offset else 0
