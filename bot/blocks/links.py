"""Links to messages of ours. Knows how Slack addresses a message; nothing of what stands in it."""

import re

from bot.blocks.phrase import Link, Phrase
from bot.model import Posted

SLACK = "https://slack.com/"
"""Stands in where the workspace's own address is not known: Slack leads on from there."""

_SITE = re.compile(r"https?://[A-Za-z0-9.-]{1,253}(?::\d{1,5})?/", re.ASCII)
_CHANNEL = re.compile(r"[A-Z0-9]{2,30}", re.ASCII)
_TS = re.compile(r"\d{1,12}\.\d{1,8}", re.ASCII)


def to_message(posted: Posted | None, site: str, label: str) -> Phrase:
    """A link to the message; nothing where there is none, or where an address would have to be guessed."""
    if posted is None or not (_CHANNEL.fullmatch(posted.channel) and _TS.fullmatch(posted.ts)):
        return ()
    home = site if _SITE.fullmatch(site) else SLACK
    return (Link(f"{home}archives/{posted.channel}/p{posted.ts.replace('.', '')}", label),)


def continues(earlier: Posted | None, site: str) -> Phrase:
    """That a message takes the place of an older one of the same card."""
    return ("continues ", *to_message(earlier, site, "an earlier message")) if earlier else ()
