"""The app's Home tab: what is wrong first, then what fails, the reader's own, what is snoozed, tenants, the bot.

It shows all tenants to every member, as `/tasks` does in a direct message: nobody else reads a person's Home. A channel
that is bound to tenants limits what is read and done there; the Home is no channel, so nothing of that holds here. Who
may act is asked when a button is pressed (`[[roles]]`). Moments are Slack's dates, never "3 minutes ago": what is shown
stays true while time passes.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from operator import attrgetter
from typing import Final

from bot.blocks import acts, buttons
from bot.blocks.alert_words import cause_words, line
from bot.blocks.frame import gaps
from bot.blocks.health import SLOW_QUEUE, plan_troubles
from bot.blocks.layout import Beside, Paragraph, Piece, Row, Small, home
from bot.blocks.phrase import At, Foreign, Phrase, Strong, join
from bot.blocks.text import count, name_of, telling
from bot.model import (
    Alert,
    HealthReport,
    Home,
    HomePart,
    OpenOverview,
    Overview,
    Person,
    Reach,
    TenantRisk,
)

ROWS: Final = 10
"""Alerts of one part that are shown by name: with their buttons, three parts stay far below Slack's 100 blocks."""
TENANTS: Final = 8
_ACCOUNTS: Final = 12
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_TITLES: Final = {HomePart.FAILING: "Failing now", HomePart.MINE: "Mine", HomePart.SNOOZED: "Snoozed"}


def home_page(overview: Overview, person: Person) -> Home:
    said = repr((person.zone.key, list(_pieces(steady(overview), person))))
    digest = hashlib.sha256(said.encode(errors="replace")).hexdigest()
    return home(list(_pieces(overview, person)), person.zone, digest)


def steady(overview: Overview) -> Overview:
    """Without the figures that grow all the time: what is left has changed where a Home is to be drawn anew."""
    report = overview.health
    is_slow = report.oldest >= SLOW_QUEUE
    health = replace(
        report,
        at=_EPOCH,
        open=0,
        critical=0,
        accounts=tuple(each if each.account in report.late else Reach(each.account) for each in report.accounts),
        waiting=int(is_slow),
        oldest=SLOW_QUEUE if is_slow else timedelta(),
    )
    basis = replace(overview.basis, as_of=_EPOCH, history_from=None)
    return replace(overview, health=health, basis=basis, ran=None, newest=None)


def _row(alert: Alert, part: HomePart, place: int) -> Row:
    """The same as on its card. It is named by what was done last: a choice in a menu must not stick, and two drawings
    of the same state must be the same."""
    acted = alert.triage.acted_at
    return Row(buttons.row_of(alert), f"acts-{part.value}-{place}-{alert.id}-{int(acted.timestamp()) if acted else 0}")


def _pieces(overview: Overview, person: Person) -> Iterator[Piece]:
    yield gaps(overview.basis)
    yield Paragraph((_first(overview, person),))
    for part in HomePart:
        yield from _part(overview.open, part, person)
    yield from _tenants(overview.open)
    yield from _bot(overview.health)
    yield Small((("As of ", At(overview.basis.as_of)),))


# ── the first line ──


def _first(overview: Overview, person: Person) -> Phrase:
    """`13 alerts open, 6 critical · 1 taken by you · 2 snoozed · 2 missed`. All is clear only where all is known."""
    found = overview.open.count
    if not found.size:
        return _nothing(overview)
    mine = sum(each.count.size for each in overview.open.groups if each.part_for(person.id) is HomePart.MINE)
    snoozed = sum(each.count.size for each in overview.open.groups if each.is_snoozed)
    critical = f", {found.critical:,} critical" if found.critical else ""
    parts = [f"{count(found.size, 'alert')} open{critical}"]
    parts += [f"{mine:,} taken by you"] if mine else []
    parts += [f"{snoozed:,} snoozed"] if snoozed else []
    missed = sum(each.missed for each in overview.open.groups)
    parts += [f"{missed:,} missed"] if missed else []
    return (Strong(" · ".join(parts)),)


def _nothing(overview: Overview) -> Phrase:
    basis = overview.basis
    if basis.stale or basis.partial:
        return (Strong("No open alert is known."),)
    clear: Phrase = (Strong("Nothing fails."),)
    if overview.ran is None:
        return clear
    if not overview.ran:
        return (*clear, " No backup ended well in the last 24 h.")
    newest: Phrase = (", the newest ", At(overview.newest)) if overview.newest else ()
    return (*clear, f" {count(overview.ran, 'backup')} ended well in the last 24 h", *newest, ".")


# ── alerts ──


