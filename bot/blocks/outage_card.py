"""Cards about what cannot be reached: Acronis, the bot itself, or a channel for cards."""

from datetime import datetime
from zoneinfo import ZoneInfo

from bot.blocks.layout import HEADLINE, CardBody, Paragraph, Piece, Reader, Small
from bot.blocks.phrase import At, Foreign, Mention, Phrase, Strong
from bot.blocks.text import foreign, moment, plain, span
from bot.model import EDITS_LIMITED, NOT_WATCHED, WAY_IN, OutageView, UndeliveredView
from bot.model.canary import CANARY

_WHY = {
    "not_in_channel": "The bot is not a member of it: invite the bot.",
    "channel_not_found": "Slack does not know it, or it is private and the bot is not a member.",
    "is_archived": "It is archived.",
    "restricted_action": "Posting there is restricted.",
    "token_revoked": "The bot's token was revoked.",
    "account_inactive": "The bot's account is not active.",
    "ratelimited": "Slack asks the bot to slow down for long. It is tried again within the hour.",
}


def outage_card(view: OutageView, zone: ZoneInfo, _site: str) -> CardBody:
    if view.ended_at and view.reason == NOT_WATCHED:
        return _unwatched(view, zone, view.ended_at)
    if view.account == WAY_IN:
        return _way_in(view, zone)
    if view.account == CANARY:
        return _canary(view, zone)
    now = view.ended_at or view.began_at
    if view.ended_at:
        lasted = span(view.ended_at - view.began_at)
        headline = f"Acronis is back. It could not be read for {lasted}"
        shown: Phrase = (Strong("BACK"), f" · Acronis could not be read for {lasted}, from ")
        state: Phrase = (*shown, At(view.began_at), " to ", At(view.ended_at))
        then = "What failed meanwhile is read now."
    else:
        headline = f"Acronis cannot be read since {moment(view.began_at, zone, now)}. Alerts wait until it can"
        state = (Strong("AWAY"), " · Acronis cannot be read since ", At(view.began_at))
        then = "Alerts wait until it can be read again; nothing is lost."
    pieces: list[Piece] = [
        Paragraph((state, _reason(view), (then,))),
        Small((("Account ", Foreign(view.account, 60)),)),
    ]
    return CardBody(headline, pieces, now)


def _unwatched(view: OutageView, zone: ZoneInfo, now: datetime) -> CardBody:
    """Whether it could be read again nobody knows."""
    is_canary = view.account == CANARY
    what: Phrase = ("The canary",) if is_canary else ("Account ", Foreign(view.account, 60))
    since = "was absent since" if is_canary else "could not be read since"
    name = "The canary" if is_canary else f"Account {foreign(view.account, 60)}"
    headline = f"{name} is not watched any more. It {since} {moment(view.began_at, zone, now)}"
    state: Phrase = (Strong("NOT WATCHED"), " · ", *what, f" {since} ", At(view.began_at))
    return CardBody(headline, [Paragraph((state, (view.reason,)))], now)


def _way_in(view: OutageView, zone: ZoneInfo) -> CardBody:
    now = view.ended_at or view.began_at
    if view.ended_at:
        lasted = span(view.ended_at - view.began_at)
        headline = f"Questions and buttons work again. Slack could not reach the bot for {lasted}"
        shown: Phrase = (Strong("BACK"), f" · Slack could not reach the bot for {lasted}, from ")
        state: Phrase = (*shown, At(view.began_at), " to ", At(view.ended_at))
        then = "Questions and buttons work again."
    else:
        since = moment(view.began_at, zone, now)
        headline = f"Questions and buttons do not work since {since}. Slack cannot reach the bot. Alerts go on"
        state = (Strong("NO WAY IN"), " · Slack cannot reach the bot since ", At(view.began_at))
        then = "Questions and buttons do not work until it can. Alerts go on."
    reason: Phrase = ("The reason was: ", *_reason(view)) if view.ended_at else _reason(view)
    return CardBody(headline, [Paragraph((state, reason, (then,)))], now)


def _canary(view: OutageView, zone: ZoneInfo) -> CardBody:
    now = view.ended_at or view.began_at
    since = moment(view.began_at, zone, now)
    if view.ended_at:
        headline = "A canary is through again"
        state: Phrase = (Strong("CANARY BACK"), " · a canary is through since ", At(view.ended_at))
        then = "The one before was missed."
    else:
        headline = f"The canary of {since} is absent: a failure may not become a card"
        state = (Strong("CANARY ABSENT"), " · the one that was due ", At(view.began_at), " is not through")
        then = "A failure may not become a card. Look at the canary's channel, then at the bot's log."
    return CardBody(headline, [Paragraph((state, _reason(view), (then,)))], now)


def _reason(view: OutageView) -> Phrase:
    return (Foreign(view.reason, 300),) if plain(view.reason) else ()


def undelivered_card(view: UndeliveredView, _zone: ZoneInfo, _site: str) -> CardBody:
    """`headline` is not escaped; "" where nothing is known of what could not be posted."""
    more = f", and {view.waiting - 1:,} more" if view.waiting > 1 else ""
    first = view.headline if plain(view.headline) else "an alert"
    channel = foreign(view.channel, 40)
    if view.code == EDITS_LIMITED:
        return _old_state(view, channel, Paragraph.of("Not up to date there: ", Foreign(first, 300), more))
    if view.ended_at:
        headline = f"Channel {channel} can be reached again. What waited is posted there now"
        since = (" can be reached again since ", At(view.ended_at), ".")
        state: tuple[Phrase, ...] = ((Strong("REACHED AGAIN"), " · Channel ", Mention(view.channel), *since),)
        waits = "What waited is posted there now: "
    else:
        waits = "Not told there: "
        start = f"Alerts cannot be posted to channel {channel}. {waits}"
        headline = start + foreign(first, HEADLINE - len(start) - len(more)) + more
        line: Phrase = (Strong("NOT DELIVERED"), " · Alerts cannot be posted to channel ", Mention(view.channel), ".")
        state = (line, (_WHY.get(view.code, "Slack gave a reason this bot does not know."),))
    code: tuple[Phrase, ...] = () if view.ended_at else (("Slack's code: ", Foreign(view.code, 60)),)
    pieces: list[Piece] = [Paragraph(state), Paragraph.of(waits, Foreign(first, 300), more), Small(code)]
    return CardBody(headline, pieces, view.ended_at or Reader().now)


def _old_state(view: UndeliveredView, channel: str, which: Piece) -> CardBody:
    headline = f"Cards in channel {channel} show an old state: Slack takes no edits there for long"
    state: Phrase = (Strong("NOT UP TO DATE"), " · Cards in channel ", Mention(view.channel), " show an old state.")
    then: Phrase = (
        "Slack asks the bot to slow down with edits. It is tried again within the hour; new alerts arrive.",
    )
    return CardBody(headline, [Paragraph((state, then)), which], Reader().now)
