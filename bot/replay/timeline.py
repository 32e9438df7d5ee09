"""Which poll would have seen a task. Pure. While an account was away, polls bring nothing of it."""

from collections import defaultdict
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from bot.model import Task
from bot.model.values import dataclass
from bot.store.replay_source import Gap

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
NEVER: Final = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Step:
    """What the polls of one moment brought, of every account, oldest first."""

    at: datetime
    tasks: tuple[Task, ...]


@dataclass(frozen=True, slots=True)
class Polls:
    """`starts` is when each account was first read to the end, `last` when it was last: all polls keep its beat."""

    every: timedelta
    starts: Mapping[str, datetime]
    last: Mapping[str, datetime]
    gaps: Sequence[Gap] = ()

    def sees(self, task: Task) -> datetime:
        """When the first poll comes that can see how the task is now."""
        start, beat = self.starts.get(task.account, NEVER), self.last.get(task.account, EPOCH)
        at = max(beat - (beat - task.updated_at) // self.every * self.every, start)
        for gap in self.gaps:  # in order: behind one the next may lie
            if gap.holds(task.account, at):
                at = gap.until or NEVER
        return at


async def steps(pages: AsyncIterator[list[Task]], polls: Polls) -> AsyncIterator[Step]:
    """`pages` are in the order of `updated_at`."""
    waiting = defaultdict[datetime, list[Task]](list)
    async for page in pages:
        for task in page:
            waiting[polls.sees(task)].append(task)
        for step in _ready(waiting, page[-1].updated_at):
            yield step
    for step in _ready(waiting, NEVER):
        yield step


def _ready(waiting: dict[datetime, list[Task]], until: datetime) -> Iterator[Step]:
    for at in sorted(at for at in waiting if at < until):
        yield Step(at, tuple(waiting.pop(at)))


def after(at: datetime, every: timedelta, offset: timedelta = timedelta()) -> datetime:
    """The first beat after `at`; beats come `offset` later than those that count from 1970."""
    return EPOCH + ((at - EPOCH - offset) // every + 1) * every + offset
