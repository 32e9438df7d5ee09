"""What a term of the language is. The terms themselves are in `table`."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from bot.language.lengths import Bound
from bot.language.sentence import Sentence
from bot.language.shape import Shape
from bot.language.times import Present
from bot.language.windows import Window
from bot.model import NameField, TaskQuery, TimeField

NOTHING = TaskQuery()

Given = Window | Bound | Shape
"""What the words after a term's own add to a question. Each has `until`, the place after its last word."""

Read = Callable[[Sentence, int, int, Present], Given | None]
"""Reads what a term is given: its own words stand at the first place, what follows at the second. None: not there."""


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
class Term:
    """One row. `example` is a whole command that works.

    `said` is the word `describe` uses, and `tail` the one it puts after the noun where the term is alone in its group.
    `bare` terms of time are also understood without their word: `24h`, `monday`. `needs` says what has to follow. A
    term with `names` takes a name; what it `asks` is then for its use without one. `leaves_out`: what comes next is not
    wanted.
    """

    words: tuple[str, ...]
    group: Group
    meaning: str
    example: str
    said: str = ""
    tail: str = ""
    asks: TaskQuery = NOTHING
    everything: bool = False
    time_field: TimeField | None = None
    reads: Read | None = None
    bare: bool = False
    needs: str = "a time"
    names: NameField | None = None
    leaves_out: bool = False

    @property
    def name(self) -> str:
        return self.words[0]
