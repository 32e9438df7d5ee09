"""A real PostgreSQL for tests: one server a worker on loopback, a fresh database for each test that asks.

It sorts text as people do, not by its bytes: what must be equal on both databases may not hang on that. The server
ends with the process that started it, however that ends.
"""

import atexit
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from itertools import count
from pathlib import Path

import psycopg
import pytest

from bot.store.address import Server
from bot.store.engine import migrate

USER = "nightshift"
_SERVER = (
    *("-c", "fsync=off", "-c", "full_page_writes=off", "-c", "shared_buffers=32MB"),  # survives a crash of its own
    *("-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=", "-c", "max_connections=200"),
    *("-c", "autovacuum=off", "-c", "jit=off", "-c", "max_wal_size=64MB", "-c", "min_wal_size=32MB"),
)
ON_A_FILE = pytest.mark.parametrize("address", ["sqlite"], indirect=True)
"""For what is about SQLite's file alone."""
_numbers = count(1)


def programs() -> Path | None:
    """The folder of `initdb` and `postgres`: Debian has them on nobody's PATH. None where there is none."""
    on_path = shutil.which("initdb")
    found = [Path(on_path).resolve().parent] if on_path else sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    return next((folder for folder in reversed(found) if (folder / "postgres").exists()), None)


@dataclass(frozen=True, slots=True)
class RunningServer:
    """A server of one's own; `process` may be stopped and continued."""

    process: subprocess.Popen[bytes]
    folder: Path
    port: int

    def url(self, database: str) -> str:
        return f"postgresql://{USER}@127.0.0.1:{self.port}/{database}"

    def make(self, template: str = "template0") -> str:
        """The URL of a new database."""
        name = f"night_{next(_numbers)}"
        self.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        return self.url(name)

    def drop(self, url: str) -> None:
        self.execute(f"DROP DATABASE {url.rpartition('/')[2]} WITH (FORCE)")

    def execute(self, statement: str, database: str = "postgres") -> list[tuple[object, ...]]:
        with psycopg.connect(self.url(database), autocommit=True) as connection:
            cursor = connection.execute(statement)
            return cursor.fetchall() if cursor.description else []

    def stop(self) -> None:
        """At once, as a crash would be; its folder stays, for `start`."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGQUIT)
            self.process.wait()

    def end(self) -> None:
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)


def start(folder: Path | None = None, port: int | None = None, more: Sequence[str] = ()) -> RunningServer:
    """Starts a server on `folder`, on what an earlier one left there if it did. `more` are options of `postgres`."""
    bin_ = programs()
    assert bin_ is not None
    if folder is None:
        folder = Path(tempfile.mkdtemp(prefix="nightshift-postgres-"))
        own(folder)
    data = folder / "data"
    if not data.exists():
        made = [str(bin_ / "initdb"), "-D", str(data), "-U", USER, "-A", "trust", "--no-sync", "--encoding=UTF8"]
        sorts = ["--locale=C.UTF-8", "--locale-provider=icu", "--icu-locale=en-US"]
        subprocess.run([*as_other(), *made, *sorts], check=True, stdout=subprocess.DEVNULL, cwd=folder)
    port = port or free_port()
    with (folder / "log").open("ab") as log:
        command = [*as_other(), str(bin_ / "postgres"), "-D", str(data), "-p", str(port), *_SERVER, *more]
        process = subprocess.Popen(command, stdout=log, stderr=log, cwd=folder)
    server = RunningServer(process, folder, port)
    _await(server)
    return server


def standby_of(primary: RunningServer) -> RunningServer:
    """A server that follows `primary`. From now on nothing is committed there that this one has not."""
    bin_ = programs()
    assert bin_ is not None
    folder = Path(tempfile.mkdtemp(prefix="nightshift-standby-"))
    own(folder)
    source = ("-h", "127.0.0.1", "-p", str(primary.port), "-U", USER)
    how = ("-D", str(folder / "data"), "-R", "-X", "stream", "-c", "fast", "--no-sync")
    subprocess.run([*as_other(), str(bin_ / "pg_basebackup"), *source, *how], check=True, cwd=folder)
    standby = start(folder)
    primary.execute("ALTER SYSTEM SET synchronous_standby_names = '*'")
    primary.execute("SELECT pg_reload_conf()")
    while not primary.execute("SELECT 1 FROM pg_stat_replication WHERE sync_state = 'sync'"):
        time.sleep(0.05)
    return standby


@cache
def shared() -> RunningServer:
    """This worker's server. It is ended and its folder deleted when the worker ends."""
    server = start()
    atexit.register(server.end)
    return server


def as_other() -> list[str]:
    """PostgreSQL refuses to run as root. The server gets a signal when its starter dies."""
    dies = ["setpriv", "--pdeathsig", "QUIT"] if shutil.which("setpriv") else []
    if os.geteuid() != 0:
        return dies
    other = pwd.getpwnam("nobody")
    return [*dies, f"--reuid={other.pw_uid}", f"--regid={other.pw_gid}", "--clear-groups"]


def own(folder: Path) -> None:
    if os.geteuid() == 0:
        shutil.chown(folder, "nobody")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _await(server: RunningServer) -> None:
    ends_at = time.monotonic() + 60
    while True:
        try:
            psycopg.connect(server.url("postgres"), connect_timeout=5).close()
        except psycopg.OperationalError:
            if server.process.poll() is not None or time.monotonic() > ends_at:
                raise AssertionError((server.folder / "log").read_text()) from None
            time.sleep(0.05)
        else:
            return


@cache
def _migrated() -> str:
    """The name of a database of this worker's server that has the newest tables."""
    url = shared().make()
    migrate(Server(url, url, url))
    return url.rpartition("/")[2]


@contextmanager
def database() -> Iterator[Server]:
    """A new database that has the newest tables, until the end of the block."""
    url = shared().make(_migrated())
    yield Server("night", url, url)
    shared().drop(url)
