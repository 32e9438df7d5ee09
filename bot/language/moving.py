"""Drops and moves words before a question is read: courtesies, leads, a verb behind what it is about. Pure."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from bot.language.sentence import Sentence, Token
from bot.language.spans import PARTS
from bot.language.status import STATUS_NAMES
from bot.language.table import ALONE, LEADS_ALERTS, Lead, filler_at, lead_at, term_at
from bot.language.unknown import verb_of
from bot.language.whole_names import in_names, whole_at
from bot.model import Takes, Verb

_MOVED: Final = ALONE | STATUS_NAMES | LEADS_ALERTS
"""Words that mean the same behind what they are about: `workstations late`, `backup status`."""
_COURTESIES: Final = frozenset(("please", "pls", "thanks", "thx", "cheers", "ty"))

_GREETINGS: Final = frozenset(("hi", "hello", "hey", "hiya", "yo"))
_OPENINGS: Final = frozenset(("ok", "okay", "so", "well", "right", "sorry", "alright", "thanks", "thx", "cheers"))
"""They open a question only before a comma, or before a word that asks: `ok failed` asks for runs."""
_EVERYONE: Final = frozenset(("all", "everyone", "everybody", "team", "folks", "guys", "there"))
_GOOD: Final = "good"
_DOES: Final = frozenset(("does", "do", "did", "is", "are", "was", "were"))
_LOOKS: Final = frozenset(("look", "looks", "looking", "doing", "going"))
_TWO: Final = 2  # words
_BEGIN_GREETINGS: Final = _GREETINGS | _OPENINGS | PARTS.keys() | {_GOOD}
_ASKS: Final = frozenset(("what", "which", "who", "why", "when", "where", "how", "is", "are", "did", "show", "any"))


def to_the_point(sentence: Sentence) -> Sentence:
    """The sentence without a greeting and without courtesies."""
    first = _greeting(sentence)
    first = first if first and whole_at(sentence, 0)[1] <= first else 0
    sentence = replace(sentence, tokens=sentence.tokens[first:]) if first else sentence
    if sentence.tokens and sentence.tokens[0].word == "how":
        sentence = _how_it_looks(sentence)
    while polite := _courtesy(sentence):
        sentence = replace(sentence, tokens=sentence.tokens[:-polite])
    return sentence


def _how_it_looks(sentence: Sentence) -> Sentence:
    """`how does SRV-SQL01 look today?` as `is SRV-SQL01 today ok?`."""
    if sentence.word(1) not in _DOES:
        return sentence
    look = next((at for at in range(3, sentence.end) if sentence.word(at) in _LOOKS), 0)
    if not look:
        return sentence
    first, looks = sentence.tokens[0], sentence.tokens[look]
    between = (*sentence.tokens[2:look], *sentence.tokens[look + 1 :])
    return replace(sentence, tokens=(first._replace(word="is"), *between, looks._replace(word="ok")))


def _courtesy(sentence: Sentence) -> int:
    """How many words at the end are courtesy alone. Not all of them are: then nothing else was said."""
    last = sentence.tokens[-1].word if sentence.tokens else ""
    is_thank_you = last == "you" and sentence.word(sentence.end - _TWO) == "thank"
    many = _TWO if is_thank_you else int(last in _COURTESIES)
    return many if many and sentence.end > many else 0


def _greeting(sentence: Sentence) -> int:
    """How many words at the beginning greet, where something is asked behind them: `morning, what failed?`."""
    first = sentence.word(0)
    if first not in _BEGIN_GREETINGS or sentence.end < _TWO:
        return 0
    second, is_time = sentence.word(1), first in PARTS
    is_hello = first in _GREETINGS or (first == _GOOD and second in PARTS)
    many = _TWO if first == _GOOD or (second in _EVERYONE and (is_hello or is_time)) else 1
    if many >= sentence.end:
        return 0
    is_apart = sentence.tokens[many].apart
    if is_hello or (is_apart and first != _GOOD):
        return many
    return int(first in _OPENINGS and second in _ASKS)


def passed(sentence: Sentence, at: int) -> int:
    """The place of the first word from here on that means something."""
    while (until := filler_at(sentence, at)) > at:
        at = until
    return at


def in_front(sentence: Sentence, at: int, lead: Lead, until: int, verbs: Sequence[Verb]) -> Sentence | None:
    """The words that others stand for, in front of those beside these; None where they are not known here."""
    offset, length = sentence.span(at, until)
    words = tuple(Token(word.rstrip("?"), offset, length) for word in lead.says.split())
    if verb_of(words[0].word, verbs) is None and not term_at(replace(sentence, tokens=words), 0):
        return None
    beside = (*range(at), *range(until, sentence.end))
    named = in_names(sentence, until) if lead.dropped else frozenset()
    kept = (each for each in beside if each in named or sentence.word(each) not in lead.dropped)
    return replace(sentence, tokens=(*words, *(sentence.tokens[each] for each in kept)))


def without(sentence: Sentence, *places: int) -> Sentence:
    return replace(sentence, tokens=tuple(each for at, each in enumerate(sentence.tokens) if at not in places))


def verb_first(sentence: Sentence, at: int, verbs: Sequence[Verb]) -> Sentence | None:
    """`SRV-FILE01 history`, `beta backed up?`: the verb of a question behind what it is about, moved to the front."""
    if found := lead_at(sentence, at) if at else None:
        return in_front(sentence, at, *found, verbs)
    word = sentence.word(at)
    if word == "with" and sentence.word(at + 1) in ALONE:  # `machines with late backups`
        return without(sentence, at)
    tokens = (sentence.tokens[at], *sentence.tokens[:at], *sentence.tokens[at + 1 :])
    if at and word in _MOVED:
        return replace(sentence, tokens=tokens)
    verb = verb_of(word, verbs) or next((verb for verb in verbs if word and word in verb.also), None)
    if (
        verb is None
        or verb.is_act
        or verb.takes not in (Takes.FILTERS, Takes.NAME_AND_FILTERS, Takes.ID_OR_NAME)
        or not verb.name
    ):
        return None
    return replace(sentence, tokens=tokens)
