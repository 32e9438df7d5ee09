"""What Slack writes for what a person typed, turned back into what they typed. Pure; what the words mean is not known.

    text   = { token | entity | letter }
    token  = "<" target [ "|" label ] ">"       a mention, a channel, a group, a date, a link that Slack made
    entity = "&lt;" | "&gt;" | "&amp;"          the three signs that Slack escapes, once

Rules: docs.slack.dev, messaging/formatting-message-text. Quotes and blanks stay as they are: the language knows them.
"""

import re

_TOKEN = re.compile(r"<([^<>]+)>")
_SCHEMES = ("mailto:", "tel:")
_AFTER_A_NAME = " \t\r\n\u00a0,:"
"""People put a comma or a colon behind the bot's name."""


def typed(text: str) -> str:
    """Entities alone, as in a command's text."""
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def said_to(user_id: str, text: str) -> str:
    """A message without its mentions of `user_id`, wherever they stand; other tokens as people read them."""
    words = _TOKEN.sub(lambda found: " " if _mentions(user_id, found) else _readable(found), text)
    return typed(words).lstrip(_AFTER_A_NAME).rstrip()


def _mentions(user_id: str, found: re.Match[str]) -> bool:
    return bool(user_id) and found[1].partition("|")[0] == f"@{user_id}"


def _readable(found: re.Match[str]) -> str:
    """`@U1`, `#C1|name`, `!subteam^S1|@night`, `!date^…|fallback`, `http://acme.com|acme.com`, as it is read."""
    target, _, label = found[1].partition("|")
    if target[:1] in ("@", "#"):
        return target[0] + (label.removeprefix(target[0]) or target[1:])
    if target[:1] == "!":
        return label or f"@{target[1:]}"
    for scheme in _SCHEMES:
        target = target.removeprefix(scheme)
    return label or target
