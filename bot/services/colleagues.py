"""People whom an alert is handed to."""

from collections.abc import Sequence
from typing import Protocol

from bot.errors import AccessDenied
from bot.model import Person


class Colleagues(Protocol):
    async def find(self, user_id: str) -> Person:
        """Raises AccessDenied where the person is no full member, or where Slack does not say who it is."""
        ...

    async def called(self, name: str, *, ever: bool = False) -> Sequence[Person]:
        """Those who bear this name, or whose first name it is, as far as is known. Only `id` and `name` are sure.

        `ever`: those who have left, too.
        """
        ...


class Nobody:
    """Where no Slack is."""

    async def find(self, user_id: str) -> Person:
        raise AccessDenied(f"Slack did not say who {user_id} is, so nothing was handed over.")

    async def called(self, name: str, *, ever: bool = False) -> Sequence[Person]:
        return ()
