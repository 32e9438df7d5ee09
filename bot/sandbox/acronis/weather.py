"""What stands between a request and its answer: slowness, faults, outages, and requests that are held on purpose.

Decides only; how a fault looks on the wire is the server's business. No request waits past `close`.
"""

import asyncio
import contextlib
from collections import deque
from dataclasses import dataclass, field
from typing import Final

FAULTS: Final = ("500", "502", "503", "429", "reset", "hang", "redirect", "garbage")
"""`502` is a gateway's HTML page, `garbage` a 200 whose JSON is cut, `redirect` leads to another host."""

OUTAGES: Final = ("502", "503", "reset")


@dataclass(frozen=True, slots=True)
class Fault:
    """`retry_after` in seconds; `as_date` writes it as a date. `path` is the beginning of the paths it strikes."""

    kind: str
    path: str = "/api/"
    retry_after: int | None = None
    as_date: bool = False
    location: str = "http://elsewhere.example"


@dataclass(slots=True)
class Hold:
    """One request that is to be stopped before it is answered."""

    number: int
    path: str
    is_held: asyncio.Event = field(default_factory=asyncio.Event)
    released: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass(slots=True)
class _Pending:
    fault: Fault
    left: int | None


class Weather:
    """Settings are turned by the control API; `meet` is asked once for each request of the API."""

    def __init__(self) -> None:
        self.slow = 0.0
        self.slow_path = "/api/"
        self.outage = ""
        self._pending: deque[_Pending] = deque()
        self._holds: dict[int, Hold] = {}
        self._number = 0
        self._closing = asyncio.Event()

    def strike(self, fault: Fault, count: int | None) -> None:
        """Lets the next `count` matching requests meet a fault; None means until `clear`."""
        self._pending.append(_Pending(fault, count))

    def clear(self) -> None:
        """Fine again: no fault, no outage, no slowness. Held requests stay held."""
        self._pending.clear()
        self.outage = ""
        self.slow = 0.0

    def hold(self, path: str) -> Hold:
        """Stops the next request whose path begins so. Each hold stops one."""
        self._number += 1
        self._holds[self._number] = Hold(self._number, path)
        return self._holds[self._number]

    def holds(self) -> list[Hold]:
        """Those not released yet."""
        return list(self._holds.values())

    def release(self, number: int | None = None) -> int:
        """Lets one hold go, or all. Returns how many. Raises KeyError for an unknown number."""
        gone = [self._holds.pop(number)] if number is not None else [*self._holds.values()]
        if number is None:
            self._holds.clear()
        for hold in gone:
            hold.released.set()
        return len(gone)

    def close(self) -> None:
        """Ends every wait at once, so that the server can stop."""
        self._closing.set()
        self.release()

    async def meet(self, path: str) -> Fault | None:
        """Waits as long as the weather wants, then says what goes wrong with this request, if anything."""
        if self.slow and path.startswith(self.slow_path):
            await self._wait(self._closing, self.slow)
        hold = next(
            (one for one in self._holds.values() if path.startswith(one.path) and not one.is_held.is_set()), None
        )
        if hold:
            hold.is_held.set()
            await hold.released.wait()
        fault = Fault(self.outage) if self.outage else self._next(path)
        if fault and fault.kind == "hang":
            await self._closing.wait()
        return fault

    async def _wait(self, event: asyncio.Event, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(event.wait(), seconds)

    def _next(self, path: str) -> Fault | None:
        for pending in self._pending:
            if path.startswith(pending.fault.path):
                if pending.left is not None:
                    pending.left -= 1
                    if not pending.left:
                        self._pending.remove(pending)
                return pending.fault
        return None
