"""The card of many alerts at once: a storm of one channel, or a banner that Acronis itself seems to fail."""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from bot.blocks import buttons
from bot.blocks.alert_words import alert_name, with_stop
from bot.blocks.causes import article, step_of
from bot.blocks.layout import HEADLINE, CardBody, Paragraph, Piece, Row
from bot.blocks.phrase import At, Foreign, Phrase, Strong, Wake, is_wake, join, message_link
from bot.blocks.task_words import KINDS, in_tenant
from bot.blocks.text import count, foreign, plain
from bot.model import Alert, CardKind, Kind, Share, StormView

TENANTS = 5
CAUSES = 4
FIRST = 5
BEFORE = 5


def storm_card(view: StormView, _zone: ZoneInfo, site: str) -> CardBody:
    """`site` is the workspace's address."""
    pieces: list[Piece] = [
        _title(view),
        Paragraph(_cause(view)),
        Paragraph((_numbers(view), *_times(view))),
        *_shares(view, "tenant", view.tenants, TENANTS, view.more_tenants),
        *([] if _is_platform(view) else _shares(view, "cause", view.causes, CAUSES, view.more_causes)),
        *_first(view),
        *_before(view, site),
        Row(buttons.all_of_storm(view.card_id, view.total)),
    ]
    return CardBody(headline(view), pieces, view.ended_at or view.last_at)


def headline(view: StormView) -> str:
    """`CRITICAL · STORM: 5,000 alerts of 12 tenants, 4,990 still failing`."""
    start = f"{_state(view)}: {_what(view)}"
    cause = foreign(view.cause.text, HEADLINE - len(start) - 2) if _is_platform(view) and not _is_over(view) else ""
    return f"{start}. {cause}" if cause and HEADLINE - len(start) > 20 else start


def subject(view: StormView) -> str:
    """`All 5,000 alerts`."""
    return f"All {count(view.total, 'alert')}" if view.total != 1 else "The alert"


def standing(view: StormView) -> str:
    """`4,990 of 5,000 alerts still fail, 37 are critical`."""
    failing = f"{view.open:,} of {count(view.total, 'alert')} still {'fails' if view.open == 1 else 'fail'}"
    critical = f"{view.critical:,} {'is' if view.critical == 1 else 'are'} critical"
    return f"{failing}, {critical}" if view.critical and view.open else failing


def _is_platform(view: StormView) -> bool:
    return view.kind is CardKind.PLATFORM


def _is_over(view: StormView) -> bool:
    return view.open == 0


def _state(view: StormView) -> str:
    """The first words. GREEN only where each alert recovered; an alert that time alone ended is no good news."""
    if _is_over(view):
        return "OVER" if view.unhealed else "GREEN"
    name = "Acronis itself seems to fail" if _is_platform(view) else "STORM"
    return f"CRITICAL · {name}" if view.critical else name


def _what(view: StormView) -> str:
    """`5,000 alerts of 12 tenants, one cause, 4,990 still failing`."""
    tenants = len(view.tenants) + view.more_tenants
    whose = f"{count(view.total, 'alert')} of {count(tenants, 'tenant')}"
    if _is_over(view):
        left = f", {view.unhealed:,} of them without a good run" if view.unhealed else ""
        return f"All {whose} ended{left}" if view.total != 1 else f"Its alert ended{left}"
    one = ", one cause" if _is_platform(view) else ""
    still = f", {view.open:,} still failing" if view.open < view.total else ""
    return whose + one + still


def _title(view: StormView) -> Paragraph:
    """What the first line says, and whom the card calls. One that is over calls nobody."""
    calls = not _is_over(view) and is_wake(view.mention)
    call: tuple[Phrase, ...] = (("For ", Wake(view.mention)),) if calls else ()
    return Paragraph(((Strong(_state(view)), " · ", Strong(_what(view))), *call), spoken=call)


def _cause(view: StormView) -> tuple[Phrase, ...]:
    """What fails and what to do, on a platform's banner."""
    if not (_is_platform(view) and plain(view.cause.text)):
        return ()
    lead, step = ("It was: ", ()) if _is_over(view) else ("", step_of(view.cause))
    return ((lead, *with_stop(plain(view.cause.text), 300), *step, *article(view.cause)),)


def _numbers(view: StormView) -> Phrase:
    critical: Phrase = (Strong(f"{view.critical:,} critical"),) if view.critical and not _is_over(view) else ()
    restores: Phrase = (f"{count(view.restores, 'restore')} among them",) if view.restores else ()
    return join([critical, restores], ", ")


def _times(view: StormView) -> tuple[Phrase, ...]:
    times: Phrase = ("Began ", At(view.opened_at), ", newest alert ", At(view.last_at))
    if _is_over(view) and view.ended_at is not None:
        times = ("From ", At(view.opened_at), " to ", At(view.ended_at))
    then = "New alerts are added here." if view.is_open else "It takes in no more: new alerts get cards of their own."
    return (times, (then,))


def _shares(view: StormView, noun: str, shares: Sequence[Share], most: int, more: int) -> list[Piece]:
    """A line for each of the largest, and how many more there are. `more` are not among `shares`."""
    if not shares:
        return []
    left = more + len(shares[most:])
    return [
        Paragraph.of(Strong(f"By {noun}")),
        *(Paragraph((_share(view, each),), inset=1) for each in shares[:most]),
        *([Paragraph.of(f"and {count(left, f'more {noun}')}", inset=1)] if left else []),
    ]


def _share(view: StormView, share: Share) -> Phrase:
    """`1,200 · Beta GmbH · 1,190 still failing`. The last part is left out where all fail or the storm is over."""
    name: Phrase = (Foreign(share.label, 80),) if plain(share.label) else ("not named",)
    failing: Phrase = (f"{share.open:,} still failing" if share.open else "none failing",)
    return join(
        [(Strong(f"{share.total:,}"),), name, failing if share.open < share.total and not _is_over(view) else ()]
    )


def _first(view: StormView) -> list[Piece]:
    shown = view.first[:FIRST]
    if not shown or _is_over(view):
        return []
    title = "The alerts" if len(shown) == view.total else f"The first {len(shown):,}"
    return [Paragraph.of(Strong(title)), *(Paragraph((_alert(each),), inset=1) for each in shown)]


def _alert(alert: Alert) -> Phrase:
    """`CRITICAL · SRV-SQL01, Acme Corp`. The kind is named only where it is no backup, for most are."""
    start: Phrase = (Strong("CRITICAL"), " · ") if alert.is_critical and not alert.ending else ()
    kind: Phrase = () if alert.latest.kind is Kind.BACKUP else (f"{KINDS[alert.latest.kind]} of ",)
    return (*start, *kind, Foreign(alert_name(alert), 40, strong=True), *in_tenant(alert.latest.tenant, 30))


def _before(view: StormView, site: str) -> list[Piece]:
    """The cards that alerts got on their own just before the storm."""
    cards: list[Phrase] = []
    for number, posted in enumerate(view.before[:BEFORE], 1):
        name = plain(posted.name) or f"card {number}"
        cards.append(message_link(posted, site, name) or (Foreign(name, 40),))
    more = len(view.before) - BEFORE
    left: Phrase = (f"and {more:,} more",) if more > 0 else ()
    beside = f"{count(len(view.before), 'alert')} more with cards from before: "
    return [Paragraph.of(beside, *join([*cards, left], ", "))] if cards else []
