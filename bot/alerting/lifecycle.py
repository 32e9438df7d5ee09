"""How alerts begin and end (design §5). Pure: what is known goes in as a `Snapshot`, what changes comes out.

A failed run opens an alert, or joins the one that is open. A run resolves only failures that *began* before it,
whatever order they arrive in; an alert ends when each of its failures is resolved. A failure that arrives after the run
that resolved it is an alert that began and ended already. Runs with warnings resolve failures; where a route asks for
warnings or cancelled runs, they are problems of their own, which only a run without warnings ends. `cancelled` and
unknown codes resolve nothing. The same run judged twice changes nothing either.

A silence (bot/alerting/silences.py) ends otherwise: what did not start ends when any run of the same starts, what hangs
or waits when that run goes on or ends, runs that save nothing by one that saves something. Where the run that ended it
fails, its failure is an alert of its own, which follows it.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import field, replace
from datetime import datetime, timedelta
from operator import itemgetter
from typing import NamedTuple

from bot.alerting.rhythm import gap_at
from bot.model import (
    FAILED,
    HEALING,
    OUTCOME_UNKNOWN,
    SILENCES,
    Alert,
    AlertStatus,
    Ending,
    Kind,
    Occurrence,
    ResultCode,
    Rules,
    Run,
    Silence,
    silence_id,
    task_behind,
)
from bot.model.plans import UNKNOWN_RHYTHM, Rhythm
from bot.model.values import dataclass

UNSTARTED = frozenset[str]({Silence.MISSED, Silence.NEVER, Silence.VANISHED, Silence.OFFLINE})
"""What any run that starts ends."""
FOLLOWED = (Silence.MISSED, Silence.NEVER, Silence.STUCK, Silence.WAITS)
"""What the failure of the run that ended it follows."""
_SILENT_GAPS = 3
"""A plan from which nothing was heard for so many gaps between its starts is not waited for any more."""
_HANGS = frozenset[str]({Silence.STUCK, Silence.WAITS})
_ENDED: dict[str, Ending] = {ResultCode.OK: Ending.RECOVERED, ResultCode.WARNING: Ending.WITH_WARNINGS}


class Good(NamedTuple):
    """When a run that ended well began and ended."""

    began_at: datetime
    ended_at: datetime


class Ended(NamedTuple):
    """An alert for a silence that is over: the run that ended it began between the two times."""

    alert_id: int
    began_at: datetime
    closed_at: datetime


@dataclass(frozen=True, slots=True)
class Going:
    """A run that is not over, as a page brings it at that moment. `moves`: it came further than it was before."""

    task_id: str
    subject: str
    began_at: datetime
    at: datetime
    is_started: bool = True
    moves: bool = False
    waits: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """What is judged together: runs that are over, runs that go on, and silences. `filled` are the ids of those that
    are known to have saved something."""

    runs: tuple[Run, ...] = ()
    going: tuple[Going, ...] = ()
    silences: tuple[Run, ...] = ()
    filled: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What the store knows that bears on a page's runs.

    `alerts` are the open ones that the runs may touch, `unhealed` all open occurrences of those alerts, `known` the
    ids of runs that are occurrences already, `previous` the newest ended alert of each fingerprint, `good` the last
    good run of each failed run's subject, `silenced` the newest ended silence of each.
    """

    alerts: tuple[Alert, ...] = ()
    unhealed: tuple[Occurrence, ...] = ()
    known: frozenset[str] = frozenset()
    previous: dict[str, int] = field(default_factory=dict)
    good: dict[str, Good] = field(default_factory=dict)
    silenced: dict[str, Ended] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Changes:
    """What a page changes. New alerts have negative ids, which their occurrences refer to."""

    alerts: tuple[Alert, ...] = ()
    occurrences: tuple[Occurrence, ...] = ()


def failed(run: Run) -> bool:
    """What opens an alert where no route asks for more."""
    return run.code in FAILED or run.code == OUTCOME_UNKNOWN


