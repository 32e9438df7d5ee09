"""Who is protected: one line a workload, the worst first, with the counts of all on top.

That all are protected is only said of a whole and fresh copy in which each of them is green.
"""

from collections.abc import Mapping
from datetime import timedelta

from bot.blocks import buttons
from bot.blocks.last_runs import last_good
from bot.blocks.layout import Paragraph, Piece, Reader, Small, message
from bot.blocks.paging import Turned, asked, gaps, headed, source, turn
from bot.blocks.phrase import At, Named, Phrase, Strong, joined
from bot.blocks.text import plain, span
from bot.model import Answer, Basis, Message, Person, Protected, Protection, Standing

_SIGNS: dict[Standing, str] = {
    Standing.FAILING: "✕",
    Standing.NEVER: "✕",
    Standing.LATE: "!",
    Standing.UNKNOWN: "?",
    Standing.GREEN: "✓",
}


def protected_answer(
    protection: Protection,
    basis: Basis,
    *,
    said: str,
    page: int,
    answer: Answer | None,
    person: Person,
    target: timedelta,
    asked_by: str = "",
) -> Message:
    """One page of workloads. `target`: how old a last good backup may be. `said` is in plain words, not escaped."""
    turned = turn(protection.lines, page, protection.size, offset=protection.offset)
    pieces: list[Piece] = [
        gaps(basis),
        asked(said, _place(turned), asked_by),
        Paragraph(((Strong(_counted(protection, basis)),),)),
        *(Paragraph((_line(line, basis),), inset=1) for line in turned.items),
        *(Small((line,)) for line in _explained(protection.counts, basis)),
        source(basis, person, (f"Target: a good backup at least every {span(target)}, where none of its own is set",)),
    ]
    return message(
        headed(_counted(protection, basis), said, basis),
        pieces,
        Reader.of(person, basis.as_of),
        buttons=buttons.of_answer(answer, turned.page, turned.pages),
    )


def _counted(protection: Protection, basis: Basis) -> str:
    """`3 failing, 1 late, 40 green`, the worst first."""
    number = protection.size
    if not number:
        return "No backup known so far" if basis.stale or basis.partial else "No backup is known"
    if protection.counts.get(Standing.GREEN) == number and not (basis.stale or basis.partial):
        return f"All {number:,} protected" if number > 1 else "Protected"
    return ", ".join(
        f"{protection.counts[standing]:,} {standing.value}" for standing in Standing if protection.counts.get(standing)
    )


def _explained(counts: Mapping[Standing, int], basis: Basis) -> tuple[Phrase, ...]:
    """What a word means that does not say it by itself."""
    lines: list[Phrase] = []
    if counts.get(Standing.LATE):
        lines.append(("Late: the last good backup is older than the target.",))
    if counts.get(Standing.NEVER):
        lines.append(("Never: no good backup in all the history that Acronis keeps.",))
    if counts.get(Standing.UNKNOWN):
        since: Phrase = (" since ", At(basis.history_from)) if basis.history_from else ()
        lines.append(("Unknown: no good backup seen", *since, ", and the bot's copy does not reach back further."))
    return tuple(lines)


def _place(turned: Turned[Protected]) -> str:
    if turned.pages == 1:
        return ""
    if not turned.items:
        return f"Nothing on this page, {turned.total:,} in all"
    return f"{turned.first}–{turned.last} of {turned.total:,}, page {turned.page} of {turned.pages:,}"


def _line(line: Protected, basis: Basis) -> Phrase:
    """`✕ FAILING · SRV-SQL01, Acme Corp · Nightly · last good Sat 21:10`."""
    name = next((name for name in (line.name, line.plan) if plain(name)), "unnamed")
    where: Phrase = (", ", Named(line.tenant.name, 40)) if plain(line.tenant.name) else ()
    plan: Phrase = (Named(line.plan, 40),) if plain(line.plan) else ()
    return joined(
        [
            (Strong(f"{_SIGNS[line.standing]} {line.standing.value.upper()}"),),
            (Named(name, 60, strong=True), *where),
            plan,
            _good(line, basis),
        ]
    )


def _good(line: Protected, basis: Basis) -> Phrase:
    if line.last_good_at is None and line.standing is Standing.NEVER:
        return ("no good backup in all history",)
    if line.last_good_at is None:
        return last_good("backup", None, basis.history_from)
    return ("last good ", At(line.last_good_at))
