"""The image without an engine: reads the Dockerfile, and does its steps in a folder that stands for the root.

Paths of the image (`/opt/…`, `/etc/nightshift`, `/var/lib/nightshift`) become paths in that folder. Where the tests are
root, every step is done by the image's own user in a name space of mounts: the Python of the tests is mounted there for
it, and the bot finds everything read-only but its volume. Elsewhere the steps are done by whoever runs the tests.
"""

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from json import loads
from pathlib import Path
from typing import Final

ROOT = Path(__file__).parents[1]
BASE_SIZE: Final = 130_000_000
"""What `docker images` says of python:3.11-slim-bookworm, in bytes; rounded up."""
_OURS: Final = re.compile(r"/(?:opt|etc/nightshift|var/lib/nightshift)(?=[/:\s\"']|$)")
_WHEELS: Final = "wheels"
_IS_ROOT: Final = os.geteuid() == 0


@dataclass(frozen=True, slots=True)
class Step:
    """`options` are its flags, `--from=build` as from: build."""

    word: str
    text: str
    options: Mapping[str, str]

    @property
    def words(self) -> list[str]:
        return loads(self.text) if self.text.startswith("[") else shlex.split(self.text)


def steps_of(path: Path) -> list[Step]:
    lines = (line for line in path.read_text().splitlines() if line.strip() and not line.lstrip().startswith("#"))
    return [_step(line) for line in re.sub(r"\\\n\s*", " ", "\n".join(lines)).splitlines()]


def _step(line: str) -> Step:
    word, _, text = line.partition(" ")
    flags = re.match(r"(?:--\S+\s+)*", text)
    options = dict(flag.lstrip("-").partition("=")[::2] for flag in flags[0].split()) if flags else {}
    return Step(word, text[flags.end() if flags else 0 :].strip(), options)


@dataclass(slots=True)
class Stage:
    """One stage: its folder in place of the root, and what its steps have set."""

    folder: Path
    user: int
    python: Path
    env: dict[str, str] = field(default_factory=dict[str, str])
    settings: dict[str, Step] = field(default_factory=dict[str, Step])
    workdir: str = "/"

    def path(self, name: str) -> Path:
        """Of a path in the image, or one that begins at the working directory."""
        return self.folder / os.path.normpath(f"{self.workdir}/{name}" if not name.startswith("/") else name).lstrip(
            "/"
        )

    def mapped(self, text: str) -> str:
        return _OURS.sub(lambda found: f"{self.folder}{found[0]}", text)

    def environment(self, **more: str) -> dict[str, str]:
        ours = {name: self.mapped(value) for name, value in self.env.items()}
        ours.setdefault("PATH", f"{self.python}/bin:/usr/bin:/bin")
        return {**ours, "LD_LIBRARY_PATH": f"{self.python}/lib", **more}

    def command(self, words: Sequence[str], *, writable: Sequence[str] | None = None) -> list[str]:
        """As the image's user. With `writable` all is read-only but these paths of the image, where tests are root."""
        if not _IS_ROOT:
            return list(words)
        mounts = [f"mount --bind {sys.base_prefix} {self.python}"]
        mounts += [f"mount --bind {self.path(each)} {self.path(each)}" for each in writable or ()]
        if writable is not None:
            mounts.append("mount -o remount,ro,bind /")
        ids = f"--reuid {self.user} --regid {self.user} --clear-groups --no-new-privs"
        script = " && ".join([*mounts, f"cd {self.path('.')}", f"exec setpriv {ids} -- {shlex.join(words)}"])
        return ["unshare", "--mount", "sh", "-c", script]


def build(dockerfile: Path, folder: Path) -> Stage:
    """Does all steps, each stage in a folder of its own. The last one is the image. Raises CalledProcessError."""
    steps = steps_of(dockerfile)
    _fetch_wheels(folder / _WHEELS)
    user = int(next(step.text for step in reversed(steps) if step.word == "USER").split(":")[0])
    python = folder / "python"
    python.mkdir()
    if not _IS_ROOT:
        python.rmdir()
        python.symlink_to(sys.base_prefix)
    stages: dict[str, Stage] = {}
    for step in steps:
        if step.word == "FROM":
            name = step.words[-1] if " AS " in step.text else f"stage{len(stages)}"
            stages[name] = stage = Stage(folder / name, user, python)
            stage.folder.mkdir()
            _own(stage.folder, user)
        else:
            _do(step, stage, stages)
    return stage


def _do(step: Step, stage: Stage, stages: Mapping[str, Stage]) -> None:
    match step.word:
        case "ENV":
            stage.env |= dict(each.split("=", 1) for each in step.words)
        case "WORKDIR":
            stage.workdir = step.text
            stage.path(".").mkdir(parents=True, exist_ok=True)
            _own(stage.folder, stage.user)
        case "COPY":
            _copy(step, stage, stages)
        case "RUN":
            words = ["sh", "-c", stage.mapped(step.text)]
            wheels = str(stage.folder.parent / _WHEELS)
            environment = stage.environment(HOME=str(stage.folder), PIP_NO_INDEX="1", PIP_FIND_LINKS=wheels)
            subprocess.run(stage.command(words), env=environment, cwd=stage.path("."), check=True)
        case _:
            stage.settings[step.word] = step


def _copy(step: Step, stage: Stage, stages: Mapping[str, Stage]) -> None:
    *sources, target = step.words
    ignored = None if "from" in step.options else shutil.ignore_patterns("__pycache__", "*.py[co]")
    for name in sources:
        source = stages[step.options["from"]].path(name) if "from" in step.options else ROOT / name
        aim = stage.path(target) / (source.name if target.endswith("/") else "")
        if source.is_dir():
            shutil.copytree(source, aim, symlinks=True, dirs_exist_ok=True, ignore=ignored)
        else:
            aim.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, aim)
    _own(stage.folder, stage.user)


def _own(folder: Path, user: int) -> None:
    if _IS_ROOT:
        subprocess.run(["chown", "-R", f"{user}:{user}", folder], check=True)


def _fetch_wheels(folder: Path) -> None:
    """With pip's cache, which `make install` has filled: the image's own user begins without one."""
    what = ["--no-deps", "--require-hashes", "--dest", str(folder), "-r", str(ROOT / "requirements.txt")]
    subprocess.run([sys.executable, "-m", "pip", "download", "--quiet", *what], check=True)


def size_of(folder: Path) -> int:
    """In bytes, links not followed."""
    return sum(path.lstat().st_size for path in folder.rglob("*") if not path.is_dir() or path.is_symlink())
