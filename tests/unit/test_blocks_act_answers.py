"""What is said to who acted on all alerts of a storm."""

from zoneinfo import ZoneInfo

import pytest

from bot.alerting.triage import Done, Outcome, Result
from bot.blocks.act_answers import act_answer
from bot.model import Act, Message, Person, Resolution
from tests.builders import NOW, alert

PERSON = Person("U0MIA", "T1", ZoneInfo("UTC"))


def closed(reason: str) -> Message:
    ended = alert(resolution=Resolution("U0MIA", "mia", reason))
    return act_answer(Act.RESOLVE, Result(NOW, (Done(ended, ended, Outcome.DONE),) * 3), PERSON)


@pytest.mark.parametrize("reason", ["disk replaced", "a < b & c"])
def test_a_reason_for_many_is_said_as_it_was_typed(reason: str) -> None:
    shown = closed(reason)
    words = "".join(part["text"] for part in shown.blocks[0]["elements"][0]["elements"] if part["type"] == "text")
    assert words.startswith(f"Resolved by mia: {reason}, 3 of 3 alerts.")
    assert "&amp;lt;" not in shown.text


def test_a_long_reason_for_many_stands_below_a_short_first_line() -> None:
    shown = closed("the disk is replaced " * 12)
    assert shown.text.splitlines()[0] == "Resolved, 3 of 3 alerts"
    assert "the disk is replaced" in shown.text
