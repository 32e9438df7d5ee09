"""Why a run did not start, and what to do: of what Acronis's own alerts and the plan's application say. Pure.

Acronis's alerts never make an alert of ours: they confirm it and explain it. They are joined by workload and plan.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final

from bot.errorbook.explain import clean
from bot.model import Cause, Silence
from bot.model.plans import AcronisAlert, KnownPolicy, KnownWorkload
from bot.model.values import dataclass

CONFIRMED: Final = "silence-confirmed"
"""The entry of what Acronis itself says of a start that did not come."""
_LOOK: Final = "See the plan and the agent in Acronis's console, or run it now."
DID_NOT_START: Final = Cause("It did not start.", entry=Silence.MISSED.value, step=_LOOK)
NEVER_RAN: Final = Cause("Its plan has not run once since it was applied.", entry=Silence.NEVER.value, step=_LOOK)
_BEFORE: Final = timedelta(days=1)
"""An alert of Acronis's that is so much older than the start may still explain it, where it lasts."""


@dataclass(frozen=True, slots=True)
class _Explains:
    """`types` are parts of the types of Acronis's alerts, in lower case. The first that fits explains most."""

    types: tuple[str, ...]
    entry: str
    text: str
    step: str


_TABLE: Final = (
    _Explains(
        ("licen",),
        "silence-licence",
        "It has no licence for backups.",
        "Give the workload a licence, or take the plan off it.",
    ),
    _Explains(("quota",), "silence-quota", "A quota is used up.", "Raise the customer's quota, or free some of it."),
    _Explains(
        ("deployment",),
        "silence-deployment",
        "The plan has not reached the agent.",
        "Apply the plan again in Acronis's console.",
    ),
    _Explains(
        ("consent",),
        "silence-consent",
        "The application's consent is missing.",
        "An administrator of the customer has to consent again.",
    ),
    _Explains(
        ("offline", "backupstatusunknown"),
        "silence-offline",
        "Its agent was offline when it was due.",
        "Check whether the machine is on and reaches Acronis, then run the backup.",
    ),
    _Explains(
        ("agentautoupdatefailed", "agentupdate"),
        "silence-update",
        "Its agent could not be updated.",
        "Update the agent on the machine.",
    ),
)
_CONFIRMS: Final = ("backupdidnotstart", "nobackupforxdays", "backupstatusunknown")
_DEPLOYED: Final = frozenset({"", "deployed", "ok", "success", "completed"})
_MOST: Final = 160  # characters of Acronis's own sentence


def cause_of(workload: KnownWorkload | None, policies: Sequence[KnownPolicy], due_at: datetime) -> Cause:
    """Why the start that was due then was missed, as far as anything says it."""
    alerts = _about(workload, policies)
    for each in _TABLE:
        if any(part in alert.type.lower() for alert in alerts for part in each.types):
            return Cause(each.text, entry=each.entry, step=each.step)
    if (cause := _undeployed(policies)) is not None:
        return cause
    agent = workload.agent if workload is not None else None
    if agent is not None and agent.online_since is not None and agent.online_since > due_at:
        offline = next(each for each in _TABLE if each.entry == "silence-offline")
        return Cause(offline.text, entry=offline.entry, step=offline.step)
    return _confirmed(alerts, due_at)


def confirming(workload: KnownWorkload | None, policies: Sequence[KnownPolicy]) -> tuple[AcronisAlert, ...]:
    """Acronis's own alerts that say the same as ours."""
    return tuple(alert for alert in _about(workload, policies) if alert.type.lower() in _CONFIRMS)


def _about(workload: KnownWorkload | None, policies: Sequence[KnownPolicy]) -> list[AcronisAlert]:
    """Of this workload, and of no other plan."""
    if workload is None:
        return []
    plans = {id_ for each in policies for id_ in (each.policy.id, each.policy.root_id)}
    events = {each.event_id for each in policies} - {""}
    return [
        alert
        for alert in workload.alerts
        if alert.ended_at is None and (not alert.plan_id or not plans or alert.plan_id in plans or alert.id in events)
    ]


def _undeployed(policies: Iterable[KnownPolicy]) -> Cause | None:
    states = [each.deployment for each in policies if each.gone_at is None and each.deployment not in _DEPLOYED]
    if not states:
        return None
    text = (
        "The plan is still on its way to the agent." if "deploying" in states else "The plan has not reached the agent."
    )
    return Cause(text, entry="silence-deployment", step="Apply the plan again in Acronis's console.")


def _confirmed(alerts: Sequence[AcronisAlert], due_at: datetime) -> Cause:
    """What Acronis itself says of it, in its own words where it has any."""
    for alert in alerts:
        known = alert.type.lower()
        if known not in _CONFIRMS or (alert.created_at is not None and alert.created_at < due_at - _BEFORE):
            continue
        if known == "nobackupforxdays" and alert.days:
            return _said(f"Acronis has seen no good backup for {alert.days} days.")
        if text := clean(alert.text)[:_MOST]:
            return _said(f"Acronis says: {text}")
        return _said("Acronis says too that it did not start.")
    return DID_NOT_START


def _said(text: str) -> Cause:
    return Cause(text, entry=CONFIRMED, step=_LOOK)
