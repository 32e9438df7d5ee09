"""What Slack takes: paces keep under its limits, a 429 closes the gate for all that it is about."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.model.pace import Pace
from bot.slack.rate_limits import EDIT_BURST, EDITS_A_MINUTE, KEPT_FOR_WORDS, LONGEST_UNREACHED, RateLimits

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
def limits(watch: Watch) -> RateLimits:
    return RateLimits(seconds=watch)


@given(st.lists(st.floats(0, 30), min_size=1, max_size=300))
def test_edits_never_pass_slacks_tier_in_any_minute(waits: list[float]) -> None:
    pace, now, taken = Pace(EDITS_A_MINUTE, EDIT_BURST), 0.0, []
    for wait in waits:
        now += wait
        while pace.take(now):
            taken.append(now)
    assert all(sum(begin <= at < begin + 60 for at in taken) <= TIER_3 for begin in taken)


def test_a_permit_that_was_not_used_is_there_again(limits: RateLimits) -> None:
    for _ in range(100):
        assert limits.may_edit(A)
        limits.unused(edit=True)
        assert limits.may_post(A)
        limits.unused(post=True)


def test_the_last_permits_are_kept_for_words(limits: RateLimits) -> None:
    spared = []
    while limits.may_edit(A):
        spared.append(limits.spares_cosmetics())
    assert spared.count(False) == KEPT_FOR_WORDS
    assert spared == sorted(spared, reverse=True)


def test_a_limit_on_edits_closes_its_channel_alone_and_no_posts(limits: RateLimits, watch: Watch) -> None:
    limits.edit_limited(A, 30)
    assert (limits.may_edit(A), limits.may_edit(B), limits.may_post(A)) == (False, True, True)
    watch.at += 30
    assert limits.may_edit(A)


def test_a_second_channel_whose_edits_are_limited_meanwhile_closes_them_all(limits: RateLimits, watch: Watch) -> None:
    limits.edit_limited(A, 30)
    limits.edit_limited(B, 20)
    assert (limits.may_edit(C), limits.may_post(A)) == (False, True)
    watch.at += 20
    assert (limits.may_edit(C), limits.may_edit(B), limits.may_edit(A)) == (True, True, False)


def test_a_wait_of_an_hour_closes_the_other_channels_for_a_minute_at_most(limits: RateLimits, watch: Watch) -> None:
    for limit in (limits.edit_limited, limits.post_limited):
        limit(A, 3600)
        limit(B, 3600)
    watch.at += 60
    assert (limits.may_edit(C), limits.may_post(C)) == (True, True)
    assert (limits.may_edit(A), limits.may_post(B)) == (False, False)


def test_a_limit_on_posts_closes_its_channel_alone(limits: RateLimits, watch: Watch) -> None:
    limits.post_limited(A, 30)
    limits.post_limited(A, 30)
    assert (limits.may_post(A), limits.may_post(B), limits.may_edit(A)) == (False, True, True)
    watch.at += 30
    assert limits.may_post(A)


def test_a_second_channel_that_is_limited_meanwhile_closes_them_all(limits: RateLimits, watch: Watch) -> None:
    limits.post_limited(A, 30)
    limits.post_limited(B, 20)
    assert (limits.may_post(C), limits.may_edit(A)) == (False, True)
    watch.at += 20
    assert (limits.may_post(C), limits.may_post(B), limits.may_post(A)) == (True, True, False)


def test_limits_that_do_not_meet_in_time_are_each_a_channels_own(limits: RateLimits, watch: Watch) -> None:
    limits.post_limited(A, 10)
    watch.at += 11
    limits.post_limited(B, 10)
    assert limits.may_post(C)


def test_posts_of_many_channels_together_keep_their_pace(limits: RateLimits) -> None:
    allowed = sum(limits.may_post(f"C{number}") for number in range(300))
    assert allowed < 60


def test_while_slack_cannot_be_reached_nothing_is_tried_and_soon_again(limits: RateLimits, watch: Watch) -> None:
    limits.unreachable(60)
    assert (limits.may_post(A), limits.may_edit(A)) == (False, False)
    watch.at += LONGEST_UNREACHED
    assert (limits.may_post(A), limits.may_edit(A)) == (True, True)


def test_processes_keep_a_pace_together(limits: RateLimits, watch: Watch) -> None:
    alone = [limits.may_edit("C1") for _ in range(10)].count(True)
    limits.share(4)
    watch.at += 60
    shared = [limits.may_edit("C1") for _ in range(10)].count(True)
    assert (alone, shared) == (EDIT_BURST, KEPT_FOR_WORDS + 1)
    for _ in range(60):
        watch.at += 1
        shared += limits.may_edit("C1")
    assert shared <= EDITS_A_MINUTE / 4 + KEPT_FOR_WORDS + 1
    limits.share(1)
    watch.at += 60
    assert [limits.may_edit("C1") for _ in range(10)].count(True) == EDIT_BURST


@pytest.mark.parametrize("processes", [1, 2, 5, 100])
def test_however_many_processes_edits_that_change_no_words_get_their_turn(
    processes: int, limits: RateLimits, watch: Watch
) -> None:
    limits.share(processes)
    watch.at += 3600
    assert limits.may_edit("C1")
    assert limits.spares_cosmetics()
