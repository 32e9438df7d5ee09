"""Everything one pretend Slack remembers, and the journal of what happened. Only holds the parts."""

import asyncio
from collections.abc import Iterable

from bot.sandbox.slack.access import Access, Answers, Tokens, Triggers
from bot.sandbox.slack.calls import Json
from bot.sandbox.slack.faults import Faults
from bot.sandbox.slack.limits import Limits, Meter, Now
from bot.sandbox.slack.views import Views
from bot.sandbox.slack.workspace import Workspace


class Journal:
    """Numbered entries of what happened, in order; a reader asks for those after a number and waits for more."""

    def __init__(self) -> None:
        self.entries: list[Json] = []
        self.closed = False
        self._news = asyncio.Event()

    def add(self, kind: str, **what: object) -> None:
        self.entries.append({"cursor": len(self.entries) + 1, "kind": kind, **what})
        self._news.set()
        self._news = asyncio.Event()

    def close(self) -> None:
        """Nothing more will come: whoever waits goes on at once."""
        self.closed = True
        self._news.set()

    async def after(self, cursor: int, wait_seconds: float) -> list[Json]:
        """Entries numbered above `cursor`; where there are none, waits for the next one or `wait_seconds`."""
        if cursor >= len(self.entries) and not self.closed:
            try:
                await asyncio.wait_for(self._news.wait(), wait_seconds)
            except TimeoutError:
                return []
        return self.entries[cursor:]


class State:
    """`now` tells seconds since 1970; `url` is the server's own address without a slash at its end.

    `tickets` are Socket Mode tickets that were given out and not used. `requests` is every call made, without tokens.
    """

    def __init__(self, tokens: Tokens, scopes: Iterable[str], limits: Limits, now: Now) -> None:
        self.limits = limits
        self.now = now
        self.url = ""
        self.journal = Journal()
        self.access = Access(tokens, scopes)
        self.workspace = Workspace(now, self.journal.add)
        self.views = Views(now, self.journal.add)
        self.faults = Faults(self.journal.add)
        self.meter = Meter(limits, now)
        self.triggers = Triggers(limits, now)
        self.answers = Answers(limits, now)
        self.tickets: set[str] = set()
        self.requests: list[Json] = []
