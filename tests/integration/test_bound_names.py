"""A channel that is bound to a tenant by name means the tenant that bore it first, whoever calls itself so later."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from bot.model import Route, Routing
from bot.store.schema import bound_names
from tests.builders import ACME
from tests.night import CHANNEL, Night, machine, night

OURS = "C0GENERAL"
TWIN = {"id": "4711", "uuid": "0f8fad5b-d9cb-469f-a165-70867728950e", "name": "ACME  corp", "locator": "/1/66/4711/"}
FIRST = {"id": ACME.id, "uuid": ACME.uuid, "name": ACME.name, "locator": ACME.locator}


def only(*names: str) -> Routing:
    return Routing(routes=(Route("ours", OURS), Route("default", CHANNEL)), bound={OURS: frozenset(names)})


async def failed(running: Night, name: str, tenant: dict[str, Any], *, ago: float = 0.5) -> None:
    running.happens("error", ago=ago, tenant=tenant, **machine(name))
    await running.poll()
    await running.deliver()


def shown(running: Night, channel: str) -> str:
    return " ".join(each.text for each in running.slack.shown(channel))


@pytest.mark.parametrize(
    "twin", [TWIN, {**TWIN, "name": "Acme Corp"}, {**TWIN, "name": "Ａcme Corp", "uuid": ""}], ids=str
)
async def test_a_tenant_that_takes_the_name_later_is_shown_elsewhere(tmp_path: Path, twin: dict[str, Any]) -> None:
    async with night(tmp_path) as running:
        running.follow(only("Acme Corp"))
        await running.begins()
        await failed(running, "SRV-OURS", FIRST)
        await failed(running, "SRV-THEIRS", twin, ago=0.4)
        assert "SRV-OURS" in shown(running, OURS)
        assert "SRV-THEIRS" not in shown(running, OURS)
        assert "SRV-THEIRS" in shown(running, CHANNEL)


async def test_a_restart_and_a_new_name_change_nothing(tmp_path: Path) -> None:
    async with night(tmp_path) as running:
        running.follow(only("Acme Corp"))
        await running.begins()
        await failed(running, "SRV-OURS", FIRST)
        running.follow(only("acme corp"))
        assert await running.reviewer.keep_bound(running.clock.now()) == 0
        await failed(running, "SRV-THEIRS", TWIN, ago=0.4)
        await failed(running, "SRV-NEW", {**FIRST, "name": "Acme Global"}, ago=0.3)
        assert "SRV-THEIRS" not in shown(running, OURS)
        assert "SRV-THEIRS" in shown(running, CHANNEL)
        assert "SRV-NEW" in shown(running, OURS)
        async with running.database.read() as connection:
            assert [tuple(row) for row in await connection.execute(select(bound_names))] == [
                ("acme corp", ACME.id, ACME.uuid)
            ]


async def test_a_name_that_the_copy_knows_is_bound_at_the_start(tmp_path: Path) -> None:
    async with night(tmp_path) as running:
        await running.begins()
        running.happens("ok", ago=0.5)
        await running.poll()
        running.follow(only("Acme Corp"))
        await running.reviewer.keep_bound(running.clock.now())
        await failed(running, "SRV-THEIRS", TWIN, ago=0.4)
        assert "SRV-THEIRS" not in shown(running, OURS)
        assert "SRV-THEIRS" in shown(running, CHANNEL)


async def test_a_tenant_without_its_uuid_is_the_same(tmp_path: Path) -> None:
    async with night(tmp_path) as running:
        running.follow(only("Acme Corp"))
        await running.begins()
        await failed(running, "SRV-OURS", FIRST)
        await failed(running, "SRV-TOO", {**FIRST, "uuid": ""}, ago=0.4)
        assert "SRV-TOO" in shown(running, OURS)


@pytest.mark.parametrize("named", ["67", ACME.uuid])
async def test_whoever_calls_itself_by_an_id_is_not_meant(tmp_path: Path, named: str) -> None:
    async with night(tmp_path) as running:
        running.follow(only(named))
        await running.begins()
        await failed(running, "SRV-THEIRS", {**TWIN, "name": named})
        await failed(running, "SRV-OURS", FIRST, ago=0.4)
        assert "SRV-THEIRS" not in shown(running, OURS)
        assert "SRV-THEIRS" in shown(running, CHANNEL)
        assert "SRV-OURS" in shown(running, OURS)
        async with running.database.read() as connection:
            assert (await connection.execute(select(bound_names))).all() == []
