"""What an act of a person means for the cards of channels. Pure."""

from collections.abc import Sequence

from bot.alerting import personal, reminders
from bot.alerting.cards import place, show_anew, show_changes
from bot.alerting.kinds import KINDS
from bot.alerting.plan import Draft, Plan, Post, Situation, reply_key
from bot.alerting.triage import Deed, Done, Outcome
from bot.model import Act, Alert, CardKind, Says, Verdict

_DECIDED = {
    Act.TAKE: "took it.",
    Act.RELEASE: "released it.",
    Act.SNOOZE: "snoozed it.",
    Act.WAKE: "ended its snooze.",
    Act.RESOLVE: "resolved it by hand.",
    Act.UNDO: "opened it again.",
    Act.NOTE: "wrote a note.",
    Act.RETIRE: "retired it.",
    Act.RUN: "asked for its backup to run.",
}

_ENDING = frozenset({Act.RESOLVE, Act.RETIRE})


def plan_act(situation: Situation, done: Sequence[Done], deed: Deed, act_id: int, card_id: int | None = None) -> Plan:
    """Every card that shows what was acted on wants to show it anew; one line in the thread says who did what.

    `card_id` is the card of a storm whose alerts were acted on together: its thread alone gets the line. What was not
    done changes no words: the cards are drawn again, since somebody pressed on an old picture of one.
    """
    draft = Draft(situation)
    changed = [each.after for each in done if each.outcome is Outcome.DONE]
    ended = [alert for alert in changed if not alert.is_open and deed.act in _ENDING]
    show_changes(draft, ended, act_id=act_id)
    show_anew(draft, {alert.id for alert in changed} - {alert.id for alert in ended}, words=True)
    show_anew(draft, {each.after.id for each in done if each.outcome is not Outcome.DONE}, words=False)
    for alert in changed:
        draft.decide(alert.id, Verdict.ACTED, f"{deed.name or deed.by} {_DECIDED[deed.act]}")
        _calm(draft, alert, deed)
        reminders.look_at_alert(draft, alert)
    if deed.act is Act.TAKE:
        personal.tell_handed(draft, changed, deed, act_id)
    place(draft, news_of(deed.act, changed))
    for card in _told(draft, changed, deed, card_id):
        draft.reply(card, reply_key("act", act_id, card.id), Says.ACTED, due_at=draft.now, act_id=act_id)
    return draft.plan()


def news_of(act: Act, alerts: Sequence[Alert]) -> list[Alert]:
    """Those that may have become critical unheard: channels that hear of critical ones alone may not show them yet."""
    return [alert for alert in alerts if alert.is_open and alert.is_critical] if act in (Act.WAKE, Act.UNDO) else []


def _told(draft: Draft, changed: Sequence[Alert], deed: Deed, card_id: int | None) -> list[Post]:
    """The cards whose threads hear of the act: those that people can see. An alert's own card says by its last line
    that it was resolved."""
    if not changed:
        return []
    if card_id is not None:
        card = draft.posts.get(card_id)
        return [card] if card is not None and card.is_out else []
    cards = {card.id: card for card, _ in draft.cards_of([alert.id for alert in changed]) if card.is_out}
    own = [] if deed.act in _ENDING else [card for card in cards.values() if card.kind is CardKind.ALERT]
    return [*own, *(card for card in cards.values() if KINDS[card.kind].is_group)]


def _calm(draft: Draft, alert: Alert, deed: Deed) -> None:
    """What somebody touched is not raised again; what is untouched again is, some time after. Lines that nobody has
    seen yet and that are not true any more are not said."""
    for card, _ in draft.cards_of([alert.id]):
        for line in draft.replies_to(card.id):
            is_over = line.says is Says.ENDED and deed.act is Act.UNDO
            is_answered = line.says in (Says.STILL, Says.CLIMBED) and not alert.triage.is_untouched
            if card.kind is CardKind.ALERT and (is_over or is_answered):
                draft.withdraw(line.id)
    if alert.is_open and alert.triage.is_untouched:
        reminders.restart(draft, alert)
