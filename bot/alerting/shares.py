"""A storm's alerts by tenant and by cause, and a page of them: what its window shows. Pure."""

from collections.abc import Sequence
from datetime import datetime

from bot.alerting.storms import shares_of
from bot.model import Aim, Alert, OpenAlerts, Share, StormPage


def page_of(alerts: Sequence[Alert], aim: Aim, page: int, rows: int, now: datetime) -> StormPage:
    """`alerts` are all of the card. Where there is no such page it is the last one."""
    tenants, causes = (_largest(alerts, place) for place in (0, 1))
    listed = [each for each in alerts if not aim.share or aim.share in shares_of(each)]
    page = min(max(page, 1), max(-(-len(listed) // rows), 1))
    start = (page - 1) * rows
    still = [each for each in listed if each.is_open]
    critical = sum(each.is_critical for each in still)
    return StormPage(
        aim,
        page,
        OpenAlerts(tuple(listed[start : start + rows]), len(listed), critical, start),
        now,
        tenants,
        causes,
        share=next((each for each in (*tenants, *causes) if each.key == aim.share), None),
        open=len(still),
        taken=sum(each.triage.owner is not None for each in still),
        snoozed=sum(each.triage.snooze is not None for each in still),
    )


def _largest(alerts: Sequence[Alert], place: int) -> tuple[Share, ...]:
    """Of its tenants (place 0) or causes (1), those with the most open alerts first."""
    found: dict[str, Share] = {}
    for alert in alerts:
        key = shares_of(alert)[place]
        label = alert.latest.cause.text if place else alert.latest.tenant.name
        known = found.get(key, Share(label, 0, 0, key))
        found[key] = Share(known.label or label, known.total + 1, known.open + alert.is_open, key)
    return tuple(sorted(found.values(), key=lambda each: (-each.open, -each.total, each.label)))
