"""Words to an Invocation. Pure and total: any text gives an Invocation or a UsageError, and nothing else.

    command  = "" | verb [argument] | filters
    argument = nothing, a word, an id, filters, a name and filters, or an alert and more: as the verb says

Filters are read in `filters`. The verbs are handed in; each says what it takes. This file cannot reach the network, and
decides nothing about answers. What follows the verb of an act is read in `acts`, once the alerts' names are known.
"""

import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from bot.errors import UsageError
from bot.language.act_phrases import in_order
from bot.language.acts import ACT_WORDS, NOT_HERE, act_verb, not_here, visible
from bot.language.day_ranges import with_months
from bot.language.dead_ends import asks_about_alert, other_words, rephrased
from bot.language.german import in_english
from bot.language.guessing import did_you_mean, nearest
from bot.language.known import NOBODY, KnownNames
from bot.language.mending import offers
from bot.language.sentence import ADVICE, read
from bot.language.table import (
    BY_WORDS,
    KNOWN_WORDS,
    OF_ALERTS,
    OF_STANDINGS,
    TERMS,
)
from bot.language.terms import Term
from bot.language.unknown import known_words, verb_of
from bot.language.verbs import asked_of
from bot.model import Invocation, Takes, Verb

LONGEST: Final = 3_000  # characters of a command. Slack names no maximum; nobody types more
_MOST_LOOKED_UP: Final = 12
"""Words of a question for help: each stretch of them is looked up."""
_OF_FILTERS: Final = frozenset(KNOWN_WORDS)
_COMMAND: Final = re.compile(r"^\s*/tasks(?:\s+|$)", re.IGNORECASE)


def parse(text: str, now: datetime, zone: ZoneInfo, verbs: Sequence[Verb], names: KnownNames = NOBODY) -> Invocation:
    """What a person asks for with `text`, at `now`, in their `zone`, where these `names` are known.

    Raises UsageError and nothing else. Its offers are whole commands, each of which is understood.
    """
    asker = _Asker(now, zone, verbs, names)
    if "/" in text[:3]:  # pasted as the help writes it
        text = _COMMAND.sub("", text)
    try:
        return asker.understood(text)
    except UsageError as error:
        raise asker.with_offers(error) from error


@dataclass(frozen=True, slots=True)
class _Asker:
    """What the meaning of a text hangs on, beside its words."""

    now: datetime
    zone: ZoneInfo
    verbs: Sequence[Verb]
    names: KnownNames

    def understood(self, text: str) -> Invocation:
        said = in_order(text)
        if said != text and act_verb(said)[0] and asks_about_alert(text):
            said = text
        try:
            return self.parsed(text) if said == text else self.in_order(said, text)
        except UsageError:
            if otherwise := self.otherwise(text):
                return otherwise
            other = other_words(text, _OF_FILTERS) if any(verb.takes is Takes.ALERT for verb in self.verbs) else ""
            if not other:
                raise
        return self.parsed(other)

    def otherwise(self, text: str) -> Invocation | None:
        """What else may be meant, where that is understood."""
        for words in rephrased(text):
            with suppress(UsageError):
                return self.parsed(words)
        return None

    def parsed(self, text: str) -> Invocation:
        if invocation := _act(text, self.verbs):
            return invocation
        if len(text) > LONGEST:
            told = f"That is {len(text):,} characters; a question may have {LONGEST:,}."
            raise UsageError(told, text="", example=ADVICE)
        sentence = with_months(in_english(read(text, self.now, self.zone, self.names)))
        return asked_of(sentence, self.verbs)

    def in_order(self, said: str, text: str) -> Invocation:
        """What is said in other words than the grammar's; it keeps those that were typed."""
        try:
            return replace(self.parsed(said), text=visible(text))
        except UsageError as error:
            found = offers(error, self.understood)
            raise UsageError(error.told, text=text, length=len(text), example=error.example, offers=found) from error

    def with_offers(self, error: UsageError) -> UsageError:
        """The error with each command that is understood where what was meant stands for what was typed."""
        found = tuple(each for each in error.offers if self._asks(each) is not None)
        found = found or offers(error, self.understood)
        example = f"/tasks {found[0]}" if found else error.example
        asks = self._asks(example)
        return UsageError(
            error.told,
            text=error.text,
            offset=error.offset,
            length=error.length,
            example=ADVICE if asks is None else example,
            offers=found,
            is_question=asks is not False,
        )

    def _asks(self, example: str) -> bool | None:
        """Whether it is a question and no act; None where it is not understood."""
        try:
            name = self.understood(example.removeprefix("/tasks")).verb
        except UsageError:
            return None
        return not any(verb.is_act for verb in self.verbs if verb.name == name)


def _act(text: str, verbs: Sequence[Verb]) -> Invocation | None:
    """An act, whose words are kept as they were typed. Raises UsageError for one that cannot be done from here."""
    name, until = act_verb(text)
    if not name:
        return None
    if any(verb.name == name and verb.takes is Takes.ALERT for verb in verbs):
        return Invocation(name, None, "", visible(text))
    if verbs and name in NOT_HERE:
        raise not_here(name, text, until)
    return None


def look_up(text: str, verbs: Sequence[Verb]) -> Term | Verb:
    """The term or verb of this name; of more words (`snooze something`) the first verb in them, or else the first term.
    Raises UsageError with the nearest one where there is none, or where the first word is nearly one."""
    sentence = read(text[:LONGEST])
    words = [sentence.word(at) for at in range(min(sentence.end, _MOST_LOOKED_UP))]
    if found := _called(words, verbs):
        return found
    near = nearest(sentence.word(0), known_words(verbs))
    parts = [words[first:until] for first in range(len(words)) for until in range(len(words), first, -1)]
    called = [] if near and near != sentence.word(0) else [each for part in parts if (each := _called(part, verbs))]
    if called:
        return next((each for each in called if isinstance(each, Verb)), called[0])
    told = f"There is no word {sentence.shown(0)}.{did_you_mean(near)}"
    raise sentence.fault(told, 0, sentence.end, f"/tasks help {near or TERMS[0].name}")


def _called(words: Sequence[str], verbs: Sequence[Verb]) -> Term | Verb | None:
    name = " ".join(words)
    of_all = verb_of(ACT_WORDS.get(name, name), verbs) or BY_WORDS.get(name)
    return of_all or OF_STANDINGS.get(tuple(words)) or OF_ALERTS.get(name)
