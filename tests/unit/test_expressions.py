"""No regular expression that reads foreign text takes more than its length times a small factor.

The work is counted by `tests.regex_steps`, on texts made of what each expression looks for and never finds whole.
"""

import re
import sys
from contextlib import suppress
from types import ModuleType
from zoneinfo import ZoneInfo

import pytest

import handlers
import handlers.task
from bot import telemetry
from bot.acronis import convert, kinds
from bot.blocks import text as blocks_text
from bot.errorbook import explain
from bot.errors import UsageError
from bot.language import clocks, lengths, parse, sentence, times
from bot.services import names
from bot.slack import parsing
from tests.builders import NOW
from tests.regex_steps import Stepper

MODULES = (
    explain,
    convert,
    kinds,
    blocks_text,
    sentence,
    clocks,
    lengths,
    times,
    names,
    parsing,
    telemetry,
    handlers.task,
)
VERBS = [handler.verb for handler in handlers.load().verbs.values()]
WHOLE = {"_OFFSET", "_CLOCK", "_LENGTH", "_AMOUNT", "_CODE", "_NO_WORD"}
"""What only a whole text has to fit is tried once."""

EXPRESSIONS = [
    pytest.param(value, name in WHOLE, id=f"{module.__name__}.{name}")
    for module in MODULES
    for name, value in vars(module).items()
    if isinstance(value, re.Pattern)
]
SHORT, LONG = 40, 160
MOST = 150
"""Steps for one character: an alternative more is one more, and a bounded repeat as many as its bound."""

UNITS = (
    *(
        "a",
        "A",
        "1",
        "f",
        "é",
        "_",
        " ",
        "\n",
        ".",
        ":",
        "-",
        "'",
        '"',
        "/",
        "\\",
        "@",
        "<",
        "(",
        "{",
        "=",
        "\x00",
        "+",
    ),
    *(
        "a.",
        "A.",
        "a-",
        "a'",
        "a' ",
        "a/",
        "/a",
        "/a ",
        "c:\\",
        "c:/",
        "://",
        "a://",
        "a@",
        "a.b@",
        "::",
        "a::",
        "a'::",
    ),
    *(
        "éa",
        "aé",
        "é.",
        "é:",
        "a é",
        "1.",
        "1.1.1.",
        "0x",
        "f:",
        "(  ",
        '{ "',
        "{  ",
        "' '",
        "“",
        "‘a",
        "a ”",
        ", ",
        " .",
    ),
    *(
        "token=",
        "token =  ",
        "with ",
        "with the ",
        "error code ",
        "code =",
        "class ID ",
        "TOL:",
        "<p ",
        "bearer ",
        "eyJ",
    ),
    *("xoxb-", "eyJaaaaaaaa", "eyJaaaaaaaa.", "12:00", "1h", "z", "> ", " <", "key:", "backup", "*", "- a"),
)


def steps(expression: re.Pattern[str], text: str, *, whole: bool) -> int:
    stepper = Stepper(expression, text, most=len(text) * 2_000)
    return (stepper.match if whole else stepper.search)().steps


@pytest.mark.parametrize(("expression", "whole"), EXPRESSIONS)
def test_an_expression_takes_a_text_s_length_times_a_small_factor(expression: re.Pattern[str], whole: bool) -> None:
    for unit in UNITS:
        for before, after in (("", ""), ("x'", "\n!")):
            short, long = (before + (unit * (size // len(unit) + 1))[:size] + after for size in (SHORT, LONG))
            few, many = (steps(expression, text, whole=whole) for text in (short, long))
            assert many <= MOST * len(long), unit
            assert many <= 6 * few + MOST, unit  # four times the length


@pytest.mark.parametrize("module", MODULES)
def test_the_counter_finds_what_the_expression_finds(module: ModuleType) -> None:
    for expression in (value for value in vars(module).values() if isinstance(value, re.Pattern)):
        for unit in UNITS:
            text = f"x {unit}b {unit}{unit} 'SRV 1' {unit}"
            assert Stepper(expression, text, most=10**7).search().found == [m.span() for m in expression.finditer(text)]


def calls_of(text: str) -> int:
    """How many calls it takes to read a question."""
    number = 0

    def called(_frame: object, event: str, _argument: object) -> None:
        nonlocal number
        number += event in ("call", "c_call")

    sys.setprofile(called)
    try:
        with suppress(UsageError):
            parse(text, NOW, ZoneInfo("Europe/Berlin"), VERBS)
    finally:
        sys.setprofile(None)
    return number


@pytest.mark.parametrize("verb", ["", "history ", "not "])
@pytest.mark.parametrize("unit", ["a ", "tenant a ", "1 ", "a, ", "first 5 ", "2 hours 30 minutes ", "monday ", "“a” "])
def test_to_read_a_question_takes_its_length_times_a_small_factor(verb: str, unit: str) -> None:
    short, long = (verb + (unit * (size // len(unit) + 1))[:size] for size in (700, 2_800))
    assert calls_of(long) <= 60 * len(long)
    assert calls_of(long) <= 5 * calls_of(short)
