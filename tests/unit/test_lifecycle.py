"""How alerts begin and end (design §5)."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.alerting.fingerprint import fingerprint, run_of, subject
from bot.alerting.lifecycle import Changes, Good, Snapshot, ending_by_age, judge, looked_at_for_age
from bot.model import (
    HEALING,
    AlertStatus,
    Ending,
    Kind,
    Owner,
    Policy,
    Resource,
    Rules,
    Run,
    Snooze,
    Task,
    Tenant,
    Triage,
)
from bot.model.plans import Rhythm, Schedule, StartTimes
from tests.builders import NOW, SERVER, task

HOUR = timedelta(hours=1)


def run(hours: float, code: str = "ok", **changes: object) -> Run:
    """A nightly backup that began `hours` after NOW and took 10 minutes."""
    began = NOW + hours * HOUR
    found = run_of(task(code=code, started_at=began, completed_at=began + HOUR / 6, **changes))
    assert found is not None
    return found


def after(changes: Changes) -> Snapshot:
    """What the store would know once `changes` are written."""
    ids = {alert.id: number for number, alert in enumerate(changes.alerts, 1)}
    return Snapshot(
        alerts=tuple(replace(a, id=ids[a.id]) for a in changes.alerts if a.status is AlertStatus.OPEN),
        unhealed=tuple(replace(o, alert_id=ids[o.alert_id]) for o in changes.occurrences if o.healed_at is None),
        known=frozenset(o.task_id for o in changes.occurrences),
        previous={a.fingerprint: ids[a.id] for a in changes.alerts if a.status is AlertStatus.RESOLVED},
    )


@pytest.mark.parametrize("code", ["error", "abandoned", "timedout"])
def test_a_failed_run_opens_one_alert(code: str) -> None:
    (alert,) = judge([run(0, code)], Snapshot()).alerts
    assert (alert.status, alert.occurrences, alert.latest.code) == (AlertStatus.OPEN, 1, code)


@pytest.mark.parametrize("code", ["ok", "warning", "cancelled", "", "a-code-of-2031"])
def test_other_results_open_none(code: str) -> None:
    assert judge([run(0, code)], Snapshot()).alerts == ()


def test_the_same_run_judged_twice_changes_nothing() -> None:
    failed = run(0, "error")
    first = judge([failed], Snapshot())
    assert judge([failed], after(first)) == Changes()


def test_a_second_failure_joins_the_open_alert_and_gives_it_its_cause() -> None:
    first = judge([run(0, "error", cause="Disk is full.")], Snapshot())
    second = run(24, "error", cause="Disk is broken.")
    (alert,) = judge([second], after(first)).alerts
    assert (alert.occurrences, alert.latest.cause.text, alert.latest.task_id) == (2, "Disk is broken.", second.task_id)
    assert alert.opened_at == first.alerts[0].opened_at


def test_the_next_failure_of_a_taken_and_snoozed_alert_joins_it_and_changes_neither() -> None:
    first = after(judge([run(0, "error")], Snapshot()))
    triage = Triage(Owner("U0MIA", NOW), Snooze(NOW + 40 * HOUR, "U0NOAH", NOW))
    taken = replace(first, alerts=(replace(first.alerts[0], triage=triage),))
    (alert,) = judge([run(24, "error")], taken).alerts
    assert (alert.id, alert.is_open, alert.occurrences, alert.triage) == (1, True, 2, triage)


def test_a_later_good_run_resolves() -> None:
    first = judge([run(0, "error")], Snapshot())
    (alert,) = judge([run(24)], after(first)).alerts
    assert (alert.status, alert.ending) == (AlertStatus.RESOLVED, Ending.RECOVERED)


def test_a_later_run_with_warnings_resolves_and_says_so() -> None:
    first = judge([run(0, "error")], Snapshot())
    (alert,) = judge([run(24, "warning")], after(first)).alerts
    assert alert.ending is Ending.WITH_WARNINGS


def test_a_run_that_began_before_the_failure_does_not_resolve_however_late_it_ends() -> None:
    first = judge([run(1, "error")], Snapshot())
    long_one = replace(run(0), ended_at=NOW + 9 * HOUR)
    assert judge([long_one], after(first)).alerts == ()


def test_a_failure_that_arrives_after_the_good_run_that_followed_it_is_recorded_as_over() -> None:
    known = Snapshot(good={run(2).subject: Good(run(2).began_at, run(2).ended_at)})
    out_of_order = judge([run(0, "error"), replace(run(2), ended_at=run(0).began_at)], Snapshot())
    for changes in (judge([run(0, "error")], known), out_of_order):
        (alert,), (occurrence,) = changes.alerts, changes.occurrences
        assert (alert.status, alert.ending) == (AlertStatus.RESOLVED, Ending.RECOVERED)
        assert occurrence.healed_at is not None


def test_a_failure_that_arrives_late_leaves_the_one_that_fires_alone() -> None:
    first = judge([run(4, "error")], Snapshot())
    snapshot = replace(after(first), good={run(2).subject: Good(run(2).began_at, run(2).ended_at)})
    (late,) = judge([run(0, "error")], snapshot).alerts
    assert (late.id < 0, late.status) == (True, AlertStatus.RESOLVED)


def every(_: Run) -> bool:
    return True


def test_a_warning_that_a_route_asks_for_is_a_problem_that_only_a_clean_run_ends() -> None:
    first = judge([run(0, "warning")], Snapshot(), every)
    (alert,) = first.alerts
    assert (alert.status, alert.latest.code) == (AlertStatus.OPEN, "warning")
    (joined,) = judge([run(1, "warning")], after(first), every).alerts
    assert (joined.status, joined.occurrences) == (AlertStatus.OPEN, 2)
    (ended,) = judge([run(2)], after(first), every).alerts
    assert ended.ending is Ending.RECOVERED


def test_a_warning_that_arrives_after_a_later_one_joins_it() -> None:
    later, late = run(24, "warning"), run(0, "warning")
    known = replace(
        after(judge([later], Snapshot(), every)), good={later.subject: Good(later.began_at, later.ended_at)}
    )
    (alert,) = judge([late], known, every).alerts
    assert (alert.status, alert.occurrences, alert.latest.task_id) == (AlertStatus.OPEN, 2, later.task_id)


def test_a_run_with_warnings_ends_the_failure_and_begins_the_warning() -> None:
    first = judge([run(0, "error")], Snapshot(), every)
    ended, begun = judge([run(1, "warning")], after(first), every).alerts
    assert (ended.ending, begun.latest.code) == (Ending.WITH_WARNINGS, "warning")


def test_a_cancelled_run_that_a_route_asks_for_ends_with_the_next_good_one() -> None:
    first = judge([run(0, "cancelled")], Snapshot(), every)
    (ended,) = judge([run(1)], after(first), every).alerts
    assert ended.ending is Ending.RECOVERED


def test_cancelled_neither_resolves_nor_counts() -> None:
    first = judge([run(0, "error")], Snapshot())
    changes = judge([run(24, "cancelled")], after(first))
    assert (changes.alerts, changes.occurrences) == ((), ())


def test_a_failure_after_recovery_opens_a_new_alert_that_points_back() -> None:
    first = judge([run(0, "error"), run(1)], Snapshot())
    (alert,) = judge([run(2, "error")], after(first)).alerts
    assert (alert.status, alert.previous_id) == (AlertStatus.OPEN, 1)


def test_what_fails_and_heals_within_one_page_is_one_ended_alert() -> None:
    (alert,) = judge([run(1), run(0, "error")], Snapshot()).alerts
    assert alert.status is AlertStatus.RESOLVED


def test_what_ended_is_written_before_what_begins() -> None:
    """The store allows one firing alert for a fingerprint."""
    first = judge([run(0, "error")], Snapshot())
    ended, begun = judge([run(1), run(2, "error")], after(first)).alerts
    assert (ended.status, begun.status) == (AlertStatus.RESOLVED, AlertStatus.OPEN)


def test_a_task_that_was_queued_again_and_ended_well_heals_its_own_failure() -> None:
    failed = run(0, "error")
    first = judge([failed], Snapshot())
    (alert,) = judge([replace(failed, code="ok")], after(first)).alerts
    assert alert.status is AlertStatus.RESOLVED


def test_another_plan_of_the_same_machine_is_another_problem() -> None:
    failed = run(0, "error")
    other = run(1, policy=replace(task().policy, id="another"))
    assert failed.subject != other.subject
    assert judge([other], after(judge([failed], Snapshot()))).alerts == ()


def test_ids_are_compared_without_case() -> None:
    upper, lower = task(), task(resource=replace(SERVER, id=SERVER.id.lower()))
    assert (fingerprint(upper), subject(upper)) == (fingerprint(lower), subject(lower))


def test_a_restore_is_resolved_by_a_good_restore_of_the_same_resource_whatever_its_type() -> None:
    failed = run(0, "error", kind=Kind.RESTORE, type="ODRestore", policy=replace(task().policy, id=""), plan="")
    good = run(1, kind=Kind.RESTORE, type="SPRestore", policy=replace(task().policy, id=""), plan="")
    assert failed.fingerprint != good.fingerprint
    (alert,) = judge([good], after(judge([failed], Snapshot()))).alerts
    assert alert.status is AlertStatus.RESOLVED


def test_a_good_backup_does_not_resolve_a_failed_restore() -> None:
    failed = run(0, "error", kind=Kind.RESTORE)
    assert judge([run(1)], after(judge([failed], Snapshot()))).alerts == ()


def test_unknown_kinds_of_different_resources_are_problems_of_their_own() -> None:
    runs = [run(n, "error", kind=Kind.UNKNOWN, type="NEW", resource=Resource(name), name=name) for n, name in NAMED]
    apart = judge(runs, Snapshot())
    assert [alert.occurrences for alert in apart.alerts] == [1, 1, 1]
    good = run(1, kind=Kind.UNKNOWN, type="NEW", resource=Resource("b"), name="b")
    (alert,) = judge([good], after(apart)).alerts
    assert (alert.latest.name, alert.status) == ("b", AlertStatus.RESOLVED)


FINGERPRINTS = [
    ("9d8ea934288b008c611b1477383e5b34", "e9e754f3e15f48a62e8ace68ffcb801a"),
    ("74d8fe8887a94af442f769e6db1f48a9", "794304faac2307fca0beb7ed0b03093b"),
    ("49158a0e856257ad3159785c8e170c57", "197706b7137b16ae256d3b1dc07a1bd0"),
]
NAMED = [(0, "a"), (0.2, "b"), (0.4, "c")]


@pytest.mark.parametrize("kind", [Kind.BACKUP, Kind.RESTORE])
@pytest.mark.parametrize(
    "who",
    [
        [{"resource": Resource("?agent AGENT-1")}, {"resource": Resource("?agent AGENT-2")}],
        [{"resource": Resource("?title Sicherung 1")}, {"resource": Resource("?title Sicherung 2")}],
        [{"resource": Resource()}, {"resource": Resource()}],
        [{"resource": Resource(), "tenant": Tenant()}, {"resource": Resource(), "tenant": Tenant(name="Acme")}],
    ],
)
def test_two_unknown_resources_are_two_problems_and_neither_heals_the_other(
    kind: Kind, who: list[dict[str, object]]
) -> None:
    unnamed: list[dict[str, Any]] = [{"kind": kind, "policy": Policy(), "plan": "", "name": "", **each} for each in who]
    failing = judge([run(n, "error", **each) for n, each in enumerate(unnamed)], Snapshot())
    assert [alert.occurrences for alert in failing.alerts] == [1, 1]
    assert judge([run(5, **each) for each in unnamed], after(failing)) == Changes()


def test_failures_of_one_agent_fold_and_only_the_same_task_heals_its_own() -> None:
    agent: dict[str, Any] = {"resource": Resource("?agent AGENT-1"), "name": ""}
    failed = [run(0, "error", **agent), run(24, "error", **agent)]
    folded = judge(failed, Snapshot())
    assert [alert.occurrences for alert in folded.alerts] == [2]
    again = [run(n, id=each.task_id, **agent) for n, each in zip((1, 25), failed, strict=True)]
    (alert,) = judge(again, after(folded)).alerts
    assert alert.status is AlertStatus.RESOLVED


def test_one_name_in_two_unknown_tenants_is_not_one_machine() -> None:
    failing = judge([run(0, "error", resource=Resource(), tenant=Tenant())], Snapshot())
    assert judge([run(1, resource=Resource(), tenant=Tenant())], after(failing)) == Changes()
    named = judge([run(0, "error", resource=Resource())], Snapshot())
    (alert,) = judge([run(1, resource=Resource())], after(named)).alerts
    assert alert.status is AlertStatus.RESOLVED


def test_unknown_kinds_of_unknown_resources_fold_per_type_and_heal_nothing() -> None:
    new: dict[str, Any] = {"kind": Kind.UNKNOWN, "type": "NEW", "resource": Resource(), "name": ""}
    folded = judge([run(0, "error", **new), run(1, "error", **new)], Snapshot())
    assert [alert.occurrences for alert in folded.alerts] == [2]
    assert judge([run(2, **new)], after(folded)) == Changes()


def test_fingerprints_of_known_resources_are_those_of_earlier_versions() -> None:
    """Alerts that are open go on, and the copy's runs stay those of their workload."""
    known = task(id="1")
    assert (fingerprint(known), subject(known)) == FINGERPRINTS[0]
    named = task(id="1", resource=Resource(), policy=Policy(), plan="", code="warning")
    assert (fingerprint(named), subject(named)) == FINGERPRINTS[1]
    restored = task(id="1", kind=Kind.RESTORE, tenant=Tenant())
    assert (fingerprint(restored), subject(restored)) == FINGERPRINTS[2]


