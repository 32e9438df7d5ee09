"""The row of a card in the real process, over Socket Mode and signed HTTP: each act pressed as people press it."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest

from bot.sandbox import slack
from bot.store.engine import Database
from bot.store.schema import alerts, micros
from tests.acceptance.test_alerts import cards
from tests.acceptance.test_kill import happens
from tests.bot_process import MIA, BotProcess, Stage, free_port
from tests.night import CHANNEL

NOAH = "U0NOAH"

both_ways = pytest.mark.parametrize(
    ("database_url", "mode"),
    [("sqlite", "run"), pytest.param("postgresql", "serve", marks=pytest.mark.needs("postgres"))],
    indirect=["database_url"],
)
"""Over a socket and by signed HTTP, the one on either database."""


async def started(here: Stage, mode: str = "run") -> BotProcess:
    port = free_port()
    if mode == "serve":
        here.slack.set_request_url(f"http://127.0.0.1:{port}/slack/events")
    bot = await here.started(mode, PORT=str(port))
    await here.seen(lambda: here.slack.posts(CHANNEL))
    return bot


async def failing(here: Stage, mode: str = "run", *names: str) -> BotProcess:
    """A bot whose first start is behind it; each of these machines has its card, and a good backup before."""
    for name in names or ("SRV-SQL01",):
        happens(here, "ok", seconds_ago=3600, name=name)
    bot = await started(here, mode)
    for name in names or ("SRV-SQL01",):
        happens(here, "error", name=name)
    await here.seen(lambda: len(cards(here)) == max(len(names), 1))
    return bot


def card(here: Stage) -> slack.Message:
    return cards(here)[0]


def row(shown: slack.Message) -> list[str]:
    """The labels of the row's buttons and the first choice of its select; its menu has none."""
    elements = [each for block in shown.blocks if block["type"] == "actions" for each in block["elements"]]
    first = [each["options"][0]["text"]["text"] for each in elements if each["type"] == "static_select"]
    return [each["text"]["text"] for each in elements if each["type"] == "button"] + first


def row_id(here: Stage) -> str:
    return next(str(block["block_id"]) for block in card(here).blocks if block["type"] == "actions")


def window(here: Stage, user: str = MIA) -> str:
    """All that the user's topmost window says."""
    top = here.slack.views.top(user)
    return json.dumps(top.content, ensure_ascii=False) if top else ""


async def windowed(here: Stage, words: str, user: str = MIA) -> None:
    await here.seen(lambda: words in window(here, user))


async def heard(here: Stage, words: str, user: str = MIA) -> None:
    """What the person alone sees below."""
    await here.seen(lambda: any(words in each.text for each in here.slack.whispers(user)))


def has_heard(here: Stage, times: int, user: str = MIA) -> bool:
    return len(here.slack.whispers(user)) >= times


async def drawn(here: Stage, words: str) -> None:
    await here.seen(lambda: words in card(here).text)


def lines(here: Stage) -> list[str]:
    return [each.text for each in here.slack.posts(CHANNEL) if each.thread_ts]


async def tap(here: Stage, label: str, user: str = MIA, **more: Any) -> None:
    assert (await here.slack.tap(user, label=label, channel=CHANNEL, **more)).acked


async def pick(here: Stage, option: str, user: str = MIA, **more: Any) -> None:
    assert (await here.slack.pick(user, option, channel=CHANNEL, **more)).acked


def seconds(**ahead: float) -> int:
    return int((datetime.now(UTC) + timedelta(**ahead)).timestamp())


# ── take ──


@both_ways
async def test_take_release_by_another_and_take_over(here: Stage, mode: str) -> None:
    await failing(here, mode)
    first = row_id(here)
    await tap(here, "Take", twice=True)
    await drawn(here, "Taken by mia")
    await heard(here, "Taken. It is yours since")
    assert row(card(here)) == ["Release", "2 hours"]
    assert row_id(here) != first
    await tap(here, "Release", NOAH)
    await windowed(here, "mia", NOAH)
    assert "has it since" in window(here, NOAH)
    assert '"Cancel"' in window(here, NOAH)
    top = here.slack.views.top(NOAH)
    assert top is not None
    await here.slack.tap(NOAH, view=top.id, label="Take over")
    await drawn(here, "Taken by noah")
    await windowed(here, "It is yours since", NOAH)
    await here.seen(lambda: len(lines(here)) == 2)
    assert lines(here) == ["Taken by mia.", "Taken by noah."]


