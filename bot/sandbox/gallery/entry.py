"""An entry of the gallery: one message, window or Home tab, drawn by a builder of `bot.blocks`."""

from collections.abc import Callable
from datetime import datetime
from typing import ParamSpec

from bot.model import Home, Message, Modal
from bot.model.values import dataclass

P = ParamSpec("P")

Shown = Message | Modal | Home


@dataclass(frozen=True, slots=True)
class Entry:
    """`builder` is a module and a function of `bot.blocks`. `title` says what it is about, `state` how that stands."""

    builder: str
    title: str
    state: str
    shown: Shown


@dataclass(frozen=True, slots=True)
class Group:
    """Entries that stand under one heading. `about` says in a sentence what they are, `at` is when they were posted."""

    title: str
    about: str
    entries: tuple[Entry, ...]
    at: datetime


def drawn(title: str, state: str, builder: Callable[P, Shown], *args: P.args, **kwargs: P.kwargs) -> Entry:
    """What the builder gives for these arguments."""
    name = f"{builder.__module__.rpartition('.')[2]}.{builder.__name__}"
    return Entry(name, title, state, builder(*args, **kwargs))
