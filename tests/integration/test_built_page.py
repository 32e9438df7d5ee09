"""The built page in the repository is what its source builds, and its packages come from where npm is told to look."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from bot.sandbox.page import files

PAGE = files.BUILT.parent
NEEDED = ("package.json", "package-lock.json", ".npmrc", "build.mjs", "source")


@pytest.mark.needs("npm")
def test_the_source_builds_what_lies_in_the_repository(tmp_path: Path) -> None:
    for name in NEEDED:
        copy = shutil.copytree if (PAGE / name).is_dir() else shutil.copy
        copy(PAGE / name, tmp_path / name)
    (tmp_path / "built").mkdir()
    for command in (
        ("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline"),
        ("npm", "run", "build"),
    ):
        ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert ran.returncode == 0, ran.stdout + ran.stderr
    assert contents(tmp_path / "built") == contents(files.BUILT), "run `make page`"


def contents(folder: Path) -> dict[str, bytes]:
    return {each.name: each.read_bytes() for each in folder.iterdir()}


def test_every_package_has_a_hash_and_none_an_address() -> None:
    packages = json.loads((PAGE / "package-lock.json").read_text())["packages"]
    pinned = {name: facts for name, facts in packages.items() if name}
    assert pinned
    assert [name for name, facts in pinned.items() if not facts.get("integrity", "").startswith("sha512-")] == []
    assert "resolved" not in (PAGE / "package-lock.json").read_text()
    assert "http" not in {facts.get("version", "")[:4] for facts in pinned.values()}


def test_a_page_is_built_only_with_all_its_files() -> None:
    assert files.is_built("page")
    assert not files.is_built("nothing")
