"""A dead way in is seen (design §4): in the gauge at once, in `/readyz` and the alert channel after three minutes."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

import pytest
from aiohttp import web
from structlog.testing import capture_logs

from bot.jobs.way_in import WayInWatch
from bot.sandbox.connections import listen
from bot.slack.socket_mode import SocketIntake
from tests.integration.test_slack_socket_mode import make_app
from tests.night import CHANNEL, Night

GAUGE = "nightshift_socket_connected"


@dataclass
class Line:
    """A way in of which the test says how it is."""

    connected: bool = True
    reason: str = "Slack refused (token_revoked)."


class Hand:
    at = 0.0

    def __call__(self) -> float:
        return self.at


@dataclass
class Others:
    """The processes beside this one."""

    size: int = 1
    others_reached: bool = False


def watching(
    watch: Night, line: Line | SocketIntake, hand: Hand, rate: float = 1.0, others: Others | None = None
) -> WayInWatch:
    watch.vitals.up()
    parts = {"rate": rate, "wake": lambda: None, "vitals": watch.vitals, "seconds": hand}
    return WayInWatch(line, watch.reviewer, watch.clock, others or Others(), **parts)  # type: ignore[arg-type]


def said(watch: Night) -> list[str]:
    return [each.text for each in watch.slack.shown(CHANNEL)]


async def test_a_dead_way_in_is_said_once_with_slacks_reason_and_once_when_it_is_back(watch: Night) -> None:
    line, hand = Line(), Hand()
    job = watching(watch, line, hand)
    await job.run()
    assert (watch.vitals.ready(), f"{GAUGE} 1.0" in watch.vitals.metrics().decode()) == ("", True)
    line.connected = False
    await job.run()
    hand.at = 179
    await job.run()
    await watch.deliver()
    assert (watch.vitals.ready(), said(watch)) == ("", [])
    assert f"{GAUGE} 0.0" in watch.vitals.metrics().decode()
    for hand.at in (181, 183, 7_000):
        await job.run()
        await watch.deliver()
    assert "token_revoked" in watch.vitals.ready()
    (card,) = said(watch)
    assert card.startswith("Questions and buttons do not work since ")
    assert "token_revoked" in card
    line.connected = True
    for _ in range(3):
        await job.run()
        await watch.later(seconds=5)
    assert (watch.vitals.ready(), f"{GAUGE} 1.0" in watch.vitals.metrics().decode()) == ("", True)
    (card,) = said(watch)
    assert card.startswith("Questions and buttons work again. Slack could not reach the bot for ")
    (message,) = watch.slack.shown(CHANNEL)
    (reply,) = watch.slack.replies(CHANNEL, message.ts)
    assert reply.text.startswith("Questions and buttons work again since")


async def test_a_short_cut_is_no_news(watch: Night) -> None:
    line, hand = Line(), Hand()
    job = watching(watch, line, hand)
    for hand.at in range(0, 3_600, 60):
        line.connected = hand.at % 180 == 0
        await job.run()
        await watch.deliver()
    assert said(watch) == []


async def test_what_the_process_before_told_of_is_said_to_be_over(watch: Night) -> None:
    line, hand = Line(connected=False), Hand()
    job = watching(watch, line, hand)
    await job.run()
    hand.at = 200
    await job.run()
    await watch.deliver()
    line.connected = True
    await watching(watch, line, hand).run()
    await watch.later(seconds=5)
    assert said(watch)[0].startswith("Questions and buttons work again")


async def test_a_way_in_that_dies_and_is_dead_over_a_restart_is_told_of_by_one_card(watch: Night) -> None:
    line, hand = Line(connected=False), Hand()
    for _ in range(2):
        job = watching(watch, line, hand)
        await job.run()
        hand.at += 200
        await job.run()
        await watch.deliver()
    assert len(said(watch)) == 1


async def test_no_poll_and_no_replay_takes_it_for_an_outage_of_acronis(watch: Night) -> None:
    await watch.begins()
    line, hand = Line(connected=False), Hand()
    job = watching(watch, line, hand)
    await job.run()
    hand.at = 200
    await job.run()
    await watch.poll()
    await watch.deliver()
    assert [each for each in said(watch) if "Acronis" in each.splitlines()[0] and "not" in each] == []
    assert any("do not work" in each for each in said(watch))


@asynccontextmanager
async def opened(watch: Night) -> AsyncIterator[SocketIntake]:
    intake = SocketIntake(make_app(watch.web), "xapp-sandbox", watch.web, ping_seconds=0.2)
    await intake.open()
    yield intake
    watch.slack.restore("app")
    await watch.slack.disable_link(disabled=False)
    await intake.close()


@pytest.mark.parametrize(
    ("fault", "reason"),
    [("revoked", "token_revoked"), ("disabled", "link_disabled"), ("refused", "fails or is cut"), ("http", "HTTP 500")],
)
async def test_slacks_reason_is_known_and_the_way_in_comes_back(watch: Night, fault: str, reason: str) -> None:
    async with opened(watch) as intake:
        good = watch.slack.state.url
        if fault == "revoked":
            watch.slack.revoke("app")
        elif fault == "refused":
            watch.slack.state.url = "http://127.0.0.1:9"
        elif fault == "http":
            watch.slack.fault("http", "apps.connections.open", times=None)
        if fault == "disabled":
            await watch.slack.disable_link()
        else:
            watch.slack.cut()
        await watch.slack.until(lambda: not intake.connected and reason in intake.reason)
        watch.slack.state.url = good
        watch.slack.clear_faults()
        watch.slack.restore("app")
        await watch.slack.disable_link(disabled=False)
        await watch.slack.until(lambda: intake.connected)


async def test_while_nobody_is_let_in_slack_is_asked_less_and_less_often(watch: Night) -> None:
    async with opened(watch) as intake:
        with capture_logs():
            await watch.slack.disable_link()
            before = watch.calls("apps.connections.open")
            await watch.slack.until(lambda: not intake.connected and watch.calls("apps.connections.open") > before + 2)
        assert watch.calls("apps.connections.open") - before < 10


@pytest.mark.parametrize("header", ["999999", "1e15"])
async def test_a_wait_of_years_for_an_address_ends_in_seconds(
    watch: Night, header: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.slack.socket_client.LONGEST_PAUSE", 0.5)
    async with opened(watch) as intake:
        watch.slack.fault("ratelimited", "apps.connections.open", retry_after=header)
        watch.slack.cut()
        await watch.slack.until(lambda: not intake.connected)
        await watch.slack.until(lambda: intake.connected)


async def never_answers(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read()
    writer.close()


async def answers_letter_by_letter(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 101 Switching Protocols\r\nX: ")
    with suppress(ConnectionError):
        while not reader.at_eof():
            writer.write(b"x")
            await writer.drain()
            with suppress(TimeoutError):
                await asyncio.wait_for(reader.read(1000), 0.1)
    writer.close()


@pytest.mark.parametrize("silent", [never_answers, answers_letter_by_letter])
@pytest.mark.parametrize("at_start", [True, False])
async def test_an_address_that_never_answers_gives_way_to_another(
    watch: Night, silent: Callable[..., Awaitable[None]], at_start: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.slack.socket_client.LONGEST_CONNECTING", 1.5)
    good = watch.slack.state.url
    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    intake = SocketIntake(make_app(watch.web), "xapp-sandbox", watch.web, ping_seconds=0.2)
    if not at_start:
        await intake.open()
    watch.slack.state.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    asked = watch.calls("apps.connections.open")
    watch.slack.cut()
    opening = asyncio.create_task(intake.open()) if at_start else None
    await watch.slack.until(lambda: watch.calls("apps.connections.open") > asked)
    watch.slack.state.url = good
    await watch.slack.until(lambda: intake.connected)
    if opening is not None:
        await opening
    await intake.close()
    server.close()


@pytest.mark.parametrize("frames", [(), ('{"type": "other"}',), ("hello", "[]", '{"type":')])
async def test_a_new_socket_without_a_hello_gives_way_to_another(watch: Night, frames: tuple[str, ...]) -> None:
    """After the first one, too: Slack answers its pings, so that it seems to live."""

    async def says_no_hello(request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        for frame in frames:
            await socket.send_str(frame)
        async for _ in socket:
            pass
        return socket

    server = web.Application()
    server.router.add_get("/link/", says_no_hello)
    runner, port = await listen(server, "127.0.0.1", 0)
    intake = SocketIntake(make_app(watch.web), "xapp-sandbox", watch.web, ping_seconds=0.2, hello_seconds=0.5)
    await intake.open()
    good, watch.slack.state.url = watch.slack.state.url, f"http://127.0.0.1:{port}"
    asked = watch.calls("apps.connections.open")
    await watch.slack.disconnect()
    await watch.slack.until(lambda: watch.calls("apps.connections.open") > asked and not intake.connected)
    watch.slack.state.url = good
    await watch.slack.until(lambda: intake.connected)
    await intake.close()
    await runner.cleanup()


async def test_of_several_processes_none_says_it_while_slack_reaches_one(watch: Night) -> None:
    line, hand, others = Line(), Hand(), Others(2, others_reached=True)
    job = watching(watch, line, hand, others=others)
    await job.run()
    line.connected = False
    for hand.at in (1, 500):
        await job.run()
    await watch.deliver()
    assert (said(watch), watch.vitals.is_reached) == ([], False)
    assert watch.vitals.ready().startswith("Slack cannot reach the bot")
    others.others_reached = False
    await job.run()
    await watch.deliver()
    assert len(said(watch)) == 1


async def test_another_process_says_that_it_is_over_where_the_one_that_said_it_is_gone(watch: Night) -> None:
    line, hand, others = Line(), Hand(), Others(2)
    gone, left = (watching(watch, each, hand, others=others) for each in (line, Line()))
    await left.run()
    line.connected = False
    for hand.at in (1, 500):
        await gone.run()
    await watch.deliver()
    (before,) = said(watch)
    await left.run()
    await watch.later(seconds=4)  # at most one edit of a card in 3 s
    (after,) = said(watch)
    assert before != after
