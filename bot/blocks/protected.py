"""Who is protected: one line a workload, the worst first. All are, only where a whole and fresh copy says so."""

from collections.abc import Mapping
from datetime import timedelta

from bot.blocks.frame import Frame
from bot.blocks.last_runs import last_good
from bot.blocks.layout import Paragraph, Piece, Small
from bot.blocks.paging import turn
from bot.blocks.phrase import At, Foreign, Phrase, Strong, join
from bot.blocks.task_words import in_tenant
from bot.blocks.text import name_of, plain, span
from bot.model import Basis, Message, Protected, Protection, Standing

_SIGNS: dict[Standing, str] = {
    Standing.FAILING: "✕",
    Standing.NEVER: "✕",
    Standing.LATE: "!",
    Standing.UNKNOWN: "?",
    Standing.GREEN: "✓",
}


def protected_answer(protection: Protection, basis: Basis, frame: Frame, target: timedelta) -> Message:
    """One page of workloads. `target`: how old a last good backup may be of what is due nobody knows when."""
    shown = turn(protection.lines, frame.page, protection.size, offset=protection.offset)
    counted = _counts(protection, basis)
    body: list[Piece] = [
        frame.heading(shown.place()),
        Paragraph.of(Strong(counted)),
        *(Paragraph((_line(line, basis),), inset=1) for line in shown.items),
        *(Small((line,)) for line in _legend(protection.counts, basis)),
    ]
    small = (f"Target: by when each is due, {span(target)} where that is not known, or what is set for it",)
    return frame.message(frame.headline(counted, basis), body, basis, small, shown=shown)


def _counts(protection: Protection, basis: Basis) -> str:
    """`3 failing, 1 late, 40 green`, the worst first."""
    number = protection.size
    if not number:
        return "No backup known so far" if basis.stale or basis.partial else "No backup is known"
    if protection.counts.get(Standing.GREEN) == number and not (basis.stale or basis.partial):
        return f"All {number:,} protected" if number > 1 else "Protected"
    return ", ".join(
        f"{protection.counts[standing]:,} {standing.value}" for standing in Standing if protection.counts.get(standing)
    )


def _legend(counts: Mapping[Standing, int], basis: Basis) -> tuple[Phrase, ...]:
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


def _line(line: Protected, basis: Basis) -> Phrase:
    """`✕ FAILING · SRV-SQL01, Acme Corp · Nightly · last good Sat 21:10`."""
    name = Foreign(name_of(line.name, line.plan), 60, strong=True)
    return join(
        [
            (Strong(f"{_SIGNS[line.standing]} {line.standing.value.upper()}"),),
            (name, *in_tenant(line.tenant, 40)),
            (Foreign(line.plan, 40),) if plain(line.plan) else (),
            _good(line, basis),
        ]
    )


def _good(line: Protected, basis: Basis) -> Phrase:
    if line.last_good_at is not None:
        return ("last good ", At(line.last_good_at))
    if line.standing is Standing.NEVER:
        return ("no good backup in all history",)
    return last_good("backup", None, basis.history_from)