@pytest.mark.parametrize(
    "changes",
    [{"kind": Kind.MANAGEMENT}, {"is_root": False}, {"state": "started", "code": "error"}, {"state": "waiting"}],
)
def test_management_children_and_what_is_not_over_are_no_runs(changes: dict[str, object]) -> None:
    assert run_of(task(**changes)) is None


@pytest.mark.parametrize(
    ("kind", "days", "ending"),
    [
        (Kind.BACKUP, 13, None),
        (Kind.BACKUP, 15, Ending.NO_MORE_RUNS),
        (Kind.RESTORE, 2, None),
        (Kind.RESTORE, 4, Ending.NOT_REPEATED),
    ],
)
def test_time_ends_what_nobody_repeats(kind: Kind, days: int, ending: Ending | None) -> None:
    alert = judge([run(0, "error", kind=kind)], Snapshot()).alerts[0]
    assert ending_by_age(alert, alert.latest.ended_at, alert.latest.ended_at + timedelta(days=days), Rules()) is ending


@pytest.mark.parametrize(
    ("times", "days", "ending"),
    [
        (StartTimes((0,)), 15, Ending.NO_MORE_RUNS),
        (StartTimes((0,), frozenset({6})), 20, None),
        (StartTimes((0,), frozenset({6})), 22, Ending.NO_MORE_RUNS),
        (StartTimes((0,), month_days=frozenset({1})), 60, None),
        (StartTimes((0,), month_days=frozenset({1})), 100, Ending.NO_MORE_RUNS),
    ],
)
def test_a_plan_that_runs_rarely_is_waited_for_longer(times: StartTimes, days: int, ending: Ending | None) -> None:
    alert = judge([run(0, "error")], Snapshot()).alerts[0]
    now, rhythm = alert.latest.ended_at + timedelta(days=days), Rhythm(schedule=Schedule((times,)))
    assert ending_by_age(alert, alert.latest.ended_at, now, Rules(), rhythm) is ending
    looked_at = looked_at_for_age(alert, alert.latest.ended_at, Rules(), rhythm)
    assert (looked_at <= now) == (ending is not None)


