"""Holds what the bot alerted of against what has happened: which missed starts it told of in time, and what was wrong.

A start was missed where it was skipped and no run of the same began from five minutes before it until its deadline, nor
before anybody looked after it: the next start of an hourly plan comes with the deadline of this one.
Starts of which nobody can know are not counted: in a tenant that lets nobody in, where the plan may leave one out,
where the bot has to learn from fewer than five starts, and while Acronis or the bot was away. Which clock a mailbox
follows nothing tells until it has run by it: after a change of clocks its starts may be told of an hour later. An alert
is false where nothing of its kind has happened.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from bot.model import Silence
from bot.sandbox.acronis.times import SECOND
from tests.detectors.faults import Away, Episode, Faults
from tests.detectors.fleet import ZONES, Fleet
from tests.detectors.watch import READING, Told
from tests.detectors.world import Outcome, RememberingWorld, Start

GRACE: Final = timedelta(hours=1)
EARLY: Final = timedelta(minutes=5)
SETTLED: Final = timedelta(hours=2)
"""So long after an outage a false alert is put down to it."""
A_CLOCK: Final = timedelta(hours=1)
"""Lies between two clocks of which one was changed."""
_NEAR: Final = timedelta(minutes=45)
"""A learned clock time lies so near the plan's, a random delay aside."""
_HOUR: Final = timedelta(minutes=75)
"""And so near where the clock was changed meanwhile by an hour, and nothing told the bot of it."""
_EPISODES: Final[Mapping[str, frozenset[str]]] = {
    Silence.OFFLINE: frozenset({"agent offline"}),
    Silence.STUCK: frozenset({"hang", "overrun"}),
    Silence.WAITS: frozenset({"wait"}),
    Silence.EMPTY: frozenset({"zero bytes"}),
    Silence.VANISHED: frozenset({"deleted"}),
}
"""What may be alerted of in each fault."""


@dataclass(frozen=True, slots=True)
class Wrong:
    """An alert of something that is not so, and what was the matter with it instead."""

    told: Told
    reason: str
    is_after_outage: bool
    name: str = ""

    def __str__(self) -> str:
        after = ", after an outage" if self.is_after_outage else ""
        due, at = (f"{each:%m-%d %H:%M}" for each in (self.told.due_at, self.told.at))
        return f"{self.told.code}: {self.name}, due {due}, told {at}: {self.reason}{after}"


@dataclass(slots=True)
class Score:
    """Of one half of the workloads. `late` are missed starts that were told of too late or not at all; `moved` is the
    `lateness` of those after a change of clocks of which nothing tells what clock they follow."""

    days: float = 0.0
    missed: int = 0
    told: int = 0
    lateness: list[timedelta] = field(default_factory=list[timedelta])
    moved: list[timedelta] = field(default_factory=list[timedelta])
    late: list[Start] = field(default_factory=list[Start])
    after_return: int = 0
    wrong: list[Wrong] = field(default_factory=list[Wrong])
    others: Counter[str] = field(default_factory=Counter[str])

    @property
    def recall(self) -> float:
        return self.told / self.missed if self.missed else 1.0

    @property
    def false_per_1000(self) -> float:
        return 1000 * len(self.wrong) / self.days if self.days else 0.0

    @property
    def after_outages(self) -> int:
        return sum(each.is_after_outage for each in self.wrong)

    @property
    def reasons(self) -> Counter[str]:
        return Counter(f"{each.told.code}: {each.reason}" for each in self.wrong)

    def __add__(self, other: "Score") -> "Score":
        return Score(
            self.days + other.days,
            self.missed + other.missed,
            self.told + other.told,
            self.lateness + other.lateness,
            self.moved + other.moved,
            self.late + other.late,
            self.after_return + other.after_return,
            self.wrong + other.wrong,
            self.others + other.others,
        )


