"""When alerts of one channel fold into one card (design §5)."""

from bot.alerting.plan import Recent, Window
from bot.alerting.storms import Folding, fold
from bot.model import Alert, Cause, Kind, Rules, Tenant
from tests.builders import changed
from tests.unit.test_severity import ALERT

RULES = Rules()
PLATFORM = Cause("Acronis's storage does not answer.", entry="storage-away", is_platform=True)


def alerts(count: int, first: int = 1, **changes: object) -> list[Alert]:
    return [changed(ALERT, id=first + place, **changes) for place in range(count)]


def recent(count: int, **changes: object) -> tuple[Recent, ...]:
    """Alerts that the channel was told of within the window, each by its own card."""
    return tuple(Recent(-1 - place, "t", card_id=place + 1, **changes) for place in range(count))  # type: ignore[arg-type]


def test_four_alerts_have_cards_of_their_own_and_the_fifth_opens_a_storm() -> None:
    assert fold(alerts(4), Window(), RULES) == Folding(own=(1, 2, 3, 4))
    assert fold(alerts(1), Window(recent(4)), RULES) == Folding(storm=(1,))
    assert fold(alerts(3), Window(recent(3)), RULES) == Folding(own=(1,), storm=(2, 3))


def test_an_open_storm_takes_in_all_that_comes() -> None:
    assert fold(alerts(1), Window(storm=1), RULES) == Folding(storm=(1,))


def test_restores_are_told_one_by_one_up_to_the_second() -> None:
    restores = alerts(3, kind=Kind.RESTORE)
    assert fold(restores, Window(recent(9), storm=1), RULES) == Folding(own=(1, 2), storm=(3,))
    assert fold(restores[:1], Window(recent(2, is_restore=True)), RULES) == Folding(storm=(1,))


def hit(count: int, first: int = 1) -> list[Alert]:
    """One alert each of so many tenants, by one fault of the platform's."""
    return [changed(alert, tenant=Tenant(str(alert.id)), cause=PLATFORM) for alert in alerts(count, first)]


def test_one_fault_of_the_platform_over_many_tenants_is_one_banner() -> None:
    assert fold(hit(5), Window(), RULES) == Folding(banners={"storage-away": (1, 2, 3, 4, 5)})
    assert fold(hit(4), Window(), RULES) == Folding(own=(1, 2, 3, 4))


def test_many_alerts_of_one_tenant_by_a_fault_of_the_platform_are_a_storm_and_no_banner() -> None:
    assert fold(alerts(5, cause=PLATFORM), Window(), RULES) == Folding(own=(1, 2, 3, 4), storm=(5,))


def test_cards_that_were_not_sent_give_way_to_the_banner_and_sent_ones_stay() -> None:
    before = tuple(
        Recent(-number, f"main\x1f{100 + number}", "storage-away", card_id=number, is_sent=number < 2)
        for number in range(1, 5)
    )
    folding = fold(hit(1), Window(before), RULES)
    assert folding == Folding(banners={"storage-away": (1,)}, pulled={"storage-away": (2, 3, 4)})


def test_a_storm_of_nothing_but_a_platforms_cause_turns_into_its_banner() -> None:
    window = Window(recent(4, entry="storage-away", is_linked=True), storm=9, storm_entries={"storage-away": 5})
    turned = Folding(banners={"storage-away": (1, 2, 3, 4, 5)}, turned="storage-away")
    assert fold(hit(5), window, RULES) == turned
    mixed = Window(storm=9, storm_entries={"storage-away": 5, "": 1})
    assert fold(hit(5), mixed, RULES) == Folding(storm=(1, 2, 3, 4, 5))
    others = Window(storm=9, storm_entries={"": 6})
    assert fold(hit(5), others, RULES) == Folding(banners={"storage-away": (1, 2, 3, 4, 5)})


def test_an_open_banner_takes_in_its_own_cause_only() -> None:
    window = Window(banners={"storage-away": 1})
    other = alerts(1, first=7)
    assert fold(hit(1) + other, window, RULES) == Folding(own=(7,), banners={"storage-away": (1,)})


def test_a_restore_is_no_part_of_a_banner() -> None:
    restores = [changed(alert, kind=Kind.RESTORE) for alert in hit(5)]
    assert fold(restores, Window(), RULES) == Folding(own=(1, 2), storm=(3, 4, 5))
