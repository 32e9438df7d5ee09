"""What channels and people hear when a snooze ends, or an owner does not answer. Pure."""

from typing import Final

from bot.alerting import personal, reminders
from bot.alerting.judging import Judged
from bot.alerting.kinds import KINDS
from bot.alerting.plan import Draft, Post, reply_key
from bot.alerting.triage import LAPSES, Happening
from bot.model import Alert, CardKind, Says, Verdict

_DECIDED: Final = {
    Happening.WOKEN: "Its snooze is over and it still fails: raised again.",
    Happening.NEXT_RUN: "It was snoozed until its next run, which was there and did not heal it: raised again.",
    Happening.OTHER_ERROR: "It failed with another error than the one it was snoozed for: raised again.",
    Happening.RESTORE: "A restore failed again while it was snoozed: raised again.",
    Happening.MISSED: "Its target was missed while it was snoozed: raised again.",
    Happening.THIRD: "It failed three times in a row while it was snoozed: raised again.",
    Happening.RELEASED: "Its owner did not answer for half an hour and has it no longer.",
}


def tell(draft: Draft, judged: Judged) -> list[Alert]:
    """One line below each card that shows what happened, once. Returns the critical alerts whose snooze ended: channels
    that only critical ones are shown to may not know of them."""
    alerts = {alert.id: alert for alert in judged.alerts if alert.id in judged.happened}
    for id_, alert in alerts.items():
        for happening in judged.happened[id_]:
            if happening in _DECIDED:
                draft.decide(id_, Verdict.RAISED if happening in LAPSES else Verdict.ACTED, _DECIDED[happening])
        if alert.triage.is_untouched:
            reminders.restart(draft, alert)
    for card, id_ in draft.cards_of(alerts):
        for happening in judged.happened[id_]:
            if card.is_out and (card.kind is CardKind.ALERT or KINDS[card.kind].is_group):
                _line(draft, card, alerts[id_], judged.before[id_], happening)
    personal.tell_happened(draft, judged)
    return [alert for alert in judged.lapsed() if alert.is_critical]


def _line(draft: Draft, card: Post, alert: Alert, before: Alert, happening: Happening) -> None:
    """A snooze that silenced a whole storm ends in one line."""
    routed = draft.situation.routed.get(alert.id)
    recipient = routed.recipient(card.channel) if routed else None
    held_until = recipient.held_until if recipient else None
    if happening in LAPSES and before.triage.snooze is not None:
        key = reply_key("woken", card.id, int(before.triage.snooze.since.timestamp()))
        mention = recipient.mention if recipient and alert.is_critical else ""
        draft.reply(card, key, Says.WOKEN, broadcast=True, mention=mention, held_until=held_until, why=happening.value)
    if happening is Happening.RELEASED and before.triage.owner is not None:
        key = reply_key("released", card.id, int(before.triage.owner.since.timestamp()))
        draft.reply(card, key, Says.RELEASED, broadcast=alert.is_critical, held_until=held_until, why=happening.value)
