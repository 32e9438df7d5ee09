"""The card after a first start: what was failing then, as it stands now."""

from zoneinfo import ZoneInfo

from bot.blocks.alert_words import alert_name, cause_words
from bot.blocks.layout import CardBody, Paragraph, Piece, Small
from bot.blocks.phrase import At, Foreign, Phrase, Strong
from bot.blocks.task_words import KINDS, in_tenant
from bot.blocks.text import count
from bot.model import Alert, SummaryView

LINES = 20


def summary_card(view: SummaryView, _zone: ZoneInfo, _site: str) -> CardBody:
    """Critical alerts first. `good_runs` are those of the 24 h before `since`."""
    failing = sorted((alert for alert in view.alerts if alert.is_open), key=lambda alert: not alert.is_critical)
    over = len(view.alerts) - len(failing)
    critical = sum(alert.is_critical for alert in failing)
    counted = f"{len(failing):,} failing now" + (f", {critical:,} critical" if critical else "")
    headline = f"Nightshift is watching. {counted if failing else 'Nothing is failing'}"
    rest = [f"{over:,} of {count(len(view.alerts), 'failure')} ended since"] if over else []
    rest.append(f"{count(view.good_runs, 'good run')} in the 24 h before the start")
    more = len(failing) - LINES
    pieces: list[Piece] = [
        Paragraph(((Strong(headline),),), spoken=()),
        *(Paragraph((_failing(alert),), inset=1) for alert in failing[:LINES]),
        *([Paragraph.of(f"and {more:,} more: ask /tasks alerts")] if more > 0 else []),
        Paragraph.of(". ".join(rest) + "."),
        Small((("Started ", At(view.since)), ("account ", Foreign(view.account, 60)))),
    ]
    return CardBody(headline, pieces, view.since)


def _failing(alert: Alert) -> Phrase:
    start = f"CRITICAL · {KINDS[alert.latest.kind]} of" if alert.is_critical else f"{KINDS[alert.latest.kind]} of"
    what = (Strong(start), " ", Foreign(alert_name(alert), 40, strong=True), *in_tenant(alert.latest.tenant, 30))
    return (*what, ". ", *cause_words(alert, 80), " Since ", At(alert.opened_at))
