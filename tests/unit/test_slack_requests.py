"""A delivery that comes twice is seen once, for as long as Slack may repeat it, in a memory that does not grow."""

from bot.slack.requests import SeenDeliveries


class Hand:
    """A clock's hand that a test moves."""

    def __init__(self) -> None:
        self.at = 0.0

    def __call__(self) -> float:
        return self.at


def test_a_key_is_new_once() -> None:
    seen = SeenDeliveries()
    assert seen.add("a")
    assert not seen.add("a")
    assert seen.add("b")


def test_a_delivery_without_a_key_is_always_new() -> None:
    seen = SeenDeliveries()
    assert seen.add("")
    assert seen.add("")


def test_a_key_is_forgotten_after_its_time() -> None:
    hand = Hand()
    seen = SeenDeliveries(seconds=60, monotonic=hand)
    assert seen.add("a")
    hand.at = 59.0
    assert not seen.add("a")
    hand.at = 60.0
    assert seen.add("a")


def test_the_oldest_keys_give_way_when_memory_is_full() -> None:
    seen = SeenDeliveries(capacity=2)
    assert all(seen.add(key) for key in "abc")
    assert not seen.add("c")
    assert seen.add("a")
