"""What tired people type that is no question and no phrase of an act: where it leads. Pure and total.

Asked only where nothing else understood the text, so no question pays for it. An alert's number is taken out first, and
words that say nothing at the beginning; what is left is looked up in `dead_ends.toml`. It stands for a command, or for
a sentence that says what to type. Where the number comes first and a colon follows, what follows is a note.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

from bot.errors import UsageError
from bot.language.acts import ACT_WORDS
from bot.language.lengths import UNITS
from bot.language.remarks import COURTESY
from bot.language.sentence import plain
from bot.model.values import dataclass

_LONGEST: Final = 1_000
_NOTHING: Final = COURTESY - {"again"}
_DIGITS: Final = 5  # a longer number may be a task's id
_DASHES: Final = ("–", "—", "-")
_SLASH: Final = re.compile(r"(?<=[^\W\d_])/(?=[^\W\d_])")
_MANY_FIRST: Final = re.compile(r"\b([0-9]{1,4}) (longest|shortest|slowest|oldest|newest|latest)\b", re.IGNORECASE)
_MANY_WITH_SIGN: Final = re.compile(r"\b([^\W\d_]{3,})['’]s\b")
_QUOTED: Final = re.compile('["“”„«»]')
_WHAT_IS: Final = re.compile(
    r"what(?:['’]?s| is| are| means) (?:an? |the )?(\w+)(?: mean(?:ing)?)?\s*\?*", re.IGNORECASE
)
_FEW_WORDS: Final = 4
_DONE: Final = frozenset(("take", "resolve", "snooze", "run", "release"))
"""Beside a number they are done at once: of a question (`on 14?`, `am i on 14`) the alert is shown, and the open alerts
of one that names none (`fixed?`)."""
_CANCEL: Final = "cancel"
"""Known, and never done from here."""
_OF_TROUBLE: Final = re.compile(r"^(?:the )?(?:problems?|issues?|errors?|failures?) (?:with|on|of|at) ", re.IGNORECASE)


@cache
def _table() -> Mapping[str, Any]:
    """Read by the first text that nothing else understood."""
    return tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))


@cache
def _words(*names: str) -> frozenset[str]:
    return frozenset(word for name in names for word in _table()["words"][name])


@cache
def _meant(part: str) -> Mapping[str, str]:
    """What each text of a part of the table stands for."""
    return {typed: command for command, words in _table()[part].items() for typed in words}


_BEFORE_TIMES: Final = frozenset(("at", "around", "since", "before", "until", "till", "after", "from", "between"))


@dataclass(frozen=True, slots=True)
class _Typed:
    """The words without capitals and courtesies, and without the number of an alert, which stood at `place` of them.

    `raw` are the words as typed, in the same places as they had there.
    """

    words: tuple[str, ...]
    raw: tuple[str, ...]
    number: str = ""
    place: int = -1

    @property
    def phrase(self) -> str:
        return " ".join(self.words)

    @property
    def about(self) -> str:
        """The alert's number, or a name that looks like a machine's; 14 where there is none."""
        no_names = _words("weighs")
        named = (
            word
            for word in self.raw
            if any(map(str.isdigit, word)) and not word.startswith("@") and plain(word) not in no_names
        )
        return self.number or next(named, "14")

    @property
    def person(self) -> str:
        """A person as typed, with one @; @noah where none is named."""
        marked = (word for word in self.raw if word.startswith(("@", "<@")))
        names = (
            each for each in self.words[1:] if each.isalpha() and each not in _words("nobody", "calls", "hands", "has")
        )
        return next(marked, f"@{next(names, 'noah')}")


def rephrased(text: str) -> Iterator[str]:
    """The same as a question in other words, where there are any: `sat and sun` for `sat/sun`, `longest 5` for
    `5 longest`, `is SRV-SQL01 ok?` for `is SRV-SQL01 fixed yet?`, `backups` for `backup's`, `help snooze` for `what's
    snooze`."""
    for words in (
        _SLASH.sub(" and ", text),
        _MANY_FIRST.sub(r"\2 \1", text),
        _how_it_is(text),
        text if _QUOTED.search(text) else _MANY_WITH_SIGN.sub(r"\1s", text),
        _what_it_does(text),
    ):
        if words != text:
            yield words


def _how_it_is(text: str) -> str:
    """`is SRV-SQL01 fixed?`, `has beta recovered yet`, `fixed? sql01`, `sql01 fixed?` as a question about how it is;
    other texts as they are."""
    words = text.rstrip(" ?").split()
    if "?" in text and (shorter := _short_question(words)):
        words = shorter
    if [word.casefold() for word in words[-3:-1]] == ["is", "it"]:  # `and SRV-SQL02, is it fixed?`
        words = ["is", *words[words[0].casefold() == "and" : -3], words[-1]]
    words = _without_again(words)
    is_long = len(words) > len(("is", "fixed"))
    if not is_long or words[0].casefold() not in _words("asking how") or words[-1].casefold() not in _words("mended"):
        return text
    about = _OF_TROUBLE.sub("", " ".join(_without_again(words[1:-1])).rstrip(","))
    return f"show {about}" if about.isdecimal() else f"is {about} ok?"


def _short_question(words: list[str]) -> list[str]:
    """`fixed? sql01` and `sql01 fixed` as `is sql01 ok`; nothing of other words."""
    left = _without_again(words)
    if not 1 < len(left) <= _FEW_WORDS or not _words("asking how", "whole questions").isdisjoint(
        map(str.casefold, left)
    ):
        return []
    if left[0].endswith("?") and left[0].casefold().rstrip("?") in _words("mended"):
        return ["is", *left[1:], "ok"]
    return ["is", *left] if left[-1].casefold() in _words("mended") else []


def _what_it_does(text: str) -> str:
    """`what's snooze`, `what is an ack` as a question for help; other texts as they are."""
    found = _WHAT_IS.fullmatch(text.strip())
    verb = ACT_WORDS.get(found[1].casefold(), "") if found else ""
    return f"help {verb}" if verb and verb != _CANCEL else text


def _without_again(words: list[str]) -> list[str]:
    until = len(words)
    while until and words[until - 1].casefold() in _words("meanwhile"):
        until -= 1
    return words[:until]


def other_words(text: str, known: frozenset[str]) -> str:
    """A command that says the same; "" where there is none. Raises UsageError with what to type instead.

    `known` are words of filters: a number beside one of them is no alert's.
    """
    typed = _typed(text)
    if typed is None:
        return ""
    if noted := _noted(text):
        return noted
    if typed.number and not _is_time(typed) and asks_about_alert(text):
        return f"show {typed.number}"
    said = _meant("beside" if typed.number else "said").get(typed.phrase)
    if said in _DONE and (text.rstrip().endswith("?") or text.split(maxsplit=1)[0].casefold() in _words("asking me")):
        said = "show" if typed.number else "alerts"
    if said is not None:
        return f"{said} {typed.number}".rstrip()
    if typed.number and len(typed.words) == 1 and typed.words[0] in _words("later"):
        return f"snooze {typed.number} {'' if typed.words[0] == 'tomorrow' else 'until '}{typed.words[0]}"
    if advice := _advice(typed, known):
        told, example = advice
        raise UsageError(told, text=text, length=len(text), example=example)
    return ""


def _is_time(typed: _Typed) -> bool:
    """`what failed at 3`, `which backups failed in the last 3 days`: the number is no alert's."""
    before = typed.words[typed.place - 1] if typed.place > 0 else ""
    behind = typed.words[typed.place] if 0 <= typed.place < len(typed.words) else ""
    return before in _BEFORE_TIMES or behind in UNITS


