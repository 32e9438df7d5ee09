"""Where keys stand in a TOML file."""

import tomllib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.settings.positions import Path, lines_of

TEXT = '''# a comment with [brackets] and = signs
top = 1

[alerts]  # [not.this]
"fallback channel" = "C1 # no comment"
mention = """
[storm]
x = 1
"""
'literal.key' = \'\'\'
y = 2\'\'\'

[[routes]]
name = "a"
severities = [
  "critical",  # the first
  "warning",
]
[routes.deeper]
z = [[1, 2], [3, [4]], {k = "]", l = [5]}]

[[routes]]
name = "b \\" = ["
quiet.start = 1.5
quiet.end = { hour = 7, minute = 0 }

[channels.C1]
tenants = []
[channels."C 2"]
at = 1979-05-27T07:32:00Z
'''

LINES: dict[Path, int] = {
    ("top",): 2,
    ("alerts",): 4,
    ("alerts", "fallback channel"): 5,
    ("alerts", "mention"): 6,
    ("alerts", "literal.key"): 10,
    ("routes",): 13,
    ("routes", 0): 13,
    ("routes", 0, "name"): 14,
    ("routes", 0, "severities"): 15,
    ("routes", 0, "severities", 0): 16,
    ("routes", 0, "severities", 1): 17,
    ("routes", 0, "deeper"): 19,
    ("routes", 0, "deeper", "z", 1, 1, 0): 20,
    ("routes", 0, "deeper", "z", 2, "l", 0): 20,
    ("routes", 1): 22,
    ("routes", 1, "name"): 23,
    ("routes", 1, "quiet", "start"): 24,
    ("routes", 1, "quiet", "end", "minute"): 25,
    ("channels", "C1", "tenants"): 28,
    ("channels", "C 2", "at"): 30,
}


@pytest.mark.parametrize(("path", "line"), list(LINES.items()))
def test_a_key_stands_on_its_line(path: Path, line: int) -> None:
    assert lines_of(TEXT)[path] == line


def paths_of(value: Any, path: Path = ()) -> set[Path]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    own = {path} if path else set()
    return own.union(*(paths_of(each, (*path, key)) for key, each in inner))


def test_it_finds_what_tomllib_finds_and_nothing_else() -> None:
    found = set(lines_of(TEXT))
    assert paths_of(tomllib.loads(TEXT)) - found <= {("channels",)}  # nobody writes it by itself
    assert found <= paths_of(tomllib.loads(TEXT))


def test_an_empty_string_of_many_quotes_ends_where_tomllib_ends_it() -> None:
    text = 'a = """x"""""\nb = 1\n' + "c = '''y'''''\nd = 2"
    assert tomllib.loads(text)
    assert lines_of(text) == {("a",): 1, ("b",): 2, ("c",): 3, ("d",): 4}


@given(st.text(alphabet="[]{}=,.\"'\n #ab1\\", max_size=60))
def test_any_text_is_read_to_its_end(text: str) -> None:
    lines = lines_of(text)
    assert all(1 <= line <= text.count("\n") + 1 for line in lines.values())
    try:
        written = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return
    unnamed = paths_of(written) - set(lines)  # tables of which only what is in them is written
    assert all(any(found[: len(path)] == path for found in lines) for path in unnamed)
