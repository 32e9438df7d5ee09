"""What a replay says for people: figures, whom it called at night, and nothing that steers a terminal."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.model import Alert, Assessment, CardKind, Severity, Tenant
from bot.replay.diff import changes
from bot.replay.dry_delivery import Outcome, Said, What
from bot.replay.report import called, report, totals, what_changed
from bot.store.replay_source import CardRecord, Silence
from tests.builders import NOW
from tests.builders import alert as an_alert

HOUR = timedelta(hours=1)
UTC = ZoneInfo("UTC")
ON_CALL = "<!subteam^S0ONCALL>"


def alert(name: str = "SRV-1", **changes: object) -> Alert:
    return an_alert(name=name, fingerprint=name, tenant=Tenant(name="Acme Corp"), **changes)


def card(*alerts: Alert, **changes: object) -> CardRecord:
    return CardRecord(
        **{  # type: ignore[arg-type]
            "id": 1,
            "kind": CardKind.ALERT,
            "channel": "C0A",
            "said_at": NOW,
            "is_shown": True,
            "is_withdrawn": False,
            "mentions": frozenset(),
            "held_from": None,
            "alerts": alerts or (alert(),),
            **changes,
        }
    )


def said(hours: float = 0, what: What = What.CARD, **changes: object) -> Said:
    return Said(NOW + hours * HOUR, what, "C0A", 1, **{"line": "Backup failed: SRV-1", **changes})  # type: ignore[arg-type]


def told(show: Outcome) -> dict[str, str]:
    return {line.split()[0]: " ".join(line.split()[1:]) for line in totals(show, NOW, UTC)[1:]}


def test_mentions_are_counted_by_whom_and_by_night() -> None:
    """NOW is 09:00: 13 h later is 22:00, 22 h later 07:00."""
    calls = [said(hours, mention=ON_CALL) for hours in (0, 12.9, 13, 21.9, 22)]
    assert told(Outcome(tuple(calls), ()))["mentions"] == "group S0ONCALL 5 times, 2 of them from 22:00 to 07:00"


def test_what_was_held_is_told_with_its_waits() -> None:
    held = [card(held_from=NOW - n * HOUR, said_at=NOW, is_shown=True) for n in (0, 2, 4)]
    held += [card(held_from=NOW, is_shown=False), card(held_from=NOW, is_shown=False, is_withdrawn=True)]
    figures = totals(Outcome((), tuple(held)), NOW - 9 * HOUR, UTC)
    (line,) = [line for line in figures if "held" in line.split()[0]]
    assert line.endswith("5, for 2 h at the median, 4 h at most, 1 of them never told: recovered before, 1 still held")


def test_silences_are_told_by_reason() -> None:
    figures = totals(Outcome((), (), (Silence("No route asks for it.", 3), Silence("It healed.", 1))), NOW, UTC)
    assert figures[-2].split(maxsplit=1) == ["silent", "3: No route asks for it."]
    assert figures[-1].split(maxsplit=1) == ["1:", "It healed."]


@pytest.mark.parametrize(
    ("mention", "words"), [(ON_CALL, "group S0ONCALL"), ("<!here>", "@here"), ("<@U0MIA>", "@U0MIA")]
)
def test_whom_a_mention_calls_is_said_without_being_live(mention: str, words: str) -> None:
    assert called(mention) == words


def test_names_of_customers_steer_no_terminal() -> None:
    bad = "Backup failed: \x1b[2J\u202eSRV\r\nx"
    lines = report(Outcome((said(line=bad),), (card(),)), NOW, UTC)
    lines += what_changed(changes([], [card(alert("\x1b[2J\u202e"))], NOW, HOUR), ("a", "b"), UTC)
    assert all(line.isprintable() for line in lines)


def test_a_channel_with_many_changes_says_how_many_are_left_out() -> None:
    cards = [card(alert(f"SRV-{n:03}")) for n in range(130)]
    lines = what_changed(changes(cards, [], NOW, HOUR), ("now", "then"), UTC)
    assert len([line for line in lines if line.endswith("only now")]) == 100
    assert lines[-1] == "    and 30 more"


def test_an_alert_is_the_same_where_it_was_open_at_one_time() -> None:
    """Another config may open it a run later."""
    one = card(alert(opened_at=NOW, closed_at=NOW + 5 * HOUR))
    later = card(alert(opened_at=NOW + HOUR, closed_at=NOW + 5 * HOUR))
    after = card(alert(opened_at=NOW + 6 * HOUR))
    assert changes([one], [later], NOW, HOUR) == ()
    assert len(changes([one], [after], NOW, HOUR)) == 2


def test_a_time_that_differs_by_less_than_the_polls_is_the_same() -> None:
    assert changes([card()], [card(said_at=NOW + HOUR)], NOW, HOUR) == ()
    (found,) = changes([card()], [card(said_at=NOW + 2 * HOUR)], NOW, HOUR)
    (line,) = [line for line in what_changed((found,), ("a", "b"), UTC) if "SRV-1" in line]
    assert line.endswith("told 11:00 instead of 09:00")


def test_what_is_held_still_was_not_told() -> None:
    assert len(changes([card()], [card(is_shown=False)], NOW, HOUR)) == 1


def test_another_severity_is_a_change() -> None:
    loud = alert(assessment=Assessment(Severity.CRITICAL))
    (found,) = changes([card()], [card(loud)], NOW, HOUR)
    lines = what_changed((found,), ("a", "b"), UTC)
    assert lines[-1].endswith("critical instead of warning")


def test_what_both_told_before_is_no_news() -> None:
    assert changes([card()], [], NOW + HOUR, HOUR) == ()
