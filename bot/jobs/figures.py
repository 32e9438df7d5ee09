"""How the bot is, whichever process does the work: when accounts were read, what is owed to Slack, what is open.

Each process tells it, to people and to its operator.
"""

from bot.model import Clock
from bot.store.cards.outbox import Outbox
from bot.store.review import Reviewer
from bot.telemetry import Vitals


class Figures:
    """The job. `accounts` are those that are configured."""

    def __init__(
        self, reviewer: Reviewer, outbox: Outbox, clock: Clock, accounts: frozenset[str], vitals: Vitals
    ) -> None:
        self._reviewer = reviewer
        self._outbox = outbox
        self._clock = clock
        self._accounts = accounts
        self._vitals = vitals

    async def run(self) -> None:
        """Raises StoreUnavailable."""
        for account, at in (await self._reviewer.read_at()).items():
            if account in self._accounts:
                self._vitals.read_elsewhere(account, at)
        age = await self._outbox.age(self._clock.now())
        self._vitals.queued(age.oldest, age.posts)
        self._vitals.alerts_open(*await self._reviewer.open_counts())
