"""By which rules a tape is played, and how its tasks are read by them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from bot.model import Cause, Kind, Routing, Rules, Task


@dataclass(frozen=True, slots=True)
class Rulebook:
    """Whose rules are played: what nightshift.toml says of them. `by_text` gives the error book's entry of a sentence,
    since the copy keeps no more of an error."""

    routing: Routing
    rules: Rules
    channel: str
    fallback: str = ""
    taught: Mapping[str, Kind] | None = None
    by_text: Callable[[str], Cause | None] = lambda _: None

    def reads(self, task: Task) -> Task:
        """The task as the bot would read it with these settings: by what is taught, explained by the book."""
        kind = (self.taught or {}).get(task.type.casefold())
        task = replace(task, kind=kind) if kind else task
        fault = task.result.error if task.result else None
        if task.result is None or fault is None or not fault.cause:
            return task
        known = self.by_text(fault.cause) or Cause(fault.cause)
        explained = replace(fault, explained=replace(known, code=known.code or fault.code))
        return replace(task, result=replace(task.result, error=explained))
