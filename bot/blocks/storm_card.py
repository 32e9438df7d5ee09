"""The card of many alerts at once: a storm of one channel, or a banner that Acronis itself seems to fail."""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from bot.blocks import acts, buttons
from bot.blocks.alert_words import SIGNS, alert_name, held_words, with_stop
from bot.blocks.causes import article, step_of
from bot.blocks.layout import HEADLINE, CardBody, Paragraph, Piece, Row
from bot.blocks.phrase import At, Foreign, Phrase, Sign, Strong, Wake, is_wake, join, message_link
from bot.blocks.silence_words import words_of
from bot.blocks.task_words import KINDS, in_tenant
from bot.blocks.text import code_words, count, foreign, moment, plain
from bot.model import Alert, Block, CardKind, Kind, Share, StormView

TENANTS = 5
CAUSES = 4
FIRST = 5
BEFORE = 5
_OF_CAUSES = "cause"
_CAUSE = 12  # characters: a cause cut shorter says nothing


def storm_card(view: StormView, zone: ZoneInfo, site: str) -> CardBody:
    """`zone` is that of the first line; `site` the workspace's address."""
    pieces: list[Piece] = [
        _title(view),
        Paragraph(() if _is_over(view) else _triage(view)),
        Paragraph(_cause(view)),
        Paragraph((_numbers(view), *_times(view))),
        *_shares(view, "tenant", view.tenants, TENANTS, view.more_tenants),
        *([] if _is_platform(view) else _shares(view, _OF_CAUSES, view.causes, CAUSES, view.more_causes)),
        *_first(view),
        *_before(view, site),
        Row(_row(view), f"acts-{view.card_id}-{view.version}"),
        Row(buttons.all_of_storm(view.card_id, view.total)),
    ]
    return CardBody(headline(view, zone), pieces, view.ended_at or view.last_at)


def headline(view: StormView, zone: ZoneInfo) -> str:
    """`CRITICAL: storm of 8 alerts of Acme Corp. Storage is full: SRV-SQL01 and 7 more. Oldest last good Sat 21:10`."""
    if _is_over(view):
        return f"{_state(view)}: {_what(view)}"
    name = "Acronis itself seems to fail," if _is_platform(view) else "storm of"
    start = f"CRITICAL: {name}" if view.critical else f"{name[0].upper()}{name[1:]}"
    good = f". Oldest last good {moment(view.oldest_good_at, zone, view.last_at)}" if view.oldest_good_at else ""
    return line_of_storm(f"{start} {count(view.total, 'alert')}", view, _still(view), good)


def line_of_storm(start: str, view: StormView, still: str = "", tail: str = "") -> str:
    """`start`, then whose, why and which, as far as there is room; escaped."""
    line = f"{start} of {whose(view)}{still}"
    causes = [share for share in view.causes if code_words(share.label)]
    text = code_words(view.cause.text) or (code_words(causes[0].label) if causes else "")
    is_one = _is_platform(view) or len(causes) + view.more_causes == 1
    many = f"{causes[0].total:,} × " if causes and not is_one else ""
    room = HEADLINE - len(line) - len(many) - len(tail) - 3
    if plain(text) and room >= _CAUSE:
        line += f". {many}{foreign(text, room).rstrip('.')}"
    # Not all that are named failed for one of many causes; and two colons around a word are an emoji.
    mark = ". " if many or ":" in text else ": "
    return f"{line}{_which(view, mark, HEADLINE - len(line) - len(tail) - 1)}{tail}"


def whose(view: StormView) -> str:
    """`12 tenants`, or the only one's name, escaped."""
    tenants = len(view.tenants) + view.more_tenants
    name = foreign(view.tenants[0].label, 30) if tenants == len(view.tenants) == 1 else ""
    return name or count(tenants, "tenant")


def _which(view: StormView, mark: str, room: int) -> str:
    """`: SRV-SQL01, SRV-DC01 and 6 more`, where at least one name has room."""
    names: list[str] = []
    for alert in view.first[:FIRST]:
        name = foreign(alert_name(alert), 20)
        if len(", ".join([*names, name])) + 2 + len(f" and {max(view.total, 9_999):,} more") > room:
            break
        names.append(name)
    more = view.total - len(names)
    return f"{mark}{', '.join(names)}{f' and {more:,} more' if more else ''}" if names else ""


