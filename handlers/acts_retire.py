"""`/tasks retire NAME because …`: a workload that is gone on purpose. Its alerts for silence are closed, and nothing is
expected of it until it runs again."""

from collections.abc import Sequence
from typing import Final

from bot.blocks import act_choices, notes
from bot.blocks.retired import retired_answer
from bot.language import Retirement, parse_retirement
from bot.model import LONGEST_WORDS, Aim, Alert, Invocation, Message, Person, Takes, Verb
from bot.services import Services, VerbHandler

VERB: Final = Verb(
    "retire",
    "expects nothing of it until it runs again",
    Takes.ALERT,
    examples=("/tasks retire 14 because sold", "/tasks retire SRV-OLD because replaced"),
)
_EXAMPLE: Final = "/tasks retire {name} because it was decommissioned"
_UNNAMED: Final = "Retire what? Name a machine or a mailbox in full, or the number of its alert."
_UNKNOWN: Final = "Nothing that ran is called “{name}” in full, so there is nothing to retire."
_NO_NUMBER: Final = "There is no alert {number}. The numbers stand in /tasks alerts."
_SEVERAL: Final = "“{name}” is known of {tenants} tenants. Retire it by the number of its alert."
_WHY: Final = "Why is nothing expected of “{name}” any more?"
_TOO_LONG: Final = "That is {length:,} characters; a reason may have {most:,}. Nothing was retired."


async def handle(invocation: Invocation, person: Person, services: Services) -> Message:
    """Raises UsageError."""
    asked = parse_retirement(invocation.text)
    if len(asked.reason) > LONGEST_WORDS:
        told = _TOO_LONG.format(length=len(asked.reason), most=LONGEST_WORDS)
        return act_choices.sorry(told, invocation.text)
    found = await _found(asked, invocation, services)
    if isinstance(found, Message):
        return found
    name = found[0].latest.name
    if refused := await services.acting.may_retire(found, person, invocation.whence):
        return notes.denied(refused)
    if not asked.reason:
        return act_choices.needs(_WHY.format(name=name), _EXAMPLE.format(name=name))
    result = await services.acting.retire(found, asked.reason, person, invocation.whence)
    return retired_answer(found, result, person)


async def _found(asked: Retirement, invocation: Invocation, services: Services) -> Sequence[Alert] | Message:
    """All of one workload; in a channel that is bound to tenants no other tenant's is named."""
    number, typed = asked.number, invocation.text
    if not number and not asked.name:
        number = await _of_thread(invocation, services)
    if not number and not asked.name:
        return act_choices.sorry(_UNNAMED, typed)
    may_show = await services.access.tenants(invocation.whence.channel)
    every = await services.acting.retirable(asked.name, number)
    found = [alert for alert in every if may_show(alert.latest.tenant)]
    if not found:
        told = _NO_NUMBER.format(number=number) if number else _UNKNOWN.format(name=asked.name)
        return act_choices.sorry(told, typed)
    tenants = {alert.latest.tenant.id or alert.latest.tenant.name for alert in found}
    if len(tenants) > 1:
        told = _SEVERAL.format(name=asked.name, tenants=len(tenants))
        return act_choices.sorry(told, typed)
    return found


async def _of_thread(invocation: Invocation, services: Services) -> int:
    """The number of the alert in whose card's thread it was said, 0 where there is none."""
    whence = invocation.whence
    if not whence.thread_ts:
        return 0
    aim: Aim = await services.acting.shown_by(whence.channel, whence.thread_ts)
    return aim.alert_id


VERBS = (VerbHandler(VERB, handle),)
