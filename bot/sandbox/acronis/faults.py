"""What happens to a request before its answer: slowness, faults, outages, holds. Knows nothing of the wire."""

import asyncio
import contextlib
from dataclasses import dataclass, field
from typing import Final

FAULTS: Final = ("500", "502", "503", "429", "reset", "hang", "redirect", "garbage", "html", "trickle", "bomb")
"""`502` is a gateway's HTML page, `html` one with 200, `garbage` a 200 whose JSON is cut, `redirect` leads to another
host, `trickle` gives a byte a second without an end, `bomb` a little gzip that unpacks to a gigabyte."""

OUTAGES: Final = ("502", "503", "reset")


@dataclass(slots=True)
class Fault:
    """`retry_after` in seconds, or `as_date`. It strikes `left` requests whose path begins so; None: until `clear`."""

    kind: str
    path: str = "/api/"
    retry_after: int | None = None
    as_date: bool = False
    location: str = "http://elsewhere.example"
    left: int | None = None


@dataclass(slots=True)
class Hold:
    """One request that is to be stopped before it is answered."""

    number: int
    path: str
    is_held: asyncio.Event = field(default_factory=asyncio.Event)
    released: asyncio.Event = field(default_factory=asyncio.Event)


class Faults:
    """Settings are turned by the control API; `meet` is asked once for each request of the API."""

    def __init__(self) -> None:
        self.slow = 0.0
        self.slow_path = "/api/"
        self.outage = ""
        self.pending: list[Fault] = []
        self.holds: dict[int, Hold] = {}
        self._number = 0
        self._closing = asyncio.Event()

    def clear(self) -> None:
        """No fault, no outage, no slowness. Held requests stay held."""
        self.pending.clear()
        self.outage = ""
        self.slow = 0.0

    def hold(self, path: str) -> Hold:
        """Stops the next request whose path begins so. Each hold stops one."""
        self._number += 1
        self.holds[self._number] = Hold(self._number, path)
        return self.holds[self._number]

    def release(self, number: int | None = None) -> int:
        """Lets one hold go, or all. Returns how many. Raises KeyError for an unknown number."""
        gone = [self.holds.pop(each) for each in (list(self.holds) if number is None else [number])]
        for hold in gone:
            hold.released.set()
        return len(gone)

    def close(self) -> None:
        """Ends every wait at once, so that the server can stop."""
        self._closing.set()
        self.release()

    async def is_closing(self, seconds: float) -> bool:
        """Waits so long, or until every wait ends."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._closing.wait(), seconds)
        return self._closing.is_set()

    async def meet(self, path: str) -> Fault | None:
        """Waits as long as a request must, then says what goes wrong with it, if anything."""
        if self.slow and path.startswith(self.slow_path):
            await self.is_closing(self.slow)
        for hold in list(self.holds.values()):
            if path.startswith(hold.path) and not hold.is_held.is_set():
                hold.is_held.set()
                await hold.released.wait()
                break
        fault = Fault(self.outage) if self.outage else self._next(path)
        if fault and fault.kind == "hang":
            await self._closing.wait()
        return fault

    def _next(self, path: str) -> Fault | None:
        """The fault for this request, counted down."""
        fault = next((each for each in self.pending if path.startswith(each.path)), None)
        if fault and fault.left is not None:
            fault.left -= 1
            if not fault.left:
                self.pending.remove(fault)
        return fault
