"""Plays a stretch of the bot's own copy through its rules again, posts nothing, and says what would have been said.

    clockwork  which poll would have seen a task         play     the rules, the clock, the order of things
    rulebook   by which rules a task is read             stage    delivery that only writes down
    show       what one play came to                     changes  two accounts of one time held together
    report, totals   words for people                    replay   the tape, one play or two, the report

Uses the store, the rules and the drawing of the bot itself. Reads no settings, and reaches neither Slack nor Acronis.
"""

from bot.replay.replay import Order, replay
from bot.replay.rulebook import Rulebook

__all__ = ["Order", "Rulebook", "replay"]
