"""Slips in names and causes: what was probably meant is offered, and nothing is looked for that nobody has."""

import re
from typing import Final

from bot.language.known import OF_THINGS, is_alone, near_names
from bot.language.sentence import Sentence, in_quotes
from bot.language.table import cause_at
from bot.language.whole_names import called
from bot.model import Mark, folded

_MOST_MISSPELT: Final = 8  # words of a name that a slip is looked for in: each search goes through all names
MOST_OFFERS: Final = 5
_LEAST_CAUSE: Final = 5  # letters
_ID: Final = re.compile(r"[0-9]+|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def refuse_slip(sentence: Sentence, at: int, until: int, mark: Mark) -> None:
    """Raises UsageError at a name that none of its field has, where one is near."""
    known, typed = sentence.names, mark.pattern
    if mark.field not in OF_THINGS or "*" in typed or _ID.fullmatch(folded(typed)):
        return
    if known.has(mark.field) and not known.has_part(typed, mark.field):
        near, _ = known.like(typed, mark.field)
        if near:
            told = f"No {mark.field} is called {sentence.shown(at, until)}. Did you mean {in_quotes(near[0].name)}?"
            raise sentence.fault(told, at, until, meant=(in_quotes(near[0].name),))


def refuse_cause_slip(sentence: Sentence, first: int, until: int) -> None:
    """Raises UsageError at a word that is in no known cause, where one is near: `cause storge`."""
    causes = sentence.names.causes
    for at in range(first, until) if causes else ():
        word = sentence.word(at)
        if len(word) < _LEAST_CAUSE or word in causes or cause_at(sentence, at):
            continue
        near = near_names(word, sorted(causes))
        if is_alone([like for _, like in near]):
            told = f"No cause that is known says {sentence.shown(at)}. Did you mean “{near[0][0]}”?"
            raise sentence.fault(told, at, None, meant=(near[0][0],))


def raise_slip(sentence: Sentence, first: int, end: int, *, least: int = 0) -> None:
    """Raises UsageError where the words that begin here are near to a known name, and nearer than to a known word."""
    for until in range(min(end, first + _MOST_MISSPELT), max(first, least - 1), -1):
        typed = sentence.name(first, until)
        near, like = sentence.names.like(typed)
        if near and (until > first + 1 or like > _like_a_word(sentence.word(first))):
            told = f"Nothing is called {sentence.shown(first, until)}. Did you mean {in_quotes(near[0].name)}?"
            raise sentence.fault(told, first, until, meant=[called(each, sentence) for each in near])
    word, like = ("", 0.0) if least > first + 1 else sentence.names.like_word(sentence.word(first))
    if like > _like_a_word(sentence.word(first)):
        found = sentence.names.holding(word)[:MOST_OFFERS]
        meant = [called(each, sentence) for each in found] if len(found) > 1 else [word]
        told = f"Nothing has {sentence.shown(first)} in its name. Did you mean “{word}”?"
        raise sentence.fault(told, first, None, meant=meant)


def _like_a_word(word: str) -> float:
    from bot.language.guessing import likeness  # noqa: PLC0415  only a word that is not known needs it

    return likeness(word)
