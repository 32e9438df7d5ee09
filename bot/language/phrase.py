"""A term as a person used it. Sets of states that several rules speak of stand here too."""

from dataclasses import dataclass
from typing import Final

from bot.language.lengths import Bound
from bot.language.names import Names
from bot.language.shape import Shape
from bot.language.terms import NOTHING, Given, Group, Term
from bot.language.windows import Window
from bot.model import NameField, TaskQuery, TaskState

ENDED: Final = frozenset[str]({TaskState.COMPLETED})
QUEUED: Final = frozenset[str]({TaskState.ENQUEUED, TaskState.ASSIGNED})
NOW: Final = QUEUED | {TaskState.STARTED, TaskState.PAUSED}


@dataclass(frozen=True, slots=True)
class Phrase:
    """A term with what it was given. Its words stand from `first` up to, not including, `until`."""

    term: Term
    given: Given | Names | None
    first: int
    until: int
    leaves_out: bool = False

    @property
    def asks(self) -> TaskQuery:
        """What it adds by itself: a term that was given a name asks for that name alone."""
        return self.term.asks if self.given is None else NOTHING

    @property
    def window(self) -> Window | None:
        return self.given if isinstance(self.given, Window) else None

    @property
    def bound(self) -> Bound | None:
        return self.given if isinstance(self.given, Bound) else None

    @property
    def shape(self) -> Shape | None:
        return self.given if isinstance(self.given, Shape) else None

    @property
    def sort_of_word(self) -> tuple[Group, NameField | None]:
        """Phrases of one sort are alternatives."""
        if isinstance(self.given, Names):
            return Group.NAME, self.given.field
        return (Group.WORKLOAD if self.term.group is Group.NAME else self.term.group), None

    @property
    def can_be_left_out(self) -> bool:
        return isinstance(self.given, Names) or self.asks != NOTHING
