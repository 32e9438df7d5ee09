"""The alerts that Acronis itself raises about the pretend world, and when they go again (plans §7). No HTTP in here.

A good run of the same plan and workload dismisses those that it disproves.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final

from bot.sandbox.acronis.catalog import Plan, Tenant, Workload, guid_of
from bot.sandbox.acronis.causes import error_of
from bot.sandbox.acronis.fleet import GOOD, Application, Fleet
from bot.sandbox.acronis.runs import Run
from bot.sandbox.acronis.times import DAY, SECOND
from bot.sandbox.templates import Templates

_FILE: Final = Templates(__file__)
SEVERITIES: Final = ("ok", "information", "warning", "error", "critical")
QUOTA: Final = "cti.a.p.am.alert.v1.0~a.p.backup.quota.exceeded.v1.0"
OFFLINE: Final = "MachineOffline30"
_OFFLINE_AFTER: Final = 30 * DAY
# The severity of each; that of most is not published
KNOWN: Final = {
    "BackupFailed": "critical",
    "BackupCanceled": "warning",
    "BackupDidNotStart": "warning",
    "BackupStatusUnknown": "warning",
    "BackupNotResponding": "warning",
    "NoBackupForXDays": "warning",
    "PlanDeploymentFailed": "error",
    "AgentAutoUpdateFailed": "warning",
    "M365ApplicationConsentRequired": "error",
    OFFLINE: "warning",
    QUOTA: "error",
}
_MONITORING: Final = (OFFLINE, "AgentAutoUpdateFailed")
_STAYS: Final = ("PlanDeploymentFailed", "AgentAutoUpdateFailed", OFFLINE)
_DISPROVED: Final = tuple(kind for kind in KNOWN if kind not in _STAYS)


@dataclass(slots=True)
class Alert:
    """Times are unix nanoseconds; `deleted` is when it was dismissed."""

    id: str
    type: str
    severity: str
    category: str
    created: int
    updated: int
    tenant: Tenant
    plan: Plan | None
    workload: Workload | None
    details: dict[str, Any] = field(default_factory=dict[str, Any])
    deleted: int | None = None
    false_positive: bool = False


class AlertBook:
    """All alerts, dismissed ones too, oldest first."""

    def __init__(self, fleet: Fleet) -> None:
        self._fleet = fleet
        self._alerts: dict[str, Alert] = {}
        self._open: dict[tuple[str, str, str], Alert] = {}

    def all(self, now: int) -> Iterable[Alert]:
        """Raises before what only the time that has passed makes true."""
        for resource in self._fleet.resources.values():
            for one in resource.plans():
                self._look_at_age(one, now)
            since = resource.offline
            if resource.workload.is_machine and since is not None and now >= since + _OFFLINE_AFTER:
                self.raise_(OFFLINE, since + _OFFLINE_AFTER, resource.workload.tenant, None, resource.workload)
        return self._alerts.values()

    def _look_at_age(self, one: Application, now: int) -> None:
        days = one.one.plan.alert_days
        if not days:
            return
        standing = one.seen(now)
        late = (standing.good_end or one.created) + days * DAY
        if now >= late:
            passed = {"daysPassed": days, "errorMessage": {"kbLink": {"serCode": "NoBackupForXDays"}}}
            self.raise_of(one, "NoBackupForXDays", late, passed)

    def named(self, key: str) -> Alert | None:
        return self._alerts.get(key.upper())

    def raise_of(self, one: Application, kind: str, at: int, details: dict[str, Any] | None = None) -> Alert:
        """About a plan on a workload."""
        return self.raise_(kind, at, one.one.workload.tenant, one.one.plan, one.one.workload, details)

    def raise_(
        self,
        kind: str,
        at: int,
        tenant: Tenant,
        plan: Plan | None,
        workload: Workload | None,
        details: dict[str, Any] | None = None,
        severity: str = "",
    ) -> Alert:
        """One that is open already is the same one."""
        place = _place(kind, plan, workload)
        found = self._open.get(place)
        if found:
            return found
        key = guid_of("alert", *place, str(at)).upper()
        if key in self._alerts:
            return self._alerts[key]
        category = "Monitoring" if kind in _MONITORING else "Backup"
        names = _names(plan, workload)
        severity = severity or KNOWN.get(kind, "warning")
        facts = names | (details or (_FILE.fill("quota") if kind == QUOTA else {}))
        self._open[place] = alert = Alert(key, kind, severity, category, at, at, tenant, plan, workload, facts)
        self._alerts[key] = alert
        return alert

    def clear(self, kind: str, plan: Plan | None, workload: Workload | None, at: int) -> None:
        """Dismisses it where it was raised before `at`."""
        found = self._open.get(_place(kind, plan, workload))
        if found and found.created <= at:
            self.dismiss(found, at)

    def dismiss(self, alert: Alert, at: int) -> None:
        if alert.deleted is None:
            alert.deleted = alert.updated = max(at, alert.updated)
            self._open.pop(_place(alert.type, alert.plan, alert.workload), None)

    def worst(self, one: Application) -> Alert | None:
        """The open alert that makes this plan red on this workload."""
        found = (self._open.get(_place(kind, one.one.plan, one.one.workload)) for kind in KNOWN)
        return max(filter(None, found), key=lambda alert: SEVERITIES.index(alert.severity), default=None)

    def finished(self, run: Run) -> None:
        """What the end of a backup raises or disproves."""
        plan, workload, at = run.plan, run.workload, run.completed
        if run.nature != "backup" or workload is None or at is None:
            return
        if run.result in GOOD:
            for kind in _DISPROVED:
                self.clear(kind, plan, workload, at)
            return
        kind = "BackupCanceled" if run.result == "cancelled" else "BackupFailed"
        self.raise_(kind, at, workload.tenant, plan, workload, _details(run, at))


def _place(kind: str, plan: Plan | None, workload: Workload | None) -> tuple[str, str, str]:
    return kind, plan.key if plan else "", workload.key if workload else ""


def _names(plan: Plan | None, workload: Workload | None) -> dict[str, Any]:
    """Ids are written in upper case here, and nowhere else."""
    planned = {"planId": plan.key.upper(), "planName": plan.name} if plan else {}
    return planned | ({"resourceId": workload.key.upper(), "resourceName": workload.name} if workload else {})


def _details(run: Run, at: int) -> dict[str, Any]:
    activity = run.activity.uuid.upper()
    details = _FILE.fill(
        "run", activity=activity, kind=run.command, started=(run.started or at) // SECOND, ended=at // SECOND
    )
    if not run.cause or run.result == "cancelled":
        return details
    error = error_of(run.cause, run.command, run.workload.name if run.workload else "")
    return details | {"errorMessage": {key: error[key] for key in _SHOWN if key in error}}


_SHOWN: Final = ("code", "domain", "reason", "context", "kbLink")
