"""What people did about alerts, in words: who has one, until when it is put off, what stands in the thread.

A person is named here, never mentioned: nobody is called by what they or others pressed.
"""

from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from bot.blocks.phrase import At, Foreign, Part, Phrase, words
from bot.blocks.text import count, plain
from bot.model import Act, Attempt, Note, Owner, Resolution, Snooze, SnoozeEnd

_NAME: Final = 40
_TEXT: Final = 1_000
_UNTIL: Final = {SnoozeEnd.NEXT_RUN.value: "until the next run, ", SnoozeEnd.RECOVERY.value: "until it recovers, "}
_LATEST: Final = "at the latest "
_DID: Final = {
    Act.TAKE: "Taken by ",
    Act.RELEASE: "Released by ",
    Act.SNOOZE: "Snoozed by ",
    Act.WAKE: "Woken by ",
    Act.RESOLVE: "Resolved by ",
    Act.UNDO: "Opened again by ",
    Act.NOTE: "Note by ",
    Act.RETIRE: "Retired by ",
    Act.RUN: "Run now asked for by ",
    Act.AUDIT: "Audit read by ",
}


def person(name: str, user_id: str) -> Part:
    """The name that people see in Slack, else the id. A colon in it would make an emoji with the one behind it."""
    return Foreign((name if plain(name) else user_id).replace(":", " "), _NAME)


def taken(owner: Owner) -> Phrase:
    """`Taken by Mia at 03:12`."""
    return ("Taken by ", person(owner.name, owner.who), " ", At(owner.since))


def snoozed(snooze: Snooze) -> Phrase:
    """`Snoozed until Fri 08:00 by Mia`, or `Snoozed until it recovers, at the latest …`."""
    return ("Snoozed ", *until(snooze.end.value, snooze.until), " by ", person(snooze.name, snooze.by))


def until(end: str, at: datetime | None) -> Phrase:
    """When a snooze ends: `until 08:00`, `until the next run, at the latest 10 Dec 03:12`."""
    if at is None:
        return ()
    return (_UNTIL[end], _LATEST, At(at)) if end in _UNTIL else ("until ", At(at))


def resolved(resolution: Resolution) -> Phrase:
    """`Resolved by Mia: replaced the disk`, without a stop at the end."""
    reason: Phrase = (": ", Foreign(resolution.reason.rstrip(" ."), 300)) if plain(resolution.reason) else ()
    return ("Resolved by ", person(resolution.name, resolution.by), *reason)


def note(written: Note, length: int) -> Phrase:
    """`Note by Mia, Thu 03:12 · hardware is ordered`. A colon behind a time would begin an emoji."""
    return ("Note by ", person(written.name, written.by), ", ", At(written.at), " · ", Foreign(written.text, length))


def act_line(act: Attempt, zone: ZoneInfo) -> str:
    """The line of a thread: `Taken by Mia.`, `Snoozed by Mia until Fri 08:00.` Text alone."""
    phrase = (*_did(act), *_about(act))
    return f"{words(phrase, zone, act.at).rstrip('.')}."


def _did(act: Attempt) -> Phrase:
    who = person(act.user_name, act.user_id)
    said: Phrase = (": ", Foreign(act.text, _TEXT)) if plain(act.text) else ()
    if act.act is Act.TAKE and act.to_id not in ("", act.user_id):
        return (_DID[act.act], person(act.to_name, act.to_id), ", handed over by ", who, *said)
    ends: Phrase = (" ", *until(act.end, act.until)) if act.until else ()
    return (_DID[act.act], who, *ends, *said)


def _about(act: Attempt) -> Phrase:
    """How many, where it was about more than one."""
    return (f" ({count(act.size, 'alert')})",) if act.size > 1 else ()
