"""The card of one alert (experience §3): what and where, why, last good, last runs, small print.

Made to be looked at later: ages are told against the failure, never against now.
"""

from datetime import datetime
from zoneinfo import ZoneInfo

from bot.blocks import strip
from bot.blocks.causes import article
from bot.blocks.layout import HEADLINE, Paragraph, Piece, Reader, Small, message
from bot.blocks.outcomes import KINDS
from bot.blocks.phrase import At, Named, Phrase, Strong
from bot.blocks.text import count, foreign, moment, plain, span, zone_name
from bot.model import Alert, AlertView, Ending, Kind, Message, ResultCode

REPEATED = "Possibly repeated: Slack did not confirm an earlier copy of this message."
_NAME = 40  # characters of the name in the first line
_CAUSE = 12  # a cause cut shorter than this says nothing
_ENDINGS = {
    Ending.RECOVERED: "Recovered",
    Ending.WITH_WARNINGS: "Recovered with warnings",
    Ending.NO_MORE_RUNS: "No more runs",
    Ending.NOT_REPEATED: "Not repeated",
}
_GOOD = {Kind.BACKUP: "backup", Kind.RESTORE: "restore", Kind.MANAGEMENT: "run", Kind.UNKNOWN: "run"}


def alert_card(view: AlertView, zone: ZoneInfo, *, repeated: bool = False) -> Message:
    pieces: list[Piece] = [
        _title(view.alert),
        Paragraph(_cause(view.alert)),
        Paragraph(_good(view)),
        *_runs(view),
        Small(_small_print(view)),
        Small(((REPEATED,),) if repeated else ()),
    ]
    return message(headline(view, zone), pieces, Reader(zone, as_of(view.alert)))


def headline(view: AlertView, zone: ZoneInfo) -> str:
    """The lock screen's line, escaped, at most 120 characters: the name gives way first, then the cause."""
    alert = view.alert
    start = _ENDINGS[alert.ending] if alert.ending else f"{KINDS[alert.kind]} failed"
    tail = _tail(view, zone)
    name = foreign(called(alert), _NAME)
    room = HEADLINE - len(start) - len(name) - len(tail) - 5
    tenant = foreign(alert.tenant.name, min(room - 2, _NAME)) if room > 2 else ""
    where = f"{start}: {name}, {tenant}." if tenant else f"{start}: {name}."
    room = HEADLINE - len(where) - len(tail) - 3
    cause = foreign(_sentence(alert), room) if not alert.ending and room >= _CAUSE else ""
    return " ".join(part for part in (where, f"{cause.rstrip('.')}." if cause else "", tail) if part)


def closing_line(alert: Alert, zone: ZoneInfo) -> str:
    """The thread's one line when an alert ends."""
    at = as_of(alert)
    lasted = span(at - alert.opened_at)
    if alert.ending is Ending.NO_MORE_RUNS:
        return f"Closed: no more runs. Last failed {_dated(alert.failed_at, zone, at)}."
    if alert.ending is Ending.NOT_REPEATED:
        return f"Closed: not repeated. Failed {_dated(alert.failed_at, zone, at)}."
    how = _ENDINGS[alert.ending or Ending.RECOVERED]
    return f"{how} {_dated(at, zone, at)}. Failed for {lasted}."


def called(alert: Alert) -> str:
    """The name people know it by: the machine's, else the plan's, else the type's."""
    names = (alert.name, alert.plan, alert.type)
    return next((name for name in names if plain(name)), "unnamed")


def as_of(alert: Alert) -> datetime:
    """The moment the card speaks of: its end, else its latest failure."""
    return alert.closed_at or alert.failed_at


def cause_words(alert: Alert, length: int = 300) -> Phrase:
    """The cause as a sentence with its full stop, in at most `length` characters and the stop."""
    return (Named(_sentence(alert), length), *((".",) if _open(_sentence(alert), length) else ()))


def _title(alert: Alert) -> Paragraph:
    state = _ENDINGS[alert.ending].upper() if alert.ending else "FAILED"
    where: Phrase = (", ", Named(alert.tenant.name, 80, strong=True)) if plain(alert.tenant.name) else ()
    name = Named(called(alert), 100, strong=True)
    shown: Phrase = (Strong(state), f" · {KINDS[alert.kind]} of ", name, *where)
    kind: Phrase = (f"{KINDS[alert.kind]} of ",) if alert.ending else ()  # of a failure the first line says it
    return Paragraph((shown,), spoken=((*kind, name, *where),))


