"""When many alerts of one channel fold into one card, whom it mentions, and when it is over (design §5). Pure.

The fifth new alert within the window opens a storm: the four before it keep their cards, which the storm links and
counts; the fifth and all that follow are shown by the storm's, until none came for as long as the window. Restores are
shown one by one up to the second; from the third on they fold too. Where one fault of the platform's own hits many
tenants, one banner shows it in place of their cards, those not sent yet included. One cause has one such card: a storm
of nothing else turns into the banner, and one that shows other causes too takes in all of it.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import field, replace
from datetime import datetime
from hashlib import blake2b

from bot.alerting import reminders
from bot.alerting.kinds import KINDS, RESTORE_URGENCY, urgency_of
from bot.alerting.plan import Draft, Notice, Post, Storm, Window, reply_key
from bot.model import Alert, CardKind, Kind, Recipient, Rules, Says, Verdict
from bot.model.values import dataclass

_FOLDED = {
    CardKind.STORM: "Many alerts came at once: one card shows them together.",
    CardKind.PLATFORM: "The same fault of Acronis's own hits many tenants: one banner shows them together.",
}
_PULLED = "Its own card gave way to a banner before it was sent."


@dataclass(frozen=True, slots=True)
class Folding:
    """Where new alerts go, by their ids. `pulled` are the cards, not sent yet, that a banner takes the place of.
    `turned` is the entry of the banner that the open storm turns into."""

    own: tuple[int, ...] = ()
    storm: tuple[int, ...] = ()
    banners: dict[str, tuple[int, ...]] = field(default_factory=dict)
    pulled: dict[str, tuple[int, ...]] = field(default_factory=dict)
    turned: str = ""


# ── which card shows a new alert ──


def place(draft: Draft, channel: str, notices: Sequence[Notice]) -> None:
    """Gives each alert its place in `channel`. The most urgent have cards of their own, linked by the storm."""
    most_urgent = sorted(notices, key=lambda each: (urgency_of(each.alert), each.alert.id))
    by_id = {each.alert.id: each for each in most_urgent}
    window = _still_shown(draft, draft.situation.windows.get(channel, Window()))
    folding = fold([each.alert for each in by_id.values()], window, draft.situation.rules)
    new = {_give_card(draft, channel, by_id[id_]): entry_of(by_id[id_].alert) for id_ in folding.own}
    before = {each.card_id: each.entry for each in window.recent if each.card_id is not None and not each.is_linked}
    if folding.turned:
        window = _turned(draft, window, folding.turned)
    for entry, ids in folding.banners.items():
        banner = _join(draft, CardKind.PLATFORM, channel, entry, window.banners.get(entry), [by_id[id_] for id_ in ids])
        pulled = folding.pulled.get(entry, ())
        _pull(draft, banner, channel, pulled)
        if entry not in window.banners:
            draft.link([card for card, its in before.items() if its == entry and card not in pulled], banner)
    if folding.storm:
        storm = _join(draft, CardKind.STORM, channel, "", window.storm, [by_id[id_] for id_ in folding.storm])
        if window.storm is None:
            beside = {card for card, entry in (before | new).items() if not entry or entry not in folding.banners}
            draft.link(sorted(beside), storm)


def _still_shown(draft: Draft, window: Window) -> Window:
    """The window without the cards that this change has withdrawn: they show nothing, and take in nothing."""
    gone = {post.id for post in draft.posts.values() if post.is_withdrawn}
    return replace(
        window,
        recent=tuple(each for each in window.recent if each.card_id not in gone),
        storm=None if window.storm in gone else window.storm,
        banners={entry: card_id for entry, card_id in window.banners.items() if card_id not in gone},
    )


def _turned(draft: Draft, window: Window, entry: str) -> Window:
    """The open storm shows nothing but this cause: it becomes the cause's banner, in its place."""
    storm = window.storm or 0
    draft.change(storm, kind=CardKind.PLATFORM, urgency=KINDS[CardKind.PLATFORM].urgency)
    draft.change_storm(storm, entry=entry)
    return replace(window, storm=None, banners={**window.banners, entry: storm})


