"""What every test may say of its needs."""

import os
import shutil
from collections.abc import Generator

import pytest


def pytest_runtest_setup(item: pytest.Item) -> None:
    """`@pytest.mark.needs("jq")`: without it the test skips, and says so."""
    missing = [name for mark in item.iter_markers("needs") for name in mark.args if shutil.which(name) is None]
    if missing:
        pytest.skip(f"{', '.join(missing)} is not on this machine")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Where CI is complete nothing may be missing: there a skip fails."""
    report = yield
    if report.skipped and os.environ.get("CI_COMPLETE") == "1":
        report.outcome = "failed"
        report.longrepr = f"skipped, though CI_COMPLETE=1 says that nothing is missing: {report.longreprtext}"
    return report
