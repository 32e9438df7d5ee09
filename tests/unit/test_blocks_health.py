"""`/tasks health`: what is wrong comes first, and no filter of words makes a sick bot look well."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot import __version__
from bot.blocks.health import health_answer
from bot.model import HealthReport, Message, Person, PlanHealth, Reach, WayInState
from bot.model.plans import Access, Api, ApiAccess, PlanPolicy
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


# ── plans ──


EVERY = timedelta(minutes=15)
FORBIDDEN = (
    "Acronis does not let this API client read agents: it lacks the scope urn:acronis.com::agent_manager::read. "
)


def standing(
    api: Api, access: Access = Access.OPEN, words: str = "", *, ago: float = 3, account: str = "eu2"
) -> ApiAccess:
    return ApiAccess(account, api, access, words, NOW - timedelta(minutes=ago))


def with_plans(*accesses: ApiAccess, **more: object) -> dict[str, object]:
    unread = more.pop("unread", ())
    return {"plans": PlanHealth(EVERY, accesses, unread), **more}  # type: ignore[arg-type]


def test_plans_that_are_read_are_one_line() -> None:
    text = shown(**with_plans(*(standing(api) for api in Api))).text
    assert text.splitlines()[0] == "No alert is open. The bot is well"
    assert "Plans and run times, read Mon 08:57, 3 min ago" in text
    assert "Plans are not read" not in text


def test_plans_that_were_not_read_yet_or_are_not_to_be_say_so() -> None:
    assert "Plans, not read yet" in shown(**with_plans()).text
    assert "Plans are not read (read = false under [plans])" in shown().text


def test_what_may_not_be_read_is_said_with_its_scope() -> None:
    forbidden = standing(Api.AGENTS, Access.FORBIDDEN, f"{FORBIDDEN}Create the client …")
    answer = shown(**with_plans(standing(Api.STATUSES), forbidden))
    said = "Acronis does not let this API client read agents: it lacks the scope urn:acronis.com::agent_manager::read"
    assert answer.text.splitlines()[0].replace("∶", ":").startswith(f"{said}. No alert is")
    assert said in str(answer.blocks)  # as it is written, so that it can be copied


@pytest.mark.parametrize(
    ("accesses", "line"),
    [
        ([standing(Api.AGENTS, Access.FAILING, "Acronis is out. Later.")], "Agents cannot be read (Acronis is out)"),
        (
            [standing(api, Access.FAILING, "Acronis is out.") for api in (Api.AGENTS, Api.POLICIES, Api.TENANTS)],
            "Agents, plans and tenants cannot be read (Acronis is out)",
        ),
        (
            [standing(Api.ALERTS, Access.FAILING, "X."), standing(Api.AGENTS, Access.FAILING, "Y.")],
            "Acronis's own alerts cannot be read (X). Agents cannot be read (Y)",
        ),
        ([standing(Api.STATUSES, ago=61)], "Run times of workloads cannot be read (not read for 1 h 1 min)"),
    ],
)
def test_what_fails_is_said_once_for_each_cause(accesses: list[ApiAccess], line: str) -> None:
    assert first_line(**with_plans(*accesses)) == f"{line}. No alert is open"


def test_a_slow_pace_is_no_trouble() -> None:
    plans = PlanHealth(timedelta(hours=1), (standing(Api.STATUSES, ago=239), standing(Api.TENANTS, ago=9999)))
    assert first_line(plans=plans) == "No alert is open. The bot is well"


def test_of_several_accounts_each_trouble_names_its_own() -> None:
    accounts = (Reach("eu2", NOW), Reach("us", NOW))
    failing = standing(Api.AGENTS, Access.FAILING, "Acronis is out.", account="us")
    line = first_line(**with_plans(standing(Api.AGENTS), failing, accounts=accounts))
    assert line == "Account us: Agents cannot be read (Acronis is out). No alert is open"


def test_a_schedule_that_cannot_be_read_is_said_with_its_plan() -> None:
    unread = tuple(
        PlanPolicy("eu2", id_, "r", "policy.backup.machine", "Nightly <!here>", why_unknown="it has an unknown type")
        for id_ in ("a", "b", "c")
    )
    text = shown(**with_plans(standing(Api.STATUSES), unread=unread)).text
    assert text.splitlines()[0] == "No alert is open. The bot is well"
    assert "cannot be read (it has an unknown type); nor can 2 others" in text
    assert "<!here>" not in text
