"""What every test may say of its needs."""

import os
import shutil
from pathlib import Path

import pytest

PLACES = {"postgres": "/usr/lib/postgresql/*/bin/postgres"}
"""Where Debian puts what is not on the PATH."""


def pytest_runtest_setup(item: pytest.Item) -> None:
    """`@pytest.mark.needs("chromium")`: without it the test skips and says so; where CI is complete, it fails."""
    missing = [name for mark in item.iter_markers("needs") for name in mark.args if not _is_there(name)]
    if not missing:
        return
    reason = f"{', '.join(missing)} is not on this machine"
    if os.environ.get("CI_COMPLETE") == "1":
        pytest.fail(f"{reason}, and CI_COMPLETE=1 says that nothing is missing", pytrace=False)
    pytest.skip(reason)


def _is_there(program: str) -> bool:
    pattern = PLACES.get(program, "")
    return shutil.which(program) is not None or any(Path("/").glob(pattern.lstrip("/")) if pattern else ())
