"""The access token over a real socket (bot/acronis/auth.py)."""

import asyncio
import logging
from typing import Any

import pytest
from aiohttp import web

from bot.acronis import AcronisClient
from bot.errors import (
    AcronisRejected,
    AcronisUnavailable,
    WrongCredentials,
    WrongDataCentre,
)
from tests.builders import raw_task
from tests.integration.acronis.server import NGINX, Connect, Server, page, status


async def test_the_token_is_got_by_client_credentials_and_then_kept(served: Server, client: AcronisClient) -> None:
    seen = []

    def give(request: web.Request) -> web.StreamResponse:
        seen.append(request.headers["Authorization"])
        return web.json_response({"access_token": "t1"})

    served.tokens = [give]
    served.answers = [page()]
    await client.check()
    await client.check()
    assert served.token_requests == ["grant_type=client_credentials"]
    assert seen == ["Basic dGhlLWlkOnRoZS1zZWNyZXQ="]
    assert served.bearers == ["Bearer t1", "Bearer t1"]


async def test_one_renewal_serves_all_who_wait(served: Server, client: AcronisClient) -> None:
    served.answers = [page()]
    await asyncio.gather(*(client.check() for _ in range(8)))
    assert len(served.token_requests) == 1
    assert served.bearers == ["Bearer t1"] * 8


async def test_a_refused_token_is_renewed_once_for_all(served: Server, client: AcronisClient) -> None:
    """Also where more wait than there are connections."""

    def only_the_second(request: web.Request) -> web.StreamResponse:
        ok = request.headers["Authorization"] == "Bearer t2"
        return web.json_response({"items": []}) if ok else web.Response(status=401, text=NGINX)

    served.answers = [only_the_second]
    await asyncio.gather(*(client.check() for _ in range(15)))
    assert len(served.token_requests) == 2


@pytest.mark.parametrize("poison", ["7" * 5000, '"\\ud800"', "[" * 5000 + "]" * 5000, '"a\x00b"'])
async def test_poison_beside_the_token_costs_nothing(served: Server, client: AcronisClient, poison: str) -> None:
    served.answers = [page()]
    served.tokens = [lambda _: web.Response(text=f'{{"access_token": "t", "scope": {poison}}}')]
    await client.check()
    assert served.bearers == ["Bearer t"]


async def test_a_token_answer_of_nothing_may_be_another_the_next_time(served: Server, client: AcronisClient) -> None:
    served.answers, served.tokens = [page()], [lambda _: web.Response(text=" ")]
    with pytest.raises(AcronisUnavailable, match="cannot be read"):
        await client.check()


async def test_a_token_that_stays_refused_is_wrong_credentials(served: Server, client: AcronisClient) -> None:
    served.answers = [status(401, NGINX)]
    with pytest.raises(WrongCredentials):
        await client.check()
    assert served.bearers == ["Bearer t1", "Bearer t2"]


async def test_a_refused_token_and_no_new_one_is_told_by_what_the_endpoint_says(
    served: Server, client: AcronisClient
) -> None:
    """For all who wait: none of them takes the first 401 for the last word while the endpoint is out of order."""
    served.tokens = [served.token(), status(503, NGINX)]
    served.answers = [page(), status(401, NGINX)]
    await client.check()
    results = await asyncio.gather(*(client.check() for _ in range(3)), return_exceptions=True)
    assert {type(result) for result in results} == {AcronisUnavailable}
    served.tokens = [status(401, {"error": "invalid_client"})]
    with pytest.raises(WrongCredentials):
        await client.check()


@pytest.mark.parametrize(
    ("life", "used_for"),
    [
        ({"expires_in": 7200}, 7200 - 900),
        ({"expires_in": None, "expires_on": 1772442000 + 7200}, 7200 - 900),
        ({"expires_in": "7200"}, 7200 - 900),
        ({"expires_in": None}, 110 * 60 - 900),
        ({"expires_in": 1000}, 100),
        ({"expires_in": 600}, 300),
        ({"expires_in": None, "expires_on": 5}, 110 * 60 - 900),
    ],
)
async def test_a_token_is_renewed_a_quarter_of_an_hour_before_its_end(
    served: Server, connect: Connect, life: dict[str, Any], used_for: float
) -> None:
    """One that lives no longer than that at half its life, one that does not tell before two hours. The clock that
    counts is the server's: its Date says what time `expires_on` is measured by."""
    now = 5000.0
    client = connect(elapsed=lambda: now)
    body = {key: value for key, value in {"access_token": "x", "expires_in": 0, **life}.items() if value is not None}
    served.tokens = [status(200, body, Date="Mon, 02 Mar 2026 09:00:00 GMT")]
    served.answers = [page()]
    await client.check()
    now += used_for - 1
    await client.check()
    assert len(served.token_requests) == 1
    now += 1
    await client.check()
    assert len(served.token_requests) == 2


async def test_a_token_that_lives_serves_on_while_the_endpoint_is_out_of_order(
    served: Server, connect: Connect
) -> None:
    now = 0.0
    client = connect(elapsed=lambda: now)
    served.tokens = [served.token(), status(503, NGINX)]
    served.answers = [page()]
    await client.check()
    now = 6400.0
    await client.check()
    assert served.bearers == ["Bearer t1", "Bearer t1"]
    now = 7300.0
    with pytest.raises(AcronisUnavailable):
        await client.check()


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (status(401, {"error": "invalid_client", "error_description": "no"}), WrongCredentials),
        (status(404, {}), WrongDataCentre),
        (status(404, NGINX), AcronisUnavailable),
        (status(200, NGINX), AcronisUnavailable),
        (status(302, "", Location="https://elsewhere.example/login"), WrongDataCentre),
    ],
)
async def test_a_refused_client_is_told_from_a_wrong_place(
    served: Server, client: AcronisClient, answer: Any, expected: type[Exception]
) -> None:
    served.tokens, served.answers = [answer], [page()]
    with pytest.raises(expected):
        await client.check()
    assert (served.asked, len(served.token_requests)) == ([], 1)


async def test_no_secret_is_logged_or_shown(
    served: Server, client: AcronisClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    served.answers = [page(raw_task()), status(400, {"domain": "x", "code": "Y"})]
    await client.check()
    with pytest.raises(AcronisRejected) as refused:
        await client.check()
    shown = caplog.text + repr(client) + repr(vars(client)) + repr(vars(client._http)) + repr(refused.value)
    assert not any(secret in shown for secret in ("the-secret", "dGhlLWlkOnRoZS1zZWNyZXQ", "Bearer t1"))
