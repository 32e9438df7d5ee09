"""The strip of last runs: one sign for each run, oldest first, and the same in words."""

from collections.abc import Sequence
from itertools import groupby

from bot.blocks.task_words import SIGNS

LENGTH = 14
UNKNOWN = "?"
_LEGEND = {"✓": "ok", "!": "warning", "✕": "failed", "–": "cancelled", UNKNOWN: "unknown"}
_ORDINALS = ("", "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")


def signs(codes: Sequence[str]) -> str:
    """`✓✓✕✓`: the last fourteen result codes, the newest at the right."""
    return "".join(SIGNS.get(code, UNKNOWN) for code in codes[-LENGTH:])


def legend(codes: Sequence[str]) -> str:
    """`✓ ok, ✕ failed`: a word for each sign in the strip, kept on the sign's line."""
    shown = signs(codes)
    return ", ".join(f"{sign}\u00a0{word}" for sign, word in _LEGEND.items() if sign in shown)


def in_words(codes: Sequence[str]) -> str:
    """`3 ok, 1 failed, 7 ok`: the strip for a screen reader, oldest first."""
    return ", ".join(f"{len(list(group))} {_LEGEND[sign]}" for sign, group in groupby(signs(codes)))


def in_a_row(row: int) -> str:
    """`third failure in a row`, from the second on; where the strip is failures throughout there may be more."""
    if row < 2:
        return ""
    if row >= LENGTH:
        return f"at least {row} failures in a row"
    return f"{_ORDINALS[row]} failure in a row" if row < len(_ORDINALS) else f"{row} failures in a row"
