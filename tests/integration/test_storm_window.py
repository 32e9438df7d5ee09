"""What is sent from a window that was opened in a storm's: the storm's window shows it at once."""

from typing import Any

import pytest

import handlers
from bot.model import CardKind, FieldErrors, Form, Message, Modal, Press, Whence
from tests.integration.test_act_words import failing, services
from tests.night import CHANNEL, MIA, NOAH, Night

KNOWN = handlers.load()
HERE = Whence(CHANNEL, via="button")
SERVERS = tuple(f"SRV-{number:02}" for number in range(6))


async def storm(watch: Night) -> int:
    await failing(watch, *SERVERS)
    await watch.later(seconds=10)
    return max(card.id for card in await watch.cards_of(CardKind.STORM))


async def window(watch: Night, action: str, value: str, whence: Whence = HERE) -> Modal:
    shown = await KNOWN.actions[action].handle(Press(action, value, whence), MIA, await services(watch))
    assert isinstance(shown, Modal)
    return shown


def options(shown: Modal, label: str) -> list[tuple[str, str]]:
    """Action and value of each option of this label, in the order of the window."""
    elements = [each for block in shown.blocks for each in block.get("elements", ())]
    found = [
        option["value"] for each in elements for option in each.get("options", ()) if option["text"]["text"] == label
    ]
    return [(action, value) for action, _, value in (each.partition(" ") for each in found)]


async def sent(watch: Night, form: Modal, **entered: str) -> tuple[Message, Modal | None]:
    """The answer, and the window below as it is drawn then."""
    handler, given = KNOWN.forms[form.action], await services(watch)
    said = await handler.handle(Form(form.action, form.value, entered, HERE), MIA, given)
    assert isinstance(said, Message), said
    assert handler.below is not None
    return said, await handler.below(Form(form.action, form.value, entered, HERE), said, MIA, given)


def words(shown: Any) -> str:
    return "" if shown is None else str(shown.blocks)


@pytest.mark.parametrize(
    ("label", "entered", "said", "now"),
    [
        ("Note", {"text": "disk ordered"}, "Noted", "disk ordered"),
        ("Resolve", {"text": "replaced it"}, "Resolved by ", "Undo"),
        ("Until …", {"until": "soon"}, "Snoozed ", "Wake now"),
    ],
)
async def test_the_storms_window_shows_what_was_sent_for_one_of_its_alerts(
    watch: Night, label: str, entered: dict[str, str], said: str, now: str
) -> None:
    before = await window(watch, "storm.alerts", f"{await storm(watch)}:1")
    action, value = options(before, label)[-1]
    form = await window(watch, action, value)
    if "until" in entered:
        entered = {"until": str(int(watch.clock.now().timestamp()) + 5_000)}
    answer, below = await sent(watch, form, **entered)
    assert said in answer.text
    assert said in words(below)
    assert below is not None
    assert below.title == before.title
    assert (now in words(before), now in words(below) or label == "Note") == (False, True)


async def test_all_of_a_storm_is_drawn_anew_on_the_page_and_share_that_was_open(watch: Night) -> None:
    before = await window(watch, "storm.alerts", f"{await storm(watch)}:1")
    action, value = options(before, "Resolve")[0]
    _, below = await sent(watch, await window(watch, action, value), text="it was the switch")
    assert words(below).count("Undo") >= 6
    assert "6 of 6 alerts" in words(below)


@pytest.mark.parametrize("place", ["", "x", "99:1:", "1:0:tKEY", "9" * 40, ":::", "s1 s2"])
async def test_a_forged_page_shows_nothing_that_is_not_there(watch: Night, place: str) -> None:
    await storm(watch)
    form = await window(watch, "alert.note", f"6 {place}".rstrip())
    answer, below = await sent(watch, form, text="disk ordered")
    assert answer.text.startswith("Noted")
    assert below is None if not place else "SRV-0" not in words(below).split("no alert any more")[-1]


async def test_what_was_not_allowed_or_is_over_stands_in_the_window_too(watch: Night) -> None:
    before = await window(watch, "storm.alerts", f"{await storm(watch)}:1")
    action, value = options(before, "Resolve")[-1]
    form = await window(watch, action, value)
    await KNOWN.forms[form.action].handle(
        Form(form.action, form.value, {"text": "first"}, HERE), NOAH, await services(watch)
    )
    answer, below = await sent(watch, form, text="second")
    assert "It is over" in answer.text
    assert "You typed" in words(below)
    assert isinstance(
        await KNOWN.forms[form.action].handle(Form(form.action, form.value, {}, HERE), MIA, await services(watch)),
        FieldErrors,
    )
