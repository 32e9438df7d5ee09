"""What a term of the language is, and a phrase: a term as a person used it. All terms stand in `terms.toml`."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NamedTuple

from bot.language.bounds import LengthBound, Window
from bot.language.order import Order
from bot.language.sentence import Sentence
from bot.model import Mark, NameField, TaskQuery, TaskState, TimeField

NOTHING: Final = TaskQuery()
ENDED: Final = frozenset[str]({TaskState.COMPLETED})
QUEUED: Final = frozenset[str]({TaskState.ENQUEUED, TaskState.ASSIGNED})
NOW: Final = QUEUED | {TaskState.STARTED, TaskState.PAUSED}
# the fields whose values are alternatives
SETS: Final = ("states", "results", "types", "workloads", "kinds", "severities", "triage", "standings", "due", "paces")


class Group(StrEnum):
    """What a term is about. The values are words people read. Terms of one group are alternatives."""

    STATE = "state"
    RESULT = "result"
    WORKLOAD = "workload"
    KIND = "kind"
    SERVICE = "service"
    NAME = "name"
    SCOPE = "scope"
    TIME = "time"
    LENGTH = "length"
    ORDER = "order"


@dataclass(frozen=True, slots=True)
class Names:
    """Names of one kind, each with where it stands. `until` is the place after the last word."""

    field: NameField
    marks: tuple[Mark, ...]
    until: int


Reader = Callable[[Sentence, int, int], Window | LengthBound | Order | None]
"""Reads what follows a term: its own words stand at the first place, what follows at the second. None: not there."""


@dataclass(frozen=True, slots=True)
class Term:
    """One row of the table. `example` is a whole command that works.

    `asks` is what the term adds to a question, `said` its word in a question that is said back, if not the name; `tail`
    replaces it after the noun where it is alone in its group. `reads` reads what follows, and `needs` says what has to.
    A `bare` term is also understood without its words (`24h`). A term with `names` takes a name, and `asks` is for its
    use without one. What follows a term that `leaves_out` is not wanted.
    """

    group: Group
    words: tuple[str, ...]
    meaning: str
    example: str
    said: str = ""
    tail: str = ""
    asks: TaskQuery = NOTHING
    everything: bool = False
    time_field: TimeField | None = None
    reads: Reader | None = None
    bare: bool = False
    needs: str = "a time"
    names: NameField | None = None
    leaves_out: bool = False

    @property
    def name(self) -> str:
        return self.words[0]


@dataclass(frozen=True, slots=True)
class Phrase:
    """A term with what follows it. Its words stand from `first` up to, not including, `until`.

    `is_bare`: a known name without a word that says of what.
    """

    term: Term
    given: Window | LengthBound | Order | Names | None
    first: int
    until: int
    leaves_out: bool = False
    is_bare: bool = False

    @property
    def asks(self) -> TaskQuery:
        """What the phrase adds by itself: a term that was given a name asks for that name alone."""
        return self.term.asks if self.given is None else NOTHING

    @property
    def sort_of_word(self) -> tuple[Group, NameField | None]:
        """Phrases of one sort are alternatives."""
        if isinstance(self.given, Names):
            return Group.NAME, self.given.field
        return (Group.WORKLOAD if self.term.group is Group.NAME else self.term.group), None


class Parts(NamedTuple):
    """The phrases of one question by what they were given, each with that; those given nothing, by what they say."""

    wanted: list[Phrase]
    left_out: list[Phrase]
    names: list[tuple[Phrase, Names]]
    windows: list[tuple[Phrase, Window]]
    lengths: list[tuple[Phrase, LengthBound]]
    orders: list[tuple[Phrase, Order]]


def parts_of(phrases: Sequence[Phrase]) -> Parts:
    parts = Parts([], [], [], [], [], [])
    for phrase in phrases:
        match phrase.given:
            case None:
                (parts.left_out if phrase.leaves_out else parts.wanted).append(phrase)
            case Names() as names:
                parts.names.append((phrase, names))
            case Window() as window:
                parts.windows.append((phrase, window))
            case LengthBound() as length:
                parts.lengths.append((phrase, length))
            case Order() as order:
                parts.orders.append((phrase, order))
    return parts
