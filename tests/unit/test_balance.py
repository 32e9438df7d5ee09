"""How work is spread over processes."""

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.alerting.balance import Moves, moves, target


def held(**counts: int) -> dict[str, str]:
    """So many pieces for each owner."""
    return {f"{owner}{number}": owner for owner, count in counts.items() for number in range(count)}


@pytest.mark.parametrize(
    ("owner", "holders", "members", "size", "expected"),
    [
        ("a", {}, "a", 8, 8),
        ("a", {}, "abcd", 8, 2),
        ("a", held(a=8), "abcd", 8, 2),
        ("d", held(a=3, b=3, c=2), "abcd", 8, 2),
        ("a", held(a=3, b=3, c=2), "abc", 8, 3),
        ("c", held(a=3, b=3, c=2), "abc", 8, 2),
        ("b", held(b=1), "ab", 1, 1),
        ("a", held(b=1), "ab", 1, 0),
        ("a", {}, "ab", 0, 0),
        ("new", held(a=2), "a", 2, 1),
        ("a", held(dead=4, a=1), "ab", 5, 3),
    ],
)
def test_everybody_is_to_hold_the_same_number_or_one_more(
    owner: str, holders: Mapping[str, str], members: str, size: int, expected: int
) -> None:
    assert target(owner, holders, list(members) if owner != "new" else ["a"], size) == expected


def test_what_is_too_many_is_given_back_where_nothing_is_at_work() -> None:
    holders = held(a=4)
    step = moves("a", holders, "ab", pieces=holders, free=(), busy={"a0", "a1", "a3"})
    assert step == Moves(give_back=("a2",), leave=("a0",))


def test_no_more_is_taken_than_the_share() -> None:
    pieces = ["1", "2", "3", "4"]
    assert moves("b", {}, "ab", pieces=pieces, free=pieces) == Moves(take=("1", "2"))
    assert moves("b", {"1": "a", "2": "a"}, "ab", pieces=pieces, free=["3", "4"]) == Moves(take=("3", "4"))
    assert moves("b", {"1": "a", "2": "b", "3": "b"}, "ab", pieces=pieces, free=["4"]) == Moves()


@given(
    owners=st.integers(1, 6),
    pieces=st.integers(0, 20),
    draw=st.lists(st.integers(0, 7), min_size=20, max_size=20),
)
def test_in_a_few_rounds_everybody_holds_the_same_number_or_one_more(owners: int, pieces: int, draw: list[int]) -> None:
    """Whoever held what before: some of them are dead, and their pieces are free."""
    members = [str(number) for number in range(owners)]
    names = [f"piece {number:02}" for number in range(pieces)]
    holders = {name: str(who) for name, who in zip(names, draw, strict=False) if str(who) in members}
    for _ in range(3):
        for owner in members:
            free = [name for name in names if name not in holders]
            step = moves(owner, holders, members, pieces=names, free=free)
            holders |= dict.fromkeys(step.take, owner)
            for name in step.give_back:
                del holders[name]
    counts = [list(holders.values()).count(owner) for owner in members]
    assert sum(counts) == pieces
    assert max(counts) - min(counts) <= 1
    assert all(moves(owner, holders, members, pieces=names, free=()) == Moves() for owner in members)
