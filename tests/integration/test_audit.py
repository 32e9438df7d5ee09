"""The audit: what is written stays, is found again, and is printed so that no spreadsheet runs it."""

import asyncio
import csv
import io
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, func, select
from sqlalchemy.exc import IntegrityError

from bot.alerting.lifecycle import Changes
from bot.language import parse_audit
from bot.model import Act, Attempt, AuditPage, AuditQuery, Rules, Tenant
from bot.model.routing import UTC_ZONE
from bot.services.audit import COLUMNS, Audits, csv_lines, harmless
from bot.store.address import Address
from bot.store.alerts.rows import write
from bot.store.audit import Audit, put
from bot.store.engine import Database
from bot.store.pruning import Pruner
from bot.store.schema import alerts, audit
from tests.builders import NOW, alert

ROOT = Path(__file__).parents[2]
TOOK = Attempt(NOW, "U0MIA", "T1", Act.TAKE, "Mia", "C0OPS", "button", 1, "1", after="taken by U0MIA")


@pytest.fixture
async def database(address: Address) -> AsyncIterator[Database]:
    opened = Database(address)
    yield opened
    await opened.close()


async def written(database: Database, *attempts: Attempt) -> list[int | None]:
    async with database.write() as connection:
        return [await put(connection, attempt) for attempt in attempts]


async def by_hand(database: Database, statement: str) -> None:
    async with database.write() as connection:
        await connection.exec_driver_sql(statement)


async def found(database: Database, words: str = "") -> list[Attempt]:
    page = await Audit(database).find(parse_audit(words, NOW, UTC_ZONE), 0, 100)
    assert page.size == len(page.entries)
    return [entry.attempt for entry in page.entries]


async def test_an_attempt_is_found_as_it_was_written(database: Database) -> None:
    full = replace(TOOK, target="SRV", text="<!channel> \u202ex", refused="no", before="untouched", key="k1")
    assert await written(database, full) == [1]
    assert await found(database) == [full]


async def test_a_delivery_seen_twice_is_written_once_and_attempts_without_a_key_each_time(database: Database) -> None:
    keyed = replace(TOOK, key="trigger.1")
    first, again, *others = await written(database, keyed, keyed, TOOK, TOOK, replace(keyed, key="trigger.2"))
    assert (first, again, len(others)) == (1, None, 3)
    assert others == [2, 3, 4] if isinstance(database.address, Path) else others == [3, 4, 5]  # a server takes a number


async def test_it_is_part_of_the_acts_own_transaction(database: Database) -> None:
    async def act() -> None:
        async with database.write() as connection:
            await put(connection, TOOK)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await act()
    assert await found(database) == []


@pytest.mark.parametrize("text", ["\ud800", "a\0b", "x" * 3_000, "'; DROP TABLE audit; --"])
async def test_any_text_can_be_written(database: Database, text: str) -> None:
    assert await written(database, replace(TOOK, text=text, target=text)) == [1]


@pytest.mark.parametrize("change", ["refused = ''", "at = 0", "after = 'x'"])
async def test_the_database_itself_refuses_to_change_a_line(database: Database, change: str) -> None:
    await written(database, TOOK)
    with pytest.raises(IntegrityError, match="never changed"):
        await by_hand(database, f"UPDATE audit SET {change}")
    assert await found(database) == [TOOK]


async def test_lines_are_kept_for_400_days_and_outlive_their_alerts(database: Database) -> None:
    async with database.write() as connection:
        await write(connection, Changes((alert(id=-1),)))
    days = (399, 400, 401, 500)
    await written(database, *(replace(TOOK, at=NOW - timedelta(days=each)) for each in days))
    async with database.write() as connection:
        await connection.execute(delete(alerts))
    await Pruner(database, Rules()).prune(NOW)
    assert [each.at for each in await found(database)] == [NOW - timedelta(days=each) for each in days[:2]]
    assert len(await found(database, "tenant acme")) == 2


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("", [3, 2, 1, 0]),
        ("by U0MIA", [1, 0]),
        ("by U0MIA, U0NOAH", [3, 2, 1, 0]),
        ("take", [3, 0]),
        ("take by U0NOAH", [3]),
        ("refused", [2]),
        ("alert 2", [2]),
        ("#1", [1, 0]),
        ("tenant acme", [1, 0]),
        ("not tenant acme", [3, 2]),
        ("machine srv-*", [2, 1, 0]),
        ("plan nightly", [2, 1, 0]),
        ('"SRV-SQL01"', [1, 0]),
        ("tenant nobody", []),
        ("since 08:30", [3, 2]),
        ("before 08:30", [1, 0]),
    ],
)
async def test_filters_leave_what_they_say_the_newest_first(
    database: Database, words: str, expected: list[int]
) -> None:
    async with database.write() as connection:
        other = alert(id=-2, fingerprint="g", name="SRV-DC01", tenant=Tenant("70", name="Globex"))
        await write(connection, Changes((alert(id=-1), other)))
    attempts = [
        replace(TOOK, at=NOW - timedelta(hours=2)),
        replace(TOOK, at=NOW - timedelta(hours=1), act=Act.RESOLVE, text="replaced"),
        replace(TOOK, at=NOW - timedelta(minutes=5), act=Act.RUN, alert_id=2, user_id="U0NOAH", refused="No."),
        replace(TOOK, at=NOW - timedelta(minutes=5), alert_id=None, target="nothing", user_id="U0NOAH"),
    ]
    await written(database, *attempts)
    assert await found(database, words) == [attempts[place] for place in expected]


