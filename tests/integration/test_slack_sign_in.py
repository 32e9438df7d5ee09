"""The sign-in tells a refused token from a Slack that cannot be reached; calls fail as our own errors."""

import ssl
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import BlocksRefused, ChannelDead, MessageGone, NotPosted, SlackError, SlackRefused, Uncertain
from bot.model.headers import LONGEST_ASKED
from bot.sandbox.slack import BOT, BOT_USER, TEAM, Running, serve
from bot.slack.sign_in import check_app_token, make_client, open_session, sign_in
from bot.slack.web_api import CERTIFICATE, REDIRECTED, call, respond
from tests.certificates import wrongly_signed
from tests.patience import PATIENCE


@pytest.fixture
async def slack() -> AsyncIterator[Running]:
    running = await serve()
    yield running
    await running.close()


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
def client(slack: Running, session: aiohttp.ClientSession) -> AsyncWebClient:
    return make_client("xoxb-sandbox", slack.api_url, session, timeout=PATIENCE)


async def test_the_sign_in_says_who_we_are(client: AsyncWebClient) -> None:
    identity = await sign_in(client)
    assert (identity.team_id, identity.bot_id, identity.bot_user_id) == (TEAM, BOT, BOT_USER)
    assert {"commands", "chat:write", "users:read"} <= identity.scopes


async def test_good_tokens_pass(client: AsyncWebClient) -> None:
    await check_app_token(client, "xapp-sandbox")


async def test_a_wrong_bot_token_is_refused_by_its_setting(slack: Running, session: aiohttp.ClientSession) -> None:
    with pytest.raises(SlackRefused, match=r"SLACK_BOT_TOKEN \(invalid_auth\)"):
        await sign_in(make_client("xoxb-wrong", slack.api_url, session, timeout=PATIENCE))


async def test_a_wrong_app_token_is_refused_by_its_setting(client: AsyncWebClient) -> None:
    with pytest.raises(SlackRefused, match="SLACK_APP_TOKEN") as refused:
        await check_app_token(client, "xapp-wrong")
    assert "xapp-wrong" not in refused.value.told


async def test_a_bot_token_is_no_app_token(client: AsyncWebClient) -> None:
    with pytest.raises(SlackRefused, match="SLACK_APP_TOKEN"):
        await check_app_token(client, "xoxb-sandbox")


@pytest.mark.parametrize("kind", ["reset_before", "http", "ratelimited", "hang"])
async def test_an_unreachable_slack_at_the_start_is_to_be_tried_again(
    slack: Running, client: AsyncWebClient, kind: str
) -> None:
    client.timeout = 2 if kind == "hang" else PATIENCE
    slack.slack.fault(kind, "auth.test", seconds=1)
    with pytest.raises(NotPosted):
        await sign_in(client)
    slack.slack.clear_faults()


async def test_a_closed_port_at_the_start_is_to_be_tried_again(session: aiohttp.ClientSession) -> None:
    running = await serve()
    await running.close()
    with pytest.raises(NotPosted, match="cannot be reached"):
        await sign_in(make_client("xoxb-sandbox", running.api_url, session, timeout=PATIENCE))


async def test_slack_is_asked_through_the_proxy_that_is_named_and_through_no_other(
    monkeypatch: pytest.MonkeyPatch, slack: Running, session: aiohttp.ClientSession
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    client = make_client("xoxb-sandbox", slack.api_url, session, timeout=PATIENCE)
    assert (await sign_in(client)).team_id == TEAM
    named = make_client("x", "https://slack.com/api/", session, timeout=PATIENCE, proxy="http://127.0.0.1:2")
    assert named.proxy == "http://127.0.0.1:2"


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("invalid_auth", SlackRefused),
        ("missing_scope", SlackRefused),
        ("not_in_channel", ChannelDead),
        ("is_archived", ChannelDead),
        ("invalid_blocks", BlocksRefused),
        ("msg_blocks_too_long", BlocksRefused),
        ("message_not_found", MessageGone),
        ("internal_error", Uncertain),
        ("fatal_error", Uncertain),
        ("something_new", NotPosted),
    ],
)
async def test_each_refusal_says_who_must_act(
    slack: Running, client: AsyncWebClient, code: str, kind: type[SlackError]
) -> None:
    slack.slack.fault("error", "auth.test", error=code)
    with pytest.raises(kind) as raised:
        await call(client.auth_test(), PATIENCE)
    assert type(raised.value) is kind
    assert raised.value.code == code


async def test_a_reason_of_any_length_is_cut(slack: Running, client: AsyncWebClient) -> None:
    slack.slack.fault("error", "auth.test", error="x" * 5_000)
    with pytest.raises(NotPosted) as raised:
        await call(client.auth_test(), PATIENCE)
    assert len(raised.value.code) <= 60
    assert len(raised.value.told) <= 100