def _give_card(draft: Draft, channel: str, notice: Notice) -> int:
    """A restore does not wait for the poll's end: somebody sits and waits for it. Returns the card's id."""
    alert, recipient = notice.alert, notice.recipient
    card_id = draft.post(
        CardKind.ALERT,
        alert.latest.account,
        channel,
        [alert.id],
        due_at=draft.now if alert.latest.kind is Kind.RESTORE else draft.situation.due_at,
        urgency=urgency_of(alert),
        mention=recipient.mention,
        held_until=recipient.held_until,
    )
    if recipient.held_until is None:
        draft.decide(alert.id, Verdict.SPOKEN, notice.reason, channel)
    else:
        until = f"It can wait until they end: {recipient.held_until:%a %d %b %H:%M} UTC."
        draft.decide(alert.id, Verdict.HELD, f"{notice.reason} {until}", channel)
    return card_id


def _join(
    draft: Draft, kind: CardKind, channel: str, entry: str, card_id: int | None, joining: Sequence[Notice]
) -> int:
    """Adds alerts to the channel's open storm or banner, or opens one. Returns its card's id."""
    if card_id is None:
        card_id = _open(draft, kind, channel, entry, joining)
    else:
        _grow(draft, card_id, [each.recipient for each in joining])
        if any(each.alert.is_critical for each in joining):
            reminders.start(draft, card_id)
    draft.show(card_id, [each.alert.id for each in joining])
    for each in joining:
        draft.decide(each.alert.id, Verdict.FOLDED, _FOLDED[kind], channel)
    return card_id


def _open(draft: Draft, kind: CardKind, channel: str, entry: str, joining: Sequence[Notice]) -> int:
    recipients = [each.recipient for each in joining]
    has_restore = any(each.alert.latest.kind is Kind.RESTORE for each in joining)
    card_id = draft.post(
        kind,
        joining[0].alert.latest.account,
        channel,
        due_at=draft.now if has_restore else draft.situation.due_at,
        urgency=RESTORE_URGENCY if has_restore else KINDS[kind].urgency,
        mention=_mention(recipients),
        held_until=_held(recipients),
    )
    since = draft.now - draft.situation.rules.storm_window
    draft.open_storm(Storm(card_id, channel, entry, since, opened_at=draft.now, last_at=draft.now))
    reminders.look_at_storm(draft, card_id)
    return card_id


def _grow(draft: Draft, card_id: int, recipients: Sequence[Recipient]) -> None:
    """Whom a storm mentions is mentioned once: in its card, or in a line below it where that was sent before."""
    draft.show_anew([card_id], words=True)
    card, mention = draft.posts[card_id], _mention(recipients)
    if mention and card.is_out:
        call(draft, card, mention, _held([each for each in recipients if each.mention]))
    if mention and not card.mention:
        draft.change(card_id, mention=mention)
    if card.held_until is not None and _held(recipients) is None:
        draft.change(card_id, held_until=None)
    draft.change_storm(card_id, last_at=draft.now)
    reminders.look_at_storm(draft, card_id)


def _pull(draft: Draft, banner: int, channel: str, cards: Sequence[int]) -> None:
    """Cards that were not sent give way to the banner. It mentions whom they would have, and waits no longer."""
    if not cards:
        return
    gone = [draft.posts[card_id] for card_id in cards]
    _grow(draft, banner, [Recipient(channel, "", card.mention, card.held_until) for card in gone])
    for card in gone:
        alert_ids = sorted(draft.shown[card.id])
        draft.withdraw(card.id)
        draft.move(card.id, banner)
        for alert_id in alert_ids:
            draft.decide(alert_id, Verdict.FOLDED, _PULLED, channel)


def call(draft: Draft, card: Post, mention: str, held_until: datetime | None) -> None:
    """The first critical alert in a storm that was sent without a mention: one line says so, once. Where quiet hours
    hold that line, one that cannot wait for their end takes it along."""
    key = reply_key("raised", card.id)
    if not card.mention:
        draft.reply(card, key, Says.RAISED, broadcast=True, mention=mention, held_until=held_until)
    if held_until is None:
        for line in draft.replies_to(card.id):
            if line.key == key:
                draft.change(line.id, held_until=None)


def _mention(recipients: Sequence[Recipient]) -> str:
    return next((each.mention for each in recipients if each.mention), "")


def _held(recipients: Sequence[Recipient]) -> datetime | None:
    """The last end of their quiet hours; None where one of them does not wait."""
    ends = [each.held_until for each in recipients if each.held_until]
    return max(ends) if len(ends) == len(recipients) else None


# ── how it ends ──


def is_alive(storm: Storm, rules: Rules, now: datetime) -> bool:
    """Whether it still takes in alerts. What a clock that was set back since put into the future is none."""
    return storm.is_open and abs(now - storm.last_at) <= rules.storm_window


