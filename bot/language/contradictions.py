"""What cannot both be true, and how it is told. Each rule points at the later of the words that clash."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from bot.language import lengths, spelling
from bot.language.names import MOST, Names, count
from bot.language.phrase import ENDED, NOW, QUEUED, Phrase
from bot.language.sentence import Sentence, in_quotes
from bot.language.shape import TIMED, Shape
from bot.language.times import Present
from bot.model import TaskQuery, Workload


def refuse(sentence: Sentence, phrases: Sequence[Phrase], present: Present) -> None:
    """Raises UsageError where the phrases contradict each other; times and sets have rules of their own below."""
    wanted = [phrase for phrase in phrases if not phrase.leaves_out]
    _refuse_now_and_over(sentence, wanted)
    _refuse_strangers(sentence, wanted)
    _refuse_times_of_queued(sentence, wanted)
    _refuse_two_lengths(sentence, wanted)
    _refuse_two_orders(sentence, wanted)
    _refuse_names(sentence, phrases)
    fields = [phrase for phrase in wanted if phrase.term.time_field]
    if len({phrase.term.time_field for phrase in fields}) > 1:
        told = "A time can mean only one of “started” and “changed”."
        raise sentence.fault(told, fields[-1].first, fields[-1].until, fields[0].term.example)


def bounds(sentence: Sentence, phrases: Sequence[Phrase], present: Present) -> tuple[datetime | None, datetime | None]:
    """From when to when. Raises UsageError where the times clash, or where they begin ahead."""
    after: datetime | None = None
    before: datetime | None = None
    for phrase in phrases:
        window = phrase.window
        if window is None:
            continue
        if (window.after and after) or (window.before and before):
            raise sentence.fault("Two times are named for one thing: leave one out.", phrase.first, phrase.until)
        after, before = window.after or after, window.before or before
        if after and after > present.now:
            told = f"{spelling.moment(after, present.zone)} lies ahead: nothing has happened since then."
            raise sentence.fault(told, phrase.first, phrase.until)
        if after and before and after >= before:
            start, end = (spelling.moment(at, present.zone) for at in (after, before))
            told = f"Nothing lies since {start} and before {end}."
            raise sentence.fault(told, phrase.first, phrase.until, "/tasks failed between 22:00 and 06:00")
    return after, before


def refuse_nothing_left(sentence: Sentence, query: TaskQuery, phrases: Sequence[Phrase]) -> None:
    """Raises UsageError where all that is asked for is left out again."""
    out = [phrase for phrase in phrases if phrase.leaves_out]
    for field in ("states", "results", "types", "workloads", "kinds"):
        wanted: frozenset[str] = getattr(query, field)
        left = wanted.difference(*(getattr(phrase.asks, field) for phrase in out))
        if wanted and not left:
            last = next(phrase for phrase in reversed(out) if getattr(phrase.asks, field))
            told = f"{sentence.shown(last.first, last.until)} leaves nothing of what is asked for."
            raise sentence.fault(told, last.first, last.until, last.term.example)


def _refuse_now_and_over(sentence: Sentence, phrases: Sequence[Phrase]) -> None:
    asks_now = [phrase for phrase in phrases if phrase.asks.states & NOW]
    over = [phrase for phrase in phrases if phrase.asks.results or phrase.asks.states == ENDED]
    if asks_now and over:
        told = f"“{asks_now[0].term.name}” is now and “{over[0].term.name}” is over: no task is both."
        later = max(asks_now[0], over[0], key=lambda phrase: phrase.first)
        raise sentence.fault(told, later.first, later.until, over[0].term.example)


def _refuse_strangers(sentence: Sentence, phrases: Sequence[Phrase]) -> None:
    """A service is of one workload: `google mailbox` never finds anything, and that would read as good news."""
    workloads = [phrase for phrase in phrases if phrase.asks.workloads]
    services = [phrase for phrase in phrases if phrase.asks.types]
    asked = frozenset[Workload]().union(*(phrase.asks.workloads for phrase in workloads))
    if not workloads or not services or any(workloads_of(phrase.asks.types) & asked for phrase in services):
        return
    told = f"“{services[0].term.name}” is no part of “{workloads[0].term.name}”: no task is both."
    later = max(services[0], workloads[0], key=lambda phrase: phrase.first)
    raise sentence.fault(told, later.first, later.until, services[0].term.example)


def workloads_of(types: Iterable[str]) -> frozenset[Workload]:
    """Of the guide's types, Google's begin with GS; all others are Microsoft 365's (reference §9.1)."""
    return frozenset(Workload.GOOGLE if name.startswith("GS") else Workload.MICROSOFT365 for name in types)


def _refuse_times_of_queued(sentence: Sentence, phrases: Sequence[Phrase]) -> None:
    queued = next((phrase for phrase in phrases if phrase.asks.states & QUEUED), None)
    timed = next((phrase for phrase in phrases if phrase.window or phrase.bound), None)
    if queued and timed:
        what = "time can be asked of it" if timed.window else "length is known of it"
        told = f"A queued task has not started, so no {what}."
        raise sentence.fault(told, timed.first, timed.until, queued.term.example)


def _refuse_two_lengths(sentence: Sentence, phrases: Sequence[Phrase]) -> None:
    longer: timedelta | None = None
    shorter: timedelta | None = None
    for phrase in phrases:
        bound = phrase.bound
        if bound is None:
            continue
        told = ""
        if (longer and bound.longer_than) or (shorter and bound.shorter_than):
            told = "Two lengths are named for one thing: leave one out."
        longer, shorter = bound.longer_than or longer, bound.shorter_than or shorter
        if not told and longer and shorter and longer >= shorter:
            told = f"Nothing is longer than {lengths.spelled(longer)} and shorter than {lengths.spelled(shorter)}."
        if told:
            raise sentence.fault(told, phrase.first, phrase.until, phrase.term.example)


def _refuse_two_orders(sentence: Sentence, phrases: Sequence[Phrase]) -> None:
    shaped = [(phrase, phrase.shape) for phrase in phrases if phrase.shape]
    named: set[str] = set()
    for phrase, shape in shaped:
        names = _named(shape)
        if names & named:
            told = "Two orders or numbers are named: leave one out."
            raise sentence.fault(told, phrase.first, phrase.until, phrase.term.example)
        named |= names
    sort = next((shape.sort for _, shape in shaped if shape.sort), None)
    for phrase, shape in shaped:
        if shape.of_times and sort not in TIMED | {None}:
            told = f"“{phrase.term.name}” is an order by time, and “{sort}” is another one: leave one out."
            raise sentence.fault(told, phrase.first, phrase.until, phrase.term.example)


def _named(shape: Shape) -> set[str]:
    """What of an order is named."""
    parts = {"sort": shape.sort, "direction": shape.backwards, "number": shape.limit}
    return {name for name, value in parts.items() if value is not None}


def _refuse_names(sentence: Sentence, phrases: Sequence[Phrase]) -> None:
    """Too many, or one that is asked for and left out at once."""
    named = [(phrase, phrase.given) for phrase in phrases if isinstance(phrase.given, Names)]
    if count([names for _, names in named]) > MOST:
        raise sentence.fault(f"A question may have {MOST} names.", named[-1][0].first, named[-1][0].until)
    seen: dict[tuple[str, str], bool] = {}
    for phrase, names in named:
        for mark in names.marks:
            key = (names.field, mark.pattern.casefold())
            if seen.setdefault(key, phrase.leaves_out) is not phrase.leaves_out:
                told = f"{in_quotes(mark.pattern)} is asked for and left out at once."
                raise sentence.fault(told, phrase.first, phrase.until)
