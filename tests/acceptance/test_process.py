"""The real process: how it starts, what it refuses, how it stops. Exit codes and `ready` are fixed (design §7)."""

import asyncio
import signal
from urllib.request import urlopen

import pytest

from bot.sandbox import slack
from tests.acceptance.test_kill import happens, told
from tests.bot_process import MIA, Stage, free_port
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
    with urlopen(url, timeout=10) as answer:
        return str(answer.read().decode())


async def test_run_opens_the_port_only_when_it_is_named(here: Stage) -> None:
    port = free_port()
    await here.started("run", PORT=str(port))
    assert await asyncio.to_thread(_read, f"http://127.0.0.1:{port}/healthz") == "ok"


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


async def test_a_second_process_on_the_same_database_is_refused_in_a_sentence(here: Stage) -> None:
    await here.started("run")
    second = await here.start("serve", environment=here.environment(PORT=str(free_port())))
    assert await second.ended() == 1
    assert "Another bot already runs on bot.sqlite3" in "\n".join(second.words)


async def test_slack_that_cannot_be_reached_at_start_is_waited_for(here: Stage) -> None:
    here.slack.fault("http", "auth.test", times=1, status=503)
    bot = await here.started("run")
    assert any(line["event"] == "cannot be reached, trying again" for line in bot.lines)


async def test_acronis_that_is_away_at_start_is_waited_for_by_the_polls(here: Stage) -> None:
    here.acronis.outage(True)
    await here.started("run")
    here.acronis.outage(False)
    await here.seen(lambda: [each for each in here.slack.posts(CHANNEL) if each.text.startswith("Nightshift")])


@pytest.mark.parametrize(
    ("kind", "path"), [("html", "/api/2/idp/token"), ("html", "/api/"), ("bomb", "/api/2/idp/token")]
)
async def test_an_answer_at_start_that_is_none_is_waited_for_too(here: Stage, kind: str, path: str) -> None:
    here.acronis.fault(kind, count=None, path=path)
    await here.started("run")
    here.acronis.clear()
    await here.seen(lambda: [each for each in here.slack.posts(CHANNEL) if each.text.startswith("Nightshift")])


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


@pytest.mark.parametrize("name", ["SSL_CERT_FILE", "SSLKEYLOGFILE", "HTTPS_PROXY"])
async def test_a_variable_of_the_network_that_is_wrong_is_named_with_exit_code_2(here: Stage, name: str) -> None:
    wrong = {"ACRONIS_URL": "https://acronis.example", name: "/gone/at/all"}
    bot = await here.start("run", environment=here.environment(**wrong))
    assert await bot.ended() == 2
    assert name in "\n".join(bot.words)
    assert "Traceback" not in "\n".join(bot.words)


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


async def test_a_cut_socket_is_opened_again_and_nothing_is_lost(here: Stage) -> None:
    await here.started("run")
    here.slack.cut()
    await here.slack.sockets.connected(1)
    assert "Nothing found" in await answered(here, "all")


async def test_a_delivery_that_comes_twice_is_answered_once(here: Stage) -> None:
    await here.started("run")
    await here.slack.command(MIA, CHANNEL, "help", twice=True)
    await here.seen(lambda: here.slack.whispers(MIA))
    await answered(here, "running")
    assert len(here.slack.whispers(MIA)) == 2


@pytest.mark.parametrize("user", ["U0GUEST", "U0SINGLE", "U0STRANGER", "U0OTHER"])
async def test_guests_strangers_and_other_teams_are_refused_in_words(here: Stage, user: str) -> None:
    await here.started("run")
    here.acronis.settings(role=True)
    await here.slack.command(user, CHANNEL, "all")
    await here.seen(lambda: here.slack.whispers(user))
    (refusal,) = here.slack.whispers(user)
    assert "Nightshift answers" in refusal.text or "only" in refusal.text


def test_the_pretend_slack_knows_the_alert_channel() -> None:
    assert slack.ALERTS == CHANNEL
