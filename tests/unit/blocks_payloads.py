"""Every payload the bot can produce, as one table: builder → a strategy that calls it with whatever customers typed.

Knows nothing of what must hold of them; the tests do.
"""

import inspect
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from importlib import import_module
from pkgutil import iter_modules
from typing import Any, get_type_hints
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

import bot.blocks
from bot.alerting.triage import Done, Outcome
from bot.alerting.triage import Result as Acted
from bot.blocks import cards, details, notes, replies, task_list
from bot.blocks.about import about_answer
from bot.blocks.act_answers import act_answer, with_note, with_words
from bot.blocks.act_choices import instead, needs, sorry, to_whom, until_when, which
from bot.blocks.act_windows import note_window, owned_window, resolve_window, snooze_window
from bot.blocks.activities import activity_list
from bot.blocks.alert_list import alert_list, home_modal, named_modal, one_alert
from bot.blocks.alike import alike_modal
from bot.blocks.audit import audit_list
from bot.blocks.due_soon import due_answer
from bot.blocks.frame import Frame
from bot.blocks.handover import handover
from bot.blocks.health import health_answer
from bot.blocks.help import help_page
from bot.blocks.history import history_answer
from bot.blocks.home import home_page
from bot.blocks.mine import mine_list
from bot.blocks.protected import protected_answer
from bot.blocks.retired import retired_answer
from bot.blocks.run_window import confirm_window, not_runnable_window, started_answer
from bot.blocks.stats import stats_answer
from bot.blocks.storm_window import storm_window
from bot.blocks.why import why_answer, why_modal
from bot.errors import UsageError
from bot.language import TERMS
from bot.model import (
    SILENCES,
    Act,
    Activity,
    Aim,
    Alert,
    AlertGroup,
    AlertStatus,
    AlertView,
    Answer,
    Application,
    Assessment,
    Attempt,
    AuditEntry,
    AuditPage,
    Basis,
    Blocker,
    CardKind,
    Cause,
    Decision,
    Details,
    DueBackup,
    DueSoon,
    Ending,
    Fault,
    Found,
    HealthReport,
    History,
    Home,
    HomePart,
    Kind,
    Listing,
    Message,
    Modal,
    Note,
    OpenAlerts,
    OpenCount,
    OpenOverview,
    Origin,
    OutageView,
    Overview,
    Owner,
    Past,
    PastRun,
    Person,
    Policy,
    Posted,
    Progress,
    Protected,
    Protection,
    Reach,
    Reason,
    Reasons,
    Reply,
    Resolution,
    Resource,
    Result,
    RowFacts,
    Run,
    Runnable,
    Says,
    Severity,
    Share,
    Shift,
    Snooze,
    SnoozeEnd,
    Standing,
    Start,
    Started,
    Stats,
    Steps,
    StormPage,
    StormView,
    SummaryView,
    Tally,
    Task,
    TaskQuery,
    TaskState,
    Tenant,
    TenantRisk,
    TenantStanding,
    Triage,
    UndeliveredView,
    Verb,
    Verdict,
    WayInState,
    Workload,
)
from bot.model.canary import CanaryView
from bot.model.digests import AtRisk, DigestDay, DigestLine, DigestView
from bot.sandbox.gallery.hostile import NASTY
from bot.services.running import NO_CANCEL
from tests.drawing import card

