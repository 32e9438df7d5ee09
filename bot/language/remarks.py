"""Remarks behind an act: `take 14 because the customer is informed`, `snooze 14 2h – disk ordered`. Pure and total.

What begins a remark is `because`, a dash or a bracket with words behind it, or a colon behind a word. Words that stand
there without one of these are a remark where they are at least two: a single one is rather a slip or a name.
"""

import re
from typing import Final

from bot.language.sentence import plain

COURTESY: Final = frozenset({"please", "pls", "bitte", "danke", "now", "thanks", "thx", "again", ""})
"""What may stand at the end of a command and says nothing."""
BECAUSE_WORDS: Final = frozenset({"because", "bc", "cos", "coz"})
REASON_WORDS: Final = BECAUSE_WORDS | {"cause", "since", "reason"}
"""What a resolution's reason may begin with; elsewhere some of these say something else."""
DASHES: Final = frozenset({"-", "--"})
"""As `plain` gives them, long ones too."""

_BEGINS: Final = re.compile(
    rf"(?<!\S)(?:{'|'.join(sorted(BECAUSE_WORDS))})\b[\s:,]*"
    r"|(?<!\S)[–—-]+\s+(?=[^\W\d])|[;(]\s*(?=[^\W\d])|(?<=[^\W\d]):\s+(?=[^\W\d])",
    re.IGNORECASE,
)
_EDGES: Final = " \t\n:,;–—-("
_LEAST: Final = 2


def is_courtesy(word: str) -> bool:
    """Whether a word as it was typed says nothing."""
    return plain(word.strip(",;")) in COURTESY


def parted(text: str, at: int) -> tuple[int, str]:
    """Where what stands from the place `at` on ends before its remark, and the remark; "" where none begins."""
    found = _BEGINS.search(text, at)
    if found is None:
        return len(text), ""
    remark = text[found.end() :].strip()
    return found.start(), remark.removesuffix(")").rstrip() if "(" in found[0] else remark


def remark_of(rest: str) -> str:
    """The words as a remark, "" where there are too few. Courtesies around them are none."""
    words = rest.strip(_EDGES).split()
    while words and is_courtesy(words[-1]):
        words.pop()
    while words and is_courtesy(words[0]):
        words.pop(0)
    return rest[rest.index(words[0]) :].strip() if len(words) >= _LEAST else ""
