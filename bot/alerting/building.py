"""The rhythm of one workload under one plan, of all that is known: the plan's schedule, its runs, clocks. Pure."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import chain

from bot.alerting.learning import CONTRADICTED, contradicts, learn
from bot.alerting.rhythm import is_of
from bot.model import Routing, RunFact, Task
from bot.model.plans import PlanPolicy, Rhythm, RhythmSource, Schedule


def build(policies: Sequence[PlanPolicy], runs: Sequence[RunFact], zone: str) -> Rhythm:
    """`policies` are those of the plan that back up, `runs` of the workload under it, newest first.

    A schedule that none of the last runs is of is not trusted: then the rhythm is learned from them.
    """
    planned = planned_rhythm(policies, zone)
    changed_at = max((each.updated_at for each in policies if each.updated_at), default=None)
    since = [run for run in runs if changed_at is None or run.began_at >= changed_at]
    if planned.schedule is None:
        learned = _learned(runs, since, zone)
        why = learned.why and "; ".join(filter(None, (planned.why, learned.why)))
        return replace(learned, retry=planned.retry, why=why)
    if not contradicts(since, planned):
        return planned
    learned = learn(since, zone)
    why = "; ".join(filter(None, ("its runs do not follow the plan's own schedule", learned.why)))
    return replace(learned, retry=planned.retry, why=why)


def _learned(runs: Sequence[RunFact], since: Sequence[RunFact], zone: str) -> Rhythm:
    """`since` are the runs since the plan was changed. Where they are too few, the earlier ones count too, as long as
    the rhythm is the same still."""
    if len(since) == len(runs):
        return learn(runs, zone)
    learned = learn(since, zone)
    if learned.schedule is not None:
        return learned
    earlier = learn(runs, zone)
    if since and 2 * sum(is_of(earlier, run.began_at, CONTRADICTED) for run in since) >= len(since):
        return earlier
    return replace(learned, why=f"its plan was changed; {learned.why}")


def planned_rhythm(policies: Sequence[PlanPolicy], zone: str) -> Rhythm:
    """What the plan itself says; unknown where it has no schedule that can be read."""
    schedules = [each.schedule for each in policies if each.schedule is not None]
    retry = next((each.retry for each in policies if each.retry is not None), None)
    if not schedules:
        return Rhythm(zone=zone, retry=retry, why=next((each.why_unknown for each in policies if each.why_unknown), ""))
    whole = schedules[0]
    if len(schedules) > 1:
        whole = Schedule(
            tuple(dict.fromkeys(chain.from_iterable(each.sets for each in schedules))),
            max(each.random_delay for each in schedules),
            any(each.is_conditional for each in schedules),
        )
    return Rhythm(RhythmSource.PLAN, whole, zone, retry=retry)


def zones_of(task: Task, routing: Routing) -> list[str]:
    """The zones that the clock of what ran may have by the settings, the likeliest first."""
    return [*[each.zone for each in routing.zones if each.match.admits(task)][:1], routing.zone]
