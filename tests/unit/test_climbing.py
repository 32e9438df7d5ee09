"""Climbing: which step is due when, for which alert, once, whatever the order of the steps."""

import os
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.alerting.climb_steps import climb, climb_storm
from bot.alerting.climbing import ALL, concerns, due_at, has_taken, key_of, leading, looks
from bot.alerting.plan import Draft, Group, Post, Situation, Storm
from bot.model import (
    Alert,
    AlertStatus,
    CardKind,
    Cause,
    ClimbStep,
    NameField,
    NameFilter,
    Owner,
    Routing,
    Rules,
    Says,
    Severity,
    TaskQuery,
    Triage,
    Verdict,
)
from tests.builders import NOW, alert, changed

MINUTE = timedelta(minutes=1)
BOTH = frozenset(Severity)
ACME = TaskQuery(names=(NameFilter(NameField.TENANT, ("Acme Corp",)),))
BOSS, DUTY = "U0BOSS", "<!subteam^S0DUTY>"


def step(place: int = 1, after: float = 30, **told: Any) -> ClimbStep:
    return ClimbStep(place, after * MINUTE, **{"severities": BOTH, "person": BOSS, **told})


def card(id_: int = 1, kind: CardKind = CardKind.ALERT, **changes: Any) -> Post:
    created = NOW - timedelta(hours=1)
    return Post(id_, kind, "main", "C0A", created, created, 2, **{"shown": 1, "ts": "1.1", **changes})


def draft(*steps: ClimbStep, cards: tuple[Post, ...] = (card(),), shows: int = 1, **more: Any) -> Draft:
    shown = {each.id: frozenset(range(1, shows + 1)) for each in cards}
    routing = Routing(climb=tuple(sorted(steps, key=lambda each: each.after)))
    return Draft(Situation(routing, Rules(), NOW, NOW, cards, shown, **more))


def told(made: Draft) -> list[tuple[str, Says]]:
    return [(post.channel, post.says) for post in made.plan().posts if post.id < 0]


# ── a step's key ──


def test_a_step_has_the_same_key_wherever_it_stands() -> None:
    one = step(1, mention=DUTY, channel="C0B", hook="https://pager.example/3f9c", match=ACME)
    assert key_of(one) == key_of(replace(one, place=5))
    assert key_of(one).startswith("30m-")
    assert not {" ", ":", "."} & set(key_of(one)), "it is a word of a list, and a part of other keys"


@pytest.mark.parametrize(
    "change",
    [
        {"after": 31 * MINUTE},
        {"person": "U0OTHER"},
        {"mention": DUTY},
        {"channel": "C0B"},
        {"hook": "https://pager.example/"},
        {"severities": frozenset({Severity.CRITICAL})},
        {"match": ACME},
    ],
)
def test_a_step_that_does_something_else_has_another_key(change: dict[str, Any]) -> None:
    assert key_of(step()) != key_of(replace(step(), **change))


def test_the_key_is_the_same_in_each_process() -> None:
    """Sets have another order in each: their strings are hashed with a seed of the process."""
    code = (
        "from datetime import timedelta; from bot.model import *; from bot.alerting.climbing import key_of;"
        "q = TaskQuery(results=frozenset({'error', 'ok', 'warning'}), types=frozenset({'a', 'b', 'c'}));"
        "print(key_of(ClimbStep(1, timedelta(minutes=30), person='U', match=q, severities=frozenset(Severity))))"
    )
    said = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed},
            cwd=Path(__file__).parents[2],
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(said) == 1


# ── when ──


def test_a_step_counts_from_when_people_could_see_the_card() -> None:
    known, seen = alert(id=1), NOW - 10 * MINUTE
    assert due_at(step(), card(seen_at=seen), known) == seen + 30 * MINUTE
    assert due_at(step(), card(), known) == card().created_at + 30 * MINUTE
    assert due_at(step(), card(shown=0, ts=""), known) is None


def test_or_from_when_somebody_last_did_something_about_it() -> None:
    acted = changed(alert(id=1), triage=Triage(acted_at=NOW - MINUTE))
    assert due_at(step(), card(seen_at=NOW - 50 * MINUTE), acted) == NOW + 29 * MINUTE
    before = changed(alert(id=1), triage=Triage(acted_at=NOW - 90 * MINUTE))
    assert due_at(step(), card(seen_at=NOW - 50 * MINUTE), before) == NOW - 20 * MINUTE


def test_it_is_for_its_severities_and_for_what_matches() -> None:
    known = alert(id=1)
    assert concerns(step(), known)
    assert not concerns(step(severities=frozenset({Severity.CRITICAL})), known)
    assert concerns(step(match=ACME), known) is (known.latest.tenant.name == "Acme Corp")
    assert not concerns(step(match=TaskQuery(names=(NameFilter(NameField.TENANT, ("Nobody",)),))), known)


def test_a_card_that_a_storm_counts_climbs_with_it_and_the_first_of_others_leads() -> None:
    cards = [card(3, storm_id=9), card(2, CardKind.SUMMARY), card(5), card(4)]
    assert leading(cards) == card(4)
    assert leading(cards[:2]) is None


