"""The real process: how it starts, what it refuses, how it stops. Exit codes and `ready` are fixed (design §7)."""

import asyncio
import signal
from datetime import UTC, datetime
from functools import partial
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from bot.sandbox import slack
from bot.slack.access import UNKNOWN
from tests.acceptance.test_kill import happens, told
from tests.bot_process import BOT_ON_A_FILE, MIA, Stage, free_port
from tests.night import CHANNEL


async def answered(here: Stage, text: str, command: str = "/tasks") -> str:
    return (await here.answered(text, command)).text


async def serving(here: Stage) -> int:
    """A bot over signed HTTP. Returns its port."""
    port = free_port()
    await here.started("serve", PORT=str(port), HOST="127.0.0.1")
    here.slack.set_request_url(f"http://127.0.0.1:{port}/slack/events")
    return port


@pytest.mark.parametrize("mode", ["run", "serve"])
async def test_both_transports_answer_and_alert_alike(here: Stage, mode: str) -> None:
    if mode == "run":
        await here.started("run")
    else:
        await serving(here)
    assert "Nothing found" in await answered(here, "all")
    assert "Did you mean" in await answered(here, "runing")
    assert "activit" in (await answered(here, "", command="/activities")).lower()
    happens(here, "error")
    await here.seen(lambda: told(here))


async def test_the_port_tells_health_readiness_and_metrics(here: Stage) -> None:
    port = await serving(here)
    await here.seen(lambda: here.slack.posts(CHANNEL))
    for path, wanted in (("healthz", "ok"), ("readyz", "ok"), ("metrics", "nightshift_polls")):
        assert wanted in await asyncio.to_thread(_read, f"http://127.0.0.1:{port}/{path}")


def _read(url: str) -> str:
    """The words of the answer, whatever its status."""
    try:
        with urlopen(url, timeout=10) as answer:
            return str(answer.read().decode())
    except HTTPError as refused:
        with refused:
            return str(refused.read().decode())


async def test_run_opens_the_port_only_when_it_is_named(here: Stage) -> None:
    port = free_port()
    await here.started("run", PORT=str(port))
    assert await asyncio.to_thread(_read, f"http://127.0.0.1:{port}/healthz") == "ok"


@BOT_ON_A_FILE
async def test_a_start_loads_nothing_that_alerts_do_without(here: Stage) -> None:
    """Python says on stderr what it imports. What answers people is loaded right after `ready`."""
    first = await here.started("run")  # makes the database
    first.terminate()
    await first.ended()
    bot = await here.started("run", PYTHONPROFILEIMPORTTIME="1")
    ready = next(at for at, line in enumerate(bot.lines) if line.get("event") == "ready")
    needed = {"bot.app", "bot.jobs.poll", "slack_sdk", "sqlalchemy"}
    spared = {"alembic", "bot.replay", "bot.sandbox", "click.core", "rich.console", "sqlalchemy.orm"}
    spared |= {"aiohttp.web", "psycopg", "sqlalchemy.dialects.postgresql"}
    late = {
        "bot.acronis.events",
        "bot.jobs.events",
        "bot.services",
        "bot.slack.listener",
        "handlers",
        "slack_bolt",
    }
    assert _imported(bot.words[:ready]) & (needed | spared | late) == needed
    assert "Nothing found" in await answered(here, "all")
    assert _imported(bot.words) & (spared | late) == late


def _imported(words: list[str]) -> set[str]:
    return {line.rpartition("|")[2].strip() for line in words if line.startswith("import time:")}


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_lets_it_finish_what_is_in_flight_and_exit_0(here: Stage, number: signal.Signals) -> None:
    """A question and a post are both under way; both arrive, and the post is written down as shown."""
    bot = await here.started("run")
    await here.seen(lambda: here.slack.posts(CHANNEL))
    held = here.slack.hold("chat.postMessage", "after")
    happens(here, "error")
    await here.seen(lambda: held.held)
    page = here.acronis.hold()["hold"]
    await here.slack.command(MIA, CHANNEL, "running")
    await here.acronis.caught(page)
    bot.send(number)
    await bot.until_logged("stopping")
    here.slack.release()
    here.acronis.release()
    assert await bot.ended() == 0
    assert len(here.slack.whispers(MIA)) == 1
    await here.started("run")
    happens(here, "ok")
    await here.seen(lambda: told(here)[-1].text.startswith("Recovered"))
    assert len(told(here)) == 1


