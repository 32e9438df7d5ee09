"""Alerts of the real process: routes of its file, storms and their window, what is open and why, its gauges."""

import json
import re
from typing import Any

import aiohttp

from bot.sandbox import slack
from tests.acceptance.test_kill import happens
from tests.acceptance.test_questions import begun
from tests.bot_process import MIA, Stage, free_port
from tests.night import CHANNEL

RESTORES = "C0GENERAL"
RESTORE: dict[str, Any] = {
    "type": "08FF37D8-FB90-49A3-828B-B9A8CDA417B3",
    "policy": None,
    "context": {"IsProcessRoot": True},
}
ROUTES = f"""
[alerts]
mention = "@here"

[[routes]]
name = "restores"
match = "restores"
channel = "{RESTORES}"
mention = "S0ONCALL"
"""


def names_in(here: Stage) -> set[str]:
    """The machines that Mia's window names now."""
    shown = here.slack.views.top(MIA)
    return set(re.findall(r"SRV-\d{3}", json.dumps(shown.content))) if shown else set()


def cards(here: Stage) -> list[slack.Message]:
    """What stands in the alert channel but for the first start's summary and threads."""
    shown = [each for each in here.slack.posts(CHANNEL) if not each.thread_ts]
    return [each for each in shown if not each.text.startswith("Nightshift")]


async def test_a_failed_restore_goes_where_its_route_says_and_mentions_whom_it_names(here: Stage) -> None:
    (here.folder / "nightshift.toml").write_text(ROUTES)
    await begun(here)
    happens(here, "error", **RESTORE)
    await here.seen(lambda: here.slack.posts(RESTORES))
    (card,) = here.slack.posts(RESTORES)
    assert card.text.startswith("CRITICAL, restore failed: SRV-SQL01")
    assert "<!subteam^S0ONCALL>" in card.text
    assert cards(here) == []


async def test_a_storm_is_five_messages_and_each_alert_is_behind_its_button(here: Stage) -> None:
    await begun(here)
    for number in range(30):
        happens(here, "error", name=f"SRV-{number:03}")
    await here.seen(lambda: [card for card in cards(here) if "30 alerts" in card.text])
    assert len(cards(here)) == 5
    storm = next(card for card in cards(here) if "storm" in card.text.casefold())
    tapped = await here.slack.tap(MIA, channel=CHANNEL, ts=storm.ts, action="storm.alerts")
    assert tapped.acked
    names = set[str]()
    for expected in (10, 10, 10):
        await here.seen(lambda: len(names_in(here) - names) == expected)  # noqa: B023 - awaited before it changes
        names |= names_in(here)
        shown = here.slack.views.top(MIA)
        if shown is not None and len(names) < 30:
            await here.slack.tap(MIA, view=shown.id, action="storm.next")
    assert len(names) == 30
    assert len(here.slack.views.all) == 1


async def test_what_is_open_and_why_it_was_told(here: Stage) -> None:
    await begun(here)
    happens(here, "error")
    await here.seen(lambda: cards(here))
    assert "1 alert open" in (await here.answered("alerts")).text
    assert "None fits; 1 is open" in (await here.answered("alerts restores")).text
    (task_id,) = re.findall(r"id (\d{18,})", cards(here)[0].text)
    for id_ in ("1", task_id):
        assert "spoken" in (await here.answered(f"why {id_}")).text


async def test_the_queue_and_the_polls_are_gauges(here: Stage) -> None:
    port = free_port()
    await here.started("run", PORT=str(port))
    await here.seen(lambda: here.slack.posts(CHANNEL))
    async with aiohttp.ClientSession() as session, session.get(f"http://127.0.0.1:{port}/metrics") as answer:
        told = await answer.text()
    for gauge in ("queue_age_seconds", "queue_posts", "poll_lag_seconds{", "last_poll_timestamp_seconds{"):
        assert f"nightshift_{gauge}" in told
