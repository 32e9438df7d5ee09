"""Reads the words that say what a route, a target or a zone is for. Any text gives a question without a time, or a
UsageError.

    match = filters            without times, lengths, an order, a number, or a state other than `completed`

A route is about runs that ended: without a result it asks for what failed, without a kind for backups, restores and
what may be either. A target or a zone is about what is backed up: it has neither results nor kinds. A role is for
alerts whatever their result and kind, unless it names some. An error's example is words for the same place, or "".
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

from bot.errors import UsageError
from bot.language.filters import phrases_from
from bot.language.grammar import LONGEST
from bot.language.mending import offers
from bot.language.question import asked
from bot.language.sentence import Sentence, read
from bot.language.terms import ENDED, Group, Names, Phrase
from bot.language.unknown import unknown
from bot.model import EVERY_FAILURE, FAILED, Kind, NameField, ResultCode, TaskQuery
from bot.model.values import dataclass

_OF_RUNS: Final = {NameField.PERSON: "a person", NameField.CAUSE: "a cause", NameField.CODE: "a code"}


@dataclass(frozen=True, slots=True)
class _Place:
    """Where the words stand: which groups of terms it refuses, and why."""

    name: str
    refused: frozenset[Group]
    because: str
    example: str


_ROUTE: Final = _Place(
    "route",
    frozenset({Group.TIME, Group.LENGTH, Group.ORDER}),
    "it hears of each failure as it comes",
    'failed tenant "Acme Corp"',
)
_TARGET: Final = _Place(
    "target",
    frozenset(Group) - {Group.WORKLOAD, Group.SERVICE, Group.NAME},
    "it is for whatever a tenant, plan, machine or workload has backed up",
    'tenant "Acme Corp" machines',
)
_ZONE: Final = _Place(
    "zone",
    _TARGET.refused,
    "it is for the clocks of whatever a tenant, plan, machine or workload has backed up",
    'tenant "Acme Corp"',
)

_ROLE: Final = _Place(
    "role",
    frozenset({Group.TIME, Group.LENGTH, Group.ORDER}),
    "it says what somebody may do, whenever an alert comes",
    'tenant "Acme Corp"',
)


def parse_match(text: str) -> TaskQuery:
    """Which alerts a route is for; "" is `EVERY_FAILURE`. Raises UsageError."""
    return _with_fitting_example(text, _match)


def parse_target(text: str) -> TaskQuery:
    """Which alerts a target is for, whatever their result and kind. Raises UsageError, also where it names nothing."""
    return _with_fitting_example(text, _target)


def parse_zone_match(text: str) -> TaskQuery:
    """Whose clocks a zone is for. Raises UsageError, also where it names nothing."""
    return _with_fitting_example(text, _zone)


def parse_role_match(text: str) -> TaskQuery:
    """Which alerts a role, or a step of climbing, is for. Raises UsageError, also where it names nothing."""
    return _with_fitting_example(text, _role)


def _with_fitting_example(text: str, reads: Callable[[str], TaskQuery]) -> TaskQuery:
    """An error's example was made for /tasks: it is kept only where its words work here too."""
    try:
        return reads(text)
    except UsageError as error:
        example, *_ = (*offers(error, reads), error.example.removeprefix("/tasks "))
        try:
            reads(example)
        except UsageError:
            example = ""
        fault = UsageError(error.told, text=error.text, offset=error.offset, length=error.length, example=example)
        raise fault from error


def _match(text: str) -> TaskQuery:
    sentence, phrases = _phrases(text, _ROUTE)
    for phrase in phrases:
        _refuse_never_an_alert(sentence, phrase)
    query = asked(sentence, phrases, ever=True)
    if not query.results and query.left_out.results >= FAILED:
        told = "A route without a result asks for what failed, and that is left out: name `warnings` or `cancelled`."
        raise sentence.fault(told, 0, sentence.end, "warnings")
    results = query.results or EVERY_FAILURE.results
    return replace(query, states=EVERY_FAILURE.states, results=results, time_field=EVERY_FAILURE.time_field)


def _target(text: str) -> TaskQuery:
    return _backed_up(text, _TARGET, "A target says for what it is. The one for all is `target_hours` in [alerts].")


def _zone(text: str) -> TaskQuery:
    return _backed_up(text, _ZONE, "A zone says for what it is. The one for all is TIME_ZONE.")


def _backed_up(text: str, place: _Place, told: str) -> TaskQuery:
    sentence, phrases = _phrases(text, place)
    if not phrases:
        raise sentence.fault(told, 0, sentence.end, place.example)
    query = asked(sentence, phrases, ever=True)
    return TaskQuery(types=query.types, workloads=query.workloads, left_out=query.left_out, names=query.names)


def _role(text: str) -> TaskQuery:
    sentence, phrases = _phrases(text, _ROLE)
    if not phrases:
        raise sentence.fault("It names nothing. Leave it out where all are meant.", 0, sentence.end, _ROLE.example)
    for phrase in phrases:
        _refuse_never_an_alert(sentence, phrase)
    query = asked(sentence, phrases, ever=True)
    names_kinds = any(phrase.asks.kinds and not phrase.leaves_out for phrase in phrases)
    kinds = query.kinds if names_kinds else frozenset[Kind]()
    return TaskQuery(
        results=query.results,
        types=query.types,
        workloads=query.workloads,
        kinds=kinds,
        left_out=query.left_out,
        names=query.names,
    )


def _phrases(text: str, place: _Place) -> tuple[Sentence, Sequence[Phrase]]:
    if len(text) > LONGEST:
        raise UsageError(f"That is {len(text):,} characters; it may have {LONGEST:,}.", text="")
    sentence = read(text)
    phrases, at = phrases_from(sentence, 0)
    for phrase in phrases:
        _refuse_out_of_place(sentence, phrase, place)
    if at < sentence.end:
        raise unknown(sentence, at, 0, ())
    return sentence, phrases


def _refuse_out_of_place(sentence: Sentence, phrase: Phrase, place: _Place) -> None:
    group = phrase.term.group
    if place in (_TARGET, _ZONE) and isinstance(phrase.given, Names) and phrase.given.field in _OF_RUNS:
        what = _OF_RUNS[phrase.given.field]
    elif group in place.refused:
        what = "an order or a number" if group is Group.ORDER else f"a {group}"
    else:
        return
    told = f"{sentence.shown(phrase.first, phrase.until)} is {what}, and a {place.name} has none: {place.because}."
    raise sentence.fault(told, phrase.first, phrase.until, place.example)


def _refuse_never_an_alert(sentence: Sentence, phrase: Phrase) -> None:
    """What is not over, or ended well, is no alert; without a result nothing of it is asked for anyway."""
    asks, told = phrase.asks, ""
    shown = sentence.shown(phrase.first, phrase.until)
    if asks.states and (asks.states != ENDED or phrase.leaves_out):
        told = f"{shown} is about a state: alerts are about runs that are over."
    elif ResultCode.OK in asks.results and phrase.leaves_out:
        told = f"{shown} says nothing of a route: name what it asks for, such as `failed`, `warnings` or `cancelled`."
    elif ResultCode.OK in asks.results:
        told = f"{shown} never is an alert."
    if told:
        raise sentence.fault(told, phrase.first, phrase.until, _ROUTE.example)
