"""Answers to questions about alerts: lists, one of them, mine, the hand-over, the audit, why."""

from collections.abc import Iterator
from dataclasses import replace

from bot.blocks.alert_list import alert_list, one_alert
from bot.blocks.audit import audit_list
from bot.blocks.handover import handover
from bot.blocks.mine import mine_list
from bot.blocks.why import why_answer
from bot.model import (
    Act,
    Attempt,
    AuditEntry,
    AuditPage,
    Basis,
    Decision,
    Ending,
    Note,
    OpenAlerts,
    OpenCount,
    Posted,
    Reasons,
    Resolution,
    Shift,
    SnoozeEnd,
    Triage,
    Verdict,
)
from bot.sandbox.gallery.entry import Entry, drawn
from bot.sandbox.gallery.many_cards import found
from bot.sandbox.gallery.nouns import NOW
from bot.sandbox.gallery.samples import (
    BASIS,
    CRITICAL,
    FAILED_AT,
    HOUR,
    MIA,
    MINUTE,
    NOTE,
    OF_MIA,
    OF_NOAH,
    SITE,
    TILL_EIGHT,
    WARNING,
    asked,
    frame,
    over,
    several,
)

_ALERTS = asked("", "alerts")
_BEHIND = Basis(NOW, stale="Acronis could not be read since 05:12.")
_TAKEN = replace(CRITICAL, triage=Triage(OF_MIA))
_SNOOZED = replace(WARNING, triage=Triage(snooze=TILL_EIGHT))
REASONS = Reasons(
    CRITICAL,
    (
        Decision(14, FAILED_AT, Verdict.SPOKEN, "No route asks for it, so the default channel is told.", "C0ALERTS"),
        Decision(14, FAILED_AT + MINUTE, Verdict.ACTED, "Mia took it."),
        Decision(14, FAILED_AT + HOUR, Verdict.RAISED, "The last good backup is older than the target."),
        Decision(14, FAILED_AT + 2 * HOUR, Verdict.REPEATED, "Nobody had touched it for 30 min.", "C0ALERTS"),
    ),
    (Posted("C0ALERTS", "1772420000.000100"),),
)


def alerts() -> Iterator[Entry]:
    title = "/tasks alerts"
    mixed = (*several(4, 2), _TAKEN, _SNOOZED)
    yield drawn(
        title, "six are open", alert_list, OpenAlerts(mixed, 6, 3, every=OpenCount(6, 3)), BASIS, frame(_ALERTS)
    )
    yield drawn(title, "page 1 of 2", alert_list, replace(found(14, 6), missed=2), BASIS, frame(_ALERTS))
    yield drawn(title, "nothing is open", alert_list, found(0), BASIS, frame(_ALERTS))
    yield drawn(title, "nothing is known to be open", alert_list, found(0), _BEHIND, frame(_ALERTS))
    other = OpenAlerts((), 0, 0, every=OpenCount(14, 6))
    yield drawn(
        "/tasks alerts tenant Acme", "others are open", alert_list, other, BASIS, frame(asked("tenant Acme", "alerts"))
    )
    for state, item in (("open", CRITICAL), ("taken", _TAKEN), ("snoozed", _SNOOZED), ("over", over(CRITICAL))):
        yield drawn("/tasks 14", state, one_alert, item, "Show 14", BASIS, MIA)


def of_people() -> Iterator[Entry]:
    title = "/tasks mine"
    yield drawn(
        title,
        "two are yours",
        mine_list,
        (_TAKEN, replace(_SNOOZED, triage=Triage(OF_MIA, TILL_EIGHT))),
        BASIS,
        frame("What you have taken or snoozed"),
    )
    yield drawn(
        title, "nothing", mine_list, (), BASIS, frame("What you have taken or snoozed", still_open=OpenCount(14, 6))
    )
    since = frame("Handover since Sun 1 Mar 22:00")
    shift = Shift(
        several(3, 1),
        (replace(CRITICAL, triage=Triage(OF_NOAH)),),
        (_SNOOZED,),
        tuple(over(each) for each in several(2)),
        (over(WARNING, Ending.BY_HAND, resolution=Resolution("U0MIA", "Mia", "replaced the disk")),),
        ((NOTE, CRITICAL), (Note(NOW - HOUR, "U0ASHA", "Asha", "Called the customer, no answer.", 15), WARNING)),
    )
    yield drawn("/tasks handover", "after a night", handover, shift, BASIS, since)
    yield drawn("/tasks handover", "nothing happened", handover, Shift(), BASIS, since)
    yield drawn(
        "/tasks handover",
        "shared with the channel",
        handover,
        shift,
        BASIS,
        replace(since, answer=None, shared_by="U0MIA"),
    )


def audits() -> Iterator[Entry]:
    did = Attempt(NOW, "U0MIA", "T1", Act.TAKE, "Mia", "C0ALERTS", "button", 14, after="taken by Mia")
    some = (
        did,
        replace(did, act=Act.SNOOZE, until=NOW + HOUR, end=SnoozeEnd.TIME.value, via="command"),
        replace(did, act=Act.NOTE, text="Two disks are ordered.", user_id="U0NOAH", user_name="Noah"),
        replace(did, act=Act.RUN, refused="Only a manager may run backups, and you are a responder."),
        replace(did, act=Act.TAKE, to_id="U0ASHA", to_name="Asha", size=298, alert_id=None, target="s3"),
        replace(did, act=Act.AUDIT, alert_id=None, target="audit"),
    )
    entries = tuple(
        AuditEntry(90 - number, replace(each, at=NOW - number * 20 * MINUTE), "Acme Corp", "SRV-SQL01", "Nightly")
        for number, each in enumerate(some)
    )
    shown = frame("Audit since Sun 1 Mar 10:00", is_private=True)
    yield drawn("/tasks audit", "six lines", audit_list, AuditPage(entries, 6), BASIS, shown)
    yield drawn("/tasks audit", "page 2", audit_list, AuditPage(entries, 26, 10), BASIS, replace(shown, page=2))
    yield drawn("/tasks audit by @noah", "nothing", audit_list, AuditPage((), 0), BASIS, shown, ("U0NOAH",))


def reasons() -> Iterator[Entry]:
    yield drawn("/tasks why 14", "told, taken, raised", why_answer, REASONS, "14", MIA, site=SITE)
    many = tuple(replace(REASONS.decisions[3], at=FAILED_AT + number * HOUR) for number in range(30))
    yield drawn("/tasks why 14", "thirty decisions", why_answer, replace(REASONS, decisions=many), "14", MIA, site=SITE)
    silent = Reasons(None, verdict="It ended well, so nobody is told.")
    yield drawn("/tasks why ID", "a run that was not told", why_answer, silent, "944455285181775872", MIA, site=SITE)
