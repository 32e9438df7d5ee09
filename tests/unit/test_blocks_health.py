"""`/tasks health`: what is wrong comes first, and no filter of words makes a sick bot look well."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot import __version__
from bot.blocks.health import health_answer
from bot.model import HealthReport, Message, Person, Reach, WayInState
from tests.builders import NOW
from tests.unit.test_blocks_severity import UTC_ZONE

MIA = Person("U0MIA", "T1", UTC_ZONE)
WELL = HealthReport(
    NOW,
    NOW - timedelta(days=3),
    0,
    0,
    (Reach("eu2", NOW - timedelta(seconds=12), NOW - timedelta(days=90)),),
    frozenset(),
    0,
    timedelta(),
    WayInState("Socket Mode"),
    ("Acronis: may read tasks and activities", "Slack: may read no messages"),
    ("Nightshift 0.1.0", "database 0005", "Python 3.11.7"),
)


def shown(**changes: object) -> Message:
    return health_answer(replace(WELL, **changes), MIA)  # type: ignore[arg-type]


def test_an_account_says_whether_events_have_it_polled_and_which_scope_is_missing() -> None:
    scope = "urn:acronis.com:event_manager:cti.a.p.em.topic.v1.0~a.p.task.v1.0:subscriber"
    message = shown(events={"eu2": f"polled at its pace only. It lacks the scope {scope}", "us4": "<!channel> *x*"})
    assert scope in str(message.blocks)
    assert "Account eu2, polled at its pace only. It lacks the scope urn" in message.text
    assert "<!channel>" not in message.text
    assert first_line(events={"eu2": "polled at its pace only"}) == first_line()


def first_line(**changes: object) -> str:
    return shown(**changes).text.splitlines()[0]


def test_a_bot_that_is_well_says_so_and_what_it_stands_on() -> None:
    text = shown().text
    assert text.splitlines()[0] == "No alert is open. The bot is well"
    for part in (
        "Account eu2, read Mon 08:59, 12 s ago; runs since",
        "Messages and edits to Slack: nothing waiting",
        "Way in: Socket Mode, open",
        "for 3 days",
        "Acronis: may read tasks and activities",
        "Slack: may read no messages",
        "Nightshift 0.1.0 · database 0005 · Python 3.11.7",
    ):
        assert part in text


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"open": 13, "critical": 6}, "13 alerts open, 6 critical. The bot is well"),
        ({"open": 1}, "1 alert open. The bot is well"),
        (
            {"late": frozenset({"eu2"}), "accounts": (Reach("eu2", NOW - timedelta(minutes=12)),)},
            "Account eu2 was not read for 12 min. No alert is open",
        ),
        ({"late": frozenset({"eu2"}), "accounts": (Reach("eu2"),)}, "Account eu2 was never read. No alert is open"),
        (
            {"way_in": WayInState("Socket Mode", "Slack refused (token_revoked)."), "open": 2},
            "Slack cannot reach the bot: Slack refused (token_revoked). 2 alerts open",
        ),
        (
            {"store_trouble": "The database x.sqlite3 cannot be used: its disk is full. Make room there.", "open": 2},
            "The database x.sqlite3 cannot be used: its disk is full. Make room there. 2 alerts open",
        ),
        (
            {"unfinished": {"eu2": "It has no end in sight."}, "open": 2},
            "The last list of account eu2 was not read to its end (It has no end in sight). 2 alerts open",
        ),
        (
            {"waiting": 7, "oldest": timedelta(minutes=9), "open": 2, "critical": 1},
            "The oldest message to Slack waits for 9 min. 2 alerts open, 1 critical",
        ),
    ],
)
def test_what_is_wrong_comes_first(changes: dict[str, object], line: str) -> None:
    assert first_line(**changes) == line
    assert ("The bot is well" in shown(**changes).text) == ("The bot is well" in line)


def test_the_version_is_the_projects() -> None:
    assert f'version = "{__version__}"' in (Path(__file__).parents[2] / "pyproject.toml").read_text()
