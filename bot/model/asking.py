"""Who asks what: verbs, one use of a verb, the answer that is kept."""

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from bot.model.query import NameField, TaskQuery, TimeField
from bot.model.values import dataclass


class Takes(StrEnum):
    """What may follow a verb."""

    NOTHING = "nothing"
    WORD = "word"
    ID = "id"
    ID_OR_FILTERS = "id or filters"
    ID_OR_NAME = "id or name"
    NAME_AND_FILTERS = "name and filters"
    FILTERS = "filters"
    ALERT = "alert"


@dataclass(frozen=True, slots=True)
class Verb:
    """A word after /tasks. `examples` are commands that work when typed. `optional`: what it takes may be left out.

    `names` is the field of the name that the verb takes (`history MACHINE`, `protected NAME`); the name becomes a
    filter. `time` is which time is meant where nobody says; None: as with filters alone. `ever`: where no time is named
    there is no bound. `also` are first words that ask for it, and are no filters. It takes words for `severities`, or
    for `standings` of restore points. `groups` are the words that may follow `by`. `is_written_down`: in the audit,
    though it is about no alert.
    """

    name: str
    summary: str
    takes: Takes = Takes.NOTHING
    optional: bool = True
    examples: tuple[str, ...] = ()
    names: NameField | None = None
    time: TimeField | None = None
    ever: bool = False
    also: tuple[str, ...] = ()
    severities: bool = False
    standings: bool = False
    groups: tuple[str, ...] = ()
    is_written_down: bool = False

    @property
    def is_act(self) -> bool:
        """Whether it changes something, even if only the audit."""
        return self.takes is Takes.ALERT or self.is_written_down


@dataclass(frozen=True, slots=True)
class Person:
    """Who asks. `zone_is_known` is false where Slack did not say in time and the bot's own zone stands in. `name` is
    what people call them, "" where Slack did not say; it may be hostile."""

    id: str
    team_id: str
    zone: ZoneInfo
    zone_is_known: bool = True
    name: str = ""


@dataclass(frozen=True, slots=True)
class Profile:
    """What Slack says of a user. `team_ids` are all workspaces the person belongs to; `zone` is an IANA name or "".

    `is_found` is false where Slack knows no such user, or does not show that user to us.
    """

    user_id: str
    team_ids: frozenset[str] = frozenset()
    zone: str = ""
    name: str = ""
    is_guest: bool = False
    is_stranger: bool = False
    is_bot: bool = False
    is_deleted: bool = False
    is_found: bool = True

    @property
    def is_plain(self) -> bool:
        """An active person whom nothing sets apart from the members."""
        return self.is_found and not (self.is_guest or self.is_stranger or self.is_bot or self.is_deleted)


@dataclass(frozen=True, slots=True)
class Mark:
    """Where a name filter's pattern was typed: `offset` and `length` count characters of the text.

    `is_whole`: it is the whole name of something known, and `ids` are those of the tenants called so.
    """

    field: NameField
    pattern: str
    offset: int
    length: int
    is_whole: bool = False
    ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Whence:
    """Where a person's request came from: the channel, "" where there is none, and the thread, "" where it was none.

    `key` is the same when Slack delivers the same request twice. `via` says how it was made: `command`, `mention`,
    `button`, `form` or `home`. `message_ts` is the message that was pressed, "" where it was none; a form has that of
    the press that opened it.
    """

    channel: str = ""
    thread_ts: str = ""
    key: str = ""
    via: str = ""
    message_ts: str = ""


@dataclass(frozen=True, slots=True)
class Invocation:
    """One use of a verb, parsed. `query` is None where no filters were given or the verb takes none.

    `text` is what was typed; `marks` say where in it each pattern of a name stands, so that an error can point there.
    `people` are the ids of those whom the text mentions, by the words that stand for them (`@noah`).
    """

    verb: str
    query: TaskQuery | None = None
    argument: str = ""
    text: str = ""
    marks: tuple[Mark, ...] = ()
    whence: Whence = Whence()
    people: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True)
class Answer:
    """An answered question, kept for 24 h so that a page button carries only its id. Its times are absolute.

    `verb` draws it; `argument` is that verb's (a task's id for activities).
    """

    id: str
    verb: str
    query: TaskQuery
    asker: str
    as_of: datetime
    argument: str = ""


@dataclass(frozen=True, slots=True)
class Press:
    """A tap on a button: which one, by its action id, and the value it carried."""

    action: str
    value: str
    whence: Whence = Whence()


@dataclass(frozen=True, slots=True)
class Form:
    """What a person entered in a window and sent: the window's `action` and `value`, and each input's text by its
    `block_id`. A choice is its option's value; what was left empty is ""."""

    action: str
    value: str
    entered: Mapping[str, str]
    whence: Whence = Whence()
