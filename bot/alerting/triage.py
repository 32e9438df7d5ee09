"""What people do about alerts, and what time makes of it: taking, snoozing, resolving, notes (design §5). Pure.

No act hides a fact: a taken or snoozed alert stays open, and new failures join it. A snooze always ends. It silences
what failed when it was pressed: another error, a failed restore, a missed target or a third failure in a row ends it.
Who has an alert and lets it rest is asked, and without an answer has it no longer.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from bot.alerting.history import failures_in_a_row
from bot.alerting.lifecycle import closed, reopened
from bot.alerting.severity import IN_A_ROW, Facts
from bot.model import (
    LONGEST_SNOOZE,
    Act,
    Alert,
    Ending,
    Kind,
    Owner,
    Reason,
    Resolution,
    Silence,
    Snooze,
    SnoozeEnd,
    Triage,
)
from bot.model.values import dataclass

UNDO_FOR: Final = timedelta(minutes=10)
WARN_BEFORE: Final = timedelta(minutes=15)
"""Who snoozed is told so long before a snooze ends by time."""
ASK_AFTER: Final = timedelta(hours=2)
"""Who has an alert about which nothing changes for so long is asked."""
ANSWER_WITHIN: Final = timedelta(minutes=30)
LOOK_FOR_RUN: Final = timedelta(hours=1)
"""Between two looks whether the next run of a snoozed alert was there."""
RETIRABLE: Final = frozenset[str]({Silence.MISSED, Silence.NEVER, Silence.VANISHED})
"""What ends when a workload is retired: nothing of it is expected any more."""
_NOTED: Final = frozenset({Act.NOTE, Act.TAKE, Act.SNOOZE})
_MISSED: Final = frozenset({Reason.MISSED, Reason.NEVER})


class Outcome(StrEnum):
    """What became of an act on one alert."""

    DONE = "done"
    ALREADY = "already so"
    OTHERS = "another has it"
    ENDED = "the alert is over"
    NOT_SO = "there is nothing to undo"
    TOO_LATE = "the time for it is over"
    FOLLOWED = "it failed again since"
    RECOVERED = "it recovered since"


@dataclass(frozen=True, slots=True)
class Deed:
    """One act of a person, `by` Slack's user id, at a moment. Names and text may be hostile.

    `to` is who shall have the alert, "" the person. `over`: although another has it. `until` and `end` are a snooze's,
    `text` is a resolution's reason, a note, or a remark beside a take or a snooze.
    """

    act: Act
    by: str
    at: datetime
    name: str = ""
    to: str = ""
    to_name: str = ""
    over: bool = False
    until: datetime | None = None
    end: SnoozeEnd = SnoozeEnd.TIME
    text: str = ""

    @property
    def note(self) -> str:
        """What the workload keeps of it; a resolution keeps its reason itself. A remark alone calms nobody: when its
        snooze is over, the alert is as if it had none."""
        return self.text if self.act in _NOTED else ""


@dataclass(frozen=True, slots=True)
class Done:
    """One alert before and after an act. Where the outcome is not `DONE`, both are the same."""

    before: Alert
    after: Alert
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Result:
    """What became of an act: `refused` is why it was not allowed, a sentence; else what is so now of each alert.

    Without alerts there is none that it was about. `is_repeated`: the same delivery did it before. `at` is when.
    """

    at: datetime
    done: tuple[Done, ...] = ()
    refused: str = ""
    is_repeated: bool = False

    @property
    def is_done(self) -> bool:
        """Whether this delivery changed anything."""
        return not self.is_repeated and any(each.outcome is Outcome.DONE for each in self.done)

    @property
    def others(self) -> Owner | None:
        """Who has it, where that is why nothing was done."""
        return next((each.after.triage.owner for each in self.done if each.outcome is Outcome.OTHERS), None)


class Happening(StrEnum):
    """What time or a new run made of an owner or a snooze."""

    WARNED = "the snooze ends soon"
    WOKEN = "the snooze is over"
    NEXT_RUN = "the next run failed"
    OTHER_ERROR = "it failed with another error"
    RESTORE = "a restore failed again"
    MISSED = "the target is missed"
    THIRD = "it failed three times in a row"
    ASKED = "its owner is asked"
    RELEASED = "its owner did not answer"


LAPSES: Final = frozenset(
    {
        Happening.WOKEN,
        Happening.NEXT_RUN,
        Happening.OTHER_ERROR,
        Happening.RESTORE,
        Happening.MISSED,
        Happening.THIRD,
    }
)
"""What ends a snooze before the alert is over."""


# ── what a person does ──


def do(alert: Alert, deed: Deed, facts: Facts, *, is_followed: bool = False) -> Done:
    """What the act makes of the alert. `is_followed`: a later alert of the same problem is open."""
    outcome = _outcome(alert, deed, facts, is_followed=is_followed)
    if outcome is not Outcome.DONE:
        return Done(alert, alert, outcome)
    return Done(alert, _after(_touched(alert, deed), deed, facts), outcome)


def _touched(alert: Alert, deed: Deed) -> Alert:
    """Whoever does anything about it answers for its owner, who may have been asked."""
    owner = alert.triage.owner
    return _with(alert, acted_at=deed.at, owner=replace(owner, asked_at=None) if owner else None)


def _after(alert: Alert, deed: Deed, facts: Facts) -> Alert:
    match deed.act:
        case Act.TAKE:
            return _with(alert, owner=_owner(alert, deed))
        case Act.RELEASE:
            return _with(alert, owner=None)
        case Act.SNOOZE:
            return _with(alert, snooze=_snooze(alert, deed, facts))
        case Act.WAKE:
            return _with(alert, snooze=None)
        case Act.NOTE:
            return _with(alert, noted_at=deed.at) if alert.is_open else alert
        case Act.RESOLVE | Act.RETIRE:
            ending = Ending.RETIRED if deed.act is Act.RETIRE else Ending.BY_HAND
            resolution = Resolution(deed.by, deed.name, deed.text)
            return replace(closed(alert, ending, deed.at), resolution=resolution)
        case Act.UNDO:
            return reopened(alert)
        case _:
            return alert


def _outcome(alert: Alert, deed: Deed, facts: Facts, *, is_followed: bool) -> Outcome:
    if deed.act is Act.UNDO:
        return _undone(alert, deed, facts, is_followed=is_followed)
    if not alert.is_open and deed.act is not Act.NOTE:
        return Outcome.ENDED
    owner = alert.triage.owner
    match deed.act:
        case Act.TAKE:
            return _taken(owner, deed)
        case Act.RELEASE:
            return _released(owner, deed)
        case Act.SNOOZE if deed.until is not None and deed.until <= deed.at:
            return Outcome.TOO_LATE
        case Act.WAKE if alert.triage.snooze is None:
            return Outcome.NOT_SO
        case Act.RETIRE if alert.latest.code not in RETIRABLE:
            return Outcome.NOT_SO
    return Outcome.DONE


def _released(owner: Owner | None, deed: Deed) -> Outcome:
    if owner is None:
        return Outcome.NOT_SO
    return Outcome.DONE if deed.over or owner.who == deed.by else Outcome.OTHERS


def _taken(owner: Owner | None, deed: Deed) -> Outcome:
    """Its owner may hand it on; anybody else has to say that it is to be taken over."""
    if owner is None or deed.over:
        return Outcome.DONE
    if owner.who == (deed.to or deed.by):
        return Outcome.DONE if owner.asked_at and owner.who == deed.by else Outcome.ALREADY
    return Outcome.DONE if owner.who == deed.by else Outcome.OTHERS


def _undone(alert: Alert, deed: Deed, facts: Facts, *, is_followed: bool) -> Outcome:
    if alert.ending is not Ending.BY_HAND or alert.closed_at is None:
        return Outcome.NOT_SO
    if deed.at - alert.closed_at > UNDO_FOR:
        return Outcome.TOO_LATE
    if is_followed:
        return Outcome.FOLLOWED
    is_well = facts.last_good_at is not None and facts.last_good_at > alert.latest.ended_at
    return Outcome.RECOVERED if is_well else Outcome.DONE


def offers_undo(alert: Alert) -> bool:
    """Whether its card offers it: until time has looked at the resolved alert once more."""
    return alert.ending is Ending.BY_HAND and alert.next_look_at is not None


def _with(alert: Alert, **changes: object) -> Alert:
    return replace(alert, triage=replace(alert.triage, **changes))  # type: ignore[arg-type]  # fields of `Triage`


def _owner(alert: Alert, deed: Deed) -> Owner:
    """Who says again that it is theirs has it since the first time."""
    who, name = (deed.to, deed.to_name) if deed.to else (deed.by, deed.name)
    known = alert.triage.owner
    return Owner(who, known.since if known and known.who == who else deed.at, name)


def _snooze(alert: Alert, deed: Deed, facts: Facts) -> Snooze:
    return Snooze(
        until=snoozed_until(deed.until, deed.at),
        by=deed.by,
        since=deed.at,
        name=deed.name,
        end=deed.end,
        failed_at=alert.latest.ended_at,
        cause=cause_of(alert),
        in_a_row=_in_a_row(facts),
        is_missed=alert.assessment.reason in _MISSED,
    )


def snoozed_until(until: datetime | None, at: datetime) -> datetime:
    """When a snooze pressed then ends at the latest."""
    return min(until or at + LONGEST_SNOOZE, at + LONGEST_SNOOZE)


def cause_of(alert: Alert) -> str:
    """Tells one error from another: the error book's entry, else Acronis's code, else the sentence."""
    cause = alert.latest.cause
    return cause.entry or cause.code or cause.text


# ── what time and new runs make of it ──


def settle(alert: Alert, facts: Facts, now: datetime) -> tuple[Alert, tuple[Happening, ...]]:
    """An open alert as it is now, and what happened to its owner and its snooze since it was last looked at."""
    happened: list[Happening] = []
    triage = alert.triage
    if triage.snooze is not None:
        snooze = triage.snooze
        if lapse := _lapse(alert, snooze, facts, now):
            triage = replace(triage, snooze=None, acted_at=now)  # its owner has the time for it anew
            happened.append(lapse)
        elif _warns(snooze, now):
            happened.append(Happening.WARNED)
    elif triage.owner is not None:
        triage, owned = _asked(alert, triage, triage.owner, now)
        happened += owned
    return (alert if triage == alert.triage else replace(alert, triage=triage)), tuple(happened)


def _lapse(alert: Alert, snooze: Snooze, facts: Facts, now: datetime) -> Happening | None:
    known = snooze.failed_at or snooze.since  # what ended later is new to whoever pressed, whenever it was read
    failed_since = alert.latest.ended_at > known
    if failed_since and alert.latest.kind is Kind.RESTORE:
        return Happening.RESTORE
    if failed_since and cause_of(alert) != snooze.cause:
        return Happening.OTHER_ERROR
    if alert.assessment.reason in _MISSED and not snooze.is_missed:
        return Happening.MISSED
    if _in_a_row(facts) >= IN_A_ROW > snooze.in_a_row:
        return Happening.THIRD
    if snooze.end is SnoozeEnd.NEXT_RUN and (failed_since or _ran_since(facts, known)):
        return Happening.NEXT_RUN
    return Happening.WOKEN if now >= snooze.until else None


def _warns(snooze: Snooze, now: datetime) -> bool:
    """Not where the whole snooze is hardly longer than the warning."""
    return snooze.until - WARN_BEFORE <= now and snooze.until - snooze.since > 2 * WARN_BEFORE


def _ran_since(facts: Facts, since: datetime) -> bool:
    return facts.last_run_at is not None and facts.last_run_at > since


def _in_a_row(facts: Facts) -> int:
    return failures_in_a_row(run.code for run in facts.runs)


def _asked(alert: Alert, triage: Triage, owner: Owner, now: datetime) -> tuple[Triage, list[Happening]]:
    changed_at = _changed_at(alert, owner)
    if owner.asked_at is not None and owner.asked_at < changed_at:
        owner = replace(owner, asked_at=None)
    if owner.asked_at is None and now >= changed_at + ASK_AFTER:
        return replace(triage, owner=replace(owner, asked_at=now)), [Happening.ASKED]
    if owner.asked_at is not None and now >= owner.asked_at + ANSWER_WITHIN:
        return replace(triage, owner=None, acted_at=now), [Happening.RELEASED]
    return replace(triage, owner=owner), []


def _changed_at(alert: Alert, owner: Owner) -> datetime:
    """When something about it changed last: a failure, or what a person did."""
    return max(owner.since, alert.triage.acted_at or owner.since, alert.latest.ended_at)


def looks(alert: Alert, now: datetime) -> Iterator[datetime]:
    """The moments at which time alone changes something about what people did."""
    if not alert.is_open:
        if alert.ending is Ending.BY_HAND and alert.closed_at is not None:
            yield alert.closed_at + UNDO_FOR + timedelta(microseconds=1)
        return
    owner, snooze = alert.triage.owner, alert.triage.snooze
    if snooze is not None:
        yield snooze.until
        yield snooze.until - WARN_BEFORE
        if snooze.end is SnoozeEnd.NEXT_RUN:
            yield now + LOOK_FOR_RUN
    elif owner is not None:
        yield (owner.asked_at + ANSWER_WITHIN) if owner.asked_at else (_changed_at(alert, owner) + ASK_AFTER)


def state_of(alert: Alert) -> str:
    """In words, for the audit: `open, critical, taken by U0MIA, snoozed until 2026-11-27 08:00 UTC`."""
    if not alert.is_open:
        return f"over: {alert.ending or 'ended'}"
    owner, snooze = alert.triage.owner, alert.triage.snooze
    taken = f"taken by {owner.who}" if owner else ""
    snoozed = f"snoozed until {snooze.until:%Y-%m-%d %H:%M} UTC" if snooze else ""
    return ", ".join(filter(None, ("open", alert.assessment.severity.value, taken, snoozed)))
