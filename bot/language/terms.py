"""What a term of the language is. The terms themselves are in `table`."""

from dataclasses import dataclass
from enum import StrEnum

from bot.language.windows import Read
from bot.model import TaskQuery, TimeField

_NOTHING = TaskQuery()


class Group(StrEnum):
    """What a term is about. The values are words people read."""

    STATE = "state"
    RESULT = "result"
    WORKLOAD = "workload"
    KIND = "kind"
    SCOPE = "scope"
    TIME = "time"


@dataclass(frozen=True, slots=True)
class Term:
    """One row. `example` is a whole command that works.

    `said` is the word `describe` uses, and `tail` the one it puts after the noun where the term is alone in its group.
    `bare` terms of time are also understood without their word: `24h`, `monday`.
    """

    words: tuple[str, ...]
    group: Group
    meaning: str
    example: str
    said: str = ""
    tail: str = ""
    asks: TaskQuery = _NOTHING
    everything: bool = False
    time_field: TimeField | None = None
    reads: Read | None = None
    bare: bool = False

    @property
    def name(self) -> str:
        return self.words[0]
