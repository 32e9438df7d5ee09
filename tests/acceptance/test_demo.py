"""`python -m bot demo` as people start it: a process of its own, with a pipe, a terminal or nothing for its input."""

import asyncio
import io
import os
import pty
import re
import signal
import subprocess
import sys
import termios
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

from bot.sandbox.demo import supervisor
from bot.sandbox.demo.bot_process import ROOT, ZONE, environment, open_processes
from bot.sandbox.demo.commands import YOU
from bot.sandbox.demo.script import until_over
from bot.sandbox.demo.terminal import Screen, Typist
from bot.sandbox.demo.transcript import Button, Entry, Transcript, What, view_words, words

PATIENCE = 60.0
COMMAND = (sys.executable, "-m", "bot", "demo")
PIPE, NOTHING = asyncio.subprocess.PIPE, asyncio.subprocess.DEVNULL


class Demo:
    """One run. `printed` is all it has written so far, errors too."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.printed = ""

    def type(self, *lines: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write("".join(f"{line}\n" for line in lines).encode())

    def close_input(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()

    async def shows(self, text: str) -> None:
        """Waits until this has been printed."""
        async with asyncio.timeout(PATIENCE):
            while text not in self.printed:
                assert await self._more(), f"{text!r} was not printed:\n{self.printed}"

    async def ended(self) -> int:
        async with asyncio.timeout(PATIENCE):
            while await self._more():
                pass
            return await self.process.wait()

    async def _more(self) -> bool:
        assert self.process.stdout is not None
        chunk = await self.process.stdout.read(65_536)
        self.printed += chunk.decode()
        return bool(chunk)


def left_in(folder: Path) -> list[Path]:
    """What the demo has left behind."""
    return list(folder.iterdir())


Start = Callable[..., Coroutine[Any, Any, Demo]]


@pytest.fixture
async def start(tmp_path: Path) -> AsyncIterator[Start]:
    """Starts `python -m bot demo`; its temporary files lie in `tmp_path`."""
    started: list[Demo] = []

    async def starting(*arguments: str, stdin: int = PIPE) -> Demo:
        process = await asyncio.create_subprocess_exec(
            *COMMAND,
            *arguments,
            cwd=ROOT,
            env=os.environ | {"TMPDIR": str(tmp_path)},
            stdin=stdin,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        started.append(Demo(process))
        return started[-1]

    yield starting
    for demo in started:
        if demo.process.returncode is None:
            demo.process.terminate()
        await demo.ended()


FAILED = r"^  (?:Backup failed|CRITICAL): ([^,(]+?)(?: \(|, )"


async def test_once_shows_answers_a_failure_and_its_recovery(start: Start, tmp_path: Path) -> None:
    demo = await start("--once", stdin=NOTHING)
    assert await demo.ended() == 0, demo.printed
    failed = re.search(FAILED, demo.printed, re.MULTILINE)
    assert failed is not None
    assert re.search(rf"^  Recovered: {re.escape(failed[1])}(?: \(|, )", demo.printed, re.MULTILINE)
    for words_ in ("you type /tasks running", "Running backups and restores", "Office 365", "Did you mean “running”?"):
        assert words_ in demo.printed
    assert not left_in(tmp_path)


async def test_lines_from_a_pipe_are_answered_in_their_order_before_it_ends(start: Start) -> None:
    """Also with the input's end right behind the last line, which has no line break."""
    demo = await start()
    demo.type(
        "recover", "/tasks o365", "tap next page", "tap nonsense", "tap details", "tap 1", "help", "tasks running"
    )
    demo.type("/what", "fail nobody", "recover nobody", "storm many", "outage", "nonsense", "")
    assert demo.process.stdin is not None
    demo.process.stdin.write(b"/tasks runing")
    demo.close_input()
    assert await demo.ended() == 0
    answers = (
        "Nothing that you made fail is failing",
        "you type /tasks o365",
        "page 1 of",
        "page 2 of",
        "The newest buttons are Details",
        " buttons are called details",  # of ten entries some may be several failures
        "window",
        "Asking Acronis",
        "asks the bot",
        "Commands begin with a slash: /tasks running",
        "The bot has /tasks and /activities here",
        "Nothing is called “nobody” here",
        "A storm takes a number",
        "Type outage on, or outage off.",
        "“nonsense” means nothing here",
        "Did you mean “running”?",
    )
    places = [demo.printed.find(answer) for answer in answers]
    assert -1 not in places, answers[places.index(-1)] + "\n" + demo.printed
    assert places == sorted(places)


