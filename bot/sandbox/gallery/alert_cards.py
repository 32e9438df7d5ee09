"""Cards of one alert: of each way in which a run fails, by what it means, by what was done, and how it ends."""

from collections.abc import Iterator
from dataclasses import replace

from bot.model import (
    OUTCOME_UNKNOWN,
    Assessment,
    Cause,
    Ending,
    Kind,
    Note,
    Posted,
    Reason,
    Resolution,
    ResultCode,
    Severity,
    Snooze,
    SnoozeEnd,
    TaskState,
    Triage,
    Workload,
)
from bot.sandbox.gallery.entry import Entry
from bot.sandbox.gallery.nouns import NOW, alert, changed
from bot.sandbox.gallery.samples import (
    CODED,
    CRITICAL,
    DAY,
    FAILED_AT,
    HOUR,
    IN_TIME,
    MINUTE,
    MISSED,
    NOTE,
    OF_MIA,
    OF_NOAH,
    ON_CALL,
    QUOTA,
    THREE,
    TILL_EIGHT,
    WARNING,
    card,
    over,
    several,
    view,
)

MAILBOX = alert(
    id=16,
    name="anna.schmidt@acme.example",
    plan="Microsoft 365",
    workload=Workload.MICROSOFT365,
    ended_at=FAILED_AT,
    cause=QUOTA,
    task_id="944455285181775874",
    assessment=IN_TIME,
)
RESTORE = alert(
    id=17,
    kind=Kind.RESTORE,
    ended_at=FAILED_AT,
    cause=CODED,
    task_id="944455285181775875",
    assessment=Assessment(Severity.CRITICAL, Reason.RESTORE),
)


def failing() -> Iterator[Entry]:
    """How bad it is, and how it failed."""
    yield card(
        "A failed backup", "critical: the target was missed", view(CRITICAL, strip=THREE, in_a_row=3, mention=ON_CALL)
    )
    yield card("A failed backup", "a warning: the next run is in time", view(WARNING))
    for state, reason, changes in (
        ("critical: three failures in a row", Reason.IN_A_ROW, {"last_good_at": FAILED_AT - 30 * HOUR}),
        ("critical: the target will be missed", Reason.WILL_MISS, {"misses_at": FAILED_AT + 5 * HOUR}),
        ("critical: there never was a good backup", Reason.NEVER, {"last_good_at": None, "misses_at": None}),
    ):
        judged = replace(MISSED, reason=reason, **changes)
        shown = view(replace(CRITICAL, assessment=judged), strip=THREE, in_a_row=3, history_from=NOW - 90 * DAY)
        yield card("A failed backup", state, shown)
    tries = replace(IN_TIME, reason=Reason.RETRYING, retries=True, attempt=2, attempts=12, gives_up_at=NOW + HOUR)
    yield card("A failed backup", "it tries again by itself", view(replace(WARNING, assessment=tries)))
    yield card(
        "A failed backup", "nothing is known of earlier runs", view(alert(id=18, cause=CODED), strip=(), usual=None)
    )
    yield card("A failed backup of a mailbox", "a warning, with an article", view(MAILBOX))
    yield card("A failed restore", "critical", view(RESTORE, strip=(), usual=None, mention=ON_CALL))
    for code in (ResultCode.TIMEDOUT, ResultCode.ABANDONED, ResultCode.WARNING, ResultCode.CANCELLED, OUTCOME_UNKNOWN):
        yield card("A backup that did not end well", str(code), view(changed(WARNING, code=str(code), cause=Cause())))
    yield card(
        "A failed task of a kind that nobody explains",
        "kind unknown",
        view(changed(WARNING, kind=Kind.UNKNOWN, type="FancyRestore"), strip=(), usual=None),
    )
    yield card(
        "A failed backup", "the type alone is known", view(changed(WARNING, name="", plan="", type="ArchiveCheck"))
    )


def again() -> Iterator[Entry]:
    """A run is on its way, it failed before, somebody wrote about it."""
    for state, percent, words in (
        (TaskState.STARTED, 41, "runs again, 41 %"),
        (TaskState.ENQUEUED, None, "is queued again"),
        (TaskState.PAUSED, 12, "runs again, and is paused"),
    ):
        going = view(WARNING, retrying_since=NOW - HOUR, retrying_percent=percent, retrying_state=state)
        yield card("A failed backup", words, going)
    before = over(replace(WARNING, id=9), Ending.BY_HAND, resolution=Resolution("U0NOAH", "Noah", "replaced the cable"))
    noted = (NOTE, Note(FAILED_AT - 9 * DAY, "U0MIA", "Mia", "This server is slow at the end of a month.", 9))
    earlier = Posted("C0ALERTS", "1772420000.000100")
    yield card(
        "A failed backup",
        "it failed before, and has notes",
        view(replace(WARNING, occurrences=3), previous=before, previous_card=earlier, notes=noted, has_plans=True),
    )
    yield card("A failed backup", "possibly repeated", view(WARNING), repeated=True)
    yield card("A failed backup", "continues an earlier message", view(WARNING), earlier=earlier)


def triaged() -> Iterator[Entry]:
    """Taken, snoozed, both."""
    taken, put_off = Triage(OF_MIA), Triage(snooze=TILL_EIGHT)
    yield card("A failed backup", "taken", view(replace(CRITICAL, triage=taken), mention=ON_CALL))
    yield card("A failed backup", "snoozed until a time", view(replace(WARNING, triage=put_off)))
    for end, words in ((SnoozeEnd.NEXT_RUN, "until the next run"), (SnoozeEnd.RECOVERY, "until it recovers")):
        snooze = Snooze(NOW + 14 * DAY, "U0MIA", FAILED_AT, "Mia", end)
        yield card("A failed backup", f"snoozed {words}", view(replace(WARNING, triage=Triage(snooze=snooze))))
    both = replace(CRITICAL, triage=Triage(OF_NOAH, TILL_EIGHT))
    yield card("A failed backup", "taken and snoozed", view(both, notes=(NOTE,)))


def ended() -> Iterator[Entry]:
    """Every way in which an alert ends."""
    by_hand = Resolution("U0MIA", "Mia", "replaced the disk")
    for ending in Ending:
        who = by_hand if ending in (Ending.BY_HAND, Ending.RETIRED) else None
        item = over(CRITICAL, ending, resolution=who, next_look_at=NOW if ending is Ending.BY_HAND else None)
        yield card("A failed backup is over", ending.value, view(item, strip=(*THREE[1:], "ok")))
    beside = several(3, 1)[1:]
    yield card("A failed backup is over", "other alerts of the machine are open", view(over(CRITICAL), beside=beside))
    restored = over(RESTORE, Ending.NOT_REPEATED, 3 * DAY)
    yield card("A failed restore is over", "not repeated", view(restored, strip=(), usual=None))
    yield card(
        "A failed backup is over",
        "it had been taken",
        view(over(replace(CRITICAL, triage=Triage(OF_MIA)), after=9 * HOUR - MINUTE)),
    )
