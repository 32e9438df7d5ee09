"""What did not come, hangs or waits, in words: how its lines begin, how long it lasted."""

from typing import NamedTuple

from bot.model import Kind, Run, Silence


class SilenceWords(NamedTuple):
    """`Missed: SRV-SQL01`, `It was missed for 2 h`, `Still missed for 2 h`."""

    beginning: str
    lasted: str
    still: str


_WORDS = {
    Silence.MISSED: SilenceWords("Missed", "Missed", "missed"),
    Silence.NEVER: SilenceWords("Never ran", "Without a run", "without a run"),
    Silence.STUCK: SilenceWords("Stuck", "Stuck", "stuck"),
    Silence.WAITS: SilenceWords("Waits for a person", "Waited", "waiting for a person"),
    Silence.VANISHED: SilenceWords("Vanished", "Gone", "gone"),
    Silence.EMPTY: SilenceWords("No restore point", "Without a restore point", "without a restore point"),
    Silence.OFFLINE: SilenceWords("Agent offline", "Offline", "offline"),
}


def words_of(run: Run) -> SilenceWords | None:
    """None where the run is no silence. That it was to be a restore is said."""
    known = next((words for code, words in _WORDS.items() if code == run.code), None)
    if known is None or run.kind is not Kind.RESTORE:
        return known
    return known._replace(beginning=f"Restore {known.beginning[0].lower()}{known.beginning[1:]}")


def lasted(run: Run, failed: str = "Failed") -> str:
    """`Failed`, `Missed`: before `for 31 min`."""
    words = words_of(run)
    return words.lasted if words else failed


def still(run: Run) -> str:
    """`still failing`, `still missed`: before `for 31 min`."""
    words = words_of(run)
    return f"still {words.still if words else 'failing'}"


def since(run: Run) -> str:
    """`failing since `, `missed since `."""
    words = words_of(run)
    return f"{words.still if words else 'failing'} since "
