"""Direct messages: who hears what of which acts, once, and nobody of what they did themselves."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.alerting import personal
from bot.alerting.judging import Judged
from bot.alerting.plan import Draft, Group, Held, Post, Situation
from bot.alerting.triage import Deed, Happening
from bot.model import (
    Act,
    Alert,
    CardKind,
    Ending,
    Owner,
    Resolution,
    Routing,
    Rules,
    Says,
    Severity,
    Snooze,
    Triage,
)
from tests.builders import NOW, alert, changed

HOUR = timedelta(hours=1)
MIA, NOAH, ASHA = "U0MIA", "U0NOAH", "U0ASHA"
TAKEN = Held(MIA, NOW - 3 * HOUR)
SNOOZED = Held(NOAH, NOW - HOUR, is_snooze=True)


def held(
    id_: int = 1, *, owner: str = MIA, snoozed_by: str = "", asked: bool = False, resolved_by: str = "", **more: Any
) -> Alert:
    """An alert that people have or put off, by one act each."""
    triage = Triage(
        Owner(owner, TAKEN.since, asked_at=NOW if asked else None) if owner else None,
        Snooze(NOW + HOUR, snoozed_by, SNOOZED.since) if snoozed_by else None,
    )
    resolution = Resolution(resolved_by, "done") if resolved_by else None
    return changed(alert(id=id_), triage=triage, resolution=resolution, **more)


def over(*args: Any, **changes: Any) -> Alert:
    return held(*args, **{"closed_at": NOW, "ending": Ending.RECOVERED, **changes})


def draft(
    acts: dict[Held, Group] | None = None, cards: Iterable[Post] = (), shown: dict[int, frozenset[int]] | None = None
) -> Draft:
    return Draft(Situation(Routing(), Rules(), NOW, NOW, tuple(cards), shown or {}, held=acts or {}))


def card(id_: int, kind: CardKind = CardKind.ALERT, **changes: Any) -> Post:
    return Post(id_, kind, "main", "C0A", NOW, NOW, 2, **{"shown": 1, "ts": f"{id_}.1", **changes})


def told(made: Draft) -> list[tuple[str, Says, int | None, int]]:
    """Whom, what, about which alert first, and of how many."""
    return [(post.channel, post.says, post.alert_id, post.size) for post in made.plan().posts if post.id < 0]


def happened(*happenings: Happening, alerts: Iterable[Alert], before: Iterable[Alert] = ()) -> Judged:
    alerts = tuple(alerts)
    by_id = {each.id: happenings for each in alerts}
    return Judged(alerts, happened=by_id, before={each.id: each for each in (*alerts, *before)})


# ── by which acts ──


@pytest.mark.parametrize(
    ("owner", "snoozed_by", "acts"),
    [("", "", ()), (MIA, "", (TAKEN,)), ("", NOAH, (SNOOZED,)), (MIA, NOAH, (TAKEN, SNOOZED))],
)
def test_an_alert_is_held_by_who_took_it_and_by_who_snoozed_it(
    owner: str, snoozed_by: str, acts: tuple[Held, ...]
) -> None:
    assert personal.holds_of(held(owner=owner, snoozed_by=snoozed_by)) == acts


# ── what time brings ──


@pytest.mark.parametrize(
    ("owner", "snoozed_by", "who"), [("", NOAH, [NOAH]), (NOAH, NOAH, [NOAH]), (MIA, NOAH, [NOAH, MIA])]
)
def test_a_snooze_that_ends_soon_is_told_once_to_each_whom_it_concerns(
    owner: str, snoozed_by: str, who: list[str]
) -> None:
    made = draft()
    personal.tell_happened(made, happened(Happening.WARNED, alerts=[held(owner=owner, snoozed_by=snoozed_by)]))
    assert told(made) == [(each, Says.WARNED, 1, 1) for each in who]


def test_a_question_goes_to_the_owner_and_a_release_to_who_had_it() -> None:
    made = draft()
    personal.tell_happened(made, happened(Happening.ASKED, alerts=[held(asked=True, snoozed_by=NOAH)]))
    before, after = held(2, asked=True), held(2, owner="")
    judged = Judged((after,), happened={2: (Happening.RELEASED,)}, before={2: before})
    personal.tell_happened(made, judged)
    assert told(made) == [(MIA, Says.ASKED, 1, 1), (MIA, Says.RELEASED, 2, 1)]


@pytest.mark.parametrize("happening", Happening)
def test_nothing_is_told_where_nobody_is_concerned(happening: Happening) -> None:
    made = draft()
    personal.tell_happened(made, happened(happening, alerts=[held(owner="")]))
    assert told(made) == []


def test_what_one_act_took_is_one_message_that_counts_what_the_act_still_holds() -> None:
    made = draft({TAKEN: Group(size=5, open=5)})
    personal.tell_happened(made, happened(Happening.ASKED, alerts=[held(1, asked=True), held(2, asked=True)]))
    assert told(made) == [(MIA, Says.ASKED, 1, 5)]
    made = draft({TAKEN: Group(size=5, open=3)})
    released = [held(1, owner=""), held(2, owner="")]
    before = {each.id: held(each.id, asked=True) for each in released}
    happenings = {each.id: (Happening.RELEASED,) for each in released}
    personal.tell_happened(made, Judged(tuple(released), happened=happenings, before=before))
    assert told(made) == [(MIA, Says.RELEASED, 1, 5)]  # these two are no longer among what is held


def test_two_acts_of_one_person_are_two_messages_and_the_critical_alert_is_named() -> None:
    other = changed(held(2, asked=True), triage=Triage(Owner(MIA, NOW - 2 * HOUR, asked_at=NOW)))
    worst = held(3, asked=True)
    worst = replace(worst, assessment=replace(worst.assessment, severity=Severity.CRITICAL))
    made = draft()
    personal.tell_happened(made, happened(Happening.ASKED, alerts=[held(1, asked=True), other, worst]))
    assert told(made) == [(MIA, Says.ASKED, 3, 2), (MIA, Says.ASKED, 2, 1)]


def test_the_same_is_named_the_same_and_another_time_is_not() -> None:
    def key(known: Alert) -> str:
        made = draft()
        personal.tell_happened(made, happened(Happening.ASKED, alerts=[known]))
        return made.plan().posts[0].key

    again = replace(held(asked=True), triage=Triage(Owner(MIA, TAKEN.since, asked_at=NOW + HOUR)))
    assert key(held(asked=True)) == key(held(asked=True)) != key(again)


# ── the end ──


@pytest.mark.parametrize(
    ("changes", "who"),
    [
        ({}, [MIA]),
        ({"snoozed_by": NOAH}, [NOAH, MIA]),
        ({"snoozed_by": MIA}, [MIA]),
        ({"owner": "", "snoozed_by": NOAH}, [NOAH]),
        ({"owner": ""}, []),
        ({"resolved_by": MIA}, []),
        ({"resolved_by": MIA, "snoozed_by": NOAH}, [NOAH]),
        ({"resolved_by": ASHA}, [MIA]),
    ],
)
def test_an_end_is_told_to_who_held_it_but_for_who_ended_it(changes: dict[str, str], who: list[str]) -> None:
    made = draft()
    personal.tell_ended(made, [over(**changes)])
    assert told(made) == [(each, Says.ENDED, 1, 1) for each in who]


def test_what_one_act_took_is_told_of_when_the_last_of_it_is_over() -> None:
    made = draft({TAKEN: Group(size=3, open=1)})
    personal.tell_ended(made, [over(1), over(2)])
    assert told(made) == []
    made = draft({TAKEN: Group(size=3, open=0)})
    personal.tell_ended(made, [over(3)])
    assert told(made) == [(MIA, Says.ENDED, 3, 3)]


# ── handing over, climbing ──


@pytest.mark.parametrize(("to", "who"), [(NOAH, [NOAH]), (MIA, []), ("", [])])
def test_whom_alerts_were_handed_to_hears_by_whom(to: str, who: list[str]) -> None:
    made = draft()
    personal.tell_handed(made, [held(1), held(2)], Deed(Act.TAKE, MIA, NOW, "Mia", to=to), 7)
    assert told(made) == [(each, Says.HANDED, 1, 2) for each in who]
    assert [post.why for post in made.plan().posts] == ["Mia"] * len(who)
    personal.tell_handed(made, [], Deed(Act.TAKE, MIA, NOW, to=NOAH), 8)
    assert len(told(made)) == len(who)


def test_a_message_about_many_names_the_card_that_shows_them_all() -> None:
    storm, own = card(9, CardKind.STORM), card(3, storm_id=9)
    made = draft(cards=[storm, own], shown={9: frozenset({2}), 3: frozenset({1})})
    personal.tell_handed(made, [held(1), held(2)], Deed(Act.TAKE, MIA, NOW, to=NOAH), 7)
    made_apart = draft(cards=[storm, card(3)], shown={9: frozenset({2}), 3: frozenset({1})})
    personal.tell_handed(made_apart, [held(1), held(2)], Deed(Act.TAKE, MIA, NOW, to=NOAH), 7)
    assert [each.plan().posts[-1].storm_id for each in (made, made_apart)] == [9, None]


def test_that_a_person_was_not_told_is_said_below_each_card_of_the_alert_once() -> None:
    made = draft(cards=[card(3), card(4, CardKind.SUMMARY)], shown={3: frozenset({1}), 4: frozenset({1})})
    personal.tell_untold(made, 1, NOAH, "noah")
    (line,) = [post for post in made.plan().posts if post.id < 0]
    assert (line.parent_id, line.says, line.why, line.key) == (3, Says.UNTOLD, "noah", f"untold:3:{NOAH}")
