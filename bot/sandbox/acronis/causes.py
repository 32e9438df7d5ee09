"""Why runs fail in the pretend world: the causes of `causes.toml`, and the error objects that the API makes of them."""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

_NOISE: Final = "TOL: Failed to execute the command. "
_COMMAND: Final = "d:\\1108\\enterprise\\common\\tol\\command\\command.cpp"


@dataclass(frozen=True, slots=True)
class Cause:
    """One reason; the file says what its fields are."""

    code: str
    text: str
    effect: str
    domain: str = "Common"
    serial: str = "0x01350016+0x01350016+0x00A100D4"
    debug: str = ""
    chain: tuple[str, ...] = ()
    bare: bool = False


_FILE: Final = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
BOOK: Final = {name: Cause(**entry | {"chain": tuple(entry.get("chain", ()))}) for name, entry in _FILE.items()}


def cause_named(name: str) -> Cause:
    """An entry of the book; any other text becomes the root cause of an entry of its own."""
    return BOOK.get(name) or Cause("InternalError", name, "Backup has failed.", chain=("Backing up", name))


def error_of(cause: Cause, command: str, agent: str) -> dict[str, Any]:
    """The domainError as it lies in `result.error`. `command` is the type of the run, `agent` a machine's name."""
    error: dict[str, Any] = {"domain": cause.domain, "code": cause.code, "reason": cause.code}
    if cause.bare:
        return error
    texts = (*(_NOISE + text if number < 2 and text else text for number, text in enumerate(cause.chain)), cause.text)
    error["context"] = {
        "$module": "disk_bundle_vsa64_41100",
        "_src": _chain(texts, command, agent),
        "agentname": agent,
        "commandid": command,
        "cause_str": cause.text,
        "effect_str": cause.effect,
    }
    link = {"lineTag": "0xB9F2653089B4A64A", "serCode": cause.serial, "version": "15.0", "build": 20706}
    error["kbLink"] = link | {"product": "cloud", "os": "Windows"}
    if cause.debug:
        error["debug"] = {"msg": cause.debug}
    return error


def _chain(texts: Sequence[str], command: str, agent: str) -> dict[str, Any]:
    """Nested `suberror`s, the root cause deepest; the last one is an empty object, as newer agents write it."""
    inner: dict[str, Any] = {}
    for depth, text in reversed(list(enumerate(texts))):
        inner = {
            "code": 20250646 - depth,
            "fields": {"$module": "disk_bundle_vsa64_41100", "AgentName": agent, "CommandID": command},
            "src": {
                "file": _COMMAND,
                "func": "Tol::MakeFailResult",
                "line": 503 - depth,
                "tag": f"0x8d165e86fb81{depth:04x}",
            },
            "suberror": inner,
            "text": text,
            "types": {"$module": "A", "AgentName": "W", "CommandID": "A"},
        }
    return inner
