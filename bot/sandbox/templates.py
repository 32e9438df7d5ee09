"""JSON objects written in a TOML file beside the module that sends them.

A text `{name.field}` stands for that value. A key with a `?` at its end is left out where its value is empty.
"""

import tomllib
from collections.abc import Callable
from operator import attrgetter, itemgetter
from pathlib import Path
from typing import Any

_Make = Callable[[dict[str, Any]], Any]


class Templates:
    """The tables of one file, each a template."""

    def __init__(self, module: str) -> None:
        self._tables = tomllib.loads(Path(module).with_suffix(".toml").read_text(encoding="utf-8"))
        self._makers: dict[str, _Make] = {}

    def fill(self, table: str, **values: Any) -> dict[str, Any]:
        """A new object every time."""
        make = self._makers.get(table)
        if make is None:
            make = self._makers[table] = _maker(self._tables[table])
        filled: dict[str, Any] = make(values)
        return filled


def _maker(template: Any) -> _Make:
    """What fills this template: it is read once, and filled thousands of times."""
    if isinstance(template, dict):
        parts = [(key.removesuffix("?"), not key.endswith("?"), _maker(each)) for key, each in template.items()]
        return lambda values: {key: value for key, is_always, make in parts if (value := make(values)) or is_always}
    if isinstance(template, list):
        makers = [_maker(each) for each in template]
        return lambda values: [make(values) for make in makers]
    if isinstance(template, str) and template.startswith("{"):
        name, _, path = template[1:-1].partition(".")
        return _at(name, path) if path else itemgetter(name)
    return lambda _: template


def _at(name: str, path: str) -> _Make:
    get = attrgetter(path)
    return lambda values: get(values[name])
