"""The card after a first start: what was failing then, as it stands now."""

from collections.abc import Iterator
from zoneinfo import ZoneInfo

from bot.blocks import buttons
from bot.blocks.alert_words import alert_name, cause_words, line
from bot.blocks.layout import Beside, CardBody, Paragraph, Piece, Row, Small
from bot.blocks.phrase import At, Foreign, Strong
from bot.blocks.text import count
from bot.model import Alert, SummaryView, task_behind

LINES = 5
"""What a phone shows with the rest of the card; a button shows all."""


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
        *(piece for alert in failing[:LINES] for piece in _failing(alert)),
        *([Paragraph.of(f"and {more:,} more")] if more > 0 else []),
        Paragraph.of(". ".join(rest) + "."),
        Row(buttons.all_of_storm(view.card_id, len(view.alerts)) if view.alerts else ()),
        Small((("Started ", At(view.since)), ("account ", Foreign(view.account, 60)))),
    ]
    return CardBody(headline, pieces, view.since)


def _failing(alert: Alert) -> Iterator[Piece]:
    """What, where and why; since when, with a button beside it."""
    yield Paragraph((line(alert), cause_words(alert, 80)))
    yield Beside(("since ", At(alert.opened_at)), buttons.details(task_behind(alert.latest.task_id), alert_name(alert)))
