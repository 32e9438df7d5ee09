"""Answers about restore points and figures: protected?, tonight, about, history, stats, health."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

from bot.blocks.about import about_answer
from bot.blocks.due_soon import due_answer
from bot.blocks.health import health_answer
from bot.blocks.history import history_answer
from bot.blocks.protected import protected_answer
from bot.blocks.stats import stats_answer
from bot.model import (
    Basis,
    DueBackup,
    DueSoon,
    HealthReport,
    History,
    Kind,
    OpenAlerts,
    PastRun,
    PlanHealth,
    Protected,
    Protection,
    Reach,
    Standing,
    Stats,
    Tally,
    TenantStanding,
    WayInState,
    Workload,
)
from bot.model.plans import Access, Api, ApiAccess, PlanPolicy
from bot.sandbox.gallery.entry import Entry, drawn
from bot.sandbox.gallery.nouns import ACME, NOW
from bot.sandbox.gallery.samples import BASIS, BETA, CRITICAL, DAY, FAILED_AT, HOUR, MIA, MINUTE, NOTE, asked, frame

_TARGET = 48 * HOUR
_BEHIND = Basis(NOW, stale="Acronis could not be read since 05:12.")


def _line(name: str, standing: Standing, hours: int = 0, why: str = "", **more: object) -> Protected:
    good_at = NOW - hours * HOUR if hours else None
    known = Protected("main", ACME, name, "Nightly", Workload.MACHINE, standing, good_at, _TARGET, why)
    return replace(known, **more)  # type: ignore[arg-type]


LINES = (
    _line("SRV-SQL01", Standing.FAILING, 61, "Backup storage is full"),
    _line("SRV-NEW", Standing.NEVER, why="it never ran"),
    _line("SRV-DC01", Standing.MISSED, 31, "its agent is offline", at=FAILED_AT),
    _line("SRV-FILE02", Standing.LATE, 52),
    _line("PC-RECEPTION", Standing.NO_PLAN, plan="", target=None),
    _line("NAS-01", Standing.UNKNOWN, 70, "its schedule is of a form that the bot cannot read"),
    _line("SRV-ERP", Standing.PAUSED, 90, "the plan is switched off", at=NOW + DAY),
    _line("SRV-OLD", Standing.NOT_EXPECTED, 900, "retired by Mia"),
    _line("SRV-WEB03", Standing.GOOD, 7),
    _line("anna.schmidt@acme.example", Standing.GOOD, 3, plan="Microsoft 365", workload=Workload.MICROSOFT365),
)
COUNTS = dict(zip(Standing, (3, 1, 2, 1, 2, 1, 4, 6, 397), strict=True))
_TENANTS = (
    TenantStanding("main", ACME, {Standing.FAILING: 2, Standing.LATE: 1, Standing.GOOD: 180}, NOW - 61 * HOUR, _TARGET),
    TenantStanding("main", BETA, {Standing.MISSED: 2, Standing.GOOD: 90}, NOW - 31 * HOUR, _TARGET),
)
PROTECTION = Protection(LINES, COUNTS, tenants=_TENANTS, more_tenants=3)
GOOD = Protection(LINES[8:], {Standing.GOOD: 412})


def protections() -> Iterator[Entry]:
    title, every = "/tasks protected?", frame(asked("", "workloads"))
    yield drawn(title, "every standing", protected_answer, PROTECTION, BASIS, every, _TARGET)
    yield drawn(title, "all are good", protected_answer, GOOD, BASIS, every, _TARGET)
    few = (*LINES[:4], LINES[8])
    acme = Protection(few, {each.standing: 1 for each in few})
    yield drawn(
        f"{title} Acme Corp",
        "of one tenant",
        protected_answer,
        acme,
        BASIS,
        frame("Workloads, tenant “Acme Corp”"),
        _TARGET,
    )
    yield drawn(title, "the copy is behind", protected_answer, GOOD, _BEHIND, every, _TARGET)
    yield drawn(title, "nothing is known", protected_answer, Protection((), {}), BASIS, every, _TARGET)
    late = Protection(LINES[3:4], COUNTS, asked=frozenset({Standing.LATE}))
    yield drawn(
        "/tasks protected? late",
        "one is",
        protected_answer,
        late,
        BASIS,
        frame(asked("", "workloads") + ", late"),
        _TARGET,
    )
    due = (
        DueBackup(
            "main", ACME, "SRV-SQL01", "Nightly", NOW + 11 * HOUR, NOW + 13 * HOUR, True, "Backup storage is full"
        ),
        DueBackup("main", BETA, "SRV-DC01", "Weekly", None, NOW - HOUR, False),
        *(
            DueBackup("main", ACME, f"SRV-{each:02}", "Nightly", NOW + 10 * HOUR, NOW + 40 * HOUR, False)
            for each in range(5)
        ),
    )
    tonight = frame("Workloads due tonight")
    yield drawn(
        "/tasks protected? tonight",
        "one at risk",
        due_answer,
        DueSoon(due, NOW + 12 * HOUR, 412, 1, 1, 413),
        BASIS,
        tonight,
    )
    yield drawn(
        "/tasks protected? tonight",
        "none at risk",
        due_answer,
        DueSoon(due[2:], NOW + 12 * HOUR, 5, 0, 0, 5),
        BASIS,
        tonight,
    )
    yield drawn("/tasks protected? tonight", "nothing is due", due_answer, DueSoon((), NOW + 12 * HOUR), BASIS, tonight)


def _history(name: str = "SRV-SQL01", bad: int = 2, **more: object) -> History:
    runs = tuple(
        PastRun(
            str(944455285181775872 - number),
            "error" if number < bad else "warning" if number == 6 else "ok",
            NOW - (number * 24 + 7) * HOUR,
            NOW - (number * 24 + 7) * HOUR + (20 + number) * MINUTE,
            (20 + number) * MINUTE,
            "Backup storage is full." if number < bad else "",
        )
        for number in range(14)
    )
    known = History("main", ACME, name, "Nightly", Kind.BACKUP, runs, 42 * MINUTE, NOW - 55 * HOUR, bad)
    return replace(known, **{"rhythm": "daily at 03:00", "next_run_at": NOW + 17 * HOUR, **more})  # type: ignore[arg-type]


def histories() -> Iterator[Entry]:
    one, title = _history(), "/tasks history SRV-SQL01"
    runs = frame(asked("machine SRV-SQL01", "runs"))
    yield drawn(title, "two failures in a row", history_answer, (one,), BASIS, runs, {one: (NOTE,)})
    yield drawn(title, "under two plans", history_answer, (one, _history(bad=0, plan="Weekly", rhythm="")), BASIS, runs)
    yield drawn(title, "nothing is known", history_answer, (), BASIS, runs)
    title, about = "/tasks SRV-SQL01", frame("About machine “SRV-SQL01”")
    found, known = OpenAlerts((CRITICAL,), 1, 1), Protection(LINES[:1], {Standing.FAILING: 1})
    yield drawn(title, "one alert is open", about_answer, found, known, (one,), BASIS, about, {one: (NOTE,)})
    good = Protection(LINES[8:9], {Standing.GOOD: 1})
    yield drawn(title, "all is well", about_answer, OpenAlerts((), 0, 0), good, (_history(bad=0),), BASIS, about)
    yield drawn(title, "nothing is known", about_answer, OpenAlerts((), 0, 0), Protection((), {}), (), BASIS, about)


STATS = Stats(
    Tally("", 1_240, 61, 40, 12),
    (Tally("Acme Corp", 400, 40, 10, 4), Tally("Beta GmbH", 300, 15), Tally("Gamma Kliniken", 540, 6, 30, 8)),
    (Tally(Workload.MACHINE, 900, 55, 30, 10), Tally(Workload.MICROSOFT365, 300, 6, 10, 2), Tally(Workload.OTHER, 40)),
    (Tally("Backup storage is full.", 40, 40), Tally("The agent is offline.", 15, 15), Tally("", 6, 6)),
    9,
    4,
    (Tally("Nightly", 900, 50, 30, 10), Tally("Microsoft 365", 300, 6, 10, 2)),
)


def statistics() -> Iterator[Entry]:
    week = frame(asked("last 7 days", "runs"))
    yield drawn("/tasks stats last 7 days", "61 of 1,240 failed", stats_answer, STATS, BASIS, week)
    for group in ("tenant", "workload", "cause", "plan"):
        yield drawn(f"/tasks stats by {group}", "one chart", stats_answer, STATS, BASIS, week, group)
    yield drawn("/tasks stats failed", "only some results", stats_answer, STATS, BASIS, week, is_narrowed=True)
    yield drawn(
        "/tasks stats last 7 days",
        "nothing failed",
        stats_answer,
        Stats(Tally("", 1_240), STATS.tenants[:0]),
        BASIS,
        week,
    )
    yield drawn("/tasks stats last 7 days", "nothing ran", stats_answer, Stats(Tally("")), BASIS, week)


WELL = HealthReport(
    NOW,
    NOW - 3 * DAY,
    14,
    6,
    (Reach("eu2", NOW - timedelta(seconds=12), NOW - 90 * DAY),),
    frozenset(),
    0,
    timedelta(),
    WayInState("Socket Mode"),
    ("Acronis: may read tasks and activities", "Slack: may read no messages"),
    ("Nightshift 0.1.0", "database 0005", "Python 3.11.7"),
    plans=PlanHealth(5 * MINUTE, (ApiAccess("eu2", Api.STATUSES, read_at=NOW - MINUTE),)),
    events={"eu2": "events have it polled at once"},
)


def health() -> Iterator[Entry]:
    title, hour_ago = "/tasks health", NOW - HOUR
    unread = PlanPolicy("eu2", "p1", "p1", "policy", "Weekly tapes", why_unknown="its schedule has too many parts")
    apis = (
        ApiAccess("eu2", Api.STATUSES, read_at=NOW - 5 * HOUR),
        ApiAccess("eu2", Api.ALERTS, Access.FAILING, "Acronis answers with 503."),
        ApiAccess("eu2", Api.AGENTS, Access.FORBIDDEN, "Acronis does not let this API client read agents."),
    )
    late = (Reach("eu2", hour_ago, NOW - 90 * DAY), Reach("us4"))
    for state, report in (
        ("well", WELL),
        ("well, nothing is open", replace(WELL, open=0, critical=0)),
        ("an account is not read", replace(WELL, accounts=late, late=frozenset({"eu2", "us4"}), events={})),
        ("Slack cannot reach it", replace(WELL, way_in=WayInState("Socket Mode", "Slack refused (token_revoked)."))),
        ("messages wait", replace(WELL, waiting=12, oldest=7 * MINUTE)),
        (
            "its disk is full",
            replace(
                WELL, store_trouble="The database night.sqlite3 cannot be used: its disk is full. Make room there."
            ),
        ),
        ("plans cannot be read", replace(WELL, plans=PlanHealth(5 * MINUTE, apis, (unread, unread)))),
        ("a list was not read to its end", replace(WELL, unfinished={"eu2": "Acronis answers slowly"})),
    ):
        yield drawn(title, state, health_answer, report, MIA)
