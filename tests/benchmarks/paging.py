"""How soon the demo's page is there, and how soon a message of the bot stands on it. Needs Debian's Chromium.

"Usable" is from the command to a page in which people can type. A message is timed in the browser: from the moment
before the bot's call, by the same machine's clock, to the frame after its text stands in the document.
"""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from tests.benchmarks.measure import ROOT, Line

CHROMIUM = "/usr/bin/chromium"
USABLE, SHOWN = 2.0, 300.0
_WATCH = """(text) => new Promise((told) => {
  const look = () => document.body.innerText.includes(text) && (requestAnimationFrame(() => told(Date.now())), true);
  if (!look()) new MutationObserver((_, eye) => look() && eye.disconnect())
    .observe(document.body, {childList: true, subtree: true, characterData: true});
})"""
_POST = {"Authorization": "Bearer xoxb-sandbox", "Content-Type": "application/json"}


@dataclass(frozen=True, slots=True)
class Size:
    starts: int
    messages: int


FULL = Size(starts=5, messages=30)
TINY = Size(starts=1, messages=1)


def run(size: Size) -> Iterator[Line]:
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        usable = [_start(browser, Path(folder)) for _ in range(size.starts)]
        with _demo(Path(folder)) as url:
            page = _opened(browser, url)
            page.get_by_text("Nightshift is watching").first.wait_for()
            shown = [_message(page, url, number) for number in range(size.messages)]
        browser.close()
    yield Line("python -m bot demo, people can type", median(usable), USABLE, "s")
    yield Line("  a message stands on the page, median", median(shown), SHOWN, "ms")
    yield Line("  the slowest", max(shown), SHOWN, "ms")


@contextmanager
def _demo(folder: Path) -> Iterator[str]:
    environ = os.environ | {"DEMO_PORT": "0", "TMPDIR": str(folder)}
    command = (sys.executable, "-m", "bot", "demo")
    with subprocess.Popen(
        command, cwd=ROOT, env=environ, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True
    ) as process:
        if process.stdout is None:
            raise RuntimeError("the demo says nothing")
        try:
            yield process.stdout.readline().removeprefix("Open ").strip()
        finally:
            process.send_signal(signal.SIGTERM)


def _start(browser: Browser, folder: Path) -> float:
    """Seconds."""
    began = time.perf_counter()
    with _demo(folder) as url:
        _opened(browser, url)
        return time.perf_counter() - began


def _opened(browser: Browser, url: str) -> Page:
    page = browser.new_page()
    page.goto(url)
    page.get_by_role("combobox", name="Message #backup-alerts").fill("/")
    return page


def _message(page: Page, url: str, number: int) -> float:
    """Milliseconds; in a channel of which nothing was posted lately, so that no rate limit counts."""
    text = f"message number {number} stands"
    page.evaluate("(wanted) => { window.stood = (" + _WATCH + ")(wanted); }", text)
    called = time.time() * 1000
    body: Any = {"channel": "C0ALERTS", "text": text}
    answer = page.request.post(f"{url}api/chat.postMessage", headers=_POST, data=body)
    if not answer.json()["ok"]:
        raise RuntimeError(answer.text())
    stood: float = page.evaluate("window.stood")
    page.wait_for_timeout(1_100)  # Slack takes one post a second
    return stood - called
