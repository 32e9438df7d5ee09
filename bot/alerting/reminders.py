"""What time alone brings: critical cards that are raised again, and `next_look_at`, the moment to look next. Pure.

A critical card is raised again so long after people could first see it, and each next time waits
longer. `next_look_at` of an alert or storm is the next moment at which anything may change without a new run: review
and replay ask that column, and nothing else (design §5).
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from bot.alerting import attempts, climbing
from bot.alerting.kinds import KINDS
from bot.alerting.lifecycle import looked_at_for_age
from bot.alerting.plan import Draft, Post, reply_key
from bot.alerting.routing import route
from bot.alerting.severity import Facts
from bot.alerting.triage import looks
from bot.model import Alert, CardKind, PostState, Reason, Rules, Says, Verdict

AGAIN: Final = timedelta(minutes=1)
"""What cannot be done at this moment is looked at again after this."""
_MOMENT: Final = timedelta(microseconds=1)
_ORDINALS: Final = {1: "first", 2: "second", 3: "third"}


def first_at(shown_at: datetime, rules: Rules) -> datetime | None:
    """When a critical card that people can see since `shown_at` is raised again; None: never."""
    return shown_at + rules.repeat_after if rules.repeat_after and rules.repeat_most else None


def longest(rules: Rules) -> timedelta:
    """No card waits longer to be raised again: the last wait, and a week of quiet hours."""
    return rules.repeat_after * rules.repeat_factor**rules.repeat_most + timedelta(days=7)


def start(draft: Draft, card_id: int) -> None:
    """The card has become critical: it is raised again some time after, if people can see it already."""
    card = draft.posts[card_id]
    at = first_at(draft.now, draft.situation.rules)
    if at and card.shown and card.remind_at is None and KINDS[card.kind].is_reminded:
        draft.change(card_id, remind_at=at)
        if card_id in draft.storms:
            look_at_storm(draft, card_id)


def restart(draft: Draft, alert: Alert) -> None:
    """The alert is untouched again: if it is critical, the cards that show it are raised again some time after."""
    at = first_at(draft.now, draft.situation.rules)
    for card, _ in draft.cards_of([alert.id]):
        if at and alert.is_critical and card.shown and KINDS[card.kind].is_reminded:
            draft.change(card.id, remind_at=at)
            if card.id in draft.storms:
                look_at_storm(draft, card.id)


def remind(draft: Draft, card: Post, alert: Alert) -> bool:
    """Raises a critical card again that nobody touched, if its time has come and people can see it. Quiet hours put it
    off to their end; where a line below the card waits for that, too, it comes later. `alert` is the worst that the
    card shows."""
    rules, now = draft.situation.rules, draft.now
    if not _is_due(card, rules, now) or not alert.triage.is_untouched:
        return False
    recipient = route(alert, draft.situation.routing, now).recipient(card.channel)
    if recipient is not None and recipient.held_until is not None:
        is_held_below = any(line.held_until is not None for line in draft.replies_to(card.id))
        draft.change(card.id, remind_at=recipient.held_until + (rules.repeat_after if is_held_below else timedelta()))
        return False
    times = card.reminders + 1
    mention = recipient.mention if recipient else ""
    draft.reply(card, reply_key("still", card.id, times), Says.STILL, due_at=now, broadcast=True, mention=mention)
    draft.change(card.id, reminders=times, remind_at=now + rules.repeat_after * rules.repeat_factor**times)
    reason = f"Still critical: raised again, the {_ORDINALS.get(times, f'{times}th')} time."
    draft.decide(alert.id, Verdict.REPEATED, reason, card.channel)
    return True


def look_at_alert(draft: Draft, alert: Alert) -> None:
    """Notes when to look at the alert next, as it and its cards are now."""
    own = [card for card, _ in draft.cards_of([alert.id]) if card.kind is CardKind.ALERT]
    facts = draft.situation.facts.get(alert.id, Facts())
    at = next_look_at(alert, facts, own, draft.situation.rules, draft.now)
    climbs = (max(each, draft.now + AGAIN) for each in climbing.looks(alert, own, draft.situation.routing))
    at = min((each for each in (at, *climbs) if each is not None), default=None)
    if at != alert.next_look_at:
        draft.look_at(alert.id, at)


def next_look_at(alert: Alert, facts: Facts, cards: Iterable[Post], rules: Rules, now: datetime) -> datetime | None:
    """When time alone changes something about the alert next; None where nothing but a new run does."""
    moments: list[datetime | None] = [*looks(alert, now)]
    if not alert.is_open:
        return min((at for at in moments if at is not None and at > now), default=None)
    assessment = alert.assessment
    moments.append(looked_at_for_age(alert, facts.last_run_at, rules, facts.rhythm))
    if assessment.reason is Reason.UNKNOWN and facts.history_from is not None:
        moments.append(facts.history_from + assessment.target)
    if assessment.reason is not Reason.MINOR and not alert.is_critical:
        moments += [assessment.misses_at, assessment.next_run_at]
    if assessment.gives_up_at is not None:
        moments.append(attempts.ends_at(assessment.gives_up_at, facts.runs))
    if alert.is_critical and assessment.reason is Reason.WILL_MISS:
        moments.append(assessment.misses_at)
    if alert.is_critical and alert.triage.is_untouched:
        moments += [_reminded_at(card, rules, now) for card in cards]
    return min((at for at in moments if at is not None and at > now), default=None)


def look_at_storm(draft: Draft, card_id: int, climbs: Iterable[datetime] | None = None) -> None:
    """Notes when to look at the storm next, as it and its card are now. `climbs` are the moments at which it climbs;
    where they are not known, that is seen at a look soon."""
    storm, rules = draft.storms[card_id], draft.situation.rules
    calm_at = storm.last_at + rules.storm_window + _MOMENT if storm.is_open else None
    moments = [calm_at, _reminded_at(draft.posts[card_id], rules, draft.now)]
    if draft.situation.routing.climb and storm_is_seen(draft, card_id):
        moments += [draft.now + AGAIN] if climbs is None else climbs
    at = min((each for each in moments if each is not None and each > draft.now), default=None)
    draft.change_storm(card_id, next_look_at=at)


def storm_is_seen(draft: Draft, card_id: int) -> bool:
    """Whether people can see its card, and anything that it counts is open."""
    return draft.posts[card_id].shown > 0 and draft.group(card_id).open > 0


def _reminded_at(card: Post, rules: Rules, now: datetime) -> datetime | None:
    """When it is raised again; in a while, where that was to be now and cannot be."""
    if card.remind_at is None or card.reminders >= rules.repeat_most or card.is_withdrawn:
        return None
    return max(card.remind_at, now + AGAIN) if card.remind_at <= now else card.remind_at


def _is_due(card: Post, rules: Rules, now: datetime) -> bool:
    is_seen = card.state is PostState.WAITING and card.shown > 0 and bool(card.ts)
    return is_seen and card.remind_at is not None and card.remind_at <= now and card.reminders < rules.repeat_most
