"""Who is protected: a line for each tenant, then one for each workload, the worst first. All are, only where a whole
and fresh copy says so."""

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime, timedelta

from bot.blocks.frame import Frame
from bot.blocks.last_runs import last_good
from bot.blocks.layout import Paragraph, Piece, Small
from bot.blocks.paging import turn
from bot.blocks.phrase import At, Foreign, Phrase, Strong, join
from bot.blocks.task_words import in_tenant
from bot.blocks.text import count, name_of, plain, span, telling
from bot.model import AT_FAULT, Basis, Message, Protected, Protection, Standing, TenantStanding

_SIGNS: dict[Standing, str] = {
    Standing.FAILING: "✕",
    Standing.NEVER: "✕",
    Standing.MISSED: "✕",
    Standing.LATE: "!",
    Standing.NO_PLAN: "!",
    Standing.UNKNOWN: "?",
    Standing.PAUSED: "–",
    Standing.NOT_EXPECTED: "–",
    Standing.GOOD: "✓",
}


def protected_answer(protection: Protection, basis: Basis, frame: Frame, target: timedelta) -> Message:
    """One page of workloads. `target`: how old a last good backup may be of what is due nobody knows when."""
    shown = turn(protection.lines, frame.page, protection.size, offset=protection.offset)
    counted = protected_words(protection, basis)
    body: list[Piece] = [
        frame.heading(shown.place()),
        Paragraph.of(Strong(counted)),
        *_tenants(protection, basis, frame),
        *workload_lines(shown.items, basis),
    ]
    small = (f"Target: by when each is due, {span(target)} where that is not known, or what is set for it",)
    return frame.message(frame.headline(counted, basis), body, basis, small, shown=shown)


def protected_words(protection: Protection, basis: Basis) -> str:
    """`3 failing, 1 late, 40 good`, the worst first; what was asked for comes before: `1 late; besides 3 failing`."""
    number, is_sure = protection.known, not (basis.stale or basis.partial)
    if not number:
        return "No backup is known" if is_sure else "No backup known so far"
    if protection.counts.get(Standing.GOOD) == number and not protection.asked and is_sure:
        return f"All {number:,} protected" if number > 1 else "Protected"
    if not protection.asked:
        return counts_words(protection.counts)
    asked = counts_words(protection.counts, protection.asked) or f"None {_said(protection.asked)}"
    rest = counts_words(protection.counts, frozenset(Standing) - protection.asked)
    return f"{asked}; besides {rest}" if rest else asked


def counts_words(counts: Mapping[Standing, int], of: Collection[Standing] = frozenset(Standing)) -> str:
    """`3 failing, 1 late`, the worst first, without what there is none of; "" where there is nothing."""
    return ", ".join(f"{counts[each]:,} {each.value}" for each in Standing if each in of and counts.get(each))


def _said(asked: Collection[Standing]) -> str:
    words = [each.value for each in Standing if each in asked]
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"


# ── tenants ──


def _tenants(protection: Protection, basis: Basis, frame: Frame) -> Iterator[Piece]:
    """Only before the first page, and where there is more to say than the lines below do."""
    if frame.page > 1 or protection.known < 2 or not protection.tenants:
        return
    yield Paragraph(tuple(_tenant(each, basis.as_of) for each in protection.tenants))
    if protection.more_tenants:
        yield Paragraph.of(f"and {count(protection.more_tenants, 'more tenant')}: name one to see it")


def _tenant(found: TenantStanding, as_of: datetime) -> Phrase:
    """`! Acme Corp · 1 late, 40 good · oldest good 31 h, target 26 h`."""
    is_well = found.counts.get(Standing.GOOD) and not any(found.counts.get(each) for each in AT_FAULT)
    oldest: Phrase = ()
    if found.good_at is not None and found.target is not None:
        oldest = (f"oldest good {span(as_of - found.good_at)}, target {_target(found.target)}",)
    name = Foreign(name_of(found.tenant.name, telling(found.tenant.id)), 30, strong=True)
    return join([("✓ " if is_well else "! ", name), (counts_words(found.counts),), oldest])


# ── workloads ──


def workload_lines(lines: Collection[Protected], basis: Basis) -> Iterator[Piece]:
    """A line for each, and what words in them mean."""
    yield from (Paragraph((_line(line, basis),), inset=1) for line in lines)
    yield from (Small((line,)) for line in _legend(lines, basis))


def _line(line: Protected, basis: Basis) -> Phrase:
    """`! LATE · SRV-SQL01, Acme Corp · Nightly · last good Sat 21:10, 31 h ago, target 26 h`."""
    name = Foreign(name_of(line.name, line.plan), 40, strong=True)
    return join(
        [
            (Strong(f"{_SIGNS[line.standing]} {line.standing.value.upper()}"),),
            (name, *in_tenant(line.tenant, 24)),
            (Foreign(line.plan, 24),) if plain(line.plan) else (),
            *_why(line),
            _good(line, basis),
        ]
    )


def _why(line: Protected) -> tuple[Phrase, ...]:
    why: Phrase = (Foreign(line.why, 60),) if plain(line.why) else ()
    if line.at is None:
        return (why,)
    if line.standing is Standing.PAUSED:
        return ((*why, " until ", At(line.at)),)
    return ("due ", At(line.at), ", did not start"), why


def _good(line: Protected, basis: Basis) -> Phrase:
    if line.last_good_at is not None:
        age = span(basis.as_of - line.last_good_at)
        target = f", target {_target(line.target)}" if line.target is not None else ""
        return ("last good ", At(line.last_good_at), f", {age} ago{target}")
    if line.standing in (Standing.NEVER, Standing.NO_PLAN):
        return ()
    return last_good("backup", None, basis.history_from)


def _target(target: timedelta) -> str:
    """From ten hours on the usual length of a run is left out of it."""
    return span(target - target % timedelta(hours=1) if target >= timedelta(hours=10) else target)


def _legend(lines: Collection[Protected], basis: Basis) -> Iterator[Phrase]:
    """What a word means that neither says it by itself nor has its reason beside it."""
    if any(line.standing is Standing.LATE for line in lines):
        yield ("Late: the last good backup is older than the target.",)
    if any(line.standing is Standing.UNKNOWN and not line.why for line in lines):
        since: Phrase = (" since ", At(basis.history_from)) if basis.history_from else ()
        yield ("Unknown: no good backup seen", *since, ", and the bot's copy does not reach back further.")
