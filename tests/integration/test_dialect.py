"""What is written once and hangs on the database: both must find the same."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy import Select, Text, bindparam, delete, func, insert, literal, select, text, tuple_

from bot.store.address import Address
from bot.store.dialect import Prepared, among, each_of, greatest, least, listed, row_among, unindexed
from bot.store.engine import Database
from bot.store.schema import audit, counts, names

HOSTILE = ["", " ", "%", "a'b", 'a"b', "\\", "{}", "Ä", "ä", "🦉", "\u202e", "null", "\u00e9", "e\u0301", "x" * 5_000]
"""The last is longer than a row of PostgreSQL's indexes without its compression."""


@pytest.fixture
async def database(address: Address) -> AsyncIterator[Database]:
    opened = Database(address)
    async with opened.write() as connection:
        await connection.execute(insert(names), [{"id": place, "name": name} for place, name in enumerate(HOSTILE)])
        keys = [(1, 2, 3, 4), (1, 2, 3, 5), (2, 2, 3, 4)]
        await connection.execute(insert(counts), [dict(zip(counts.c.keys(), (*key, 7), strict=True)) for key in keys])
    yield opened
    await opened.close()


async def found(database: Database, statement: Any) -> list[Any]:
    async with database.read() as connection:
        return [tuple(row) if len(row) > 1 else row[0] for row in (await connection.execute(statement)).all()]


@pytest.mark.parametrize("wanted", [[], HOSTILE[:1], HOSTILE, ["nobody", "Ä"], ["A", "a", "Ä "]])
async def test_a_list_of_texts_finds_those_that_are_equal_to_the_letter(database: Database, wanted: list[str]) -> None:
    expected = [place for place, name in enumerate(HOSTILE) if name in wanted]
    assert await found(database, select(names.c.id).where(among(names.c.name, wanted)).order_by(names.c.id)) == expected
    some = Prepared(lambda: select(names.c.id).where(names.c.name.in_(each_of("wanted"))).order_by(names.c.id))
    async with database.read() as connection:
        assert [row[0] for row in await some.rows(connection, wanted=wanted)] == expected


@pytest.mark.parametrize("wanted", [[], [0], [3, 1, 3], [2**53 + 1, 4]])
async def test_a_list_of_numbers_finds_them_and_its_opposite_all_others(database: Database, wanted: list[int]) -> None:
    places = range(len(HOSTILE))
    chosen = select(names.c.id).order_by(names.c.id)
    assert await found(database, chosen.where(among(names.c.id, wanted))) == sorted({*wanted} & {*places})
    assert await found(database, chosen.where(~among(names.c.id + 0, wanted))) == sorted({*places} - {*wanted})


def _first_of_each() -> Select[Any]:
    """Of each name that is listed, the row with the lowest id."""
    own, each = names.alias(), listed("wanted")
    first = select(own.c.id).where(own.c.name == each.c.value).order_by(own.c.id).limit(1).correlate(each)
    return select(each.c.value, names.c.id).select_from(each.outerjoin(names, names.c.id.in_(first.scalar_subquery())))


async def test_a_few_rows_of_each_of_a_list_are_joined(database: Database) -> None:
    async with database.read() as connection:
        rows = await Prepared(_first_of_each).rows(connection, wanted=["Ä", "nobody", "%"])
    assert {tuple(row) for row in rows} == {("Ä", HOSTILE.index("Ä")), ("nobody", None), ("%", HOSTILE.index("%"))}


@pytest.mark.needs("postgres")
@pytest.mark.parametrize("address", ["postgresql"], indirect=True)
async def test_a_server_looks_for_them_by_the_index_and_not_in_each_row_of_the_table(database: Database) -> None:
    """`IN` and a select for each row is the whole table for each of the list, whatever is known of the table."""
    async with database.read() as connection:
        said = str(_first_of_each().compile(dialect=connection.dialect))
    assert "id = ANY (ARRAY(SELECT" in said


def _beside(value: Any, chosen: Select[Any]) -> Select[Any]:
    """The ids of the names of which a select has nothing."""
    return select(names.c.id).where(value.not_in(chosen)).order_by(names.c.id)


async def test_what_is_not_in_a_select_is_found_by_one_column_and_by_several(database: Database) -> None:
    everyone = [*range(len(HOSTILE))]
    tenants_ = select(counts.c.tenant)
    assert await found(database, _beside(names.c.id, tenants_)) == [0, *everyone[3:]]
    assert await found(database, _beside(names.c.id, tenants_.where(counts.c.day < 0))) == everyone
    own = names.alias()
    assert await found(database, _beside(names.c.name + "!", select(own.c.name + "!").where(own.c.id > 2))) == [0, 1, 2]
    pair = tuple_(names.c.id, names.c.id + 1)
    assert await found(database, _beside(pair, select(counts.c.tenant, counts.c.shape))) == [0, *everyone[2:]]


async def test_what_may_be_null_is_not_in_a_select_that_has_nothing_and_in_doubt_in_any_other(
    database: Database,
) -> None:
    """As SQL has it: beside a NULL nothing is known to be missing."""
    async with database.write() as connection:
        row = {column.name: "" if isinstance(column.type, Text) else 0 for column in audit.c if not column.nullable}
        await connection.execute(insert(audit), [{**row, "id": n, "alert_id": id_} for n, id_ in ((1, 1), (2, None))])
    assert await found(database, _beside(names.c.id, select(audit.c.alert_id))) == []
    some = select(audit.c.id).where(audit.c.alert_id.not_in(select(counts.c.tenant).where(counts.c.tenant > 1)))
    assert await found(database, some) == [1]
    none = select(audit.c.id).where(audit.c.alert_id.not_in(select(counts.c.tenant).where(counts.c.tenant > 9)))
    assert await found(database, none.order_by(audit.c.id)) == [1, 2]


