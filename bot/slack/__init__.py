"""Slack's edge: what comes in (listener and its intakes), what goes out (notifier), and who may what (access).

Only this package knows slack_sdk, slack_bolt and aiohttp. It must not know SQL, Acronis's HTTP or what a command means:
words are parsed by `bot.language`, answered by `handlers` and drawn by `bot.blocks`.
"""