def judge(runs: Iterable[Run], snapshot: Snapshot, opens: Callable[[Run], bool] = failed) -> Changes:
    """What `runs` change, judged in the order in which they ended. `opens` says which of them are problems.

    Runs of a subject that has no problem, neither among them nor open, may be left out: they change nothing.
    """
    return judge_page(Page(tuple(runs)), snapshot, opens)


def judge_page(page: Page, snapshot: Snapshot, opens: Callable[[Run], bool] = failed) -> Changes:
    """The same of all that a page brings. A silence is told after whatever happened before it."""
    ledger = _Ledger(snapshot, page.filled)
    told: list[tuple[datetime, str, Run | Going]] = [
        (run.ended_at, run.task_id, run) for run in (*page.runs, *page.silences)
    ]
    told += [(each.at, each.task_id, each) for each in page.going]
    for _, _, each in sorted(told, key=itemgetter(0, 1)):
        if isinstance(each, Going):
            ledger.goes_on(each)
        elif each.code in SILENCES:
            ledger.falls_silent(each)
        else:
            ledger.ended(each)
            if each.code != ResultCode.OK and opens(each):
                ledger.failed(each)
    return ledger.changes()


def ending_by_age(
    alert: Alert, last_run_at: datetime | None, now: datetime, rules: Rules, rhythm: Rhythm = UNKNOWN_RHYTHM
) -> Ending | None:
    """How time alone ends an open alert: a restore that nobody repeats, a resource that has no more runs."""
    ending, after = _ends_by_age(alert, last_run_at, rules, rhythm)
    return ending if now > after else None


def looked_at_for_age(
    alert: Alert, last_run_at: datetime | None, rules: Rules, rhythm: Rhythm = UNKNOWN_RHYTHM
) -> datetime:
    """The first moment at which time alone ends the alert, if nothing more is heard of it."""
    return _ends_by_age(alert, last_run_at, rules, rhythm)[1] + timedelta(microseconds=1)


def opened(run: Run, number: int = 0, previous: int | None = None) -> Alert:
    """An alert of this run, as it is at first. `number` is its id, `previous` that of the alert it follows."""
    return Alert(number, AlertStatus.OPEN, run.ended_at, run, previous_id=previous)


def reopened(alert: Alert) -> Alert:
    """As it was before it ended by hand."""
    return replace(alert, status=AlertStatus.OPEN, closed_at=None, ending=None, resolution=None)


def closed(alert: Alert, ending: Ending, now: datetime) -> Alert:
    return replace(alert, status=AlertStatus.RESOLVED, closed_at=now, ending=ending, next_look_at=None)


def _ends_by_age(alert: Alert, last_run_at: datetime | None, rules: Rules, rhythm: Rhythm) -> tuple[Ending, datetime]:
    """The ending that comes first, and after which moment. A plan that runs rarely is silent for long."""
    failed_at = alert.latest.ended_at
    last = max(failed_at, last_run_at or failed_at)
    gap = gap_at(rhythm, last) or timedelta()
    silent = Ending.NO_MORE_RUNS, last + max(rules.silent_closes, gap * _SILENT_GAPS)
    if alert.latest.kind is not Kind.RESTORE:
        return silent
    return min((Ending.NOT_REPEATED, failed_at + rules.restore_closes), silent, key=itemgetter(1))


def ended_silence(alert: Alert, open_: Iterable[Occurrence], ending: Ending, now: datetime) -> Changes:
    """What was silent is over for another reason than a run; `open_` are its occurrences that were."""
    return Changes((closed(alert, ending, now),), tuple(replace(each, healed_at=now) for each in open_))


