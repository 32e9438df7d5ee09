"""What a person hears whose words were not understood, who may not, or whose request failed; and help."""

import tomllib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final

from bot.blocks import notes
from bot.blocks.help import help_page
from bot.errors import UsageError
from bot.language import TERMS, parse, parse_act
from bot.model import Message, Verb
from bot.sandbox.gallery.entry import Entry, drawn
from bot.sandbox.gallery.nouns import NOW
from bot.sandbox.gallery.samples import BERLIN

SENTENCES: Final[dict[str, list[str]]] = tomllib.loads(
    Path(__file__).with_name("sentences.toml").read_text(encoding="utf-8")
)
_DRAWN: Final[dict[str, Callable[[str], Message]]] = {
    "refusal": notes.refusal,
    "denied": notes.denied,
    "left_out": lambda told: notes.left_out(notes.refusal("No alert is open."), told),
    "failure": lambda told: notes.failure(told, "a1b2c3"),
}
TYPED: Final = (
    "runing",
    "Failed Gogle today",
    "xyzzy failed",
    "failed since yesterdya",
    "running completed",
    "google mailbox",
    "queued since 18:00",
    "since yesterday before friday",
    "today yesterday",
    "since tomorrow",
    "since",
    "failed since 06/07/22",
    "since 31 feb",
    "18:00",
    "last 999999 months",
    "failed or since monday",
    "tenant",
    "tenant failed",
    'failed tenant "Acme',
    "failed not failed",
    "longer than 2h shorter than 1h",
    "sort color",
    "oldest newest",
    "first 0",
    "between monday",
    "history",
    "show SRV-SQL01",
    "page the on-call",
    "14 is urgent",
    "thanks",
    "14 disk ordered",
    "who is on call",
    "late critical",
    "is anything critical late",
    "failed last 3 weekends",
    "stats by tenant and cause",
    "failed since 20.",
    "failed by the machine that stands in the cellar of the old building since a day before the last holiday xyzzy",
)
"""Questions that are not understood."""
ACTS: Final = (
    "snooze 14 yesterday",
    "snooze 14 30 days",
    "take 14 and 15",
    "take 14 for",
    "snooze 14 forever",
    "snooze 14 tomorrow 25:00",
    "snooze 14 for 8",
    "resolve 14 when it works again",
)
"""Acts that are not understood."""


def _fault(typed: str, verbs: Sequence[Verb]) -> UsageError | None:
    try:
        if typed in ACTS:
            parse_act(typed, NOW, BERLIN)
        else:
            parse(typed, NOW, BERLIN, verbs)
    except UsageError as error:
        return error
    return None


def not_understood(verbs: Sequence[Verb]) -> Iterator[Entry]:
    for typed in (*TYPED, *ACTS):
        if error := _fault(typed, verbs):
            yield drawn(f"/tasks {typed}"[:60], "not understood", notes.usage, error)
    near = UsageError(
        "No tenant is called “Acme Crop”. Did you mean “Acme Corp”?",
        text="failed tenant Acme Crop",
        offset=14,
        length=9,
        offers=('failed tenant "Acme Corp"', 'failed tenant "Acme Corp East"'),
    )
    yield drawn("/tasks failed tenant Acme Crop", "a name that is near", notes.usage, near)


def turned_down() -> Iterator[Entry]:
    for kind, sentences in SENTENCES.items():
        for told in sentences:
            yield Entry(f"notes.{kind}", "A sentence", told[:60], _DRAWN[kind](told))
    yield drawn("A sentence", "without words", notes.refusal, "")


def help_pages(verbs: Sequence[Verb]) -> Iterator[Entry]:
    yield drawn("/tasks help", "the whole page", help_page, verbs, TERMS)
    words = (
        "verbs",
        *sorted({term.group for term in TERMS}),
        *(verb.name for verb in verbs if verb.name),
        "since",
        "failed",
    )
    for word in words:
        yield drawn(f"/tasks help {word}", "one word", help_page, verbs, TERMS, word)
