"""Buttons that ask: what may have been meant, what can be asked instead, what can be done. Each value is a command."""

from collections.abc import Mapping, Sequence
from typing import Final

from bot.blocks.buttons import button
from bot.blocks.layout import Beside, Piece, Row
from bot.blocks.phrase import Command, Foreign
from bot.blocks.text import plain, tame
from bot.model import Block

ASKS: Final = tuple(f"tasks.ask{place}" for place in ("", ".2", ".3", ".4", ".5", ".6"))
"""Slack takes no equal action ids side by side."""
ASK_BESIDE: Final = "tasks.ask.beside"
"""The answer leaves the message on which it was pressed as it is."""
_LONGEST_VALUE: Final = 2_000
_LONGEST_LABEL: Final = 30
_SHOWN: Final = 400


def asks(commands: Sequence[str]) -> list[Piece]:
    """A button for each command: side by side where each fits its button, else each beside its words."""
    known = [command for command in commands[: len(ASKS)] if plain(command) and len(command) <= _LONGEST_VALUE]
    if all(len(plain(command)) <= _LONGEST_LABEL for command in known):
        labels = (tame(each, _LONGEST_LABEL) for each in known)
        found = zip(labels, ASKS, known, strict=False)
        return [Row(tuple(button(label, action, each, f"Ask {each}") for label, action, each in found))]
    return [
        Beside(("/tasks ", Foreign(each, _SHOWN)), button("Ask it", ASKS[0], each, f"Ask it: {each}")) for each in known
    ]


def ask_for_more(words: str, command: str) -> Beside:
    """What is left out here, the command for it, and a button that asks it."""
    return Beside((words, Command(f"/tasks {command}")), button("Ask it", ASK_BESIDE, command, f"Ask it: {command}"))


def named_asks(commands: Mapping[str, str], more: Sequence[Block] = ()) -> Row:
    """A row of buttons, by what they say, and `more` buttons behind them."""
    known = [(label, each) for label, each in commands.items() if plain(each) and len(each) <= _LONGEST_VALUE]
    shown = [button(label, at, each, label) for at, (label, each) in zip(ASKS, known, strict=False)]
    return Row((*shown, *more))