WORDS = st.one_of(
    st.sampled_from(NASTY), st.text(max_size=20), st.sampled_from(NASTY).map(lambda nasty: f"{nasty} " * 20)
)
ZONES = st.sampled_from([ZoneInfo("UTC"), ZoneInfo("Europe/Berlin"), ZoneInfo("Pacific/Kiritimati")])
LENGTHS = st.floats(allow_nan=True, allow_infinity=True) | st.none()
TIMES = st.datetimes(timezones=st.just(UTC)) | st.sampled_from(
    [datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC), datetime(2022, 6, 1, tzinfo=UTC)]
)
TENANTS = st.builds(Tenant, id=WORDS, uuid=WORDS, name=WORDS, locator=WORDS)
FAULTS = st.builds(Fault, code=WORDS, cause=WORDS, effect=WORDS, message=WORDS, leaf=WORDS, ser_code=WORDS)
RESULTS = st.builds(
    Result,
    code=st.sampled_from(["ok", "error", "warning", "timedout"]) | WORDS,
    error=FAULTS | st.none(),
    warnings=st.lists(FAULTS, max_size=1).map(tuple),
)
SHARED: dict[str, st.SearchStrategy[Any]] = {
    "account": WORDS,
    "id": WORDS,
    "type": WORDS,
    "state": st.sampled_from(["completed", "started", "paused", "enqueued"]) | WORDS,
    "updated_at": TIMES,
    "tenant": TENANTS,
    "resource": st.builds(Resource, id=WORDS, type=WORDS, name=WORDS),
    "policy": st.builds(Policy, id=WORDS, type=WORDS, name=WORDS),
    "name": WORDS,
    "plan": WORDS,
    "title": WORDS,
    "kind": st.sampled_from(Kind),
    "result": RESULTS | st.none(),
    "started_by": WORDS,
    "started_at": TIMES | st.none(),
    "completed_at": TIMES | st.none(),
    "progress": st.builds(
        Progress, total=st.integers(), current=st.integers() | st.none(), speed=LENGTHS, left=WORDS | st.just("1h2m")
    ),
}
TASKS = st.builds(
    Task,
    **SHARED,
    blockers=st.lists(st.builds(Blocker, WORDS, st.tuples(WORDS)), max_size=2).map(tuple),
    run_mode=WORDS,
    enqueued_at=TIMES | st.none(),
    attempts=st.integers(0, 9),
)
_TASK_IDS = ("7", "8", "9")
ALIKE = st.builds(
    Task,
    **{
        **SHARED,
        "id": st.sampled_from(_TASK_IDS) | WORDS,
        "state": st.just("completed"),
        "kind": st.just(Kind.BACKUP),
        "result": st.builds(
            Result, code=st.just("error"), error=st.builds(Fault, cause=st.sampled_from(NASTY[:3]) | WORDS)
        ),
    },
)
"""Failures of which several have one cause."""
ACTIVITIES = st.builds(Activity, **SHARED, parent_id=WORDS)
PEOPLE = st.builds(Person, st.just("U01ALICE"), st.just("T1"), ZONES, st.booleans())
CAUSES = st.builds(Cause, WORDS, WORDS, WORDS, WORDS, WORDS, st.sampled_from(["", "https://care.acronis.com/s/1"]))
POSTED = st.builds(Posted, WORDS | st.just("C0ALERTS"), WORDS | st.just("1646200000.000100"), WORDS)
CALLED = ("<!here>", "<@U0MIA>", "<!subteam^S0ONCALL>")
"""Whom the settings may name. Nobody else may ever be called."""
MENTIONS = st.sampled_from(["", *CALLED, "here", "<!here> <@U0MIA>", "<!here|x>"])
FAILED_RUNS = st.builds(
    Run,
    account=WORDS,
    task_id=WORDS,
    fingerprint=WORDS,
    subject=WORDS,
    kind=st.sampled_from(Kind),
    code=st.sampled_from(["error", "warning", "cancelled"]) | WORDS,
    tenant=TENANTS,
    name=WORDS,
    plan=WORDS,
    type=WORDS,
    began_at=TIMES,
    ended_at=TIMES,
    cause=CAUSES,
)
OWNERS = st.builds(Owner, WORDS, TIMES, WORDS)
SNOOZES = st.builds(Snooze, TIMES, WORDS, TIMES, WORDS, st.sampled_from(SnoozeEnd))
NOTES = st.builds(Note, TIMES, WORDS, WORDS, WORDS, st.integers(0, 10**9))
ALERTS = st.builds(
    Alert,
    id=st.integers(0, 10**9),
    status=st.sampled_from(AlertStatus),
    opened_at=TIMES,
    latest=FAILED_RUNS,
    occurrences=st.integers(1, 10**6),
    closed_at=TIMES | st.none(),
    ending=st.sampled_from(Ending) | st.none(),
    assessment=st.builds(
        Assessment,
        st.sampled_from(Severity),
        st.sampled_from(Reason),
        st.timedeltas(timedelta(0), timedelta(days=400)),
        *([TIMES | st.none()] * 3),
        st.booleans() | st.none(),
        st.booleans(),
    ),
    triage=st.builds(Triage, OWNERS | st.none(), SNOOZES | st.none()),
    next_look_at=TIMES | st.none(),
    resolution=st.builds(Resolution, WORDS, WORDS, WORDS) | st.none(),
)
ALERT_VIEWS = st.builds(
    AlertView,
    ALERTS,
    st.lists(st.sampled_from(["ok", "error", "cancelled"]) | WORDS, max_size=20).map(tuple),
    st.integers(0, 99),
    st.timedeltas(timedelta(0)) | st.none(),
    TIMES | st.none(),
    TIMES | st.none(),
    ALERTS | st.none(),
    POSTED | st.none(),
    MENTIONS,
    TIMES | st.none(),
    st.integers(0, 100) | st.none(),
    st.sampled_from(TaskState) | WORDS,
    notes=st.lists(NOTES, max_size=3).map(tuple),
    card_id=st.integers(0, 10**9),
    version=st.integers(0, 10**9),
)
SHARES = st.builds(Share, WORDS, st.integers(0, 10**7), st.integers(0, 10**7))
STORMS = st.builds(
    StormView,
    st.sampled_from([CardKind.STORM, CardKind.PLATFORM]),
    TIMES,
    TIMES,
    st.booleans(),
    *([st.integers(0, 10**7)] * 4),
    *([st.lists(SHARES, max_size=2).map(lambda few: tuple(few * 6))] * 2),
    *([st.integers(0, 10**5)] * 2),
    st.lists(ALERTS, max_size=2).map(lambda few: tuple(few * 6)),
    st.lists(POSTED, max_size=2).map(lambda few: tuple(few * 4)),
    CAUSES,
    TIMES | st.none(),
    MENTIONS,
    st.integers(0, 10**9),
    version=st.integers(0, 10**9),
    taken=st.integers(0, 10**7),
    snoozed=st.integers(0, 10**7),
    owner=OWNERS | st.none(),
    snooze=SNOOZES | st.none(),
)
SUMMARIES = st.builds(
    SummaryView,
    WORDS,
    TIMES,
    st.lists(ALERTS, max_size=2).map(lambda few: tuple(few * 12)),
    st.integers(0, 10**9),
    st.integers(0, 9),
)
OUTAGES = st.builds(OutageView, WORDS, TIMES, WORDS, TIMES | st.none())
UNDELIVERED = st.builds(UndeliveredView, WORDS, WORDS, WORDS, st.integers(1, 10**6), TIMES | st.none())
DIGEST_LINES = st.builds(
    DigestLine,
    st.integers(0, 10**9),
    *([WORDS] * 3),
    st.sampled_from(Kind),
    st.sampled_from(["error", *SILENCES]) | WORDS,
    WORDS,
    TIMES,
    st.booleans(),
)
AT_RISK = st.builds(AtRisk, *([WORDS] * 3), TIMES | st.none(), TIMES | st.none())
DIGESTS = st.builds(
    DigestView,
    TIMES,
    TIMES,
    st.just("UTC"),
    WORDS,
    *([st.integers(0, 10**7)] * 9),
    *(st.lists(each, max_size=6).map(tuple) for each in (DIGEST_LINES, AT_RISK)),
    *([st.integers(0, 10**7)] * 3),
    st.lists(
        st.builds(DigestDay, st.dates(), st.integers(0, 10**7), st.integers(0, 10**7)),
        max_size=7,
        unique_by=lambda day: (day.day.weekday(), day.day.day),
    ).map(tuple),
    st.lists(WORDS, max_size=6).map(tuple),
    st.integers(0, 10**6),
    stale=WORDS,
)
CANARIES = st.builds(CanaryView, TIMES, TIMES, TIMES | st.none())
VIEWS = DIGESTS | CANARIES | ALERT_VIEWS | STORMS | SUMMARIES | OUTAGES | UNDELIVERED
ANSWER = Answer("answer1", "", TaskQuery(), "U01ALICE", datetime(2022, 6, 1, tzinfo=UTC))


