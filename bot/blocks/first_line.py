"""The first line of an alert's card, and the lines about it that the channel gets later (experience §3).

It is what a lock screen shows: how bad, what, where, which plan, why, and what is left to restore from, escaped, in 120
characters. Names are cut first, then the cause.
"""

from datetime import datetime
from zoneinfo import ZoneInfo

from bot.alerting.silence_causes import CONFIRMED
from bot.blocks import alert_words
from bot.blocks.layout import HEADLINE
from bot.blocks.phrase import Foreign, Phrase, words
from bot.blocks.restore_point import good_at
from bot.blocks.silence_words import lasted, still, words_of
from bot.blocks.task_words import GOOD, KINDS, in_tenant
from bot.blocks.text import ELLIPSIS, foreign, moment, plain, span
from bot.model import Alert, AlertView, Ending, Kind, Silence

_NAMES = (40, 30, 20, 14, 10)  # characters of a name: the longest with which the cause can be said
_SAYS = 40  # so many of its characters say what it is
_CAUSE = 12  # a cause cut shorter than this says nothing


def card_line(view: AlertView, zone: ZoneInfo) -> str:
    """`CRITICAL: SRV-SQL01 (SQL every 4 hours), Acme Corp. Backup storage is full. Last good Sat 21:10`."""
    alert = view.alert
    if alert.ending:
        return over_line(view, _lasted(view, zone), zone)
    return _line(_how_bad(alert), view, _why(view, zone), _last_good(view, zone))


def over_line(view: AlertView, how_long: str, zone: ZoneInfo) -> str:
    """`Recovered: SRV-SQL01 (Nightly), Acme Corp. Failed for 31 min`, or what still fails of the machine."""
    others = words(still_failing(view), zone, alert_words.as_of(view.alert))
    return _line(alert_words.beginning(view.alert), view, "", others or how_long)


def raised_line(view: AlertView, zone: ZoneInfo) -> str:
    """`Now critical: SRV-SQL01 (Nightly), Acme Corp. Backup storage is full. Last good Sat 21:10`."""
    return _line("Now critical", view, _why(view, zone), _last_good(view, zone))


def still_line(view: AlertView, at: datetime, zone: ZoneInfo) -> str:
    """`CRITICAL, still failing for 31 min: SRV-SQL01 (Nightly), Acme Corp. Backup storage is full.`"""
    alert = view.alert
    how = still(alert.latest)
    start = f"CRITICAL, {how}" if alert.is_critical else f"{how[0].upper()}{how[1:]}"
    return _line(f"{start} for {span(at - alert.opened_at)}", view, _why(view, zone), _last_good(view, zone))


def line_about(start: str, view: AlertView, zone: ZoneInfo) -> str:
    """`Handed to you by Mia: SRV-SQL01, Acme Corp. Backup storage is full. Last good Sat 21:10`."""
    return _line(start, view, _why(view, zone), _last_good(view, zone))


def still_failing(view: AlertView) -> Phrase:
    """`Still failing: SQL every 4 hours, CRITICAL and 2 more`: what else of the machine failed when this ended."""
    if not view.beside:
        return ()
    worst, more = view.beside[0], len(view.beside) - 1
    how = f"{', CRITICAL' if worst.is_critical else ''}{f' and {more:,} more' if more else ''}"
    return ("Still failing: ", Foreign(_told_apart(worst), 20), how)


def where(view: AlertView, length: int = 100) -> Phrase:
    """`SRV-SQL01 (Nightly), Acme Corp`. The plan is named where the machine has more than one."""
    name = Foreign(alert_words.alert_name(view.alert), length, strong=True)
    plan: Phrase = (" (", Foreign(view.alert.latest.plan, length), ")") if _names_plan(view) else ()
    return (name, *plan, *in_tenant(view.alert.latest.tenant, 80, strong=True))


