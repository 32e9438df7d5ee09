"""A direct message about what a person took, snoozed or was handed. Posted once, so it says what was so then."""

from collections.abc import Collection
from zoneinfo import ZoneInfo

from bot.alerting.triage import ANSWER_WITHIN, ASK_AFTER
from bot.blocks import acts, alert_words, buttons
from bot.blocks.first_line import card_line, line_about, where
from bot.blocks.layout import HEADLINE, CardBody, Paragraph, Piece, Row
from bot.blocks.phrase import At, Foreign, Phrase, message_link, words
from bot.blocks.restore_point import restore_point
from bot.blocks.text import count, cut, span
from bot.model import Aim, AlertView, Block, PersonalView, Says

_NAME = 30  # characters of a name in the first line


def personal_card(view: PersonalView, zone: ZoneInfo, site: str, *, acting: Collection[str] = ()) -> CardBody:
    """`zone` is that of the first line; `site` the workspace's address. Backups of the accounts of `acting` may be run
    from here."""
    about, said = view.about, _said(view)
    first: Phrase = _first(view) if view.size > 1 else ()
    link = message_link(view.posted, site, "its card" if view.size == 1 else "their card")
    pieces: list[Piece] = [
        Paragraph((said or (card_line(about, zone),), first), spoken=(first,)),
        Paragraph(_facts(about) if view.size == 1 else ()),
        Paragraph((("See ", *link, "."),) if link else ()),
        Row(_row(view, acting), f"acts-{about.card_id}-{about.version}"),
    ]
    return CardBody(_headline(view, said, zone), pieces, view.at)


def _headline(view: PersonalView, said: Phrase, zone: ZoneInfo) -> str:
    if view.size == 1 and view.says is Says.ENDED:
        return card_line(view.about, zone)
    if view.size == 1 and view.says is Says.CLIMBED:
        bad = "CRITICAL, untouched" if view.about.alert.is_critical else "Untouched"
        return line_about(f"{bad} for {view.why} min", view.about, zone)
    if view.size == 1 and view.says is Says.HANDED:
        return line_about(words(said[:2], zone, view.at), view.about, zone)
    return cut(words(said, zone, view.at), HEADLINE)


def _said(view: PersonalView) -> Phrase:
    """What happened, in one sentence."""
    alert = view.about.alert
    owner, snooze = alert.triage.owner, alert.triage.snooze
    match view.says:
        case Says.WARNED if snooze is not None:
            whose: Phrase = (
                ("Your snooze",) if snooze.by == view.to else ("", acts.person(snooze.name, snooze.by), "’s snooze")
            )
            still = "it still fails" if view.size == 1 else "they still fail"
            return (*whose, " of ", *_what(view), " ends ", At(snooze.until), f", and {still}.")
        case Says.ASKED if owner is not None:
            nothing = f" and nothing changed for {span(ASK_AFTER)}. Still yours?"
            return ("You have ", *_what(view), " since ", At(owner.since), nothing)
        case Says.RELEASED:
            still = "It still fails" if view.size == 1 else "They still fail"
            return ("You no longer have ", *_what(view), f": no answer for {span(ANSWER_WITHIN)}. {still}.")
        case Says.HANDED:
            return ("Handed to you by ", Foreign(view.why, _NAME), ": ", *_what(view), ".")
        case Says.CLIMBED:
            return ("Nobody touched ", *_what(view), f" for {view.why} min.")
        case _:
            return () if view.size == 1 else (f"Over: all of {count(view.size, 'alert')} that you had.",)


def _what(view: PersonalView) -> Phrase:
    return where(view.about, _NAME) if view.size == 1 else (count(view.size, "alert"),)


def _first(view: PersonalView) -> Phrase:
    """Of many, the worst or the last one by name."""
    return ("" if view.says is Says.ENDED else "First: ", *where(view.about, _NAME), f" and {view.size - 1:,} more.")


def _facts(about: AlertView) -> tuple[Phrase, ...]:
    """What failed, and what is left to restore from; of what is over, who ended it and why."""
    cause: Phrase = alert_words.cause_words(about.alert)
    resolution = about.alert.resolution
    if about.alert.ending:
        return (cause, (*acts.resolved(resolution), ".") if resolution else ())
    return (cause, *restore_point(about))


def _row(view: PersonalView, acting: Collection[str]) -> tuple[Block, ...]:
    """What can be done about it, as on the card. Of many only where these are all that the storm's card shows."""
    alert = view.about.alert
    if view.size == 1:
        if view.says is Says.ASKED:
            return buttons.answers(Aim(alert.id), alert_words.alert_name(alert))
        return buttons.row_of(alert, may_run=alert.latest.account in acting)
    storm = view.storm
    if storm is None:
        return ()
    if not view.is_whole:
        return buttons.all_of_storm(storm.card_id, storm.total)
    if view.says is Says.ASKED:
        return buttons.answers(Aim(card_id=storm.card_id), count(view.size, "alert"))
    taken, snoozed = storm.taken == storm.open, storm.snoozed == storm.open
    return buttons.row_of_storm(storm.card_id, storm.total, taken=taken, snoozed=snoozed)
