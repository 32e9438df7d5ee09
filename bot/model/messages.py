"""What is shown: messages and windows."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from bot.model.values import dataclass

Block = Mapping[str, Any]
"""One Block Kit block, as it goes to Slack: the only dict that crosses a module's border, inside a `Message`."""


class Place(StrEnum):
    """Where an answer goes. The asker alone, unless a person asked for more."""

    ASKER = "asker"
    CHANNEL = "channel"
    DIRECT = "direct message"


@dataclass(frozen=True, slots=True)
class Message:
    """Blocks, and all their facts again as plain text: lock screens and screen readers show `text` in place of blocks.

    `replaces` says that the message a button sat on gives way to this one. `thread_ts` is the thread that an answer for
    the channel goes into, "" where it goes where it was asked.
    """

    text: str
    blocks: tuple[Block, ...] = ()
    place: Place = Place.ASKER
    replaces: bool = False
    thread_ts: str = ""


@dataclass(frozen=True, slots=True)
class Modal:
    """A window. Where it has a `submit` label, what was entered goes to the handler of the form `action`, with `value`:
    people can forge neither out of it, but the message that it is about may have changed meanwhile."""

    title: str
    blocks: tuple[Block, ...]
    close: str = "Close"
    submit: str = ""
    action: str = ""
    value: str = ""


@dataclass(frozen=True, slots=True)
class FieldErrors:
    """What is wrong with what was entered in a window, by the `block_id` of the input. The window stays as it is."""

    errors: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Home:
    """What the app's Home tab shows a person. Two with the same `digest` say the same, but for figures that grow all
    the time; "" where that is not known."""

    blocks: tuple[Block, ...]
    digest: str = ""
