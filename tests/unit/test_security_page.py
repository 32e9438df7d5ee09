"""Every claim of .github/SECURITY.md has its tests, and its limits are those of the code."""

import re
from pathlib import Path

import pytest

from bot.slack import connections, http

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / ".github/SECURITY.md").read_text()
NAMED = sorted(set(re.findall(r"`(test_\w+)`", PAGE)))
TESTS = {
    name
    for path in (ROOT / "tests").rglob("test_*.py")
    for name in re.findall(r"^ *(?:async )?def (test_\w+)\(", path.read_text(), re.MULTILINE)
}


@pytest.mark.parametrize("name", NAMED)
def test_a_test_that_the_page_names_is_there(name: str) -> None:
    assert name in TESTS


def test_every_claim_names_a_test() -> None:
    held = PAGE.partition("## What is held")[2].partition("## What is logged")[0]
    claims = [each for each in held.split("\n\n") if each.startswith("**")]
    assert len(claims) >= 9
    assert [each for each in claims if "`test_" not in each and "bounded" not in each] == []
    rows = [line for line in held.splitlines() if line.startswith("| ")][1:]
    assert len(rows) >= 10
    assert all("`test_" in row for row in rows)


def test_the_limits_of_the_port_are_those_of_the_code() -> None:
    assert "| body of a request | 1 MiB |" in PAGE
    assert http._BODY_LIMIT == 2**20
    assert f"| {connections.MOST}, and a quarter of the process's files at most |" in PAGE
    assert connections.SHARE == 4
    assert f"| {connections.FIRST_SECONDS:g} s | `test_who_sends" in PAGE
