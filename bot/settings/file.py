"""Reads nightshift.toml. A fault leaves the rest as it is written, so that all faults are told at once."""

import errno
import re
import stat
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
from bot.settings.model import SETTINGS, Config

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


def check_regular(path: Path) -> None:
    """Raises OSError where no file is. A folder, a pipe or a device is none: reading it may never end."""
    mode = path.stat().st_mode
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, "it is a folder", str(path))
    if not stat.S_ISREG(mode):
        raise OSError(errno.EINVAL, "it is a pipe, a socket or a device", str(path))


def _not_toml(name: str, told: str, text: str) -> str:
    """What ends too early is at fault in its last line."""
    found = _AT_LINE.search(told)
    line = found[1] if found and found[1] else len(text.splitlines()) or 1
    return f"{name} line {line}: this is no TOML: {_AT_LINE.sub('', told)}."


def _checked(written: dict[str, Any], folder: Path, faults: FileFaults) -> File:
    try:
        config = Config.model_validate(written)
    except ValidationError as error:
        config = Config.model_validate(_without(written, faults.add_all(error, SETTINGS)))
    return File(faults, folder, config, bool(written.get("accounts")))


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
