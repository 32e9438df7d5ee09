"""Open alerts as they are now: how severe, and what became of what people did about them. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import field, replace
from datetime import datetime

from bot.alerting.routing import targets_of
from bot.alerting.severity import Facts, judge
from bot.alerting.triage import LAPSES, Happening, settle
from bot.model import Alert, Routing
from bot.model.values import dataclass


@dataclass(frozen=True, slots=True)
class Judged:
    """Open alerts as they are now. `changed` are those that are not as they were, `raised` those of them that were not
    critical before and that nobody snoozes. `happened` says by the alerts' ids what became of owners and snoozes, and
    `before` has those alerts as they were."""

    alerts: tuple[Alert, ...] = ()
    changed: tuple[Alert, ...] = ()
    raised: tuple[Alert, ...] = ()
    happened: Mapping[int, tuple[Happening, ...]] = field(default_factory=dict[int, tuple[Happening, ...]])
    before: Mapping[int, Alert] = field(default_factory=dict[int, Alert])

    def stored(self, by_id: Mapping[int, Alert]) -> "Judged":
        """The same of the alerts as they were stored, by the ids that they had before."""
        alerts, changed, raised = (
            tuple(by_id[alert.id] for alert in each) for each in (self.alerts, self.changed, self.raised)
        )
        return Judged(
            alerts,
            changed,
            raised,
            happened={by_id[id_].id: each for id_, each in self.happened.items()},
            before={by_id[id_].id: each for id_, each in self.before.items()},
        )

    def lapsed(self) -> tuple[Alert, ...]:
        """Those whose snooze ended."""
        return tuple(alert for alert in self.alerts if LAPSES & set(self.happened.get(alert.id, ())))


NOTHING_JUDGED = Judged()


def judge_all(alerts: Iterable[Alert], facts: Mapping[int, Facts], routing: Routing, now: datetime) -> Judged:
    """`facts` are by the alerts' ids."""
    after, changed, raised = list[Alert](), list[Alert](), list[Alert]()
    happened, before = dict[int, tuple[Happening, ...]](), dict[int, Alert]()
    for alert in alerts:
        assessed = replace(alert, assessment=judge(alert, facts[alert.id], targets_of(alert, routing), now))
        settled, its = settle(assessed, facts[alert.id], now)
        after.append(settled)
        if its:
            happened[alert.id], before[alert.id] = its, alert
        if settled != alert:
            changed.append(settled)
        if settled.is_critical and not alert.is_critical and not settled.triage.snooze and not LAPSES & set(its):
            raised.append(settled)
    return Judged(tuple(after), tuple(changed), tuple(raised), happened, before)
