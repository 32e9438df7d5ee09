"""The parts of the watching benchmark, each in a process of its own.

python -m tests.benchmarks.watching_work read WORKLOADS HOURS        says requests and CPU seconds an hour
python -m tests.benchmarks.watching_work review WORKLOADS            says milliseconds on the loop, and its pauses
python -m tests.benchmarks.watching_work idle WORKLOADS WAIT ROUNDS  says MiB with plans that are read, and without

`… watching_work serve WORKLOADS` is their pretend Acronis: it says its address, and ends with its input.
"""

import asyncio
import gc
import json
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any

import httpx

from bot.acronis import AcronisClient
from bot.acronis.kinds import Classifier
from bot.jobs.plans import PlanReading
from bot.model import Kind, Policy, Resource, Rules, SystemClock, Task, Tenant, Workload
from bot.model.plans import (
    AgentStatus,
    Api,
    ApiAccess,
    PlanPolicy,
    PolicyRuns,
    Schedule,
    StartTimes,
    TenantStatus,
    WorkloadFacts,
    WorkloadStatus,
)
from bot.sandbox import acronis
from bot.store.engine import Database
from bot.store.learning import Learner
from bot.store.leases import Lease
from bot.store.plans.recording import PlanRecorder
from bot.store.recording import Recorder
from bot.store.review import Reviewer
from bot.telemetry import configure_logging
from tests.benchmarks.measure import ROOT, resident, say
from tests.bot_process import stage
from tests.builders import settings, task
from tests.detectors.fleet import fleet

EVERY, HOUR, DAY = timedelta(minutes=15), timedelta(hours=1), timedelta(days=1)
AN_HOUR = HOUR // EVERY
ACCOUNT = "default"


class Moment(SystemClock):
    """A clock that stands until it is moved."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at


# ── reading ──────────────────────────────────────────────────────────────────────────────────────────────────────────


async def serve(count: int) -> None:
    """Everything runs as its plan says."""
    running = await acronis.serve(world=acronis.World(catalog=fleet(count).catalog, days=1))
    running.control.settings(page=1000, agents_page=1000, token_lifetime=10**8)
    say(running.url)
    await asyncio.to_thread(sys.stdin.read)
    await running.close()


@asynccontextmanager
async def served(count: int) -> AsyncIterator[str]:
    """A server in a process of its own, so that its work is not counted."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.benchmarks.watching_work", "serve", str(count)),
        cwd=ROOT,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield (await process.stdout.readline()).decode().strip()
    finally:
        process.stdin.close()
        await process.wait()


async def read(folder: Path, count: int, hours: int) -> dict[str, float]:
    """As the job reads from its start on, round by round."""
    clock, database = Moment(datetime.now(UTC)), Database(folder / "read.sqlite3")
    await database.migrate()
    async with served(count) as url, httpx.AsyncClient(base_url=url, timeout=600) as control:
        client = AcronisClient(
            ACCOUNT, url, "sandbox-client", "sandbox-secret", classifier=Classifier(), per_second=10_000
        )
        job, cpu, asked = PlanReading(client, PlanRecorder(database), clock, Rules(), every=EVERY), 0.0, [0]
        for number in range(hours * AN_HOUR):
            clock.at += EVERY
            await control.post("/control/now", json={"offset": (number + 1) * EVERY.total_seconds()})
            began = time.process_time()
            await job.run()
            cpu += time.process_time() - began
            asked.append(await _asked(control))
        await client.aclose()
    await database.close()
    worst = max(after - before for before, after in zip(asked, asked[AN_HOUR:], strict=False))
    return {"requests": worst, "mean": asked[-1] / hours, "cpu": cpu / hours}


async def _asked(control: httpx.AsyncClient) -> int:
    """How many requests there were so far, but for tokens."""
    requests = (await control.get("/control/requests")).json()
    return sum(not each["path"].startswith("/api/2/idp") for each in requests)


# ── reviewing ────────────────────────────────────────────────────────────────────────────────────────────────────────