def _why(view: AlertView, zone: ZoneInfo) -> str:
    """`Due Mon 21:00, did not start`, `9 plans did not start`, else the cause."""
    run = view.alert.latest
    if run.code == Silence.OFFLINE:
        return f"{alert_words.plans(view.alert)} did not start"
    if run.code != Silence.MISSED:
        return alert_words.sentence(view.alert)
    due = f"Due {moment(run.began_at, zone, alert_words.as_of(view.alert))}, did not start"
    is_all = alert_words.is_all_said(view.alert) or run.cause.entry == CONFIRMED
    return due if is_all else f"{due}. {alert_words.sentence(view.alert)}"


def _how_bad(alert: Alert) -> str:
    """`CRITICAL`, `CRITICAL, restore failed`, `Backup failed`. Most are backups that failed."""
    what = alert_words.beginning(alert)
    if not alert.is_critical:
        return what
    is_usual = alert.latest.kind is Kind.BACKUP and alert_words.is_failure(alert)
    return "CRITICAL" if is_usual else f"CRITICAL, {what[0].lower()}{what[1:]}"


def _told_apart(other: Alert) -> str:
    """What tells it from other alerts of its machine."""
    if other.latest.kind is not Kind.BACKUP:
        return f"a {KINDS[other.latest.kind].lower()}"
    return plain(other.latest.plan) or alert_words.alert_name(other)


def _names_plan(view: AlertView) -> bool:
    alert = view.alert
    return (
        view.has_plans
        and bool(plain(alert.latest.plan))
        and alert_words.alert_name(alert) != alert.latest.plan
        and not alert_words.is_of_type(alert)
    )


def _line(start: str, view: AlertView, why: str, tail: str) -> str:
    named, room = "", 0
    for length in _NAMES:
        named = _named(start, view, length)
        room = HEADLINE - len(named) - len(tail) - 4
        if min(len(why), _SAYS) <= room:
            break
    cause = foreign(why, room) if why and room >= _CAUSE else ""
    return " ".join(part for part in (_full_stop(named), _full_stop(cause), tail) if part)


def _named(start: str, view: AlertView, length: int) -> str:
    """`Backup failed: SRV-SQL01 (Nightly), Acme Corp`, each name in at most `length` characters."""
    run = view.alert.latest
    plan = f" ({foreign(run.plan, length)})" if _names_plan(view) else ""
    tenant = foreign(run.tenant.name, length)
    return f"{start}: {foreign(alert_words.alert_name(view.alert), length)}{plan}{f', {tenant}' if tenant else ''}"


def _full_stop(words: str) -> str:
    return f"{words.rstrip('.')}." if words and not words.endswith(ELLIPSIS) else words


def _lasted(view: AlertView, zone: ZoneInfo) -> str:
    alert, now = view.alert, alert_words.as_of(view.alert)
    if alert.ending in alert_words.HEALED or (words_of(alert.latest) and alert.ending is not Ending.NO_MORE_RUNS):
        how = "Failed" if alert_words.is_failure(alert) else "It was so"
        return f"{lasted(alert.latest, how)} for {span(now - alert.opened_at)}"
    return f"Last {'failed ' if alert_words.is_failure(alert) else ''}{moment(alert.latest.ended_at, zone, now)}"


def _last_good(view: AlertView, zone: ZoneInfo) -> str:
    alert, now, good = view.alert, alert_words.as_of(view.alert), good_at(view)
    if alert.latest.kind is Kind.RESTORE or alert.latest.code == Silence.OFFLINE:
        return ""  # a last good *restore* would be read as a backup, and an agent has none
    if alert.latest.code == Silence.EMPTY:  # its good runs are what saved nothing
        return f"Nothing saved since {moment(alert.latest.began_at, zone, now)}"
    if good:
        return f"Last good {moment(good, zone, now)}"
    since = f" since {moment(view.history_from, zone, now)}" if view.history_from else " yet"
    return f"No good {GOOD[alert.latest.kind]} seen{since}"
