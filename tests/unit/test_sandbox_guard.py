"""Who may talk to the sandbox's servers: this machine, under loopback's names, and no other page."""

import aiohttp
import pytest
from aiohttp import web

from bot.sandbox import acronis, slack
from bot.sandbox.connections import listen
from bot.sandbox.guard import NotLoopbackError


@pytest.mark.parametrize("host", ["0.0.0.0", "", "::", "192.168.1.7", "example.com", "127.0.0.1.example.com"])
async def test_a_server_of_the_sandbox_refuses_to_listen_where_others_reach_it(host: str) -> None:
    with pytest.raises(NotLoopbackError, match="listens on loopback only"):
        await listen(web.Application(), host, 0)


@pytest.mark.parametrize("serve", [slack.serve, acronis.serve])
@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Host": "localhost"}, 200),
        ({"Host": "[::1]:80"}, 200),
        ({"Host": "evil.example"}, 403),
        ({"Host": "127.0.0.1.evil.example:80"}, 403),
        ({"Host": "localhost.evil.example"}, 403),
        ({"Host": ""}, 403),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Host": "127.0.0.1:8", "Origin": "http://127.0.0.1:9"}, 403),
        ({"Host": "127.0.0.1:8", "Origin": "http://127.0.0.1:8"}, 200),
    ],
)
async def test_only_this_machine_and_no_other_page_is_answered(
    serve: object, headers: dict[str, str], status: int
) -> None:
    running = await serve()  # type: ignore[operator]
    path = "/control/people" if serve is slack.serve else "/control/tenants"
    try:
        async with aiohttp.ClientSession() as session, session.get(running.url + path, headers=headers) as answer:
            assert (answer.status == 403) == (status == 403)
    finally:
        await running.close()
