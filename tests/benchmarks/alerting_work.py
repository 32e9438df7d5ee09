"""Failures and what Slack shows of them, in a process of its own: the real bot between both pretend servers.

python -m tests.benchmarks.alerting_work singly COUNT             says the median seconds of a card, and a bare client's
python -m tests.benchmarks.alerting_work at_once COUNT TENANTS    says seconds, messages, the restore's wait and memory
"""

import asyncio
import json
import math
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any

import httpx
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.slack.people import Channel
from tests.benchmarks.measure import peak_of, say
from tests.bot_process import Stage, stage
from tests.builders import raw_task, rfc3339
from tests.chaos.books import Books
from tests.chaos.scene import RESTORE_TYPE
from tests.night import CAUSE, CHANNEL

RESTORES = "C0RESTORES"
ROUTED = f'[[routes]]\nname = "restores"\nmatch = "restores"\nchannel = "{RESTORES}"\n'
CALM = "[storm]\nthreshold = 1000\n"
FLOOD_ENDS = 30.0
"""Seconds after which what is not told is endless: twice the bound."""
API = "/api/task_manager/v2/tasks"


def failed(name: str, *, tenant: int = 0, at: datetime | None = None, **changes: Any) -> dict[str, Any]:
    stamp = rfc3339(at or datetime.now(UTC))
    stamps = dict.fromkeys(("enqueuedAt", "startedAt", "completedAt", "updatedAt"), stamp)
    whose = {
        "id": str(7000 + tenant),
        "uuid": f"ba959847-ca47-4a48-90a5-{tenant:012d}",
        "name": f"Customer {tenant}",
        "locator": f"/1/66/{7000 + tenant}/",
    }
    resource = {"id": f"id-of-{name}", "type": "machine", "name": name}
    return raw_task(**stamps, result={"code": "error", "error": CAUSE}, resource=resource, tenant=whose, **changes)


def polled(here: Stage, since: datetime) -> list[tuple[datetime, datetime]]:
    """When each of the poll's pages since then was asked for, and when it was answered."""
    return [
        (_read(seen["at"]), _read(seen["answered_at"]))
        for seen in here.acronis.requests(API)
        if seen["answered_at"] and _read(seen["at"]) >= since
    ]


def _read(stamp: str) -> datetime:
    return datetime.fromisoformat(stamp)


def shown_at(here: Stage, channel: str, name: str) -> datetime | None:
    """When Slack first showed a message about it."""
    posts = [post for post in here.slack.posts(channel) if name in post.text]
    return datetime.fromtimestamp(posts[0].versions[0].at, UTC) if posts else None


# ── one at a time ────────────────────────────────────────────────────────────────────────────────────────────────────


async def singly(folder: Path, count: int) -> dict[str, float]:
    (folder / "nightshift.toml").write_text(CALM)
    async with stage(folder) as here:
        await here.started("run")
        await here.seen(lambda: here.slack.posts(CHANNEL))
        ours = []
        for number in range(count):
            await asyncio.sleep(1.2)  # at rest: the pause after the last post is over
            ours.append(await _card_of(here, f"SRV-{number:03d}X"))
        bare = [await _bare(here, f"BARE-{number:03d}X") for number in range(count)]
    return {"card": median(ours), "bare": median(bare)}


async def _card_of(here: Stage, name: str) -> float:
    added = datetime.now(UTC)
    here.acronis.add(tasks=[failed(name, at=added)])
    await here.seen(lambda: shown_at(here, CHANNEL, name))
    shown = shown_at(here, CHANNEL, name)
    assert shown is not None
    answered = [end for _, end in polled(here, added) if end < shown]
    return (shown - answered[0]).total_seconds()


async def _bare(here: Stage, name: str) -> float:
    """A client that reads the newest task and posts its name, on connections that are open already."""
    slack = AsyncWebClient("xoxb-sandbox", here.slack_url)
    async with httpx.AsyncClient(base_url=here.acronis_url) as http:
        client = {"client_id": "sandbox-client", "client_secret": "sandbox-secret"}
        answer = await http.post("/api/2/idp/token", data={"grant_type": "client_credentials", **client})
        http.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
        await slack.auth_test()
        asked = datetime.now(UTC)
        task = (await http.get(API, params={"limit": "1"})).json()["items"][0]
        await slack.chat_postMessage(channel=CHANNEL, text=f"{name} {task['resource']['name']} failed")
    answered = [end for at, end in polled(here, asked) if at >= asked]
    shown = shown_at(here, CHANNEL, name)
    assert shown is not None
    return (shown - answered[0]).total_seconds()


# ── thousands at once ────────────────────────────────────────────────────────────────────────────────────────────────


async def at_once(folder: Path, count: int, tenants: int) -> dict[str, float]:
    (folder / "nightshift.toml").write_text(ROUTED)
    async with stage(folder) as here:
        here.slack.workspace.channels[RESTORES] = Channel(RESTORES, "restores")
        here.slack.workspace.messages[RESTORES] = {}
        bot = await here.started("run", POLL_SECONDS="5")
        await here.seen(lambda: here.slack.posts(CHANNEL))
        books = Books(here.environment()["DATABASE_URL"])
        before = len(here.slack.posts(CHANNEL))
        added = datetime.now(UTC)
        here.acronis.add(tasks=_flood(count, tenants, added))
        told = await _told(here, books, count + 1)
        books.close()
        pages = polled(here, added)
        seconds = (_last_shown(here) - pages[0][0]).total_seconds() if told else math.inf
        restored = shown_at(here, RESTORES, "SRV-RESTORE")
        size = 500  # the bot's own
        page = pages[min(count // 2 // size, len(pages) - 1)]
        return {
            "seconds": seconds,
            "messages": len([post for post in here.slack.posts(CHANNEL) if not post.thread_ts]) - before,
            "restore": (restored - page[1]).total_seconds() if restored else math.inf,
            "peak": peak_of(bot.pid),
        }


def _flood(count: int, tenants: int, now: datetime) -> list[dict[str, Any]]:
    """Failures a millisecond apart, the newest now, and in the midst of them a restore that failed."""
    first = now - timedelta(milliseconds=count + 1)
    tasks = [
        failed(f"SRV-{number:05d}X", tenant=number % tenants, at=first + timedelta(milliseconds=number))
        for number in range(count)
    ]
    middle = count // 2
    at = first + timedelta(milliseconds=middle, microseconds=500)
    return [*tasks[:middle], failed("SRV-RESTORE", at=at, type=RESTORE_TYPE), *tasks[middle:]]


async def _told(here: Stage, books: Books, count: int) -> bool:
    """Whether every alert stands on a card that Slack shows as it should be, within `FLOOD_ENDS`."""
    ends = time.monotonic() + FLOOD_ENDS
    while time.monotonic() < ends:
        await asyncio.sleep(0.25)
        if books.alerts_shown() >= count and not books.outstanding():
            return True
    return False


def _last_shown(here: Stage) -> datetime:
    return datetime.fromtimestamp(max(post.versions[-1].at for post in here.slack.posts(CHANNEL)), UTC)


if __name__ == "__main__":
    which, *numbers = sys.argv[1:]
    with tempfile.TemporaryDirectory() as name:
        if which == "singly":
            say(json.dumps(asyncio.run(singly(Path(name), *map(int, numbers)))))
        else:
            say(json.dumps(asyncio.run(at_once(Path(name), *map(int, numbers)))))
