"""The error for a word that is not understood: what was meant, or a command that works. Finds verbs by their names."""

import re
from collections.abc import Sequence
from typing import Final

from bot.errors import UsageError
from bot.language.acts import ACT_WORDS
from bot.language.filters import NAME_ADVICE
from bot.language.german import GERMAN_WORDS
from bot.language.guessing import did_you_mean, likeness, nearest
from bot.language.known import NOBODY
from bot.language.sentence import ADVICE, Sentence, in_quotes
from bot.language.table import (
    BY_WORDS,
    GUESSED,
    INSTEAD,
    LEAD_WORDS,
    PASSED,
    REFUSED,
)
from bot.model import Takes, Verb

_HELP_EXAMPLE: Final = "/tasks help"
_NOBODYS: Final = " No machine, tenant or plan that the bot has read has it in its name."
_LONG_NUMBER = re.compile(r"#?([0-9]{6,20})")
_ERRORS = frozenset(("error", "errors", "err"))
_FEW = re.compile("[1-9][0-9]{0,2}")
_ALIKE_ACTS: Final = 0.7  # of an act's letters, before a number
_LONGEST_EXAMPLE: Final = 100  # characters of a mended command: a screen's width or three


def verb_of(word: str, verbs: Sequence[Verb]) -> Verb | None:
    """The verb of this name, with or without its question mark."""
    bare = word.rstrip("?")
    names = (bare, f"{bare}?")
    for verb in verbs if bare else ():
        if verb.name in names:
            return verb
    return None


def known_words(verbs: Sequence[Verb]) -> Sequence[str]:
    return (*GUESSED, *LEAD_WORDS, *ACT_WORDS, *(verb.name.rstrip("?") for verb in verbs if verb.name))


def unknown(sentence: Sentence, at: int, first: int, verbs: Sequence[Verb]) -> UsageError:
    """The error for a word that is not understood, with a command that works. Filters begin at `first`."""
    word, shown = sentence.word(at), sentence.shown(at)
    if refused := REFUSED.get(word):
        return sentence.fault(f"{shown} {refused}", at, None, INSTEAD.get(word, _HELP_EXAMPLE))
    if verb := verb_of(word, verbs):
        return sentence.fault(f"{shown} is understood only as the first word.", at, None, example_of(verb))
    show = next((verb for verb in verbs if verb.takes is Takes.ID), None)
    if show and (number := _LONG_NUMBER.fullmatch(word)):
        told = f"{shown} is a number alone. If it is a task's id, say so."
        return sentence.fault(told, at, None, f"/tasks {show.name} {number[1]}")
    behind = sentence.word(at + 1)
    if _FEW.fullmatch(word) and (often := REFUSED.get(behind)):  # `failed 3 times`
        return sentence.fault(f"{sentence.shown(at, at + 2)} {often}", at, at + 2, INSTEAD.get(behind, _HELP_EXAMPLE))
    if sentence.word(at - 1) in _ERRORS and word.isdigit():
        told = f"I do not know the word {shown}. Of a number say what it is: “error code {word}”, “alert {word}”."
        return sentence.fault(told, at, None, f"/tasks error code {word}", (f"code {word}",))
    if show and _FEW.fullmatch(word):
        told = f"I do not know the word {shown}. Of a number say what it is: “first {word}”, “alert {word}”."
        return sentence.fault(told, at, None, f"/tasks {show.name} {word}", (f"first {word}",))
    if word in sentence.names.causes:
        told = f"I do not know the word {shown}. It is a cause of failures."
        return sentence.fault(told, at, None, "/tasks cause storage", (f"cause {word}",))
    is_first = all(sentence.word(each) in PASSED for each in range(at))
    near, start, until = _near(sentence, at, known_words(verbs) if is_first else GUESSED)
    is_nobodys = not near and sentence.names is not NOBODY
    example = _HELP_EXAMPLE if is_nobodys else "" if near else _in_quotes(sentence, at)
    advice = _NOBODYS if is_nobodys else did_you_mean(near) or NAME_ADVICE
    told = f"I do not know the word {shown}.{advice}"
    return sentence.fault(told, start, until, example or _with_word(near, verbs), [near] if near else ())


def _near(sentence: Sentence, at: int, known: Sequence[str]) -> tuple[str, int, int]:
    """What was probably meant, by the word alone or with one beside it, and where these words stand."""
    for first, until in ((at, at + 1), (at, at + 2), (at - 1, at + 1)):
        words = [sentence.word(each) for each in range(max(first, 0), min(until, sentence.end))]
        near = nearest(" ".join(words), known) if len(words) == until - first and all(words) else ""
        if near and (len(words) == 1 or likeness(sentence.word(at), near.split())):  # never by the other word alone
            return near, first, until
    near = nearest(sentence.word(at), GERMAN_WORDS)
    if not near and known is not GUESSED and _FEW.fullmatch(sentence.word(at + 1)):  # `tkae 14`
        near = nearest(sentence.word(at), tuple(ACT_WORDS), _ALIKE_ACTS)
    return near, at, at + 1


def _in_quotes(sentence: Sentence, at: int) -> str:
    """The whole command with the word in quotes; "" where it is long."""
    offset, length = sentence.span(at, at + 1)
    name = in_quotes(sentence.name(at, at + 1))
    text = f"{sentence.text[:offset]}{name}{sentence.text[offset + length :]}".strip()
    return f"/tasks {text}" if len(text) <= _LONGEST_EXAMPLE else ""


def _with_word(word: str, verbs: Sequence[Verb]) -> str:
    """A command that works with this known word; any that works where the word is ""."""
    if verb := verb_of(word, verbs):
        return example_of(verb)
    if term := BY_WORDS.get(word):
        return term.example
    return f"/tasks since {word}" if word else ADVICE


def example_of(verb: Verb) -> str:
    return verb.examples[0] if verb.examples else f"/tasks {verb.name}"
