"""How many known errors the error book knows, with the names of those it does not, and how long an error takes."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from statistics import median

from bot.errorbook.book import Book, load
from bot.model import Fault
from tests.benchmarks.measure import Line, say
from tests.known_errors import chains, samples

UNKNOWN = 20.0
FIRST = 2_000.0
READING = 500.0


@dataclass(frozen=True, slots=True)
class Size:
    """How often each error is explained, in other words each time, and how often the book is read."""

    rounds: int


FULL = Size(rounds=20)
TINY = Size(rounds=1)


def run(size: Size) -> Iterator[Line]:
    book = load()
    known = (("samples", samples()), ("chains", tuple((name, fault) for name, _, fault in chains())))
    unknown = {kind: [name for name, fault in errors if not book.explain(fault).entry] for kind, errors in known}
    total = sum(len(errors) for _, errors in known)
    yield Line("errors that no entry explains", 100 * sum(map(len, unknown.values())) / total, UNKNOWN, "%")
    for kind, errors in known:
        _tell(kind, len(errors), unknown[kind])
    faults = [fault for _, errors in known for _, fault in errors]
    yield Line("  an error seen for the first time", median(_micros(book, faults, size.rounds)), FIRST, "µs")
    yield Line(
        "  reading the book", median(_took(lambda: load().entries) for _ in range(size.rounds)) * 1_000, READING, "ms"
    )


def _tell(kind: str, total: int, unknown: list[str]) -> None:
    share = 100 * (total - len(unknown)) / total
    say(f"  {kind}: {total - len(unknown)} of {total} explained, {share:.0f} %")
    for name in unknown:
        say(f"    no entry fits: {name}")


def _micros(book: Book, faults: list[Fault], rounds: int) -> Iterator[float]:
    for number in range(rounds):
        for fault in faults:
            other = replace(fault, effect=f"{fault.effect} {number}")
            yield _took(lambda other=other: book.explain(other)) * 1_000_000  # type: ignore[misc]


def _took(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began
