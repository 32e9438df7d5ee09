"""What the words of a question ask for: which verb is meant, if any, and what follows it.

A question is one sentence; the rules stand in the order in which they are tried. What follows a verb is read in
`arguments`.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from bot.errors import UsageError
from bot.language.arguments import (
    ABOUT,
    BEFORE_GROUPS,
    FILTERS,
    ID,
    OK,
    OVERVIEW,
    RUN,
    WITH_NAME,
    about_names,
    group_at,
    grouped,
    id_in,
    invocation_of,
    of_id,
    used,
    with_filters,
    with_name,
)
from bot.language.filters import phrases_from
from bot.language.moving import in_front, passed, to_the_point, verb_first, without
from bot.language.periods import period_at
from bot.language.question import last_day
from bot.language.remarks import COURTESY
from bot.language.sentence import NOT, Sentence, Token, in_quotes
from bot.language.standings import (
    BEFORE_STATE,
    OF_RUNS,
    asks_of_runs,
    asks_otherwise,
    begins_without,
    of_all_of_kind,
    says_standing,
)
from bot.language.status import status_at
from bot.language.table import (
    ALONE,
    LEADS_ALERTS,
    LEADS_END,
    PASSED,
    cause_at,
    lead_anywhere,
    lead_at,
    term_at,
)
from bot.language.terms import Names, Phrase
from bot.language.two_sorts import alerts_verb, of_one_sort
from bot.language.unknown import unknown, verb_of
from bot.language.whole_names import in_names, whole_at
from bot.model import OF_FAILURES, Invocation, Takes, Verb

_UNPROTECTED: Final = "unprotected"
_BETWEEN = frozenset(
    ("doing", "going", "looking", "fine", "alright", "healthy", "well")
)  # how is tenant Acme doing today?
_ASKS_FOR_ACT: Final = frozenset(("please", "pls", "plz", "can", "could", "would", "will", "you", "u", "we"))
_ONCE_MORE: Final = COURTESY - {""}
_HELP: Final = "help"
_WHO: Final = frozenset(("who", "who's", "who’s", "whos"))
_DID: Final = frozenset(("did", "has", "have", "do", "does"))
_HOW: Final = "how"
_OF_DID: Final = _DID | RUN | {"everything", "all", "it", "again"}
_BESIDE_WHY: Final = _DID | BEFORE_STATE | {"so"}
_WELL: Final = frozenset(("ok", "okay", "fine", "well", "good", "successfully", "through"))


def asked_of(sentence: Sentence, verbs: Sequence[Verb]) -> Invocation:
    """What the words ask for, by the first rule that fits."""
    sentence = to_the_point(sentence)
    if sentence.end > 1 and whole_at(sentence, 0)[1] == sentence.end:
        return _filters_alone(sentence, verbs)
    if one := of_one_sort(sentence, verbs):
        return asked_of(one, verbs)
    verb = verb_of(sentence.word(0), verbs)
    if verb and verb.takes is Takes.ALERT:
        if ran := _act_on_name(verb, sentence):
            return ran
        verb = None
    if verb and not (_is_filler(verb, sentence) or _begins_lead(sentence)):
        return _shortened(verb, sentence, verbs) or _why_of_many(verb, sentence, verbs) or used(verb, sentence, verbs)
    try:
        return _asked_without_verb(sentence, verbs)
    except UsageError as error:
        if verb is None or error.meant or sentence.end > len(("show", "SRV-SQL01")):
            raise
    return used(verb, sentence, verbs)


def _act_on_name(verb: Verb, sentence: Sentence) -> Invocation | None:
    """`run SRV-SQL01`, `run sql01`: an act on the one known name that follows, whole or a part of it with a digit.
    Before other words its verb says something else."""
    while sentence.word(sentence.end - 1) in _ONCE_MORE:
        sentence = without(sentence, sentence.end - 1)
    if sentence.end < WITH_NAME or term_at(sentence, 1):
        return None
    is_part = sentence.end == WITH_NAME and any(map(str.isdigit, word := sentence.word(1))) and word[:1].isalpha()
    if whole_at(sentence, 1)[1] < sentence.end and not (is_part and len(sentence.names.holding(word)) == 1):
        return None
    return Invocation(verb.name, None, "", f"{verb.name} {in_quotes(sentence.name(1, sentence.end))}")


def _shortened(verb: Verb, sentence: Sentence, verbs: Sequence[Verb]) -> Invocation | None:
    """`about 14` shows alert 14, and `overview` alone is the empty command."""
    if verb.name == OVERVIEW and verb.takes is Takes.FILTERS and sentence.end == 1:
        return Invocation(OVERVIEW, last_day(sentence.now), "", sentence.text)
    return of_id(sentence, verbs) if verb.name == ABOUT else None


def _why_of_many(verb: Verb, sentence: Sentence, verbs: Sequence[Verb]) -> Invocation | None:
    """`why all failed`, `why disk full`, `why critical`: of no name, so those that are so are shown, with why."""
    if verb.takes is not Takes.ID_OR_NAME or sentence.end == 1:
        return None
    at = 1
    while sentence.word(at) in _BESIDE_WHY:
        at += 1
    try:
        found = asked_of(replace(sentence, tokens=sentence.tokens[at:]), verbs)
    except UsageError:
        return None
    query = found.query
    if query is None or any(name.field not in OF_FAILURES for name in query.names):
        return None
    is_bad = query.states or query.results or query.severities or query.standings or query.paces or query.names
    return found if is_bad or (found.verb and found.verb != verb.name) else None


def _asked_without_verb(sentence: Sentence, verbs: Sequence[Verb]) -> Invocation:
    if shown := _after_fillers(sentence, verbs):
        return shown
    for rule in (of_id, _who, _all_of_kind, _instead, _did_run, _status, _led, _by_group):
        if found := rule(sentence, verbs):
            return found
    if passed(sentence, 0) == sentence.end:
        help_ = None if sentence.end or "?" not in sentence.text else verb_of(_HELP, verbs)
        return Invocation(_HELP if help_ else OVERVIEW, None if help_ else last_day(sentence.now), "", sentence.text)
    return _filters_alone(sentence, verbs)


def _after_fillers(sentence: Sentence, verbs: Sequence[Verb]) -> Invocation | None:
    """`show health`, `show me mine`: a verb that takes nothing, or a word of its own. `could you run SRV-SQL01`."""
    at = passed(sentence, 0)
    verb = verb_of(sentence.word(at), verbs) if at else None
    if verb is None:
        return None
    left = replace(sentence, tokens=sentence.tokens[at:])
    if verb.takes is Takes.ALERT:
        return _act_on_name(verb, left) if _ASKS_FOR_ACT.issuperset(map(sentence.word, range(at))) else None
    return used(verb, left, verbs) if left.end == 1 and verb.takes in (Takes.NOTHING, Takes.WORD) else None


def _filters_alone(sentence: Sentence, verbs: Sequence[Verb]) -> Invocation:
    """Filters and nothing else, or with a verb among them: `SRV-SQL01 history`."""
    phrases, at = phrases_from(sentence, 0)
    if at < sentence.end:
        if moved := verb_first(sentence, at, verbs):
            return asked_of(moved, verbs)
        raise unknown(sentence, at, 0, verbs)
    return about_names(sentence, phrases, verbs) or invocation_of(FILTERS, sentence, phrases, ever=False)


def _is_filler(verb: Verb, sentence: Sentence) -> bool:
    """`show failed`: the verb of one thing says nothing where no id follows."""
    is_id = id_in(sentence, 1) or ID.fullmatch(sentence.word(1).lstrip("#"))
    return verb.takes is Takes.ID and verb.name in PASSED and sentence.end > 1 and not is_id


def _begins_lead(sentence: Sentence) -> bool:
    """`why are backups failing`: words that a verb begins, and that stand for others."""
    found = lead_at(sentence, 0)
    return found is not None and found[1] > 1


def _instead(sentence: Sentence, verbs: Sequence[Verb]) -> Invocation | None:
    """Words at the beginning that stand for others: `stuck`, `all backed up?`, `last good backup of SRV-DC01`."""
    at, first = lead_anywhere(sentence), passed(sentence, 0)
    _, led = ((at > 0 or first) and lead_at(sentence, 0)) or (None, 0)
    if at > 0 and at >= led and (moved := verb_first(sentence, at, verbs)):
        return asked_of(moved, verbs)
    if behind := _behind_name(sentence, verbs):
        return asked_of(behind, verbs)
    at = 0 if led > 1 else first  # `what is down`: not of `down` alone
    while at >= 0 and (found := lead_at(sentence, at)) is None:
        at = at - 1 if at else -1
    if at < 0 or found is None or whole_at(sentence, at)[1] > found[1] or _is_longer_cause(sentence, at, found[1]):
        return None
    lead, until = found
    moved = in_front(replace(sentence, tokens=sentence.tokens[at:]), 0, lead, until - at, verbs)
    return asked_of(moved, verbs) if moved else None


def _is_longer_cause(sentence: Sentence, at: int, until: int) -> bool:
    """`wrong password`: of which the words up to `until` would say something else."""
    cause = cause_at(sentence, at)
    return cause is not None and cause[1] > until


def _behind_name(sentence: Sentence, verbs: Sequence[Verb]) -> Sentence | None:
    """`SRV-DC01 last backup`, `dc01 last backup`: words that stand for others, behind a known name or a part of one."""
    if not sentence.tokens or sentence.tokens[-1].word not in LEADS_END:
        return None
    for at in range(1, sentence.end):
        if (found := lead_at(sentence, at)) and found[1] == sentence.end:
            if (led := lead_at(sentence, 0)) and led[1] == sentence.end:  # `weekly numbers`
                return None
            is_part = at == 1 and not term_at(sentence, 0) and sentence.names.holding(sentence.name(0, at))
            is_named = is_part or in_names(sentence, 0).issuperset(range(at))
            return in_front(sentence, at, *found, verbs) if is_named else None
    return None


def _all_of_kind(sentence: Sentence, verbs: Sequence[Verb]) -> Invocation | None:
    """How all of a kind stand."""
    found = of_all_of_kind(sentence)
    return asked_of(found, verbs) if found else None


def _who(sentence: Sentence, verbs: Sequence[Verb]) -> Invocation | None:
    """`who failed?`, `who is late?`: the words behind it ask by themselves. Of who has an alert it is none."""
    if sentence.word(0) not in _WHO:
        return None
    at = 1 + (sentence.word(1) in BEFORE_STATE)
    asks = term_at(sentence, at)
    begins = (
        says_standing(sentence, at)
        or sentence.word(at) in LEADS_ALERTS
        or lead_at(sentence, at)
        or lead_at(sentence, 1)
    )
    if not (begins or (asks and asks[0].group in OF_RUNS)) or lead_at(sentence, 0):
        return None
    first = 1 if lead_at(sentence, 1) else at
    return asked_of(replace(sentence, tokens=sentence.tokens[first:]), verbs)


def _did_run(sentence: Sentence, verbs: Sequence[Verb]) -> Invocation | None:
    """`did SRV-SQL01 run last night?`: its runs then. Without a name it is asked how things are."""
    first = sentence.word(0)
    if first == _HOW and sentence.word(1) in _DID:  # how did backups go?
        first, sentence = sentence.word(1), replace(sentence, tokens=sentence.tokens[1:])
    if first not in _DID or any(token.word == NOT for token in sentence.tokens):
        return None
    named = in_names(sentence, 0)
    ran = [at for at in range(1, sentence.end) if sentence.word(at) in RUN and at not in named]
    if not ran or lead_anywhere(sentence) >= 0:
        return None
    over = _OF_DID | _WELL  # `did SRV-SQL01 run ok?`
    left = (token for at, token in enumerate(sentence.tokens) if at in named or token.word not in over)
    within = replace(sentence, tokens=tuple(left))
    phrases, at = phrases_from(within, 0)
    if at < within.end:
        return None
    if about := about_names(within, phrases, verbs):
        return about
    has_name = any(isinstance(phrase.given, Names) for phrase in phrases)
    overview = verb_of(OVERVIEW, verbs)
    return invocation_of(FILTERS if has_name or not overview else overview, within, phrases, ever=False)


def _by_group(sentence: Sentence, verbs: Sequence[Verb]) -> Invocation | None:
    """`failed by tenant`: how runs ended, by a group of the verb that has groups."""
    if BEFORE_GROUPS.isdisjoint([token.word for token in sentence.tokens]):
        return None
    verb = next((verb for verb in verbs if verb.groups), None)
    if verb is None or not any(group_at(verb, sentence, at) for at in range(sentence.end)):
        return None
    at = passed(sentence, 0)
    first = at + 1 if sentence.word(at) in ("group", verb.name) else 0
    return grouped(verb, replace(sentence, tokens=(Token(verb.name, 0, 0), *sentence.tokens[first:])), verbs)


def _status(sentence: Sentence, verbs: Sequence[Verb]) -> Invocation | None:
    """A question about how things are is the overview's, unless it names states or results: then it asks for these."""
    found = status_at(sentence)
    overview = verb_of(OVERVIEW, verbs) if found else None
    if overview is None or found is None:
        return None
    first, last = found
    if first == last:
        return Invocation(OVERVIEW, last_day(sentence.now), "", sentence.text)
    left = tuple(token for token in sentence.tokens[first:last] if token.word not in _BETWEEN)
    within, first = replace(sentence, tokens=left), 0
    phrases, at = phrases_from(within, first)
    if at < within.end:
        raise unknown(within, at, first, verbs)
    phrases = [phrase for phrase in phrases if phrase.asks.results != OK or phrase.leaves_out]
    if about := about_names(within, phrases, verbs):
        return about
    named = any(phrase.asks.states or phrase.asks.results or _is_cause(phrase) for phrase in phrases)
    return invocation_of(FILTERS if named else overview, within, phrases, ever=False)


