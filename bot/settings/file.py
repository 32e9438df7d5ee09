"""Reads nightshift.toml. A fault leaves the rest as it is written, so that all faults are told at once."""

import re
import tomllib
from collections.abc import Iterable
from copy import deepcopy
from dataclasses import field
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

from bot.errorbook.book import Book, load, shipped
from bot.errors import SettingsError
from bot.model.values import dataclass
from bot.settings import positions
from bot.settings.environment import Environment
from bot.settings.faults import FileFaults
from bot.settings.model import SECRETS, SETTINGS, Config
from bot.settings.text_files import check_regular, read_secret

CONFIG: Final = "nightshift.toml"
_AT_LINE = re.compile(r"\s*\(at (?:line ([0-9]+), column [0-9]+|end of document)\)$")


@dataclass(frozen=True, slots=True)
class File:
    """What stands in the file, but for what has a fault. `names_accounts`: some stand here, right or wrong."""

    faults: FileFaults
    folder: Path = Path()
    config: Config = field(default_factory=Config.model_construct)
    names_accounts: bool = False

    def book(self, faults: list[str]) -> Book:
        """The error book, the team's own entries first. The path of their file starts at this file's folder."""
        name = self.config.explain.file
        path = self.folder / name
        if not name:
            return shipped()
        try:
            check_regular(path)
            return load(path)
        except FileNotFoundError:
            self.faults.add(("explain", "file"), f"names {name}, which is not there")
        except OSError as error:
            self.faults.add(("explain", "file"), f"names {name}, which cannot be read: {error.strerror}")
        except SettingsError as error:
            faults.extend(error.faults)
        return shipped()


def config_file(reader: Environment, folder: Path) -> File:
    """The file that the environment names, or the one beside it, or none."""
    name = reader.variables.get("NIGHTSHIFT_CONFIG", "")
    missing = f"NIGHTSHIFT_CONFIG names {name}, which is not there." if name else ""
    return read_file(folder / (name or CONFIG), reader.faults, missing)


def read_file(path: Path, faults: list[str], missing: str) -> File:
    """The file at `path`. That it cannot be read is added to `faults`; `missing` is added where it is not there."""
    text = ""
    try:
        check_regular(path)
        text = path.read_text(encoding="utf-8-sig")
        written = tomllib.loads(text)
    except (FileNotFoundError, NotADirectoryError):
        faults.extend([missing] if missing else [])
    except tomllib.TOMLDecodeError as error:
        faults.append(_not_toml(path.name, str(error), text))
    except OSError as error:
        faults.append(f"{path.name} cannot be read: {error.strerror or error}.")
    except (ValueError, RecursionError) as error:
        faults.append(f"{path.name} cannot be read: {error}.")
    else:
        return _checked(written, path.parent, FileFaults(path.name, text))
    return File(FileFaults(path.name))


def _not_toml(name: str, told: str, text: str) -> str:
    """What ends too early is at fault in its last line."""
    found = _AT_LINE.search(told)
    line = found[1] if found and found[1] else len(text.splitlines()) or 1
    return f"{name} line {line}: this is no TOML: {_AT_LINE.sub('', told)}."


def _checked(written: dict[str, Any], folder: Path, faults: FileFaults) -> File:
    _read_secrets(written, folder, faults)
    try:
        config = Config.model_validate(written)
    except ValidationError as error:
        config = Config.model_validate(_without(written, faults.add_all(error, SETTINGS)))
    return File(faults, folder, config, bool(written.get("accounts")))


def _read_secrets(written: dict[str, Any], folder: Path, faults: FileFaults) -> None:
    """Puts each secret in its place whose file is named (`client_secret_file`). Paths start at the file's folder."""
    for section, names in SECRETS.items():
        entries = written.get(section)
        for place, entry in enumerate(entries if isinstance(entries, list) else ()):
            for name in names if isinstance(entry, dict) else ():
                named = entry.get(f"{name}_file")
                if isinstance(named, str) and named:
                    entry[name] = _secret(entry, name, folder / named, (section, place), faults)


def _secret(entry: dict[str, Any], name: str, path: Path, place: positions.Path, faults: FileFaults) -> Any:
    """What the file holds. Where it cannot be read, something that has no fault of its own."""
    if name in entry:
        faults.add((*place, f"{name}_file"), f"and `{name}` are both there: keep one")
        return entry[name]
    try:
        return read_secret(path)
    except ValueError as error:
        faults.add((*place, f"{name}_file"), f"names {path}, which {error}")
        return f"https://unread.invalid/{place}"


def _without(written: dict[Any, Any], wrong: Iterable[positions.Path]) -> dict[Any, Any]:
    """What is written but for each section, each setting, and each entry of a list or a table, that has a fault."""
    kept = deepcopy(written)
    for section, *inner in wrong:
        holder, key = (kept[section], inner[0]) if inner else (kept, section)
        if isinstance(holder, list):
            holder[int(key)] = None  # the others keep their places
        else:
            holder.pop(key, None)
    return kept
