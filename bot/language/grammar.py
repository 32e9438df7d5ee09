"""Words to an Invocation. Pure and total: any text gives an Invocation or a UsageError, and nothing else.

    command  = "" | verb [argument] | filters
    argument = nothing, a word, an id, or filters: as the verb says
    filters  = { term [time] | time | filler }          in any order; times are in `times`, terms in `terms`

Knows the verbs it is handed by name only. Cannot reach the network, and decides nothing about answers.
"""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from bot.errors import UsageError
from bot.language.lexicon import bare_terms, did_you_mean, nearest, term_at, verb_of
from bot.language.question import Phrase, asked, last_day
from bot.language.sentence import ADVICE, Sentence, read
from bot.language.table import FILLERS, REFUSED, TERMS
from bot.language.terms import Term
from bot.language.times import Present
from bot.model import Invocation, Takes, TaskQuery, Verb

LONGEST: Final = 3_000
"""Characters of a command. Slack names no maximum; nobody types more."""

_LONGEST_EXAMPLE: Final = 100
"""Characters of a mended command that are shown: a screen's width or three."""

FILTERS: Final = ""
OVERVIEW: Final = "overview"
"""Names of the verbs that are not typed: filters alone, and nothing at all."""

_ID = re.compile(r"[0-9]{1,20}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def parse(text: str, now: datetime, zone: ZoneInfo, verbs: Sequence[Verb]) -> Invocation:
    """What a person asks for with `text`, at `now`, in their `zone`. Raises UsageError and nothing else."""
    if len(text) > LONGEST:
        told = f"That is {len(text):,} characters; a question may have {LONGEST:,}."
        raise UsageError(told, text="", example=ADVICE)
    sentence = read(text)
    verb = verb_of(sentence.word(0), verbs)
    present = Present(now, zone)
    if verb:
        return _used(verb, sentence, present, verbs)
    if all(token.word in FILLERS for token in sentence.tokens):
        return Invocation(OVERVIEW, last_day(now))
    return Invocation(FILTERS, _filters(sentence, 0, present, verbs))


def look_up(text: str, verbs: Sequence[Verb]) -> Term | Verb:
    """The term or verb of this name. Raises UsageError with the nearest one where there is none."""
    sentence = read(text[:LONGEST])
    verb = verb_of(sentence.word(0), verbs) if len(sentence.tokens) == 1 else None
    if verb:
        return verb
    found = term_at(sentence, 0)
    if found and found[1] == len(sentence.tokens):
        return found[0]
    near = nearest(sentence.word(0), verbs)
    raise sentence.fault(
        f"There is no word {sentence.shown(0)}.{did_you_mean(near)}",
        0,
        len(sentence.tokens),
        f"/tasks help {near or TERMS[0].name}",
    )


def _used(verb: Verb, sentence: Sentence, present: Present, verbs: Sequence[Verb]) -> Invocation:
    count = len(sentence.tokens)
    if count == 1 and not verb.optional:
        raise sentence.fault(f"{sentence.shown(0)} needs {_ARTICLE[verb.takes]}.", 0, 1, _example(verb))
    if verb.takes is Takes.NOTHING:
        return _alone(verb, sentence)
    if verb.takes is Takes.WORD:
        return Invocation(verb.name, None, " ".join(token.word for token in sentence.tokens[1:]))
    if verb.takes is Takes.ID or (count == 2 and verb.takes is Takes.ID_OR_FILTERS and _id(sentence.word(1))):
        return Invocation(verb.name, None, _only_id(verb, sentence))
    return Invocation(verb.name, _filters(sentence, 1, present, verbs))


_ARTICLE: Final = {
    Takes.NOTHING: "nothing",
    Takes.WORD: "a word",
    Takes.ID: "a task's id",
    Takes.ID_OR_FILTERS: "a task's id or filters",
    Takes.FILTERS: "filters",
}


def _alone(verb: Verb, sentence: Sentence) -> Invocation:
    if len(sentence.tokens) > 1:
        raise sentence.fault(f"{sentence.shown(0)} takes nothing after it.", 1, len(sentence.tokens), _example(verb))
    return Invocation(verb.name)


def _only_id(verb: Verb, sentence: Sentence) -> str:
    if len(sentence.tokens) == 1:
        return ""
    if len(sentence.tokens) > 2:
        raise sentence.fault(f"{sentence.shown(0)} takes one id.", 2, len(sentence.tokens), _example(verb))
    found = _id(sentence.word(1))
    if not found:
        told = f"{sentence.shown(1)} is no task's id: it is a number, told in the small print of each answer."
        raise sentence.fault(told, 1, 2, _example(verb))
    return found


def _id(word: str) -> str:
    """The id without its number sign, "" where the word is none."""
    match = _ID.fullmatch(word.lstrip("#"))
    return match[0] if match else ""


def _filters(sentence: Sentence, first: int, present: Present, verbs: Sequence[Verb]) -> TaskQuery:
    phrases, at = _phrases(sentence, first, present)
    if at < len(sentence.tokens):
        raise _unknown(sentence, at, first, present, verbs)
    return asked(sentence, phrases, present)


def _phrases(sentence: Sentence, first: int, present: Present) -> tuple[list[Phrase], int]:
    """What is understood from the first place on, and the place of the first word that is not, or the end."""
    phrases, at = list[Phrase](), first
    while at < len(sentence.tokens):
        phrase = _phrase(sentence, at, present)
        if phrase:
            phrases.append(phrase)
        elif sentence.word(at) not in FILLERS:
            break
        at = phrase.until if phrase else at + 1
    return phrases, at


def _phrase(sentence: Sentence, at: int, present: Present) -> Phrase | None:
    found = term_at(sentence, at)
    if found is None:
        return _bare(sentence, at, present)
    term, until = found
    if term.reads is None:
        return Phrase(term, None, at, until)
    window = term.reads(sentence, at, until, present)
    if window is None:
        raise _no_time(sentence, at, until, term)
    return Phrase(term, window, at, window.until)


def _bare(sentence: Sentence, at: int, present: Present) -> Phrase | None:
    """A time without a word before it."""
    for term in bare_terms():
        window = term.reads(sentence, at, at, present) if term.reads else None
        if window:
            return Phrase(term, window, at, window.until)
    return None


def _no_time(sentence: Sentence, first: int, at: int, term: Term) -> UsageError:
    if at >= len(sentence.tokens):
        return sentence.fault(f"{sentence.shown(first)} needs a time after it.", first, at, term.example)
    return sentence.fault(f"{sentence.shown(at)} is no time that I can read.", at, None, term.example)


def _unknown(sentence: Sentence, at: int, first: int, present: Present, verbs: Sequence[Verb]) -> UsageError:
    word, shown = sentence.word(at), sentence.shown(at)
    refused = REFUSED.get("-" if word.startswith("-") else word)
    if refused:
        return sentence.fault(f"{shown} {refused}", at)
    if verb := verb_of(word, verbs):
        return sentence.fault(f"{shown} is understood only as the first word.", at, None, _example(verb))
    near = nearest(word, verbs if at == 0 else ())
    example = (_mended(sentence, at, near, first, present) or _meant(near, verbs)) if near else ADVICE
    return sentence.fault(f"I do not know the word {shown}.{did_you_mean(near)}", at, None, example)


def _mended(sentence: Sentence, at: int, near: str, first: int, present: Present) -> str:
    """The whole command with the word that was probably meant; "" where it would not work, or is long."""
    words = [near if place == at else token.word for place, token in enumerate(sentence.tokens)]
    mended = read(" ".join(words))
    if len(mended.text) > _LONGEST_EXAMPLE:
        return ""
    try:
        phrases, end = _phrases(mended, first, present)
        asked(mended, phrases, present)
    except UsageError:
        return ""
    return f"/tasks {mended.text}" if end == len(mended.tokens) else ""


def _meant(word: str, verbs: Sequence[Verb]) -> str:
    """A command that works with the word that was probably meant."""
    if verb := verb_of(word, verbs):
        return _example(verb)
    found = term_at(read(word), 0)
    return found[0].example if found else f"/tasks since {word}"


def _example(verb: Verb) -> str:
    return verb.examples[0] if verb.examples else f"/tasks {verb.name}"
