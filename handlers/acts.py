"""`/tasks take`, `release`, `snooze`, `wake`, `resolve`, `note`, `run`: what people do about alerts, said in words.

An alert is named by its number or by a name; in the thread of a card nothing needs to name it. What is not clear is
asked back with buttons whose values are commands: a press is read as if it were typed, and checked as such.
"""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from bot.blocks import act_choices, notes
from bot.blocks.act_answers import act_answer, with_note, with_words
from bot.blocks.alert_words import alert_name
from bot.blocks.buttons import button
from bot.errors import AccessDenied, UsageError
from bot.language import ActWords, act_verb, before_end, parse_act, spoken
from bot.model import (
    LONGEST_WORDS,
    Act,
    Aim,
    Alert,
    Invocation,
    Message,
    NotRunnable,
    Person,
    Place,
    Press,
    SnoozeEnd,
    Takes,
    TaskQuery,
    Verb,
    folded,
)
from bot.model.values import dataclass
from bot.services import ActionHandler, Services, VerbHandler

_VERBS: Final = (
    Verb(
        "take",
        "makes an alert yours, or a colleague's",
        Takes.ALERT,
        examples=("/tasks take 14", "/tasks take 14 for @noah", "/tasks take 14 because the disk is ordered"),
    ),
    Verb("release", "gives an alert back", Takes.ALERT, examples=("/tasks release 14",)),
    Verb(
        "snooze",
        "silences an alert until a time, the next run or its recovery",
        Takes.ALERT,
        examples=("/tasks snooze 14 2h", "/tasks snooze 14 until 08:00", "/tasks snooze 14 until it recovers"),
    ),
    Verb("wake", "ends a snooze", Takes.ALERT, examples=("/tasks wake 14",)),
    Verb(
        "resolve",
        "closes an alert by hand, with the reason",
        Takes.ALERT,
        examples=("/tasks resolve 14 because disk replaced",),
    ),
    Verb(
        "undo",
        "opens an alert again that was resolved in the last ten minutes",
        Takes.ALERT,
        examples=("/tasks undo 14",),
    ),
    Verb(
        "run",
        "runs the backup of an alert now, where that is switched on; for managers",
        Takes.ALERT,
        examples=("/tasks run 14",),
    ),
    Verb("note", "writes a note that the workload keeps", Takes.ALERT, examples=("/tasks note 14 disk ordered",)),
)
_NO_NUMBER: Final = "There is no alert {number}. The numbers stand in /tasks alerts."
_NOT_ONE: Final = "Only the backup of one alert can be run. Name one of them."
_OLDER: Final = "This button does nothing now. Say it with /tasks."
_TOO_LONG: Final = "That is {length:,} characters; a note or a reason may have {most:,}. Nothing was written."
_UNSURE: Final = (
    "I do not know for sure who “{to}” is. Choose the person from Slack's list while you type the @, or say it in a"
    " mention. Nothing was handed over."
)
_EVERY: Final = frozenset({"all", "everything", "all of them", "all alerts", "every alert", "all of it"})
_ONE_BY_ONE: Final = "Alerts are named one by one; those of a storm stand together in its thread and its window. "
_POINTERS: Final = _EVERY | {"it", "this", "that", "this one", "that one", "them", "these", "mine", "one"}
"""They mean what the thread is about; elsewhere nothing that is sure."""
_LAST: Final = frozenset({"last", "the last", "last one", "the last one", "my last", "last resolve"})
_UNDO_FOR: Final = timedelta(minutes=10)
"""`bot.alerting.triage` holds an undo to the same."""
_ME: Final = frozenset({"me", "myself", "@me"})


@dataclass(frozen=True, slots=True)
class _Asked:
    """One act as it was asked for. `shown` are the alerts of the thread that it was said in.

    `unread` is why no end of a snooze could be read.
    """

    invocation: Invocation
    person: Person
    services: Services
    words: ActWords
    thread: Aim
    shown: Sequence[Alert] = ()
    unread: str = ""

    @property
    def act(self) -> Act:
        return self.words.act

    @property
    def typed(self) -> str:
        return self.invocation.text

    def command(self, number: int) -> str:
        """The same about the alert of this number. A person stands there by id."""
        return spoken(replace(self.words, to=self.invocation.people.get(self.words.to, self.words.to)), number)

    async def may(self, aim: Aim) -> str:
        return await self.services.acting.may(self.act, aim, self.person, self.invocation.whence)


async def handle(invocation: Invocation, person: Person, services: Services) -> Message:
    """Raises UsageError."""
    whence = invocation.whence
    in_thread = bool(whence.thread_ts)
    thread = await services.acting.shown_by(whence.channel, whence.thread_ts) if in_thread else Aim()
    shown = await services.acting.aimed_at(thread) if thread != Aim() else ()
    numbers = {alert.id for alert in shown} if shown else None
    words, unread = _read(invocation.text, services.clock.now(), person.zone, await services.acting.names(), numbers)
    asked = _Asked(invocation, person, services, words, thread, shown, unread)
    if len(words.text) > LONGEST_WORDS:
        return act_choices.sorry(_TOO_LONG.format(length=len(words.text), most=LONGEST_WORDS), words.text)
    aim = await _aim(asked)
    return aim if isinstance(aim, Message) else await _about(asked, aim)


