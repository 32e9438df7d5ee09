"""Tables of what people type and what it has to mean (`tests/samples/phrases*.tsv`), and whether it means that.

The notation stands in the head of `phrases.tsv`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import handlers
from bot.errors import UsageError
from bot.language import KnownNames, describe, parse, parse_act
from bot.model import Invocation, NameField, NameFilter, TaskQuery

SAMPLES: Final = Path(__file__).with_name("samples")
BERLIN: Final = ZoneInfo("Europe/Berlin")
NOW: Final = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)  # Wednesday, 10:00 in Berlin
VERBS: Final = tuple(handler.verb for handler in handlers.load().verbs.values())
ACTS: Final = frozenset(("take", "release", "snooze", "wake", "resolve", "note", "run", "undo", "retire"))
ALERTED: Final = ("SRV-SQL01", "SRV-SQL02")
KNOWN: Final = KnownNames(
    {
        NameField.TENANT: (
            "Acme Corp",
            "Acme Corp Berlin",
            "Beta GmbH",
            "North–West Ltd",
            "O’Brien & Sons",
            "İstanbul A.Ş.",
        ),
        NameField.MACHINE: (
            *("SRV-SQL01", "dr.kim@dental.example", "sites/hr", "SRV-FILE01", "PC-BÜRO-3", "SRV-SQL02"),
            *("Laptop Hélène", "mia@mail.example", "SRV-DC01", "SRV-WEB01", "info@dublin.example", "vm-00012"),
        ),
        NameField.PLAN: ("Nightly servers", "Weekly full", "SQL every 4 hours", "M365 daily", "Arbeitsplätze täglich"),
    }
)
_ABOUT = re.compile(r'about (tenant|machine|plan) "(.+)"')


@dataclass(frozen=True, slots=True)
class Row:
    typed: str
    means: str


def rows(name: str) -> tuple[Row, ...]:
    """The rows of a table, in order; nothing of what is typed is stripped."""
    lines = (SAMPLES / name).read_text(encoding="utf-8").split("\n")
    kept = [line for line in lines if line and line != "#" and not line.startswith("# ")]
    return tuple(Row(*line.split("\t")[:2]) for line in kept[1:])


def asked(text: str) -> Invocation | UsageError:
    try:
        return parse(text, NOW, BERLIN, VERBS, KNOWN)
    except UsageError as error:
        return error


def meaning(text: str) -> object:
    """What a text asks for, without how it was said; the sentence of an error."""
    found = asked(text)
    if isinstance(found, UsageError):
        return f"refused: {found.told}"
    if found.verb in ACTS:
        words = parse_act(found.text, NOW, BERLIN, ALERTED)
        return replace(words, name=words.name.casefold(), offset=0, length=0)
    query = replace(found.query, time_is_default=False) if found.query else None
    return found.verb, query, found.argument


def about(field: str, name: str) -> object:
    named = (NameFilter(NameField(field), (), wholes=(name,)),)
    found = asked(f'about {field} "{name}"')
    assert isinstance(found, Invocation)
    assert found.query is not None
    assert found.query.names == named
    assert replace(found.query, names=()) == TaskQuery() or found.query.roots_only
    return meaning(f'about {field} "{name}"')


def wrong(row: Row) -> str:
    """What is wrong with how the row is understood; "" where it is understood as it should."""
    kind, _, rest = row.means.partition(": ")
    match kind:
        case "offer":
            return _wrong_offer(row, rest)
        case "refuse":
            return _wrong_refusal(row, rest)
        case "says":
            return _wrong_sentence(row, rest)
    found, wanted = meaning(row.typed), _meant(row.means)
    if isinstance(wanted, str):
        return f"its meaning is {wanted}"
    return "" if found == wanted else f"means {_said(found)}\n   not   {_said(wanted)}"


def _said(found: object) -> object:
    """In words, where there are any."""
    if not (isinstance(found, tuple) and isinstance(found[1], TaskQuery)):
        return found
    return found[0], describe(found[1], BERLIN, NOW), found[2]


def _meant(means: str) -> object:
    if means == "overview":
        return meaning("")
    if match := _ABOUT.fullmatch(means):
        return about(*match.groups())
    return meaning(means)


def _wrong_offer(row: Row, wanted: str) -> str:
    found = asked(row.typed)
    if not isinstance(found, UsageError):
        return f"is asked: {meaning(row.typed)}"
    return _wrong_buttons(found, wanted)


def _wrong_refusal(row: Row, rest: str) -> str:
    word, _, wanted = rest.partition(" → ")
    found = asked(row.typed)
    if not isinstance(found, UsageError):
        return f"is asked: {meaning(row.typed)}"
    first = found.text.find(word)
    if not (found.offset < first + len(word) and first < found.offset + found.length):
        return f"marks {found.text[found.offset : found.offset + found.length]!r}: {found.told}"
    if wanted == "none":
        return f"guesses {found.offers}" if found.offers else ""
    return _wrong_buttons(found, wanted)


def _wrong_buttons(found: UsageError, wanted: str) -> str:
    offered = [meaning(command) for command in found.offers]
    meant = [_meant(each) for each in wanted.split(" | ")]
    same = len(offered) == len(meant) and all(each in meant for each in offered)
    return "" if same else f"{found.told!r} offers {found.offers}, not {wanted}"


def _wrong_sentence(row: Row, said: str) -> str:
    found = asked(row.typed)
    if not isinstance(found, UsageError):
        return f"is asked: {meaning(row.typed)}"
    missing = [word for word in re.findall(r"\*(.+?)\*", said) if word.casefold() not in found.told.casefold()]
    return f"{found.told!r} lacks {missing}" if missing else ""


def report(name: str) -> Iterator[str]:
    """One line for each row that is misunderstood, then how many are understood."""
    every = rows(name)
    faults = [(row, fault) for row in every if (fault := wrong(row))]
    yield from (f"{row.typed!r} → {row.means}\n   {fault}" for row, fault in faults)
    yield f"{len(every) - len(faults)} of {len(every)} are understood"


if __name__ == "__main__":
    import sys

    print("\n".join(report(sys.argv[1] if len(sys.argv) > 1 else "phrases.tsv")))  # noqa: T201
