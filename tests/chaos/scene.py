"""One seed's stage: the real bots as processes, both pretend servers, and what goes on at Acronis.

Knows how things are done to the bot, not which: that is the script's, and the faults'.
"""

import asyncio
import re
import resource
import shutil
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from bot.sandbox import slack
from tests.bot_process import Stage, stage
from tests.builders import next_id, raw_task, rfc3339
from tests.chaos.books import Books
from tests.chaos.bots import Bots, bots_of
from tests.chaos.script import REPEATS, Event, Problem, Script
from tests.clock_shift import ShiftedClock
from tests.night import CAUSE, FALLBACK

RESTORE_TYPE = "08FF37D8-FB90-49A3-828B-B9A8CDA417B3"
QUESTION = {"issue": {"key": "EncryptionPasswordRequired"}, "domain": "Backup", "answers": ["Cancel"]}
CATCH = 1.5
"""Seconds in which a held call comes, or does not."""
BEFORE = timedelta(seconds=10)
"""How much before the first run another began that is heard of late."""
DAYS = 8
"""Of earlier runs, where a problem is judged by them."""
LENGTH = timedelta(minutes=5)
"""Of an earlier run."""
FAR_TOO_LONG = timedelta(hours=4)
DUE_IN = timedelta(minutes=15)
READING = "reading default"
PAST_LEASE = 7.5
"""Seconds after which others have the work of a process of which nothing is heard, where a poll is short."""
UNHEARD = timedelta(minutes=45)
"""So long after a start was due it is judged, even after an outage (design §5)."""


