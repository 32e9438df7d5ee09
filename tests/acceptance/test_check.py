"""`check`, and each start, look at what the settings need of Slack, and say what to do."""

import pytest

from bot.sandbox import slack
from bot.slack.preflight import TEST_LINE
from tests.bot_process import BOT_ON_A_FILE, Stage
from tests.night import CHANNEL

pytestmark = BOT_ON_A_FILE

ROUTE = """
[[routes]]
name = "night"
match = "tenant Acme"
channel = "{channel}"
mention = "{mention}"
"""


async def checked(here: Stage, *options: str, file: str = "", **changes: str) -> tuple[int, str]:
    """The exit code of `check`, and all that it says."""
    (here.folder / "nightshift.toml").write_text(file)
    environment = here.environment(**changes) | {"PYTHONUNBUFFERED": "1"}
    bot = await here.start("check", *options, environment=environment, keep_words=True)
    code = await bot.ended()
    return code, "\n".join(bot.words)


async def test_what_is_well_is_said_line_by_line(here: Stage) -> None:
    code, said = await checked(here, file=ROUTE.format(channel="G0PRIVATE", mention="S0ONCALL"))
    assert code == 0
    for line in (
        "the bot token has the scopes that it needs",
        "the bot is in #backup-alerts (ALERT_CHANNEL)",
        "the bot is in #on-call (route “night”)",
        "the user group @on-call is there (route “night”)",
        "Socket Mode may be opened",
    ):
        assert line in said


@pytest.mark.parametrize("scopes", [slack.SCOPES, ("app_mentions:read", "chat:write", "commands", "users:read")])
@pytest.mark.parametrize(
    ("channel", "words"),
    [
        ("C0NOPE", "Channel C0NOPE (ALERT_CHANNEL): Slack knows no such channel"),
        ("C0ARCHIVED", "It is archived. Bring it back, or name another channel"),
        ("C0OUTSIDE", "The bot is not in it. Type /invite @nightshift in "),
        ("G0SECRET", "or it is private and the bot is not in it"),
    ],
)
async def test_a_channel_that_cannot_be_posted_to_is_named_with_what_to_do(
    here: Stage, channel: str, words: str, scopes: tuple[str, ...]
) -> None:
    here.slack.set_scopes(scopes)
    code, said = await checked(here, ALERT_CHANNEL=channel)
    assert (code, words in said) == (2, True), said
    code, said = await checked(here, "--say", ALERT_CHANNEL=channel)
    assert code == 2
    assert "Traceback" not in said


@pytest.mark.parametrize(
    ("mention", "words"),
    [
        ("S0NOPE", "User group S0NOPE (route “night”): Slack knows no such group"),
        ("S0RETIRED", "User group S0RETIRED (route “night”), @old-on-call: It is switched off"),
        ("U0GONE", "Person U0GONE (route “night”): The account is switched off"),
        ("U0NOPE", "Person U0NOPE (route “night”): Slack knows no such person"),
    ],
)
async def test_who_cannot_be_called_is_named(here: Stage, mention: str, words: str) -> None:
    code, said = await checked(here, file=ROUTE.format(channel=CHANNEL, mention=mention))
    assert (code, words in said) == (2, True), said


async def test_all_faults_are_told_at_once_and_missing_scopes_each_by_name(here: Stage) -> None:
    here.slack.set_scopes(["chat:write"])
    code, said = await checked(here, file=ROUTE.format(channel="C0OUTSIDE", mention="S0ONCALL"), ACRONIS_CLIENT_ID="x")
    assert code == 2
    for scope in ("app_mentions:read", "commands", "users:read"):
        assert f"lacks the scope {scope}" in said
    assert "Channel C0OUTSIDE (route “night”): The bot is not in it. Type /invite @nightshift" in said
    assert "User group S0ONCALL was not looked at: the bot token lacks the scope usergroups:read" in said
    assert "ACRONIS_CLIENT_ID" in said


