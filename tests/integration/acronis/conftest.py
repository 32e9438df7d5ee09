"""A scripted server for each test of the Acronis client, and clients of it that are closed at its end."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from bot.acronis import AcronisClient
from bot.acronis.kinds import Classifier
from tests.integration.acronis.server import Connect, Server, Sleeps, open_server


@pytest.fixture
async def served() -> AsyncIterator[Server]:
    async with open_server() as one:
        yield one


@pytest.fixture
def sleeps() -> Sleeps:
    return Sleeps()


@pytest.fixture
async def connect(served: Server, sleeps: Sleeps) -> AsyncIterator[Connect]:
    made: list[AcronisClient] = []

    def new(**changes: Any) -> AcronisClient:
        settings = {"classifier": Classifier(), "sleep": sleeps, "page_size": 2, **changes}
        made.append(AcronisClient("main", served.url, "the-id", "the-secret", **settings))
        return made[-1]

    yield new
    for client in made:
        await client.aclose()


@pytest.fixture
def client(connect: Connect) -> AcronisClient:
    return connect()
