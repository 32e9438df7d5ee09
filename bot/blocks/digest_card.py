"""A digest: what is so at that moment, and what happened since the last one. The numbers always stand in words."""

from collections.abc import Iterator, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from bot.blocks import buttons
from bot.blocks.asks import ask_for_more
from bot.blocks.layout import CHART, Beside, CardBody, Paragraph, Piece, Small, Whole
from bot.blocks.phrase import At, Foreign, Phrase, Strong, join
from bot.blocks.task_words import KINDS
from bot.blocks.text import code_words, count, name_of, plain
from bot.model import SILENCES
from bot.model.digests import AtRisk, DigestDay, DigestLine, DigestView


def digest_card(view: DigestView, _zone: ZoneInfo, _site: str) -> CardBody:
    headline = _headline(view)
    pieces: list[Piece] = [
        Paragraph(((Strong(headline),),), spoken=()),
        *([Paragraph.of(Strong("Not up to date:"), " ", Foreign(view.stale, 300))] if view.stale else []),
        Paragraph((_happened(view), _held(view), _protected(view))),
        *_part("Open", view.worst, view.open, _open, "alerts"),
        *_part("At risk in the next 12 h", view.at_risk, view.at_risk_size, _at_risk, "protected? tonight"),
        *_unplanned(view),
        *_chart(view.days),
        Small(
            (
                (Foreign(view.about, 200),) if plain(view.about) else (),
                ("Since ", At(view.since)),
                ("as of ", At(view.until)),
            )
        ),
    ]
    return CardBody(headline, pieces, view.until)


def _headline(view: DigestView) -> str:
    """`Digest: 14 alerts open, 6 critical; 2 did not run, 9 failed`. All is well only where all is known."""
    if not view.open:
        start = "No open alert is known" if view.stale else "Nothing is open"
    else:
        critical = f", {view.critical:,} critical" if view.critical else ""
        start = f"{count(view.open, 'alert')} open{critical}"
    told = _counted((view.missed, "did not run"), (view.failed, "failed"))
    return f"Digest: {start[:1].lower() + start[1:]}{'; ' + told if told else ''}"


def _counted(*counts: tuple[int, str]) -> str:
    """Zeros are left out."""
    return ", ".join(f"{number:,} {words}" for number, words in counts if number)


def _happened(view: DigestView) -> Phrase:
    said = _counted(
        (view.missed, "did not run"),
        (view.failed, "failed"),
        (view.hung, "hung or wait for a person"),
        (view.healed, "healed by themselves" if view.healed > 1 else "healed by itself"),
        (view.resolved, "resolved by hand"),
    )
    return (f"{said or 'Nothing failed'} since ", At(view.since), ".")


def _held(view: DigestView) -> Phrase:
    said = _counted((view.taken, "taken"), (view.snoozed, "snoozed"))
    return (f"Of what is open: {said}.",) if said else ()


def _protected(view: DigestView) -> Phrase:
    """`397 of 412 workloads (96 %) have a good backup within their target.` Rounded down: 100 % is all."""
    if not view.workloads:
        return ()
    share = view.within * 100 // view.workloads
    have = "have" if view.workloads > 1 else "has"
    return (
        f"{view.within:,} of {count(view.workloads, 'workload')} ({share} %) {have} a good backup within the target.",
    )


def _part(title: str, found: Sequence[Any], size: int, entry: Any, command: str) -> Iterator[Piece]:
    if not found:
        return
    yield Paragraph.of(Strong(f"{title}: {size:,}"))
    for each in found:
        yield from entry(each)
    if more := size - len(found):
        yield ask_for_more(f"and {more:,} more: ask ", command)


def _open(line: DigestLine) -> Iterator[Piece]:
    """What, where and why; since when, with its details beside it."""
    word = line.code.upper() if line.code in SILENCES else "FAILED"
    state = f"CRITICAL · {word}" if line.is_critical else word
    cause: Phrase = (Foreign(said.rstrip("."), 80),) if (said := code_words(line.cause)) else ()
    button = buttons.details(line.task_id, f"alert {line.alert_id}") or buttons.why_of(line.alert_id, "the alert")
    yield Paragraph((join([(Strong(state),), _what(line), cause]),))
    yield Beside(("since ", At(line.since), f" · alert {line.alert_id}"), button)


def _at_risk(line: AtRisk) -> Iterator[Piece]:
    """`SRV-SQL01, Acme Corp · due Mon 21:00 · its last good backup gets too old Tue 03:00`."""
    by = line.misses_at
    said = join(
        [
            _whose(line),
            ("due ", At(line.due_at)) if line.due_at else (),
            ("its last good backup gets too old ", At(by)) if by else (),
        ]
    )
    yield Paragraph((said,), inset=1)


def _what(line: DigestLine) -> Phrase:
    return (f"{KINDS[line.kind]} of ", *_whose(line))


def _whose(line: DigestLine | AtRisk) -> Phrase:
    tenant: Phrase = (", ", Foreign(line.tenant, 30)) if plain(line.tenant) else ()
    return (Foreign(name_of(line.name, line.plan), 40, strong=True), *tenant)


def _unplanned(view: DigestView) -> Iterator[Piece]:
    """Told once of each."""
    if not view.unplanned_size:
        return
    yield Paragraph.of(Strong(f"New without any plan: {view.unplanned_size:,}"))
    yield from (Paragraph(((Foreign(name_of(name), 40),),), inset=1) for name in view.unplanned)
    if more := view.unplanned_size - len(view.unplanned):
        yield ask_for_more(f"and {more:,} more: ask ", "protected? without a plan")


def _chart(days: Sequence[DigestDay]) -> Iterator[Piece]:
    """Failures by day: beside hundreds of good runs nobody would see them. Both stand in words below."""
    if not days:
        return
    failed = {"name": "Failed", "data": [{"label": _label(day), "value": day.failed} for day in days]}
    axis = {"categories": [_label(day) for day in days]}
    chart = {"type": "bar", "series": [failed], "axis_config": axis}
    yield Whole({"type": CHART, "title": "Failed backups by day", "chart": chart})
    yield Small(tuple((f"{_label(day)}: {day.good:,} good, {day.failed:,} failed",) for day in days))


def _label(day: DigestDay) -> str:
    return f"{day.day:%a} {day.day.day}"
