"""Direct messages: what the people who took or snoozed alerts hear of them, wherever they are (design §5). Pure.

One message tells of all that one act took or snoozed: of a storm that one person has, they hear once. Nobody hears of
what they did themselves. Quiet hours hold none of these: they go to one person, who asked for it.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final

from bot.alerting.climbing import key_of
from bot.alerting.judging import Judged
from bot.alerting.kinds import KINDS
from bot.alerting.plan import Draft, Group, Held, Post, reply_key
from bot.alerting.triage import Deed, Happening
from bot.model import Alert, CardKind, ClimbStep, Says

_SAYS: Final = {Happening.WARNED: Says.WARNED, Happening.ASKED: Says.ASKED, Happening.RELEASED: Says.RELEASED}


def holds_of(alert: Alert) -> tuple[Held, ...]:
    """By which acts people have it or put it off."""
    owner, snooze = alert.triage.owner, alert.triage.snooze
    taken = (Held(owner.who, owner.since),) if owner else ()
    return (*taken, *((Held(snooze.by, snooze.since, is_snooze=True),) if snooze else ()))


def tell_happened(draft: Draft, judged: Judged) -> None:
    """A snooze that ends soon is told to whoever pressed it and to the owner; a question and a release to the owner."""
    pooled = defaultdict[tuple[Says, str, Held, datetime], list[Alert]](list)
    for alert in judged.alerts:
        for happening in judged.happened.get(alert.id, ()):
            if happening in _SAYS:
                for who, held, at in _concerned(alert, judged.before[alert.id], happening):
                    pooled[_SAYS[happening], who, held, at].append(alert)
    for (says, who, held, at), alerts in pooled.items():
        left = draft.situation.held.get(held, Group()).open
        size = left + len(alerts) if says is Says.RELEASED else max(left, len(alerts))
        _tell(draft, who, says, alerts, size, _key(says, held, at))


def _concerned(alert: Alert, before: Alert, happening: Happening) -> Iterator[tuple[str, Held, datetime]]:
    """Who hears of it, by which act it is theirs, and the moment that tells this time from others."""
    owner, snooze = alert.triage.owner, alert.triage.snooze
    if happening is Happening.WARNED and snooze is not None:
        held = Held(snooze.by, snooze.since, is_snooze=True)
        for who in dict.fromkeys((snooze.by, owner.who if owner else snooze.by)):
            yield who, held, snooze.until
    elif happening is Happening.ASKED and owner is not None and owner.asked_at is not None:
        yield owner.who, Held(owner.who, owner.since), owner.asked_at
    elif happening is Happening.RELEASED and (had := before.triage.owner) is not None:
        yield had.who, Held(had.who, had.since), had.asked_at or had.since


def tell_ended(draft: Draft, ended: Iterable[Alert]) -> None:
    """Whoever has it or put it off hears that it is over, but for who ended it. What one act took is told of when the
    last of it is over."""
    theirs = defaultdict[str, dict[Held, list[Alert]]](lambda: defaultdict(list))
    for alert in ended:
        by = alert.resolution.by if alert.resolution else ""
        for who, held in {held.who: held for held in reversed(holds_of(alert))}.items():
            if who != by:
                theirs[who][held].append(alert)
    for who, acts in theirs.items():
        over = {held: each for held, each in acts.items() if not draft.situation.held.get(held, Group()).open}
        alerts = [alert for each in over.values() for alert in each]
        if alerts:
            size = sum(max(draft.situation.held.get(held, Group()).size, len(each)) for held, each in over.items())
            last = max(alerts, key=lambda alert: (alert.closed_at or draft.now, alert.id))
            key = reply_key("over", last.id, _stamp(last.closed_at or draft.now))
            _tell(draft, who, Says.ENDED, alerts, size, key)


def tell_handed(draft: Draft, alerts: Sequence[Alert], deed: Deed, act_id: int) -> None:
    """Whom alerts were handed to hears by whom."""
    if alerts and deed.to not in ("", deed.by):
        by = deed.name or deed.by
        _tell(draft, deed.to, Says.HANDED, alerts, len(alerts), reply_key("handed", act_id), why=by)


def tell_climbed(
    draft: Draft, kind: CardKind, channel: str, alerts: Sequence[Alert], step: ClimbStep, card: Post
) -> None:
    """A step of climbing tells a person, or a web hook, of an alert that nobody touched for so long, or of a storm."""
    storm = card.id if KINDS[card.kind].is_group else None
    key, minutes = f"climb:{key_of(step)}:{alerts[0].id}", f"{step.after.total_seconds() / 60:g}"
    _tell(draft, channel, Says.CLIMBED, alerts, len(alerts), key, why=minutes, storm=storm, kind=kind)


def tell_untold(draft: Draft, alert_id: int, who: str, name: str) -> None:
    """The threads of an alert say once that a person could not be told of it."""
    for card, _ in draft.cards_of([alert_id]):
        if card.kind is CardKind.ALERT or KINDS[card.kind].is_group:
            draft.reply(card, f"{reply_key('untold', card.id)}:{who}", Says.UNTOLD, why=name)


def _key(says: Says, held: Held, at: datetime) -> str:
    return f"{reply_key(says.value, _stamp(held.since), _stamp(at))}:{held.who}"


def _stamp(at: datetime) -> int:
    return int(at.timestamp() * 1_000_000)


def _tell(
    draft: Draft,
    who: str,
    says: Says,
    alerts: Sequence[Alert],
    size: int,
    key: str,
    *,
    why: str = "",
    storm: int | None = None,
    kind: CardKind = CardKind.PERSONAL,
) -> None:
    """`key` and the person name the message: the same is not told twice. `storm` is the card that shows them all."""
    first = next((alert for alert in alerts if alert.is_critical), alerts[0])
    draft.post(
        kind,
        first.latest.account,
        who,
        due_at=draft.now,
        key=f"{key}>{who}",
        says=says,
        why=why,
        alert_id=first.id,
        size=size,
        storm_id=storm or (_shown_by(draft, alerts) if size > 1 else None),
    )


def _shown_by(draft: Draft, alerts: Sequence[Alert]) -> int | None:
    """The storm's or banner's card that counts them all."""
    counting: Mapping[int, set[int]] = {alert.id: set() for alert in alerts}
    for card, id_ in draft.cards_of(counting.keys()):
        shown_by = card.id if KINDS[card.kind].is_group else card.storm_id
        counting[id_].update([] if shown_by is None else [shown_by])
    common = set.intersection(*counting.values())
    return max(common, default=None)
