"""What every test may say of its needs, how many run at a time, and what is logged meanwhile."""

import logging
import os
import shutil
from collections.abc import Generator, Iterator
from pathlib import Path

import hypothesis
import pytest
import structlog
from structlog.dev import ConsoleRenderer, plain_traceback

from bot.store.address import Address, Server
from bot.store.engine import migrate
from tests import pgbouncer, postgres

_MOST_WORKERS = 16
"""Past these the longest test alone takes as long as all others."""
_NOT_MEASURED = (
    "acceptance",
    "browser",
    "chaos",
    "integration/test_benchmarks.py",
    "integration/test_detectors.py",
    "integration/test_load.py",
    "integration/test_missed.py",
    "integration/test_no_false_all_clear.py",
    "integration/test_one_card_per_channel.py",
    "integration/test_protected_nights.py",
    "integration/test_run_silences.py",
    "integration/test_seeded_night.py",
    "integration/test_silent_world.py",
    "integration/test_slack_flood.py",
    "unit/test_blocks_hostile.py",
    "unit/test_expressions.py",
    "unit/test_language_properties.py",
)
"""What plays whole nights, or one line thousands of times, goes through lines that quicker tests reach."""


def pytest_configure() -> None:
    """Tracebacks in logs are plain text: a drawn one takes a tenth of a second. No test asserts on the clock."""
    hypothesis.settings.register_profile("nightshift", deadline=None)
    hypothesis.settings.load_profile("nightshift")
    ConsoleRenderer.get_active().exception_formatter = plain_traceback


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Counting lines takes as long as the test itself: the long ones, and the second run on PostgreSQL, go without,
    and so do their fixtures."""
    counting = getattr(item.config.pluginmanager.getplugin("_cov"), "cov_controller", None)
    if counting is None or _is_measured(item):
        return (yield)
    counting.pause()
    try:
        return (yield)
    finally:
        counting.resume()


def _is_measured(item: pytest.Item) -> bool:
    call = getattr(item, "callspec", None)
    on_postgresql = call is not None and "postgresql" in call.params.values()
    place = item.path.relative_to(Path(__file__).parent).as_posix()
    return not on_postgresql and not place.startswith(_NOT_MEASURED)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """`@pytest.mark.needs("jq")`: without it the test skips, and says so."""
    missing = [name for mark in item.iter_markers("needs") for name in mark.args if not _is_here(name)]
    if missing:
        pytest.skip(f"{', '.join(missing)} is not on this machine")


def _is_here(program: str) -> bool:
    """Debian has PostgreSQL's server on nobody's PATH, and pgbouncer on root's."""
    if program == "pgbouncer":
        return pgbouncer.program() is not None
    return postgres.programs() is not None if program == "postgres" else shutil.which(program) is not None


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


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.needs("postgres"))])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Address]:
    """Where a database is that has the newest tables: a file, and once more a server's."""
    if request.param == "sqlite":
        migrate(tmp_path / "night.sqlite3")
        yield tmp_path / "night.sqlite3"
    else:
        with postgres.database() as made:
            yield made


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A SQLite file that has the newest tables."""
    migrate(tmp_path / "night.sqlite3")
    return tmp_path / "night.sqlite3"


@pytest.fixture
def server() -> Iterator[Server]:
    """A PostgreSQL database that has the newest tables."""
    with postgres.database() as made:
        yield made


@pytest.fixture
def restored_logging() -> Iterator[None]:
    """Logging is the whole process's: a test that sets it up puts it back."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()
