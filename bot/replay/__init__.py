"""Plays a stretch of the bot's own copy through its rules again, posts nothing, and says what would have been said.

    timeline      which poll would have seen a task      simulation   the rules, the clock, the order of things
    dry_delivery  delivery that only writes down         diff         two accounts of one time held together
    report        words for people                       replay       the tape, one simulation or two, the report

Uses the store, the rules and the drawing of the bot itself. Reads no settings, and reaches neither Slack nor Acronis.
"""

from bot.replay.replay import Order, replay
from bot.replay.simulation import Rulebook