async def test_a_failure_and_its_recovery_show_without_a_word_and_others_by_word(start: Start) -> None:
    demo = await start()
    await demo.shows("fails now.")
    by_itself = demo.printed.partition("The backup of ")[2].partition(" fails now.")[0]
    demo.type("/tasks failed first 50")  # chance decides what failed today
    await demo.shows("Failed backups and restores")
    names = ("DENT-PC1", "DENT-PC3", *(f"WS-00{number}" for number in range(5, 9)))
    well = next(name for name in names if name not in demo.printed)
    demo.type(f"fail {well.lower()}")
    await demo.shows(f": {well}, ")
    demo.type(f"recover {well.lower()}", "recover WS-001", "storm 2")
    await demo.shows(f"  Recovered: {well}, ")
    await demo.shows(f"  Recovered: {by_itself}")
    demo.type("outage on")
    await demo.shows("AWAY · Acronis cannot be read")
    demo.type("outage off", "recover", "exit")
    assert await demo.ended() == 0
    assert "The next backup goes well: WS-001." in demo.printed
    assert "2 backups fail now." in demo.printed


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
async def test_a_signal_ends_it_cleanly(start: Start, tmp_path: Path, number: signal.Signals) -> None:
    demo = await start()
    await demo.shows("Ctrl-C ends it")
    demo.process.send_signal(number)
    assert await demo.ended() == 0
    assert "Traceback" not in demo.printed
    assert not left_in(tmp_path)


async def test_no_input_at_all_ends_it_cleanly(start: Start, tmp_path: Path) -> None:
    demo = await start(stdin=NOTHING)
    assert await demo.ended() == 0
    assert "Type /tasks running" in demo.printed
    assert "Traceback" not in demo.printed
    assert not left_in(tmp_path)


