"""Why runs fail in the pretend world: the causes of `causes.toml`, and the error objects that the API makes of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from bot.sandbox.templates import Templates

_FILE: Final = Templates(__file__)
_NOISE: Final = "TOL: Failed to execute the command. "


@dataclass(frozen=True, slots=True)
class Cause:
    """One reason; the file says what its fields are."""

    code: str
    text: str
    effect: str
    domain: str = "Common"
    serial: str = "0x01350016+0x01350016+0x00A100D4"
    debug: str = ""
    chain: Sequence[str] = ()
    bare: bool = False


BOOK: Final = {name: Cause(**entry) for name, entry in _FILE.fill("causes").items()}


def cause_named(name: str) -> Cause:
    """An entry of the book; any other text becomes the root cause of an entry of its own."""
    return BOOK.get(name) or Cause("InternalError", name, "Backup has failed.", chain=("Backing up", name))


def error_of(cause: Cause, command: str, agent: str) -> dict[str, Any]:
    """The domainError as it lies in `result.error`. `command` is the type of the run, `agent` a machine's name.

    The `suberror`s are nested, the root cause deepest; the last one is an empty object, as newer agents write it.
    """
    error = _FILE.fill("bare", cause=cause)
    if cause.bare:
        return error
    texts = (*(_NOISE + text if number < 2 and text else text for number, text in enumerate(cause.chain)), cause.text)
    names, inner = {"command": command, "agent": agent}, dict[str, Any]()
    for depth, text in reversed(list(enumerate(texts))):
        place = {"code": 20250646 - depth, "line": 503 - depth, "tag": f"0x8d165e86fb81{depth:04x}"}
        inner = _FILE.fill("link", text=text, inner=inner, **place, **names)
    return error | _FILE.fill("error", cause=cause, chain=inner, **names)
