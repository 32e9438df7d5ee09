"""How names are compared: cleaned, without case in every language, by part or by pattern."""

import re
import unicodedata
from functools import lru_cache

OUR_SIGNS = str.maketrans("∶∗∼ˋˍ＠", ":*~`_@")
"""Answers show look-alikes of the signs that Slack would act on. Copied back, a look-alike is the sign again."""

_IN_NAMES = dict.fromkeys(map(ord, "‘’‛"), "'") | OUR_SIGNS  # phones make such apostrophes of the one that is typed
_JOINERS = "\u200c\u200d"  # Persian and emoji need them


def cleaned(name: str) -> str:
    """A name without invisible marks; letters are composed, blanks single, apostrophes straight."""
    if not (name.isascii() and name.isprintable()):
        kept = (char for char in name if char.isspace() or not _is_invisible(char))
        name = unicodedata.normalize("NFC", "".join(kept)).translate(_IN_NAMES)
    return " ".join(name.split()).strip(" " + _JOINERS)


def _is_invisible(char: str) -> bool:
    return (unicodedata.category(char) in {"Cf", "Cc"} and char not in _JOINERS) or "\ufe00" <= char <= "\ufe0f"


@lru_cache(maxsize=16_384)
def folded(name: str) -> str:
    """A name as it is compared: cleaned, and without case in every language."""
    return cleaned(cleaned(name).casefold())


def pattern_fits(pattern: str, name: str) -> bool:
    """Whether a name filter's pattern fits a name; both may be `folded` already."""
    pattern, name = folded(pattern), folded(name)
    return bool(_glob(pattern).fullmatch(name)) if "*" in pattern else pattern in name


@lru_cache(maxsize=256)
def _glob(pattern: str) -> "re.Pattern[str]":
    return re.compile(".*".join(re.escape(part) for part in re.split(r"\*+", pattern)), re.DOTALL)
