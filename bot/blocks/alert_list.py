"""Lists of alerts: the open ones as an answer; in a window with pages those of a part of the Home."""

from collections.abc import Iterator, Sequence
from zoneinfo import ZoneInfo

from bot.blocks import buttons
from bot.blocks.alert_words import alert_name, cause_words, is_repeated, line
from bot.blocks.frame import Frame, open_words
from bot.blocks.layout import Beside, Paragraph, Piece, Row, modal
from bot.blocks.paging import ListPage, turn
from bot.blocks.phrase import At, Phrase, Strong, join
from bot.blocks.silence_words import lasted
from bot.blocks.text import count
from bot.model import Alert, Basis, Block, HomePart, Message, Modal, OpenAlerts, OpenCount, Person, Silence, task_behind

TITLE = "Alerts"


def alert_list(found: OpenAlerts, basis: Basis, frame: Frame, *, why: bool = False) -> Message:
    """`why`: each alert has the button that says why it was told, in place of its details."""
    shown = turn(found.alerts, frame.page, found.size, offset=found.offset)
    counted = counted_words(found, basis)
    rest = f"In all {open_words(found.every)}." if found.every.size > found.size > 0 else ""
    body = [
        Paragraph(((Strong(counted),), (rest,) if rest else ())),
        frame.heading(shown.place(",")),
        *alert_rows(shown.items, why=why),
    ]
    return frame.message(frame.headline(counted, basis), body, basis, shown=shown)


def one_alert(alert: Alert, question: str, basis: Basis, person: Person) -> Message:
    """An alert by its number: what, where, why, since when, and the row of its card."""
    body: list[Piece] = [
        Paragraph((line(alert), cause_words(alert, 120), facts(alert))),
        Row(buttons.row_of(alert)),
    ]
    frame = Frame(question, person)
    return frame.message(frame.headline(f"alert {alert.id}", basis), [frame.heading(""), *body], basis)


def home_modal(found: OpenAlerts, part: HomePart, page: int, zone: ZoneInfo) -> Modal:
    """One page of a whole part of the Home tab. Its buttons turn the page in the same window."""
    shown = turn(found.alerts, page, found.size, offset=found.offset)
    return _window(found, shown, "None is left.", buttons.of_home(part, shown.page, shown.pages), zone)


def named_modal(alerts: Sequence[Alert], zone: ZoneInfo) -> Modal:
    """The alerts that a message names."""
    return modal(TITLE, [Paragraph.of(Strong(count(len(alerts), "alert"))), *alert_rows(alerts)], zone)


def _window(found: OpenAlerts, shown: ListPage[Alert], empty: str, turning: Sequence[Block], zone: ZoneInfo) -> Modal:
    counted = f"{count(found.size, 'alert')}{critical_words(found)}" if found.size else empty
    pieces = [Paragraph(((Strong(counted),), (shown.place(","),))), *alert_rows(shown.items)]
    return modal(TITLE, pieces, zone, buttons=turning)


def counted_words(found: OpenAlerts, basis: Basis) -> str:
    """`12 alerts open, 3 critical`. That none is open is said only where all is known, and none is."""
    if not found.size and found.every.size:
        verb = "is" if found.every.size == 1 else "are"
        return f"None fits; {found.every.size:,} {verb} open{critical_words(found.every)}"
    if not found.size:
        return "No open alert is known" if basis.stale or basis.partial else "No alert is open"
    return f"{count(found.size, 'alert')} open{critical_words(found)}"


def critical_words(found: OpenAlerts | OpenCount) -> str:
    return f", {found.critical:,} critical" if found.critical else ""


def alert_rows(alerts: Sequence[Alert], *, why: bool = False) -> Iterator[Piece]:
    """The first line says what, where and why; the second since when, with its details beside it, else with why."""
    for alert in alerts:
        details = None if why else buttons.details(task_behind(alert.latest.task_id), alert_name(alert))
        button = details or buttons.why(alert)
        yield Paragraph((line(alert), cause_words(alert, 120)))
        yield Beside(facts(alert), button)


def facts(alert: Alert) -> Phrase:
    good = alert.assessment.last_good_at
    when: Phrase = ("since ", At(alert.opened_at))
    if alert.ending and alert.closed_at:
        when = (f"{alert.ending.value} ", At(alert.closed_at))
    return join(
        [
            when,
            (f"{lasted(alert.latest).lower()} {alert.occurrences:,} times",) if is_repeated(alert) else (),
            ("last good ", At(good)) if good and not alert.ending and alert.latest.code != Silence.OFFLINE else (),
            (f"alert {alert.id}",) if alert.id > 0 else (),
        ]
    )
