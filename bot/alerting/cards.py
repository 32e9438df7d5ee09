"""What a change means for the cards of channels: pages of tasks, the passing of time, first starts, outages. Pure.

Each function takes a `Situation` and returns a `Plan` (bot/alerting/plan.py).
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final

from bot.alerting import climb_steps, lapses, personal, reminders, storms
from bot.alerting.judging import NOTHING_JUDGED, Judged
from bot.alerting.kinds import KINDS, WAKING, urgency_of
from bot.alerting.plan import Draft, Notice, Plan, Post, Situation, reply_key
from bot.alerting.routing import may_show
from bot.model import Alert, CardKind, Reason, Recipient, Says, Verdict
from bot.model.values import dataclass

OUTAGE_AFTER: Final = 2
"""Failed polls in a row before the channel hears of it: one that fails and comes back is no news."""

_SELF_HEALED = "It failed and recovered before anybody was told."
_HEALED_HELD = "It recovered before its quiet hours ended."
_SUMMED_UP = "It failed before the first start was over: one summary shows all that did."
_TAKEN_BACK = "The channel is bound to other tenants now."
_RELEASED = "It would miss its target before its quiet hours end."


@dataclass(frozen=True, slots=True)
class PageChange:
    """What a page of tasks changed. `changed` are alerts that were there before, `opened` new ones, `healed` those that
    began and ended within the page; `judged` is about the first two. `is_quiet`: a first start is being read."""

    changed: tuple[Alert, ...] = ()
    opened: tuple[Alert, ...] = ()
    healed: tuple[Alert, ...] = ()
    judged: Judged = NOTHING_JUDGED
    is_quiet: bool = False

    def news(self) -> frozenset[int]:
        """The alerts that may be shown to a channel that did not show them before."""
        critical = (alert for alert in self.judged.changed if alert.is_critical)
        opened = () if self.is_quiet else self.opened
        return frozenset(alert.id for alert in (*opened, *critical))


def page_change(alerts: Sequence[Alert], judged: Judged, stored: Mapping[int, Alert], *, is_quiet: bool) -> PageChange:
    """`alerts` and `judged` are as they were before they were stored; `stored` is by their ids then."""
    new = [stored[alert.id] for alert in alerts if alert.id < 0]
    return PageChange(
        changed=tuple(stored[alert.id] for alert in alerts if alert.id > 0),
        opened=tuple(alert for alert in new if alert.is_open),
        healed=tuple(alert for alert in new if not alert.is_open),
        judged=judged.stored(stored),
        is_quiet=is_quiet,
    )


def plan_page(situation: Situation, change: PageChange) -> Plan:
    """While a first start is quiet, only what has a card already is spoken of: the rest is the summary's to tell."""
    draft = Draft(situation)
    new = {alert.id for alert in change.opened}
    judged = [alert for alert in change.judged.changed if alert.id not in new]
    raised = [alert for alert in change.judged.raised if alert.id not in new]
    if change.is_quiet:
        shown = {id_ for _, id_ in draft.cards_of([alert.id for alert in raised])}
        raised = [alert for alert in raised if alert.id in shown]
    show_changes(draft, change.changed)
    news = [*_raise(draft, raised), *_leave_summaries(draft, judged), *lapses.tell(draft, change.judged)]
    _release(draft, judged)
    for alert in change.healed:
        draft.decide(alert.id, Verdict.SILENT, _SELF_HEALED)
    if not change.is_quiet:
        news += change.opened
    place(draft, news)
    for alert in change.judged.alerts:
        reminders.look_at_alert(draft, alert)
    return draft.plan()


