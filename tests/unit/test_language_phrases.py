"""What people type, and what it asks for."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot.language import DEFAULT_KINDS, describe, last_day, parse
from bot.model import FAILED, OFFICE365_TYPES, Invocation, Kind, Takes, TaskQuery, TimeField, Verb, Workload

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 6, 6, 1, 30, 22, tzinfo=UTC)  # Saturday, 03:30 in Berlin
VERBS = (
    Verb("", "", Takes.FILTERS),
    Verb("overview", ""),
    Verb("help", "", Takes.WORD),
    Verb("show", "", Takes.ID, optional=False, examples=("/tasks show 12",)),
    Verb("activities", "", Takes.ID_OR_FILTERS),
)
STARTED, COMPLETED = TimeField.STARTED, TimeField.COMPLETED
ORDINARY = TaskQuery(kinds=DEFAULT_KINDS, roots_only=True)
DAY_AGO = datetime(2026, 6, 5, 1, 30, tzinfo=UTC)


def asked(text: str) -> Invocation:
    """Without the text itself and the places in it."""
    return replace(parse(text, NOW, BERLIN, VERBS), text="", marks=())


def query(text: str) -> TaskQuery:
    found = asked(text)
    assert found.verb == ""
    assert found.query is not None
    return found.query


def berlin(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN).astimezone(UTC)


def of(*, field: TimeField = STARTED, after: str = "", before: str = "", **fields: Any) -> TaskQuery:
    """A question with local times; without any it is the last 24 hours."""
    bounds: dict[str, Any] = {
        "after": berlin(after) if after else None if before else DAY_AGO,
        "before": berlin(before) if before else None,
        "time_is_default": not (after or before),
    }
    return replace(ORDINARY, time_field=field, **{**bounds, **fields})


def over(*codes: str, **fields: Any) -> TaskQuery:
    """A question for results: only what is completed has one."""
    given: dict[str, Any] = {
        "results": frozenset(codes),
        "states": frozenset({"completed"}),
        "field": COMPLETED,
        **fields,
    }
    return of(**given)


def now(*states: str) -> TaskQuery:
    return replace(ORDINARY, states=frozenset(states))


def workload(which: Workload) -> TaskQuery:
    return of(workloads=frozenset({which}))


JUNE = "2022-06-01"
O365: dict[str, Any] = {"types": OFFICE365_TYPES, "kinds": frozenset[Kind](), "roots_only": False}
EVERYTHING: dict[str, Any] = {"kinds": frozenset[Kind](), "roots_only": False}
ENDED = frozenset({"completed"})

MEANINGS: list[tuple[str, TaskQuery]] = [
    # the guide's pages
    ("all", of(**EVERYTHING)),
    ("running", now("started")),
    ("since 2022-06-01", of(after=JUNE)),
    ("completed since 2022-06-01", of(field=COMPLETED, states=ENDED, after=JUNE)),
    ("o365", of(**O365)),
    ("o365 since 2022-06-01", of(after=JUNE, **O365)),
    # states and results
    ("queued", now("enqueued", "assigned")),
    ("paused", now("paused")),
    ("running paused", now("started", "paused")),
    ("in progress", now("started")),
    ("completed", of(field=COMPLETED, states=ENDED)),
    ("failed", over(*FAILED)),
    ("errors", over(*FAILED)),
    ("ok", over("ok")),
    ("warnings", over("warning")),
    ("with warnings", over("warning")),
    ("cancelled", over("cancelled")),
    ("canceled", over("cancelled")),
    ("stopped", over("cancelled")),
    ("abandoned", over("abandoned")),
    ("timedout", over("timedout")),
    ("timed out", over("timedout")),
    ("failed ok", over(*FAILED, "ok")),
    ("completed failed", over(*FAILED)),
    # workloads and kinds
    ("m365", workload(Workload.MICROSOFT365)),
    ("Microsoft 365", workload(Workload.MICROSOFT365)),
    ("google", workload(Workload.GOOGLE)),
    ("machines", workload(Workload.MACHINE)),
    ("backups", of(kinds=frozenset({Kind.BACKUP}))),
    ("restores", of(kinds=frozenset({Kind.RESTORE}))),
    ("backups and restores", of()),
    ("all backups", of(kinds=frozenset({Kind.BACKUP}), roots_only=False)),
    ("o365 backups", of(**{**O365, "kinds": frozenset({Kind.BACKUP})})),
    # times
    ("last 24h", of(after="2026-06-05T03:30")),
    ("24h", of(after="2026-06-05T03:30")),
    ("last 24 hours", of(after="2026-06-05T03:30")),
    ("in the last 7 days", of(after="2026-05-30T03:30")),
    ("past week", of(after="2026-05-30T03:30")),
    ("last 1h30m", of(after="2026-06-06T02:00")),
    ("last 1.5 days", of(after="2026-06-04T15:30")),
    ("since 2 days ago", of(after="2026-06-04T03:30")),
    ("since 90 min", of(after="2026-06-06T02:00")),
    ("today", of(after="2026-06-06", before="2026-06-07")),
    ("yesterday", of(after="2026-06-05", before="2026-06-06")),
    ("since yesterday", of(after="2026-06-05")),
    ("since yesterday at 18:00", of(after="2026-06-05T18:00")),
    ("since 18:00", of(after="2026-06-05T18:00")),
    ("since 3:00", of(after="2026-06-06T03:00")),
    ("since 6pm", of(after="2026-06-05T18:00")),
    ("since 6:30 p.m.", of(after="2026-06-05T18:30")),
    ("since midnight", of(after="2026-06-06")),
    ("since 12 am", of(after="2026-06-06")),
    ("since noon", of(after="2026-06-05T12:00")),
    ("since monday", of(after="2026-06-01")),
    ("since saturday", of(after="2026-06-06")),
    ("since last saturday", of(after="2026-05-30")),
    ("last monday", of(after="2026-06-01", before="2026-06-02")),
    ("on tue", of(after="2026-06-02", before="2026-06-03")),
    ("monday", of(after="2026-06-01", before="2026-06-02")),
    ("since 1 June", of(after="2026-06-01")),
    ("since June 1st", of(after="2026-06-01")),
    ("since 7 june", of(after="2025-06-07")),
    ("since 29 Feb", of(after="2024-02-29")),
    ("since Wed 1 Jun 2022", of(after=JUNE)),
    ("since 2022/06/01", of(after=JUNE)),
    ("since 25/12/2025", of(after="2025-12-25")),
    ("since 12/25/25", of(after="2025-12-25")),
    ("since 06/06/26", of(after="2026-06-06")),
    ("2022-06-01", of(after=JUNE, before="2022-06-02")),
    ("since 2022-06-01T18:00", of(after="2022-06-01T18:00")),
    ("since 2022-06-01 18:00", of(after="2022-06-01T18:00")),
    ("since 2022-06-01T18:00:05.75", of(after="2022-06-01T18:00:05")),
    ("since 2022-06-01T18:00Z", of(after="2022-06-01T20:00")),
    ("since 2022-06-01T18:00-04:00", of(after="2022-06-02T00:00")),
    ("since 2022-06-01T18:00-0400", of(after="2022-06-02T00:00")),
    ("since 2022-06-01 18∶00", of(after="2022-06-01T18:00")),
    ("before yesterday", of(before="2026-06-05")),
    ("since monday before wednesday", of(after="2026-06-01", before="2026-06-03")),
    ("from monday to wednesday", of(after="2026-06-01", before="2026-06-04")),
    ("before now", of(before="2026-06-06T03:30")),
    # which time is meant
    ("failed since monday", over(*FAILED, after="2026-06-01")),
    ("since monday failed", over(*FAILED, after="2026-06-01")),
    ("failed started since monday", over(*FAILED, field=STARTED, after="2026-06-01")),
    ("running since 18:00", of(states=frozenset({"started"}), after="2026-06-05T18:00")),
    # how phones write it
    ("  Failed  ", over(*FAILED)),
    ("`Failed`.", over(*FAILED)),
    ("failed\u00a0google", over(*FAILED, workloads=frozenset({Workload.GOOGLE}))),
    ("failed, google, please", over(*FAILED, workloads=frozenset({Workload.GOOGLE}))),
    ("failed — google", over(*FAILED, workloads=frozenset({Workload.GOOGLE}))),
    ("failed &amp; cancelled", over(*FAILED, "cancelled")),
    ("since 2022–06–01", of(after=JUNE)),
    ("\u200bfail\u00aded\ufe0f", over(*FAILED)),
    ("ＦＡＩＬＥＤ", over(*FAILED)),
    ("*failed*", over(*FAILED)),
]


@pytest.mark.parametrize(("text", "meaning"), MEANINGS, ids=[text for text, _ in MEANINGS])
def test_a_phrase_means(text: str, meaning: TaskQuery) -> None:
    assert query(text) == meaning


@pytest.mark.parametrize("text", [text for text, _ in MEANINGS])
def test_a_question_said_back_is_the_same_question(text: str) -> None:
    """Only whether its time was chosen is not in the words: the last 24 hours are said either way."""
    asked_for = query(text)
    for said in (describe(asked_for, BERLIN), describe(asked_for, BERLIN, NOW)):
        assert replace(query(said), time_is_default=asked_for.time_is_default) == asked_for


@pytest.mark.parametrize("text", ["", "   ", ".", "“”", "—", "tasks, please"])
def test_no_words_are_the_overview_of_the_last_day(text: str) -> None:
    expected = of(field=COMPLETED, states=ENDED)
    assert asked(text) == Invocation("overview", expected)
    assert last_day(NOW) == expected


@pytest.mark.parametrize(
    ("text", "invocation"),
    [
        ("help", Invocation("help")),
        ("Help In Progress", Invocation("help", None, "in progress")),
        ("overview", Invocation("overview")),
        ("show 1683887115599998977", Invocation("show", None, "1683887115599998977")),
        ("show #12.", Invocation("show", None, "12")),
        (
            "show 175E371D-0000-4000-8000-0123456789AB",
            Invocation("show", None, "175e371d-0000-4000-8000-0123456789ab"),
        ),
        ("activities 12", Invocation("activities", None, "12")),
        ("activities", Invocation("activities", of())),
        ("activities failed", Invocation("activities", over(*FAILED))),
        ("activities 24h", Invocation("activities", of(after="2026-06-05T03:30"))),
    ],
)
def test_a_first_word_that_is_a_verb_is_one(text: str, invocation: Invocation) -> None:
    assert asked(text) == invocation


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("failed m365 backups since monday", "Failed Microsoft 365 backups completed since Mon 1 Jun"),
        ("failed", "Failed backups and restores completed in the last 24 h"),
        ("o365 since 2022-06-01", "Office 365 tasks started since Wed 1 Jun 2022"),
        ("all", "All tasks started in the last 24 h"),
        ("running", "Running backups and restores"),
        ("running since 18:00", "Running backups and restores started since Fri 5 Jun 18:00"),
        ("completed since 2022-06-01", "Backups and restores completed since Wed 1 Jun 2022"),
        ("completed started yesterday", "Completed backups and restores started on Fri 5 Jun"),
        ("before yesterday", "Backups and restores started before Fri 5 Jun"),
        ("warnings yesterday", "Backups and restores with warnings completed on Fri 5 Jun"),
        ("ok failed started today", "Failed and successful backups and restores started on Sat 6 Jun"),
        ("management last 24h", "Management tasks started since Fri 5 Jun 03:30"),
        ("since mon 18:00 before tue", "Backups and restores started since Mon 1 Jun 18:00 and before Tue 2 Jun"),
    ],
)
def test_a_question_is_said_back_in_plain_words(text: str, said: str) -> None:
    assert describe(query(text), BERLIN, NOW) == said


def test_what_the_language_has_no_words_for_is_said_all_the_same() -> None:
    odd = TaskQuery(states=frozenset({"limbo"}), types=frozenset({"policy.apply"}))
    assert describe(odd, BERLIN) == "Limbo policy.apply tasks"
    timed = describe(replace(odd, after=DAY_AGO), BERLIN)
    assert timed == "Limbo policy.apply tasks started since Fri 5 Jun 2026 03:30"