NIGHT = datetime(2026, 11, 26, 20, 0, tzinfo=UTC)
AT_NINE = Schedule((StartTimes((21 * 60,)),))
OF_A_TENANT = 20


@dataclass(frozen=True, slots=True)
class Place:
    """One machine, its tenant and its plan."""

    number: int

    @property
    def id(self) -> str:
        return f"aaaaaaaa-0000-4000-8000-{self.number:012x}"

    @property
    def agent(self) -> str:
        return f"bbbbbbbb-0000-4000-8000-{self.number:012x}"

    @property
    def plan(self) -> str:
        return f"cccccccc-0000-4000-8000-{self.number // OF_A_TENANT:012x}"

    @property
    def part(self) -> str:
        return f"dddddddd-0000-4000-8000-{self.number // OF_A_TENANT:012x}"

    @property
    def tenant(self) -> Tenant:
        number = str(1000 + self.number // OF_A_TENANT)
        return Tenant(number, f"eeeeeeee-0000-4000-8000-{int(number):012x}", f"Customer {number}", f"/1/66/{number}/")

    def ran(self, at: datetime) -> Task:
        return task(
            account=ACCOUNT,
            started_at=at,
            completed_at=at + HOUR / 2,
            updated_at=at + HOUR / 2,
            tenant=self.tenant,
            resource=Resource(self.id, "resource.machine", f"SRV-{self.number:05d}"),
            policy=Policy(self.plan, "policy.protection.total", "Nightly"),
            plan="Nightly",
            kind=Kind.BACKUP,
            workload=Workload.MACHINE,
        )


class House:
    """A store that knows of so many nightly machines when they are due."""

    def __init__(self, folder: Path, count: int) -> None:
        self.places = [Place(number) for number in range(count)]
        given = settings(folder, ACRONIS_URL="http://127.0.0.1:9")
        self.database = Database(given.database)
        self._recorder = Recorder(self.database, given.rules, given.alert_channel, given.routing)
        self._plans = PlanRecorder(self.database)
        self._learner = Learner(self.database, given.routing, given.rules.missed_grace)
        self.reviewer = Reviewer(self.database, given.rules, given.routing, given.alert_channel)
        self._lease = Lease(f"plans {ACCOUNT}", ACCOUNT, "benchmark", 100 * DAY)

    async def begins(self) -> None:
        await self.database.migrate()
        await self._recorder.begin_quietly(ACCOUNT, NIGHT - 30 * DAY, NIGHT)
        await self.run_at(NIGHT - DAY + HOUR)
        await self._plans.leases.take(self._lease, NIGHT)
        await self.reads(NIGHT)
        while not await self._learner.refresh(NIGHT, limit=100_000):
            pass

    async def run_at(self, at: datetime) -> None:
        """All of them run then."""
        for first in range(0, len(self.places), 500):
            some = self.places[first : first + 500]
            await self._recorder.record_history(
                [place.ran(at + timedelta(seconds=place.number % 60)) for place in some]
            )

    async def reads(self, at: datetime) -> None:
        """All of Acronis's lists, to their ends."""
        for first in range(0, len(self.places), 1000):
            for api, items in _nouns(self.places[first : first + 1000]).items():
                await self._plans.record(self._lease, api, items, at, at)
        for api in Api:
            access = ApiAccess(ACCOUNT, api, read_at=at)
            await self._plans.finish(self._lease, access, at, at)


def _nouns(places: list[Place]) -> dict[Api, list[Any]]:
    plans, tenants = dict[str, list[PlanPolicy]](), dict[str, TenantStatus]()
    for place in places:
        tenant = place.tenant
        tenants[tenant.id] = TenantStatus(ACCOUNT, tenant.uuid, tenant.id, tenant.name, "customer")
        ids = tuple(each.id for each in places if each.plan == place.plan) if place.plan not in plans else ()
        root = PlanPolicy(ACCOUNT, place.plan, place.plan, "policy.protection.total", "Nightly", tenant.id)
        part = PlanPolicy(
            *(ACCOUNT, place.part, place.plan, "policy.backup.machine"), schedule=AT_NINE, context_ids=ids
        )
        plans.setdefault(place.plan, [root, part])
    runs = (PolicyRuns("policy.backup.machine", NIGHT - 23 * HOUR, NIGHT - 23 * HOUR, NIGHT + HOUR),)
    return {
        Api.TENANTS: list(tenants.values()),
        Api.AGENTS: [AgentStatus(ACCOUNT, each.agent, "x", is_online=True, is_enabled=True) for each in places],
        Api.RESOURCES: [WorkloadFacts(ACCOUNT, each.id, "x", each.tenant.id, zone_minutes=0) for each in places],
        Api.STATUSES: [
            WorkloadStatus(
                *(ACCOUNT, each.id, "resource.machine", "x", each.tenant.id, each.tenant.name, each.agent), runs=runs
            )
            for each in places
        ],
        Api.POLICIES: [each for parts in plans.values() for each in parts],
    }


async def review(folder: Path, count: int) -> dict[str, float]:
    house = House(folder, count)
    await house.begins()
    said = dict[str, float]()
    await house.reviewer.review(NIGHT, {ACCOUNT})
    said["idle"], said["idle_pause"] = await _measured(lambda: house.reviewer.review(NIGHT + HOUR / 60, {ACCOUNT}))
    await house.reads(NIGHT + HOUR / 2)
    said["read"], said["read_pause"] = await _measured(lambda: house.reviewer.review(NIGHT + HOUR / 2, {ACCOUNT}))
    await house.run_at(NIGHT + HOUR)
    late = NIGHT + 3 * HOUR
    said["due"], said["due_pause"] = await _measured(lambda: house.reviewer.review(late, {ACCOUNT}))
    await house.database.close()
    return said


async def _measured(work: Callable[[], Awaitable[object]]) -> tuple[float, float]:
    """Milliseconds that it takes of the loop's thread, and the longest time in which the loop did nothing else.

    Both are CPU time of that thread: other work on the machine is no pause of the bot's.
    """
    gc.collect()
    gc.freeze()  # as the bot does once it is loaded
    pauses = list[float]()
    ticking = asyncio.create_task(_tick(pauses))
    await asyncio.sleep(0.05)
    pauses.clear()
    began = time.thread_time()
    await work()
    took = time.thread_time() - began
    ticking.cancel()
    return took * 1000, max(pauses, default=0.0) * 1000


async def _tick(pauses: list[float]) -> None:
    before = time.thread_time()
    while True:
        await asyncio.sleep(0.001)
        now = time.thread_time()
        pauses.append(now - before)
        before = now


# ── at rest ──────────────────────────────────────────────────────────────────────────────────────────────────────────


async def idle(folder: Path, count: int, wait: float, rounds: int) -> dict[str, float]:
    held = Counter[str]()
    found: dict[str, list[float]] = {"on": [], "off": []}
    async with served(count) as url, stage(folder) as here:
        for number in range(rounds):
            for side, numbers in found.items():
                config = folder / "nightshift.toml"
                config.write_text("[plans]\n" + ("read = false\n" if side == "off" else "every_seconds = 10\n"))
                database = f"sqlite:///{folder / f'{side}{number}.sqlite3'}"
                bot = await here.started("run", DATABASE_URL=database, ACRONIS_URL=url, POLL_SECONDS="60")
                await asyncio.sleep(wait)
                numbers.append(resident(bot.pid))
                bot.terminate()
                await bot.ended()
    held.update({side: round(median(numbers), 3) for side, numbers in found.items()})
    return dict(held)


if __name__ == "__main__":
    configure_logging(level="CRITICAL")
    which, *words = sys.argv[1:]
    with tempfile.TemporaryDirectory() as name:
        if which == "serve":
            asyncio.run(serve(int(words[0])))
        elif which == "read":
            say(json.dumps(asyncio.run(read(Path(name), int(words[0]), int(words[1])))))
        elif which == "review":
            say(json.dumps(asyncio.run(review(Path(name), int(words[0])))))
        else:
            say(json.dumps(asyncio.run(idle(Path(name), int(words[0]), float(words[1]), int(words[2])))))