async def test_a_test_line_is_posted_to_each_channel_and_taken_back(here: Stage) -> None:
    file = ROUTE.format(channel="G0PRIVATE", mention="") + '[alerts]\nfallback_channel = "C0FALLBACK"\n'
    code, said = await checked(here, "--say", file=file)
    assert code == 0, said
    for channel in (CHANNEL, "G0PRIVATE", "C0FALLBACK"):
        (line,) = here.slack.posts(channel)
        assert (line.versions[0].content.text, line.deleted) == (TEST_LINE, True)
        assert f"a test line stood in channel {channel}" in said
    await checked(here)
    assert len(here.slack.posts(CHANNEL)) == 1


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"SLACK_APP_TOKEN": "", "SLACK_SIGNING_SECRET": "s3cret"}, 0),
        ({"SLACK_SIGNING_SECRET": ""}, 0),
        ({"SLACK_APP_TOKEN": "", "SLACK_SIGNING_SECRET": ""}, 2),
    ],
)
async def test_only_the_tokens_of_the_mode_that_is_set_up_are_asked_for(
    here: Stage, changes: dict[str, str], code: int
) -> None:
    assert (await checked(here, **changes))[0] == code


async def test_a_start_says_what_slack_lacks_and_goes_on(here: Stage) -> None:
    bot = await here.started("run", ALERT_CHANNEL="C0OUTSIDE")
    line = await bot.until_logged("slack lacks something")
    assert "Type /invite @nightshift in #not-invited" in line["reason"]
    here.slack.invite("C0OUTSIDE")
    assert "Nothing found" in (await here.answered("all")).text


@pytest.mark.parametrize("content", [b"Dear diary,\n" * 500, b"SQLite format 3\0" + b"x" * 84, b"\0" * 5000])
async def test_a_file_that_no_bot_could_start_on_is_a_fault(here: Stage, content: bytes) -> None:
    (here.folder / "bot.sqlite3").write_bytes(content)
    code, said = await checked(here)
    assert (code, "The database bot.sqlite3 cannot be used" in said, "Traceback" in said) == (2, True, False), said


async def test_what_slack_lacks_is_told_although_acronis_is_away(here: Stage) -> None:
    code, said = await checked(here, ALERT_CHANNEL="C0ARCHIVED", ACRONIS_URL="http://127.0.0.1:9")
    assert code == 2
    assert "It is archived" in said
    assert "Acronis" in said.partition("It is archived")[2]


ROLES = """
[[roles]]
role = "manager"
who = ["{group}", "U0MIA"]

[[climb]]
after_minutes = 30
channel = "{channel}"
"""


async def test_who_may_and_whom_alerts_climb_to_is_said(here: Stage) -> None:
    code, said = await checked(here, file=ROLES.format(group="S0ONCALL", channel="G0PRIVATE"))
    assert code == 0, said
    for line in (
        "After 30 min critical alerts climb to channel G0PRIVATE.",
        "Role manager: S0ONCALL, U0MIA.",
        "the bot is in #on-call ([[climb]] 1)",
        "2 people are in the user group S0ONCALL ([[roles]])",
    ):
        assert line in said


@pytest.mark.parametrize(
    ("group", "channel", "scopes", "words"),
    [
        ("S0NOPE", "G0PRIVATE", slack.SCOPES, "User group S0NOPE ([[roles]]): Slack knows no such group"),
        ("S0RETIRED", "G0PRIVATE", slack.SCOPES, "User group S0RETIRED ([[roles]]): Nobody is in it"),
        ("S0ONCALL", "C0ARCHIVED", slack.SCOPES, "Channel C0ARCHIVED ([[climb]] 1)"),
        (
            "S0ONCALL",
            "G0PRIVATE",
            ("app_mentions:read", "chat:write", "commands", "users:read"),
            "User group S0ONCALL ([[roles]]) was not looked at: the bot token lacks the scope usergroups:read",
        ),
    ],
)
async def test_a_group_with_a_role_that_cannot_be_read_is_told(
    here: Stage, group: str, channel: str, scopes: tuple[str, ...], words: str
) -> None:
    here.slack.set_scopes(scopes)
    code, said = await checked(here, file=ROLES.format(group=group, channel=channel))
    assert (code, words in said) == (2, True), said
