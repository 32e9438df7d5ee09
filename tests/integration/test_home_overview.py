"""What the Home tab is read from: each open alert once, by who has it; tenants at risk; shared by all who look."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event

from bot.alerting.lifecycle import Changes
from bot.model import (
    Alert,
    AlertStatus,
    Assessment,
    Basis,
    HomePart,
    Kind,
    OpenCount,
    OpenOverview,
    Overview,
    Owner,
    Rules,
    Severity,
    Snooze,
    Tenant,
    Triage,
)
from bot.services import Overviews
from bot.store.address import Address
from bot.store.alerts.overview import FEW, TENANTS, open_overview
from bot.store.alerts.queries import AlertBook
from bot.store.alerts.rows import write
from bot.store.copy.search import Questions
from bot.store.engine import Database
from tests.builders import ACME, NOW, alert
from tests.unit.test_blocks_home import HEALTH

HOUR = timedelta(hours=1)
BETA = Tenant(id="68", uuid="u-68", name="Beta", locator="/1/66/68/")


@pytest.fixture
async def database(address: Address) -> AsyncIterator[Database]:
    opened = Database(address)
    yield opened
    await opened.close()


def owned(who: str) -> Owner:
    return Owner(who, NOW, who.title())


def put_off(hours: int) -> Snooze:
    return Snooze(NOW + hours * HOUR, "U0NOAH", NOW, "Noah")


def failing(number: int, *, owner: str = "", snooze: int = 0, **changes: Any) -> Alert:
    triage = Triage(owned(owner) if owner else None, put_off(snooze) if snooze else None)
    fingerprint = f"f{number}"
    return alert(
        **{"id": -number, "name": f"SRV-{number}", "task_id": str(number), "fingerprint": fingerprint, "triage": triage}
        | changes
    )


async def store(database: Database, *alerts: Alert) -> None:
    async with database.write() as connection:
        await write(connection, Changes(alerts))


async def read(database: Database) -> OpenOverview:
    async with database.read() as connection:
        return await open_overview(connection, NOW)


def names(alerts: Sequence[Alert]) -> list[str]:
    return [each.latest.name for each in alerts]


CRITICAL = Assessment(Severity.CRITICAL)


async def test_each_open_alert_is_in_one_group(database: Database) -> None:
    await store(
        database,
        failing(1),
        failing(2, assessment=CRITICAL),
        failing(3, owner="U0MIA"),
        failing(4, owner="U0MIA", snooze=2),
        failing(5, snooze=4),
        failing(6, snooze=1),
        failing(7, owner="U0NOAH", ended_at=NOW - HOUR),
        failing(8, owner="U0MIA", status=AlertStatus.RESOLVED, closed_at=NOW),
    )
    found = await read(database)
    assert found.count == OpenCount(7, 1)
    assert {(each.owner, each.is_snoozed): (names(each.alerts), each.count) for each in found.groups} == {
        ("", False): (["SRV-2", "SRV-1"], OpenCount(2, 1)),
        ("", True): (["SRV-6", "SRV-5"], OpenCount(2, 0)),
        ("U0MIA", False): (["SRV-3"], OpenCount(1, 0)),
        ("U0MIA", True): (["SRV-4"], OpenCount(1, 0)),
        ("U0NOAH", False): (["SRV-7"], OpenCount(1, 0)),
    }


async def test_a_storm_that_one_person_took_hides_nothing_of_another(database: Database) -> None:
    storm = [failing(number, owner="U0NOAH") for number in range(1, 61)]
    await store(database, *storm, failing(99, owner="U0MIA", ended_at=NOW - HOUR))
    found = {each.owner: each for each in (await read(database)).groups}
    assert (len(found["U0NOAH"].alerts), found["U0NOAH"].count.size) == (FEW, 60)
    assert names(found["U0MIA"].alerts) == ["SRV-99"]


async def test_a_whole_part_has_the_order_and_the_number_of_the_home(database: Database) -> None:
    await store(
        database,
        *(failing(number, ended_at=NOW - number * HOUR) for number in range(1, 25)),
        failing(30, owner="U0NOAH", ended_at=NOW),
        failing(31, owner="U0MIA", snooze=3),
        failing(32, owner="U0MIA"),
        failing(33, owner="U0NOAH", snooze=3),
    )
    found = await read(database)
    book = AlertBook(database, Questions(database, Rules(), frozenset({"main"})))
    for part in HomePart:
        page = await book.of_home(part, "U0MIA", 0, 50)
        of_part = [each for each in found.groups if each.part_for("U0MIA") is part]
        assert page.size == sum(each.count.size for each in of_part)
        assert set(names(page.alerts)) >= {name for each in of_part for name in names(each.alerts)}
    assert names((await book.of_home(HomePart.FAILING, "U0MIA", 0, 3)).alerts) == ["SRV-30", "SRV-1", "SRV-2"]
    assert names((await book.of_home(HomePart.MINE, "U0MIA", 0, 3)).alerts) == ["SRV-32", "SRV-31"]
    assert names((await book.of_home(HomePart.SNOOZED, "U0MIA", 0, 3)).alerts) == ["SRV-33"]


async def test_tenants_are_at_risk_by_critical_alerts_and_by_what_is_past_its_target(database: Database) -> None:
    missed = Assessment(misses_at=NOW)
    coming = Assessment(misses_at=NOW + HOUR)
    await store(
        database,
        failing(1, assessment=CRITICAL, tenant=ACME),
        failing(2, assessment=replace(CRITICAL, misses_at=NOW - HOUR), tenant=ACME),
        failing(3, assessment=missed, tenant=BETA),
        failing(4, assessment=coming, tenant=Tenant(uuid="u-70", name="Gamma")),
        failing(5, assessment=missed, kind=Kind.RESTORE, tenant=Tenant(uuid="u-71", name="Delta")),
        failing(
            6, assessment=CRITICAL, tenant=Tenant(uuid="u-72", name="Over"), status=AlertStatus.RESOLVED, closed_at=NOW
        ),
    )
    found = await read(database)
    assert [(each.tenant.name, each.critical, each.late) for each in found.tenants] == [
        ("Acme Corp", 2, 1),
        ("Beta", 0, 1),
    ]
    assert found.at_risk == 2


async def test_the_worst_tenants_are_listed_and_all_of_them_counted(database: Database) -> None:
    many = [
        failing(number, assessment=CRITICAL, tenant=Tenant(uuid=f"u-{number}", name=f"T{number}"))
        for number in range(1, 31)
    ]
    await store(database, *many)
    found = await read(database)
    assert (len(found.tenants), found.at_risk) == (TENANTS, 30)


async def test_it_takes_three_statements_whatever_is_open(database: Database) -> None:
    await store(database, *(failing(number, owner=f"U{number % 9}") for number in range(1, 301)))
    asked: list[str] = []
    async with database.read() as connection:
        event.listen(connection.sync_connection, "before_cursor_execute", lambda *given: asked.append(given[2]))
        await open_overview(connection, NOW)
    assert len(asked) == 3


# ── shared by all who look ──


class Source:
    """Counts how often it is read; `now` is the clock's seconds."""

    def __init__(self) -> None:
        self.reads = 0
        self.now = 100.0
        self.overview = Overview(OpenOverview(), HEALTH, Basis(NOW))

    async def read(self) -> Overview:
        self.reads += 1
        return self.overview

    def shared(self) -> Overviews:
        return Overviews(self.read, lambda: self.now)


async def test_many_who_look_share_one_reading_until_something_changes() -> None:
    source = Source()
    shared = source.shared()
    for _ in range(20):
        await shared.read()
    assert source.reads == 1
    shared.change()
    await shared.read()
    assert source.reads == 2
    source.now += 6.0
    await shared.read()
    assert source.reads == 3


async def test_a_change_while_it_is_read_is_read_again() -> None:
    source = Source()

    async def read_meanwhile() -> Overview:
        if source.reads == 0:
            shared.change()
        return await source.read()

    shared = Overviews(read_meanwhile, lambda: source.now)
    await shared.read()
    await shared.read()
    assert source.reads == 2


async def test_news_is_what_says_something_else() -> None:
    source = Source()
    shared = source.shared()
    assert await shared.has_news()
    shared.change()
    source.overview = replace(source.overview, ran=3, newest=NOW)
    assert not await shared.has_news()
    shared.change()
    source.overview = replace(source.overview, basis=Basis(NOW, stale="the copy is old"))
    assert await shared.has_news()


async def test_without_a_database_nothing_is_claimed() -> None:
    overview = await Overviews().read()
    assert overview.basis.partial
