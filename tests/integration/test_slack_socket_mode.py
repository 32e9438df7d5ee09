"""Socket Mode stays connected: after cuts, refreshes, silent lines and addresses that are no longer good."""

import asyncio
import logging
from collections.abc import AsyncIterator
from typing import Self

import aiohttp
import pytest
from slack_bolt.async_app import AsyncApp
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_sdk.web.async_client import AsyncWebClient
from structlog.testing import capture_logs

from bot.sandbox.slack import ALERTS, Running, serve
from bot.slack.sign_in import make_client
from bot.slack.socket_mode import SocketIntake
from tests.patience import PATIENCE, patient_limits
from tests.slack_house import loaded


@pytest.fixture
async def slack(request: pytest.FixtureRequest) -> AsyncIterator[Running]:
    running = await serve(limits=getattr(request, "param", patient_limits()))
    yield running
    await running.close()


@pytest.fixture
async def client(slack: Running) -> AsyncIterator[AsyncWebClient]:
    async with aiohttp.ClientSession() as session:
        yield make_client("xoxb-sandbox", slack.api_url, session, timeout=PATIENCE)
        assert not session.closed, "the shared session is not the intake's to close"


def make_app(client: AsyncWebClient) -> asyncio.Future[AsyncApp]:
    app = AsyncApp(name="test", client=client, logger=logging.getLogger("test"))

    @app.command("/tasks")
    async def _(ack: AsyncAck) -> None:
        await ack()

    return loaded(app)


@pytest.fixture
async def intake(client: AsyncWebClient) -> AsyncIterator[SocketIntake]:
    intake = SocketIntake(make_app(client), "xapp-sandbox", client, ping_seconds=1.0)
    yield intake
    await intake.close()


async def acked(slack: Running) -> bool:
    return (await slack.slack.command("U0MIA", ALERTS, "x")).acked


async def test_a_request_waits_until_what_answers_is_loaded(slack: Running, client: AsyncWebClient) -> None:
    loading: asyncio.Future[AsyncApp] = asyncio.get_running_loop().create_future()
    intake = SocketIntake(loading, "xapp-sandbox", client)
    await intake.open()
    asked = asyncio.create_task(acked(slack))
    await asyncio.sleep(0.05)
    assert not asked.done()
    loading.set_result(await make_app(client))
    assert await asked
    await intake.close()


async def test_it_is_open_after_slacks_hello(slack: Running, intake: SocketIntake) -> None:
    states = [intake.connected]
    await intake.open()
    states.append(intake.connected)
    assert states == [False, True]
    assert await acked(slack)


async def test_it_comes_back_after_a_cut(slack: Running, intake: SocketIntake) -> None:
    await intake.open()
    for _ in range(2):
        slack.slack.cut()
        await slack.slack.sockets.connected()
        assert await acked(slack)


async def test_it_follows_when_slack_asks_it_to_reconnect(slack: Running, intake: SocketIntake) -> None:
    await intake.open()
    await slack.slack.disconnect()
    await slack.slack.sockets.connected()
    assert await acked(slack)


async def test_it_opens_although_slack_is_not_there_at_first(slack: Running, intake: SocketIntake) -> None:
    slack.slack.fault("http", "apps.connections.open", times=2)
    await intake.open()
    assert await acked(slack)


async def test_an_address_that_is_no_longer_good_is_replaced(slack: Running, intake: SocketIntake) -> None:
    """slack_sdk tries one address for ever; its ticket is good once and for a short time."""
    await intake.open()
    forgotten = slack.slack.state.tickets
    hold = slack.slack.hold("apps.connections.open", "after")
    slack.slack.cut()
    async with asyncio.timeout(PATIENCE):
        while not hold.held:
            await slack.slack.journal.after(len(slack.slack.journal.entries), 0.1)
        forgotten.clear()
        slack.slack.release()
        await slack.slack.sockets.connected()
    assert await acked(slack)


async def test_a_line_gone_silent_is_replaced(slack: Running, client: AsyncWebClient) -> None:
    """A half-open socket says it is connected and brings nothing: no close, no error, no pong."""
    async with Tunnel(slack.port) as tunnel:
        client.base_url = f"http://127.0.0.1:{tunnel.port}/api/"
        slack.slack.state.url = f"http://127.0.0.1:{tunnel.port}"
        intake = SocketIntake(make_app(client), "xapp-sandbox", client, ping_seconds=0.5)
        await intake.open()
        tunnel.go_silent()
        async with asyncio.timeout(PATIENCE):
            await slack.slack.sockets.connected(2)
            slack.slack.sockets.open.pop(0)
        assert await acked(slack)
        await intake.close()


