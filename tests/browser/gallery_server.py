"""Serves the gallery alone, in a thread of its own: neither the bot nor the pretend servers run."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from aiohttp import web

from bot.sandbox.connections import listen
from bot.sandbox.page.files import add_page
from bot.sandbox.page.gallery import add_gallery
from bot.wiring.answers import known_verbs


@contextmanager
def served() -> Iterator[str]:
    """The URL of the gallery."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        runner, port = asyncio.run_coroutine_threadsafe(_listen(), loop).result()
        yield f"http://127.0.0.1:{port}/gallery"
        asyncio.run_coroutine_threadsafe(_stop(runner, loop), loop).result()
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _listen() -> tuple[web.AppRunner, int]:
    app = web.Application()
    add_page(app.router, "/")
    add_gallery(app.router, known_verbs)
    return await listen(app, "127.0.0.1", 0)


async def _stop(runner: web.AppRunner, loop: asyncio.AbstractEventLoop) -> None:
    await runner.cleanup()
    await loop.shutdown_default_executor()
