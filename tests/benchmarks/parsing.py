"""How long a phrase takes to be understood, and the longest text that is read: it must not hold the loop."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from statistics import median
from zoneinfo import ZoneInfo

import handlers
from bot.errors import UsageError
from bot.language import NOBODY, KnownNames, describe, parse
from bot.model import NameField, TaskQuery
from tests.benchmarks.measure import Line

ORDINARY = 200.0
WITH_NAMES = 150.0
A_SLIP = 50.0
RICH = 500.0
LONGEST = 50.0

NOW = datetime(2026, 6, 6, 1, 30, 22, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")
VERBS = tuple(handler.verb for handler in handlers.load().verbs.values())
PHRASES = (
    "running",
    "failed",
    "o365 since 2022-06-01",
    "failed m365 backups since monday",
    "failed last night",
    "machine srv-* failed last 7 days",
    'tenant "Acme Corp" yesterday',
)
KNOWN = KnownNames(
    {
        NameField.MACHINE: [f"SRV-{word}{n:04}" for n in range(2_500) for word in ("SQL", "DC", "WEB", "FILE")],
        NameField.TENANT: ["Acme Corp", *(f"Customer {n} Ltd" for n in range(500))],
        NameField.PLAN: [f"Nightly {n}" for n in range(50)],
    }
)
NAMED = ("SRV-SQL0042", "failed on srv-dc0007 since monday", "failed Acme Corp yesterday", "is srv-web0100 ok?")
MISSPELT = ("SVR-SQL0042", "failed Acme Crop", "faild m365")
EVERYTHING = 'failed tenant "Acme Corp", Beta not google longer than 2h last 7 days sort duration first 5'
NASTY = ("failed ", '"', "“a”", "tenant a,", "a or ", "-a ", "2 days ago ", "june ", "\u200b", "ﷺ", "machine ", "x")


@dataclass(frozen=True, slots=True)
class Size:
    """How often each phrase is read."""

    rounds: int


FULL = Size(rounds=2_000)
TINY = Size(rounds=3)


def run(size: Size) -> Iterator[Line]:
    yield Line("an ordinary phrase, the slowest of seven", _slowest(PHRASES, size.rounds), ORDINARY, "µs")
    named = _slowest((*PHRASES, *NAMED), size.rounds, KNOWN)
    yield Line("  where 10,000 workloads are known", named, WITH_NAMES, "µs")
    slip = _slowest(MISSPELT, max(size.rounds // 20, 1), KNOWN)
    yield Line("  a slip in one of them", slip / 1000, A_SLIP, "ms")
    yield Line("  a phrase with a bit of everything", _micros(lambda: _read(EVERYTHING), size.rounds), RICH, "µs")
    query = parse(EVERYTHING, NOW, BERLIN, VERBS).query or TaskQuery()
    yield Line("  said back", _micros(lambda: describe(query, BERLIN, NOW), size.rounds), RICH, "µs")
    texts = [(piece * 3_000)[:3_000] for piece in (*NASTY, *(f"tenant a {piece}" for piece in NASTY))]
    slowest = max(_micros(lambda text=text: _read(text), max(size.rounds // 400, 1)) for text in texts)  # type: ignore[misc]
    yield Line("  3,000 characters, the slowest of many", slowest / 1000, LONGEST, "ms")


def _slowest(texts: Sequence[str], rounds: int, names: KnownNames = NOBODY) -> float:
    return max(_micros(lambda text=text: _read(text, names), rounds) for text in texts)  # type: ignore[misc]


def _read(text: str, names: KnownNames = NOBODY) -> None:
    try:
        parse(text, NOW, BERLIN, VERBS, names)
    except UsageError:
        return


def _micros(work: Callable[[], object], rounds: int) -> float:
    took = []
    for _ in range(rounds):
        began = time.perf_counter()
        work()
        took.append(time.perf_counter() - began)
    return median(took) * 1_000_000