def asks_about_alert(text: str) -> bool:
    """`is 14 ok?`, `14 fixed?`, `what's wrong with 14`: a question about an alert does nothing to it."""
    first = text.casefold().split()[0]
    words = set(text.casefold().rstrip(" ?!.").split())
    is_state = not words.isdisjoint(_words("states")) and (text.rstrip().endswith("?") or first in _words("asking"))
    return is_state and words.isdisjoint(_words("has", "calls"))


def _advice(typed: _Typed, known: frozenset[str]) -> tuple[str, str] | None:
    """What is told, and a command that works."""
    kind = _kind(typed, known)
    person = (
        f"@{typed.words[0].lstrip('@')}" if kind == "takes" and typed.words[0] not in _words("nobody") else typed.person
    )
    hand = f"/tasks take {typed.about} for {person}"
    examples = {
        "duty": "/tasks alerts taken",
        "call": hand,
        "hand": hand,
        "takes": hand,
        "weigh": f"/tasks note {typed.about} urgent: the boss waits for it",
        "notes": "/tasks history SRV-SQL01",
        "pages": "/tasks failed first 50",
        "settings": f"/tasks why {typed.about}",
        "thanks": "/tasks alerts",
        "begin": f"/tasks {'snooze' if _is_length(typed) else 'note'} {typed.number} {' '.join(typed.raw)}",
    }
    told = _table()["told"]["hand" if kind == "takes" else kind] if kind else ""
    return (told.format(n=typed.number), examples[kind]) if kind else None


