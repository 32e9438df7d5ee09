"""Statistics: how many runs ended how, then a text bar chart by tenant, by workload and by cause.

A bar never stands without its numbers: it is for the eye alone, the plain text has the words.
"""

from collections.abc import Sequence

from bot.blocks import buttons
from bot.blocks.layout import Paragraph, Piece, Reader, message
from bot.blocks.paging import asked, gaps, headed, source
from bot.blocks.phrase import Named, Phrase, Strong, joined
from bot.blocks.text import count, plain
from bot.model import Answer, Basis, Message, Person, Stats, Tally, Workload

ROWS = 8  # of one chart: three of them stay within two screens of a phone
WORKLOADS: dict[str, str] = {
    Workload.MICROSOFT365: "Microsoft 365",
    Workload.GOOGLE: "Google Workspace",
    Workload.MACHINE: "machines",
    Workload.OTHER: "other",
}
_CELLS = 5


def stats_answer(
    stats: Stats,
    basis: Basis,
    *,
    said: str,
    answer: Answer | None,
    person: Person,
    asked_by: str = "",
) -> Message:
    """`said` is the question in plain words, not escaped. `asked_by` is the Slack id of whom a shared answer names."""
    pieces: list[Piece] = [
        gaps(basis),
        asked(said, "", asked_by),
        Paragraph((_ended(stats.total, basis),)),
        *_by("tenant", stats.tenants, stats.more_tenants, "no name"),
        *_by("workload", stats.workloads, 0, "other"),
        *_by("cause", stats.causes, stats.more_causes, "no cause given", of=stats.total.failed),
        source(basis, person, _key(stats)),
    ]
    return message(
        headed(_headline(stats.total, basis), said, basis),
        pieces,
        Reader.of(person, basis.as_of),
        buttons=buttons.of_answer(answer, 1, 1),
    )


def bar(part: int, whole: int) -> str:
    """`▰▰▱▱▱`: never empty where there is any, never full where not all are."""
    if part <= 0 or whole <= 0:
        return "▱" * _CELLS
    filled = _CELLS if part >= whole else min(max(round(_CELLS * part / whole), 1), _CELLS - 1)
    return "▰" * filled + "▱" * (_CELLS - filled)


def _headline(total: Tally, basis: Basis) -> str:
    if not total.runs:
        return "no run seen so far" if basis.stale or basis.partial else "no run ended"
    least = "at least " if basis.partial else ""
    return f"{least}{total.failed:,} of {count(total.runs, 'run')} failed"


def _ended(total: Tally, basis: Basis) -> Phrase:
    """`412 runs: 12 failed, 3 with warnings, 397 ok`: only what there is."""
    if not total.runs:
        return ()
    least = "At least " if basis.partial else ""
    warned = "with a warning" if total.warnings == 1 else "with warnings"
    ended = ((total.failed, "failed"), (total.warnings, warned), (total.cancelled, "cancelled"), (total.ok, "ok"))
    ends = ", ".join(f"{number:,} {word}" for number, word in ended if number > 0)
    return (Strong(f"{least}{count(total.runs, 'run')}"), f", {ends}" if ends else "")


def _by(heading: str, tallies: Sequence[Tally], more: int, unnamed: str, *, of: int = 0) -> list[Piece]:
    """One chart, or nothing. `of`: the bars are shares of so many failures, else of each row's own runs."""
    if not tallies:
        return []
    shown = tallies[:ROWS]
    rows = [_row(tally, unnamed, of) for tally in shown]
    hidden = more + len(tallies) - len(shown)
    rest: tuple[Phrase, ...] = ((f"and {hidden:,} more",),) if hidden > 0 else ()
    title: Phrase = (Strong(f"By {heading}"),)
    spoken = (title, *(told for _, told in rows), *rest)
    return [Paragraph((title, *((drawn, " ", *told) for drawn, told in rows), *rest), spoken=spoken)]


def _row(tally: Tally, unnamed: str, of: int) -> tuple[str, Phrase]:
    label: Phrase = (WORKLOADS[tally.label],) if tally.label in WORKLOADS and not of else ()
    name = label or ((Named(tally.label.rstrip(". "), 90 if of else 50),) if plain(tally.label) else (unnamed,))
    if of:
        return bar(tally.failed or tally.runs, of), joined([name, (f"{tally.failed or tally.runs:,}",)], ", ")
    return bar(tally.failed, tally.runs), joined([name, (f"{tally.failed:,} of {tally.runs:,} failed",)], ", ")


def _key(stats: Stats) -> Phrase:
    """What the bars mean, where there are any."""
    causes = "; of a cause, its share of all failures" if stats.causes else ""
    return (f"Bars: share of runs that failed{causes}",) if stats.tenants or stats.workloads or causes else ()
