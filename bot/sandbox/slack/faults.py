"""Trouble on order: faults, and calls held back. Knows nothing of HTTP; the server plays what is ordered here."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from bot.sandbox.slack.calls import Json

KINDS = ("ratelimited", "http", "redirect", "error", "late", "reset_before", "reset_after", "hang")
"""
ratelimited   429 with `Retry-After: seconds`, or with `retry_after` as it is; not accepted
redirect      this `status` (307 where it is none of them) with `location`; not accepted
http          an HTML page with this `status`; not accepted
error         ok:false with this `error`; not accepted
late          accepted, and the answer comes after `seconds`; with 0 it never comes
reset_before  the connection is reset; not accepted
reset_after   accepted, then the connection is reset
hang          not accepted, and no answer ever comes
"""


@dataclass(slots=True)
class Fault:
    """`method` is a Web API method, `response_url` or `*`. `times` None means until cleared, `channel` "" any."""

    kind: str
    method: str = "*"
    times: int | None = 1
    channel: str = ""
    seconds: float = 0.0
    status: int = 500
    error: str = "internal_error"
    retry_after: str = ""
    location: str = ""


@dataclass(slots=True)
class Hold:
    """One call to be held `before` it is accepted, or `after`: stored, but not yet answered."""

    method: str
    when: str
    channel: str = ""
    held: bool = False
    arguments: Json = field(default_factory=dict)
    released: asyncio.Event = field(default_factory=asyncio.Event)

    def as_json(self) -> Json:
        return {key: getattr(self, key) for key in ("method", "when", "channel", "held", "arguments")}


def _fits(order: Fault | Hold, method: str, channel: str) -> bool:
    return order.method in {"*", method} and order.channel in {"", channel}


class Faults:
    """What is ordered now. The first order that fits a call is the one that is played."""

    def __init__(self, note: Callable[..., None]) -> None:
        self._note = note
        self.ordered: list[Fault] = []
        self.holds: list[Hold] = []
        self.closing = asyncio.Event()

    def next(self, method: str, channel: str) -> Fault | None:
        """The fault for this call, counted down."""
        fault = next((each for each in self.ordered if _fits(each, method, channel)), None)
        if fault is not None and fault.times is not None:
            fault.times -= 1
            if fault.times <= 0:
                self.ordered.remove(fault)
        return fault

    def release(self) -> None:
        """Lets every held call go on, and forgets the holds that caught none."""
        for hold in self.holds:
            hold.released.set()
        self.holds.clear()

    async def wait(self, method: str, when: str, channel: str, arguments: Json) -> None:
        """Returns at once unless such a hold is waiting for a call; otherwise when it is released."""
        for hold in self.holds:
            if not hold.held and hold.when == when and _fits(hold, method, channel):
                hold.held = True
                hold.arguments = arguments
                self._note("held", method=method, when=when, channel=channel)
                await hold.released.wait()
                return

    async def idle(self, seconds: float) -> None:
        """Waits so long, or until the server closes; 0 means until it closes."""
        try:
            await asyncio.wait_for(self.closing.wait(), seconds or None)
        except TimeoutError:
            return

    def close(self) -> None:
        self.closing.set()
        self.release()