async def test_a_429_tells_how_long_to_wait(slack: Running, client: AsyncWebClient) -> None:
    slack.slack.fault("ratelimited", "auth.test", seconds=7)
    with pytest.raises(NotPosted) as raised:
        await call(client.auth_test(), PATIENCE)
    assert raised.value.retry_after == 7


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("0", 0),
        ("2.5", 2.5),
        ("3601", LONGEST_ASKED),
        ("999999", LONGEST_ASKED),
        ("1000000000000000", LONGEST_ASKED),
        ("1e15", LONGEST_ASKED),
        ("9" * 5000, LONGEST_ASKED),
        ("inf", LONGEST_ASKED),
        ("Fri, 31 Dec 9999 23:59:59 GMT", LONGEST_ASKED),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 0),
        ("Fri, 99 Foo 99999 99:99:99 GMT", None),
        ("-5", None),
        ("nan", None),
        ("soon", None),
        (", ,", None),
        ("()", None),
        ("Mon, 1 Jan 2024 00:00:00 +99999999999999999999", None),
    ],
)
async def test_a_retry_after_is_an_hour_at_most_and_never_breaks_the_call(
    slack: Running, client: AsyncWebClient, header: str, seconds: float | None
) -> None:
    slack.slack.fault("ratelimited", "auth.test", retry_after=header)
    with pytest.raises(NotPosted) as raised:
        await call(client.auth_test(), PATIENCE)
    assert raised.value.retry_after == seconds


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_never_followed(slack: Running, status: int) -> None:
    """The body holds customers' names, the header the token."""
    elsewhere = await serve()
    async with open_session(slack.api_url) as session:
        client = make_client("xoxb-sandbox", slack.api_url, session, timeout=PATIENCE)
        for method in ("chat.postMessage", "response_url", "auth.test"):
            location = f"{elsewhere.url}/api/{method}"
            slack.slack.fault("redirect", method, status=status, location=location, times=None)
        with pytest.raises(NotPosted, match=rf"HTTP {status} and sends on to 127\.0\.0\.1\. It is not followed"):
            await call(client.chat_postMessage(channel="C0ALERTS", text="secret"), PATIENCE)
        with pytest.raises(NotPosted) as raised:
            await respond(client, f"{slack.url}/response/any", {"text": "secret"})
        assert raised.value.code == REDIRECTED
        with pytest.raises(NotPosted, match="tried again"):
            await sign_in(client)
    assert elsewhere.slack.requests == []
    await elsewhere.close()


@pytest.mark.needs("openssl")
async def test_a_certificate_that_nobody_trusts_is_for_the_operator(tmp_path: Path) -> None:
    """It does not mend itself, so nobody is told that it is tried again."""
    async with wrongly_signed(tmp_path) as url, open_session(url) as session:
        client = make_client("xoxb-sandbox", f"{url}/api/", session, timeout=PATIENCE)
        with pytest.raises(NotPosted, match=r"not trusted here \(self.signed certificate\).*SSL_CERT_FILE") as raised:
            await call(client.auth_test(), PATIENCE)
        assert raised.value.code == CERTIFICATE
        with pytest.raises(SlackRefused, match="SSL_CERT_FILE") as refused:
            await sign_in(client)
        assert "again" not in refused.value.told


@pytest.mark.parametrize("kind", ["reset_before", "hang", "http", "reset_after"])
async def test_a_call_that_may_have_been_carried_out_is_uncertain(
    slack: Running, client: AsyncWebClient, kind: str
) -> None:
    slack.slack.fault(kind, "auth.test")
    with pytest.raises(Uncertain):
        await call(client.auth_test(), 0.3)
    slack.slack.clear_faults()


async def test_a_call_is_never_repeated_by_the_client(slack: Running, client: AsyncWebClient) -> None:
    slack.slack.fault("reset_before", "auth.test", times=None)
    with pytest.raises(Uncertain):
        await call(client.auth_test(), PATIENCE)
    assert len(slack.slack.requests) == 1


async def test_an_unknown_response_url_is_refused(slack: Running, client: AsyncWebClient) -> None:
    with pytest.raises(NotPosted, match="no_service"):
        await respond(client, f"{slack.url}/response/unknown", {"text": "hello"})


async def test_a_response_url_on_a_closed_port_reached_nobody(client: AsyncWebClient) -> None:
    running = await serve()
    await running.close()
    with pytest.raises(NotPosted, match="cannot be reached"):
        await respond(client, f"{running.url}/response/x", {"text": "hello"})


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """One for localhost that signs itself, with its key in the same file."""
    path = tmp_path / "localhost.pem"
    subject = ("-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", *subject, "-keyout", path, "-out", f"{path}.crt"],
        check=True,
        capture_output=True,
    )
    path.write_text(path.read_text() + Path(f"{path}.crt").read_text())
    return path


@pytest.mark.needs("openssl")
@pytest.mark.parametrize("scheme", ["https", "HTTPS"])
async def test_https_believes_the_authorities_of_the_machine_alone(
    monkeypatch: pytest.MonkeyPatch, certificate: Path, scheme: str
) -> None:
    """aiohttp is imported without certificates (bot/__main__.py)."""
    served = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    served.load_cert_chain(certificate)
    runner = web.AppRunner(web.Application())
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=served).start()
    url = f"{scheme}://localhost:{runner.addresses[0][1]}/api/"
    async with open_session(url) as session:
        with pytest.raises(SlackRefused, match="SSL_CERT_FILE"):
            await sign_in(make_client("xoxb-sandbox", url, session, timeout=PATIENCE))
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    async with open_session(url) as session, session.get(url) as answer:
        assert answer.status == 404
    await runner.cleanup()
