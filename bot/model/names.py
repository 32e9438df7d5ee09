"""How names are compared: folded, then by part or by pattern. One folding for all that phones and computers write.

Nothing here costs more than the length of a name: customers choose names, and everybody may ask for any pattern.
"""

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from typing import Final, Literal

OUR_SIGNS = str.maketrans("∶∗∼ˋˍ＠", ":*~`_@")
"""Answers show look-alikes of the signs that Slack would act on. Copied back, a look-alike is the sign again."""

_IN_NAMES = dict.fromkeys(map(ord, "‘’‛"), "'") | OUR_SIGNS  # phones make such apostrophes of the one that is typed
JOINERS = "\u200c\u200d"  # Persian and emoji need them
BLANKS = "\u115f\u1160\u2800\u3164\uffa0"  # letters that show as nothing
_DASHES = "‐‑‒–—―−⁃⁻˗֊־᐀᠆⸗⸚⸺⸻⹀⹝〜〰゠︱︲﹘﹣－➖"
_APOSTROPHES = "‘’‚‛‹›′‵´`ʹʻʼʽʾʿ΄՚׳❛❜＇"
_QUOTES = "“”„‟«»″‴‶‷ʺˮ״❝❞〝〞〟＂"
_COMPARED = (
    dict.fromkeys(map(ord, _DASHES), "-")
    | dict.fromkeys(map(ord, _APOSTROPHES), "'")
    | dict.fromkeys(map(ord, _QUOTES), '"')
    | dict.fromkeys(map(ord, BLANKS), " ")
    | dict.fromkeys(map(ord, JOINERS + "\u034f"), None)
    | {ord("ı"): "i"}
)
"""What is the same where names are compared."""

_WORD: Final = re.compile(r"[^\W_]+")
_WHOLE_WORD: Final = 2  # letters
_SEVERAL: Final = 2  # words
_MARKS_IN_A_ROW = 30  # Unicode's own bound (UAX 15, "Stream-Safe Text Format"): to order more takes their square


def cleaned(name: str) -> str:
    """A name without invisible marks; letters are composed, blanks single, apostrophes straight."""
    if not (name.isascii() and name.isprintable()):
        kept = "".join(char for char in name if char.isspace() or not _is_invisible(char))
        name = composed(kept, "NFC").translate(_IN_NAMES)
    return " ".join(name.split()).strip(" " + JOINERS)


def _is_invisible(char: str) -> bool:
    return (unicodedata.category(char) in {"Cf", "Cc"} and char not in JOINERS) or "\ufe00" <= char <= "\ufe0f"


def composed(text: str, form: Literal["NFC", "NFKC"]) -> str:
    """Unicode's normal form. Of a tower of marks above one letter, the lowest thirty stay."""
    if text.isascii():
        return text
    kept, marks = list[str](), 0
    for sign in text:
        marks = marks + 1 if unicodedata.combining(sign) else 0
        if marks <= _MARKS_IN_A_ROW:
            kept.append(sign)
    return unicodedata.normalize(form, "".join(kept))


@lru_cache(maxsize=2_048)
def folded(name: str) -> str:
    """A name as it is compared: without case in every language, and with one sign for all of a kind.

    Kinds are dashes, apostrophes, quotes and blanks. A letter is the same composed or not, wide or narrow.
    """
    if name.isascii() and name.isprintable():
        return " ".join(name.casefold().replace("`", "'").split())
    name = composed(cleaned(name).translate(_COMPARED), "NFKC").casefold()
    name = composed(name, "NFKC").replace("i\u0307", "i")  # what small letters leave of a Turkish İ
    return cleaned(name.translate(_COMPARED))


def pattern_fits(pattern: str, name: str) -> bool:
    """Whether a name filter's pattern fits a name; both may be `folded` already."""
    pattern, name = folded(pattern), folded(name)
    return glob_fits(pattern.split("*"), name) if "*" in pattern else pattern in name


def words_fit(pattern: str, text: str) -> bool:
    """Whether a text is meant by a pattern of its words: as `pattern_fits`, or where each word of the pattern begins
    one of the text, in any order. A word of one or two letters has to be a whole one."""
    if pattern_fits(pattern, text):
        return True
    wanted = [] if "*" in pattern else _WORD.findall(folded(pattern))
    if len(wanted) < _SEVERAL:
        return False
    words = _WORD.findall(folded(text))
    return all(_begins_one(each, words) for each in wanted)


def _begins_one(wanted: str, words: Sequence[str]) -> bool:
    return wanted in words or (len(wanted) > _WHOLE_WORD and any(word.startswith(wanted) for word in words))


def glob_fits(parts: list[str], name: str) -> bool:
    """Whether `name` is all these parts, in their order, with anything between them.

    Each part is looked for once, after the one before it: where the first place does not do, no later one does.
    """
    first, *middle, last = parts
    at, end = len(first), len(name) - len(last)
    if at > end or not (name.startswith(first) and name.endswith(last)):
        return False
    for part in middle:
        found = name.find(part, at, end)
        if found < 0:
            return False
        at = found + len(part)
    return True