async def test_a_signal_while_it_still_waits_for_slack_exits_0(here: Stage) -> None:
    bot = await here.start("run", environment=here.environment(SLACK_API_URL="http://127.0.0.1:9/api/"))
    await bot.until_logged("cannot be reached, trying again")
    bot.terminate()
    assert await bot.ended() == 0


@BOT_ON_A_FILE
async def test_a_second_process_on_the_same_database_is_refused_in_a_sentence(here: Stage) -> None:
    await here.started("run")
    second = await here.start("serve", environment=here.environment(PORT=str(free_port())))
    assert await second.ended() == 1
    assert "Another bot already runs on bot.sqlite3" in "\n".join(second.words)


@BOT_ON_A_FILE
async def test_slack_that_cannot_be_reached_at_start_is_waited_for(here: Stage) -> None:
    here.slack.fault("http", "auth.test", times=1, status=503)
    bot = await here.started("run")
    assert any(line["event"] == "cannot be reached, trying again" for line in bot.lines)


async def test_acronis_that_is_away_at_start_is_waited_for_by_the_polls(here: Stage) -> None:
    here.acronis.outage(True)
    await here.started("run")
    here.acronis.outage(False)
    await here.seen(lambda: [each for each in here.slack.posts(CHANNEL) if each.text.startswith("Nightshift")])


@BOT_ON_A_FILE
@pytest.mark.parametrize(
    ("kind", "path"), [("html", "/api/2/idp/token"), ("html", "/api/"), ("bomb", "/api/2/idp/token")]
)
async def test_an_answer_at_start_that_is_none_is_waited_for_too(here: Stage, kind: str, path: str) -> None:
    here.acronis.fault(kind, count=None, path=path)
    await here.started("run")
    here.acronis.clear()
    await here.seen(lambda: [each for each in here.slack.posts(CHANNEL) if each.text.startswith("Nightshift")])


@BOT_ON_A_FILE
@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"SLACK_BOT_TOKEN": "xoxb-wrong"}, "SLACK_BOT_TOKEN"),
        ({"SLACK_APP_TOKEN": "xapp-wrong"}, "SLACK_APP_TOKEN"),
        ({"ACRONIS_CLIENT_SECRET": "wrong"}, "ACRONIS_CLIENT"),
    ],
)
async def test_what_slack_or_acronis_refuse_at_start_is_exit_code_3(
    here: Stage, changes: dict[str, str], word: str
) -> None:
    bot = await here.start("run", environment=here.environment(**changes))
    assert await bot.ended() == 3
    assert word in "\n".join(bot.words)
    assert "Traceback" not in "\n".join(bot.words)


@BOT_ON_A_FILE
@pytest.mark.parametrize("name", ["SSL_CERT_FILE", "SSLKEYLOGFILE", "HTTPS_PROXY"])
async def test_a_variable_of_the_network_that_is_wrong_is_named_with_exit_code_2(here: Stage, name: str) -> None:
    wrong = {"ACRONIS_URL": "https://acronis.example", name: "/gone/at/all"}
    bot = await here.start("run", environment=here.environment(**wrong))
    assert await bot.ended() == 2
    assert name in "\n".join(bot.words)
    assert "Traceback" not in "\n".join(bot.words)


@BOT_ON_A_FILE
async def test_all_faults_of_the_configuration_are_told_at_once_with_exit_code_2(here: Stage) -> None:
    wrong = {
        "SLACK_BOT_TOKEN": "",
        "ACRONIS_URL": "http://eu2-cloud.example",
        "POLL_SECONDS": "often",
        "TIME_ZONE": "Mars",
    }
    bot = await here.start("run", environment=here.environment(**wrong))
    assert await bot.ended() == 2
    said = "\n".join(bot.words)
    assert all(name in said for name in wrong)


@BOT_ON_A_FILE
async def test_check_and_migrate_say_what_they_found(here: Stage) -> None:
    for command in ("check", "migrate"):
        assert await (await here.start(command)).ended() == 0
    assert (here.folder / "bot.sqlite3").exists()


async def test_no_secret_is_ever_logged(here: Stage) -> None:
    bot = await here.started("run", LOG_LEVEL="DEBUG")
    await here.seen(lambda: here.slack.posts(CHANNEL))
    await answered(here, "all")
    bot.terminate()
    await bot.ended()
    said = "\n".join(bot.words)
    for secret in ("xoxb-sandbox", "xapp-sandbox", "sandbox-signing-secret", "sandbox-secret", "eyJ"):
        assert secret not in said