def plan_review(situation: Situation, judged: Judged, ended: Sequence[Alert], over: Sequence[Alert] = ()) -> Plan:
    """What the passing of time changed: `judged` are open, `ended` are those that time alone ended. `over` were
    resolved by hand, which cannot be undone any more."""
    draft = Draft(situation)
    raised = {alert.id for alert in judged.raised}
    show_changes(draft, ended)
    spoken = raised | judged.happened.keys()
    show_anew(draft, spoken, words=True)
    show_anew(draft, {alert.id for alert in over}, words=False)
    show_anew(draft, {alert.id for alert in judged.changed} - spoken, words=False)
    news = [
        *_raise(draft, judged.raised),
        *_leave_summaries(draft, judged.changed),
        *lapses.tell(draft, judged),
    ]
    _release(draft, judged.changed)
    place(draft, news)
    for alert in judged.alerts:
        climb_steps.climb(draft, alert)
        if alert.is_critical:
            for card, _ in draft.cards_of([alert.id]):
                if card.kind is CardKind.ALERT:
                    reminders.remind(draft, card, alert)
        reminders.look_at_alert(draft, alert)
    for alert in over:
        reminders.look_at_alert(draft, alert)
    return draft.plan()


def plan_storms(situation: Situation) -> Plan:
    """A storm that took in nothing for as long as the window is over: what comes now begins anew."""
    draft = Draft(situation)
    for storm in situation.storms:
        if storm.is_open and not storms.is_alive(storm, situation.rules, situation.now):
            draft.change_storm(storm.card_id, is_open=False)
            draft.show_anew([storm.card_id], words=True)
            storms.close_if_over(draft, storm.card_id)
        worst = draft.group(storm.card_id).worst
        if worst is not None:
            reminders.remind(draft, draft.posts[storm.card_id], worst)
        climbs = climb_steps.climb_storm(draft, draft.posts[storm.card_id], draft.group(storm.card_id).untouched)
        reminders.look_at_storm(draft, storm.card_id, climbs)
    return draft.plan()


def plan_summary(situation: Situation, account: str, channel: str, since: datetime, alert_ids: Sequence[int]) -> Plan:
    """The one card of a first start, showing every alert that is open now and that no card shows."""
    draft = Draft(situation)
    draft.post(CardKind.SUMMARY, account, channel, alert_ids, created_at=since)
    for alert_id in alert_ids:
        draft.decide(alert_id, Verdict.FOLDED, _SUMMED_UP, channel)
    return draft.plan()


def plan_outage(situation: Situation, account: str, channel: str, outage_id: int) -> Plan:
    draft = Draft(situation)
    draft.post(CardKind.OUTAGE, account, channel, outage_id=outage_id)
    return draft.plan()


def plan_outage_over(situation: Situation) -> Plan:
    """Every card of the situation is about an outage that has ended."""
    draft = Draft(situation)
    for card in situation.posts:
        draft.show_anew([card.id], words=True)
        draft.reply(card, reply_key("back", card.outage_id or 0, card.id), Says.ENDED)
    return draft.plan()


def plan_binding(situation: Situation, alerts: Iterable[Alert]) -> Plan:
    """Channels were bound to tenants after something else was to be shown there: that is taken back.

    A message that stands there already stays as people saw it; it is edited and answered no more. What is open is shown
    where its routes lead now.
    """
    draft = Draft(situation)
    by_id = {alert.id: alert for alert in alerts}
    shown = draft.cards_of(by_id)
    foreign = {
        card.id for card, id_ in shown if not may_show(card.channel, by_id[id_].latest.tenant, situation.routing)
    }
    theirs = [(card, by_id[id_]) for card, id_ in shown if card.id in foreign and by_id[id_].is_open]
    for post in situation.posts:
        if post.id in foreign or post.parent_id in foreign:
            draft.withdraw(post.id)
    for card_id in foreign & draft.storms.keys():
        draft.change_storm(card_id, is_open=False, next_look_at=None)
    for card, alert in theirs:
        draft.decide(alert.id, Verdict.WITHDRAWN, _TAKEN_BACK, card.channel)
    place(draft, {alert.id: alert for _, alert in theirs}.values())
    return draft.plan()


# ── what changed or ended ──


