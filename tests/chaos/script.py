"""What a seed means: problems, the order in which things happen, and which faults fall upon them.

Everything random is drawn here or from `Script.dice`, so that a seed plays the same script again; what the machine
makes of the moments is its own. Knows nothing of processes or servers.
"""

from dataclasses import dataclass
from math import ceil
from random import Random

FAULTS = (
    "acronis_500",
    "acronis_429",
    "acronis_away",
    "acronis_slow",
    "acronis_garbage",
    "malformed_item",
    "poisonous_item",
    "page_repeated",
    "row_moved",
    "future_stamp",
    "slack_429",
    "slack_429_of_years",
    "slack_500",
    "slack_500_for_minutes",
    "slack_internal_error",
    "slack_late",
    "slack_reset_after",
    "slack_reset_before",
    "slack_refused",
    "killed_between",
    "killed_polling",
    "killed_posting",
    "killed_editing",
    "stopped",
    "disk_full",
    "file_locked",
    "guest",
    "clock_jump",
    "clock_back",
    "clock_step",
    "clock_months_off",
)
"""Each is a function of `tests.chaos.faults`."""
BLOCK = 5
"""So many seeds in a row have every fault once."""
STORM = 5
CALM = 1000
STORIES = (
    ("fails",),
    ("fails", "recovers"),
    ("fails", "recovers"),
    ("fails", "fails"),
    ("fails", "fails", "recovers"),
    ("fails", "recovers", "fails"),
    ("heals",),
    ("fails", "stale"),
    ("recovers", "late"),
    ("waits",),
    ("waits", "goes on"),
    ("hangs",),
    ("hangs", "goes on"),
    ("hangs", "breaks off"),
    ("misses",),
    ("misses", "recovers"),
)
"""`heals`: fails and ends well at once. `stale`: a good run that began before the failure. `late`: a failure that began
before the good run, and is heard of after it. `waits`: a run that a person has to answer. `hangs`: one that has been
running far too long. `goes on`: that run ends well. `breaks off`: it fails. `misses`: time makes a start due, and no
run comes; what follows it happens when all else is over."""
SILENT = ("waits", "hangs", "misses")
REPEATS = ("hangs", "misses")
"""What is judged by earlier runs."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One machine and what becomes of it."""

    name: str
    tenant: int
    is_restore: bool
    story: tuple[str, ...]

    @property
    def episodes(self) -> int:
        """How many alerts it may open at most."""
        if self.story[0] in SILENT:
            return 2 if "breaks off" in self.story else 1
        return sum(word in ("fails", "heals") for word in self.story) if "recovers" in self.story[1:] else 1

    @property
    def misses(self) -> bool:
        return "misses" in self.story


@dataclass(frozen=True, slots=True)
class Event:
    """One thing in a problem's story."""

    problem: Problem
    word: str


@dataclass(frozen=True, slots=True)
class Script:
    """`steps` are names of faults, or "" for an event alone. `may_look`: the token may read history.

    `last` are the events that follow on what time makes of a missed start. `processes` is how many bots play it.
    """

    seed: int
    may_look: bool
    page_size: int
    threshold: int
    metered: bool
    problems: tuple[Problem, ...]
    events: tuple[Event, ...]
    last: tuple[Event, ...]
    steps: tuple[str, ...]
    processes: int

    @property
    def is_storm(self) -> bool:
        return self.threshold == STORM

    def dice(self, purpose: str) -> Random:
        return Random(f"{self.seed} {purpose}")


def draw(seed: int, processes: int = 1) -> Script:
    dice = Random(f"script {seed}")
    is_storm = seed % 5 == 3
    problems = _problems(seed, dice.randint(6, 9) if is_storm else dice.randint(3, 5), dice)
    events = _events(problems, dice)
    faults = [*faults_of(seed), dice.choice(("killed_between", "killed_polling", "killed_posting"))]
    steps = [*faults, *[""] * max(len(events) - len(faults), 2)]
    dice.shuffle(steps)
    if "clock_jump" in steps:  # what a wrong clock makes of a post that was not confirmed
        steps.insert(steps.index("clock_jump") + 1, "slack_reset_after")
    return Script(
        seed=seed,
        may_look=bool(seed % 2),
        page_size=dice.choice((1, 2, 3, 500)),
        threshold=STORM if is_storm else CALM,
        metered=dice.random() < 0.25,
        problems=problems,
        events=events,
        last=tuple(Event(each, word) for each in problems if each.misses for word in each.story[1:]),
        steps=tuple(steps),
        processes=processes,
    )


def faults_of(seed: int) -> tuple[str, ...]:
    """The seed's part of all faults: five seeds in a row share them out in an order of their own."""
    order = list(FAULTS)
    Random(f"block {seed // BLOCK}").shuffle(order)
    share = ceil(len(FAULTS) / BLOCK)
    place = seed % BLOCK * share
    return tuple(order[place : place + share])


def _problems(seed: int, count: int, dice: Random) -> tuple[Problem, ...]:
    return tuple(_problem(f"SRV-{seed:03d}-{number}X", dice) for number in range(count))  # none begins another


def _problem(name: str, dice: Random) -> Problem:
    tenant, is_restore, story = dice.randint(1, 4), dice.random() < 0.2, dice.choice(STORIES)
    return Problem(name, tenant, is_restore and story[0] not in REPEATS, story)


def _events(problems: tuple[Problem, ...], dice: Random) -> tuple[Event, ...]:
    """Every story in its own order, mixed with the others."""
    left = {problem.name: iter(problem.story) for problem in problems if not problem.misses}
    turns = [problem for problem in problems if problem.name in left for _ in problem.story]
    dice.shuffle(turns)
    return tuple(Event(problem, next(left[problem.name])) for problem in turns)