def test_a_reader_that_leaves_ends_it_cleanly() -> None:
    """As `python -m bot demo --once | head -1`."""
    with subprocess.Popen(
        [*COMMAND, "--once"], cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as demo:
        assert demo.stdout is not None
        assert demo.stderr is not None
        assert demo.stdout.readline()
        demo.stdout.close()
        assert demo.stderr.read() == b""
        assert demo.wait(PATIENCE) == 0


async def test_the_bot_ends_also_when_the_demo_is_killed(start: Start, tmp_path: Path) -> None:
    demo = await start()
    await demo.shows("Nightshift is watching")
    demo.process.kill()
    assert await demo.ended() == -signal.SIGKILL
    assert await asyncio.to_thread(tells_of_its_end, tmp_path)


def tells_of_its_end(folder: Path) -> bool:
    """Whether the log of the bot says within a while that it has stopped in good order."""
    (log,) = folder.glob("nightshift-demo-*/bot.log")
    for _ in range(600):
        if '"stopped"' in log.read_text():
            return True
        time.sleep(0.1)
    return False


async def test_a_bot_that_dies_is_told_with_the_end_of_its_log() -> None:
    printed = io.StringIO()
    stopped = asyncio.Event()
    screen = Screen(printed, ZONE, gone=stopped.set)
    async with open_processes() as processes:
        transcript = Transcript(processes.slack.slack, YOU)
        await processes.bot_listens()
        processes.bot.terminate()
        async with asyncio.timeout(PATIENCE):
            assert await until_over(processes, transcript, screen, stopped, once=True) == 1
    assert "The bot ended by itself" in printed.getvalue()
    assert '"event": "stopped"' in printed.getvalue()


def test_the_supervisor_passes_on_how_its_command_ended() -> None:
    command = [sys.executable, supervisor.__file__, sys.executable, "-c"]
    with subprocess.Popen([*command, "raise SystemExit(3)"], stdin=subprocess.PIPE) as held:
        assert held.wait(PATIENCE) == 3
    sleeper = [*command, "import time; time.sleep(600)"]
    assert subprocess.run(sleeper, stdin=subprocess.DEVNULL, check=False, timeout=PATIENCE).returncode == 128 + 15


def test_nothing_of_the_real_accounts_reaches_the_bot() -> None:
    ours = {
        "SLACK_BOT_TOKEN": "xoxb-real",
        "NIGHTSHIFT_CONFIG": "real.toml",
        "PORT": "80",
        "HTTPS_PROXY": "p",
        "PATH": "b",
    }
    told = environment(ours, "http://acronis", "http://slack/api/", Path("/folder"))
    assert told["SLACK_BOT_TOKEN"] == "xoxb-sandbox"
    assert told["PATH"] == "b"
    assert not {"NIGHTSHIFT_CONFIG", "PORT", "HTTPS_PROXY"} & told.keys()


# ── a terminal ───────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_terminal_has_a_prompt_and_gets_its_mode_back() -> None:
    ours, theirs = pty.openpty()
    before = termios.tcgetattr(theirs)
    process = await asyncio.create_subprocess_exec(
        *COMMAND, "--terminal", cwd=ROOT, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True
    )
    loop = asyncio.get_running_loop()
    printed = ""
    try:
        async with asyncio.timeout(PATIENCE):
            for wanted, typed in (("> ", b"/tasks runnx\x7fing\r"), ("> /tasks running", b""), ("tap 1", b"\x04")):
                while wanted not in printed:
                    printed += (await loop.run_in_executor(None, os.read, ours, 4096)).decode(errors="replace")
                os.write(ours, typed)
            draining = loop.run_in_executor(None, _drain, ours)
            assert await process.wait() == 0
        assert termios.tcgetattr(theirs) == before
        assert "you type" not in printed
    finally:
        os.close(theirs)
        await draining
        os.close(ours)


def _drain(terminal: int) -> None:
    """Takes what is still printed, until nobody holds the other end."""
    try:
        while os.read(terminal, 4096):
            pass
    except OSError:
        return


class Typing:
    """A typist whose lines are kept."""

    def __init__(self) -> None:
        self.screen = io.StringIO()
        self._typist = Typist(Screen(self.screen, ZONE, gone=lambda: None))

    def press(self, text: str) -> list[str | None]:
        return list(self._typist.press(text))


def test_keys_make_a_line_that_can_be_corrected() -> None:
    typing = Typing()
    assert typing.press("/tasks failed") == []
    assert typing.press("\x7f\x7fing\r") == ["/tasks failing"]
    assert typing.press("wrong\x15right\r\x1b[A!\r") == ["right", "right!"]
    assert typing.press("a\x1b[Cb\x01\x1b\r") == ["ab"]


def test_ctrl_d_ends_only_an_empty_line() -> None:
    typing = Typing()
    assert typing.press("a\x04") == []
    assert typing.press("\x15\x04") == [None]


# ── what is printed ──────────────────────────────────────────────────────────────────────────────────────────────────


def lines_of(*entries: Entry) -> list[str]:
    printed = io.StringIO()
    screen = Screen(printed, ZONE, gone=lambda: None)
    for entry in entries:
        screen.show(entry)
    return printed.getvalue().splitlines()


def test_neighbours_with_one_label_are_told_together() -> None:
    buttons = (*(Button("Details", "", "task.details", str(n)) for n in range(3)), Button("Next page", "", "a", "b"))
    entry = Entry(What.POSTED, 0.0, "Two\nlines", place="only you", buttons=buttons)
    assert lines_of(entry) == ["", "01:00:00  only you", "  Two", "  lines", "  tap 1–3 Details · 4 Next page"]


def test_of_a_long_edited_message_only_the_first_line_and_what_is_new_is_printed_again() -> None:
    kept = [f"line {number}" for number in range(6)]
    before, now = "\n".join(["Old", *kept, "going"]), "\n".join(["New", *kept, "coming"])
    edited = Entry(What.EDITED, 0.0, now, place="#backup-alerts", before=before)
    assert lines_of(edited)[2:] == ["  New", "  coming", "  (6 lines as before)"]


def test_what_customers_typed_cannot_move_the_cursor() -> None:
    text = words(
        "a\x1b[2Jb\u202ec &lt;!here&gt; <@U0MIA> <https://x.example|label> <!date^1^{date}|Sat>", {"U0MIA": "mia"}
    )
    assert text == "a[2Jbc <!here> @mia label (https://x.example) Sat"


def test_a_window_is_read_from_its_blocks() -> None:
    pieces = [{"type": "text", "text": "When "}, {"type": "date", "timestamp": 1, "fallback": "Sat"}]
    view = {
        "title": {"type": "plain_text", "text": "Task"},
        "blocks": [
            {"type": "section", "text": {"type": "mrkdwn", "text": "A &amp; B"}},
            {"type": "divider"},
            {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": pieces}]},
            {"type": "context", "elements": [{"type": "plain_text", "text": "one"}, {"type": "mrkdwn", "text": "two"}]},
        ],
    }
    assert view_words(view, {}) == "Task\nA & B\nWhen Sat\none · two"
