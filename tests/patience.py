"""How long tests wait for what comes at once on a machine that has time. A short wait is for what never comes."""

from typing import Any, Final

import pytest

from bot.sandbox.slack import Limits
from bot.slack import listener, people, presses
from bot.store.dialect import postgresql

PATIENCE: Final = 120
"""Seconds."""


def patient_limits(**limits: Any) -> Limits:
    """Slack's numbers, but for the three seconds of an acknowledgement and of a window, and for a late pong: a socket
    that is closed for it takes a command with it."""
    return Limits(**dict.fromkeys(("ack_seconds", "trigger_seconds", "ping_seconds"), float(PATIENCE)) | limits)


_WAITS: Final = (
    (people, "ZONE_SECONDS"),
    (people, "_KEEPING_SECONDS"),
    (listener, "_CLAIM_SECONDS"),
    (listener, "_FORM_SECONDS"),
    (listener, "_PATIENCE_SECONDS"),
    (presses, "_WINDOW_SECONDS"),
)
"""How long the bot waits for what it can do without."""
_LOSSES: Final = ("CONNECT_SECONDS", "IDLE_SECONDS", "LOCK_SECONDS", "STATEMENT_SECONDS")
"""How long PostgreSQL may stand still before what is done is lost: a slow machine does so for seconds."""


@pytest.fixture(autouse=True)
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """The bot has time for whatever it waits for."""
    for module, seconds in _WAITS:
        monkeypatch.setattr(module, seconds, PATIENCE)
    for seconds in _LOSSES:
        monkeypatch.setattr(postgresql, seconds, PATIENCE)


@pytest.fixture
def hurried(unhurried: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """The bot does without what does not come: for a test in which it never comes."""
    for module, seconds in _WAITS:
        monkeypatch.setattr(module, seconds, 0.3)
