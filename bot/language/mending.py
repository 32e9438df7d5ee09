"""Commands that are offered in place of one that is not understood: each keeps every word that was."""

from collections.abc import Callable
from typing import Final

from bot.errors import UsageError

_MOST_SLIPS: Final = 3
_LONGEST: Final = 400  # characters of a command that is offered


def offers(error: UsageError, understand: Callable[[str], object]) -> tuple[str, ...]:
    """A command for each thing that was probably meant, where it is understood then. `understand` raises UsageError."""
    found = (_mended(error, meant, understand, _MOST_SLIPS) for meant in error.meant)
    return tuple(dict.fromkeys(command for command in found if command))


def _mended(error: UsageError, meant: str, understand: Callable[[str], object], slips: int) -> str:
    """The command with what was meant, mended further where another word of it is misspelt; "" where that fails."""
    end = error.offset + error.length
    text = f"{error.text[: error.offset]}{meant}{error.text[end:]}".strip()
    if len(text) > _LONGEST:
        return ""
    try:
        understand(text)
    except UsageError as further:
        is_slip = len(further.meant) == 1 and further.text == text and slips > 1
        return _mended(further, further.meant[0], understand, slips - 1) if is_slip else ""
    return text
