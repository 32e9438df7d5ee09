"""The card of one alert (experience §3). People look at it later: ages are counted from the failure, not from now."""

from zoneinfo import ZoneInfo

from bot.blocks import alert_words, buttons, strip
from bot.blocks.causes import article, step_of
from bot.blocks.last_runs import strip_pieces
from bot.blocks.layout import HEADLINE, CardBody, Paragraph, Piece, Row
from bot.blocks.phrase import At, Foreign, Phrase, Strong, Wake, is_wake, message_link
from bot.blocks.restore_point import good_at, good_line, restore_point, severity
from bot.blocks.task_words import GOOD, KINDS
from bot.blocks.text import ELLIPSIS, foreign, moment, plain, span
from bot.model import Alert, AlertView, Ending, Kind

HEALED = (Ending.RECOVERED, Ending.WITH_WARNINGS)
_BEGAN = {True: ("failing since ", "first failed ", "failed "), False: ("since ", "first ", "")}  # by `is_failure`
_NAMES = (40, 30, 20)  # characters of a name in the first line: the longest with which the cause can be said
_SAYS = 40  # so many of its characters say what it is
_CAUSE = 12  # a cause cut shorter than this says nothing


def alert_card(view: AlertView, zone: ZoneInfo, site: str) -> CardBody:
    """`zone` is that of the first line; `site` the workspace's address."""
    alert = view.alert
    pieces: list[Piece] = [
        _title(view),
        Paragraph(_cause(alert)),
        Paragraph(_duration(view) if alert.ending else restore_point(view)),
        *(() if alert_words.is_of_type(alert) else _runs(view)),
        Row(() if alert.ending else buttons.of_alert(alert)),
    ]
    return CardBody(headline(view, zone), pieces, alert_words.as_of(alert), (*_small_print(view), _before(view, site)))


def headline(view: AlertView, zone: ZoneInfo) -> str:
    """The lock screen's line, escaped, at most 120 characters. The name is cut first, then the cause."""
    alert = view.alert
    start, tail = alert_words.beginning(alert), _tail(view, zone)
    why = "" if alert.ending else alert_words.sentence(alert)
    for length in _NAMES:
        where = _where(start, alert, length, HEADLINE - len(tail) - 3)
        room = HEADLINE - len(where) - len(tail) - 4
        if min(len(why), _SAYS) <= room:
            break
    cause = foreign(why, room) if why and room >= _CAUSE else ""
    return " ".join(part for part in (_full_stop(where), _full_stop(cause), tail) if part)


def _where(start: str, alert: Alert, length: int, room: int) -> str:
    """`Backup failed: SRV-SQL01, Acme Corp`, each name in at most `length` characters, all of it in `room`."""
    named = f"{start}: {foreign(alert_words.alert_name(alert), length)}"
    left = room - len(named) - 2
    tenant = foreign(alert.latest.tenant.name, min(left, length)) if left > 0 else ""
    return f"{named}, {tenant}" if tenant else named


def _full_stop(words: str) -> str:
    return f"{words.rstrip('.')}." if words and not words.endswith(ELLIPSIS) else words


def _title(view: AlertView) -> Paragraph:
    """State, what and where, and whom the card calls. An edit calls nobody, so a card that is over names nobody."""
    alert = view.alert
    shown: Phrase = (Strong(alert_words.state(alert)), f" · {KINDS[alert.latest.kind]} of ", *alert_words.about(alert))
    kind: Phrase = (f"{KINDS[alert.latest.kind]} of ",) if alert.ending else ()  # the first line says it of a failure
    calls = alert.is_critical and not alert.ending and is_wake(view.mention)
    call: tuple[Phrase, ...] = (("For ", Wake(view.mention)),) if calls else ()
    loud: Phrase = ("Critical",) if alert.is_critical and not alert.ending else ()
    said: Phrase = ("Critical, for ", Wake(view.mention)) if calls else loud
    return Paragraph((shown, *call), spoken=((*kind, *alert_words.about(alert)), said))


def _cause(alert: Alert) -> tuple[Phrase, ...]:
    reason = "It failed because: " if alert_words.is_failure(alert) else "It was: "
    start = reason if alert.ending and plain(alert.latest.cause.text) else ""
    step = step_of(alert.latest.cause) if not alert.ending else ()
    return ((start, *alert_words.cause_words(alert), *step, *article(alert.latest.cause)),)


def _duration(view: AlertView) -> tuple[Phrase, ...]:
    alert, failed = view.alert, alert_words.is_failure(view.alert)
    line: Phrase = ("Last failed " if failed else "Last ", At(alert.latest.ended_at))
    if alert.ending in HEALED and alert.closed_at:
        line = ("Failed from " if failed else "From ", At(alert.opened_at), " to ", At(alert.closed_at))
    return (line, good_line(view))


def _runs(view: AlertView) -> list[Piece]:
    usual = f"usually {span(view.usual)}" if view.usual is not None else ""
    in_a_row = strip.in_a_row(view.in_a_row)
    return strip_pieces(view.strip, " · ".join(filter(None, (in_a_row, usual))))


def _small_print(view: AlertView) -> tuple[Phrase, ...]:
    alert, run, reason = view.alert, view.alert.latest, severity(view.alert)
    since, first, failed = _BEGAN[alert_words.is_failure(alert)]
    return (
        (reason,) if reason else (),
        _fact("tenant ", run.tenant.name, 80),
        _fact("plan ", run.plan, 80),
        (first if alert.ending else since, At(alert.opened_at)),
        (f"{failed}{alert.occurrences:,} times",) if alert.occurrences > 1 else (),
        ("kind unknown, type ", Foreign(run.type, 60)) if run.kind is Kind.UNKNOWN else (),
        _fact("last on ", run.name, 60) if alert_words.is_of_type(alert) else (),
        _fact("code ", run.cause.code, 60),
        ("id ", Foreign(run.task_id, 40, whole=True)),
    )


def _fact(label: str, value: str, length: int) -> Phrase:
    return (label, Foreign(value, length)) if plain(value) else ()


def _before(view: AlertView, site: str) -> Phrase:
    """The alert of the same problem before this one, and where its card stands."""
    previous = view.previous
    if previous is None:
        return ()
    how = previous.ending.value if previous.ending else "ended"
    link = message_link(view.previous_card, site, "its card")
    card: Phrase = (", ", *link) if link else ()
    return (f"failed before: alert {previous.id}, {how} ", At(alert_words.as_of(previous)), *card)


def _tail(view: AlertView, zone: ZoneInfo) -> str:
    alert, now, good = view.alert, alert_words.as_of(view.alert), good_at(view)
    if alert.ending in HEALED:
        return f"{'Failed' if alert_words.is_failure(alert) else 'It was so'} for {span(now - alert.opened_at)}"
    if alert.ending:
        return f"Last {'failed ' if alert_words.is_failure(alert) else ''}{moment(alert.latest.ended_at, zone, now)}"
    if alert.latest.kind is Kind.RESTORE:  # a last good *restore* would be read as a backup
        return ""
    if good:
        return f"Last good {moment(good, zone, now)}"
    since = f" since {moment(view.history_from, zone, now)}" if view.history_from else " yet"
    return f"No good {GOOD[alert.latest.kind]} seen{since}"
