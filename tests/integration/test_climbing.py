"""Climbing: what nobody touches is told further, with the real store and the pretend Slack."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.alerting.climbing import key_of
from bot.model import Act, CardKind, ClimbStep, Severity, Verdict
from tests.night import CHANNEL, MIA, NOAH, Night, machine, night

BOSS = "U0ASHA"
BOTH = frozenset(Severity)
ELSEWHERE = "C0GENERAL"


@pytest.fixture
async def watch(tmp_path: Path) -> AsyncIterator[Night]:
    async with night(tmp_path) as running:
        yield running


def step(place: int, minutes: float, **told: Any) -> ClimbStep:
    return ClimbStep(place, timedelta(minutes=minutes), severities=BOTH, **told)


def climbs(watch: Night, *steps: ClimbStep, bound: dict[str, frozenset[str]] | None = None) -> None:
    routing = replace(watch.settings.routing, climb=steps, bound=bound or {})
    watch.follow(routing)
    watch.delivery = watch.another_delivery()


def thread(watch: Night) -> list[str]:
    return [each.text for each in watch.slack.posts(CHANNEL) if each.thread_ts]


async def failing(watch: Night, machines: int = 1) -> None:
    await watch.begins()
    for number in range(machines):
        watch.happens("error", ago=0.5, **({} if machines == 1 else machine(f"SRV-{number}")))
    await watch.poll()
    await watch.deliver()


async def climbed(watch: Night, id_: str = "1") -> list[str]:
    known = await watch.reasons(id_)
    assert known is not None
    return [each.reason for each in known.decisions if each.verdict is Verdict.CLIMBED]


async def test_what_nobody_touches_is_told_further_step_by_step_each_once(watch: Night) -> None:
    climbs(watch, step(2, 30, mention="<!subteam^S0BOSSES>", channel=ELSEWHERE), step(1, 60, person=BOSS))
    await failing(watch)
    await watch.reviewed(minutes=29)
    assert thread(watch) == []
    await watch.reviewed(minutes=2)
    (line,) = thread(watch)
    assert line.endswith("Nobody has taken it yet.\n<!subteam^S0BOSSES>")
    assert [each.text.split(".")[0] for each in watch.slack.posts(ELSEWHERE)] == ["Backup failed: SRV-SQL01, Acme Corp"]
    assert await climbed(watch) == ["Step 2, after 30 min untouched: told S0BOSSES, C0GENERAL."]
    await watch.reviewed(minutes=10)
    await watch.reviewed(minutes=20)
    (message,) = watch.slack.posts(BOSS)
    assert message.text.startswith("Untouched for 60 min: SRV-SQL01, Acme Corp. Backup storage is full.")
    assert [each["action_id"] for each in message.blocks[-1]["elements"]] == [
        "alert.take",
        "alert.snooze",
        "alert.more",
    ]
    await watch.reviewed(minutes=90)
    assert len([text for text in thread(watch) if "Nobody has taken it yet." in text]) == 1
    there = [each for each in watch.slack.posts(ELSEWHERE) if not each.thread_ts]
    assert (len(watch.slack.posts(BOSS)), len(there)) == (1, 1)
    assert (await climbed(watch))[1] == "Step 1, after 60 min untouched: told U0ASHA."


@pytest.mark.parametrize("act", [Act.TAKE, Act.SNOOZE, Act.NOTE])
async def test_what_somebody_touched_does_not_climb(watch: Night, act: Act) -> None:
    climbs(watch, step(1, 30, person=BOSS))
    await failing(watch)
    await watch.act(act, text="Hardware is ordered")
    await watch.reviewed(minutes=31)
    await watch.reviewed(minutes=31)
    assert watch.slack.posts(BOSS) == []


async def test_what_is_released_climbs_so_long_after(watch: Night) -> None:
    climbs(watch, step(1, 30, person=BOSS))
    await failing(watch)
    await watch.act(Act.TAKE)
    await watch.reviewed(minutes=40)
    await watch.act(Act.RELEASE)
    await watch.reviewed(minutes=29)
    assert watch.slack.posts(BOSS) == []
    await watch.reviewed(minutes=2)
    assert len(watch.slack.posts(BOSS)) == 1


async def test_a_step_is_for_its_severities_and_for_what_matches(watch: Night) -> None:
    climbs(watch, replace(step(1, 10, person=BOSS), severities=frozenset({Severity.CRITICAL})))
    await failing(watch)
    await watch.reviewed(minutes=11)
    await watch.reviewed(minutes=11)
    assert watch.slack.posts(BOSS) == []
    for ago in (2.0, 1.0):
        watch.happens("error", ago=ago)
    await watch.poll()
    await watch.deliver()
    assert (await watch.alert(1)).is_critical
    await watch.reviewed(minutes=2)
    assert len(watch.slack.posts(BOSS)) == 1


async def test_a_channel_of_other_tenants_gets_no_card(watch: Night) -> None:
    climbs(watch, step(1, 10, channel=ELSEWHERE), bound={ELSEWHERE: frozenset({"Umbrella"})})
    await failing(watch)
    await watch.reviewed(minutes=11)
    assert watch.slack.posts(ELSEWHERE) == []
    assert await climbed(watch) == ["Step 1, after 10 min untouched: told nobody new."]


async def test_a_storm_climbs_once(watch: Night) -> None:
    climbs(watch, step(1, 10, mention="<@U0ASHA>", channel=ELSEWHERE, person=BOSS))
    await failing(watch, 8)
    storm = max(card.id for card in await watch.cards_of(CardKind.STORM))
    await watch.act(Act.TAKE, on="1")
    await watch.reviewed(minutes=11)
    await watch.reviewed(minutes=11)
    (message,) = watch.slack.posts(BOSS)
    assert message.text.startswith("Nobody touched 7 alerts for 10 min.")
    (card,) = watch.slack.posts(ELSEWHERE)
    assert card.text.startswith("Storm of 7 alerts of Acme Corp")
    assert len([line for line in thread(watch) if "Nobody has taken it yet." in line]) == 1
    assert await climbed(watch, "1") == []
    assert len(await climbed(watch, "2")) == 1
    await watch.act(Act.TAKE, NOAH, on=f"s{storm}")
    await watch.later(seconds=10)
    assert "Taken by Noah" in watch.slack.posts(ELSEWHERE)[0].text


async def test_the_card_elsewhere_is_kept_up_to_date(watch: Night) -> None:
    climbs(watch, step(1, 10, channel=ELSEWHERE))
    await failing(watch)
    await watch.reviewed(minutes=11)
    await watch.act(Act.TAKE, MIA)
    watch.happens("ok", ago=0.01, took=0.1)
    await watch.poll()
    await watch.later(seconds=10)
    assert watch.slack.posts(ELSEWHERE)[0].text.startswith("Recovered: SRV-SQL01")


@asynccontextmanager
async def pager(status: str, requests: list[bytes]) -> AsyncIterator[str]:
    """A web hook on loopback that answers so."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        (length,) = (line.split(b":")[1] for line in head.split(b"\r\n") if line.lower().startswith(b"content-length"))
        requests.append(head + await reader.readexactly(int(length)))
        writer.write(f"HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/secret-3f9c"


async def test_a_web_hook_is_told_once_with_a_key(watch: Night, capsys: pytest.CaptureFixture[str]) -> None:
    requests: list[bytes] = []
    async with pager("204 No Content", requests) as address:
        climbs(watch, step(2, 10, hook=address))
        await failing(watch)
        await watch.reviewed(minutes=11)
        await watch.reviewed(minutes=11)
    (request,) = requests
    head, _, body = request.partition(b"\r\n\r\n")
    document = json.loads(body)
    key = key_of(step(2, 10, hook=address))
    assert f"idempotency-key: climb:{key}:1>hook:{key}".encode() in head.lower()
    assert "secret-3f9c" not in key
    assert (document["version"], document["number"], document["severity"]) == (1, 1, "warning")
    assert document["where"]["name"] == "SRV-SQL01"
    assert document["link"].startswith("https://sandbox.slack.com/archives/C0ALERTS/p")
    assert await climbed(watch) == ["Step 2, after 10 min untouched: told a web hook."]
    assert "secret-3f9c" not in capsys.readouterr().out


@pytest.mark.parametrize("status", ["500 Broken", "404 Not Found", "302 Found"])
async def test_a_web_hook_that_takes_nothing_is_given_up_and_the_thread_says_so(watch: Night, status: str) -> None:
    requests: list[bytes] = []
    async with pager(status, requests) as address:
        climbs(watch, step(1, 10, hook=address))
        await failing(watch)
        await watch.reviewed(minutes=11)
        await watch.reviewed(minutes=61)
        await watch.reviewed(minutes=5)
    assert len(requests) == (2 if status.startswith("500") else 1)
    assert (
        len([line for line in thread(watch) if line == "The web hook of the step after 10 min could not be reached."])
        == 1
    )


async def test_steps_that_change_places_are_not_taken_again_and_the_others_are_still_taken(watch: Night) -> None:
    first, second = step(1, 10, person=BOSS, mention="<@U0ASHA>"), step(2, 30, person="U0NOAH", mention="<@U0NOAH>")
    climbs(watch, first, second)
    await failing(watch)
    await watch.reviewed(minutes=11)
    climbs(watch, replace(first, place=2), replace(second, place=1))
    await watch.reviewed(minutes=11)
    assert (len(watch.slack.posts(BOSS)), len(watch.slack.posts("U0NOAH"))) == (1, 0)
    await watch.reviewed(minutes=11)
    assert (len(watch.slack.posts(BOSS)), len(watch.slack.posts("U0NOAH"))) == (1, 1)
    assert [line.splitlines()[-1] for line in thread(watch)] == ["<@U0ASHA>", "<@U0NOAH>"]


async def test_a_step_put_before_others_is_taken_and_they_are_not_taken_again(watch: Night) -> None:
    known, later = step(1, 10, person=BOSS), step(2, 30, person="U0MIA")
    climbs(watch, known, later)
    await failing(watch)
    await watch.reviewed(minutes=11)
    climbs(watch, replace(known, place=2), step(1, 20, person="U0NOAH"), replace(later, place=3))
    await watch.reviewed(minutes=20)
    assert [len(watch.slack.posts(each)) for each in (BOSS, "U0NOAH", "U0MIA")] == [1, 1, 1]


async def test_a_storm_does_not_climb_again_where_steps_change_places(watch: Night) -> None:
    first, second = step(1, 10, person=BOSS, channel=ELSEWHERE), step(2, 60, person="U0NOAH")
    climbs(watch, first, second)
    await failing(watch, 8)
    await watch.reviewed(minutes=11)
    climbs(watch, replace(second, place=1), replace(first, place=2), step(3, 15, mention="<@U0ASHA>"))
    await watch.reviewed(minutes=10)
    await watch.reviewed(minutes=10)
    assert (len(watch.slack.posts(BOSS)), len(watch.slack.posts("U0NOAH"))) == (1, 0)
    assert len([each for each in watch.slack.posts(ELSEWHERE) if each.thread_ts]) == 0


async def test_what_waits_for_a_web_hook_goes_to_that_hook_where_steps_change_places(watch: Night) -> None:
    requests: list[bytes] = []
    others: list[bytes] = []
    async with pager("503 Busy", requests) as address, pager("204 No Content", others) as other:
        told, second = step(1, 10, hook=address), step(2, 500, hook=other)
        climbs(watch, told, second)
        await failing(watch)
        await watch.reviewed(minutes=11)
        climbs(watch, replace(second, place=1), replace(told, place=2))
        await watch.reviewed(minutes=20)
    assert (len(requests), len(others)) == (2, 0)
