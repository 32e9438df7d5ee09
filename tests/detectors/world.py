"""The pretend world with a memory: what has become of each start that came due, and when runs began.

That is the truth that the bot's alerts are held against. The bot sees none of it but through the servers' answers.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from bot.sandbox.acronis import World
from bot.sandbox.acronis.catalog import Assignment
from bot.sandbox.acronis.fleet import Application
from bot.sandbox.acronis.runs import Run
from bot.sandbox.acronis.times import SECOND
from tests.detectors.fleet import Fleet


class Outcome(StrEnum):
    """What a start that came due has led to. The values are words people read."""

    RAN = "it ran"
    SKIPPED = "skipped"
    HELD_UP = "held up by a run"
    OFFLINE = "agent offline"
    PAUSED = "paused"
    UNLICENSED = "no quota"
    DISABLED = "tenant disabled"


@dataclass(frozen=True, slots=True)
class Start:
    """Times are UTC. `is_blind`: the bot may not look into its tenant. `is_conditional`: it may be left out."""

    one: Assignment
    at: datetime
    outcome: Outcome
    is_blind: bool = False
    is_conditional: bool = False


def time_of(nanoseconds: int) -> datetime:
    return datetime.fromtimestamp(nanoseconds / SECOND, UTC)


class RememberingWorld(World):
    """`starts` has all that came due since the beginning, `began` when each run of an assignment started."""

    def __init__(self, fleet: Fleet, now: Callable[[], int], *, seed: int, days: int) -> None:
        self.starts: list[Start] = []
        self._began: dict[int, tuple[str, datetime]] = {}
        super().__init__(seed, now, catalog=fleet.catalog, days=days)
        self.fleet.made |= fleet.unreadable

    def runs(self) -> dict[str, list[datetime]]:
        """When runs began, by the keys of their assignments, in order."""
        found = dict[str, list[datetime]]()
        for key, at in sorted(self._began.values(), key=lambda each: each[1]):
            found.setdefault(key, []).append(at)
        return found

    def show(self, runs: list[Run], now: int) -> None:
        for run in runs:
            if run.nature == "backup" and run.plan and run.workload and run.started and run.started <= now:
                self._began[run.task.number] = (f"{run.plan.key}:{run.workload.key}", time_of(run.started))
        super().show(runs, now)

    def _come_due(self, found: Application, at: int) -> Iterable[Run]:
        tenant = self.fleet.customers[found.one.workload.tenant.number]
        is_conditional = any(each.conditions for each in found.one.plan.sets)
        outcome = self._outcome(found, at)
        self.starts.append(Start(found.one, time_of(at), outcome, tenant.blind, is_conditional))
        return () if outcome is Outcome.HELD_UP else super()._come_due(found, at)

    def _outcome(self, found: Application, at: int) -> Outcome:
        if not self.fleet.is_enabled(found.one.workload.tenant):
            return Outcome.DISABLED
        if not found.licensed:
            return Outcome.UNLICENSED
        if not self.fleet.expects(found, at):
            return Outcome.PAUSED
        if found.may_go_on(at):  # a plan does not run twice at a time on a workload
            return Outcome.HELD_UP
        if self.fleet.resources[found.one.workload.key].offline is not None:
            return Outcome.OFFLINE
        return Outcome.SKIPPED if found.skips else Outcome.RAN
