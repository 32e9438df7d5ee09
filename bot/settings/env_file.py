"""What `--env-file FILE` names: variables, one on each line. Nothing in a value is put in by its name.

file    = { line }
line    = blank | "#" anything | [ "export " ] NAME "=" value
value   = plain [ " #" anything ] | one in single or in double quotes, after which only a comment may stand

A backslash means something between double quotes alone, before one of these: " \\ $ `
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from bot.errors import SettingsError
from bot.settings.text_files import read_text

_LARGEST: Final = 256 * 1024
_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_SINGLE: Final = re.compile(r"'([^']*)'(.*)")
_DOUBLE: Final = re.compile(r'"((?:\\.|[^"\\])*)"(.*)')
_COMMENT: Final = re.compile(r"\s+#.*$")


def read_env_file(path: Path) -> dict[str, str]:
    """The variables of the file. Raises SettingsError with every fault, each with its line."""
    try:
        text = read_text(path, _LARGEST)
    except ValueError as error:
        raise SettingsError([f"--env-file names {path}, which {error}."]) from None
    found = dict[str, tuple[int, str]]()
    faults = list[str]()
    for number, line in _lines(text):
        try:
            name, value = _variable(line)
        except ValueError as error:
            faults.append(f"{path.name} line {number}: {error}")
            continue
        if name in found:
            faults.append(f"{path.name} line {number}: {name} stands on line {found[name][0]} too. Keep one.")
        found.setdefault(name, (number, value))
    if faults:
        raise SettingsError(faults)
    return {name: value for name, (_, value) in found.items()}


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """Those that say something, and their numbers. Only a line feed ends one."""
    for number, line in enumerate(text.split("\n"), start=1):
        stripped = line.strip()
        if stripped and not stripped.startswith("#"):
            yield number, stripped


def _variable(line: str) -> tuple[str, str]:
    """Name and value. A value is never told: it may be a secret."""
    name, equals, written = line.removeprefix("export ").partition("=")
    if not equals:
        raise ValueError("this is no variable. Write NAME=value, or begin a comment with #.")
    if name.strip() != name or written.lstrip() != written:
        raise ValueError("a space stands beside the =. Write NAME=value.")
    if not _NAME.fullmatch(name):
        raise ValueError("what stands before the = is no name of a variable: letters, digits and _.")
    if not line.replace("\t", " ").isprintable():
        raise ValueError(f"the value of {name} has signs that cannot be printed.")
    return name, _value(name, written)


def _value(name: str, written: str) -> str:
    quote = written[:1]
    if quote not in ("'", '"'):
        return _COMMENT.sub("", written)
    found = (_SINGLE if quote == "'" else _DOUBLE).fullmatch(written)
    if found is None:
        raise ValueError(f"the quote that {name} begins with has no end on this line.")
    if _COMMENT.sub("", found[2]).strip():
        raise ValueError(f"something stands after the closing quote of {name}.")
    return found[1] if quote == "'" else re.sub(r'\\(["\\$`])', r"\1", found[1])
