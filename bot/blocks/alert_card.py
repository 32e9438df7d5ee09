"""The card of one alert (experience §3). People look at it later: ages are counted from the failure, not from now."""

from collections.abc import Collection
from zoneinfo import ZoneInfo

from bot.blocks import acts, alert_words, buttons, strip
from bot.blocks.causes import article, step_of
from bot.blocks.first_line import card_line, still_failing, where
from bot.blocks.last_runs import strip_pieces
from bot.blocks.layout import CardBody, Paragraph, Piece, Row
from bot.blocks.phrase import At, Foreign, Phrase, Wake, is_wake, message_link
from bot.blocks.restore_point import good_line, restore_point, severity
from bot.blocks.silence_words import lasted, words_of
from bot.blocks.silence_words import since as since_words
from bot.blocks.text import plain, span, telling
from bot.model import Alert, AlertView, Kind, Silence, task_behind

_NOTE = 300  # characters of a note; the whole of it stands in the details
_BEGAN = {True: ("failing since ", "first failed ", "failed "), False: ("since ", "first ", "")}  # by `is_failure`


def alert_card(view: AlertView, zone: ZoneInfo, site: str, *, acting: Collection[str] = ()) -> CardBody:
    """`zone` is that of the first line; `site` the workspace's address. Backups of the accounts of `acting` may be run
    from here."""
    alert = view.alert
    pieces: list[Piece] = [
        _title(view),
        Paragraph(_triage(alert)),
        Paragraph(_cause(alert)),
        Paragraph(_duration(view) if alert.ending else restore_point(view)),
        *(() if alert_words.is_of_type(alert) or alert.latest.code == Silence.OFFLINE else _runs(view)),
        Paragraph(_notes(view)),
        Row(buttons.row_of(alert, may_run=alert.latest.account in acting), f"acts-{view.card_id}-{view.version}"),
    ]
    return CardBody(card_line(view, zone), pieces, alert_words.as_of(alert), (*_small_print(view), _before(view, site)))


def _title(view: AlertView) -> Paragraph:
    """State, what and where, and whom the card calls. An edit calls nobody, so a card that is over names nobody."""
    alert = view.alert
    shown: Phrase = (*alert_words.standing(alert), f" · {alert_words.kind_of(alert)}", *where(view))
    kind: Phrase = (alert_words.kind_of(alert),) if alert.ending else ()  # the first line says it of a failure
    calls = alert.is_critical and not alert.ending and is_wake(view.mention)
    call: tuple[Phrase, ...] = (("For ", Wake(view.mention)),) if calls else ()
    said: Phrase = ("Critical, for ", Wake(view.mention)) if calls else ()
    how: Phrase = () if alert.ending else (alert_words.beginning(alert),)
    return Paragraph((shown, *call), spoken=((*kind, *where(view)), said, how))


def _triage(alert: Alert) -> tuple[Phrase, ...]:
    """Who has it, until when it is put off, or who ended it and why."""
    if alert.ending and alert.resolution:
        return ((*acts.resolved(alert.resolution), "."),)
    owner, snooze = (None, None) if alert.ending else (alert.triage.owner, alert.triage.snooze)
    return (acts.taken(owner) if owner else (), acts.snoozed(snooze) if snooze else ())


def _notes(view: AlertView) -> tuple[Phrase, ...]:
    """Why it was closed by hand before, and the last notes about the workload, the newest first."""
    before = view.previous.resolution if view.previous else None
    closed: tuple[Phrase, ...] = (("Before: ", *acts.resolved(before)),) if before else ()
    return (*closed, *(acts.note(each, _NOTE) for each in view.notes))


def _cause(alert: Alert) -> tuple[Phrase, ...]:
    reason = "It failed because: " if alert_words.is_failure(alert) else "It was: "
    is_said = words_of(alert.latest) is not None  # a silence is a sentence of its own
    start = reason if alert.ending and plain(alert.latest.cause.text) and not is_said else ""
    step = step_of(alert.latest.cause) if not alert.ending else ()
    return ((start, *alert_words.cause_words(alert), *step, *article(alert.latest.cause)),)


def _duration(view: AlertView) -> tuple[Phrase, ...]:
    alert, failed = view.alert, alert_words.is_failure(view.alert)
    line: Phrase = ("Last failed " if failed else "Last ", At(alert.latest.ended_at))
    if (alert.ending in alert_words.HEALED or words_of(alert.latest)) and alert.closed_at:
        so = lasted(alert.latest, "Failed" if failed else "")
        line = (f"{so} from ".strip().capitalize() + " ", At(alert.opened_at), " to ", At(alert.closed_at))
    return (line, good_line(view), still_failing(view))


def _runs(view: AlertView) -> list[Piece]:
    usual = f"usually {span(view.usual)}" if view.usual is not None else ""
    in_a_row = strip.in_a_row(view.in_a_row)
    return strip_pieces(view.strip, " · ".join(filter(None, (in_a_row, usual))))


def _small_print(view: AlertView) -> tuple[Phrase, ...]:
    alert, run, reason = view.alert, view.alert.latest, severity(view.alert)
    since, first, failed = _began(alert)
    return (
        (reason,) if reason else (),
        _fact("tenant ", run.tenant.name, 80),
        _fact("plan ", run.plan, 80),
        (first if alert.ending else since, At(alert.opened_at)),
        (f"{failed}{alert.occurrences:,} times",) if alert_words.is_repeated(alert) else (),
        _unknown_kind(run.type) if run.kind is Kind.UNKNOWN else (),
        _fact("last on ", run.name, 60) if alert_words.is_of_type(alert) else (),
        _fact("code ", telling(run.cause.code), 60),
        (f"alert {alert.id}",),
        ("id ", Foreign(id_, 40, whole=True)) if (id_ := task_behind(run.task_id)) else (),
    )


def _unknown_kind(of_type: str) -> Phrase:
    return ("kind unknown, type ", Foreign(shown, 60)) if plain(shown := telling(of_type)) else ("kind unknown",)


def _began(alert: Alert) -> tuple[str, str, str]:
    """What stands before the time since when it is so, or was, and before how often."""
    if words := words_of(alert.latest):
        so = words.lasted.lower()
        return since_words(alert.latest), f"first {so} ", f"{so} "
    return _BEGAN[alert_words.is_failure(alert)]


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
    what = lasted(previous.latest).lower()
    return (f"{what} before: alert {previous.id}, {how} ", At(alert_words.as_of(previous)), *card)
