"""No statement of a poll or of a delivery reads a whole table: what is stored must not make the next minute dearer."""

import re

import pytest

from tests.night import Night, machine

GROWING = "tasks|names|standings|counts|alerts|occurrences|posts|card_alerts"
WHOLE_TABLE = re.compile(rf"SCAN (?:{GROWING})\b")


async def traced(watch: Night) -> set[str]:
    """What SQLite is asked from now on by the one connection that writes, with the values filled in."""
    asked: set[str] = set()
    async with watch.database.write() as connection:
        driver = (await connection.get_raw_connection()).driver_connection
        assert driver is not None
        await driver.set_trace_callback(asked.add)
    return asked


async def plans(watch: Night, asked: set[str]) -> dict[str, list[str]]:
    """For each statement the steps that go through a whole table. (Of INSERT … RETURNING SQLite says so wrongly.)"""
    found: dict[str, list[str]] = {}
    async with watch.database.write() as connection:
        for statement in sorted(asked):
            if statement.startswith(("SELECT", "UPDATE", "DELETE", "WITH")) or "SELECT" in statement:
                rows = await connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement.replace('%', '%%')}")
                steps = [str(row.detail) for row in rows]
                found[statement] = [step for step in steps if WHOLE_TABLE.match(step)]
    return found


@pytest.mark.parametrize("code", ["error", "ok"])
async def test_a_poll_reads_no_whole_table(watch: Night, code: str) -> None:
    await watch.begins()
    watch.happens("error", ago=3, **machine("SRV-ONE"))
    await watch.poll()
    await watch.deliver()
    asked = await traced(watch)
    watch.happens(code, ago=0.1, took=0.2, **machine("SRV-ONE"))
    watch.happens("error", ago=0.1, **machine("SRV-TWO"))
    await watch.poll()
    steps = await plans(watch, asked)
    assert len(steps) > 10
    assert {statement: whole for statement, whole in steps.items() if whole} == {}


async def test_a_delivery_reads_no_whole_table(watch: Night) -> None:
    await watch.begins()
    asked = await traced(watch)
    watch.happens("error", ago=0.1)
    await watch.poll()
    asked.clear()
    await watch.deliver()
    steps = await plans(watch, asked)
    assert len(steps) > 2
    assert {statement: whole for statement, whole in steps.items() if whole} == {}
