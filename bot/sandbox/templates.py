"""JSON objects written in a TOML file beside the module that sends them.

A text `{name.field}` stands for that value. A key with a `?` at its end is left out where its value is empty.
"""

import tomllib
from operator import attrgetter
from pathlib import Path
from typing import Any


class Templates:
    """The tables of one file, each a template."""

    def __init__(self, module: str) -> None:
        self._tables = tomllib.loads(Path(module).with_suffix(".toml").read_text(encoding="utf-8"))

    def fill(self, table: str, **values: Any) -> dict[str, Any]:
        """A new object every time."""
        filled: dict[str, Any] = _filled(self._tables[table], values)
        return filled


def _filled(template: Any, values: dict[str, Any]) -> Any:
    if isinstance(template, dict):
        pairs = ((key, _filled(each, values)) for key, each in template.items())
        return {key.removesuffix("?"): value for key, value in pairs if value or not key.endswith("?")}
    if isinstance(template, list):
        return [_filled(each, values) for each in template]
    if isinstance(template, str) and template.startswith("{"):
        name, _, path = template[1:-1].partition(".")
        return attrgetter(path)(values[name]) if path else values[name]
    return template
