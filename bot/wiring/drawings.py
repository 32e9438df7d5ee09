"""Joins the names that `alerting.kinds` gives to drawings to their functions. Loaded when the first card is drawn."""

from functools import partial
from typing import Final

from bot.blocks.alert_card import alert_card
from bot.blocks.canary_card import canary_card
from bot.blocks.cards import Drawings
from bot.blocks.digest_card import digest_card
from bot.blocks.outage_card import outage_card, undelivered_card
from bot.blocks.personal_card import personal_card
from bot.blocks.storm_card import storm_card
from bot.blocks.summary_card import summary_card

DRAWINGS: Final[Drawings] = {
    "alert": alert_card,
    "storm": storm_card,
    "summary": summary_card,
    "outage": outage_card,
    "undelivered": undelivered_card,
    "personal": personal_card,
    "digest": digest_card,
    "canary": canary_card,
}


def drawings_of(acting: frozenset[str]) -> Drawings:
    """What draws each kind of card; those of one alert know in which accounts backups may be run."""
    if not acting:
        return DRAWINGS
    may_run = {"alert": partial(alert_card, acting=acting), "personal": partial(personal_card, acting=acting)}
    return {**DRAWINGS, **may_run}
