"""Slack's edge: what comes in (listener and its intakes), what goes out (notifier), and who may what (access).

Only this package knows slack_sdk, slack_bolt and aiohttp. It must not know SQL, Acronis's HTTP or what a command means:
words are parsed by `bot.language`, answered by `handlers` and drawn by `bot.blocks`.

aiohttp reads the machine's certificates twice while it is imported, which takes 50 ms. Here it finds none:
`sign_in.open_session` reads them once, and only for https. Without them every https call is refused.
"""

import ssl

ssl.SSLContext.set_default_verify_paths = lambda _: None  # type: ignore[assignment, method-assign]
import aiohttp  # noqa: E402, F401

del ssl.SSLContext.set_default_verify_paths  # what it inherits is seen again
