"""A TCP proxy on loopback, between a program and the servers that it may reach: it delays, hangs, cuts and refuses."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

CHUNK = 65_536


class Proxy:
    """Each connection goes to the next of `targets`, which are ports of this machine, in turn.

    `delay` is how many seconds each message of a client takes longer. `made` counts connections.
    """

    def __init__(self, *targets: int) -> None:
        self.targets = list(targets)
        self.port = 0
        self.delay = 0.0
        self.made = 0
        self._flows = asyncio.Event()
        self._flows.set()
        self._open: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    async def accept(self) -> None:
        """Takes connections, on the same port as before."""
        if self._server is None:
            self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
            self.port = self._server.sockets[0].getsockname()[1]

    def refuse(self) -> None:
        """Nobody listens any more. What is connected stays so."""
        if self._server is not None:
            self._server.close()
            self._server = None

    def hang(self) -> None:
        """Nothing goes on, in neither direction, and nothing is closed, until `flow`."""
        self._flows.clear()

    def flow(self) -> None:
        self._flows.set()

    def cut(self) -> None:
        """Ends every connection."""
        for connection in self._open:
            connection.cancel()

    async def close(self) -> None:
        self.refuse()
        self.cut()
        await asyncio.gather(*self._open, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = asyncio.current_task()
        assert connection is not None
        self._open.add(connection)
        try:
            await self._join(reader, writer)
        except (OSError, asyncio.CancelledError):
            writer.transport.abort()
        finally:
            self._open.discard(connection)

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await self._flows.wait()
        target = self.targets[self.made % len(self.targets)]
        self.made += 1
        there_reader, there_writer = await asyncio.open_connection("127.0.0.1", target)
        pumps = {
            asyncio.create_task(self._pump(reader, there_writer, is_client=True)),
            asyncio.create_task(self._pump(there_reader, writer, is_client=False)),
        }
        try:
            await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for pump in pumps:
                pump.cancel()
            await asyncio.gather(*pumps, return_exceptions=True)
            for each in (writer, there_writer):
                with suppress(OSError):
                    each.close()

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, is_client: bool) -> None:
        while chunk := await reader.read(CHUNK):
            if is_client and self.delay:
                await asyncio.sleep(self.delay)
            await self._flows.wait()
            writer.write(chunk)
            await writer.drain()


@asynccontextmanager
async def proxy(*targets: int) -> AsyncIterator[Proxy]:
    """One that takes connections until the end of the block."""
    made = Proxy(*targets)
    await made.accept()
    try:
        yield made
    finally:
        await made.close()
