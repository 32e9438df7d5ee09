"""Cards that are not about one alert: the summary of a first start, an outage, a channel that cannot be reached."""

from zoneinfo import ZoneInfo

from bot.blocks.alert_card import REPEATED
from bot.blocks.alert_words import called, cause_words
from bot.blocks.layout import HEADLINE, Paragraph, Piece, Reader, Small, message
from bot.blocks.links import SLACK, continues
from bot.blocks.phrase import At, Mention, Named, Phrase, Strong
from bot.blocks.task_words import KINDS
from bot.blocks.text import count, foreign, moment, plain, span
from bot.model import Alert, AlertStatus, Message, OutageView, Posted, SummaryView, UndeliveredView

LINES = 20
_WHY = {
    "not_in_channel": "The bot is not a member of it: invite the bot.",
    "channel_not_found": "Slack does not know it, or it is private and the bot is not a member.",
    "is_archived": "It is archived.",
    "restricted_action": "Posting there is restricted.",
    "token_revoked": "The bot's token was revoked.",
    "account_inactive": "The bot's account is not active.",
}


def summary_card(
    view: SummaryView, zone: ZoneInfo, *, repeated: bool = False, earlier: Posted | None = None, site: str = SLACK
) -> Message:
    """What was failing at a first start, as it stands now, critical ones first.

    `good_runs` are those of the 24 h before `since`.
    """
    failing = sorted(
        (alert for alert in view.alerts if alert.status is AlertStatus.OPEN), key=lambda alert: not alert.is_critical
    )
    over = len(view.alerts) - len(failing)
    critical = sum(alert.is_critical for alert in failing)
    counted = f"{len(failing):,} failing now" + (f", {critical:,} critical" if critical else "")
    headline = f"Nightshift is watching. {counted if failing else 'Nothing is failing'}"
    rest = [f"{over:,} of {count(len(view.alerts), 'failure')} ended since"] if over else []
    rest.append(f"{count(view.good_runs, 'good run')} in the 24 h before the start")
    more = len(failing) - LINES
    pieces: list[Piece] = [
        Paragraph(((Strong(headline),),), spoken=()),
        *(Paragraph(_failing(alert), inset=1) for alert in failing[:LINES]),
        Paragraph(((f"and {more:,} more: ask /tasks alerts",),) if more > 0 else ()),
        Paragraph(((". ".join(rest) + ".",),)),
        Small((("Started ", At(view.since)), ("account ", Named(view.account, 60)))),
        *_marks(repeated, earlier, site),
    ]
    return message(headline, pieces, Reader(zone, view.since))


def outage_card(
    view: OutageView, zone: ZoneInfo, *, repeated: bool = False, earlier: Posted | None = None, site: str = SLACK
) -> Message:
    since = moment(view.began_at, zone, view.ended_at or view.began_at)
    reader = Reader(zone, view.ended_at or view.began_at)
    if view.ended_at:
        lasted = span(view.ended_at - view.began_at)
        headline = f"Acronis is back. It could not be read for {lasted}"
        shown: Phrase = (Strong("BACK"), f" · Acronis could not be read for {lasted}, from ")
        lines = [(*shown, At(view.began_at), " to ", At(view.ended_at))]
        then = "What failed meanwhile is read now."
    else:
        headline = f"Acronis cannot be read since {since}. Alerts wait until it can"
        lines = [(Strong("AWAY"), " · Acronis cannot be read since ", At(view.began_at))]
        then = "Alerts wait until it can be read again; nothing is lost."
    lines += [(Named(view.reason, 300),)] if plain(view.reason) else []
    small: Phrase = ("Account ", Named(view.account, 60))
    pieces: list[Piece] = [Paragraph((*lines, (then,))), Small((small,)), *_marks(repeated, earlier, site)]
    return message(headline, pieces, reader)


def undelivered_card(
    view: UndeliveredView, zone: ZoneInfo, *, repeated: bool = False, earlier: Posted | None = None, site: str = SLACK
) -> Message:
    """`headline` is not escaped; "" where nothing is known of what was to be told."""
    start, shown = _reached_again(view) if view.ended_at else _not_delivered(view)
    pieces: list[Piece] = [
        Paragraph(shown),
        Paragraph(((f"{_waits(view)}", Named(_lost(view), 300), *_more(view)),)),
        Small((("Slack's code: ", Named(view.code, 60)),)) if not view.ended_at else Small(()),
        *_marks(repeated, earlier, site),
    ]
    return message(start, pieces, Reader(zone, view.ended_at or Reader().now))


def _not_delivered(view: UndeliveredView) -> tuple[str, tuple[Phrase, ...]]:
    """The first line and the first paragraph while the channel cannot be reached."""
    why: Phrase = (_WHY[view.code],) if view.code in _WHY else ("Slack gave a reason this bot does not know.",)
    more = f", and {view.waiting - 1:,} more" if view.waiting > 1 else ""
    start = f"Alerts cannot be posted to channel {foreign(view.channel, 40)}. Not told there: "
    line: Phrase = (Strong("NOT DELIVERED"), " · Alerts cannot be posted to channel ", Mention(view.channel), ".")
    return start + foreign(_lost(view), HEADLINE - len(start) - len(more)) + more, (line, why)


def _reached_again(view: UndeliveredView) -> tuple[str, tuple[Phrase, ...]]:
    start = f"Channel {foreign(view.channel, 40)} can be reached again. What waited is posted there now"
    since: Phrase = (" can be reached again since ", At(view.ended_at), ".") if view.ended_at else ()
    return start, ((Strong("REACHED AGAIN"), " · Channel ", Mention(view.channel), *since),)


def _waits(view: UndeliveredView) -> str:
    return "What waited is posted there now: " if view.ended_at else "Not told there: "


def _more(view: UndeliveredView) -> Phrase:
    """How many cards wait beside the one that is named."""
    return (f", and {view.waiting - 1:,} more",) if view.waiting > 1 else ()


def _lost(view: UndeliveredView) -> str:
    return view.headline if plain(view.headline) else "an alert"


def _failing(alert: Alert) -> tuple[Phrase, ...]:
    where: Phrase = (", ", Named(alert.latest.tenant.name, 30)) if plain(alert.latest.tenant.name) else ()
    start = f"CRITICAL · {KINDS[alert.latest.kind]} of" if alert.is_critical else f"{KINDS[alert.latest.kind]} of"
    what: Phrase = (Strong(start), " ", Named(called(alert), 40, strong=True), *where)
    return ((*what, ". ", *cause_words(alert, 80), " Since ", At(alert.opened_at)),)


def _marks(repeated: bool, earlier: Posted | None, site: str) -> tuple[Small, ...]:
    """What is to be known of the message itself."""
    return Small((continues(earlier, site),)), Small(((REPEATED,),) if repeated else ())
