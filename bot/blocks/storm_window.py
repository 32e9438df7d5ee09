"""The window of a storm's card: its alerts page by page, whole or of one tenant or cause, each with its row.

Above them stands the row for all that is listed, and a menu that lists another tenant's or cause's.
"""

from collections.abc import Iterator
from typing import Final
from zoneinfo import ZoneInfo

from bot.blocks import buttons
from bot.blocks.alert_list import TITLE, critical_words, facts
from bot.blocks.alert_words import cause_words, line
from bot.blocks.layout import Paragraph, Piece, Row, modal
from bot.blocks.paging import turn
from bot.blocks.phrase import Foreign, Phrase, Strong
from bot.blocks.text import code_words, count, plain, tame
from bot.model import Aim, Block, Modal, Share, StormPage

__all__ = ["TITLE", "place_of", "storm_window"]

SHARES: Final = 90
"""Options of the menu: Slack takes 100, and the first lists all."""
_EMPTY: Final = "This message shows no alert any more."


def storm_window(listed: StormPage, zone: ZoneInfo) -> Modal:
    found, aim = listed.found, listed.aim
    shown = turn(found.alerts, listed.page, found.size, offset=found.offset)
    place = f"{aim.card_id}:{shown.page}:{aim.share}"
    pieces: list[Piece] = [
        Paragraph((*_heading(listed), (shown.place(","),))),
        Row(tuple(_menu(listed)), _id(listed, "of")),
        Row(_row_of_all(listed, place), _id(listed, "all")),
    ]
    for alert in shown.items:
        pieces.append(Paragraph((line(alert), cause_words(alert, 120), facts(alert))))
        pieces.append(Row(buttons.row_of(alert, window=place), _id(listed, str(alert.id))))
    return modal(TITLE, pieces, zone, buttons=buttons.of_storm(aim, shown.page, shown.pages))


def place_of(window: str) -> tuple[Aim, int]:
    """What is listed and which page of it, of `card:page:share`. People can forge it: then it is the first page."""
    card, page, share = (*window.split(":", 2), "", "")[:3]
    listed = Aim.read(":".join(filter(None, (f"s{card}", share))))
    return listed, int(page) if page.isascii() and page.isdigit() and len(page) < 10 else 1


def _id(listed: StormPage, what: str) -> str:
    """Another at each redraw, so that no choice stays in a menu."""
    return f"{what}-{listed.as_of.timestamp():.6f}"


def _heading(listed: StormPage) -> tuple[Phrase, ...]:
    """`12 alerts, 3 critical`, and whose they are where they are a share."""
    found = listed.found
    counted = f"{count(found.size, 'alert')}{critical_words(found)}" if found.size else _EMPTY
    share = listed.share
    label = _name(share, listed) if share else ""
    of: Phrase = (Foreign(label, 200),) if label else ("not named",) if share else ()
    return (Strong(counted),), of


def _row_of_all(listed: StormPage, place: str) -> tuple[Block, ...]:
    """Nothing where one alert is listed, which has its own row, or none is open."""
    if not listed.open or listed.found.size < 2:
        return ()
    taken, snoozed = listed.taken == listed.open, listed.snoozed == listed.open
    return buttons.row_of_share(
        listed.aim, f"all {count(listed.found.size, 'alert')}", taken=taken, snoozed=snoozed, window=place
    )


def _menu(listed: StormPage) -> Iterator[Block]:
    """Which alerts are listed: all, a tenant's, or those of one cause."""
    tenants, causes = (each if len(each) > 1 else () for each in (listed.tenants, listed.causes))
    shares = [*tenants[: SHARES // 2], *causes[: SHARES // 2]]
    if shares:
        yield buttons.of_shares(listed.aim.card_id, [(_label(each, listed), each.key) for each in shares])


def _name(share: Share, listed: StormPage) -> str:
    """A tenant's name as it is, a cause in words."""
    return code_words(share.label) if share in listed.causes else plain(share.label)


def _label(share: Share, listed: StormPage) -> str:
    """`1,190 · Beta GmbH`, without marks of any kind."""
    return tame(f"{share.total:,} · {_name(share, listed) or 'not named'}", 75)