def _cause(alert: Alert) -> tuple[Phrase, ...]:
    start = "It failed because: " if alert.ending and plain(alert.cause.text) else ""
    return ((start, *cause_words(alert), *article(alert.cause)),)


def _sentence(alert: Alert) -> str:
    """The cause, not escaped, else what the result code says."""
    if plain(alert.cause.text):
        return plain(alert.cause.text)
    if alert.code == ResultCode.TIMEDOUT:
        return "The run timed out."
    if alert.code == ResultCode.ABANDONED:
        return "The run was abandoned."
    return "Acronis gave no cause."


def _open(sentence: str, length: int) -> bool:
    """Whether it has no end of its own; what is cut has the cut's."""
    return not sentence.endswith((".", "!", "?", "…")) and len(sentence) < length


def _good(view: AlertView) -> tuple[Phrase, ...]:
    alert, good = view.alert, _GOOD[view.alert.kind]
    lasted: list[Phrase] = []
    if alert.ending and alert.closed_at:
        healed = alert.ending in (Ending.RECOVERED, Ending.WITH_WARNINGS)
        lasted = (
            [("Failed from ", At(alert.opened_at), " to ", At(alert.closed_at))] if healed else [_last_failed(alert)]
        )
    if view.last_good_at is None:
        return (*lasted, *_unseen(view, good))
    gap = alert.failed_at - view.last_good_at
    age = f", {span(gap)} before the failure" if gap.total_seconds() > 0 else ""
    return (*lasted, (Strong("Last good"), f" {good} ", At(view.last_good_at), age))


def _last_failed(alert: Alert) -> Phrase:
    return ("Last failed ", At(alert.failed_at))


def _unseen(view: AlertView, good: str) -> tuple[Phrase, ...]:
    """Unknown is said as unknown. Of a restore nobody expects an earlier good one."""
    if view.alert.kind is Kind.RESTORE:
        return ()
    if view.history_from is None:
        return ((f"No good {good} seen yet",),)
    return ((f"No good {good} seen since ", At(view.history_from)),)


def _runs(view: AlertView) -> list[Piece]:
    codes = view.strip[-strip.LENGTH :]
    usual = f"usually {span(view.usual)}" if view.usual is not None else ""
    facts = " · ".join(part for part in (strip.in_a_row(codes), usual) if part)
    if not codes:
        return [Paragraph(((facts,),) if facts else ())]
    legend = f"{count(len(codes), 'last run')}, newest at the right: {strip.legend(codes)}"
    told = (f"{count(len(codes), 'last run')}, oldest first: {strip.told(codes)}",)
    shown: tuple[Phrase, ...] = ((strip.signs(codes),), *(((facts,),) if facts else ()))
    return [Paragraph(shown, spoken=(told, (facts,))), Small(((legend,),), spoken=())]


def _small_print(view: AlertView) -> tuple[Phrase, ...]:
    alert = view.alert
    facts: list[Phrase] = [
        (label, Named(value, 80))
        for label, value in (("tenant ", alert.tenant.name), ("plan ", alert.plan))
        if plain(value)
    ]
    facts.append(("failing since " if alert.ending is None else "first failed ", At(alert.opened_at)))
    if alert.occurrences > 1:
        facts.append((f"failed {alert.occurrences:,} times",))
    if alert.kind is Kind.UNKNOWN:
        facts.append(("kind unknown, type ", Named(alert.type, 60)))
    if plain(alert.cause.code):
        facts.append(("code ", Named(alert.cause.code, 60)))
    facts.append(("id ", Named(alert.task_id, 40, whole=True)))
    return (*facts, _earlier(view.previous))


def _earlier(previous: Alert | None) -> Phrase:
    if previous is None:
        return ()
    how = previous.ending.value if previous.ending else "ended"
    return (f"failed before: alert {previous.id}, {how} ", At(as_of(previous)))


def _tail(view: AlertView, zone: ZoneInfo) -> str:
    alert, now = view.alert, as_of(view.alert)
    if alert.ending in (Ending.RECOVERED, Ending.WITH_WARNINGS):
        return f"Failed for {span(now - alert.opened_at)}"
    if alert.ending:
        return f"Last failed {moment(alert.failed_at, zone, now)}"
    if view.last_good_at:
        return f"Last good {moment(view.last_good_at, zone, now)}"
    if alert.kind is Kind.RESTORE:
        return ""
    since = f" since {moment(view.history_from, zone, now)}" if view.history_from else " yet"
    return f"No good {_GOOD[alert.kind]} seen{since}"


def _dated(at: datetime, zone: ZoneInfo, now: datetime) -> str:
    return f"{moment(at, zone, now)} {zone_name(at, zone)}"