def show_changes(draft: Draft, alerts: Sequence[Alert], *, act_id: int = 0) -> None:
    """Every card that shows a changed alert wants to show it anew; an ended alert owes its card's thread one line.

    A card that was never sent and is not due yet is withdrawn when its alert ends: it healed within one poll, or in
    quiet hours. The line is owed only where people saw it fail: a card first posted as recovered says it all by itself.
    `act_id` is the act that ended them: what was resolved may be opened again, and end again.
    """
    cards = draft.cards_of([alert.id for alert in alerts])
    draft.show_anew(_with_storms(draft, [card for card, _ in cards]), words=True)
    ended = {alert.id: alert for alert in alerts if not alert.is_open}
    theirs = [(draft.posts[card.id], ended[id_]) for card, id_ in cards if id_ in ended]
    unsent = [(card, alert) for card, alert in theirs if card.waits(draft.now)]
    _withdraw_unsent(draft, unsent)
    for card, alert in theirs:
        if card.kind is CardKind.ALERT:
            _end_own(draft, card, alert, act_id)
    for card_id in _with_storms(draft, [card for card, _ in theirs]):
        if card_id in draft.storms:
            storms.close_if_over(draft, card_id)
    personal.tell_ended(draft, ended.values())
    ends_unsent = {(card.id, alert.id) for card, alert in unsent}
    for alert_id in sorted({alert.id for card, alert in theirs if (card.id, alert.id) not in ends_unsent}):
        draft.decide(alert_id, Verdict.ENDED, f"It ended: {ended[alert_id].ending or 'ended'}.")


def _withdraw_unsent(draft: Draft, unsent: Sequence[tuple[Post, Alert]]) -> None:
    left = defaultdict[int, list[Alert]](list)
    for card, alert in unsent:
        if card.kind is CardKind.ALERT:
            draft.withdraw(card.id)
        elif KINDS[card.kind].is_group:
            left[card.id].append(alert)
        reason = _HEALED_HELD if card.is_held(draft.now) else _SELF_HEALED
        draft.decide(alert.id, Verdict.WITHDRAWN, reason, card.channel)
    for card_id, alerts in left.items():
        storms.leave_unsent(draft, card_id, alerts)


def _end_own(draft: Draft, card: Post, alert: Alert, act_id: int) -> None:
    """What is still owed to say that it is critical is not said, and rings nobody, when the alert has ended."""
    for line in draft.replies_to(card.id):
        if line.says in WAKING:
            draft.withdraw(line.id)
    if card.is_out:
        draft.end(card, reply_key("closed", alert.id, card.id, *filter(None, (act_id,))))


def show_anew(draft: Draft, alert_ids: Collection[int], *, words: bool) -> None:
    draft.show_anew(_with_storms(draft, [card for card, _ in draft.cards_of(alert_ids)]), words=words)


def _with_storms(draft: Draft, cards: Iterable[Post]) -> list[int]:
    """The cards, and the storms and banners that count what they show."""
    cards = tuple(cards)
    counting = sorted({card.storm_id for card in cards if card.storm_id is not None})
    return list(dict.fromkeys([*(card.id for card in cards), *(id_ for id_ in counting if id_ in draft.storms)]))


# ── what became critical after it was shown ──


def _raise(draft: Draft, raised: Sequence[Alert]) -> list[Alert]:
    """Alerts that were shown as warnings and are critical now: said in the thread, to the channel too, once. Returns
    those that are to be shown to whom only critical ones are."""
    alerts = {alert.id: alert for alert in raised}
    kept = set[int]()
    for card, id_ in draft.cards_of(alerts):
        alert = alerts[id_]
        routed = draft.situation.routed.get(id_)
        recipient = routed.recipient(card.channel) if routed else None
        if card.kind is CardKind.ALERT:
            _raise_own(draft, card, alert, recipient)
        elif KINDS[card.kind].is_group:
            _raise_in_group(draft, card.id, recipient)
        elif _is_news(alert, card):
            draft.hide(card.id, alert)
        elif card.kind is CardKind.SUMMARY:
            kept.add(id_)
    for alert in raised:
        reason = f"Critical now: {alert.assessment.reason.words}."
        if alert.id in kept:
            learnt = f"{reason} That was learnt from history: the first start's summary says it."
            draft.decide(alert.id, Verdict.SILENT, learnt)
        else:
            draft.decide(alert.id, Verdict.RAISED, reason)
    return [alert for alert in raised if alert.id not in kept]


