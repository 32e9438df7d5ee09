"""Cards that are not about one alert: the summary of a first start, an outage, a channel that cannot be reached."""

from zoneinfo import ZoneInfo

from bot.blocks.alert_card import REPEATED, called, cause_words
from bot.blocks.layout import HEADLINE, Paragraph, Piece, Reader, Small, message
from bot.blocks.outcomes import KINDS
from bot.blocks.phrase import At, Mention, Named, Phrase, Strong
from bot.blocks.text import count, foreign, moment, plain, span, zone_name
from bot.model import Alert, AlertStatus, Message, OutageView, SummaryView, UndeliveredView

LINES = 20
_WHY = {
    "not_in_channel": "The bot is not a member of it: invite the bot.",
    "channel_not_found": "Slack does not know it, or it is private and the bot is not a member.",
    "is_archived": "It is archived.",
    "restricted_action": "Posting there is restricted.",
    "token_revoked": "The bot's token was revoked.",
    "account_inactive": "The bot's account is not active.",
}


def summary_card(view: SummaryView, zone: ZoneInfo, *, repeated: bool = False) -> Message:
    """What was failing at a first start, as it stands now. `good_runs` are those of the 24 h before `since`."""
    failing = [alert for alert in view.alerts if alert.status is AlertStatus.FIRING]
    over = len(view.alerts) - len(failing)
    headline = f"Nightshift is watching. {f'{len(failing):,} failing now' if failing else 'Nothing is failing'}"
    rest = [f"{over:,} of {count(len(view.alerts), 'failure')} ended since"] if over else []
    rest.append(f"{count(view.good_runs, 'good run')} in the 24 h before the start")
    more = len(failing) - LINES
    pieces: list[Piece] = [
        Paragraph(((Strong(headline),),), spoken=()),
        *(Paragraph(_failing(alert), inset=1) for alert in failing[:LINES]),
        Paragraph(((f"and {more:,} more: ask /tasks failed",),) if more > 0 else ()),
        Paragraph(((". ".join(rest) + ".",),)),
        Small((("Started ", At(view.since)), ("account ", Named(view.account, 60)))),
        _repeated(repeated),
    ]
    return message(headline, pieces, Reader(zone, view.since))


def outage_card(view: OutageView, zone: ZoneInfo, *, repeated: bool = False) -> Message:
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
    pieces: list[Piece] = [Paragraph((*lines, (then,))), Small((small,)), _repeated(repeated)]
    return message(headline, pieces, reader)


def outage_line(view: OutageView, zone: ZoneInfo) -> str:
    """The thread's one line when an outage ends."""
    at = view.ended_at or view.began_at
    lasted = span(at - view.began_at)
    return f"Acronis is back since {moment(at, zone, at)} {zone_name(at, zone)}. It could not be read for {lasted}."


def undelivered_card(view: UndeliveredView, zone: ZoneInfo, *, repeated: bool = False) -> Message:
    """`headline` is not escaped; "" where nothing is known of what was to be told."""
    why: Phrase = (_WHY[view.code],) if view.code in _WHY else ("Slack gave a reason this bot does not know.",)
    lost = view.headline if plain(view.headline) else "an alert"
    headline = f"Alerts cannot be posted to channel {foreign(view.channel, 30)}. Not told there: "
    pieces: list[Piece] = [
        Paragraph(
            ((Strong("NOT DELIVERED"), " · Alerts cannot be posted to channel ", Mention(view.channel), "."), why)
        ),
        Paragraph((("Not told there: ", Named(lost, 300)),)),
        Small((("Slack's code: ", Named(view.code, 60)),)),
        _repeated(repeated),
    ]
    return message(headline + foreign(lost, HEADLINE - len(headline)), pieces, Reader(zone))


def _failing(alert: Alert) -> tuple[Phrase, ...]:
    where: Phrase = (", ", Named(alert.tenant.name, 30)) if plain(alert.tenant.name) else ()
    what: Phrase = (Strong(f"{KINDS[alert.kind]} of"), " ", Named(called(alert), 40, strong=True), *where)
    return ((*what, ". ", *cause_words(alert, 80), " Since ", At(alert.opened_at)),)


def _repeated(repeated: bool) -> Small:
    return Small(((REPEATED,),) if repeated else ())
