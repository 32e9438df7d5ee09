"""What is shown: messages and windows."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

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

    `replaces` says that the message a button sat on gives way to this one.
    """

    text: str
    blocks: tuple[Block, ...] = ()
    place: Place = Place.ASKER
    replaces: bool = False


@dataclass(frozen=True, slots=True)
class Modal:
    title: str
    blocks: tuple[Block, ...]
    close: str = "Close"
