"""What an act asks back, each answer a button that does it: which alert, until when, to whom. And sentences that give
back what was typed. A button's value is a whole command; people can forge it, and it is read as if it were typed."""

from collections.abc import Callable, Sequence
from typing import Final

from bot.blocks import acts, buttons
from bot.blocks.alert_words import alert_name, cause_words, line
from bot.blocks.asks import ask_for_more
from bot.blocks.buttons import button
from bot.blocks.layout import HEADLINE, Beside, Paragraph, Piece, Reader, Row, Small, message
from bot.blocks.phrase import At, Command, Foreign, Phrase, join
from bot.blocks.text import count, foreign, plain, tame
from bot.model import Act, Alert, Block, Message, Person

SAY: Final = "act.say"
ENDS: Final = ("act.say", "act.say.2", "act.say.3", "act.say.4")
"""The answer takes the place of the question. Slack takes no equal action ids side by side."""
DO: Final = ("act.do", "act.do.2")
"""Beside an entry of a list, which stays."""
SHOWN: Final = 10
_LONGEST_VALUE: Final = 2_000
_LONGEST_REMARK: Final = 1_900
_GIVEN_BACK: Final = 3_200
_CHOICES: Final = (
    ("2 hours", "2h"),
    ("Until 08:00", "until 08:00"),
    ("Next run", "until next run"),
    ("Until it recovers", "until it recovers"),
)


def which(
    told: str, alerts: Sequence[Alert], act: Act, command: Callable[[Alert], str], person: Person, typed: str
) -> Message:
    """Several alerts that may be meant, each with a button that does it. `typed` is given back where it is long."""
    pieces: list[Piece] = [Paragraph.of(Foreign(told, 600))]
    for alert in alerts[:SHOWN]:
        pieces += [Paragraph((line(alert), cause_words(alert, 120))), Beside(_facts(alert), _say(alert, act, command))]
    if len(alerts) > SHOWN:
        pieces.append(ask_for_more(f"{count(len(alerts) - SHOWN, 'alert')} more: ", "alerts"))
    if any(len(command(alert)) > _LONGEST_VALUE for alert in alerts[:SHOWN]):
        pieces.append(_given_back(typed))
    return message(foreign(told, HEADLINE), pieces, Reader(person.zone, zone_is_known=person.zone_is_known))


def until_when(number: int, what: str, person: Person, unread: str = "", remark: str = "") -> Message:
    """The ends of a snooze. `what` is the alert, or how many there are; without a number it is the thread's.

    `unread` is why the words that were typed are none; a `remark` goes with whichever end is chosen.
    """
    told = f"{unread or 'A snooze always ends.'} Snooze {what} until when?"
    fits = len(remark) <= _LONGEST_REMARK
    about, because = f"#{number} " if number else "", f" because {remark}" if remark and fits else ""
    row = tuple(
        button(label, action, f"snooze {about}{words}{because}", f"Snooze {what}, {label}")
        for action, (label, words) in zip(ENDS, _CHOICES, strict=True)
    )
    other: Phrase = ("Or say it: ", Command(f"/tasks snooze {number or 14} until friday 9:00"))
    guess: Phrase = () if person.zone_is_known else (f"08:00 is read in {person.zone}: Slack did not tell your zone",)
    given_back = () if fits else (_given_back(remark),)
    pieces = [Paragraph.of(Foreign(told, 600)), Row(row), Paragraph((other,)), Small((guess,)), *given_back]
    return message(foreign(told, HEADLINE), pieces, Reader())


def to_whom(told: str, people: Sequence[Person], command: Callable[[Person], str]) -> Message:
    pieces: list[Piece] = [Paragraph.of(Foreign(told, 600))]
    for person in people[:SHOWN]:
        said = command(person)
        pick = button("Hand over", SAY, said, f"Hand over to {person.name}") if len(said) <= _LONGEST_VALUE else None
        pieces.append(Beside((acts.person(person.name, person.id),), pick))
    return message(foreign(told, HEADLINE), pieces, Reader())


def instead(told: str, label: str, command: str, typed: str) -> Message:
    """A sentence, and a button that asks what was probably meant."""
    row = (button(tame(label, 30), SAY, command, label),) if len(command) <= _LONGEST_VALUE else ()
    return message(foreign(told, HEADLINE), [Paragraph.of(Foreign(told, 600)), Row(row), _given_back(typed)], Reader())


def needs(told: str, example: str, *row: Block) -> Message:
    """What is missing: a button that opens a window for it, and the command, if there is one."""
    typed: Phrase = ("Or say it: ", Command(example)) if example else ()
    return message(foreign(told, HEADLINE), [Paragraph.of(Foreign(told, 600)), Row(row), Paragraph((typed,))], Reader())


def sorry(told: str, typed: str) -> Message:
    """A sentence, and all that was typed: nothing of it is lost."""
    return message(foreign(told, HEADLINE), [Paragraph.of(Foreign(told, 600)), _given_back(typed)], Reader())


def _given_back(typed: str) -> Paragraph:
    return Paragraph.of("You typed: ", Foreign(typed, _GIVEN_BACK, whole=True)) if plain(typed) else Paragraph(())


def _say(alert: Alert, act: Act, command: Callable[[Alert], str]) -> Block | None:
    """None where the words are longer than a button's value may be."""
    value, label = command(alert), act.value.capitalize()
    if len(value) > _LONGEST_VALUE:
        return buttons.why(alert)
    return button(label, SAY, value, f"{label} alert {alert.id}, {alert_name(alert)}")


def _facts(alert: Alert) -> Phrase:
    """Since when, its plan and its number: two alerts of one machine differ by these."""
    plan: Phrase = (Foreign(alert.latest.plan, 40),) if plain(alert.latest.plan) else ()
    return join([("since ", At(alert.opened_at)), plan, (f"alert {alert.id}",)])
