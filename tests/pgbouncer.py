"""A real pgbouncer for tests, in transaction mode: each transaction may get another connection of the server."""

import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests import postgres

POOL = 4
"""Connections of the server that all of its clients share."""


def program() -> str | None:
    """Debian has it where only root looks."""
    return shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin")


@contextmanager
def before(server: postgres.RunningServer) -> Iterator[int]:
    """One before `server`; its port. It refuses to run as root, as the server does."""
    found = program()
    assert found is not None
    folder, port = Path(tempfile.mkdtemp(prefix="nightshift-pgbouncer-")), postgres.free_port()
    (folder / "users").write_text(f'"{postgres.USER}" ""\n')
    (folder / "ini").write_text(_settings(folder, port, server.port))
    postgres.own(folder)
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen([*postgres.as_other(), found, str(folder / "ini")], stdout=log, stderr=log)
    try:
        _await(process, port, folder / "log")
        yield port
    finally:
        process.kill()
        process.wait()
        shutil.rmtree(folder, ignore_errors=True)


def _settings(folder: Path, port: int, to: int) -> str:
    return "\n".join(
        (
            "[databases]",
            f"* = host=127.0.0.1 port={to}",
            "[pgbouncer]",
            "listen_addr = 127.0.0.1",
            f"listen_port = {port}",
            "unix_socket_dir =",
            "auth_type = trust",
            f"auth_file = {folder / 'users'}",
            "pool_mode = transaction",
            f"default_pool_size = {POOL}",
            "max_client_conn = 200",
            "",
        )
    )


def _await(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    ends_at = time.monotonic() + 60
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 5).close()
        except OSError:
            if process.poll() is not None or time.monotonic() > ends_at:
                raise AssertionError(log.read_text()) from None
            time.sleep(0.05)
        else:
            return
