"""Sends signed commands to an address, and notes how long each took to be acknowledged and to be answered.

    python -m tests.benchmarks.acking_load ADDRESS COUNT PER_SECOND ANSWERS      PER_SECOND 0: all at once

An open loop: a command is sent when its time has come, whether the ones before are acknowledged or not. The answers
come to a server of its own, which says nothing back; so many are waited for.
"""

import asyncio
import json
import sys
import time
from dataclasses import dataclass, field

import aiohttp
from aiohttp import web

from bot.sandbox.slack.deliveries import encoded, signature
from bot.sandbox.slack.people import ALERTS, TEAM
from tests.benchmarks.measure import say

SECRET = "sandbox-signing-secret"
LONGEST = 60.0
"""Seconds that answers are waited for at the end."""


@dataclass
class Load:
    """Seconds from sending each command to its ack, and to its answer."""

    url: str
    answers: int
    answers_to: str = ""
    sent: dict[str, float] = field(default_factory=dict)
    acked: list[float] = field(default_factory=list)
    answered: list[float] = field(default_factory=list)
    refused: int = 0
    complete: asyncio.Event = field(default_factory=asyncio.Event)

    async def send(self, session: aiohttp.ClientSession, number: int) -> None:
        body, kind = encoded("slash_commands", self._payload(str(number)))
        headers = {"Content-Type": kind, **signature(SECRET, body, time.time())}
        self.sent[str(number)] = started = time.perf_counter()
        async with session.post(self.url, data=body, headers=headers) as answer:
            await answer.read()
            self.acked.append(time.perf_counter() - started)
            self.refused += answer.status != 200

    async def answer(self, request: web.Request) -> web.Response:
        await request.read()
        self.answered.append(time.perf_counter() - self.sent[request.match_info["number"]])
        self.check()
        return web.Response(text="ok")

    def check(self) -> None:
        """Whether all the answers are there."""
        if len(self.answered) >= self.answers:
            self.complete.set()

    def _payload(self, number: str) -> dict[str, str]:
        where = {"team_id": TEAM, "channel_id": ALERTS, "user_id": "U0MIA"}
        what = {"command": "/tasks", "text": "running", "trigger_id": f"{time.time()}.{number}"}
        return {**where, **what, "response_url": f"{self.answers_to}/{number}", "api_app_id": "A0SANDBOX"}


async def main(url: str, count: int, per_second: float, answers: int) -> None:
    load = Load(url, answers)
    load.check()
    app = web.Application()
    app.router.add_post("/{number}", load.answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    load.answers_to = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
            await asyncio.gather(
                *[asyncio.create_task(_at_its_time(load, session, n, per_second)) for n in range(count)]
            )
        async with asyncio.timeout(LONGEST):
            await load.complete.wait()
    finally:
        await runner.cleanup()
    say(json.dumps({"acked": load.acked, "answered": load.answered, "refused": load.refused}))


async def _at_its_time(load: Load, session: aiohttp.ClientSession, number: int, per_second: float) -> None:
    await asyncio.sleep(number / per_second if per_second else 0)
    await load.send(session, number)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), int(sys.argv[4])))