async def test_a_socket_that_says_no_hello_gives_way_to_another(slack: Running, client: AsyncWebClient) -> None:
    async with Tunnel(slack.port) as tunnel:
        slack.slack.state.url = f"http://127.0.0.1:{tunnel.port}"
        tunnel.deaf = 1
        intake = SocketIntake(make_app(client), "xapp-sandbox", client, hello_seconds=0.5)
        await intake.open()
        slack.slack.sockets.open[:] = slack.slack.sockets.open[-1:]
        assert await acked(slack)
        await intake.close()


async def test_a_dead_line_does_not_hold_up_the_end(slack: Running, client: AsyncWebClient) -> None:
    async with Tunnel(slack.port) as tunnel:
        slack.slack.state.url = f"http://127.0.0.1:{tunnel.port}"
        intake = SocketIntake(make_app(client), "xapp-sandbox", client, ping_seconds=PATIENCE)
        await intake.open()
        tunnel.go_silent()
        async with asyncio.timeout(PATIENCE / 2):
            await intake.close()
        assert not intake.connected


@pytest.mark.parametrize("slack", [patient_limits(ack_seconds=2.0)], indirect=True)
async def test_a_payload_nobody_can_read_does_not_end_the_connection(slack: Running, intake: SocketIntake) -> None:
    await intake.open()
    with capture_logs() as logs:
        await slack.slack.dispatcher.deliver("interactive", {"user": 5})
    assert "a delivery was not acknowledged" in [entry["event"] for entry in logs]
    assert await acked(slack)


async def test_a_second_process_with_the_same_token_is_warned_of_once(slack: Running, client: AsyncWebClient) -> None:
    with capture_logs() as logs:
        intakes = [SocketIntake(make_app(client), "xapp-sandbox", client) for _ in range(2)]
        for intake in intakes:
            await intake.open()
        await slack.slack.disconnect()
        await slack.slack.sockets.connected(2)
        for intake in intakes:
            await intake.close()
    warned = [entry for entry in logs if "several connections" in entry["event"]]
    assert 1 <= len(warned) <= len(intakes)
    assert all(entry["log_level"] == "warning" for entry in warned)


async def test_closing_ends_the_connection_and_can_be_repeated(slack: Running, intake: SocketIntake) -> None:
    await intake.open()
    await intake.close()
    await intake.close()
    assert not intake.connected
    assert (await slack.slack.command("U0MIA", ALERTS, "x")).shown == "dispatch_failed"


async def test_closing_what_was_never_opened_is_nothing(intake: SocketIntake) -> None:
    await intake.close()
    assert not intake.connected


async def test_no_ticket_is_written_to_the_log(
    slack: Running, intake: SocketIntake, caplog: pytest.LogCaptureFixture
) -> None:
    await intake.open()
    slack.slack.fault("reset_before", "apps.connections.open")
    slack.slack.cut()
    await slack.slack.sockets.connected()
    assert "ticket" not in caplog.text


class Tunnel:
    """Carries bytes to a port, until the connections it has go silent; new ones work.

    The next `deaf` connections bring a handshake's answer, and nothing after it.
    """

    def __init__(self, to: int) -> None:
        self.port = 0
        self.deaf = 0
        self._to = to
        self._pipes: list[asyncio.Task[None]] = []
        self._writers: list[asyncio.StreamWriter] = []
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._connect, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._server is not None:
            self._server.close()
        self.go_silent()
        await asyncio.gather(*self._pipes, return_exceptions=True)
        for writer in self._writers:
            writer.close()

    def go_silent(self) -> None:
        for pipe in self._pipes:
            pipe.cancel()

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._to)
        self._writers += [writer, far_writer]
        self._pipes.append(asyncio.create_task(_carry(reader, far_writer)))
        answers = _carry_head if self.deaf else _carry
        self.deaf = max(self.deaf - 1, 0)
        self._pipes.append(asyncio.create_task(answers(far_reader, writer)))


async def _carry_head(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(await reader.readuntil(b"\r\n\r\n"))
    while await reader.read(65536):
        pass


async def _carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while chunk := await reader.read(65536):
        writer.write(chunk)
        await writer.drain()
    writer.close()
