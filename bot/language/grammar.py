"""Words to an Invocation. Pure and total: any text gives an Invocation or a UsageError, and nothing else.

    command  = "" | verb [argument] | filters
    argument = nothing, a word, an id, filters, or a name and filters: as the verb says

Filters are read in `filters`. Knows the verbs it is handed by name only. Cannot reach the network, and decides nothing
about answers.
"""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from bot.errors import UsageError
from bot.language.filters import phrases_from
from bot.language.lexicon import did_you_mean, name_term, nearest, term_at, verb_of
from bot.language.names import Names, names_at, needed
from bot.language.phrase import Phrase
from bot.language.question import asked, last_day
from bot.language.sentence import ADVICE, Sentence, read
from bot.language.table import FILLERS, TERMS
from bot.language.terms import Term
from bot.language.times import Present
from bot.language.unknown import example_of, unknown
from bot.model import Invocation, Mark, NameField, Takes, Verb

LONGEST: Final = 3_000
"""Characters of a command. Slack names no maximum; nobody types more."""

FILTERS: Final = ""
OVERVIEW: Final = "overview"
"""Names of the verbs that are not typed: filters alone, and nothing at all."""

_BEFORE_NAMES = ("of", "for")
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
    if all(sentence.word(at) in FILLERS for at in range(len(sentence.tokens))):
        return Invocation(OVERVIEW, last_day(now), "", text)
    return _asked(FILTERS, sentence, 0, present, verbs)


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
        raise sentence.fault(f"{sentence.shown(0)} needs {_ARTICLE[verb.takes]}.", 0, 1, example_of(verb))
    if verb.takes is Takes.NOTHING:
        return _alone(verb, sentence)
    if verb.takes is Takes.WORD:
        return Invocation(verb.name, None, " ".join(token.word for token in sentence.tokens[1:]), sentence.text)
    if verb.takes is Takes.ID or (count == 2 and verb.takes is Takes.ID_OR_FILTERS and _id(sentence.tokens[1].word)):
        return Invocation(verb.name, None, _only_id(verb, sentence), sentence.text)
    if verb.takes is Takes.NAME_AND_FILTERS and verb.names:
        return _named(verb, verb.names, sentence, present, verbs)
    return _asked(verb.name, sentence, 1, present, verbs, verb)


_ARTICLE: Final = {
    Takes.NOTHING: "nothing",
    Takes.WORD: "a word",
    Takes.ID: "an id",
    Takes.ID_OR_FILTERS: "a task's id or filters",
    Takes.NAME_AND_FILTERS: "a name",
    Takes.FILTERS: "filters",
}


def _alone(verb: Verb, sentence: Sentence) -> Invocation:
    if len(sentence.tokens) > 1:
        raise sentence.fault(f"{sentence.shown(0)} takes nothing after it.", 1, len(sentence.tokens), example_of(verb))
    return Invocation(verb.name, text=sentence.text)


def _only_id(verb: Verb, sentence: Sentence) -> str:
    if len(sentence.tokens) == 1:
        return ""
    if len(sentence.tokens) > 2:
        raise sentence.fault(f"{sentence.shown(0)} takes one id.", 2, len(sentence.tokens), example_of(verb))
    found = _id(sentence.tokens[1].word)
    if not found:
        told = f"{sentence.shown(1)} is no task's id: it is a number, told in the small print of each answer."
        raise sentence.fault(told, 1, 2, example_of(verb))
    return found


def _id(word: str) -> str:
    """The id without its number sign, "" where the word is none."""
    match = _ID.fullmatch(word.lstrip("#"))
    return match[0] if match else ""


def _asked(
    verb: str,
    sentence: Sentence,
    first: int,
    present: Present,
    verbs: Sequence[Verb],
    used: Verb | None = None,
) -> Invocation:
    """Filters alone, after the verb that is `used`, if any."""
    phrases, at = phrases_from(sentence, first, present)
    if at < len(sentence.tokens):
        raise unknown(sentence, at, first, present, verbs)
    query = asked(sentence, phrases, present, ever=used is not None and used.ever, time=used.time if used else None)
    return Invocation(verb, query, "", sentence.text, _marks(phrases))


def _named(verb: Verb, field: NameField, sentence: Sentence, present: Present, verbs: Sequence[Verb]) -> Invocation:
    """A name and filters; or filters alone, where one of them is the name or none is needed. No time means ever."""
    first = 2 if sentence.word(1) in _BEFORE_NAMES else 1
    found = names_at(sentence, first, field, present)
    phrases, at = phrases_from(sentence, found.until if found else first, present)
    if at < len(sentence.tokens):
        error = unknown(sentence, at, found.until if found else first, present, verbs)
        raise error if _works(error.example, present, verbs) else needed(sentence, 0, 1, field)
    if found:
        phrases.insert(0, Phrase(name_term(field), found, first, found.until))
    query = asked(sentence, phrases, present, ever=True)
    if not verb.optional and not any(each.field is field and not each.leaves_out for each in query.names):
        raise needed(sentence, 0, 1, field)
    return Invocation(verb.name, query, "", sentence.text, _marks(phrases))


def _works(example: str, present: Present, verbs: Sequence[Verb]) -> bool:
    """Whether it can be typed: a word that is mended may leave the verb without its name."""
    try:
        parse(example.removeprefix("/tasks"), present.now, present.zone, verbs)
    except UsageError:
        return False
    return True


def _marks(phrases: Sequence[Phrase]) -> tuple[Mark, ...]:
    return tuple(mark for phrase in phrases if isinstance(phrase.given, Names) for mark in phrase.given.marks)