def test_it_is_looked_at_for_each_step_that_is_left() -> None:
    steps = (step(1), step(2, 60), step(3, 90, severities=frozenset({Severity.CRITICAL})))
    taken = card(climbed=key_of(steps[0]))
    assert list(looks(alert(id=1), [taken], Routing(climb=steps))) == [card().created_at + 60 * MINUTE]
    assert list(looks(alert(id=1), [card(climbed=ALL)], Routing(climb=steps))) == []


@pytest.mark.parametrize(
    "known",
    [
        changed(alert(id=1), triage=Triage(Owner("U0MIA", NOW))),
        changed(alert(id=1), triage=Triage(noted_at=NOW)),
        changed(alert(id=1), status=AlertStatus.RESOLVED, closed_at=NOW),
    ],
)
def test_what_is_touched_or_over_does_not_climb(known: Alert) -> None:
    made = draft(step())
    climb(made, known)
    assert told(made) == []
    assert list(looks(known, [card()], Routing(climb=(step(),)))) == []


# ── what ──


def test_steps_that_are_due_are_taken_each_once_and_in_their_order() -> None:
    first, second, third = step(7), step(2, 60, person="U0TWO"), step(1, 61, person="U0THREE")
    made = draft(third, second, first)
    climb(made, alert(id=1))
    assert told(made) == [(BOSS, Says.CLIMBED), ("U0TWO", Says.CLIMBED)]
    assert made.posts[1].climbed.split() == [key_of(first), key_of(second)]
    reasons = [each.reason for each in made.plan().decisions if each.verdict is Verdict.CLIMBED]
    assert reasons[0] == f"Step 7, after 30 min untouched: told {BOSS}."
    again = draft(first, second, third, cards=(made.posts[1],))
    climb(again, alert(id=1))
    assert told(again) == []


def test_steps_that_changed_places_are_not_taken_again() -> None:
    first, second = step(1), step(2, 60, person="U0TWO")
    made = draft(replace(first, place=2), replace(second, place=1), cards=(card(climbed=key_of(first)),))
    climb(made, alert(id=1))
    assert told(made) == [("U0TWO", Says.CLIMBED)]


def test_two_steps_that_do_the_same_tell_it_once() -> None:
    made = draft(step(1), step(2))
    climb(made, alert(id=1))
    assert len({post.key for post in made.plan().posts if post.id < 0}) == 1


def test_a_step_mentions_below_the_card_shows_it_elsewhere_and_calls_a_hook() -> None:
    loud = step(1, person="", mention=DUTY, channel="C0B", hook="https://pager.example/3f9c")
    made = draft(loud)
    climb(made, alert(id=1))
    line, other, hook = [post for post in made.plan().posts if post.id < 0]
    assert (line.parent_id, line.mention, line.broadcast, line.says) == (1, DUTY, True, Says.CLIMBED)
    assert (other.kind, other.channel, other.parent_id) == (CardKind.ALERT, "C0B", None)
    assert (hook.kind, hook.channel) == (CardKind.HOOK, f"hook:{key_of(loud)}")
    (decision,) = made.plan().decisions
    assert decision.reason == "Step 1, after 30 min untouched: told S0DUTY, C0B, a web hook."


@pytest.mark.parametrize("channel", ["C0A", "C0BOUND"])
def test_a_channel_that_shows_it_or_is_bound_to_others_gets_no_card(channel: str) -> None:
    made = draft(step(person="", channel=channel))
    routing = replace(made.situation.routing, bound={"C0BOUND": frozenset({"Umbrella"})})
    made.situation = replace(made.situation, routing=routing)
    climb(made, alert(id=1))
    assert told(made) == []
    assert made.plan().decisions[0].reason.endswith("told nobody new.")


def test_a_storm_climbs_once_for_all_that_is_untouched_and_says_when_the_next_step_is_due() -> None:
    storm = card(9, CardKind.STORM)
    known = Storm(9, "C0A", "", NOW, NOW, NOW)
    made = draft(step(1, channel="C0B"), step(2, 90), cards=(storm,), shows=3, storms=(known,), groups={9: Group(3, 3)})
    untouched = [changed(alert(id=number), cause=Cause("full")) for number in (1, 2, 3)]
    assert set(climb_storm(made, storm, untouched)) == {storm.created_at + 90 * MINUTE}
    elsewhere, person = [post for post in made.plan().posts if post.id < 0]
    assert (elsewhere.kind, elsewhere.channel, elsewhere.climbed) == (CardKind.STORM, "C0B", ALL)
    assert (person.channel, person.size, person.storm_id) == (BOSS, 3, 9)
    assert len(made.plan().decisions) == 3
    assert has_taken(made.posts[9], step(8, channel="C0B"))


def test_a_storms_card_elsewhere_takes_no_step_of_its_own_whatever_the_settings_become() -> None:
    elsewhere = card(9, CardKind.STORM, climbed=ALL)
    made = draft(step(), step(2, 45, person="U0NEW"), cards=(elsewhere,))
    assert climb_storm(made, elsewhere, [alert(id=1)]) == []
    assert told(made) == []
