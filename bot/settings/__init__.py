"""Environment and nightshift.toml → frozen `Settings`. Every fault is told at once, each with what to do.

The environment holds what differs between places (tokens, addresses); the file holds everything finer. Only `wiring`
reads settings.

    values     the settings, as the bot gets them      loading   puts them together
    environment, accounts                              file, sections, words, lines, faults: nightshift.toml
    routes, reach                                      spoken    the routes in words
    rehearsal  what a replay needs
"""

from bot.settings.loading import database, load
from bot.settings.rehearsal import Followed, Rehearsal, rehearsal
from bot.settings.spoken import spoken
from bot.settings.values import AccountSettings, Mode, Settings

__all__ = ["AccountSettings", "Followed", "Mode", "Rehearsal", "Settings", "database", "load", "rehearsal", "spoken"]