@both_ways
async def test_an_old_picture_of_the_card_is_answered_by_what_is_so_now(here: Stage, mode: str) -> None:
    await failing(here, mode)
    await tap(here, "Take")
    await drawn(here, "Taken by mia")
    await tap(here, "Take", NOAH, old=True)
    await heard(here, "mia has it since", NOAH)
    assert row(card(here)) == ["Release", "2 hours"]
    happens(here, "ok")
    await drawn(here, "Recovered")
    await tap(here, "Take", NOAH, old=True)
    await heard(here, "so there is nothing to take", NOAH)
    await pick(here, "2 hours", NOAH, old=True)
    await heard(here, "so there is nothing to snooze", NOAH)


async def test_two_at_once_get_one_winner_and_one_honest_answer(here: Stage) -> None:
    await failing(here)
    await asyncio.gather(tap(here, "Take"), tap(here, "Take", NOAH))
    await here.seen(lambda: here.slack.whispers(MIA) and here.slack.whispers(NOAH))
    said = {each.text.partition(" since")[0] for user in (MIA, NOAH) for each in here.slack.whispers(user)}
    assert said in ({"mia has it", "Taken. It is yours"}, {"noah has it", "Taken. It is yours"})
    await here.seen(lambda: lines(here))
    assert len(lines(here)) == 1


# ── snooze ──


@both_ways
async def test_a_choice_snoozes_at_once_and_wake_now_comes_first_then(here: Stage, mode: str) -> None:
    await failing(here, mode)
    for option, words in (
        ("2 hours", "Snoozed until"),
        ("Until 08:00", "07:00 by mia"),  # UTC: it is 08:00 where Mia is
        ("Until the next run", "Snoozed until the next run, at the latest"),
        ("Until it recovers", "Snoozed until it recovers, at the latest"),
    ):
        await pick(here, option)
        await drawn(here, words)
    assert row(card(here)) == ["Take", "Wake now"]
    await tap(here, "Take", NOAH)
    await drawn(here, "Taken by noah")
    assert "Snoozed until it recovers" in card(here).text
    await pick(here, "Wake now")
    await here.seen(lambda: row(card(here)) == ["Release", "2 hours"])
    assert "Snoozed" not in card(here).text


@both_ways
async def test_until_opens_a_window_that_refuses_the_past_and_more_than_14_days(here: Stage, mode: str) -> None:
    await failing(here, mode)
    await pick(here, "Until …")
    await windowed(here, "Until when?")
    for until, words in ((seconds(hours=-1), "That time is over"), (seconds(days=14, minutes=5), "after 14 days")):
        await here.slack.submit(MIA, {"until": until})
        top = here.slack.views.top(MIA)
        assert top is not None
        assert words in top.errors["until"]
    await here.slack.submit(MIA, {"until": seconds(days=2)}, twice=True)
    await drawn(here, "Snoozed until")
    await here.seen(lambda: lines(here))
    assert here.slack.views.top(MIA) is None
    assert len(lines(here)) == 1


async def test_who_has_no_zone_is_told_which_stands_in(here: Stage) -> None:
    here.slack.person(MIA).zone = ""
    await failing(here)
    await pick(here, "Until 08:00")
    await heard(here, "Slack did not tell yours")
    await drawn(here, "Snoozed until")


# ── note, resolve, undo ──