class Servers:
    """The time at Slack and at Acronis: the real one, and what passed in a moment."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def now(self) -> float:
        return time.time() + self.ahead.total_seconds()


class Scene:
    """`bot_ahead` is how wrong the bot's clock goes against the servers' since its start.

    Where there is a C compiler, the clock of its machine can also be set while it runs.
    """

    def __init__(self, script: Script, here: Stage, servers: Servers) -> None:
        self.script = script
        self.here = here
        self.books = Books(here.database_url)
        self.bots: Bots
        self.bot_ahead = timedelta()
        self._step = timedelta()
        self._clock = ShiftedClock(here.folder) if shutil.which("cc") else None
        self._servers = servers
        self._events = list(script.events)
        self._raws: dict[str, list[dict[str, Any]]] = {}
        self._first: dict[str, datetime] = {}
        self._going: dict[str, dict[str, Any]] = {}
        self._due_at = _round(self._now() + DUE_IN)
        self._last = list(script.last)
        here.acronis.add(tasks=[raw for each in script.problems for raw in self._past(each)])
        here.acronis.forbid("statuses")  # of the machines that the pretend Acronis has nothing runs here

    # ── the bots ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def environment(self) -> dict[str, str]:
        """Of a bot that starts now, with a clock of its own where time has passed or jumped."""
        ahead = self._servers.ahead + self.bot_ahead
        now = datetime.now(UTC)
        clock = f"{(now + ahead).isoformat()} {now.isoformat()}" if ahead else ""
        poll = {"POLL_SECONDS": "2"} if self.script.processes > 1 else {}
        return {"NIGHTSHIFT_CLOCK": clock, **poll, **(self._clock.environment if self._clock else {})}

    async def start(self) -> None:
        """Starts those that are dead, and waits until they are ready."""
        await self.bots.start()

    def set_clock(self, ahead: timedelta) -> None:
        """The real time of the bots' machine is so much ahead from now on."""
        if self._clock is not None:
            self._step = ahead
            self._clock.set(ahead)

    async def kill(self, *, doing: str = "") -> None:
        """kill -9 of the one that has this piece of work, whatever it does; of any where none has it."""
        await self.bots.kill(self.bots.holder(doing))

    async def restart(self) -> None:
        """All of them."""
        await self.bots.kill(*self.bots.all)
        await self.bots.start()

    @asynccontextmanager
    async def stopped(self, dice: Random) -> AsyncIterator[None]:
        """SIGSTOP of the one that reads, until its lease ran out and another process has it; at the end SIGCONT."""
        async with self.bots.holder(READING).stopped():
            if self.bots.are_many:
                await asyncio.sleep(PAST_LEASE + dice.uniform(0.0, 2.0))
            else:
                self.books.take_lease(self.bot_now() + timedelta(seconds=1))
                await asyncio.sleep(dice.uniform(0.2, 0.8))
            yield

    @contextmanager
    def full_disk(self) -> Iterator[None]:
        """No file of a bot's may grow meanwhile; where several share a server it has none."""
        process = None if self.bots.are_many else self.bots.all[0].process
        if process is None:
            yield
            return
        _, most = resource.prlimit(process.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (4096, most))
        try:
            yield
        finally:
            resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (most, most))

    @contextmanager
    def locked_database(self) -> Iterator[None]:
        """Another program writes meanwhile."""
        with self.books.locked():
            yield

    async def pass_time(self, by: timedelta) -> None:
        """So much time passes at once, for everybody."""
        self._servers.ahead += by
        self.here.acronis.now(offset=self._servers.ahead.total_seconds())
        await self.restart()

    def bot_now(self) -> datetime:
        return datetime.now(UTC) + self._servers.ahead + self.bot_ahead + self._step

    @property
    def log(self) -> list[str]:
        """Of several bots each line begins with the number of its bot, and they stand in their order in time."""
        if not self.bots.are_many:
            return self.bots.all[0].log
        lines = [(line, number) for number, bot in enumerate(self.bots.all) for line in bot.log]
        return [f"{number} {line}" for line, number in sorted(lines, key=_written_at)]

    # ── what happens at Acronis ──────────────────────────────────────────────────────────────────────────────────────

    @property
    def has_events(self) -> bool:
        return bool(self._events)

    def go_on(self, *, stamped_ahead: timedelta = timedelta()) -> None:
        """The next event of the script, if any is left. `stamped_ahead`: its stamp of change lies in the future."""
        if self._events:
            self._happens(self._events.pop(0), stamped_ahead)

    def end(self) -> None:
        """What happens when all else is over."""
        while self._last:
            self._happens(self._last.pop(0), timedelta())

    async def learned(self) -> None:
        """Waits until all is known that problems are judged by: earlier runs, and when the starts are due."""
        missing = sum(problem.misses for problem in self.script.problems)
        began = [raw["startedAt"] for each in self.script.problems for raw in self._past(each)]
        since = datetime.fromisoformat(min(began)) if began else None

        def is_known() -> bool:
            history_from = self.books.history_from()
            is_read = since is None or (history_from is not None and history_from <= since)
            return is_read and self.books.rhythms() >= missing

        await self.here.slack.until(is_known)

    async def pass_deadline(self) -> None:
        """Where a start is missed in the script, time makes it so; and what hangs may wait for its history."""
        if any(problem.story[0] in REPEATS for problem in self.script.problems):
            by = self._due_at + UNHEARD - min(self._now(), self.bot_now())
            await self.pass_time(max(by, timedelta()))

    @property
    def so_far(self) -> Script:
        """The script with the stories as far as they have come."""
        if not self._last:
            return self.script
        left = {event.problem.name for event in self._last}
        problems = (replace(each, story=each.story[:1]) if each.name in left else each for each in self.script.problems)
        return replace(self.script, problems=tuple(problems))

    def touch(self) -> None:
        """An old run is changed again, and so moves to the end of every list."""
        for raws in self._raws.values():
            as_it_is = [raw for raw in raws if raw["id"] == raws[0]["id"]][-1]
            self.here.acronis.add(tasks=[as_it_is | {"updatedAt": rfc3339(self._now())}])
            return

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._servers.now(), UTC)

    def _happens(self, event: Event, ahead: timedelta) -> None:
        problem, now = event.problem, self._now()
        fresh = self._fresh(problem, event.word, self._first.setdefault(problem.name, now), now, ahead)
        self._raws.setdefault(problem.name, []).extend(fresh)
        self.here.acronis.add(tasks=fresh)

    def _fresh(
        self, problem: Problem, word: str, first: datetime, now: datetime, ahead: timedelta
    ) -> list[dict[str, Any]]:
        if word == "heals":
            later = now + timedelta(milliseconds=1)
            return [self._run(problem, "error", now, now), self._run(problem, "ok", later, now)]
        if word in ("waits", "hangs"):
            began = now if word == "waits" else now - FAR_TOO_LONG
            self._going[problem.name] = self._run(problem, "ok", began, now + ahead)
            is_over = {"completedAt": None, "result": None}
            state = {"state": "paused", "blockers": [QUESTION]} if word == "waits" else {"state": "started"}
            return [_without_nothing(self._going[problem.name] | is_over | state)]
        if word in ("goes on", "breaks off"):
            result = {"code": "ok"} if word == "goes on" else {"code": "error", "error": CAUSE}
            over = {"completedAt": rfc3339(now), "updatedAt": rfc3339(now + ahead), "result": result}
            return [self._going.pop(problem.name) | over]
        code = "error" if word in ("fails", "late") else "ok"
        began = first - BEFORE if word in ("late", "stale") else now
        return [self._run(problem, code, began, now + ahead)]

    def _past(self, problem: Problem) -> list[dict[str, Any]]:
        """Its runs of the days before: at one clock time where a start is missed, else at none."""
        if problem.story[0] not in REPEATS:
            return []
        every = timedelta(days=1) if problem.misses else timedelta(hours=31)
        began = [self._due_at - every * (DAYS - number) for number in range(DAYS)]
        ended = [{"completedAt": rfc3339(at + LENGTH)} for at in began]
        return [self._run(problem, "ok", at, at + LENGTH) | end for at, end in zip(began, ended, strict=True)]

    def _run(self, problem: Problem, code: str, began: datetime, changed: datetime) -> dict[str, Any]:
        stamps = dict.fromkeys(("enqueuedAt", "startedAt", "completedAt"), rfc3339(began))
        return raw_task(
            id=next_id(),
            **stamps,
            updatedAt=rfc3339(changed),
            result={"code": code, **({"error": CAUSE} if code == "error" else {})},
            resource={"id": f"id-of-{problem.name}", "type": "machine", "name": problem.name},
            tenant={
                "id": f"7{problem.tenant}",
                "uuid": f"ba959847-ca47-4a48-90a5-cb42789d5b3{problem.tenant}",
                "name": f"Customer {problem.tenant}",
                "locator": f"/1/66/7{problem.tenant}/",
            },
            **({"type": RESTORE_TYPE} if problem.is_restore else {}),
        )

    # ── waiting ──────────────────────────────────────────────────────────────────────────────────────────────────────

    async def held(self, what: Callable[[], object]) -> bool:
        """Whether it came to that within `CATCH`."""
        with suppress(TimeoutError):
            async with asyncio.timeout(CATCH):
                await self.here.slack.until(lambda: bool(what()))
            return True
        return False

    async def caught(self, waiting: Awaitable[None]) -> bool:
        """Whether a held request of Acronis came within `CATCH`."""
        with suppress(TimeoutError):
            await asyncio.wait_for(waiting, CATCH)
            return True
        return False


