"""Commands that are offered in place of one that is not understood: each keeps every word that was."""

from collections.abc import Callable
from typing import Final

from bot.errors import UsageError

_MOST_SLIPS: Final = 3
_LONGEST: Final = 400  # characters of a command that is offered


def offers(error: UsageError, understand: Callable[[str], object]) -> tuple[str, ...]:
    """A command for each thing that was probably meant, where it is understood then. `understand` raises UsageError."""
    found = (_mended(error, place, understand, _MOST_SLIPS) for place in range(len(error.meant)))
    return tuple(dict.fromkeys(command for command in found if command))


def _mended(error: UsageError, place: int, understand: Callable[[str], object], slips: int) -> str:
    """The command with what was meant at this place, mended further where another is misspelt; "" where that fails.

    Where another word can mean as many things (both days of a stretch), the one at the same place is taken.
    """
    end = error.offset + error.length
    text = f"{error.text[: error.offset]}{error.meant[place]}{error.text[end:]}".strip()
    if len(text) > _LONGEST:
        return ""
    try:
        understand(text)
    except UsageError as further:
        is_slip = len(further.meant) in (1, len(error.meant)) and further.text == text and slips > 1
        return _mended(further, place % len(further.meant), understand, slips - 1) if is_slip else ""
    return text
