"""Words to an Invocation. Pure and total: any text gives an Invocation or a UsageError, and nothing else.

    command  = "" | verb [argument] | filters
    argument = nothing, a word, an id, filters, or a name and filters: as the verb says
    filters  = { phrase | filler }                      in any order
    phrase   = ["not"] (term [given] | time | quoted name) { "or" phrase of the same sort }

What a term is given is read in `times`, `names`, `lengths` and `shape`; the terms are in `table`. Knows the verbs it is
handed by name only. Cannot reach the network, and decides nothing about answers.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from bot.errors import UsageError
from bot.language.lexicon import bare_terms, did_you_mean, name_term, nearest, nearest_time, term_at, verb_of
from bot.language.names import Names, names_at, needed
from bot.language.phrase import Phrase
from bot.language.question import asked, last_day
from bot.language.sentence import ADVICE, Sentence, Token, in_quotes, read
from bot.language.table import FILLERS, REFUSED, TERMS
from bot.language.terms import NOTHING, Group, Term
from bot.language.times import Present
from bot.model import Invocation, Mark, NameField, Takes, Verb

LONGEST: Final = 3_000
"""Characters of a command. Slack names no maximum; nobody types more."""

_LONGEST_EXAMPLE: Final = 100
"""Characters of a mended command that are shown: a screen's width or three."""

FILTERS: Final = ""
OVERVIEW: Final = "overview"
"""Names of the verbs that are not typed: filters alone, and nothing at all."""

_OR = "or"
_BEFORE_NAMES = ("of", "for")
_NOT_EXAMPLE: Final = "/tasks failed not google"
_NAME_ADVICE: Final = " If it is a name, put it in quotes."

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
        raise sentence.fault(f"{sentence.shown(0)} needs {_ARTICLE[verb.takes]}.", 0, 1, _example(verb))
    if verb.takes is Takes.NOTHING:
        return _alone(verb, sentence)
    if verb.takes is Takes.WORD:
        return Invocation(verb.name, None, " ".join(token.word for token in sentence.tokens[1:]), sentence.text)
    if verb.takes is Takes.ID or (count == 2 and verb.takes is Takes.ID_OR_FILTERS and _id(sentence.tokens[1].word)):
        return Invocation(verb.name, None, _only_id(verb, sentence), sentence.text)
    if verb.takes is Takes.NAME_AND_FILTERS and verb.names:
        return _named(verb, verb.names, sentence, present, verbs)
    return _asked(verb.name, sentence, 1, present, verbs)


_ARTICLE: Final = {
    Takes.NOTHING: "nothing",
    Takes.WORD: "a word",
    Takes.ID: "a task's id",
    Takes.ID_OR_FILTERS: "a task's id or filters",
    Takes.NAME_AND_FILTERS: "a name",
    Takes.FILTERS: "filters",
}


def _alone(verb: Verb, sentence: Sentence) -> Invocation:
    if len(sentence.tokens) > 1:
        raise sentence.fault(f"{sentence.shown(0)} takes nothing after it.", 1, len(sentence.tokens), _example(verb))
    return Invocation(verb.name, text=sentence.text)


def _only_id(verb: Verb, sentence: Sentence) -> str:
    if len(sentence.tokens) == 1:
        return ""
    if len(sentence.tokens) > 2:
        raise sentence.fault(f"{sentence.shown(0)} takes one id.", 2, len(sentence.tokens), _example(verb))
    found = _id(sentence.tokens[1].word)
    if not found:
        told = f"{sentence.shown(1)} is no task's id: it is a number, told in the small print of each answer."
        raise sentence.fault(told, 1, 2, _example(verb))
    return found


def _id(word: str) -> str:
    """The id without its number sign, "" where the word is none."""
    match = _ID.fullmatch(word.lstrip("#"))
    return match[0] if match else ""


def _asked(verb: str, sentence: Sentence, first: int, present: Present, verbs: Sequence[Verb]) -> Invocation:
    """Filters alone."""
    phrases, at = _phrases(sentence, first, present)
    if at < len(sentence.tokens):
        raise _unknown(sentence, at, first, present, verbs)
    query = asked(sentence, phrases, present)
    return Invocation(verb, query, "", sentence.text, _marks(phrases))


def _named(verb: Verb, field: NameField, sentence: Sentence, present: Present, verbs: Sequence[Verb]) -> Invocation:
    """A name and filters; or filters alone, where one of them is the name or none is needed. No time means ever."""
    first = 2 if sentence.word(1) in _BEFORE_NAMES else 1
    found = names_at(sentence, first, field, present)
    phrases, at = _phrases(sentence, found.until if found else first, present)
    if at < len(sentence.tokens):
        raise _unknown(sentence, at, found.until if found else first, present, verbs)
    if found:
        phrases.insert(0, Phrase(name_term(field), found, first, found.until))
    query = asked(sentence, phrases, present, ever=True)
    if not verb.optional and not any(each.field is field and not each.leaves_out for each in query.names):
        raise needed(sentence, 0, 1, field)
    return Invocation(verb.name, query, "", sentence.text, _marks(phrases))


def _marks(phrases: Sequence[Phrase]) -> tuple[Mark, ...]:
    return tuple(mark for phrase in phrases if isinstance(phrase.given, Names) for mark in phrase.given.marks)