def _is_length(typed: _Typed) -> bool:
    """`14 2h`: which says nothing but how long."""
    return typed.phrase[:1].isdigit() and typed.words[-1].lstrip("0123456789.,") in UNITS


def _kind(typed: _Typed, known: frozenset[str]) -> str:
    """Of what is `told`; "" where nothing is known that would help."""
    first, second, last = (*typed.words[:1], "")[0], (*typed.words[1:2], "")[0], (*typed.words[-1:], "")[0]
    is_question = second in ("me", "us") or not known.isdisjoint(set(typed.words[1:]) - _words("nobody"))
    kinds = (
        ("duty", typed.phrase in _words("on duty")),
        ("pages", typed.phrase in _words("pages")),
        ("settings", len(typed.words) == 1 and first in _words("settings") and not typed.number),
        ("call", first in _words("calls") and not is_question),
        ("hand", first in _words("hands") and not is_question),
        ("takes", bool(typed.number) and second in _words("has")),
        ("weigh", first in _words("weighs") and (bool(typed.number) or not is_question)),
        ("notes", not _words("notes").isdisjoint((first, last))),
        (
            "thanks",
            first in _words("thanks")
            and not typed.number
            and _words("thanks", "beside thanks").issuperset(typed.words),
        ),
        ("begin", typed.place == 0 and first not in known and first not in UNITS),
    )
    return next((kind for kind, is_so in kinds if is_so), "")


def _typed(text: str) -> _Typed | None:
    """None of what is empty or long."""
    raw = text.split() if len(text) <= _LONGEST else []
    while len(raw) > 1 and plain(raw[-1]) in _NOTHING and plain(raw[-2]) != "not":
        raw.pop()
    while len(raw) > 1 and plain(raw[0]) in _words("openers"):
        raw.pop(0)
    words = [plain(word).strip(",;–—-") for word in raw]
    place = next((at for at, word in enumerate(words) if _is_number(word)), -1)
    if place < 0:
        return _Typed(tuple(words), tuple(raw)) if words else None
    number = words.pop(place).lstrip("#")
    raw.pop(place)
    if place and words[place - 1] in ("alert", "number", "no"):
        place -= 1
        words.pop(place)
        raw.pop(place)
    return _Typed(tuple(words), tuple(raw), number, place)


def _is_number(word: str) -> bool:
    digits = word.lstrip("#＃")
    return digits.isascii() and digits.isdigit() and len(digits) <= _DIGITS


def _noted(text: str) -> str:
    """`14: disk ordered` as the command of a note; "" where no colon or dash follows a number that comes first."""
    head, *rest = text.split(maxsplit=1)
    if plain(head) == "alert" and rest:
        head, *rest = rest[0].split(maxsplit=1)
    said = rest[0] if rest else ""
    number, colon, glued = head.partition(":")
    if _is_number(number) and colon and not glued[:1].isdigit():  # 14:00 is a time
        said = f"{glued} {said}".strip()
    elif _is_number(head) and said[:1] in _DASHES and said[1:2].isspace():
        number, said = head, said[1:].strip()
    elif head[-1:] in _DASHES and _is_number(head[:-1]):
        number = head[:-1]
    else:
        return ""
    return f"note {number.lstrip('#＃')} {said}" if any(map(str.isalpha, said)) else ""