def close_if_over(draft: Draft, card_id: int) -> None:
    """A storm that takes in no more and of which nothing is open owes its thread the last line."""
    card, storm = draft.posts[card_id], draft.storms[card_id]
    if not storm.is_open and not draft.group(card_id).open and not card.is_withdrawn:
        draft.end(card, reply_key("over", card_id), due_at=draft.now)


def leave_unsent(draft: Draft, card_id: int, ended: Sequence[Alert]) -> None:
    """What ended before its storm was sent is not told; a storm of which nothing is left is withdrawn."""
    for alert in ended:
        draft.hide(card_id, alert)
    if draft.group(card_id).size <= 0:
        draft.withdraw(card_id)
        draft.change_storm(card_id, is_open=False)


# ── the rule itself ──


def fold(new: Sequence[Alert], window: Window, rules: Rules) -> Folding:
    """Decides for each of `new`, in their order."""
    banners, pulled, rest = _banners(new, window, rules)
    turned = next((entry for entry in banners if entry in window.storm_entries), "")
    gone = {card_id for cards in pulled.values() for card_id in cards}
    own_before = [each for each in window.recent if each.card_id is not None and each.card_id not in gone]
    alerts = sum(not each.entry or each.entry not in {*banners, *window.banners} for each in own_before)
    restores = window.folded_restores + sum(each.is_restore for each in own_before)
    own: list[int] = []
    storm: list[int] = []
    is_open = window.storm is not None and not turned
    for alert in rest:
        is_restore = alert.latest.kind is Kind.RESTORE
        folds = restores + 1 >= rules.storm_restores if is_restore else is_open or alerts + 1 >= rules.storm_threshold
        is_open |= folds
        (storm if folds else own).append(alert.id)
        alerts += not folds
        restores += is_restore and not folds
    return Folding(tuple(own), tuple(storm), banners, pulled, turned)


def tenant_of(alert: Alert) -> str:
    return tenant_key(
        alert.latest.account, alert.latest.tenant.id or alert.latest.tenant.uuid or alert.latest.tenant.name
    )


def tenant_key(account: str, tenant: str) -> str:
    """What tells tenants apart, in every account."""
    return f"{account}\x1f{tenant}"


def shares_of(alert: Alert) -> tuple[str, str]:
    """The keys of the shares that it is of: its tenant's and its cause's. They stand in buttons."""
    return share_key("t", tenant_of(alert)), share_key("c", alert.latest.cause.text)


def share_key(kind: str, label: str) -> str:
    """`kind` is `t` for a tenant, `c` for a cause."""
    return kind + blake2b(label.encode(errors="surrogatepass"), digest_size=8).hexdigest()


def entry_of(alert: Alert) -> str:
    """The error book's entry of a cause that is the platform's own, "" of any other. A restore is never a crowd."""
    return alert.latest.cause.entry if alert.latest.cause.is_platform and alert.latest.kind is not Kind.RESTORE else ""


def _may_be_banner(entry: str, window: Window) -> bool:
    """Not where an open storm shows this cause and others: it takes in all of it."""
    return entry not in window.storm_entries or len(window.storm_entries) == 1


def _banners(
    new: Sequence[Alert], window: Window, rules: Rules
) -> tuple[dict[str, tuple[int, ...]], dict[str, tuple[int, ...]], list[Alert]]:
    """What banners take in, the cards they take the place of, and the alerts that are left."""
    tenants: defaultdict[str, set[str]] = defaultdict(set)
    for each in window.recent:
        tenants[each.entry].add(each.tenant)
    for alert in new:
        tenants[entry_of(alert)].add(tenant_of(alert))
    wide = {entry for entry, hit in tenants.items() if entry and len(hit) >= rules.platform_tenants}
    wide = {entry for entry in wide if _may_be_banner(entry, window)} | set(window.banners)
    taken: defaultdict[str, list[int]] = defaultdict(list)
    rest: list[Alert] = []
    for alert in new:
        entry = entry_of(alert)
        if entry in wide:
            taken[entry].append(alert.id)
        else:
            rest.append(alert)
    pulled = {
        entry: tuple(
            each.card_id
            for each in window.recent
            if each.entry == entry and each.card_id is not None and not each.is_sent
        )
        for entry in taken
    }
    return {entry: tuple(ids) for entry, ids in taken.items()}, {e: cards for e, cards in pulled.items() if cards}, rest