def _read(
    text: str, now: datetime, zone: ZoneInfo, names: Collection[str], thread: Collection[int] | None
) -> tuple[ActWords, str]:
    """The words, and why a snooze's end is none: then it is asked for. Raises UsageError."""
    try:
        return parse_act(text, now, zone, names, thread), ""
    except UsageError as error:
        if not (before := before_end(error)):
            raise
        return parse_act(before, now, zone, names, thread), str(error)


async def say(press: Press, person: Person, services: Services) -> Message:
    """The value is a command."""
    verb, _ = act_verb(press.value)
    if verb not in {each.name for each in _VERBS}:
        return Message(_OLDER)
    invocation = Invocation(verb, None, "", press.value, whence=press.whence)
    try:
        answer = await handle(invocation, person, services)
    except UsageError as error:
        answer = notes.usage(error)
    return replace(answer, replaces=answer.place is Place.ASKER)


async def do(press: Press, person: Person, services: Services) -> Message:
    """As `say`, from a list that stays."""
    return replace(await say(press, person, services), replaces=False)


# ── which alert ──


async def _aim(asked: _Asked) -> Aim | Message:
    words, acting = asked.words, asked.services.acting
    if words.number:
        aim = Aim(words.number)
        found = await acting.aimed_at(aim)
        return aim if found else act_choices.sorry(_NO_NUMBER.format(number=words.number), asked.typed)
    is_pointer = folded(words.name) in (_POINTERS | _LAST if asked.act is Act.UNDO else _POINTERS)
    if is_pointer and asked.act is Act.UNDO:  # its name is looked for among those that were resolved
        asked = replace(asked, words=replace(words, name=""))
    if is_pointer or not words.name:
        return asked.thread if asked.shown else await _which_of_all(asked)
    if asked.act is Act.UNDO:
        return await _which_of_all(asked)
    found = await _shown_here(asked, await acting.named(words.name))
    if len(found) > 1:
        found = [alert for alert in found if alert in asked.shown] or found
    if len(found) == 1:
        return Aim(found[0].id)
    return _several(asked, found) if found else await _none(asked)


async def _shown_here(asked: _Asked, alerts: Sequence[Alert]) -> list[Alert]:
    """In a channel that is bound to tenants no other tenant's alert is named."""
    may_show = await asked.services.access.tenants(asked.invocation.whence.channel)
    return [alert for alert in alerts if may_show(alert.latest.tenant)]


def _several(asked: _Asked, found: Sequence[Alert]) -> Message:
    told = f"“{asked.words.name}” fits {len(found):,} open alerts. Which one?"
    return act_choices.which(told, found, asked.act, lambda alert: asked.command(alert.id), asked.person, asked.typed)


async def _none(asked: _Asked) -> Message:
    words = asked.words
    told = f"No open alert is of “{words.name}”."
    near = await _shown_here(asked, await asked.services.acting.named(words.near)) if words.near else []
    if not near:
        return act_choices.sorry(f"{told} What is open stands in /tasks alerts.", asked.typed)
    if len(near) > 1:
        told += f" Did you mean “{words.near}”?"
        return act_choices.which(
            told, near, asked.act, lambda alert: asked.command(alert.id), asked.person, asked.typed
        )
    label = f"{asked.act.value.capitalize()} {words.near}"
    return act_choices.instead(f"{told} Did you mean “{words.near}”?", label, asked.command(near[0].id), asked.typed)


async def _candidates(asked: _Asked) -> Sequence[Alert]:
    """The open alerts; of *undo* those that were resolved by hand of late."""
    if asked.act is not Act.UNDO:
        return await asked.services.acting.named("")
    found, _ = await asked.services.alerts.shift(TaskQuery(), asked.services.clock.now() - _UNDO_FOR)
    return [alert for alert in found.resolved if folded(asked.words.name) in folded(alert_name(alert))]


async def _which_of_all(asked: _Asked) -> Message:
    """Nothing names one: those that the act can be about."""
    every = await _shown_here(asked, await _candidates(asked))
    can = [alert for alert in every if _can(asked.act, alert, asked.person)]
    if not can:
        told = _NONE_TO.get(asked.act, f"No open alert is there to {asked.act.value}.")
        return act_choices.sorry(told, asked.words.text)
    one_by_one = _ONE_BY_ONE if folded(asked.words.name) in _EVERY else ""
    told = f"{one_by_one}{asked.act.value.capitalize()} which alert?"
    return act_choices.which(told, can, asked.act, lambda alert: asked.command(alert.id), asked.person, asked.typed)


