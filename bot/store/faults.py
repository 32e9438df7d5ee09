"""What keeps a database from being read or written, in words: its cause, and what to do. Knows no database."""

from dataclasses import dataclass
from enum import StrEnum

from bot.errors import StoreUnavailable


class Fault(StrEnum):
    FULL = "full"
    LOCKED = "locked"
    DAMAGED = "damaged"
    NO_DATABASE = "no database"
    READ_ONLY = "read-only"
    UNREACHABLE = "unreachable"
    GONE = "gone"
    REPLACED = "replaced"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Trouble:
    """What keeps failing: since when, and when it was last seen, in monotonic seconds."""

    fault: Fault
    error: StoreUnavailable
    since: float
    last: float


_MOVE = "Move it away, or name another file in DATABASE_URL."
_WORDS = {
    Fault.FULL: ("its disk is full", "Make room there."),
    Fault.LOCKED: ("another program has locked it", "End what has it open: a backup, or sqlite3."),
    Fault.DAMAGED: (
        "it is damaged",
        "Stop the bot and put back a good copy. Without one, move the file away: the bot then begins anew.",
    ),
    Fault.NO_DATABASE: ("it is no SQLite database", _MOVE),
    Fault.READ_ONLY: ("it may only be read", "Let the bot's user write to it and to its folder."),
    Fault.UNREACHABLE: ("it cannot be opened, read or written", "Look at its disk, its folder and their rights."),
    Fault.GONE: (
        "it was deleted or moved while the bot runs, and what is written to it is lost when the bot stops",
        "Restart the bot: it begins anew, or with the copy that you put back.",
    ),
    Fault.REPLACED: ("another file was put in its place while the bot ran", "Start the bot again."),
}


_OF_SERVER = {
    Fault.FULL: ("its server's disk is full", "Make room there."),
    Fault.LOCKED: (
        "its server did not answer in time",
        "Look at its load, and end what holds its tables: another program, or a long transaction.",
    ),
    Fault.DAMAGED: ("it is damaged", "Stop the bot and put back a good copy."),
    Fault.NO_DATABASE: ("its server has no such database", "Make it, or name another one in DATABASE_URL."),
    Fault.READ_ONLY: (
        "it may only be read",
        "Name the server that takes writes in DATABASE_URL, and give the bot's user its rights.",
    ),
    Fault.UNREACHABLE: ("its server cannot be reached", "Look at the server and at the network between."),
    Fault.REFUSED: ("its server refuses the bot's user or password", "Set both in DATABASE_URL."),
}


def unavailable(fault: Fault, file: str) -> StoreUnavailable:
    """The error for it: file, cause, next step."""
    return _error(file, *_WORDS[fault])


def unavailable_server(fault: Fault, name: str) -> StoreUnavailable:
    """The same for a server's database."""
    return _error(name, *_OF_SERVER[fault])


def _error(name: str, cause: str, step: str) -> StoreUnavailable:
    return StoreUnavailable(f"The database {name} cannot be used: {cause}. {step}")
