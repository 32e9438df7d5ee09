"""The known word that was probably meant by one that is not known. A guess has to be near: one slip in five letters.

A wrong guess is worse than none, so there is none where two are as near and mean different things.
"""

from collections.abc import Sequence
from typing import Final

from bot.language.table import GUESSED

_COMPARED: Final = 40
_ALIKE: Final = 0.799  # a fifth, as it is computed


def nearest(word: str, known: Sequence[str] = GUESSED, alike: float = _ALIKE) -> str:
    """The known word most like this one; "" where none is so near."""
    found = _best(word, known, alike)
    return found[0] if found else ""


def likeness(word: str, known: Sequence[str] = GUESSED) -> float:
    """How like the word is to the known word that it is most like, of 1; 0 where none is near."""
    found = _best(word, known)
    return found[1] if found else 0.0


def _best(word: str, known: Sequence[str], alike: float = _ALIKE) -> tuple[str, float] | None:
    from rapidfuzz import process  # noqa: PLC0415  only a word that is not known needs it
    from rapidfuzz.distance import OSA  # noqa: PLC0415

    found = process.extractOne(word[:_COMPARED], known, scorer=OSA.normalized_similarity, score_cutoff=alike)
    return (found[0], found[1]) if found else None


def did_you_mean(near: str) -> str:
    """` Did you mean “running”?`, "" where nothing is near."""
    return f" Did you mean “{near}”?" if near else ""
