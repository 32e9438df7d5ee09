"""A code of Acronis's that tells a person nothing stands nowhere; one that has words is said in words."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Final
from zoneinfo import ZoneInfo

import pytest

from bot.alerting.shares import page_of
from bot.blocks import task_list
from bot.blocks.activities import activity_list
from bot.blocks.alert_list import alert_list
from bot.blocks.details import in_full
from bot.blocks.frame import Frame
from bot.blocks.history import history_answer
from bot.blocks.stats import stats_answer
from bot.blocks.storm_window import storm_window
from bot.blocks.text import telling
from bot.model import (
    Aim,
    AlertView,
    Basis,
    CardKind,
    Cause,
    Found,
    History,
    Kind,
    Listing,
    Message,
    Modal,
    OpenAlerts,
    PastRun,
    Person,
    Policy,
    Resource,
    Share,
    Stats,
    Steps,
    StormView,
    Tally,
    Tenant,
)
from bot.sandbox.gallery.many_cards import DIGEST
from tests.builders import NOW, activity, alert, task
from tests.drawing import card

UTC_ZONE: Final = ZoneInfo("UTC")
PERSON: Final = Person("U01ALICE", "T1", UTC_ZONE)
FRAME: Final = Frame("Failed", PERSON)
BASIS: Final = Basis(NOW)
ACME: Final = Tenant("67", "", "Acme Corp")
NOBODY: Final = Resource("", "", "")
NAMELESS: Final = ("5a1f6c2e-95f1-4c1e-a4f3-2f9b7b3c8d01", "{5A1F6C2E-95F1-4C1E-A4F3-2F9B7B3C8D01}", "/1/66/70/")


def storm(code: str) -> StormView:
    cause = (Share(code, 9, 9),)
    view = StormView(
        CardKind.STORM, NOW, NOW, is_open=True, total=9, open=9, critical=0, restores=0, tenants=(), causes=cause
    )
    return replace(view, tenants=(Share("Acme Corp", 9, 9),), card_id=3)


def past(code: str) -> History:
    run = PastRun("1", code, NOW, NOW, cause=code)
    return History("main", ACME, "SRV-SQL01", "Nightly", Kind.BACKUP, (run,))


def window(code: str) -> Modal:
    alerts = [alert(id=n, cause=Cause(text), type=code) for n, text in ((1, code), (2, "Backup storage is full."))]
    return storm_window(page_of(alerts, Aim(card_id=3), 1, 10, NOW), UTC_ZONE)


DRAWN: Final[dict[str, Callable[[str], Message | Modal]]] = {
    "a list": lambda code: task_list.task_list(
        Listing(Found((task(type=code, title=code, state="completed", code="error", cause=code),), NOW)), FRAME
    ),
    "a warning": lambda code: task_list.task_list(
        Listing(Found((task(state="completed", code="warning", cause=code),), NOW)), FRAME
    ),
    "an outcome": lambda code: task_list.task_list(Listing(Found((task(code=code, type=code),), NOW)), FRAME),
    "a state": lambda code: task_list.task_list(Listing(Found((task(state=code),), NOW)), FRAME),
    "details": lambda code: in_full(
        task(resource=NOBODY, policy=Policy("", "", ""), type=code, code="error", cause=code),
        PERSON,
        NOW,
    ),
    "steps": lambda code: activity_list(Steps(Found((activity(type=code, title=code),), NOW)), FRAME),
    "a history": lambda code: history_answer((past(code),), BASIS, FRAME),
    "figures": lambda code: stats_answer(
        Stats(Tally("", 3, 1), causes=(Tally(code, 1),)), BASIS, FRAME, is_narrowed=False
    ),
    "figures of some": lambda code: stats_answer(
        Stats(Tally("", 3), causes=(Tally(code, 1),)), BASIS, FRAME, is_narrowed=True
    ),
    "a card": lambda code: card(
        AlertView(alert(kind=Kind.UNKNOWN, type=code, name="", plan="", cause=Cause(code, code=code))), UTC_ZONE
    ),
    "a card of a type": lambda code: card(AlertView(alert(kind=Kind.UNKNOWN, type=code, occurrences=3)), UTC_ZONE),
    "alerts": lambda code: alert_list(
        OpenAlerts((alert(kind=Kind.UNKNOWN, type=code, name="", plan="", cause=Cause(code)),), 1, 0),
        BASIS,
        FRAME,
    ),
    "a digest": lambda code: card(replace(DIGEST, worst=(replace(DIGEST.worst[0], cause=code),)), UTC_ZONE),
    "a storm": lambda code: card(storm(code), UTC_ZONE),
    "a platform": lambda code: card(replace(storm(code), kind=CardKind.PLATFORM, cause=Cause(code)), UTC_ZONE),
    "a storm's window": window,
}


def said(shown: Message | Modal) -> str:
    text = shown.text if isinstance(shown, Message) else shown.title
    return f"{text}\n{json.dumps(shown.blocks, ensure_ascii=False)}"


@pytest.mark.parametrize("code", NAMELESS)
@pytest.mark.parametrize("place", DRAWN)
def test_what_tells_a_person_nothing_stands_nowhere(place: str, code: str) -> None:
    assert code.strip("{}") not in said(DRAWN[place](code))


@pytest.mark.parametrize("place", [place for place in DRAWN if place not in ("details", "a card", "a card of a type")])
def test_a_code_is_said_in_words(place: str) -> None:
    shown = said(DRAWN[place]("VolumeSnapshotLost"))
    assert "VolumeSnapshotLost" not in shown


@pytest.mark.parametrize("code", NAMELESS)
def test_one_rule_says_what_tells_a_person_nothing(code: str) -> None:
    assert telling(code) == telling("4711") == telling("") == ""
    assert telling("VolumeSnapshotLost") == "VolumeSnapshotLost"
    assert telling("alice") == "alice"
