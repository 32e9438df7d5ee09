"""What every test may say of its needs, how many run at a time, and what is logged meanwhile."""

import gc
import logging
import os
import pkgutil
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from itertools import groupby
from pathlib import Path
from typing import Any

import hypothesis
import pytest
import structlog
from structlog.dev import ConsoleRenderer, plain_traceback

import bot
import handlers
from bot.store.address import Address, Server
from tests import pgbouncer, postgres
from tests.fresh_file import fresh_file

_MOST_WORKERS = 16
"""Past these the longest test alone takes as long as all others."""
_MEMORY = Path("/dev/shm")  # Linux: files in it lie in memory
_ROOM = 4 * 1024**3
"""Bytes that must be free there: the tests' databases, browsers and folders lie in it."""
_NOT_MEASURED = (
    "acceptance",
    "browser",
    "chaos",
    "integration/test_act_words.py",
    "integration/test_benchmarks.py",
    "integration/test_detectors.py",
    "integration/test_load.py",
    "integration/test_missed.py",
    "integration/test_no_false_all_clear.py",
    "integration/test_one_card_per_channel.py",
    "integration/test_plan_reading.py::test_all_of_it_is_read_at_the_start",
    "integration/test_plan_reading.py::test_pages_as_many_as_10_000",
    "integration/test_plan_reading.py::test_workloads_are_read_anew_once_a_tenant",
    "integration/test_protected_nights.py",
    "integration/test_run_silences.py",
    "integration/test_seeded_night.py",
    "integration/test_silent_world.py",
    "integration/test_slack_flood.py",
    "integration/test_transfer.py",
    "integration/test_worth_waking.py",
    "integration/test_wrong_clocks.py",
    "unit/test_blocks_hostile.py",
    "unit/test_expressions.py",
    "unit/test_language_properties.py",
)
"""What plays whole nights, or one line thousands of times, goes through lines that quicker tests reach."""
_FIRST = pytest.StashKey[bool]()  # the first case of a test


def pytest_configure() -> None:
    """Tracebacks in logs are plain text: a drawn one takes a tenth of a second. No test asserts on the clock."""
    _work_in_memory()
    hypothesis.settings.register_profile("nightshift", deadline=None)
    hypothesis.settings.load_profile("nightshift")
    ConsoleRenderer.get_active().exception_formatter = plain_traceback
    if find_spec("sniffio") is None:
        sys.modules["sniffio"] = None  # type: ignore[assignment]  # httpcore looks for it anew with each request


def _work_in_memory() -> None:
    """Making and deleting its files is most of what a database for one test costs, on a disk."""
    is_there = "TMPDIR" not in os.environ and os.access(_MEMORY, os.W_OK)
    if is_there and shutil.disk_usage(_MEMORY).free > _ROOM:
        os.environ["TMPDIR"] = str(_MEMORY)
        tempfile.tempdir = None  # looked up anew


@pytest.hookimpl(wrapper=True)
def pytest_collection(session: pytest.Session) -> Generator[None, object, object]:
    """What a module does when it is loaded is counted; what collects the tests is not."""
    counting = _counting(session.config)
    if counting is None:
        return (yield)
    for package in (bot, handlers):
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            import_module(found.name)
    with _uncounted(counting):
        return (yield)


def _counting(config: pytest.Config) -> Any:
    """What counts lines, where they are counted."""
    return getattr(config.pluginmanager.getplugin("_cov"), "cov_controller", None)


@contextmanager
def _uncounted(counting: Any) -> Iterator[None]:
    counting.pause()
    try:
        yield
    finally:
        counting.resume()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Each folder's files are dealt evenly over the whole: tests that wait run beside tests that work."""
    files = [list(each) for _, each in groupby(items, lambda item: item.path)]
    folders = Counter(each[0].path.parent for each in files)
    dealt = Counter[Path]()
    places = dict[Path, float]()
    for each in files:
        folder = each[0].path.parent
        places[each[0].path] = dealt[folder] / folders[folder]
        dealt[folder] += 1
    items.sort(key=lambda item: places[item.path])
    seen = set[str]()
    for item in items:
        function = item.nodeid.partition("[")[0]
        item.stash[_FIRST] = function not in seen
        seen.add(function)


def pytest_collection_finish() -> None:
    """What was collected stays until the end: no collection of garbage looks through it again."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Counting lines takes as long as the test itself: the long ones, those with real parts from their second case on,
    and the second run on PostgreSQL go without, and so do their fixtures."""
    counting = _counting(item.config)
    if counting is None or _is_measured(item):
        return (yield)
    with _uncounted(counting):
        return (yield)


def _is_measured(item: pytest.Item) -> bool:
    call = getattr(item, "callspec", None)
    on_postgresql = call is not None and "postgresql" in call.params.values()
    place = item.nodeid.removeprefix("tests/")
    is_counted = item.stash[_FIRST] or not place.startswith("integration")
    return is_counted and not on_postgresql and not place.startswith(_NOT_MEASURED)


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
        yield fresh_file(tmp_path / "night.sqlite3")
    else:
        with postgres.database() as made:
            yield made


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A SQLite file that has the newest tables."""
    return fresh_file(tmp_path / "night.sqlite3")


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
