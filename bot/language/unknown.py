"""The error for a word that is not understood: what was probably meant, and a command that works."""

import re
from collections.abc import Sequence
from typing import Final

from bot.errors import UsageError
from bot.language.filters import NAME_ADVICE, phrases_from
from bot.language.lexicon import did_you_mean, nearest, term_at, verb_of
from bot.language.question import asked
from bot.language.sentence import ADVICE, Sentence, Token, in_quotes, read
from bot.language.table import REFUSED
from bot.language.times import Present
from bot.model import Takes, Verb

_NUMBER = re.compile(r"#?([0-9]{6,20})")

_LONGEST_EXAMPLE: Final = 100
"""Characters of a mended command that are shown: a screen's width or three."""


def unknown(sentence: Sentence, at: int, first: int, present: Present, verbs: Sequence[Verb]) -> UsageError:
    word, shown = sentence.word(at), sentence.shown(at)
    if refused := REFUSED.get(word):
        return sentence.fault(f"{shown} {refused}", at)
    if verb := verb_of(word, verbs):
        return sentence.fault(f"{shown} is understood only as the first word.", at, None, example_of(verb))
    show = next((verb for verb in verbs if verb.takes is Takes.ID), None)
    if show and (number := _NUMBER.fullmatch(word)):
        told = f"{shown} is a number alone. If it is a task's id, say so."
        return sentence.fault(told, at, None, f"/tasks {show.name} {number[1]}")
    if near := nearest(word, verbs if at == 0 else ()):
        example = _mended(sentence, at, near, first, present) or _meant(near, verbs)
    else:
        example = _mended(sentence, at, in_quotes(sentence.name(at, at + 1)), first, present) or ADVICE
    told = f"I do not know the word {shown}.{did_you_mean(near) or NAME_ADVICE}"
    return sentence.fault(told, at, None, example)


def _mended(sentence: Sentence, at: int, meant: str, first: int, present: Present) -> str:
    """The whole command with what was probably meant; "" where it would not work, or is long."""
    words = [meant if place == at else _again(token) for place, token in enumerate(sentence.tokens)]
    commas = [", " if token.apart else " " for token in sentence.tokens]
    text = "".join(comma + word for comma, word in zip(commas, words, strict=True)).lstrip(" ,")
    if len(text) > _LONGEST_EXAMPLE:
        return ""
    try:
        mended = read(text)
        phrases, end = phrases_from(mended, first, present)
        asked(mended, phrases, present)
    except UsageError:
        return ""
    return f"/tasks {text}" if end == len(mended.tokens) else ""


def _again(token: Token) -> str:
    """The word as it is typed in an example."""
    return in_quotes(token.name) if token.name else token.word


def _meant(word: str, verbs: Sequence[Verb]) -> str:
    """A command that works with the word that was probably meant."""
    if verb := verb_of(word, verbs):
        return example_of(verb)
    found = term_at(read(word), 0)
    return found[0].example if found else f"/tasks since {word}"


def example_of(verb: Verb) -> str:
    return verb.examples[0] if verb.examples else f"/tasks {verb.name}"
