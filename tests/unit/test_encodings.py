"""No output of the command line fails for a sign that the terminal's encoding has not."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.builders import ENVIRONMENT

ROOT = Path(__file__).parents[2]
PLAIN_C = {"LANG": "C", "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
ENCODINGS = [
    *({"PYTHONIOENCODING": name} for name in ("latin-1", "ascii", "cp1252")),
    PLAIN_C,
]
CONFIG = """
[[routes]]
name = "Zoë–北 ✓"
channel = "C0123456789"
match = 'tenant "Ünïcode – 北京 🚀"'
"""


def said_by(folder: Path, encoding: dict[str, str], *command: str) -> tuple[int, str]:
    (folder / "nightshift.toml").write_text(CONFIG, encoding="utf-8")
    nowhere = {"SLACK_API_URL": "http://127.0.0.1:1/api/", "ACRONIS_URL": "http://127.0.0.1:1", "PYTHONPATH": str(ROOT)}
    ended = subprocess.run(
        [sys.executable, "-m", "bot", *command],
        cwd=folder,
        env={**ENVIRONMENT, **nowhere, **encoding},
        capture_output=True,
        check=False,
    )
    return ended.returncode, (ended.stdout + ended.stderr).decode("latin-1")


CASES = [
    *((encoding, ("check",), 1, "Route 1, Zo") for encoding in ENCODINGS),
    (PLAIN_C, ("replay",), 1, "DATABASE_URL names the file"),
    (PLAIN_C, ("replay", "--since", "–北✓"), 2, ""),
    (PLAIN_C, ("check", "--mode", "–北✓"), 2, "invalid choice"),
]


@pytest.mark.parametrize(("encoding", "command", "code", "words"), CASES, ids=str)
def test_what_cannot_be_written_is_replaced(
    tmp_path: Path, encoding: dict[str, str], command: tuple[str, ...], code: int, words: str
) -> None:
    ended, said = said_by(tmp_path, encoding, *command)
    assert words in said
    assert "UnicodeEncodeError" not in said
    assert "Traceback" not in said
    assert ended == code


CLOSED = [
    (">&-", "demo --once", 0),
    ("<&- >&- 2>&-", "demo --once", 0),
    *((closed, command, code) for closed in (">&-", ">&- 2>&-") for command, code in (("check", 1), ("nosuch", 2))),
]


@pytest.mark.parametrize(("closed", "command", "code"), CLOSED, ids=str)
def test_a_closed_output_stops_no_command(tmp_path: Path, closed: str, command: str, code: int) -> None:
    nowhere = {"SLACK_API_URL": "http://127.0.0.1:1/api/", "ACRONIS_URL": "http://127.0.0.1:1", "PYTHONPATH": str(ROOT)}
    line = f"exec {sys.executable} -m bot {command} {closed}"
    ended = subprocess.run(
        ["/bin/sh", "-c", line], cwd=tmp_path, env={**ENVIRONMENT, **nowhere}, capture_output=True, check=False
    )
    assert b"Traceback" not in ended.stderr
    assert ended.returncode == code
