"""When many alerts of one channel fold into one card (design §5). Pure: what the channel was told lately goes in.

The fifth new alert within the window opens a storm: the four before it keep their cards, the fifth and all that follow
are shown by the storm's, until none came for as long as the window. Restores are told one by one up to the second; from
the third on they fold too. Where one fault of the platform's own hits many tenants, one banner tells it in place of
their cards, those not sent yet included.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from bot.model import Alert, Kind, Rules


@dataclass(frozen=True, slots=True)
class Recent:
    """An alert that the channel was told of within the window, or is about to be told of.

    `card_id` is its own card, None where a storm or a banner shows it. `entry` is the error book's, "" where the cause
    is not the platform's. `is_sent`: people may have seen it.
    """

    alert_id: int
    tenant: str
    entry: str = ""
    is_restore: bool = False
    card_id: int | None = None
    is_sent: bool = True


@dataclass(frozen=True, slots=True)
class Lately:
    """What a channel was told within the window. `banners` are the entries of which one is open, `folded_restores` how
    many restores a storm shows."""

    told: tuple[Recent, ...] = ()
    has_storm: bool = False
    banners: frozenset[str] = frozenset()
    folded_restores: int = 0


@dataclass(frozen=True, slots=True)
class Folding:
    """Where new alerts go, by their ids. `pulled` are the cards, not sent yet, that a banner takes the place of."""

    own: tuple[int, ...] = ()
    storm: tuple[int, ...] = ()
    banners: dict[str, tuple[int, ...]] = field(default_factory=dict)
    pulled: dict[str, tuple[int, ...]] = field(default_factory=dict)


def fold(new: Sequence[Alert], lately: Lately, rules: Rules) -> Folding:
    """Decides for each of `new`, in their order."""
    banners, pulled, rest = _banners(new, lately, rules)
    gone = {card_id for cards in pulled.values() for card_id in cards}
    own_before = [told for told in lately.told if told.card_id is not None and told.card_id not in gone]
    alerts = len(own_before)
    restores = lately.folded_restores + sum(told.is_restore for told in own_before)
    own: list[int] = []
    storm: list[int] = []
    is_open = lately.has_storm
    for alert in rest:
        is_restore = alert.latest.kind is Kind.RESTORE
        folds = restores + 1 >= rules.storm_restores if is_restore else is_open or alerts + 1 >= rules.storm_threshold
        is_open |= folds
        (storm if folds else own).append(alert.id)
        alerts += not folds
        restores += is_restore and not folds
    return Folding(tuple(own), tuple(storm), banners, pulled)


def tenant_of(alert: Alert) -> str:
    return tenant_key(
        alert.latest.account, alert.latest.tenant.id or alert.latest.tenant.uuid or alert.latest.tenant.name
    )


def tenant_key(account: str, tenant: str) -> str:
    """What tells tenants apart, in every account."""
    return f"{account}\x1f{tenant}"


def entry_of(alert: Alert) -> str:
    """The error book's entry of a cause that is the platform's own, "" of any other. A restore is never a crowd."""
    return alert.latest.cause.entry if alert.latest.cause.is_platform and alert.latest.kind is not Kind.RESTORE else ""


def _banners(
    new: Sequence[Alert], lately: Lately, rules: Rules
) -> tuple[dict[str, tuple[int, ...]], dict[str, tuple[int, ...]], list[Alert]]:
    """What banners take in, the cards they take the place of, and the alerts that are left."""
    tenants: defaultdict[str, set[str]] = defaultdict(set)
    for told in lately.told:
        tenants[told.entry].add(told.tenant)
    for alert in new:
        tenants[entry_of(alert)].add(tenant_of(alert))
    wide = {entry for entry, hit in tenants.items() if entry and len(hit) >= rules.platform_tenants}
    wide |= lately.banners
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
            told.card_id
            for told in lately.told
            if told.entry == entry and told.card_id is not None and not told.is_sent
        )
        for entry in taken
    }
    return {entry: tuple(ids) for entry, ids in taken.items()}, {e: cards for e, cards in pulled.items() if cards}, rest
