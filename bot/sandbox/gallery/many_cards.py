"""Cards of many alerts: storms, what Acronis itself seems to cause, the first summary, digests."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

from bot.model import CardKind, Kind, OpenAlerts, Posted, Share, Silence, StormView, SummaryView
from bot.model.digests import AtRisk, DigestDay, DigestLine, DigestView
from bot.sandbox.gallery.entry import Entry
from bot.sandbox.gallery.nouns import NOW
from bot.sandbox.gallery.samples import (
    DAY,
    FAILED_AT,
    HOUR,
    MINUTE,
    OF_MIA,
    ON_CALL,
    PLATFORM,
    TILL_EIGHT,
    card,
    over,
    several,
)

STORM = StormView(
    CardKind.STORM,
    FAILED_AT,
    FAILED_AT + 4 * MINUTE,
    is_open=True,
    total=300,
    open=300,
    critical=37,
    restores=2,
    tenants=(
        Share("Acme Corp", 180, 180, "t0123456789abcdef"),
        Share("Beta GmbH", 80, 80, "t1123456789abcdef"),
        Share("Gamma Kliniken", 40, 40, "t2123456789abcdef"),
    ),
    causes=(
        Share("Backup storage is full.", 260, 260, "c0123456789abcdef"),
        Share("The agent is offline.", 40, 40, "c1123456789abcdef"),
    ),
    first=several(10, 3),
    mention=ON_CALL,
    card_id=3,
    oldest_good_at=FAILED_AT - 54 * HOUR,
)
GREEN = replace(STORM, open=0, critical=0, is_open=False, ended_at=FAILED_AT + 90 * MINUTE)
BANNER = replace(STORM, kind=CardKind.PLATFORM, total=37, open=37, cause=PLATFORM, causes=())
_NAMES = ("SRV-SQL01", "SRV-DC01", "SRV-FILE02", "SRV-EXCH", "SRV-ERP", "SRV-WEB03", "NAS-01")


def storms() -> Iterator[Entry]:
    title, some = "A storm of failures", [replace(each, open=each.total // 2) for each in STORM.tenants]
    earlier = tuple(Posted("C0ALERTS", f"177242{number}000.000100", name) for number, name in enumerate(_NAMES))
    yield card(title, "critical, takes in new alerts", STORM)
    yield card(title, "after the first cards, no more is added", replace(STORM, before=earlier, is_open=False))
    yield card(title, "a warning", replace(STORM, critical=0, restores=0, mention=""))
    half = replace(STORM, tenants=tuple(some), open=150)
    yield card(title, "half of it is over", half)
    yield card(title, "some taken, some snoozed", replace(half, taken=40, snoozed=12))
    yield card(title, "all of it taken", replace(STORM, taken=300, owner=OF_MIA))
    yield card(title, "all of it snoozed", replace(STORM, snoozed=300, snooze=TILL_EIGHT))
    yield card(title, "taken and snoozed", replace(STORM, taken=300, owner=OF_MIA, snoozed=300, snooze=TILL_EIGHT))
    yield card(title, "over", GREEN)
    yield card(title, "over, some without a good run", replace(GREEN, unhealed=12))
    many = replace(STORM, total=5_000, open=4_990, more_tenants=48, more_causes=9)
    yield card(title, "5,000 alerts of 51 tenants", many)
    missed = tuple(replace(each, latest=replace(each.latest, code=Silence.MISSED.value)) for each in STORM.first)
    yield card("A storm of backups that did not start", "a warning", replace(STORM, critical=0, first=missed))
    yield card("Acronis itself seems to fail", "critical", BANNER)
    yield card("Acronis itself seems to fail", "over", replace(BANNER, open=0, is_open=False, ended_at=NOW))


def summaries() -> Iterator[Entry]:
    title, some = "The first message", several(8, 2)
    yield card(title, "some are failing", SummaryView("main", NOW, (*some, over(some[0])), 412, 7))
    yield card(title, "nothing is failing", SummaryView("main", NOW, (), 412, 7))
    yield card(title, "the first are over by now", SummaryView("main", NOW, tuple(map(over, some)), 0, 7))


_DAYS = tuple(
    DigestDay((NOW - number * DAY).date(), 400 - failed, failed)
    for number, failed in zip(range(7, 0, -1), (2, 0, 1, 12, 3, 0, 9), strict=True)
)
DIGEST = DigestView(
    NOW - DAY,
    NOW,
    "Europe/Berlin",
    "",
    open=14,
    critical=6,
    taken=3,
    snoozed=2,
    failed=9,
    healed=5,
    resolved=1,
    missed=2,
    hung=1,
    worst=tuple(
        DigestLine(14 + number, name, "Nightly", "Acme Corp", Kind.BACKUP, code, cause, FAILED_AT, number < 2)
        for number, (name, code, cause) in enumerate(
            (
                ("SRV-SQL01", "error", "Backup storage is full."),
                ("SRV-DC01", Silence.MISSED.value, ""),
                ("SRV-FILE02", "error", "The agent is offline."),
            )
        )
    ),
    at_risk=(
        AtRisk("SRV-SQL01", "Nightly", "Acme Corp", NOW + 3 * HOUR, NOW + 6 * HOUR),
        AtRisk("SRV-ERP", "Weekly", "Beta GmbH", None, NOW + 5 * HOUR),
    ),
    at_risk_size=4,
    within=397,
    workloads=412,
    days=_DAYS,
    unplanned=("PC-RECEPTION", "NAS-02"),
    unplanned_size=2,
)


def digests() -> Iterator[Entry]:
    quiet = DigestView(NOW - DAY, NOW, "Europe/Berlin", "", within=412, workloads=412, days=_DAYS)
    yield card("A digest", "14 alerts are open", DIGEST)
    yield card("A digest", "nothing is open", quiet)
    yield card("A digest", "the copy is behind", replace(quiet, stale="Acronis could not be read since 05:12."))
    yield card("A digest", "of one tenant, nothing known yet", DigestView(NOW - DAY, NOW, "UTC", "tenant “Acme Corp”"))
    week = replace(DIGEST, since=NOW - timedelta(days=7), unplanned_size=40, about="Microsoft 365 backups")
    yield card("A digest", "of a week, forty without a plan", week)


def found(size: int, critical: int = 0, *, shown: int = 10) -> OpenAlerts:
    """The first of so many open alerts."""
    return OpenAlerts(several(min(size, shown), critical), size, critical)