async def test_a_page_that_does_not_exist_is_the_nearest(database: Database) -> None:
    await written(database, *(replace(TOOK, at=NOW + timedelta(seconds=each)) for each in range(23)))
    audits = Audits(Audit(database))
    pages = [await audits.find(AuditQuery(), page) for page in (1, 3, 99)]
    assert [(page.offset, len(page.entries), page.size) for page in pages] == [(0, 10, 23), (20, 3, 23), (20, 3, 23)]
    assert await Audits().find(AuditQuery()) == AuditPage((), 0)


# ── CSV ──


@pytest.mark.parametrize(
    "cell",
    [
        "=1+1",
        "+1",
        "-1",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "  =1",
        '"=1',
        "' =1",
        "＝1",
        "＋1",
        "－1",
        "＠x",
        "\u200b=1",
        "﹦1",
        "−1",
        "\xa0@x",
        "\n=1",
        "\tplain",
        "“=1”",
        "\x00=1",
        "\u202e+1",
    ],
)
def test_what_a_spreadsheet_would_run_is_made_harmless(cell: str) -> None:
    assert harmless(cell).startswith("'")


@pytest.mark.parametrize("cell", ["", "SRV-SQL01", "a=b", "taken", "1-2", "Ünïcode", "100 %", "(=1)"])
def test_other_cells_stay_as_they_are(cell: str) -> None:
    assert harmless(cell) == cell


async def test_each_line_of_the_csv_is_one_line_and_is_read_back(database: Database) -> None:
    hostile = 'a\nb\r\nc\u2028d, "e"; f'
    await written(database, replace(TOOK, text=hostile, target="=cmd()"))
    lines = [line async for line in csv_lines(Audit(database), AuditQuery())]
    assert all(len(line.splitlines()) == 1 for line in lines)
    head, row = csv.reader(io.StringIO("".join(lines)))
    assert tuple(head) == COLUMNS
    cells = dict(zip(head, row, strict=True))
    assert (cells["text"], cells["target"]) == ('a b  c d, "e"; f', "'=cmd()")
    assert (cells["at"], cells["user"], cells["alert"]) == ("2026-03-02T09:00:00+00:00", "U0MIA", "1")


async def test_all_of_a_long_audit_is_printed_in_order(database: Database) -> None:
    await written(database, *(replace(TOOK, at=NOW + timedelta(seconds=each // 3)) for each in range(1_203)))
    lines = [line async for line in csv_lines(Audit(database), AuditQuery())]
    numbers = [int(next(csv.reader([line]))[0]) for line in lines[1:]]
    assert numbers == sorted(numbers, reverse=True)
    assert len(set(numbers)) == 1_203


def printed(folder: Path, *options: str, shell: str = "", url: str = "") -> "subprocess.CompletedProcess[str]":
    command: Any = [sys.executable, "-m", "bot", "audit", *options]
    if shell:
        command = ["sh", "-c", f'"{sys.executable}" -m bot audit --csv {shell}']
    variables = {
        "DATABASE_URL": url or f"sqlite:///{folder / 'night.sqlite3'}",
        "PYTHONPATH": str(ROOT),
        "PATH": "/usr/bin:/bin",
    }
    return subprocess.run(
        command,
        cwd=folder,
        env={**variables, "PYTHONIOENCODING": "ascii"},
        capture_output=True,
        text=True,
        timeout=60,
        encoding="utf-8",
        check=False,
    )


async def test_the_command_prints_it_beside_a_running_bot(database: Database, tmp_path: Path) -> None:
    database.lock()
    url = "" if isinstance(database.address, Path) else database.address.url
    old = replace(TOOK, at=NOW - timedelta(days=30), text="Müller")
    await written(database, *([TOOK] * 2_000), old)
    async with database.write() as connection:  # a bot that is writing just now
        whole = await asyncio.to_thread(printed, tmp_path, "--csv", url=url)
        assert await connection.scalar(select(func.count()).select_from(audit)) == 2_001
    assert (whole.returncode, whole.stderr) == (0, "")
    assert whole.stdout.count("\n") == 2_002
    assert "Müller" in whole.stdout
    since = await asyncio.to_thread(printed, tmp_path, "--csv", "--since", "2026-03-01", "take", url=url)
    assert since.stdout.count("\n") == 2_001
    cut = await asyncio.to_thread(printed, tmp_path, shell="| head -1", url=url)
    assert (cut.stdout.count("\n"), cut.stderr) == (1, "")


@pytest.mark.parametrize(
    ("options", "code", "word"),
    [
        (("--csv",), 2, "night.sqlite3 is not there"),
        (("--csv", "tke"), 2, "I do not know the word"),
        (("--csv", "--since", "tomorrow"), 2, "tomorrow"),
        ((), 2, "--csv"),
    ],
)
def test_what_is_wrong_with_the_command_is_said(tmp_path: Path, options: tuple[str, ...], code: int, word: str) -> None:
    ended = printed(tmp_path, *options)
    assert (ended.returncode, word in ended.stderr, "Traceback" in ended.stderr) == (code, True, False), ended.stderr
    assert not (tmp_path / "night.sqlite3").exists()


async def test_two_lines_with_one_key_cannot_be_written_at_all(database: Database) -> None:
    await written(database, replace(TOOK, key="k"))
    again = (
        "INSERT INTO audit SELECT 99, at, user_id, user_name, team_id, act, channel, via, alert_id, size, target, text,"
        ' to_id, to_name, until, "end", refused, before, after, key, tenant, name, plan FROM audit'
    )
    with pytest.raises(IntegrityError, match=r"(?i)unique"):
        await by_hand(database, again)
