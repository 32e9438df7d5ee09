"""Control of the Event Manager: what it offers and how it answers."""

from dataclasses import asdict, replace
from typing import Any

from bot.sandbox.acronis.control_runs import RunControl, one_of
from bot.sandbox.acronis.events import SPELLINGS


class EventControl(RunControl):
    def events(
        self,
        *,
        lose_subscriptions: bool = False,
        lose_events: bool = False,
        flood: int = 0,
        offsets: str | None = None,
        **switches: Any,
    ) -> dict[str, Any]:
        """How the Event Manager is from now on: `api`, `topic`, `allowed` (true or false), `busy` (so many requests),
        `retry_after` (seconds), `offsets` (`SPELLINGS`). What is lost is lost once, and a `flood` is so many events.
        Raises ValueError, TypeError."""
        events = self._service.events
        if offsets is not None:
            switches["offsets"] = one_of("offsets", offsets, SPELLINGS)
        events.switches = replace(events.switches, **switches)
        if lose_subscriptions:
            events.subscriptions.clear()
        if lose_events:
            events.lose()
        if flood:
            events.flood(flood)
        return asdict(events.switches) | {"subscriptions": [each.body for each in events.subscriptions.values()]}
