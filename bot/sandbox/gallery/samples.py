"""The people, causes and alerts that the gallery's entries share. One night: Monday 2 March 2026, seen at 10:00."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from bot.alerting.lifecycle import closed
from bot.blocks import cards
from bot.blocks.alert_card import alert_card
from bot.blocks.canary_card import canary_card
from bot.blocks.digest_card import digest_card
from bot.blocks.frame import Frame
from bot.blocks.outage_card import outage_card, undelivered_card
from bot.blocks.personal_card import personal_card
from bot.blocks.storm_card import storm_card
from bot.blocks.summary_card import summary_card
from bot.language import parse, understood
from bot.model import (
    Alert,
    AlertView,
    Answer,
    Assessment,
    Basis,
    Cause,
    Ending,
    Note,
    OpenCount,
    OutageView,
    Owner,
    Person,
    PersonalView,
    Reason,
    Severity,
    Silence,
    Snooze,
    StormView,
    SummaryView,
    TaskQuery,
    Tenant,
    UndeliveredView,
    View,
)
from bot.model.canary import CanaryView
from bot.model.digests import DigestView
from bot.sandbox.gallery.entry import Entry
from bot.sandbox.gallery.nouns import NOW, alert

MINUTE: Final = timedelta(minutes=1)
HOUR: Final = timedelta(hours=1)
DAY: Final = timedelta(days=1)
BERLIN: Final = ZoneInfo("Europe/Berlin")
SITE: Final = "https://acme.slack.com/"
FAILED_AT: Final = NOW - 7 * HOUR + 10 * MINUTE  # 03:10 in Berlin
ON_CALL: Final = "<!subteam^S0ONCALL>"

MIA: Final = Person("U0MIA", "T1", BERLIN, name="Mia")
NOAH: Final = Person("U0NOAH", "T1", ZoneInfo("America/New_York"), name="Noah")
ASHA: Final = Person("U0ASHA", "T1", ZoneInfo("Asia/Kolkata"), name="Asha")
OF_MIA: Final = Owner("U0MIA", FAILED_AT + 2 * MINUTE, "Mia")
OF_NOAH: Final = Owner("U0NOAH", FAILED_AT + 2 * MINUTE, "Noah")
TILL_EIGHT: Final = Snooze(NOW - 2 * HOUR, "U0NOAH", FAILED_AT + 4 * MINUTE, "Noah")
NOTE: Final = Note(FAILED_AT + 20 * MINUTE, "U0NOAH", "Noah", "Two disks are ordered, they come on Tuesday.", 14)

FULL: Final = Cause(
    "Backup storage is full.",
    "MemoNotEnoughSpaceOnStorage",
    "",
    "backup-storage-full",
    "Add storage or shorten the retention rules, then run the plan again.",
)
OFFLINE: Final = Cause(
    "The agent is offline.", "AgentOffline", entry="agent-offline", step="Check that the machine is on."
)
QUOTA: Final = Cause(
    "The customer's storage quota is used up.",
    "QuotaExceeded",
    entry="cloud-quota-exceeded",
    step="Raise the storage quota of the customer, or shorten the retention rules.",
    link="https://kb.acronis.com/content/70686",
)
CODED: Final = Cause("The snapshot could not be made.", "SnapshotFailed", "0x00040431")
PLATFORM: Final = Cause("Acronis's storage does not answer.", entry="platform-storage", is_platform=True)
BETA: Final = Tenant(id="68", name="Beta GmbH", locator="/1/66/68/")

MISSED: Final = Assessment(
    Severity.CRITICAL,
    Reason.MISSED,
    48 * HOUR,
    FAILED_AT - 54 * HOUR,
    FAILED_AT - 5 * HOUR,
    FAILED_AT + 18 * HOUR,
    is_in_time=False,
    target_why="the plan runs daily, one run may fail",
)
IN_TIME: Final = replace(
    MISSED,
    severity=Severity.WARNING,
    reason=Reason.IN_TIME,
    last_good_at=FAILED_AT - 24 * HOUR,
    misses_at=FAILED_AT + 24 * HOUR,
    is_in_time=True,
)
STRIP: Final = ("ok", "ok", "ok", "error", "ok", "ok", "warning", "ok", "ok", "ok", "ok", "ok", "ok", "error")
THREE: Final = (*STRIP[:11], "error", "error", "error")

CRITICAL: Final = alert(id=14, ended_at=FAILED_AT, cause=FULL, task_id="944455285181775872", assessment=MISSED)
WARNING: Final = alert(
    id=15, name="SRV-DC01", ended_at=FAILED_AT, cause=OFFLINE, task_id="944455285181775873", assessment=IN_TIME
)
BASIS: Final = Basis(NOW, history_from=NOW - 90 * DAY)
ANSWER: Final = Answer("answer1", "", TaskQuery(), "U0MIA", NOW)

_DRAWINGS: Final[dict[type, cards.Drawing]] = {
    AlertView: alert_card,
    StormView: storm_card,
    SummaryView: summary_card,
    OutageView: outage_card,
    UndeliveredView: undelivered_card,
    PersonalView: personal_card,
    DigestView: digest_card,
    CanaryView: canary_card,
}


def over(item: Alert, ending: Ending = Ending.RECOVERED, after: timedelta = 31 * MINUTE, **changes: Any) -> Alert:
    """The alert as it is after it ended."""
    return replace(closed(item, ending, item.latest.ended_at + after), **changes)


def silence(code: Silence, cause: Cause, **changes: Any) -> Alert:
    """An alert for what did not come, at 03:10."""
    return alert(
        **{"id": 21, "code": code.value, "cause": cause, "ended_at": FAILED_AT, "assessment": IN_TIME, **changes}
    )


def view(item: Alert, **changes: Any) -> AlertView:
    """The alert with a history: fourteen runs, the last of them failed."""
    known: dict[str, Any] = {
        "strip": STRIP,
        "in_a_row": 1,
        "usual": 42 * MINUTE,
        "last_good_at": item.assessment.last_good_at,
        "card_id": 3,
        "version": 1,
    }
    return AlertView(item, **{**known, **changes})


def card(title: str, state: str, shown: View, **more: Any) -> Entry:
    """A card in a channel, or a direct message. `more` is what `cards.card` takes."""
    return Entry("cards.card", title, state, cards.card(_DRAWINGS[type(shown)], shown, BERLIN, site=SITE, **more))


def asked(filters: str, noun: str = "tasks") -> str:
    """How the bot repeats a question of these words. Only one about tasks has a time where none is named."""
    query = (parse(filters, NOW, BERLIN, ()).query if filters else None) or TaskQuery()
    if query.time_is_default and noun != "tasks":
        query = TaskQuery(names=query.names)
    return understood(query, BERLIN, NOW, noun=noun)


def frame(question: str, person: Person = MIA, **more: Any) -> Frame:
    """The frame of an answer to a question, with the buttons of one that is kept."""
    return Frame(question, person, **{"answer": ANSWER, **more})


def several(size: int, critical: int = 0, tenants: Sequence[Tenant] = ()) -> tuple[Alert, ...]:
    """Open alerts of different machines; the first of them are critical."""
    names = ("SRV-SQL01", "SRV-DC01", "SRV-FILE02", "SRV-EXCH", "SRV-ERP", "SRV-WEB03", "PC-RECEPTION", "NAS-01")
    causes, places = (FULL, OFFLINE, QUOTA, CODED), tenants or (CRITICAL.latest.tenant, BETA)
    return tuple(
        alert(
            id=14 + number,
            name=names[number] if number < len(names) else f"SRV-{number:02}",
            tenant=places[number % len(places)],
            cause=causes[number % len(causes)],
            ended_at=FAILED_AT + number * MINUTE,
            task_id=str(944455285181775872 + number),
            assessment=MISSED if number < critical else IN_TIME,
        )
        for number in range(size)
    )


OPEN: Final = OpenCount(14, 6, ((Silence.STUCK.value, 1), (Silence.MISSED.value, 2)))
