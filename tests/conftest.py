"""What every test may say of its needs, how many run at a time, and what is logged meanwhile."""

import logging
import os
import shutil
from collections.abc import Generator, Iterator

import pytest
import structlog
from structlog.dev import ConsoleRenderer, plain_traceback

_MOST_WORKERS = 16
"""Past these the longest test alone takes as long as all others."""


def pytest_configure() -> None:
    """Tracebacks in logs are plain text: a drawn one takes a tenth of a second."""
    ConsoleRenderer.get_active().exception_formatter = plain_traceback


def pytest_runtest_setup(item: pytest.Item) -> None:
    """`@pytest.mark.needs("jq")`: without it the test skips, and says so."""
    missing = [name for mark in item.iter_markers("needs") for name in mark.args if shutil.which(name) is None]
    if missing:
        pytest.skip(f"{', '.join(missing)} is not on this machine")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Twice as many as there are processors: tests of processes and sockets mostly wait."""
    return min(2 * (os.cpu_count() or 1), _MOST_WORKERS)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Where CI is complete nothing may be missing: there a skip fails."""
    report = yield
    if report.skipped and os.environ.get("CI_COMPLETE") == "1":
        report.outcome = "failed"
        report.longrepr = f"skipped, though CI_COMPLETE=1 says that nothing is missing: {report.longreprtext}"
    return report


@pytest.fixture
def restored_logging() -> Iterator[None]:
    """Logging is the whole process's: a test that sets it up puts it back."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()
