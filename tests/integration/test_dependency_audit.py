"""`make audit` (tests/dependency_audit.py), with pip-audit itself and a pretend source of known vulnerabilities."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.dependency_audit import LOCK, Audit

ROOT = Path(__file__).parents[2]
KNOWN = {
    "id": "GHSA-x84v-xcm2-53pg",
    "modified": "2026-01-01T00:00:00Z",
    "summary": "It tells its password.",
    "affected": [
        {
            "package": {"name": "requests", "ecosystem": "PyPI"},
            "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "2.20.0"}]}],
        }
    ],
}


class _Osv(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        body = json.dumps({"vulns": [KNOWN]} if asked["package"]["name"] == "requests" else {}).encode()
        self.send_response(200)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def osv() -> Iterator[str]:
    """Its address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Osv)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/v1/query"
    server.shutdown()
    server.server_close()


def lock(folder: Path, *names: str) -> Path:
    path = folder / "requirements.txt"
    path.write_text("".join(f"{name} --hash=sha256:{'0' * 64}\n" for name in names))
    return path


def audited(lock_file: Path, *more: str) -> tuple[int, str]:
    """The exit code and what is said, by OSV alone: PyPI's answers differ from machine to machine."""
    words = list[str]()
    code = Audit(lock_file, more, ("osv",)).run(words.append)
    return code, "".join(words)


def test_a_known_vulnerability_fails(osv: str, tmp_path: Path) -> None:
    assert audited(lock(tmp_path, "requests==2.19.0", "attrs==26.1.0"), "--osv-url", osv) == (
        1,
        "2 dependencies were audited with osv. Known vulnerabilities: 1.\n"
        "requests 2.19.0: GHSA-x84v-xcm2-53pg. Mended in: 2.20.0.\n",
    )


def test_one_that_is_ignored_by_name_does_not_fail(osv: str, tmp_path: Path) -> None:
    more = ("--osv-url", osv, "--ignore-vuln", str(KNOWN["id"]))
    assert audited(lock(tmp_path, "requests==2.19.0"), *more)[0] == 0


def test_nothing_known_is_said(osv: str, tmp_path: Path) -> None:
    assert audited(lock(tmp_path, "attrs==26.1.0"), "--osv-url", osv) == (
        0,
        "1 dependencies were audited with osv. Known vulnerabilities: 0.\n",
    )


def test_no_network_is_said_and_does_not_fail(tmp_path: Path) -> None:
    code, told = audited(lock(tmp_path, "attrs==26.1.0"), "--osv-url", "http://127.0.0.1:9/")
    assert code == 0
    assert told.startswith("DEPENDENCIES WERE NOT AUDITED: no source of known vulnerabilities answers here.\n  osv: ")
    assert "Known vulnerabilities: 0" not in told


def test_the_lock_file_is_one_that_pip_audit_reads(osv: str) -> None:
    """Everything that is pinned for this machine is asked about."""
    code, told = audited(LOCK, "--osv-url", osv, "--ignore-vuln", str(KNOWN["id"]))
    assert code == 0
    assert int(told.split()[0]) > 70
    assert "NOT AUDITED" not in told


def test_ci_audits() -> None:
    assert "make audit" in (ROOT / ".ci/run").read_text().splitlines()
