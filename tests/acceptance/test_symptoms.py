"""The table "you see → what to do" in deploy/README.md: `check` says each of its sentences where that is wrong."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.acceptance.test_check import ROUTE, checked
from tests.bot_process import BOT_ON_A_FILE, Stage
from tests.night import CHANNEL

PAGE = (Path(__file__).parents[2] / "deploy/README.md").read_text()
TABLE = PAGE.partition("| `check` says what to do |\n")[2].partition("\n\n")[0]
SAID = [row.strip("| ").split(" | ")[1] for row in TABLE.splitlines()[1:]]

Changes = dict[str, str]


def _set(**changes: str) -> Callable[[Stage], Changes]:
    return lambda _: changes


def _called(group: str) -> Callable[[Stage], Changes]:
    return _set(file=ROUTE.format(channel=CHANNEL, mention=group))


def _no_commands(here: Stage) -> Changes:
    here.slack.set_scopes(["chat:write", "users:read", "app_mentions:read"])
    return {}


def _no_role(here: Stage) -> Changes:
    here.acronis.settings(role=False)
    return {}


def _no_api(here: Stage) -> Changes:
    return {"ACRONIS_URL": here.slack_url.removesuffix("/api/")}


def _no_database(here: Stage) -> Changes:
    (here.folder / "bot.sqlite3").write_bytes(b"Dear diary,\n" * 500)
    return {}


WRONG: tuple[Callable[[Stage], Changes], ...] = (
    _set(SLACK_BOT_TOKEN=""),
    _set(SLACK_BOT_TOKEN="xoxb-wrong"),
    _set(SLACK_APP_TOKEN="xapp-wrong"),
    _no_commands,
    _set(ALERT_CHANNEL="C0OUTSIDE"),
    _set(ALERT_CHANNEL="C0NOPE"),
    _set(ALERT_CHANNEL="C0ARCHIVED"),
    _called("S0NOPE"),
    _called("S0RETIRED"),
    _set(ACRONIS_CLIENT_SECRET="wrong"),
    _no_role,
    _no_api,
    _no_database,
)
"""What is wrong in each row: breaks it, and returns what `checked` is to change."""


def test_each_row_has_its_fault() -> None:
    assert len(SAID) == len(WRONG)


@BOT_ON_A_FILE
@pytest.mark.parametrize("place", range(len(WRONG)))
async def test_check_says_what_the_table_says(here: Stage, place: int) -> None:
    _, said = await checked(here, **WRONG[place](here))
    assert re.search(re.escape(SAID[place]).replace("…", ".+?"), said), said
