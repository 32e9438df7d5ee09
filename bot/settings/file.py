"""Reads nightshift.toml, section by section: a fault in one leaves the others as they are written.

Owns which sections there are. Knows nothing of the environment, nor of what settings mean together.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, Final, TypeVar

from pydantic import BaseModel, ValidationError

from bot.model import Kind, Rules
from bot.settings import sections
from bot.settings.faults import FileFaults, nearest
from bot.settings.lines import lines_of

M = TypeVar("M", bound=BaseModel)

SECTIONS: Final[Mapping[str, type[BaseModel]]] = {
    "acronis": sections.Acronis,
    "poll": sections.Poll,
    "alerts": sections.Alerts,
    "storm": sections.Storm,
    "repeat": sections.Repeat,
    "explain": sections.Explain,
    "keep": sections.Keep,
    "types": sections.Types,
}
LISTS: Final[Mapping[str, type[BaseModel]]] = {
    "accounts": sections.Account,
    "routes": sections.RouteEntry,
    "targets": sections.TargetEntry,
}
TABLES: Final[Mapping[str, type[BaseModel]]] = {"channels": sections.Bound}
"""A section by each name: `[channels.C0ACME]`."""

_AT_LINE = re.compile(r"\s*\(at (?:line ([0-9]+), column [0-9]+|end of document)\)$")


@dataclass(frozen=True, slots=True)
class File:
    """What stands in the file. What has a fault is left out, and the fault is in `faults`.

    Lists keep the place of each entry among all that are written. `names_accounts`: some stand here, right or wrong.
    """

    faults: FileFaults
    folder: Path = Path()
    acronis: sections.Acronis = field(default_factory=sections.Acronis)
    poll: sections.Poll = field(default_factory=sections.Poll)
    alerts: sections.Alerts = field(default_factory=sections.Alerts)
    storm: sections.Storm = field(default_factory=sections.Storm)
    repeat: sections.Repeat = field(default_factory=sections.Repeat)
    explain: sections.Explain = field(default_factory=sections.Explain)
    keep: sections.Keep = field(default_factory=sections.Keep)
    types: sections.Types = field(default_factory=sections.Types)
    accounts: Mapping[int, sections.Account] = field(default_factory=dict[int, sections.Account])
    routes: Mapping[int, sections.RouteEntry] = field(default_factory=dict[int, sections.RouteEntry])
    targets: Mapping[int, sections.TargetEntry] = field(default_factory=dict[int, sections.TargetEntry])
    channels: Mapping[str, sections.Bound] = field(default_factory=dict[str, sections.Bound])
    names_accounts: bool = False

    @property
    def taught(self) -> Mapping[str, Kind]:
        return self.types.root

    def rules(self) -> Rules:
        return Rules(
            overlap=timedelta(minutes=self.poll.overlap_minutes),
            keep_runs=timedelta(days=self.keep.run_days),
            keep_rest=timedelta(days=self.keep.other_days),
            target=timedelta(hours=self.alerts.target_hours),
            storm_threshold=self.storm.threshold,
            storm_window=timedelta(seconds=self.storm.window_seconds),
            storm_restores=self.storm.restores,
            platform_tenants=self.storm.platform_tenants,
            repeat_after=timedelta(minutes=self.repeat.after_minutes),
            repeat_factor=self.repeat.factor,
            repeat_most=self.repeat.most,
        )

    def book(self) -> Path | None:
        """The team's own error book; its place is told from where this file lies."""
        if not self.explain.file:
            return None
        path = self.folder / self.explain.file
        if not path.is_file():
            self.faults.add(("explain", "file"), f"names {self.explain.file}, which is not there")
        return path


def read_file(path: Path, faults: list[str]) -> File:
    """The file at `path`. That it cannot be read at all is added to `faults`."""
    try:
        text = path.read_text(encoding="utf-8-sig")
        written = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        faults.append(_not_toml(path.name, str(error), text))
    except (OSError, ValueError, RecursionError) as error:
        faults.append(f"{path.name} cannot be read: {error}.")
    else:
        return _Reader(written, FileFaults(path.name, lines_of(text))).file(path.parent)
    return File(FileFaults(path.name, {}))


def _not_toml(name: str, told: str, text: str) -> str:
    """What ends too early is at fault in its last line."""
    found = _AT_LINE.search(told)
    line = found[1] if found and found[1] else len(text.splitlines()) or 1
    return f"{name} line {line}: this is no TOML: {_AT_LINE.sub('', told)}."


class _Reader:
    def __init__(self, written: dict[str, Any], faults: FileFaults) -> None:
        self._written = written
        self._faults = faults

    def file(self, folder: Path) -> File:
        known = (*SECTIONS, *LISTS, *TABLES)
        for name in self._written.keys() - set(known):
            near = nearest(name, known)
            meant = f" Did you mean [{near}]?" if near else " The README lists them."
            self._faults.add((name,), f"this is not a section of settings.{meant}")
        return File(
            self._faults,
            folder,
            self._section("acronis", sections.Acronis),
            self._section("poll", sections.Poll),
            self._section("alerts", sections.Alerts),
            self._section("storm", sections.Storm),
            self._section("repeat", sections.Repeat),
            self._section("explain", sections.Explain),
            self._section("keep", sections.Keep),
            self._section("types", sections.Types),
            self._list("accounts", sections.Account),
            self._list("routes", sections.RouteEntry),
            self._list("targets", sections.TargetEntry),
            self._table("channels", sections.Bound),
            names_accounts=bool(self._written.get("accounts")),
        )

    def _section(self, name: str, model: type[M]) -> M:
        """What has a fault is as if it were not written; the rest of the section stays."""
        value = self._written.get(name, {})
        try:
            return model.model_validate(value)
        except ValidationError as error:
            self._faults.add_all((name,), error, names_of(model))
            wrong = {fault["loc"][0] for fault in error.errors() if fault["loc"]}
        kept = {key: each for key, each in value.items() if key not in wrong} if isinstance(value, dict) else {}
        return model.model_validate(kept)

    def _list(self, name: str, model: type[M]) -> Mapping[int, M]:
        values = self._written.get(name, [])
        if not isinstance(values, list):
            self._faults.add((name,), f"write it as [[{name}]]: there may be several")
            return {}
        read = {place: self._read((name, place), model, value) for place, value in enumerate(values)}
        return {place: entry for place, entry in read.items() if entry is not None}

    def _table(self, name: str, model: type[M]) -> Mapping[str, M]:
        values = self._written.get(name, {})
        if not isinstance(values, dict):
            self._faults.add((name,), f"write it as [{name}.C0123456789]: one section for each")
            return {}
        read = {key: self._read((name, key), model, value) for key, value in values.items()}
        return {key: entry for key, entry in read.items() if entry is not None}

    def _read(self, path: tuple[str | int, ...], model: type[M], value: object) -> M | None:
        try:
            return model.model_validate(value)
        except ValidationError as error:
            self._faults.add_all(path, error, names_of(model))
            return None


def names_of(model: type[BaseModel]) -> tuple[str, ...]:
    """The settings of a section, as they are written."""
    return tuple(each.alias or name for name, each in model.model_fields.items() if name != "root")
