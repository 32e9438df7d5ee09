"""Serves the built files of the page. They lie in the repository, so nobody needs Node to see the page."""

from collections.abc import Awaitable, Callable
from pathlib import Path

from aiohttp import web

from bot.sandbox.guard import HEADERS

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
BUILT = Path(__file__).with_name("built")
_KINDS = {".html": "text/html", ".js": "text/javascript", ".css": "text/css"}


def is_built(page: str = "page") -> bool:
    return all((BUILT / f"{page}{suffix}").is_file() for suffix in _KINDS)


def add_page(router: web.UrlDispatcher, path: str, page: str = "page") -> None:
    """The page at `path`, its script and its style sheet beside it."""
    add_file(router, path, f"{page}.html")
    for suffix in (".js", ".css"):
        add_file(router, f"/{page}{suffix}", f"{page}{suffix}")


def add_file(router: web.UrlDispatcher, path: str, name: str) -> None:
    """One built file at `path`."""
    router.add_get(path, _answering(name))


def _answering(name: str) -> Handler:
    file = BUILT / name

    async def answer(_: web.Request) -> web.StreamResponse:
        headers = HEADERS | {"Content-Type": f"{_KINDS[file.suffix]}; charset=utf-8", "Cache-Control": "no-cache"}
        return web.FileResponse(file, headers=headers)

    return answer
