"""Statistics: how many runs ended how, then bar charts. A bar never stands without its numbers."""

from collections.abc import Sequence

from bot.blocks.frame import Frame
from bot.blocks.layout import Paragraph, Piece
from bot.blocks.phrase import Foreign, Phrase, Strong
from bot.blocks.text import code_words, count, plain
from bot.model import Basis, Message, Stats, Tally, Workload

ROWS = 8  # of one chart: three of them stay within two screens of a phone
WORKLOADS: dict[str, str] = {
    Workload.MICROSOFT365: "Microsoft 365",
    Workload.GOOGLE: "Google Workspace",
    Workload.MACHINE: "machines",
    Workload.OTHER: "other",
}
_CELLS = 5
_KEY = "Bars: how many of the runs failed; of causes: how often, the longest most often"


def stats_answer(stats: Stats, basis: Basis, frame: Frame, group: str = "", *, is_narrowed: bool = False) -> Message:
    """`is_narrowed`: only runs that ended in some ways are counted. That none of these failed is then said nowhere.

    `group`: only this chart is drawn.
    """
    stats = _of_group(stats, group)
    if is_narrowed and not stats.total.failed:
        return _narrowed(stats, basis, frame)
    body: list[Piece] = [
        frame.heading(""),
        Paragraph((_totals(stats.total, basis),)),
        *_by("tenant", stats.tenants, stats.more_tenants, "no name"),
        *_by("workload", stats.workloads, 0, "other"),
        *_by("cause", stats.causes, stats.more_causes, "no cause given", are_causes=True),
        *_by("plan", stats.plans, stats.more_plans, "no plan"),
    ]
    key: Phrase = (_KEY,) if stats.total.failed else ()
    return frame.message(frame.headline(_headline(stats.total, basis), basis), body, basis, key)


def _of_group(stats: Stats, group: str) -> Stats:
    """Only what belongs to one chart; all of it without a group."""
    if not group:
        return stats
    return Stats(
        stats.total,
        tenants=stats.tenants if group == "tenant" else (),
        workloads=stats.workloads if group == "workload" else (),
        causes=stats.causes if group == "cause" else (),
        plans=stats.plans,
        more_tenants=stats.more_tenants,
        more_causes=stats.more_causes,
        more_plans=stats.more_plans,
    )


def _narrowed(stats: Stats, basis: Basis, frame: Frame) -> Message:
    runs = stats.total.runs
    counted = f"{'At least ' if basis.partial else ''}{count(runs, 'run')} counted" if runs else "No run ended so"
    charts = (
        ("tenant", stats.tenants),
        ("workload", stats.workloads),
        ("cause", stats.causes),
        ("plan", stats.plans),
    )
    body: list[Piece] = [frame.heading("")]
    for heading, tallies in charts:
        names = [
            (Foreign(_label(each, are_causes=heading == "cause") or "no name", 60), f", {each.runs:,}")
            for each in tallies
        ]
        if names:
            body.append(Paragraph(((Strong(f"By {heading}"),), *names[:ROWS])))
    return frame.message(frame.headline(counted, basis), body, basis)


def bar(part: int, whole: int) -> str:
    """`▰▰▱▱▱`. Empty only for none, full only for all."""
    if part <= 0 or whole <= 0:
        return "▱" * _CELLS
    filled = _CELLS if part >= whole else min(max(round(_CELLS * part / whole), 1), _CELLS - 1)
    return "▰" * filled + "▱" * (_CELLS - filled)


def _headline(total: Tally, basis: Basis) -> str:
    if not total.runs:
        return "no run seen so far" if basis.stale or basis.partial else "no run ended"
    least = "at least " if basis.partial else ""
    return f"{least}{total.failed:,} of {count(total.runs, 'run')} failed"


def _totals(total: Tally, basis: Basis) -> Phrase:
    """`412 runs, 12 failed, 3 with warnings, 397 ok`. Zeros are left out."""
    if not total.runs:
        return ()
    least = "At least " if basis.partial else ""
    warned = "with a warning" if total.warnings == 1 else "with warnings"
    ended = ((total.failed, "failed"), (total.warnings, warned), (total.cancelled, "cancelled"), (total.ok, "ok"))
    ends = ", ".join(f"{number:,} {word}" for number, word in ended if number > 0)
    return (Strong(f"{least}{count(total.runs, 'run')}"), f", {ends}" if ends else "")


def _by(heading: str, tallies: Sequence[Tally], more: int, unnamed: str, *, are_causes: bool = False) -> list[Piece]:
    """One chart, or nothing. A cause has one number, since all of its runs went wrong."""
    if not tallies:
        return []
    shown = tallies[:ROWS]
    wrong = [tally.failed or (tally.runs if are_causes else 0) for tally in shown]
    rows = [
        (bar(number, max(wrong) if are_causes else tally.runs), _row(tally, number, unnamed, are_causes=are_causes))
        for tally, number in zip(shown, wrong, strict=True)
    ]
    hidden = more + len(tallies) - len(shown)
    rest: tuple[Phrase, ...] = ((f"and {hidden:,} more",),) if hidden > 0 else ()
    title: Phrase = (Strong(f"By {heading}"),)
    spoken = (title, *(words for _, words in rows), *rest)
    return [Paragraph((title, *((drawn, " ", *words) for drawn, words in rows), *rest), spoken=spoken)]


def _row(tally: Tally, wrong: int, unnamed: str, *, are_causes: bool) -> Phrase:
    label = _label(tally, are_causes=are_causes)
    name: Phrase = (Foreign(label.rstrip(". "), 90 if are_causes else 50),) if plain(label) else (unnamed,)
    return (*name, ", ", f"{wrong:,}" if are_causes else f"{wrong:,} of {tally.runs:,} failed{rate(wrong, tally.runs)}")


def _label(tally: Tally, *, are_causes: bool) -> str:
    """Its name in words: a cause that is a code, and a kind of workload, are none by themselves."""
    return code_words(tally.label) if are_causes else WORKLOADS.get(tally.label, tally.label)


def rate(part: int, whole: int) -> str:
    """`, 25 %`; never 0 % or 100 % where that is not exact. "" for none and for all."""
    if not 0 < part < whole:
        return ""
    return f", {min(max(round(100 * part / whole), 1), 99)}\u00a0%"