def _written_at(line: tuple[str, int]) -> str:
    found = re.search(r'"timestamp": ?"([^"]+)"', line[0])
    return found[1] if found else ""


def _round(at: datetime) -> datetime:
    return at - timedelta(minutes=at.minute % 5, seconds=at.second, microseconds=at.microsecond)


def _without_nothing(raw: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in raw.items() if value is not None}


def settings(script: Script) -> str:
    """The seed's nightshift.toml."""
    return "\n".join(
        (
            f"[acronis]\npage_size = {script.page_size}",
            f'[alerts]\nfallback_channel = "{FALLBACK}"',
            f"[storm]\nthreshold = {script.threshold}",
            "[plans]\nevery_seconds = 10",
            "[missed]\ngrace_minutes = 0",
            "",
        )
    )


@asynccontextmanager
async def scene(script: Script, folder: Path, url: str) -> AsyncIterator[Scene]:
    """The stage of one seed, with nothing running on it yet. `url` is of the database, "" a file."""
    servers = Servers()
    scopes = (*slack.SCOPES, "channels:history") if script.may_look else slack.SCOPES
    limits = slack.Limits(metered=script.metered)
    (folder / "nightshift.toml").write_text(settings(script))
    async with stage(folder, scopes=scopes, limits=limits, now=servers.now, database_url=url, forks=True) as here:
        playing = Scene(script, here, servers)
        playing.bots = await bots_of(
            here, playing.environment, here.database_url, script.processes, playing.books, script.dice("bots")
        )
        try:
            yield playing
        finally:
            await playing.bots.close()
            playing.books.close()
