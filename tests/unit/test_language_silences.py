"""Words of alerts for what is missed, hangs, waits, is gone or saves nothing."""

from zoneinfo import ZoneInfo

import pytest

import handlers
from bot.language import describe, parse
from bot.model import Silence
from tests.builders import NOW

UTC_ZONE = ZoneInfo("UTC")
VERBS = [each.verb for each in handlers.load().verbs.values()]


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("missed", Silence.MISSED),
        ("skipped", Silence.MISSED),
        ("never", Silence.NEVER),
        ("stuck", Silence.STUCK),
        ("hung", Silence.STUCK),
        ("waiting", Silence.WAITS),
        ("vanished", Silence.VANISHED),
        ("empty", Silence.EMPTY),
        ("offline", Silence.OFFLINE),
    ],
)
def test_alerts_can_be_asked_for_by_their_silence_and_said_back(words: str, code: Silence) -> None:
    asked = parse(f"alerts {words} tenant Acme", NOW, UTC_ZONE, VERBS)
    assert (asked.verb, asked.query and asked.query.results) == ("alerts", frozenset({code}))
    assert asked.query is not None
    again = parse(f"alerts {describe(asked.query, UTC_ZONE, NOW, noun='').lower()}", NOW, UTC_ZONE, VERBS)
    assert again.query is not None
    assert again.query.results == asked.query.results


def test_they_combine_with_severity_and_can_be_left_out() -> None:
    asked = parse("alerts critical missed not stuck", NOW, UTC_ZONE, VERBS)
    assert asked.query is not None
    assert asked.query.results == {Silence.MISSED}
    assert asked.query.left_out.results == {Silence.STUCK}
