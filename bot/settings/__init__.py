"""Environment and nightshift.toml → frozen `Settings`. Every fault is told at once, each with what to do.

settings   the settings, as the bot gets them      environment   one variable at a time
model      what may stand in nightshift.toml       fields        how its words are read
file       reads it                                faults, positions   what is wrong with it, and on which line
env_file   what `--env-file` names                     text_files        small files, and files of secrets
routes     who hears of what                       roles         who may do what, and whom alerts climb to
digests    which channels get a digest
canary     whether and where a made-up failure is told each day
replay     what a replay needs; imported only for that
"""

from bot.settings.canary import canary_lines
from bot.settings.digests import digest_lines
from bot.settings.environment import Mode, set_up_mode
from bot.settings.roles import climb_lines, role_lines
from bot.settings.routes import route_lines
from bot.settings.settings import AccountSettings, Settings, audit_order, database, load, move_order
