"""What Slack's client makes of a message that a person types: escapes, mentions, links. Knows nothing of channels.

Rules: docs.slack.dev, messaging/formatting-message-text. Which words become links is a guess: Slack does not say.
"""

import re
from collections.abc import Iterable

from bot.sandbox.slack.people import Channel, Person

_ESCAPES = (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"))
_ENDINGS = "com|org|net|io|dev|eu|de|example"
_WORD = re.compile(
    r"(?P<mention>(?<![\w@])@[\w.-]*\w)"
    r"|(?P<channel>(?<![\w#])#[\w-]+)"
    r"|(?P<address>\b[\w.+-]+@[\w-]+(?:\.[\w-]+)+\b)"
    r"|(?P<link>\bhttps?://\S+)"
    rf"|(?P<host>\b(?:[\w-]+\.)+(?:{_ENDINGS})\b)"
)


def composed(text: str, people: Iterable[Person], channels: Iterable[Channel]) -> str:
    """`@nightshift failed acme.com` → `<@U0NIGHTSHIFT> failed <http://acme.com|acme.com>`."""
    named = {f"@{person.name}": f"<@{person.id}>" for person in people}
    named |= {f"#{channel.name}": f"<#{channel.id}|{channel.name}>" for channel in channels if channel.name}
    for sign, entity in _ESCAPES:
        text = text.replace(sign, entity)
    return _WORD.sub(lambda found: _token(found, named), text)


def _token(found: re.Match[str], named: dict[str, str]) -> str:
    word = found[0]
    if found["mention"] or found["channel"]:
        return named.get(word, word)
    if found["address"]:
        return f"<mailto:{word}|{word}>"
    return f"<{word}>" if found["link"] else f"<http://{word}|{word}>"