def test_runs_that_go_on_keep_an_alert_open() -> None:
    alert = judge([run(0, "error")], Snapshot()).alerts[0]
    now = alert.latest.ended_at + timedelta(days=15)
    assert ending_by_age(alert, now - timedelta(days=1), now, Rules()) is None


CODES = st.sampled_from(["ok", "error", "warning", "cancelled", "timedout", "?"])


@given(st.lists(st.tuples(st.integers(0, 40), CODES), max_size=12, unique_by=lambda each: each[0]), st.randoms())
def test_the_order_of_arrival_does_not_matter_to_whether_it_fires(story: list[tuple[int, str]], chance: object) -> None:
    """Judged at once or one by one in any order, what fires at the end is the same."""
    runs = [run(hours, code, id=str(1000 + hours)) for hours, code in story]
    at_once = _fires(judge(runs, Snapshot()))
    shuffled = list(runs)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    store = _Store()
    for each in shuffled:
        store.take(each)
    assert store.fires == at_once


def _fires(changes: Changes) -> bool:
    return any(alert.status is AlertStatus.OPEN for alert in changes.alerts)


class _Store:
    """The least that keeps what `judge` says between two pages, for one fingerprint."""

    def __init__(self) -> None:
        self.firing: dict[int, object] = {}
        self.unhealed: dict[str, object] = {}
        self.known: set[str] = set()
        self.good: dict[str, Good] = {}
        self.next_id = 1

    @property
    def fires(self) -> bool:
        return bool(self.firing)

    def take(self, each: Run) -> None:
        changes = judge(
            [each],
            Snapshot(
                alerts=tuple(self.firing.values()),  # type: ignore[arg-type]
                unhealed=tuple(self.unhealed.values()),  # type: ignore[arg-type]
                known=frozenset(self.known),
                good=self.good,
            ),
        )
        if each.code in HEALING:
            good = Good(each.began_at, each.ended_at)
            self.good[each.subject] = max(good, self.good.get(each.subject, good))
        ids = {}
        for alert in changes.alerts:
            number = alert.id if alert.id > 0 else self.next_id
            self.next_id += alert.id < 0
            ids[alert.id] = number
            self.firing.pop(number, None)
            if alert.status is AlertStatus.OPEN:
                self.firing[number] = replace(alert, id=number)
        for occurrence in changes.occurrences:
            self.known.add(occurrence.task_id)
            self.unhealed.pop(occurrence.task_id, None)
            if occurrence.healed_at is None:
                alert_id = ids.get(occurrence.alert_id, occurrence.alert_id)
                self.unhealed[occurrence.task_id] = replace(occurrence, alert_id=alert_id)


def test_a_run_that_never_started_began_when_it_was_queued() -> None:
    waiting = Task("main", "1", "t", "completed", NOW, enqueued_at=NOW - HOUR)
    assert waiting.began_at == NOW - HOUR
