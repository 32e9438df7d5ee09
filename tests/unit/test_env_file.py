"""`--env-file FILE`: variables, one on each line, and what is wrong with it (bot/settings/env_file.py)."""

import os
import re
import subprocess
from pathlib import Path

import pytest

from bot.__main__ import WITHOUT_SETTINGS, main
from bot.errors import SettingsError
from bot.settings.env_file import read_env_file

ROOT = Path(__file__).parents[2]


def read(path: Path, content: str | bytes) -> dict[str, str]:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_env_file(path)


def faults(path: Path, content: str | bytes) -> tuple[str, ...]:
    with pytest.raises(SettingsError) as caught:
        read(path, content)
    return caught.value.faults


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("X=plain", "plain"),
        ("export X=plain", "plain"),
        ("  X=plain  ", "plain"),
        ("X=", ""),
        ("X=''", ""),
        ("X=two words", "two words"),
        ("X='two words'", "two words"),
        ('X="two words"', "two words"),
        ("X=a=b==", "a=b=="),
        ("X=postgresql://u:p#q@h/d?sslmode=require", "postgresql://u:p#q@h/d?sslmode=require"),
        ("X=#abc", "#abc"),
        ("X=plain # a comment", "plain"),
        ("X='a # b' # a comment", "a # b"),
        ("X='$HOME'", "$HOME"),
        ("X=$HOME", "$HOME"),
        ('X="$HOME"', "$HOME"),
        (r"X='a\b'", r"a\b"),
        (r"X=a\b", r"a\b"),
        (r'X="a\"b\\c"', r'a"b\c'),
        ("X=it's", "it's"),
        ("X=Käse", "Käse"),
    ],
)
def test_a_value_is_read(tmp_path: Path, line: str, value: str) -> None:
    assert read(tmp_path / ".env", f"# first\n\n{line}\n") == {"X": value}


@pytest.mark.parametrize("content", [b"X=1\r\nY=2\r\n", b"\xef\xbb\xbfX=1\nY=2", b"\n\n\tX=1\n # no\nY=2"])
def test_files_of_other_editors_are_read(tmp_path: Path, content: bytes) -> None:
    assert read(tmp_path / ".env", content) == {"X": "1", "Y": "2"}


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("SLACK_BOT_TOKEN", "this is no variable. Write NAME=value, or begin a comment with #."),
        ("SLACK_BOT_TOKEN: xoxb-1", "this is no variable. Write NAME=value, or begin a comment with #."),
        ("X = s3cret", "a space stands beside the =. Write NAME=value."),
        ("X= s3cret", "a space stands beside the =. Write NAME=value."),
        ("=s3cret", "what stands before the = is no name of a variable: letters, digits and _."),
        ("1X=s3cret", "what stands before the = is no name of a variable: letters, digits and _."),
        ("X-Y=s3cret", "what stands before the = is no name of a variable: letters, digits and _."),
        ("X='s3cret", "the quote that X begins with has no end on this line."),
        ('X="s3cret\\"', "the quote that X begins with has no end on this line."),
        ("X='s3cret'more", "something stands after the closing quote of X."),
        ('X="s3cret" more', "something stands after the closing quote of X."),
        ("X=s3\x00cret", "the value of X has signs that cannot be printed."),
        ("X=s3\x1b[0mcret", "the value of X has signs that cannot be printed."),
        ("A=2", "A stands on line 1 too. Keep one."),
    ],
)
def test_a_fault_names_its_line_and_never_the_value(tmp_path: Path, line: str, fault: str) -> None:
    (told,) = faults(tmp_path / "bot.env", f"A=1\n\n{line}\nB=2\n")
    assert told == f"bot.env line 3: {fault}"
    assert "s3" not in told


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    assert [told.partition(":")[0] for told in faults(tmp_path / ".env", "X\nA=1\nY Z\nA=2\n")] == [
        ".env line 1",
        ".env line 3",
        ".env line 4",
    ]


@pytest.mark.parametrize(
    ("content", "fault"),
    [(b"\xff\xfeX\x00=\x001\x00", "is no text in UTF-8."), (b"#" * (256 * 1024 + 1), "has more than 256 KiB.")],
)
def test_what_is_no_text_file_is_refused(tmp_path: Path, content: bytes, fault: str) -> None:
    path = tmp_path / ".env"
    assert faults(path, content) == (f"--env-file names {path}, which {fault}",)


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for name, fault in (
        ("none", "is not there."),
        (".", "cannot be read: it is a folder."),
        ("pipe", "cannot be read: it is a pipe, a socket or a device."),
        ("none/.env", "is not there."),
    ):
        with pytest.raises(SettingsError) as caught:
            read_env_file(tmp_path / name)
        assert caught.value.faults == (f"--env-file names {tmp_path / name}, which {fault}",)


def test_the_example_is_read_and_means_the_same_to_a_shell(tmp_path: Path) -> None:
    """Each line that is commented out is tried, too."""
    text = (ROOT / ".env.example").read_text()
    lines = [line.removeprefix("#") for line in text.splitlines() if line.lstrip("#")[:1].isupper() and "=" in line]
    assert len(lines) > 10
    ours = read(tmp_path / ".env", "\n".join(lines))
    script = f"set -a; . {tmp_path / '.env'}; env -0"
    shell = subprocess.run(["sh", "-c", script], env={"PATH": os.environ["PATH"]}, capture_output=True, check=True)
    theirs = dict(each.split("=", 1) for each in shell.stdout.decode().split("\0") if "=" in each)
    assert ours.items() <= theirs.items()


def test_every_command_that_reads_variables_takes_a_file_of_them(capsys: pytest.CaptureFixture[str]) -> None:
    settings = (ROOT / "bot/settings/README.md").read_text()
    for command in set(re.findall(r"^\| `python -m bot ([\w-]+)", settings, re.MULTILINE)):
        with pytest.raises(SystemExit):
            main([command, "--help"])
        assert ("--env-file" in capsys.readouterr().out) == (command not in WITHOUT_SETTINGS), command