async def test_what_is_not_in_a_select_of_the_same_row_is_deleted(database: Database) -> None:
    own = counts.alias()
    others = select(own.c.tenant).where(own.c.shape == names.c.id)
    async with database.write() as connection:
        await connection.execute(delete(names).where(names.c.id.not_in(others)))
    assert await found(database, select(names.c.id)) == [2]


@pytest.mark.needs("postgres")
@pytest.mark.parametrize("address", ["postgresql"], indirect=True)
async def test_a_server_joins_what_is_not_in_a_select_and_does_not_go_through_it_for_each_row(
    database: Database,
) -> None:
    """It would as soon as the select's rows are more than fit into the memory of a statement."""
    async with database.read() as connection:
        await connection.execute(text("SET LOCAL work_mem = '64kB'"))
        said = _beside(names.c.name, select(names.alias().c.name)).compile(dialect=connection.dialect)
        plan = "\n".join(await connection.scalars(text(f"EXPLAIN {said}")))
    assert "Anti Join" in plan
    assert "SubPlan" not in plan


async def test_rows_are_found_by_several_columns(database: Database) -> None:
    key = (counts.c.tenant, counts.c.shape, counts.c.day)
    wanted = [(1, 2, 5), (2, 2, 4), (1, 2, 9)]
    assert sorted(await found(database, select(*key).where(row_among(key, wanted)))) == [(1, 2, 5), (2, 2, 4)]
    prepared = Prepared(lambda: select(*key).where(row_among(key, "wanted")))
    async with database.read() as connection:
        assert sorted(map(tuple, await prepared.rows(connection, wanted=wanted))) == [(1, 2, 5), (2, 2, 4)]


async def test_a_list_may_be_joined_as_a_table(database: Database) -> None:
    each = listed("wanted")
    joined = Prepared(lambda: select(each.c.value, names.c.id).join_from(each, names, names.c.name == each.c.value))
    async with database.read() as connection:
        assert sorted(map(tuple, await joined.rows(connection, wanted=["Ä", "🦉", "?"]))) == [("Ä", 7), ("🦉", 9)]


async def test_text_is_sorted_by_its_bytes(database: Database) -> None:
    expected = sorted(HOSTILE, key=str.encode)
    assert await found(database, select(names.c.name).order_by(names.c.name)) == expected
    assert await found(database, select(names.c.name).order_by(unindexed(names.c.name))) == expected
    assert await found(database, select(func.max(names.c.name))) == expected[-1:]


@pytest.mark.parametrize(("values", "most"), [((1, 2), 2), ((2, 1), 2), ((None, 1), None), ((1, None), None)])
async def test_the_greatest_of_a_row_is_none_where_one_is_none(database: Database, values: Any, most: Any) -> None:
    given = [bindparam(f"given_{place}", value, type_=counts.c.runs.type) for place, value in enumerate(values)]
    assert await found(database, select(greatest(*given)).select_from(names).limit(1)) == [most]


@pytest.mark.parametrize(("values", "lowest"), [((1, 2), 1), ((2, 1), 1), ((None, 1), None), ((1, None), None)])
async def test_the_least_of_a_row_is_none_where_one_is_none(database: Database, values: Any, lowest: Any) -> None:
    given = [bindparam(f"given_{place}", value, type_=counts.c.runs.type) for place, value in enumerate(values)]
    assert await found(database, select(least(*given)).select_from(names).limit(1)) == [lowest]


async def test_sums_of_whole_numbers_are_whole_and_a_division_is_not_rounded(database: Database) -> None:
    whole, half = (await found(database, select(func.sum(counts.c.runs), func.sum(counts.c.runs) * literal(1.0) / 6)))[
        0
    ]
    assert (whole, type(whole), half) == (21, int, 3.5)


async def test_small_letters_are_those_of_ascii(database: Database) -> None:
    """So that the two agree; names of people are compared in Python."""
    assert await found(database, select(func.lower(names.c.name)).where(names.c.id == HOSTILE.index("Ä"))) == ["Ä"]


async def test_a_reader_sees_one_state_from_its_first_statement_to_its_last(database: Database) -> None:
    """Else it would meet numbers of rows that it has not read."""
    counted = select(func.count()).select_from(names)
    async with database.read() as reading:
        before = await reading.scalar(counted)
        async with database.write() as writing:
            await writing.execute(insert(names).values(id=900, name="new"))
        assert await reading.scalar(counted) == before
    async with database.read() as reading:
        assert await reading.scalar(counted) == len(HOSTILE) + 1


async def test_a_writer_sees_what_the_one_before_it_wrote(database: Database) -> None:
    """However long it waited for it."""
    counted = select(func.count()).select_from(names)

    async def add(name: str) -> None:
        other = Database(database.address)
        async with other.write() as connection:
            size = await connection.scalar(counted)
            await asyncio.sleep(0.02)
            await connection.execute(insert(names).values(id=900 + (size or 0), name=name))
        await other.close()

    await asyncio.gather(*(add(f"new {number}") for number in range(4)))
    assert await found(database, select(names.c.id).where(names.c.id >= 900).order_by(names.c.id)) == [
        900 + len(HOSTILE) + number for number in range(4)
    ]
