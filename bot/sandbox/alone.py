"""One pretend server by itself, in real time, until a signal ends it: `python -m bot sandbox acronis --port N`."""

import asyncio
import signal

from bot.sandbox import acronis, slack

KEYS = {
    "acronis": (
        "It takes the client sandbox-client with the secret sandbox-secret; sandbox-acting with sandbox-acting-secret "
        "may run backups as well."
    ),
    "slack": (
        f"SLACK_API_URL is that and /api/. It takes the tokens {slack.Tokens().bot} and {slack.Tokens().app}, signs "
        f"with {slack.Tokens().signing_secret}, and has the channel {slack.ALERTS}."
    ),
}


async def serve(which: str, port: int) -> None:
    """Runs the pretend `acronis` or `slack` on loopback until a signal. Raises OSError where the port is taken."""
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    running = await (acronis.serve(port) if which == "acronis" else slack.serve(port))
    print(f"The pretend {which} listens on {running.url}. {KEYS[which]} Ctrl-C ends it.", flush=True)
    try:
        await stopped.wait()
    finally:
        await running.close()