@pytest.mark.parametrize("mode", ["run", "serve"])
async def test_the_log_names_no_customer_and_no_question_at_any_level(here: Stage, mode: str) -> None:
    port = free_port()
    bot = await here.started(mode, LOG_LEVEL="DEBUG", HOST="127.0.0.1", PORT=str(port))
    if mode == "serve":
        here.slack.set_request_url(f"http://127.0.0.1:{port}/slack/events")
    happens(here, "error", name="SRV-VERYSECRET")
    await here.seen(lambda: [each for each in here.slack.posts(CHANNEL) if "SRV-VERYSECRET" in each.text])
    for question in ("failed tenant Wolfsburg", "failed machine verysecret", "runing zanzibar", "why 471104711047110"):
        await answered(here, question)
    bot.terminate()
    await bot.ended()
    said = "\n".join(bot.words).lower()
    for word in ("verysecret", "wolfsburg", "zanzibar", "471104711047110", "acme"):
        assert word not in said


@BOT_ON_A_FILE
async def test_a_cut_socket_is_opened_again_and_nothing_is_lost(here: Stage) -> None:
    await here.started("run")
    here.slack.cut()
    await here.slack.sockets.connected(1)
    assert "Nothing found" in await answered(here, "all")


@BOT_ON_A_FILE
@pytest.mark.parametrize("trouble", ["revoked", "disabled"])
async def test_a_dead_way_in_is_seen_from_outside_and_said_in_the_channel(here: Stage, trouble: str) -> None:
    now, port = datetime.now(UTC).isoformat(), free_port()
    await here.started("run", PORT=str(port), NIGHTSHIFT_CLOCK=f"{now} {now} 60")
    await here.seen(lambda: here.slack.posts(CHANNEL))
    if trouble == "revoked":
        here.slack.revoke("app")
        here.slack.cut()
    else:
        await here.slack.disable_link()
    await here.seen(lambda: "Questions and buttons do not work" in here.slack.shown(CHANNEL)[-1].text)
    (card,) = [each for each in here.slack.shown(CHANNEL) if each.text.startswith("Questions and buttons")]
    assert {"revoked": "token_revoked", "disabled": "link_disabled"}[trouble] in card.text
    assert "Slack cannot reach the bot" in await asyncio.to_thread(_read, f"http://127.0.0.1:{port}/readyz")
    assert "nightshift_socket_connected 0.0" in await asyncio.to_thread(_read, f"http://127.0.0.1:{port}/metrics")
    here.slack.restore("app")
    await here.slack.disable_link(disabled=False)
    await here.seen(lambda: card.text.startswith("Questions and buttons work again"))
    assert "Slack cannot reach" not in await asyncio.to_thread(_read, f"http://127.0.0.1:{port}/readyz")
    assert "nightshift_socket_connected 1.0" in await asyncio.to_thread(_read, f"http://127.0.0.1:{port}/metrics")


async def test_a_delivery_that_comes_twice_is_answered_once(here: Stage) -> None:
    await here.started("run")
    await here.slack.command(MIA, CHANNEL, "help", twice=True)
    await here.seen(lambda: here.slack.whispers(MIA))
    await answered(here, "running")
    assert len(here.slack.whispers(MIA)) == 2


async def test_guests_strangers_and_other_teams_are_refused_in_words(here: Stage) -> None:
    await here.started("run")
    here.acronis.settings(role=True)
    for user in ("U0GUEST", "U0SINGLE", "U0STRANGER", "U0OTHER"):
        await here.slack.command(user, CHANNEL, "all")
        await here.seen(partial(here.slack.whispers, user))
        (refusal,) = here.slack.whispers(user)
        assert "Nightshift answers" in refusal.text or "only" in refusal.text


async def test_while_slack_says_of_nobody_who_they_are_only_those_it_knew_before_are_answered(here: Stage) -> None:
    """Over a restart too: the last that Slack said is in the database."""
    bot = await here.started("run")
    await answered(here, "all")
    bot.terminate()
    await bot.ended()
    here.slack.fault("ratelimited", "users.info", seconds=30, times=None)
    await here.started("run")
    assert "Nothing found" in await answered(here, "all")
    strangers = ("U0GUEST", "U0NOAH")
    for user in strangers:
        await here.slack.command(user, CHANNEL, "all")
    await here.seen(lambda: all(map(here.slack.whispers, strangers)))
    assert [each.text for user in strangers for each in here.slack.whispers(user)] == [UNKNOWN] * 2


def test_the_pretend_slack_knows_the_alert_channel() -> None:
    assert slack.ALERTS == CHANNEL
