"""A delivery that comes twice is seen once, for as long as Slack may repeat it, in a memory that does not grow."""

from bot.slack.seen import Seen


class Hand:
    """A clock's hand that a test moves."""

    def __init__(self) -> None:
        self.at = 0.0

    def __call__(self) -> float:
        return self.at


def test_a_key_is_new_once() -> None:
    seen = Seen()
    assert seen.first("a")
    assert not seen.first("a")
    assert seen.first("b")


def test_a_delivery_without_a_key_is_always_new() -> None:
    seen = Seen()
    assert seen.first("")
    assert seen.first("")


def test_a_key_is_forgotten_after_its_time() -> None:
    hand = Hand()
    seen = Seen(seconds=60, monotonic=hand)
    assert seen.first("a")
    hand.at = 59.0
    assert not seen.first("a")
    hand.at = 60.0
    assert seen.first("a")


def test_the_oldest_keys_give_way_when_memory_is_full() -> None:
    seen = Seen(capacity=2)
    assert all(seen.first(key) for key in "abc")
    assert not seen.first("c")
    assert seen.first("a")
