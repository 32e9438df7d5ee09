"""The canary's card: it says first that nothing failed, and that nobody has to act. It has no buttons."""

from zoneinfo import ZoneInfo

from bot.blocks.layout import CardBody, Paragraph, Piece, Small
from bot.blocks.phrase import At, Strong
from bot.blocks.text import moment, span
from bot.model.canary import CanaryView


def canary_card(view: CanaryView, zone: ZoneInfo, _site: str) -> CardBody:
    if view.recovered_at is None:
        headline = (
            f"Canary of {moment(view.due_at, zone, view.told_at)}, a made-up failure. Nothing failed, nobody has to act"
        )
        state, then = "CANARY", "Its recovery follows, and this card says so then."
    else:
        lasted = span(view.recovered_at - view.told_at)
        headline = f"Canary recovered after {lasted}: a made-up failure went all the way. Nobody has to act"
        state, then = "CANARY RECOVERED", f"It went all the way, and recovered after {lasted}."
    pieces: list[Piece] = [
        Paragraph(
            (
                (Strong(state), " · a made-up failure, due ", At(view.due_at), ". Nothing failed, nobody has to act."),
                ("The bot recorded, judged and told it as it does what Acronis reports. ", then),
            )
        ),
        Small((("Where a day brings no such card, the bot says so, and its metrics do.",),)),
    ]
    return CardBody(headline, pieces, view.recovered_at or view.told_at)
