"""The other side of the acking benchmark: a Bolt app that acknowledges /tasks and does nothing else, on aiohttp.

python -m tests.benchmarks.acking_bare       prints its address, serves until its input ends
"""

import asyncio
import sys
from typing import Any

from aiohttp import web
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_bolt.authorization import AuthorizeResult

from tests.benchmarks.measure import say


async def authorize(**_: Any) -> AuthorizeResult:
    return AuthorizeResult(enterprise_id=None, team_id="T0SANDBOX", bot_token="xoxb-sandbox", bot_user_id="U0BOT")


async def acknowledge(ack: AsyncAck) -> None:
    await ack()


async def serve() -> None:
    app = AsyncApp(signing_secret="sandbox-signing-secret", authorize=authorize)
    app.command("/tasks")(acknowledge)
    runner = web.AppRunner(app.web_app(), access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        say(f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events")
        await asyncio.to_thread(sys.stdin.read)
    finally:
        await runner.cleanup()


if __name__ == "__main__":
    asyncio.run(serve())
