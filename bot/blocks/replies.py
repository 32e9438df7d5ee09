"""Lines for a card's thread: that it ended, became critical, or is untouched. Text alone, with names made harmless."""

from datetime import datetime
from zoneinfo import ZoneInfo

from bot.blocks.alert_card import HEALED
from bot.blocks.alert_words import ENDINGS, alert_name, as_of, is_failure, sentence
from bot.blocks.layout import HEADLINE
from bot.blocks.phrase import is_wake
from bot.blocks.storm_card import standing, subject
from bot.blocks.task_words import GOOD, KINDS
from bot.blocks.text import count, foreign, moment, span, zone_name
from bot.model import (
    WAY_IN,
    Alert,
    AlertView,
    Ending,
    OutageView,
    Reason,
    Reply,
    Says,
    StormView,
    UndeliveredView,
    View,
)

_RAISED = {
    Reason.RESTORE: "{what} of {name} failed",
    Reason.IN_A_ROW: "{what} of {name} failed three times in a row",
    Reason.NEVER: "of {name} there is no good backup in all the history that is known",
}


def line(view: View, owed: Reply, zone: ZoneInfo) -> str:
    """The line without the marks of its message. Raises ValueError for a card that gets none."""
    match view:
        case AlertView():
            return _of_alert(view.alert, owed, zone)
        case StormView():
            return _of_storm(view, owed, zone)
        case OutageView():
            at = view.ended_at or view.began_at
            if view.account == WAY_IN:
                return f"Questions and buttons work again since {_dated(at, zone)}."
            return f"Acronis is back since {_dated(at, zone)}. It could not be read for {span(at - view.began_at)}."
        case UndeliveredView():
            since = view.ended_at or owed.created_at
            return f"It can be reached again{f' since {_dated(since, zone)}' if since else ''}."
        case _:
            raise ValueError("a summary owes no reply")


def call(owed: Reply) -> str:
    """Whom the line calls. An end calls nobody."""
    return owed.mention if owed.says is not Says.ENDED and is_wake(owed.mention) else ""


def closing_line(alert: Alert, zone: ZoneInfo) -> str:
    at = as_of(alert)
    if alert.ending is Ending.NO_MORE_RUNS:
        return f"Closed: no more runs. Last failed {_dated(alert.latest.ended_at, zone, at)}."
    if alert.ending is Ending.NOT_REPEATED:
        return f"Closed: not repeated. Failed {_dated(alert.latest.ended_at, zone, at)}."
    how = ENDINGS[alert.ending if alert.ending in HEALED and alert.ending else Ending.RECOVERED]
    lasted = "Failed" if is_failure(alert) else "It was so"
    return f"{how} {_dated(at, zone)}. {lasted} for {span(at - alert.opened_at)}."


def _of_alert(alert: Alert, owed: Reply, zone: ZoneInfo) -> str:
    at = owed.created_at or alert.latest.ended_at
    match owed.says:
        case Says.ENDED:
            return closing_line(alert, zone)
        case Says.RAISED:
            return f"Now critical: {_why(alert, at, zone)}."
        case Says.STILL:
            return _still(alert, at)


def _still(alert: Alert, at: datetime) -> str:
    """One line of a lock screen, without the mention. The cause gets the room that names leave."""
    tenant = foreign(alert.latest.tenant.name, 24)
    where = f"{foreign(alert_name(alert), 28)}{f', {tenant}' if tenant else ''}"
    start = f"Still failing and untouched for {span(at - alert.opened_at)}: {KINDS[alert.latest.kind]} of {where}. "
    return f"{start}{foreign(sentence(alert), max(HEADLINE - len(start) - 1, 12)).rstrip('.')}."


def _why(alert: Alert, at: datetime, zone: ZoneInfo) -> str:
    """`the last good backup of SRV-SQL01 has been older than its target of 26 h since Mon 05:05 UTC`."""
    assessment, name = alert.assessment, foreign(alert_name(alert), 60)
    if assessment.misses_at is None or assessment.reason not in (Reason.MISSED, Reason.WILL_MISS):
        return _RAISED.get(assessment.reason, "{what} of {name}, {why}").format(
            what=f"the {GOOD[alert.latest.kind]}", name=name, why=assessment.reason.words
        )
    good = f"the last good {GOOD[alert.latest.kind]} of {name}"
    target, when = f"its target of {span(assessment.target)}", _dated(assessment.misses_at, zone, at)
    if assessment.misses_at <= at:
        return f"{good} has been older than {target} since {when}"
    return f"{good} will be older than {target} from {when} on, before the next run"


def _of_storm(view: StormView, owed: Reply, zone: ZoneInfo) -> str:
    at = owed.created_at or view.last_at
    match owed.says:
        case Says.ENDED:
            ended = view.ended_at or view.last_at
            lasted = span(ended - view.opened_at)
            return f"{subject(view)} ended {_dated(ended, zone)}. It lasted {lasted}."
        case Says.RAISED:
            return f"Now critical: {view.critical:,} of {count(view.total, 'alert')}."
        case Says.STILL:
            return f"Still untouched for {span(at - view.opened_at)}: {standing(view)}."


def _dated(at: datetime, zone: ZoneInfo, now: datetime | None = None) -> str:
    when, name = moment(at, zone, now or at), zone_name(at, zone)
    return when if when.endswith(f" {name}") else f"{when} {name}"
