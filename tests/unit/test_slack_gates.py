"""What Slack takes: paces keep under its limits, a 429 closes the gate for all that it is about."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.slack.rate_limits import EDIT_BURST, EDITS_A_MINUTE, KEPT_FOR_WORDS, LONGEST_UNREACHED, Gates, Pace

TIER_3 = 50
A, B, C = "C0A", "C0B", "C0C"


class Watch:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.at = 1_000.0

    def __call__(self) -> float:
        return self.at


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def gates(watch: Watch) -> Gates:
    return Gates(seconds=watch)


@given(st.lists(st.floats(0, 30), min_size=1, max_size=300))
def test_edits_never_pass_slacks_tier_in_any_minute(waits: list[float]) -> None:
    pace, now, taken = Pace(EDITS_A_MINUTE, EDIT_BURST), 0.0, []
    for wait in waits:
        now += wait
        while pace.take(now):
            taken.append(now)
    assert all(sum(begin <= at < begin + 60 for at in taken) <= TIER_3 for begin in taken)


def test_a_permit_that_was_not_used_is_there_again(gates: Gates) -> None:
    for _ in range(100):
        assert gates.may_edit()
        gates.unused(edit=True)
        assert gates.may_post(A)
        gates.unused(post=True)


def test_the_last_permits_are_kept_for_words(gates: Gates) -> None:
    spared = []
    while gates.may_edit():
        spared.append(gates.spares_cosmetics())
    assert spared.count(False) == KEPT_FOR_WORDS
    assert spared == sorted(spared, reverse=True)


def test_a_limit_on_edits_closes_them_in_every_channel_and_no_posts(gates: Gates, watch: Watch) -> None:
    gates.edit_limited(30)
    assert (gates.may_edit(), gates.may_post(A)) == (False, True)
    watch.at += 30
    assert gates.may_edit()


def test_a_limit_on_posts_closes_its_channel_alone(gates: Gates, watch: Watch) -> None:
    gates.post_limited(A, 30)
    gates.post_limited(A, 30)
    assert (gates.may_post(A), gates.may_post(B), gates.may_edit()) == (False, True, True)
    watch.at += 30
    assert gates.may_post(A)


def test_a_second_channel_that_is_limited_meanwhile_closes_them_all(gates: Gates, watch: Watch) -> None:
    gates.post_limited(A, 30)
    gates.post_limited(B, 20)
    assert (gates.may_post(C), gates.may_edit()) == (False, True)
    watch.at += 20
    assert (gates.may_post(C), gates.may_post(B), gates.may_post(A)) == (True, True, False)


def test_limits_that_do_not_meet_in_time_are_each_a_channels_own(gates: Gates, watch: Watch) -> None:
    gates.post_limited(A, 10)
    watch.at += 11
    gates.post_limited(B, 10)
    assert gates.may_post(C)


def test_posts_of_many_channels_together_keep_their_pace(gates: Gates) -> None:
    allowed = sum(gates.may_post(f"C{number}") for number in range(300))
    assert allowed < 60


def test_while_slack_cannot_be_reached_nothing_is_tried_and_soon_again(gates: Gates, watch: Watch) -> None:
    gates.unreachable(60)
    assert (gates.may_post(A), gates.may_edit()) == (False, False)
    watch.at += LONGEST_UNREACHED
    assert (gates.may_post(A), gates.may_edit()) == (True, True)