class _Ledger:
    """A page's working copy of alerts and occurrences."""

    def __init__(self, snapshot: Snapshot, filled: frozenset[str]) -> None:
        self._filled = filled
        self._silenced = dict(snapshot.silenced)
        self._alerts = {alert.id: alert for alert in snapshot.alerts}
        self._by_fingerprint = {alert.fingerprint: alert.id for alert in snapshot.alerts}
        self._unhealed: defaultdict[str, dict[str, Occurrence]] = defaultdict(dict)
        self._left: Counter[int] = Counter()  # open occurrences of an alert
        self._known = set(snapshot.known)
        self._previous = dict(snapshot.previous)
        self._good = dict(snapshot.good)
        self._touched_alerts: set[int] = set()
        self._touched_occurrences: dict[str, Occurrence] = {}
        for occurrence in snapshot.unhealed:
            self._open(occurrence)

    def failed(self, run: Run) -> None:
        if run.task_id in self._known:
            return
        good = self._good.get(run.subject)
        alert_id = self._by_fingerprint.get(run.fingerprint)
        is_warned = alert_id is not None and run.code == ResultCode.WARNING  # what came later is no end of it
        is_known_better = run.code != Silence.EMPTY  # runs that save nothing are good ones to all else
        if good is not None and good.began_at > run.began_at and not is_warned and is_known_better:
            self._came_late(run, good)
            return
        alert = self._joined(self._alerts[alert_id], run) if alert_id is not None else self._opened(run)
        self._put(alert)
        occurrence = Occurrence(run.account, run.task_id, alert.id, run.subject, run.code, run.began_at, run.ended_at)
        self._known.add(run.task_id)
        self._touched_occurrences[run.task_id] = occurrence
        self._open(occurrence)

    def ended(self, run: Run) -> None:
        """What a run that is over ends: failures and silences where it went well, silences alone where it did not."""
        if run.code in HEALING:
            good = Good(run.began_at, run.ended_at)
            self._good[run.subject] = max(good, self._good.get(run.subject, good))
        if run.subject not in self._unhealed:
            return
        ending = _ENDED.get(run.code)
        for occurrence in list(self._unhealed[run.subject].values()):
            if self._heals(run, occurrence):
                self._heal(occurrence, ending or Ending.RECOVERED, run.ended_at)
            elif _hangs(occurrence, run.task_id):
                self._heal(occurrence, ending or Ending.RUN_ENDED, run.ended_at)
            elif _did_not_start(occurrence, run.began_at):
                self._heal(occurrence, ending or Ending.STARTED, run.began_at)

    def goes_on(self, run: Going) -> None:
        """What a run ends that is not over."""
        for occurrence in list(self._unhealed.get(run.subject, {}).values()):
            if run.is_started and _did_not_start(occurrence, run.began_at):
                self._heal(occurrence, Ending.STARTED, run.began_at)
            elif _hangs(occurrence, run.task_id) and _is_answered(run, occurrence):
                self._heal(occurrence, Ending.GOES_ON, run.at)

    def falls_silent(self, run: Run) -> None:
        """Each start that is missed is an occurrence, and each plan that an agent does not run; all else is told once,
        until it is over."""
        is_told = run.code not in (Silence.MISSED, Silence.OFFLINE) and any(
            each.code == run.code and (run.code not in _HANGS or _hangs(each, task_behind(run.task_id)))
            for each in self._unhealed.get(run.subject, {}).values()
        )
        if not is_told:
            self.failed(run)

    def changes(self) -> Changes:
        return Changes(
            alerts=tuple(self._alerts[id_] for id_ in sorted(self._touched_alerts, key=_stored_first)),
            occurrences=tuple(self._touched_occurrences.values()),
        )

    def _heals(self, run: Run, occurrence: Occurrence) -> bool:
        if run.code not in HEALING:
            return False
        return run.task_id in self._filled if occurrence.code == Silence.EMPTY else _heals(run, occurrence)

    def _heal(self, occurrence: Occurrence, ending: Ending, at: datetime) -> None:
        """An alert ends with its last open occurrence, not before it was opened."""
        del self._unhealed[occurrence.subject][occurrence.task_id]
        self._left[occurrence.alert_id] -= 1
        alert = self._alerts[occurrence.alert_id]
        at = max(at, occurrence.ended_at) if occurrence.code in SILENCES else at
        self._touched_occurrences[occurrence.task_id] = replace(occurrence, healed_at=at)
        if not self._left[alert.id]:
            self._resolve(alert, ending, at)
            if alert.latest.code in FOLLOWED:
                self._silenced[occurrence.subject] = Ended(alert.id, alert.latest.began_at, at)

    def _open(self, occurrence: Occurrence) -> None:
        self._unhealed[occurrence.subject][occurrence.task_id] = occurrence
        self._left[occurrence.alert_id] += 1

    def _came_late(self, run: Run, good: Good) -> None:
        """A run that began later ended well, and is known: an alert that is over. What is open stays as it is."""
        opened, ended_at = self._opened(run), max(good.ended_at, run.ended_at)
        alert = closed(opened, Ending.RECOVERED, ended_at)
        self._alerts[alert.id] = alert
        self._touched_alerts.add(alert.id)
        occurrence = Occurrence(run.account, run.task_id, alert.id, run.subject, run.code, run.began_at, run.ended_at)
        self._known.add(run.task_id)
        self._touched_occurrences[run.task_id] = replace(occurrence, healed_at=good.ended_at)

    def _opened(self, run: Run) -> Alert:
        return opened(run, -1 - len(self._touched_alerts) - len(self._alerts), self._followed(run))

    def _followed(self, run: Run) -> int | None:
        """The last alert of the same problem, or the silence that this run ended."""
        silence = self._silenced.get(run.subject)
        if run.code not in SILENCES and silence and silence.began_at <= run.began_at <= silence.closed_at:
            return silence.alert_id
        return self._previous.get(run.fingerprint)

    def _joined(self, alert: Alert, run: Run) -> Alert:
        latest = run if run.ended_at >= alert.latest.ended_at else alert.latest
        opened_at = min(alert.opened_at, run.ended_at)
        return replace(alert, latest=latest, opened_at=opened_at, occurrences=alert.occurrences + 1)

    def _resolve(self, alert: Alert, ending: Ending, at: datetime) -> None:
        self._put(closed(alert, ending, at))
        del self._by_fingerprint[alert.fingerprint]
        self._previous[alert.fingerprint] = alert.id

    def _put(self, alert: Alert) -> None:
        self._alerts[alert.id] = alert
        self._touched_alerts.add(alert.id)
        self._by_fingerprint[alert.fingerprint] = alert.id