def _is_cause(phrase: Phrase) -> bool:
    """`storage ok?`: what failed for it."""
    return isinstance(phrase.given, Names) and phrase.given.field in OF_FAILURES


def _led(sentence: Sentence, verbs: Sequence[Verb]) -> Invocation | None:
    """A verb by another word: `problems`, `any alerts?`, `critical tenant Acme`."""
    at = passed(sentence, 0)
    word = sentence.word(at)
    if whole_at(sentence, at)[1] > at + 1:
        return None
    if protects := _protects(sentence, at, verbs):
        return protects
    if word in LEADS_ALERTS and (severe := alerts_verb(verbs)):
        return with_filters(severe, sentence, at, verbs)
    for verb in verbs:
        if verb.also and (word in verb.also or word == verb.name):
            if _is_longer_cause(sentence, at, at + 1):
                return None
            return with_filters(verb, sentence, at + 1, verbs)
    return None


def _protects(sentence: Sentence, at: int, verbs: Sequence[Verb]) -> Invocation | None:
    """`missed`, `late or never`, `unprotected Acme`, `no backup`: how restore points stand."""
    word = sentence.word(at)
    is_whole = word == _UNPROTECTED
    if begins_without(sentence, at) and not whole_at(sentence, at + 1)[0]:
        if asks_of_runs(sentence, at + 2):  # `no backups failed?`
            return asked_of(without(sentence, at), verbs)
        is_whole = not asks_otherwise(sentence, at) or sentence.end == at + 2
        at += is_whole
    is_standing = word in ALONE or (word == NOT and says_standing(sentence, at))
    if not (is_whole or is_standing) or period_at(sentence, at):  # `late june`
        return None
    verb = next((verb for verb in verbs if verb.standings and verb.names), None)
    if verb is None or verb.names is None:
        return None
    return with_name(verb, verb.names, sentence, at + is_whole, verbs)
