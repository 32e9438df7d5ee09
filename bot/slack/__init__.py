"""Slack's edge: what comes in (listener and its intakes), what goes out (notifier), and who may what (access).

Only this package knows slack_sdk, slack_bolt and aiohttp. It must not know SQL, Acronis's HTTP or what a command means:
words are parsed by `bot.language`, answered by `handlers` and drawn by `bot.blocks`.

slack_sdk loads its synchronous client as well, half a mebibyte of methods: nobody has use for it.
"""

from bot.imports import leave_out

leave_out("slack_sdk.web.client")