@both_ways
async def test_a_note_and_a_reason_are_typed_in_windows(here: Stage, mode: str) -> None:
    await failing(here, mode)
    await pick(here, "Note")
    await windowed(here, "What should others know?")
    await here.slack.submit(MIA, {"text": "   "})
    top = here.slack.views.top(MIA)
    assert top is not None
    assert top.errors == {"text": "Write a word or two."}
    await here.slack.submit(MIA, {"text": "hardware ordered " * 176}, twice=True)
    await drawn(here, "hardware ordered")
    await pick(here, "Resolve")
    await windowed(here, "Why is it over?")
    await here.slack.submit(MIA, {"text": "replaced the disk"})
    await drawn(here, "Resolved by mia: replaced the disk")
    assert row(card(here)) == []
    await here.seen(lambda: len(lines(here)) == 2)
    await pick(here, "Undo", NOAH)
    await here.seen(lambda: row(card(here)) == ["Take", "2 hours"])
    assert "Resolved" not in card(here).text
    await here.seen(lambda: len(lines(here)) == 3)
    assert lines(here)[1].startswith("Resolved by mia: replaced the disk. ")
    assert lines(here)[2] == "Opened again by noah."


async def test_what_was_resolved_opens_again_with_the_next_failure_with_the_old_reason(here: Stage) -> None:
    await failing(here)
    await pick(here, "Resolve")
    await windowed(here, "Why is it over?")
    await here.slack.submit(MIA, {"text": "replaced the disk"})
    await drawn(here, "Resolved by mia")
    happens(here, "error")
    await here.seen(lambda: len(cards(here)) == 2)
    assert "Before: Resolved by mia: replaced the disk" in cards(here)[1].text
    assert "failed before: alert 1, resolved" in cards(here)[1].text


@both_ways
async def test_what_was_typed_is_given_back_where_the_alert_ended_meanwhile(here: Stage, mode: str) -> None:
    await failing(here, mode)
    await pick(here, "Resolve")
    await windowed(here, "Why is it over?")
    happens(here, "ok")
    await drawn(here, "Recovered")
    await here.slack.submit(MIA, {"text": "replaced the disk"})
    await heard(here, "You typed: replaced the disk")
    await heard(here, "It is over (recovered")


# ── what people can forge, and where they may ──


async def test_a_forged_value_is_answered_by_a_sentence(here: Stage) -> None:
    await failing(here)
    for number, value in enumerate(("99", "s99", "x", "", "1 OR 1=1", "s1:t'", "9" * 12, "-1"), 1):
        for block in card(here).blocks:
            for element in block.get("elements", ()):
                if element.get("action_id") == "alert.take":
                    element["value"] = value
        await tap(here, "Take")
        await here.seen(partial(has_heard, here, number))
        assert "No alert has this number" in here.slack.whispers(MIA)[-1].text, value
        assert "Taken" not in card(here).text, value


# ── failures ──


async def test_a_press_before_a_kill_is_drawn_right_after_the_restart(here: Stage) -> None:
    bot = await failing(here)
    held = here.slack.hold("chat.update", "before")
    await tap(here, "Take")
    await here.seen(lambda: held.held)
    bot.kill()
    await bot.ended()
    here.slack.release()
    assert "Taken" not in card(here).text
    await here.started("run")
    await drawn(here, "Taken by mia")
    await here.seen(lambda: lines(here))
    assert lines(here) == ["Taken by mia."]


async def test_a_snooze_that_ended_while_the_bot_was_down_is_over_on_the_card_after_the_first_poll(here: Stage) -> None:
    bot = await failing(here)
    await here.answered("snooze 1 2h")
    await drawn(here, "Snoozed until")
    bot.kill()
    await bot.ended()
    over = micros(datetime.now(UTC) - timedelta(minutes=30))
    database = Database(here.address)
    async with database.write() as connection:
        await connection.execute(alerts.update().values(snooze_until=over, next_look_at=over))
    await database.close()
    await here.started("run")
    await here.seen(lambda: "Snoozed" not in card(here).text)
    assert row(card(here)) == ["Take", "2 hours"]


async def test_a_429_while_drawing_delays_the_card_and_loses_nothing(here: Stage) -> None:
    await failing(here)
    here.slack.fault("ratelimited", "chat.update", seconds=1)
    await tap(here, "Take")
    await drawn(here, "Taken by mia")
    assert row(card(here)) == ["Release", "2 hours"]
