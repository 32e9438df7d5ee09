"""One run of something, from the queue to its end: what is fixed when it begins. `drawing` makes the wire's objects."""

from dataclasses import dataclass
from typing import Final

from bot.sandbox.acronis.causes import Cause
from bot.sandbox.acronis.instants import SECOND
from bot.sandbox.acronis.scenery import Plan, Tenant, Workload

HEARTBEAT: Final = 5 * SECOND
"""A running run reports this often; `updatedAt` moves with it."""

# id = (nanoseconds - epoch) * 4: measured on public ids of 2020 to 2025 (reference §8.9)
_ID_EPOCH: Final = 1_351_441_422 * SECOND


@dataclass(frozen=True, slots=True)
class Identity:
    """Number and uuid of one object."""

    number: int
    uuid: str


class Numbers:
    """Hands out ids that carry the time, grow with it, and are odd, so that none of them is exact as a double."""

    def __init__(self) -> None:
        self._used: set[int] = set()

    def next(self, at: int) -> int:
        number = (at - _ID_EPOCH) * 4 | 1
        while number in self._used:
            number += 2
        self._used.add(number)
        return number


@dataclass(frozen=True, slots=True)
class Run:
    """Times are unix nanoseconds; one that is None never comes. `lot` is a number from 0 to 9999 that varies the looks.

    `command` is the type; `workload` is None for what concerns no resource. `blocker` is why it waits for a person.
    """

    task: Identity
    activity: Identity
    child: Identity | None
    nature: str
    """`backup`, `restore` or `management`."""
    command: str
    tenant: Tenant
    workload: Workload | None
    plan: Plan | None
    by: str
    enqueued: int
    assigned: int | None
    started: int | None
    completed: int | None
    result: str = "ok"
    cause: Cause | None = None
    title: str = ""
    blocker: str = ""
    lot: int = 0

    def state(self, now: int) -> str:
        if self.completed is not None and now >= self.completed:
            return "completed"
        if self.started is not None and now >= self.started:
            return "paused" if self.blocker else "started"
        return "assigned" if self.assigned is not None and now >= self.assigned else "enqueued"

    def changed(self, now: int) -> int:
        """When it last changed, as seen at `now`: an end, a heartbeat, an assignment."""
        state = self.state(now)
        if state == "completed" and self.completed is not None:
            return self.completed
        if self.started is not None and state == "started":
            return self.started + (now - self.started) // HEARTBEAT * HEARTBEAT
        if state == "paused":
            return self.started or self.enqueued
        return (self.assigned if state == "assigned" else None) or self.enqueued

    @property
    def is_cloud(self) -> bool:
        return self.workload is not None and not self.workload.is_machine
