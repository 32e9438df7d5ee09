"""Whether the demo is a page or a conversation in the terminal, and where the page listens."""

import asyncio
import os
import shutil
import sys
from collections.abc import Callable, Mapping, Sequence

from bot.model import Verb
from bot.sandbox.demo.commands import TEXTS
from bot.sandbox.page.files import is_built

VARIABLE = "DEMO_PORT"
_LOOPBACK = "The demo listens on loopback only, for it asks nobody for a password."


class PortError(ValueError):
    """`DEMO_PORT` names no port of loopback; the words are for a person."""


def demo(verbs: Callable[[], Sequence[Verb]], *, once: bool, terminal: bool) -> int:
    """`DEMO_PORT` forces the page; without it the page needs somebody at a terminal. Returns the exit code.

    `verbs` are the bot's, which the gallery shows.
    """
    from bot.sandbox.demo.script import play  # noqa: PLC0415

    try:
        port = port_wanted(os.environ)
    except PortError as error:
        print(error, file=sys.stderr)
        return 2
    is_terminal = sys.stdin is not None and sys.stdin.isatty()  # None where the input was closed
    if not is_page(once=once, terminal=terminal, port=port, is_terminal=is_terminal):
        return play(once=once)
    if not is_built():
        print(why_no_page(has_node=shutil.which("npm") is not None), flush=True)
        return play(once=False)
    return asyncio.run(_page(port or 0, verbs))


def is_page(*, once: bool, terminal: bool, port: int | None, is_terminal: bool) -> bool:
    """Whether a page is wanted. `is_terminal`: somebody sits at our input, and may have a browser."""
    return not (once or terminal) and (port is not None or is_terminal)


def why_no_page(*, has_node: bool) -> str:
    return str(TEXTS["not_built"]).format(TEXTS["has_node" if has_node else "no_node"])


def port_wanted(environ: Mapping[str, str]) -> int | None:
    """None where none is asked for. Raises PortError."""
    text = environ.get(VARIABLE, "").strip()
    if not text:
        return None
    if text.isascii() and text.isdigit() and int(text) < 65_536:
        return int(text)
    raise PortError(f"{VARIABLE} is a port from 0 to 65535, such as 8000; it is {text!r}. {_LOOPBACK}")


async def _page(port: int, verbs: Callable[[], Sequence[Verb]]) -> int:
    from bot.sandbox.demo.bot_process import open_processes  # noqa: PLC0415
    from bot.sandbox.demo.page import Page, until_gone  # noqa: PLC0415
    from bot.sandbox.demo.script import stopped_by_signal  # noqa: PLC0415

    stopped, page = stopped_by_signal(), Page(verbs)
    try:
        async with open_processes(port, page.add_routes, _say_where) as processes:
            await until_gone(page, processes, stopped)
    except OSError as error:
        print(f"Port {port} cannot be taken: {error.strerror}. Set {VARIABLE} to another.", file=sys.stderr)
        return 1
    return 0


def _say_where(url: str) -> None:
    print(TEXTS["opened"].format(url=f"{url}/").strip(), flush=True)
