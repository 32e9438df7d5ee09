"""What the row of a card does at once, by the last words of its action: `take`, `snooze.morning`, `undo`."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Final

from bot.alerting.triage import Result
from bot.language import ending
from bot.model import Act, Aim, Person, SnoozeEnd, Whence
from bot.model.values import dataclass
from bot.services.acting import Acting

MORNING: Final = "until 08:00"
HOURS: Final = timedelta(hours=2)

Until = Callable[[datetime, Person], datetime | None]


def _latest(now: datetime, person: Person) -> None:
    """At the latest when any snooze ends."""


def _in_two_hours(now: datetime, person: Person) -> datetime:
    return now + HOURS


def _morning(now: datetime, person: Person) -> datetime | None:
    """The next 08:00 where the person is, as if they had typed it."""
    found, _ = ending(MORNING, 0, now, person.zone)
    return found.until if found else None


@dataclass(frozen=True, slots=True)
class AtOnce:
    """`over`: although another has it. `until` and `end` are a snooze's."""

    act: Act
    over: bool = False
    end: SnoozeEnd = SnoozeEnd.TIME
    until: Until = _latest

    async def do(self, acting: Acting, aim: Aim, person: Person, whence: Whence, now: datetime) -> Result:
        until = self.until(now, person)
        return await acting.act(self.act, aim, person, whence, over=self.over, until=until, end=self.end)


AT_ONCE: Mapping[str, AtOnce] = {
    "take": AtOnce(Act.TAKE),
    "over": AtOnce(Act.TAKE, over=True),
    "release": AtOnce(Act.RELEASE),
    "snooze.hours": AtOnce(Act.SNOOZE, until=_in_two_hours),
    "snooze.morning": AtOnce(Act.SNOOZE, until=_morning),
    "snooze.run": AtOnce(Act.SNOOZE, end=SnoozeEnd.NEXT_RUN),
    "snooze.recovery": AtOnce(Act.SNOOZE, end=SnoozeEnd.RECOVERY),
    "wake": AtOnce(Act.WAKE),
    "undo": AtOnce(Act.UNDO),
}