def _raise_own(draft: Draft, card: Post, alert: Alert, recipient: Recipient | None) -> None:
    mention = recipient.mention if recipient else ""
    held_until = recipient.held_until if recipient else None
    if card.is_out:
        key = reply_key("raised", alert.id, card.id)
        draft.reply(card, key, Says.RAISED, broadcast=True, mention=mention, held_until=held_until)
        reminders.start(draft, card.id)
        return
    draft.change(card.id, mention=mention, urgency=urgency_of(alert))
    if recipient is not None:
        draft.change(card.id, held_until=held_until)


def _raise_in_group(draft: Draft, card_id: int, recipient: Recipient | None) -> None:
    reminders.start(draft, card_id)
    if recipient is None or not recipient.mention:
        return
    card = draft.posts[card_id]
    if card.is_out:
        storms.call(draft, card, recipient.mention, recipient.held_until)
    if not card.mention:
        draft.change(card_id, mention=recipient.mention)


def _leave_summaries(draft: Draft, judged: Iterable[Alert]) -> list[Alert]:
    """What got critical unsaid, in a first start's summary, is shown when it becomes news after all. Returns these."""
    alerts = {alert.id: alert for alert in judged if alert.is_critical}
    news = [
        (card, alerts[id_])
        for card, id_ in draft.cards_of(alerts)
        if card.kind is CardKind.SUMMARY and _is_news(alerts[id_], card)
    ]
    for card, alert in news:
        draft.hide(card.id, alert)
    return [alert for _, alert in news]


def _is_news(alert: Alert, summary: Post) -> bool:
    """Whether an alert of a first start's summary became critical since, by time or by new failures; what was learnt of
    the past is no news."""
    if summary.kind is not CardKind.SUMMARY:
        return False
    reason, misses_at = alert.assessment.reason, alert.assessment.misses_at
    is_missed = reason is Reason.MISSED and misses_at is not None and misses_at > summary.created_at
    return is_missed or (reason is Reason.IN_A_ROW and alert.latest.ended_at > summary.created_at)


def _release(draft: Draft, judged: Iterable[Alert]) -> None:
    """What was held and cannot wait any longer goes out now."""
    alerts = {alert.id: alert for alert in judged}
    for card, id_ in draft.cards_of(alerts):
        if not card.is_held(draft.now) or card.shown:
            continue
        routed = draft.situation.routed.get(id_)
        recipient = routed.recipient(card.channel) if routed else None
        if recipient is not None and recipient.held_until is None:
            draft.change(card.id, held_until=None)
            draft.decide(id_, Verdict.SPOKEN, _RELEASED, card.channel)


# ── what is new ──


def place(draft: Draft, news: Iterable[Alert]) -> None:
    """Shows each alert to each channel that a route names and that does not show it yet; notes why, or why nobody is
    told."""
    alerts = {alert.id: alert for alert in news}
    shown = {(id_, card.channel) for card, id_ in draft.cards_of(alerts)}
    by_channel: defaultdict[str, list[Notice]] = defaultdict(list)
    for alert in alerts.values():
        routed = draft.situation.routed[alert.id]
        for recipient in routed.recipients:
            if (alert.id, recipient.channel) not in shown:
                by_channel[recipient.channel].append(Notice(alert, recipient, routed.reason))
        if not routed.recipients:
            draft.decide(alert.id, Verdict.SILENT, routed.reason)
    for channel, notices in by_channel.items():
        storms.place(draft, channel, notices)