def _stored_first(alert_id: int) -> tuple[bool, int]:
    """What ended gives way before what begins: one fingerprint has one open alert."""
    return alert_id < 0, abs(alert_id)


def _heals(run: Run, occurrence: Occurrence) -> bool:
    """A later run of the same subject heals; so does the same task, queued again, when it ends well at last. Warnings
    are no end of warnings."""
    if occurrence.code == ResultCode.WARNING and run.code != ResultCode.OK:
        return False
    return occurrence.task_id == run.task_id or occurrence.began_at < run.began_at


def _hangs(occurrence: Occurrence, task_id: str) -> bool:
    """Whether it tells that this very run hangs or waits."""
    return occurrence.code in _HANGS and task_behind(occurrence.task_id) == task_id


def _is_answered(run: Going, occurrence: Occurrence) -> bool:
    """Whether what was told of it is over: it waits no more, or moves again. A run that takes too long still does."""
    if occurrence.code == Silence.WAITS:
        return not run.waits
    return run.moves and occurrence.task_id != silence_id(Silence.STUCK, run.task_id)


def _did_not_start(occurrence: Occurrence, began_at: datetime) -> bool:
    """Whether a run that began then is what did not come."""
    return occurrence.code in UNSTARTED and occurrence.began_at <= began_at
