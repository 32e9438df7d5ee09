"""What a step of climbing does once its time has come (`climbing`): whom it tells, and how. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from bot.alerting import personal
from bot.alerting.climbing import ALL, concerns, due_at, has_taken, key_of, leading
from bot.alerting.kinds import KINDS, REMINDED, urgency_of
from bot.alerting.plan import Draft, Post, reply_key
from bot.alerting.routing import may_show, route
from bot.model import Alert, CardKind, ClimbStep, Says, Verdict

HOOK: Final = "hook:"
"""The channel of what is sent to a step's web hook begins so; the step's key follows."""


def hook_channel(step: ClimbStep) -> str:
    return f"{HOOK}{key_of(step)}"


def climb(draft: Draft, alert: Alert) -> None:
    """Takes the steps of an alert with a card of its own whose time has come."""
    cards = [card for card, _ in draft.cards_of([alert.id])]
    lead = leading(cards)
    if lead is not None and alert.is_open and alert.triage.is_untouched:
        for step in draft.situation.routing.climb:
            if _is_due(draft, step, lead, alert):
                own = [card for card in cards if card.kind is CardKind.ALERT and card.shown]
                _take(draft, step, lead, own, [alert])


def climb_storm(draft: Draft, card: Post, untouched: Sequence[Alert]) -> list[datetime]:
    """Takes the steps of a storm whose time has come for any of its alerts. Returns when others are due."""
    for step in draft.situation.routing.climb:
        due = [alert for alert in untouched if _is_due(draft, step, draft.posts[card.id], alert)]
        if due:
            _take(draft, step, draft.posts[card.id], [card], due)
    left = [step for step in draft.situation.routing.climb if not has_taken(draft.posts[card.id], step)]
    moments = (due_at(step, card, alert) for step in left for alert in untouched if concerns(step, alert))
    return [at for at in moments if at is not None]


def _is_due(draft: Draft, step: ClimbStep, card: Post, alert: Alert) -> bool:
    at = due_at(step, card, alert)
    is_new = not has_taken(card, step) and card.kind in REMINDED
    return is_new and at is not None and at <= draft.now and concerns(step, alert)


def _take(draft: Draft, step: ClimbStep, lead: Post, cards: Sequence[Post], alerts: Sequence[Alert]) -> None:
    draft.change(lead.id, climbed=f"{draft.posts[lead.id].climbed} {key_of(step)}".strip())
    told = [*_mention(draft, step, cards, alerts), *_show(draft, step, lead, alerts)]
    for kind, channel, name in _others(step):
        personal.tell_climbed(draft, kind, channel, alerts, step, lead)
        told.append(name)
    minutes = f"{step.after.total_seconds() / 60:g} min"
    for alert in alerts:
        reason = f"Step {step.place}, after {minutes} untouched: told {', '.join(told) or 'nobody new'}."
        draft.decide(alert.id, Verdict.CLIMBED, reason)


def _others(step: ClimbStep) -> Iterator[tuple[CardKind, str, str]]:
    """Who is told beside channels: the kind of message, its channel, and what it is called."""
    if step.person:
        yield CardKind.PERSONAL, step.person, step.person
    if step.hook:
        yield CardKind.HOOK, hook_channel(step), "a web hook"


def _mention(draft: Draft, step: ClimbStep, cards: Sequence[Post], alerts: Sequence[Alert]) -> Iterator[str]:
    """A line below each card that shows it, for the channel too."""
    if not step.mention:
        return
    for card in cards:
        recipient = route(alerts[0], draft.situation.routing, draft.now).recipient(card.channel)
        draft.reply(
            card,
            f"{reply_key('climb', card.id)}:{key_of(step)}",
            Says.CLIMBED,
            due_at=draft.now,
            broadcast=True,
            mention=step.mention,
            held_until=recipient.held_until if recipient else None,
        )
    yield step.mention.strip("<>").removeprefix("!subteam^").lstrip("@!")


def _show(draft: Draft, step: ClimbStep, lead: Post, alerts: Sequence[Alert]) -> Iterator[str]:
    """The card of one alert, or of a storm, in another channel, unless that is bound to others or shows it already."""
    routing, shown = (
        draft.situation.routing,
        {(card.channel, id_) for card, id_ in draft.cards_of([alert.id for alert in alerts])},
    )
    theirs = [
        alert
        for alert in alerts
        if may_show(step.channel, alert.latest.tenant, routing) and (step.channel, alert.id) not in shown
    ]
    if not (step.channel and theirs) or step.channel == lead.channel:
        return
    if KINDS[lead.kind].is_group:
        _show_storm(draft, step, lead, theirs)
    for alert in [] if KINDS[lead.kind].is_group else theirs:
        urgency = urgency_of(alert)
        draft.post(CardKind.ALERT, lead.account, step.channel, [alert.id], due_at=draft.now, urgency=urgency)
    yield step.channel


def _show_storm(draft: Draft, step: ClimbStep, lead: Post, alerts: Sequence[Alert]) -> None:
    """A storm's card in another channel. It takes in nothing more, and climbs no further: the storm itself does."""
    known = draft.storms[lead.id]
    ids = [alert.id for alert in alerts]
    card_id = draft.post(lead.kind, lead.account, step.channel, ids, due_at=draft.now, climbed=ALL)
    draft.open_storm(replace(known, card_id=card_id, channel=step.channel, since=draft.now, is_open=False))