CODES = st.sampled_from(["ok", "error", "warning", "cancelled"]) | WORDS
SPANS = st.timedeltas(timedelta(0), timedelta(days=400))
COUNTS = st.integers(0, 10**7)
KEYED = st.builds(Share, WORDS, COUNTS, COUNTS, st.uuids().map(lambda key: f"t{key.hex[:16]}"))
ROWS = {
    "as_of": TIMES,
    "partial": WORDS,
    "back_to": TIMES | st.none(),
    "malformed": st.integers(0, 9),
    "origin": st.sampled_from(Origin),
    "stale": WORDS,
    "offset": st.sampled_from([0, 0, 10, 500]),
    "total": st.none() | COUNTS,
}


def found(items: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """A few different ones, many times: what is long is then long all over."""
    return st.builds(Found, st.lists(items, max_size=2).map(lambda few: tuple(few * 12)), **ROWS)


BASES = st.builds(Basis, TIMES, st.sampled_from(Origin), WORDS, WORDS, TIMES | st.none())
TALLIES = st.builds(Tally, WORDS | st.sampled_from([*Workload]), COUNTS, COUNTS, COUNTS, COUNTS)
MANY_TALLIES = st.lists(TALLIES, max_size=3).map(lambda few: tuple(few * 4))
REACHES = st.builds(Reach, WORDS, TIMES | st.none(), TIMES | st.none())
HEALTH = st.builds(
    HealthReport,
    *(TIMES, TIMES, COUNTS, COUNTS),
    st.lists(REACHES, max_size=3).map(tuple),
    st.frozensets(WORDS, max_size=3),
    *(COUNTS, SPANS, st.builds(WayInState, st.just("Socket Mode"), WORDS)),
    st.just(("Acronis: may read tasks",)),
    st.just(("Nightshift 0.1.0",)),
)
STATS = st.builds(Stats, TALLIES, MANY_TALLIES, MANY_TALLIES, MANY_TALLIES, COUNTS, COUNTS)
PAST_RUNS = st.lists(st.builds(PastRun, WORDS, CODES, TIMES, TIMES, SPANS | st.none(), WORDS), max_size=2)
HISTORIES = st.builds(
    History,
    WORDS,
    TENANTS,
    WORDS,
    WORDS,
    st.sampled_from(Kind),
    PAST_RUNS.map(lambda few: tuple(few * 8)),
    SPANS | st.none(),
    TIMES | st.none(),
)
LINES = st.builds(
    Protected,
    WORDS,
    TENANTS,
    WORDS,
    WORDS,
    st.sampled_from(Workload),
    st.sampled_from(Standing),
    TIMES | st.none(),
    SPANS | st.none(),
    WORDS,
    TIMES | st.none(),
)
STOOD = st.dictionaries(st.sampled_from(Standing), COUNTS)
PROTECTIONS = st.builds(
    Protection,
    st.lists(LINES, max_size=2).map(lambda few: tuple(few * 6)),
    STOOD,
    st.sampled_from([0, 0, 10]),
    st.lists(st.builds(TenantStanding, WORDS, TENANTS, STOOD, TIMES | st.none(), SPANS | st.none()), max_size=5).map(
        tuple
    ),
    COUNTS,
    st.frozensets(st.sampled_from(Standing)),
)
DUE_BACKUPS = st.builds(
    DueBackup, WORDS, TENANTS, WORDS, WORDS, TIMES | st.none(), TIMES | st.none(), st.booleans(), WORDS
)
DUE_SOON = st.builds(
    DueSoon,
    st.lists(DUE_BACKUPS, max_size=2).map(lambda few: tuple(few * 6)),
    TIMES,
    *(COUNTS, COUNTS, COUNTS, COUNTS),
    st.sampled_from([0, 0, 10]),
)
OPEN_COUNTS = st.sampled_from([OpenCount(), OpenCount(1), OpenCount(14, 6), OpenCount(10_000, 9_999)])
OPEN = st.builds(
    OpenAlerts,
    st.lists(ALERTS, max_size=2).map(lambda few: tuple(few * 6)),
    COUNTS,
    COUNTS,
    st.sampled_from([0, 0, 10]),
    OPEN_COUNTS,
)
OWNERS = st.builds(Owner, st.just("U01ALICE") | WORDS, TIMES, WORDS)
SNOOZES = st.builds(Snooze, TIMES, WORDS, TIMES, WORDS, st.sampled_from(SnoozeEnd))
TOUCHED = st.builds(
    lambda alert, triage: replace(alert, triage=triage),
    ALERTS,
    st.builds(Triage, OWNERS | st.none(), SNOOZES | st.none()),
)
GROUPS = st.builds(
    AlertGroup,
    st.sampled_from(["", "U01ALICE"]) | WORDS,
    st.booleans(),
    OPEN_COUNTS,
    st.lists(TOUCHED, max_size=2).map(lambda few: tuple(few * 5)),
)
RISKS = st.builds(TenantRisk, TENANTS, COUNTS, COUNTS)
OVERVIEWS = st.builds(
    Overview,
    st.builds(
        OpenOverview,
        st.lists(GROUPS, max_size=4).map(tuple),
        st.lists(RISKS, max_size=2).map(lambda few: tuple(few * 4)),
        COUNTS,
    ),
    HEALTH,
    BASES,
    COUNTS | st.none(),
    TIMES | st.none(),
)
DECISIONS = st.builds(Decision, st.just(7), TIMES, st.sampled_from(Verdict), WORDS, WORDS | st.just("C0ALERTS"))
REASONS = st.builds(
    Reasons,
    ALERTS | st.none(),
    st.lists(DECISIONS, max_size=2).map(lambda few: tuple(few * 12)),
    st.lists(POSTED, max_size=2).map(lambda few: tuple(few * 4)),
    WORDS,
)
SITES = st.sampled_from(["https://acme.slack.com/", "javascript:alert(1)"]) | WORDS
PASTS = st.builds(
    Past, st.lists(CODES, max_size=20).map(tuple), SPANS | st.none(), TIMES | st.none(), TIMES | st.none()
)
ATTEMPTS = st.builds(
    Attempt,
    TIMES,
    user_id=WORDS,
    team_id=WORDS,
    act=st.sampled_from(Act),
    **dict.fromkeys(("channel", "via", "target", "text", "refused", "before", "after", "key"), WORDS),
    alert_id=st.integers(0, 10**9) | st.none(),
)
ENTRIES = st.builds(AuditEntry, st.integers(0, 10**9), ATTEMPTS, tenant=WORDS, name=WORDS, plan=WORDS)
AUDIT = st.builds(
    AuditPage, st.lists(ENTRIES, max_size=11).map(tuple), st.integers(0, 10**6), offset=st.integers(0, 10**6)
)
FRAMES = st.builds(
    Frame,
    WORDS,
    PEOPLE,
    st.integers(-1, 60),
    st.sampled_from([ANSWER, None]),
    st.sampled_from(["", "U01ALICE"]) | WORDS,
    OPEN_COUNTS,
)
ROW_FACTS = st.builds(
    RowFacts,
    unusual=st.dictionaries(st.sampled_from(_TASK_IDS), SPANS, max_size=3),
    recovered=st.dictionaries(st.sampled_from(_TASK_IDS), TIMES, max_size=3),
    critical=st.frozensets(st.sampled_from(_TASK_IDS), max_size=3),
)
LISTINGS = st.builds(
    Listing, found(TASKS | ALIKE), COUNTS, COUNTS, COUNTS, COUNTS | st.none(), TIMES | st.none(), st.booleans()
)
ERRORS = st.builds(
    lambda told, text, example, offers, is_question, offset, length: UsageError(
        told, text=text, offset=offset, length=length, example=example, offers=offers, is_question=is_question
    ),
    *(WORDS, WORDS, WORDS | WORDS.map("/tasks {}".format)),
    *(st.lists(WORDS, max_size=8), st.booleans()),
    *(st.integers(-5, 400), st.integers(-5, 400)),
)
HELP = (
    st.builds(lambda told, example: (Verb("show", told, examples=(example,)),), WORDS, WORDS),
    st.just(TERMS),
    WORDS,
)
DETAILS = st.builds(Details, TASKS, TIMES, PASTS | st.none(), found(ACTIVITIES) | st.none(), WORDS)
CONSOLES = st.sampled_from(["https://eu2-cloud.acronis.com/bc/", "javascript:alert(1)"]) | WORDS
REPLIES = st.builds(
    Reply,
    id=st.just(1),
    kind=st.just(CardKind.ALERT),
    channel=st.just("C0ALERTS"),
    key=st.just("k"),
    repeated=st.booleans(),
    created_at=TIMES | st.none(),
    says=st.sampled_from(Says),
    mention=MENTIONS,
)
CARD: dict[str, st.SearchStrategy[Any]] = {
    "repeated": st.booleans(),
    "earlier": POSTED | st.none(),
    "site": SITES,
}


def line(text: str) -> Message:
    """What goes into a thread as text alone."""
    return Message(text)


RUNNABLES = st.builds(
    Runnable,
    account=WORDS,
    application=st.builds(Application, policy_id=WORDS, policy_type=WORDS, context_id=WORDS),
    workload=WORDS,
    plan=WORDS,
    tenant=WORDS,
)
AIMS = st.integers(1, 10**9).map(Aim) | st.builds(Aim, st.just(0), st.integers(1, 10**9), st.just("t0123456789abcdef"))
DONE = st.builds(Done, ALERTS, ALERTS, st.sampled_from(Outcome))
ACTED = st.builds(Acted, TIMES, st.lists(DONE, max_size=3).map(tuple), st.just("") | WORDS, is_repeated=st.booleans())
ACT_ANSWERS = st.builds(act_answer, st.sampled_from(Act), ACTED, PEOPLE)
SOON = SPANS.map(lambda ahead: datetime(2022, 6, 1, tzinfo=UTC) + ahead)  # our own clock's
STORM_PAGES = st.builds(
    StormPage,
    AIMS,
    COUNTS,
    st.builds(OpenAlerts, st.lists(ALERTS, max_size=10, unique_by=lambda each: each.id).map(tuple), COUNTS, COUNTS),
    SOON,
    *([st.lists(KEYED, max_size=99, unique_by=lambda each: each.key).map(tuple)] * 2),
    KEYED | st.none(),
    *([st.integers(0, 3)] * 3),
)
ACTED_ON = st.lists(ALERTS, min_size=1, max_size=3)

NOTED = st.builds(Note, at=TIMES, by=WORDS, name=WORDS, text=WORDS, alert_id=st.integers(1, 10**9))
SOME_ALERTS = st.lists(ALERTS, max_size=14).map(tuple)
SHIFTS = st.builds(
    Shift,
    *(SOME_ALERTS,) * 3,
    healed=SOME_ALERTS,
    resolved=SOME_ALERTS,
    notes=st.lists(st.tuples(NOTED, ALERTS), max_size=8).map(tuple),
)
TOLD = WORDS.map(lambda words: f"Which of {words}?")
NAMED_PEOPLE = st.builds(Person, st.just("U01ALICE"), st.just("T1"), ZONES, st.booleans(), WORDS)
COMMANDS = WORDS.map(lambda words: lambda _: f"note #14 {words}")

PAYLOADS: dict[str, st.SearchStrategy[Message | Modal | Home]] = {
    "act_answers.act_answer": ACT_ANSWERS,
    "retired.retired_answer": st.builds(retired_answer, ACTED_ON, ACTED, PEOPLE),
    "act_answers.with_words": st.builds(with_words, ACT_ANSWERS, WORDS),
    "act_answers.with_note": st.builds(with_note, ACT_ANSWERS, WORDS),
    "act_windows.note_window": st.builds(note_window, AIMS, ACTED_ON, ZONES),
    "act_windows.owned_window": st.builds(owned_window, AIMS, OWNERS, ALERTS, ZONES),
    "act_windows.resolve_window": st.builds(resolve_window, AIMS, ACTED_ON, ZONES),
    "act_windows.snooze_window": st.builds(snooze_window, AIMS, ACTED_ON, ZONES, SOON),
    "activities.activity_list": st.builds(
        activity_list, st.builds(Steps, found(ACTIVITIES), TASKS | st.none()), FRAMES
    ),
    "act_choices.which": st.builds(
        which, TOLD, SOME_ALERTS, st.sampled_from([Act.TAKE, Act.SNOOZE, Act.NOTE]), COMMANDS, PEOPLE, WORDS
    ),
    "act_choices.until_when": st.builds(until_when, st.integers(0, 10**9), TOLD, PEOPLE),
    "act_choices.to_whom": st.builds(to_whom, TOLD, st.lists(NAMED_PEOPLE, max_size=12), COMMANDS),
    "act_choices.instead": st.builds(instead, TOLD, TOLD, WORDS.map(lambda words: f"note #14 {words}"), WORDS),
    "act_choices.needs": st.builds(needs, TOLD, st.sampled_from(["", "/tasks note 14 disk ordered"])),
    "act_choices.sorry": st.builds(sorry, TOLD, WORDS),
    "mine.mine_list": st.builds(mine_list, SOME_ALERTS, BASES, FRAMES),
    "handover.handover": st.builds(handover, SHIFTS, BASES, FRAMES),
    "audit.audit_list": st.builds(audit_list, AUDIT, BASES, FRAMES, st.lists(WORDS, max_size=3)),
    "alike.alike_modal": st.builds(
        alike_modal, st.lists(TASKS, min_size=1, max_size=60), ROW_FACTS, PEOPLE, found(TASKS)
    ),
    "about.about_answer": st.builds(
        about_answer, OPEN, PROTECTIONS, st.lists(HISTORIES, max_size=3).map(tuple), BASES, FRAMES
    ),
    "alert_list.alert_list": st.builds(alert_list, OPEN, BASES, FRAMES),
    "alert_list.one_alert": st.builds(one_alert, ALERTS, WORDS, BASES, PEOPLE),
    "alert_list.home_modal": st.builds(home_modal, OPEN, st.sampled_from(HomePart), st.integers(-1, 10**6), ZONES),
    "alert_list.named_modal": st.builds(named_modal, st.lists(ALERTS, min_size=1, max_size=12), ZONES),
    **{
        f"cards.card of {view}": st.builds(card, views, ZONES, **CARD)
        for view, views in {
            "an alert": ALERT_VIEWS,
            "a digest": DIGESTS,
            "a canary": CANARIES,
            "a storm": STORMS,
            "a summary": SUMMARIES,
            "an outage": OUTAGES,
            "what was not delivered": UNDELIVERED,
        }.items()
    },
    "cards.plain_card": st.builds(card, VIEWS, ZONES, **CARD).map(cards.plain_card),
    "cards.reply": st.builds(cards.reply, ALERT_VIEWS | STORMS | OUTAGES | UNDELIVERED, REPLIES, ZONES),
    "details.in_full": st.builds(details.in_full, TASKS | ACTIVITIES, PEOPLE, TIMES, stale=WORDS),
    "details.task_modal": st.builds(
        details.task_modal, DETAILS, PEOPLE, CONSOLES, stopping=st.just("") | st.just(NO_CANCEL)
    ),
    "help.help_page": st.builds(help_page, *HELP),
    "health.health_answer": st.builds(health_answer, HEALTH, PEOPLE),
    "history.history_answer": st.builds(
        history_answer, st.lists(HISTORIES, max_size=2).map(lambda few: tuple(few * 2)), BASES, FRAMES
    ),
    "home.home_page": st.builds(home_page, OVERVIEWS, PEOPLE),
    "notes.usage": st.builds(notes.usage, ERRORS),
    "notes.denied": st.builds(notes.denied, WORDS | WORDS.map("Ask U0MIA, {} or S0ONCALL.".format)),
    "notes.refusal": st.builds(notes.refusal, WORDS),
    "notes.left_out": st.builds(notes.left_out, ACT_ANSWERS, WORDS),
    "notes.denied_modal": st.builds(notes.denied_modal, WORDS, WORDS),
    "notes.failure": st.builds(notes.failure, WORDS, WORDS),
    "notes.store_fails": st.builds(notes.store_fails, WORDS, holds_up=st.booleans()),
    "notes.store_is_back": st.builds(notes.store_is_back, st.timedeltas(timedelta(), timedelta(days=99))),
    "notes.store_is_older": st.builds(notes.store_is_older, WORDS),
    "notes.loading_modal": st.builds(notes.loading_modal, WORDS),
    "notes.moment_modal": st.builds(notes.moment_modal, WORDS),
    "notes.failed_home": st.builds(notes.failed_home, WORDS),
    "notes.failed_modal": st.builds(notes.failed_modal, WORDS, WORDS),
    "run_window.confirm_window": st.builds(confirm_window, RUNNABLES, AIMS, ZONES),
    "run_window.not_runnable_window": st.builds(not_runnable_window, WORDS, ZONES),
    "run_window.started_answer": st.builds(
        started_answer, st.builds(Started, st.sampled_from(Start), WORDS), RUNNABLES
    ),
    "due_soon.due_answer": st.builds(due_answer, DUE_SOON, BASES, FRAMES),
    "protected.protected_answer": st.builds(protected_answer, PROTECTIONS, BASES, FRAMES, SPANS),
    "replies.line": st.builds(replies.line, ALERT_VIEWS | STORMS | OUTAGES | UNDELIVERED, REPLIES, ZONES).map(line),
    "storm_window.storm_window": st.builds(storm_window, STORM_PAGES, ZONES),
    "stats.stats_answer": st.builds(stats_answer, STATS, BASES, FRAMES),
    "task_list.nothing": st.builds(task_list.nothing, LISTINGS, FRAMES),
    "task_list.overview": st.builds(task_list.overview, LISTINGS, FRAMES, OPEN, WORDS, ROW_FACTS),
    "task_list.task_list": st.builds(task_list.task_list, LISTINGS, FRAMES, ROW_FACTS, together=st.booleans()),
    "why.why_answer": st.builds(why_answer, REASONS, WORDS, PEOPLE, site=SITES),
    "why.why_modal": st.builds(why_modal, REASONS, WORDS, ZONES, site=SITES),
}
_DRAWERS = {"layout.message", "layout.modal", "layout.home"}  # what all the others are drawn with
_LINES = {"replies.line"}  # text alone


def builders() -> Iterator[str]:
    """Each public function of `bot.blocks` that returns something to show."""
    for module in (import_module(f"bot.blocks.{each.name}") for each in iter_modules(bot.blocks.__path__)):
        for name, function in inspect.getmembers(module, inspect.isfunction):
            whole = f"{module.__name__.rpartition('.')[2]}.{name}"
            own = function.__module__ == module.__name__ and not name.startswith("_")
            if own and get_type_hints(function).get("return") in (Message, Modal, Home) and whole not in _DRAWERS:
                yield whole
    yield from _LINES