def _part(open_: OpenOverview, part: HomePart, person: Person) -> Iterator[Piece]:
    groups = [each for each in open_.groups if each.part_for(person.id) is part]
    size = sum(each.count.size for each in groups)
    if not size:
        return
    alerts = sorted((alert for each in groups for alert in each.alerts), key=_order)[:ROWS]
    yield _title(_TITLES[part], size)
    for place, alert in enumerate(alerts):
        yield Paragraph((line(alert), cause_words(alert, 120), _facts(alert, person)))
        yield _row(alert, part, place)
    if more := size - len(alerts):
        show = buttons.button("Show all", "home.alerts", f"{part.value}:1", f"Show all {size:,}: {_TITLES[part]}")
        yield Beside((f"… and {more:,} more",), show)


def _title(words: str, size: int) -> Paragraph:
    return Paragraph.of(Strong(f"{words} ({size:,})"))


def _order(alert: Alert) -> tuple[datetime, bool, timedelta, int]:
    """What is not snoozed first, the critical first, then the newest; snoozed ones by their ends."""
    snooze = alert.triage.snooze
    ended_before = _EPOCH - alert.latest.ended_at
    return snooze.until if snooze else _EPOCH, not alert.is_critical, ended_before, alert.id


def _facts(alert: Alert, person: Person) -> Phrase:
    owner, snooze, good = alert.triage.owner, alert.triage.snooze, alert.assessment.last_good_at
    return join(
        [
            acts.snoozed(snooze) if snooze else (),
            acts.taken(owner) if owner and owner.who != person.id else (),
            ("since ", At(alert.opened_at)),
            ("last good ", At(good)) if good else (),
            (f"alert {alert.id}",),
        ]
    )


# ── tenants and the bot ──


def _tenants(open_: OpenOverview) -> Iterator[Piece]:
    if not open_.at_risk:
        return
    yield _title("Tenants at risk", open_.at_risk)
    shown = open_.tenants[:TENANTS]
    yield from (Paragraph((_tenant(each),), inset=1) for each in shown)
    if more := open_.at_risk - len(shown):
        yield Paragraph.of(f"… and {count(more, 'more tenant')}", inset=1)


def _tenant(risk: TenantRisk) -> Phrase:
    return join(
        [
            (Foreign(name_of(risk.tenant.name, telling(risk.tenant.uuid), telling(risk.tenant.id)), 60, strong=True),),
            (f"{risk.critical:,} critical",) if risk.critical else (),
            (f"{risk.late:,} past the target",) if risk.late else (),
        ]
    )


def _bot(report: HealthReport) -> Iterator[Piece]:
    wrong = list(_wrong(report))
    yield Paragraph.of(Strong("The bot needs a look" if wrong else "The bot is well"))
    yield from (Paragraph((each,), inset=1) for each in wrong)
    well = sorted((each for each in report.accounts if each.account not in report.late), key=attrgetter("account"))
    yield from (Paragraph((_account(each),), inset=1) for each in well[:_ACCOUNTS])
    if more := len(well[_ACCOUNTS:]):
        yield Paragraph.of(f"… and {count(more, 'more account')}", inset=1)
    if report.oldest < SLOW_QUEUE:
        yield Paragraph.of("Messages and edits to Slack go out in time", inset=1)
    if not report.way_in.trouble:
        yield Paragraph.of("Way in: ", report.way_in.kind, ", open", inset=1)


def _wrong(report: HealthReport) -> Iterator[Phrase]:
    late = [each for each in report.accounts if each.account in report.late]
    for each in late[:_ACCOUNTS]:
        read: Phrase = (", last read ", At(each.read_at)) if each.read_at else (", never read",)
        yield (Strong("Not read: "), "account ", Foreign(each.account, 60), *read)
    if more := len(late[_ACCOUNTS:]):
        yield (f"… and {count(more, 'more account')} not read",)
    if report.store_trouble:
        yield (Foreign(report.store_trouble, 400),)
    for trouble in plan_troubles(report):
        yield (Foreign(trouble, 400, whole=True),)
    if report.way_in.trouble:
        yield ("Slack cannot reach the bot: ", Foreign(report.way_in.trouble, 400))
    if report.oldest >= SLOW_QUEUE:
        yield (f"Messages to Slack wait: {report.waiting:,}, the oldest since ", At(_since(report)))


def _since(report: HealthReport) -> datetime:
    try:
        return report.at - report.oldest
    except OverflowError:
        return _EPOCH


def _account(reach: Reach) -> Phrase:
    read: Phrase = (", read ", At(reach.read_at)) if reach.read_at else (", not read yet",)
    return ("Account ", Foreign(reach.account, 60), *read)