def subject(view: StormView) -> str:
    """`All 5,000 alerts`."""
    return f"All {count(view.total, 'alert')}" if view.total != 1 else "The alert"


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
    counted = f"{count(view.total, 'alert')} of {count(tenants, 'tenant')}"
    if _is_over(view):
        left = f", {view.unhealed:,} of them without a good run" if view.unhealed else ""
        return f"All {counted} ended{left}" if view.total != 1 else f"Its alert ended{left}"
    one = ", one cause" if _is_platform(view) else ""
    return counted + one + _still(view)


def _still(view: StormView) -> str:
    return f", {view.open:,} still {still_so(view)}" if view.open < view.total else ""


def still_so(view: StormView) -> str:
    """What is missed, hangs or waits does not fail."""
    return "open" if any(words_of(alert.latest) for alert in view.first) else "failing"


def _title(view: StormView) -> Paragraph:
    """What the first line says, and whom the card calls. One that is over calls nobody."""
    calls = not _is_over(view) and is_wake(view.mention)
    call: tuple[Phrase, ...] = (("For ", Wake(view.mention)),) if calls else ()
    what: Phrase = (_what(view),)
    owner, snooze = (view.owner if view.taken else None), (view.snooze if view.snoozed else None)
    held = () if _is_over(view) else held_words(owner, snooze)
    shown: Phrase = (_sign(view), *held, Strong(_state(view)), " · ", Strong(_what(view)))
    return Paragraph((shown, *call), spoken=(*call, what))


def _row(view: StormView) -> tuple[Block, ...]:
    if _is_over(view):
        return ()
    is_taken, is_snoozed = view.owner is not None, view.snooze is not None
    return buttons.row_of_storm(view.card_id, view.total, taken=is_taken, snoozed=is_snoozed)


def _triage(view: StormView) -> tuple[Phrase, ...]:
    """Who has all of it, or how many of it somebody has; the same of what is put off."""
    lines: list[Phrase] = []
    if view.taken:
        some = f"Taken: {view.taken:,} of {view.open:,} that are open"
        lines.append(acts.taken(view.owner) if view.owner else (some,))
    if view.snoozed:
        some = f"Snoozed: {view.snoozed:,} of {view.open:,} that are open"
        lines.append(acts.snoozed(view.snooze) if view.snooze else (some,))
    return tuple(lines)


def _sign(view: StormView) -> Sign:
    """Its mark of colour. Only what somebody has, or what is put off, as a whole loses that of its severity."""
    if _is_over(view):
        return SIGNS["over" if view.unhealed else "recovered"]
    if view.taken == view.open or view.snoozed == view.open:
        return SIGNS["taken" if view.taken == view.open else "over"]
    return SIGNS["critical" if view.critical else "failed"]


def _cause(view: StormView) -> tuple[Phrase, ...]:
    """What fails and what to do, on a platform's banner."""
    text = code_words(view.cause.text) if _is_platform(view) else ""
    if not text:
        return ()
    lead, step = ("It was: ", ()) if _is_over(view) else ("", step_of(view.cause))
    return ((lead, *with_stop(text, 300), *step, *article(view.cause)),)


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
        *(Paragraph((_share(view, each, noun),), inset=1) for each in shares[:most]),
        *([Paragraph.of(f"and {count(left, f'more {noun}')}", inset=1)] if left else []),
    ]


def _share(view: StormView, share: Share, noun: str) -> Phrase:
    """`1,200 · Beta GmbH · 1,190 still failing`. The last part is left out where all fail or the storm is over."""
    label = code_words(share.label) if noun == _OF_CAUSES else share.label
    name: Phrase = (Foreign(label, 80),) if plain(label) else ("not named",)
    so = still_so(view)
    failing: Phrase = (f"{share.open:,} still {so}" if share.open else f"none {so}",)
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
    silence: Phrase = (alert.latest.code.upper(), " · ") if words_of(alert.latest) and not alert.ending else ()
    return (*start, *silence, *kind, Foreign(alert_name(alert), 40, strong=True), *in_tenant(alert.latest.tenant, 30))


def _before(view: StormView, site: str) -> list[Piece]:
    """How many are shown here, and the cards that alerts got on their own just before the storm."""
    cards: list[Phrase] = []
    for number, posted in enumerate(view.before[:BEFORE], 1):
        name = plain(posted.name) or f"card {number}"
        cards.append(message_link(posted, site, name) or (Foreign(name, 40),))
    more = len(view.before) - BEFORE
    left: Phrase = (f"and {more:,} more",) if more > 0 else ()
    own = f"{len(view.before):,} {'has a card of its own' if len(view.before) == 1 else 'have cards of their own'}: "
    beside = f"{view.total - len(view.before):,} on this card, {own}"
    return [Paragraph.of(beside, *join([*cards, left], ", "))] if cards else []