_NONE_TO: Final = {
    Act.RELEASE: "You have taken no open alert, so there is none to release.",
    Act.WAKE: "No open alert is snoozed, so there is none to wake.",
    Act.UNDO: "No such alert was resolved by hand in the last ten minutes, so there is nothing to undo.",
}


def _can(act: Act, alert: Alert, person: Person) -> bool:
    owner, snooze = alert.triage.owner, alert.triage.snooze
    match act:
        case Act.TAKE:
            return owner is None
        case Act.RELEASE:
            return owner is not None and owner.who == person.id
        case Act.WAKE:
            return snooze is not None
        case _:
            return True


# ── what is missing, and the act ──


async def _about(asked: _Asked, aim: Aim) -> Message:
    if asked.act is Act.RUN:
        return await _run(asked, aim)
    if missing := await _missing(asked, aim):
        return missing
    to = await _colleague(asked, aim) if asked.words.to else None
    if isinstance(to, Message):
        return to
    words, end = asked.words, asked.words.ending
    result = await asked.services.acting.act(
        words.act,
        aim,
        asked.person,
        asked.invocation.whence,
        to=to,
        over=words.over,
        until=end.until if end else None,
        end=end.end if end else SnoozeEnd.TIME,
        text=words.text,
    )
    answer = act_answer(words.act, result, asked.person)
    if result.is_repeated or not words.text:
        return answer
    if not result.is_done:
        return with_words(answer, words.text)
    return with_note(answer, words.text) if words.act in (Act.TAKE, Act.SNOOZE) else answer


async def _run(asked: _Asked, aim: Aim) -> Message:
    """A button that opens the window in which it is confirmed, or why nothing can be run."""
    if refused := await asked.may(aim):
        return notes.denied(refused)
    alerts = await asked.services.acting.aimed_at(aim)
    if len(alerts) != 1:
        return notes.refusal(_NOT_ONE)
    (alert,) = alerts
    runnable = await asked.services.running.plan(alert)
    if isinstance(runnable, NotRunnable):
        return notes.refusal(runnable.words)
    told = f"The backup of {runnable.workload} can be run now."
    opens = button("Run now", "alert.run", str(Aim(alert.id)), f"Run the backup of {runnable.workload} now")
    return act_choices.needs(told, "", opens)


async def _missing(asked: _Asked, aim: Aim) -> Message | None:
    """Asks for what an act cannot do without. Who may not act at all hears that instead."""
    words = asked.words
    has_all = words.ending if words.act is Act.SNOOZE else words.text
    if words.act not in (Act.SNOOZE, Act.RESOLVE, Act.NOTE) or has_all:
        return None
    if refused := await asked.may(aim):
        return notes.denied(refused)
    what = f"alert {aim.alert_id}" if aim.alert_id else f"these {len(asked.shown):,} alerts"
    if words.act is Act.SNOOZE:
        return act_choices.until_when(aim.alert_id, what, asked.person, asked.unread, words.text)
    noun, example = ("reason", "because disk replaced") if words.act is Act.RESOLVE else ("note", "disk ordered")
    told = (
        f"What is the reason that {what} is over?" if words.act is Act.RESOLVE else f"What shall be noted about {what}?"
    )
    opens = button(f"Write the {noun}", f"alert.{words.act}", str(aim), f"Write the {noun} in a window")
    return act_choices.needs(told, f"/tasks {words.act} {aim.alert_id or 14} {example}", opens)


async def _colleague(asked: _Asked, aim: Aim) -> Person | Message:
    to, people = asked.words.to, asked.invocation.people
    if to.casefold() in _ME:
        return asked.person
    user_id = people.get(to) or (to.lstrip("@") if _is_id(to.lstrip("@")) else "")
    colleagues = asked.services.colleagues
    if not user_id:
        called = await colleagues.called(to.lstrip("@"))
        is_sure = len(called) == 1 and called[0].name.casefold() == to.lstrip("@").casefold()
        if not is_sure:
            told = _UNSURE.format(to=to[:80])
            about = aim.alert_id
            return act_choices.to_whom(
                told, called if about else (), lambda each: spoken(replace(asked.words, to=f"@{each.id}"), about)
            )
        user_id = called[0].id
    try:
        return await colleagues.find(user_id)
    except AccessDenied as denied:
        return notes.refusal(denied.told)


def _is_id(name: str) -> bool:
    """One of Slack's ids of people, in capitals as Slack writes them."""
    return name[:1] in ("U", "W") and len(name) > 2 and name.isascii() and name.isalnum() and name == name.upper()


VERBS = tuple(VerbHandler(verb, handle) for verb in _VERBS)
ACTIONS = (
    *(ActionHandler(action, say) for action in act_choices.ENDS),
    *(ActionHandler(action, do) for action in act_choices.DO),
)
