"""Words after `retire`. Pure and total: any text gives a `Retirement` or a UsageError.

    retire = ["alert"] ["#"] digits | quoted | name   then   "because" | ":" | "–"   text

The name ends where the reason begins; in a card's thread nothing needs to be named.
"""

import re
from typing import Final

from bot.errors import UsageError
from bot.language.acts import act_verb
from bot.language.sentence import quoted_at
from bot.model.values import dataclass

EXAMPLE: Final = "/tasks retire SRV-OLD because it was decommissioned"
_REASON: Final = re.compile(
    r"(?:^|\s+)(?:because|cause|bc|cos|coz|since|reason)\b[:\s]*|\s*:\s+|\s+[–—-]\s+", re.IGNORECASE
)
_NUMBER: Final = re.compile(r"(?:alert\s*)?[#＃]?\s?([0-9]{1,12})", re.IGNORECASE)
_KIND: Final = re.compile(r"(?:the\s+)?(?:machine|workload|server)\s+(?=\S)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Retirement:
    """What is not expected any more: an alert's `number`, or a `name`, or neither; and why, as it was typed."""

    number: int = 0
    name: str = ""
    reason: str = ""


def parse_retirement(text: str) -> Retirement:
    _, until = act_verb(text)
    rest = text[until:].strip(" \t,:")
    if found := _KIND.match(rest):
        rest = rest[found.end() :]
    if quoted := quoted_at(rest, 0):
        name, end = quoted
        return Retirement(name=name, reason=_reason(rest[end:]))
    found = _REASON.search(rest)
    name = (rest[: found.start()] if found else rest).strip(" \t,.;!?")
    reason = rest[found.end() :].strip() if found else ""
    if name and (number := _NUMBER.fullmatch(name)):
        return Retirement(number=int(number[1]), reason=reason)
    if len(name) > 256:
        raise UsageError("That is too long for a name.", text=text, offset=until, example=EXAMPLE)
    return Retirement(name=name, reason=reason)


def _reason(rest: str) -> str:
    found = _REASON.match(rest)
    return rest[found.end() if found else 0 :].strip(" \t,:–—-")
