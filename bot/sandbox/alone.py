"""One pretend server by itself, in real time, until a signal ends it: `python -m bot sandbox acronis --port N`."""

import asyncio
from collections.abc import Callable

from bot.sandbox import acronis, slack

KEYS = {
    "acronis": "It takes the client sandbox-client with the secret sandbox-secret.",
    "slack": (
        f"SLACK_API_URL is that and /api/. It takes the tokens {slack.Tokens().bot} and {slack.Tokens().app}, signs "
        f"with {slack.Tokens().signing_secret}, and has the channel {slack.ALERTS}."
    ),
}


async def serve(which: str, port: int, stop_signal: Callable[[], asyncio.Event]) -> None:
    """Runs the pretend `acronis` or `slack` on loopback. Raises OSError where the port is taken."""
    stopped = stop_signal()
    running = await (acronis.serve(port) if which == "acronis" else slack.serve(port))
    print(f"The pretend {which} listens on {running.url}. {KEYS[which]} Ctrl-C ends it.", flush=True)
    try:
        await stopped.wait()
    finally:
        await running.close()
