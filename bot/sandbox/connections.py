"""What both pretend servers do with their sockets: listen on an address, and break a connection off."""

import socket
import struct

from aiohttp import web

from bot.sandbox.guard import guarded, require_loopback


async def listen(app: web.Application, host: str, port: int) -> tuple[web.AppRunner, int]:
    """Starts the server; port 0 takes a free one. Returns the port beside it.

    Raises OSError where the port is taken, NotLoopbackError where other machines would reach it.
    """
    require_loopback(host)
    app.middlewares.insert(0, guarded)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
    except OSError:
        await runner.cleanup()
        raise
    return runner, runner.addresses[0][1]


def reset(request: web.Request) -> None:
    """Ends the request's connection with RST, as a broken line does."""
    if request.transport is None:
        return
    line = request.transport.get_extra_info("socket")
    if line is not None:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    request.transport.abort()