def _phrases(sentence: Sentence, first: int, present: Present) -> tuple[list[Phrase], int]:
    """What is understood from the first place on, and the place of the first word that is not, or the end."""
    phrases, at = list[Phrase](), first
    while at < len(sentence.tokens):
        phrase = _next(sentence, at, present, phrases)
        if phrase:
            phrases.append(phrase)
        elif sentence.word(at) not in FILLERS:
            break
        at = phrase.until if phrase else at + 1
    return phrases, at


def _next(sentence: Sentence, at: int, present: Present, before: Sequence[Phrase]) -> Phrase | None:
    """The phrase here. After `or` it has to be of the same sort as the last one, and is left out with it."""
    last = before[-1] if before else None
    if last and sentence.word(at) == _OR:
        phrase = _phrase(sentence, at + 1, present)
        goes_on = phrase and phrase.sort_of_word == last.sort_of_word and phrase.window is None
        return replace(phrase, leaves_out=last.leaves_out) if phrase and goes_on else None
    return _phrase(sentence, at, present)


def _phrase(sentence: Sentence, at: int, present: Present) -> Phrase | None:
    found = term_at(sentence, at)
    if found is None:
        return _bare_name(sentence, at, present) or _bare(sentence, at, present)
    term, until = found
    if term.leaves_out:
        return _left_out(sentence, at, until, present)
    if term.names:
        return _with_name(sentence, at, until, term, term.names, present)
    if term.reads is None:
        return Phrase(term, None, at, until)
    given = term.reads(sentence, at, until, present)
    if given is None:
        raise _missing(sentence, at, until, term)
    return Phrase(term, given, at, given.until)


def _left_out(sentence: Sentence, first: int, at: int, present: Present) -> Phrase:
    while sentence.word(at) in FILLERS:
        at += 1
    again = term_at(sentence, at)
    phrase = None if again and again[0].leaves_out else _phrase(sentence, at, present)
    if phrase and phrase.can_be_left_out:
        return replace(phrase, first=first, leaves_out=True)
    if phrase:
        told = f"{sentence.shown(at, phrase.until)} cannot be left out. Say what you want instead."
        raise sentence.fault(told, first, phrase.until, phrase.term.example)
    if at >= len(sentence.tokens):
        raise sentence.fault(f"{sentence.shown(first)} needs what to leave out after it.", first, at, _NOT_EXAMPLE)
    near = "" if again else nearest(sentence.word(at))
    told = f"I do not know what to leave out by {sentence.shown(at)}.{did_you_mean(near)}{_NAME_ADVICE}"
    raise sentence.fault(told, at, None, _NOT_EXAMPLE)


def _with_name(sentence: Sentence, first: int, at: int, term: Term, field: NameField, present: Present) -> Phrase:
    """A name, or what the term means without one."""
    found = names_at(sentence, at, field, present, optional=term.asks != NOTHING)
    if found:
        return Phrase(term, found, first, found.until)
    if term.asks == NOTHING:
        raise needed(sentence, first, at, field)
    return Phrase(term, None, first, at)


def _bare_name(sentence: Sentence, at: int, present: Present) -> Phrase | None:
    """A name in quotes without a word before it."""
    if not sentence.tokens[at : at + 1] or not sentence.tokens[at].name:
        return None
    found = names_at(sentence, at, NameField.ANY, present)
    return Phrase(name_term(NameField.ANY), found, at, found.until) if found else None


def _bare(sentence: Sentence, at: int, present: Present) -> Phrase | None:
    """A time without a word before it."""
    for term in bare_terms():
        given = term.reads(sentence, at, at, present) if term.reads else None
        if given:
            return Phrase(term, given, at, given.until)
    return None


def _missing(sentence: Sentence, first: int, at: int, term: Term) -> UsageError:
    if at >= len(sentence.tokens):
        return sentence.fault(f"{sentence.shown(first, at)} needs {term.needs} after it.", first, at, term.example)
    if term.group is not Group.TIME:
        told = f"{sentence.shown(first, at)} needs {term.needs} after it, not {sentence.shown(at)}."
        return sentence.fault(told, at, None, term.example)
    near = nearest_time(sentence.word(at))
    told = f"{sentence.shown(at)} is no time that I can read.{did_you_mean(near)}"
    return sentence.fault(told, at, None, term.example)


def _unknown(sentence: Sentence, at: int, first: int, present: Present, verbs: Sequence[Verb]) -> UsageError:
    word, shown = sentence.word(at), sentence.shown(at)
    if refused := REFUSED.get(word):
        return sentence.fault(f"{shown} {refused}", at)
    if verb := verb_of(word, verbs):
        return sentence.fault(f"{shown} is understood only as the first word.", at, None, _example(verb))
    if near := nearest(word, verbs if at == 0 else ()):
        example = _mended(sentence, at, near, first, present) or _meant(near, verbs)
    else:
        example = _mended(sentence, at, in_quotes(sentence.name(at, at + 1)), first, present) or ADVICE
    told = f"I do not know the word {shown}.{did_you_mean(near) or _NAME_ADVICE}"
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
        phrases, end = _phrases(mended, first, present)
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
        return _example(verb)
    found = term_at(read(word), 0)
    return found[0].example if found else f"/tasks since {word}"


def _example(verb: Verb) -> str:
    return verb.examples[0] if verb.examples else f"/tasks {verb.name}"
