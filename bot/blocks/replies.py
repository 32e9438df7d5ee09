"""Lines for a card's thread: that it ended, became critical, or still fails. Text alone, with names made harmless."""

from datetime import datetime
from zoneinfo import ZoneInfo

from bot.alerting.kinds import WAKING
from bot.blocks.acts import act_line, resolved
from bot.blocks.alert_words import ENDINGS, HEALED, as_of, is_failure
from bot.blocks.first_line import over_line, raised_line, still_failing, still_line
from bot.blocks.phrase import is_wake, words
from bot.blocks.silence_words import lasted, words_of
from bot.blocks.storm_card import line_of_storm, still_so, subject, whose
from bot.blocks.task_words import GOOD
from bot.blocks.text import count, foreign, moment, span, zone_name
from bot.model import (
    NOT_WATCHED,
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
from bot.model.canary import CANARY

_RAISED = {
    Reason.RESTORE: "{What} failed",
    Reason.IN_A_ROW: "{What} failed three times in a row",
    Reason.NEVER: "There is no good {what} in all the history that is known",
}

_UNTOUCHED = "Nobody has taken it yet."


def line(view: View, owed: Reply, zone: ZoneInfo) -> str:
    """The line without the marks of its message. Raises ValueError for a card that gets none."""
    if owed.says is Says.UNTOLD:
        return _untold(owed.why)
    if owed.act is not None:
        return act_line(owed.act, zone)
    match view:
        case AlertView():
            return _of_alert(view, owed, zone)
        case StormView():
            return _of_storm(view, owed, zone)
        case OutageView():
            return _of_outage(view, zone)
        case UndeliveredView():
            since = view.ended_at or owed.created_at
            return f"It can be reached again{f' since {_dated(since, zone)}' if since else ''}."
        case _:
            raise ValueError("a summary owes no reply")


def _of_outage(view: OutageView, zone: ZoneInfo) -> str:
    at = view.ended_at or view.began_at
    if view.reason == NOT_WATCHED:
        return f"Not watched any more since {_dated(at, zone)}. {NOT_WATCHED}"
    if view.account == WAY_IN:
        return f"Questions and buttons work again since {_dated(at, zone)}."
    if view.account == CANARY:
        return f"A canary is through since {_dated(at, zone)}."
    return f"Acronis is back since {_dated(at, zone)}. It could not be read for {span(at - view.began_at)}."


def _untold(who: str) -> str:
    """`who` is a person's name or id, or `hook:` and the key of a step, which begins with its minutes."""
    kind, _, step = who.partition(":")
    minutes, is_key, _ = step.partition("m-")
    if kind == "hook" and is_key:
        return f"The web hook of the step after {minutes} min could not be reached."
    return f"{foreign(who, 40)} could not be told by direct message."


def call(owed: Reply) -> str:
    """Whom the line calls. An end and what a person did call nobody."""
    return owed.mention if owed.says in WAKING and is_wake(owed.mention) else ""


def closing_line(alert: Alert, zone: ZoneInfo) -> str:
    """`Recovered Mon 04:41 UTC. Failed for 31 min.`"""
    return f"{' '.join(_closing(alert, zone))}."


def _closing(alert: Alert, zone: ZoneInfo) -> tuple[str, str]:
    """How it ended; when, and how long it lasted."""
    at = as_of(alert)
    if alert.resolution is not None:
        how = words(resolved(alert.resolution), zone, at).rstrip(".")
        return f"{how}.", f"{_dated(at, zone)}, after {span(at - alert.opened_at)}"
    if alert.ending is Ending.NO_MORE_RUNS:
        so = lasted(alert.latest, "failed").lower()
        return "Closed: no more runs.", f"Last {so} {_dated(alert.latest.ended_at, zone, at)}"
    if alert.ending is Ending.NOT_REPEATED:
        return "Closed: not repeated.", f"Failed {_dated(alert.latest.ended_at, zone, at)}"
    is_known = alert.ending in HEALED or words_of(alert.latest)
    how = ENDINGS[alert.ending if alert.ending and is_known else Ending.RECOVERED]
    so = lasted(alert.latest, "Failed" if is_failure(alert) else "It was so")
    return how, f"{_dated(at, zone)}. {so} for {span(at - alert.opened_at)}"


def _of_alert(view: AlertView, owed: Reply, zone: ZoneInfo) -> str:
    """What the channel sees too begins as a card does: nobody knows one SRV-SQL01 from another."""
    alert, at = view.alert, owed.created_at or view.alert.latest.ended_at
    match owed.says:
        case Says.CLIMBED:
            return f"{still_line(view, at, zone).rstrip('.')}.\n{_UNTOUCHED}"
        case Says.WOKEN | Says.RELEASED:
            return f"{still_line(view, at, zone).rstrip('.')}.\n{_happened(owed)}"
        case Says.ENDED if owed.broadcast:
            more = f"\n{closing_line(alert, zone)}" if view.beside or alert.resolution else ""
            return f"{over_line(view, _closing(alert, zone)[1], zone)}.{more}"
        case Says.ENDED:
            still = words(still_failing(view), zone, at)
            return f"{closing_line(alert, zone)}{f' {still}.' if still else ''}"
        case Says.RAISED:
            return f"{raised_line(view, zone).rstrip('.')}.\n{_why(alert, at, zone)}."
        case _:
            return f"{still_line(view, at, zone).rstrip('.')}."


def _happened(owed: Reply) -> str:
    """What became of the snooze or the owner."""
    return f"{owed.why[:1].upper()}{owed.why[1:]}." if owed.why else ""


def _why(alert: Alert, at: datetime, zone: ZoneInfo) -> str:
    """`The last good backup has been older than its target of 26 h since Mon 05:05 UTC`."""
    assessment, what = alert.assessment, GOOD[alert.latest.kind]
    if assessment.misses_at is None or assessment.reason not in (Reason.MISSED, Reason.WILL_MISS):
        why = assessment.reason.words
        return _RAISED.get(assessment.reason, f"{why[:1].upper()}{why[1:]}").format(What=f"The {what}", what=what)
    good = f"The last good {what}"
    target, when = f"its target of {span(assessment.target)}", _dated(assessment.misses_at, zone, at)
    if assessment.misses_at <= at:
        return f"{good} has been older than {target} since {when}"
    return f"{good} will be older than {target} from {when} on, before the next run"


def _of_storm(view: StormView, owed: Reply, zone: ZoneInfo) -> str:
    at, alerts = owed.created_at or view.last_at, count(view.total, "alert")
    match owed.says:
        case Says.ENDED:
            ended = view.ended_at or view.last_at
            lasted = span(ended - view.opened_at)
            return f"{subject(view)} of {whose(view)} ended {_dated(ended, zone)}. It lasted {lasted}."
        case Says.RAISED:
            return f"{line_of_storm(f'Now critical: {view.critical:,} of {alerts}', view)}."
        case _:
            failing = f"Still {still_so(view)} for {span(at - view.opened_at)}: {view.open:,} of {alerts}"
            critical = f" ({view.critical:,} CRITICAL)" if view.critical else ""
            why = _UNTOUCHED if owed.says is Says.CLIMBED else _happened(owed)
            return f"{line_of_storm(failing + critical, view)}.\n{why}".rstrip()


def _dated(at: datetime, zone: ZoneInfo, now: datetime | None = None) -> str:
    when, name = moment(at, zone, now or at), zone_name(at, zone)
    return when if when.endswith(f" {name}") else f"{when} {name}"