class Judge:
    """`until` is when the watching ended; plans were read each `reading`: what is missed is to be told within two."""

    def __init__(
        self,
        fleet: Fleet,
        world: RememberingWorld,
        faults: Faults,
        told: Sequence[Told],
        until: datetime,
        reading: timedelta = READING,
    ) -> None:
        self._reading = reading
        self._faults, self._told, self._until = faults, told, until
        self._learned = {
            key
            for each in fleet.customers
            if each.is_learned
            for one in each.assignments
            for key in (one.key, one.workload.key, one.workload.agent)
        }
        self._names = {one.workload.key: one.workload.name for one in fleet.assignments}
        self._plans = {one.plan.key: one.plan.name for one in fleet.assignments}
        self._runs = world.runs()
        self._starts = dict[str, list[Start]]()
        for start in world.starts:
            self._starts.setdefault(start.one.key, []).append(start)
        self._weak = {one.key for one in fleet.assignments if self._is_unlearnable(one.key)}

    def scores(self, days: float, workloads: Mapping[bool, int]) -> dict[bool, Score]:
        """By whether schedules are learned."""
        found = {is_learned: Score(days * count) for is_learned, count in workloads.items()}
        for start in (start for starts in self._starts.values() for start in starts if self._is_missed(start)):
            self._look_for(start, found[start.one.key in self._learned])
        for told in self._told:
            if told.is_new:
                self._judge(told, found[told.workload in self._learned])
        return found

    # ── recall ──

    def _is_missed(self, start: Start) -> bool:
        if start.outcome is not Outcome.SKIPPED or start.is_blind or start.is_conditional:
            return False
        if self._ran_for(start, _deadline(start) + self._reading):
            return False
        is_away = any(self._is_in(away, start) for away in self._faults.aways)
        is_over = self._latest(start) <= self._until
        return is_over and not is_away and start.one.key not in self._weak

    def _look_for(self, start: Start, score: Score) -> None:
        score.missed += 1
        at = min((told.at for told in self._told if self._is_of(told, start)), default=None)
        if at is None or at > self._latest(start):
            score.late.append(start)
            return
        score.told += 1
        (score.moved if self._is_moved(start) else score.lateness).append(at - _deadline(start))

    def _latest(self, start: Start) -> datetime:
        """Until when it is to be told of."""
        return _deadline(start) + 2 * self._reading + (A_CLOCK if self._is_moved(start) else timedelta())

    def _is_of(self, told: Told, start: Start) -> bool:
        near = _HOUR if self._is_moved(start) else _NEAR
        return told.code == Silence.MISSED and _key(told) == start.one.key and _is_near(told.due_at, start, near)

    def _ran_for(self, start: Start, until: datetime) -> bool:
        runs = self._runs.get(start.one.key, [])
        place = bisect_left(runs, start.at - EARLY)
        return place < len(runs) and runs[place] <= until

    def _is_in(self, away: Away, start: Start) -> bool:
        return away.since - self._reading <= _deadline(start) + 2 * self._reading and start.at <= away.until

    def _is_moved(self, start: Start) -> bool:
        """Of a mailbox, two days after clocks were changed, and for as long as it has not run since."""
        if start.one.workload.is_machine:
            return False
        runs = self._runs.get(start.one.key, [])
        place = bisect_left(runs, start.at - EARLY)
        since = min(start.at - timedelta(days=2), runs[place - 1] if place else start.at)
        return any(_offset(since, zone) != _offset(start.at, zone) for zone in ZONES)

    def _is_unlearnable(self, key: str) -> bool:
        """Of which fewer than five starts lie behind the bot, or of each of its days of the month: only what is learned
        needs them."""
        began = self._starts.get(key, [])
        first = began[0].at if began else None
        runs = [at for at in self._runs.get(key, []) if first is None or at < first]
        sets = began[0].one.plan.sets if began else ()
        days = max((len(each.monthdays) + each.last_day for each in sets), default=0)
        return key in self._learned and len(runs) < 5 * max(days, 1)

    # ── false alerts ──

    def _judge(self, told: Told, score: Score) -> None:
        if told.code == Silence.MISSED:
            start = self._start_of(told)
            reason = self._missed_reason(told, start, score)
        elif told.code in _EPISODES:
            theirs = self._episodes(told)
            is_true = any(each.kind in _EPISODES[told.code] and each.since <= told.at for each in theirs)
            reason = "" if is_true else _kinds(theirs)
            score.others[told.code] += is_true
        else:
            reason = _kinds(self._episodes(told))
        if reason:
            name = f"{self._names.get(told.workload, told.workload)}, {self._plans.get(told.plan, told.plan)}"
            score.wrong.append(Wrong(told, reason, self._is_after_outage(told), name))

    def _missed_reason(self, told: Told, start: Start | None, score: Score) -> str:
        """Why it was not missed; empty where it was."""
        if start is None:
            return f"nothing was due ({_kinds(self._episodes(told))})"
        if start.outcome is Outcome.SKIPPED and not self._ran_for(start, _deadline(start)):
            return ""
        if start.outcome is Outcome.OFFLINE and not self._is_offline(told):
            score.after_return += 1
            return ""
        return f"{start.outcome} ({_kinds(self._episodes(told))})"

    def _is_offline(self, told: Told) -> bool:
        return any(each.kind == "agent offline" and each.since <= told.at < each.until for each in self._episodes(told))

    def _start_of(self, told: Told) -> Start | None:
        starts = self._starts.get(_key(told), [])
        near = [start for start in starts if _is_near(told.due_at, start, _HOUR if self._is_moved(start) else _NEAR)]
        return min(near, key=lambda start: abs(start.at - told.due_at), default=None)

    def _episodes(self, told: Told) -> list[Episode]:
        names = {told.workload, _key(told)}
        return [each for each in self._faults.episodes if names & each.keys and each.since <= told.at]

    def _is_after_outage(self, told: Told) -> bool:
        return any(away.since <= told.at <= away.until + SETTLED for away in self._faults.aways) or any(
            told.code == Silence.MISSED and away.since <= told.due_at + GRACE and told.due_at <= away.until
            for away in self._faults.aways
        )


def _offset(at: datetime, zone: str) -> timedelta | None:
    return at.astimezone(ZoneInfo(zone)).utcoffset()


def _deadline(start: Start) -> datetime:
    return start.at + timedelta(microseconds=start.one.plan.delay / SECOND * 1e6) + GRACE


def _key(told: Told) -> str:
    return f"{told.plan}:{told.workload}"


def _is_near(due_at: datetime, start: Start, most: timedelta = _NEAR) -> bool:
    delay = timedelta(seconds=start.one.plan.delay / SECOND)
    step = min((each.step for each in start.one.plan.sets if each.step), default=0)
    near = min(most, timedelta(minutes=step / 2)) if step else most
    return -near <= due_at - start.at <= delay + near


def _kinds(episodes: Iterable[Episode]) -> str:
    return ", ".join(sorted({each.kind for each in episodes})) or "nothing was the matter"
