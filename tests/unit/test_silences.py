"""Runs that hang, wait for a person or save nothing: when that is told, and what ends it (design §5)."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.alerting.fingerprint import run_of
from bot.alerting.lifecycle import Changes, Ended, Going, Page, Snapshot, judge_page
from bot.alerting.silences import UnderWay, empty, longest_usual, saved, silence_of, stuck, waiting
from bot.errorbook.questions import question
from bot.model import (
    AlertStatus,
    Blocker,
    Cause,
    Ending,
    Kind,
    Progress,
    Run,
    RunFact,
    Silence,
    Task,
    silence_id,
    task_behind,
)
from tests.builders import NOW, task

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
NIGHTLY = tuple(30 + each % 5 for each in range(14))  # minutes


def facts(minutes: Sequence[float], code: str = "ok") -> tuple[RunFact, ...]:
    return tuple(RunFact(NOW - (day + 1) * 24 * HOUR, code, each * MINUTE) for day, each in enumerate(minutes))


def going(hours: float, *, still: float | None = None, state: str = "started") -> UnderWay:
    """A run that began so many hours ago, and whose progress stands since."""
    found = task(state=state, started_at=NOW - hours * HOUR, id="7")
    return UnderWay(found, None if still is None else NOW - still * HOUR)


@pytest.mark.parametrize(
    ("hours", "minutes", "hangs"),
    [
        (1.9, NIGHTLY, False),  # never under two hours
        (2.1, NIGHTLY, True),
        (5.4, (300, 310, 290, 300, 305), False),
        (6.1, (300, 310, 290, 300, 305), True),
        (9.9, (30, 31, 29, 30, 30, 30, 600), False),  # the full backup of the week went well in ten hours
        (10.1, (30, 31, 29, 30, 30, 30, 600), True),
        (90, (30, 31), False),  # what is usual is not known
        (3.3, (100, 105, 110, 102), False),
        (3.3, (100, 105, 110, 102, 104), True),
        (3.4, (140, 150, 145, 170, 180, 148), False),  # of six the deviation, 5 to 8 min, says little
        (3.1, (140, 150, 145, 170, 180, 148) * 3, False),
        (3.4, (140, 150, 145, 170, 180, 148) * 3, True),
    ],
)
def test_a_run_hangs_when_it_takes_longer_than_the_median_and_six_deviations(
    hours: float, minutes: Sequence[float], hangs: bool
) -> None:
    assert (stuck(going(hours), facts(minutes), NOW) is not None) is hangs


def test_runs_that_failed_do_not_say_what_is_usual() -> None:
    assert longest_usual(facts((600, 600, 600), "error")) is None


@pytest.mark.parametrize(("still", "hangs"), [(0.9, False), (1.0, True), (30, True), (None, False)])
def test_a_run_hangs_whose_progress_has_stood_still_for_an_hour(still: float | None, hangs: bool) -> None:
    found = stuck(going(1.5, still=still), (), NOW)
    assert (found is not None) is hangs
    if found is not None:
        assert (found.code, found.began_at, task_behind(found.task_id)) == (Silence.STUCK, NOW - 1.5 * HOUR, "7")


@pytest.mark.parametrize("state", ["paused", "enqueued", "assigned", "a-state-of-2031"])
def test_what_does_not_run_does_not_hang(state: str) -> None:
    assert stuck(going(50, still=40, state=state), facts(NIGHTLY), NOW) is None


def test_a_run_that_the_rules_do_not_count_does_not_hang() -> None:
    found = UnderWay(replace(going(50).task, kind=Kind.MANAGEMENT))
    assert stuck(found, facts(NIGHTLY), NOW) is None


# ── waits for a person ──


def paused(*issues: str, **changes: Any) -> Task:
    return task(state="paused", blockers=tuple(map(Blocker, issues)), id="7", **changes)


def test_a_paused_run_with_a_question_waits_for_a_person() -> None:
    run = waiting(paused("EncryptionPasswordRequired"))
    assert run is not None
    assert (run.code, run.cause.text) == (Silence.WAITS, "It asks for the encryption password of the backup.")
    assert "console" in run.cause.step


@pytest.mark.parametrize(
    "found", [paused(), replace(paused("Password"), state="started"), replace(paused("Password"), is_root=False)]
)
def test_what_asks_nothing_of_a_whole_run_waits_for_nobody(found: Task) -> None:
    assert waiting(found) is None


@pytest.mark.parametrize(
    ("issue", "words"),
    [
        ("EncryptionPasswordRequired", "It asks for the encryption password of the backup."),
        ("NETWORK_CREDENTIALS_NEEDED", "It asks for a user name and a password."),
        ("RebootRequired", "It asks whether the machine may be restarted."),
        ("InsertNextMedia", "It asks for another disk, tape or medium."),
        ("NotEnoughSpaceOnVolume", "It asks what to do: there is no space left."),
        ("SomethingNewOf2031", "It asks a question that can only be answered in Acronis's console."),
        ("", "It asks a question that can only be answered in Acronis's console."),
        ("Soll das Laufwerk D neu verbunden werden?", "It asks: Soll das Laufwerk D neu verbunden werden?"),
    ],
)
def test_a_question_is_said_in_words(issue: str, words: str) -> None:
    assert question((Blocker(issue),)).text == words


def test_its_possible_answers_are_words_too() -> None:
    asked = question((Blocker("RebootRequired", ("RestartNow", "Cancel")),))
    assert asked.step == "Answer it in Acronis's console: restart now or cancel."


# ── saves nothing ──


@pytest.mark.parametrize(
    ("progress", "size"),
    [
        (None, None),
        (Progress(), None),
        (Progress(bytes_processed=0), 0),
        (Progress(bytes_saved=0), 0),
        (Progress(bytes_processed=4_096, bytes_saved=0), 4_096),
    ],
)
def test_how_much_a_run_saved_is_known_where_acronis_tells(progress: Progress | None, size: int | None) -> None:
    assert saved(progress) == size


@pytest.mark.parametrize(
    ("sizes", "told"),
    [((0, 0, 0), True), ((0, 0), False), ((0, 0, 5), False), ((0, None, 0), False), ((0, 0, 0, 9), True)],
)
def test_three_good_runs_that_saved_nothing_are_told(sizes: Sequence[int | None], told: bool) -> None:
    row = [(NOW - each * 24 * HOUR, size) for each, size in enumerate(sizes)]
    found = empty(task(), row)
    assert (found is not None) is told
    if found is not None:
        assert (found.code, found.began_at) == (Silence.EMPTY, NOW - 48 * HOUR)


# ── how it begins and ends ──


def silence(code: Silence, hours: float = 0, *, of: str = "7", judged: float = 1) -> Run:
    """Of the nightly backup that was due, or began, `hours` after NOW, told so many hours later."""
    began = NOW + hours * HOUR
    found = silence_of(
        task(started_at=began), code, silence_id(code, of, began), Cause("Because."), began + judged * HOUR
    )
    assert found is not None
    return found


def ran(hours: float, code: str = "ok", **changes: Any) -> Run:
    began = NOW + hours * HOUR
    found = run_of(task(code=code, started_at=began, completed_at=began + HOUR / 6, **changes))
    assert found is not None
    return found


def goes(hours: float, subject: str, *, task_id: str = "7", **changes: Any) -> Going:
    return Going(task_id, subject, NOW + hours * HOUR, NOW + (hours + 2) * HOUR, **changes)


def after(*pages: Page) -> Changes:
    """What the last page changes, each after what those before it have."""
    known, changes = Snapshot(), Changes()
    alerts: dict[int, Any] = {}
    occurrences: dict[str, Any] = {}
    silenced: dict[str, Ended] = {}
    for page in pages:
        changes = judge_page(page, known)
        ids = {
            alert.id: alert.id if alert.id > 0 else len(alerts) + place for place, alert in enumerate(changes.alerts, 1)
        }
        alerts |= {ids[each.id]: replace(each, id=ids[each.id]) for each in changes.alerts}
        occurrences |= {
            each.task_id: replace(each, alert_id=ids.get(each.alert_id, each.alert_id)) for each in changes.occurrences
        }
        silenced |= {
            each.latest.subject: Ended(each.id, each.latest.began_at, each.closed_at)
            for each in alerts.values()
            if each.closed_at is not None and each.latest.code != "error"
        }
        known = Snapshot(
            alerts=tuple(each for each in alerts.values() if each.status is AlertStatus.OPEN),
            unhealed=tuple(each for each in occurrences.values() if each.healed_at is None),
            known=frozenset(occurrences),
            previous={each.fingerprint: each.id for each in alerts.values() if each.closed_at is not None},
            silenced=silenced,
        )
    return changes


def told(*runs: Run) -> Page:
    return Page(silences=runs)


def test_a_silence_is_an_alert_of_its_own_beside_a_failure() -> None:
    failed = ran(-24, "error")
    missed = silence(Silence.MISSED)
    changes = judge_page(Page((failed,), silences=(missed,)), Snapshot())
    assert [alert.latest.code for alert in changes.alerts] == ["missed", "error"] or len(changes.alerts) == 2
    assert failed.subject == missed.subject
    assert failed.fingerprint != missed.fingerprint


def test_what_is_told_again_changes_nothing() -> None:
    page = told(silence(Silence.MISSED))
    assert after(page, page) == Changes()


def test_a_second_start_that_is_missed_joins_the_first() -> None:
    (alert,) = after(told(silence(Silence.MISSED)), told(silence(Silence.MISSED, 24))).alerts
    assert alert.occurrences == 2


@pytest.mark.parametrize("code", [Silence.NEVER, Silence.STUCK, Silence.WAITS, Silence.EMPTY])
def test_what_stays_so_is_told_once(code: Silence) -> None:
    assert after(told(silence(code)), told(silence(code, 0.5))) == Changes()


@pytest.mark.parametrize("code", [Silence.MISSED, Silence.NEVER, Silence.VANISHED])
@pytest.mark.parametrize(
    ("result", "ending"),
    [
        ("ok", Ending.RECOVERED),
        ("warning", Ending.WITH_WARNINGS),
        ("cancelled", Ending.STARTED),
        ("a-code-of-2031", Ending.STARTED),
    ],
)
def test_any_run_that_starts_ends_what_did_not_start(code: Silence, result: str, ending: Ending) -> None:
    (alert,) = after(told(silence(code)), Page((ran(0, result),))).alerts
    assert alert.ending is ending


def test_a_run_that_began_before_it_was_due_does_not_end_it() -> None:
    assert after(told(silence(Silence.MISSED)), Page((ran(-0.1, "ok"),))) == Changes()


def test_a_run_that_is_still_running_ends_what_did_not_start() -> None:
    missed = silence(Silence.MISSED)
    (alert,) = after(told(missed), Page(going=(goes(2, missed.subject),))).alerts
    assert (alert.ending, alert.closed_at) == (Ending.STARTED, NOW + 2 * HOUR)


def test_a_run_that_is_queued_does_not() -> None:
    missed = silence(Silence.MISSED)
    assert after(told(missed), Page(going=(goes(2, missed.subject, is_started=False),))) == Changes()


@pytest.mark.parametrize("is_seen_running", [True, False])
def test_the_failure_of_the_run_that_ended_it_is_an_alert_that_follows_it(is_seen_running: bool) -> None:
    missed = silence(Silence.MISSED)
    pages = [Page(going=(goes(2, missed.subject),))] if is_seen_running else []
    changes = after(told(missed), *pages, Page((ran(2, "error"),)))
    failure = next(alert for alert in changes.alerts if alert.latest.code == "error")
    assert (failure.is_open, failure.previous_id) == (True, 1)


def test_a_failure_of_a_later_night_does_not_follow_it() -> None:
    (failure,) = after(told(silence(Silence.MISSED)), Page((ran(2),)), Page((ran(26, "error"),))).alerts
    assert failure.previous_id is None


@pytest.mark.parametrize("code", [Silence.STUCK, Silence.WAITS])
@pytest.mark.parametrize(
    ("result", "ending"), [("ok", Ending.RECOVERED), ("error", Ending.RUN_ENDED), ("cancelled", Ending.RUN_ENDED)]
)
def test_what_hangs_or_waits_ends_with_its_run(code: Silence, result: str, ending: Ending) -> None:
    changes = after(told(silence(code)), Page((ran(0, result, id="7"),)))
    assert changes.alerts[0].ending is ending
    assert len(changes.alerts) == 1 + (result == "error")


def test_it_goes_on_when_it_moves_or_is_answered() -> None:
    hangs, waits = silence(Silence.STUCK), silence(Silence.WAITS)
    for told_of, back in ((hangs, goes(0, hangs.subject, moves=True)), (waits, goes(0, waits.subject))):
        (alert,) = after(told(told_of), Page(going=(back,))).alerts
        assert alert.ending is Ending.GOES_ON


def test_it_does_not_while_it_stands_or_is_asked_or_another_run_moves() -> None:
    hangs, waits = silence(Silence.STUCK), silence(Silence.WAITS)
    for told_of, same in (
        (hangs, goes(0, hangs.subject)),
        (waits, goes(0, waits.subject, waits=True)),
        (hangs, goes(0, hangs.subject, task_id="8", moves=True)),
    ):
        assert after(told(told_of), Page(going=(same,))) == Changes()


def test_a_run_that_takes_too_long_still_does_when_it_moves() -> None:
    found = stuck(going(2.5), facts(NIGHTLY), NOW)
    assert found is not None
    assert after(told(found), Page(going=(goes(-2.5, found.subject, moves=True),))) == Changes()


def test_runs_that_save_nothing_end_with_one_that_saves_something() -> None:
    told_of, good = told(silence(Silence.EMPTY)), ran(24)
    assert after(told_of, Page((good,))) == Changes()
    (alert,) = after(told_of, Page((good,), filled=frozenset({good.task_id}))).alerts
    assert alert.ending is Ending.RECOVERED


@pytest.mark.parametrize(("id_", "behind"), [("12", "12"), ("stuck 12", "12"), ("waits 12 2026-01-01T00:00:00Z", "12")])
def test_the_task_behind_a_silence_is_known(id_: str, behind: str) -> None:
    assert task_behind(id_) == behind
    assert task_behind("missed abc 2026-01-01T00:00:00Z") == ""
