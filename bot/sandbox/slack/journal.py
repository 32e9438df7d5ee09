"""What happened, in order. Owns the list that terminals and tests follow; knows nothing of what the entries mean."""

import asyncio

from bot.sandbox.slack.refusal import Json


class Journal:
    """Numbered entries; a reader asks for those after a number and waits where there are none."""

    def __init__(self) -> None:
        self.entries: list[Json] = []
        self._news = asyncio.Event()
        self._closed = False

    def add(self, kind: str, **what: object) -> None:
        self.entries.append({"cursor": len(self.entries) + 1, "kind": kind, **what})
        self._news.set()
        self._news = asyncio.Event()

    def close(self) -> None:
        """Nothing more will come: whoever waits goes on at once."""
        self._closed = True
        self._news.set()

    @property
    def closed(self) -> bool:
        return self._closed

    async def after(self, cursor: int, wait_seconds: float) -> list[Json]:
        """Entries numbered above `cursor`; where there are none, waits for the next one or `wait_seconds`."""
        if cursor >= len(self.entries) and not self._closed:
            news = self._news
            try:
                await asyncio.wait_for(news.wait(), wait_seconds)
            except TimeoutError:
                return []
        return self.entries[cursor:]
