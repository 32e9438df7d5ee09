"""One demo and one browser for each file of tests: a test takes machines of its own, and a page of its own."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from bot.sandbox.page import files

ROOT = Path(__file__).parents[2]
CHROMIUM = "/usr/bin/chromium"
PATIENCE = 60_000.0  # milliseconds that a page waits for what comes at once on a machine that has time
DESKTOP, PHONE = (1280, 800), (390, 844)

Open = Callable[..., Page]
expect.set_options(timeout=PATIENCE)


@pytest.fixture(scope="module")
def demo() -> Iterator[str]:
    """The URL of `python -m bot demo`, as a process of its own."""
    with subprocess.Popen(
        (sys.executable, "-m", "bot", "demo"),
        cwd=ROOT,
        env=os.environ | {"DEMO_PORT": "0"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        first = process.stdout.readline()
        assert first.startswith("Open http://127.0.0.1:"), first
        yield first.removeprefix("Open ").strip()
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """It has a loop of its own on this thread for as long as it lives: no other file's tests may run meanwhile."""
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield launched
        launched.close()


@pytest.fixture
def open_page(demo: str, browser: Browser) -> Iterator[Open]:
    """Opens the page as somebody. What the browser reports as an error fails the test."""
    faults: list[str] = []
    contexts = []

    def opening(query: str = "", size: tuple[int, int] = DESKTOP) -> Page:
        context = browser.new_context(viewport={"width": size[0], "height": size[1]})
        context.set_default_timeout(PATIENCE)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
        page.goto(f"{demo}{query}")
        page.get_by_text("Nightshift is watching").first.wait_for()
        return page

    yield opening
    for context in contexts:
        context.close()
    assert faults == []


@pytest.fixture(scope="session")
def axe(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The text of axe-core, from the page's own packages."""
    page = files.BUILT.parent
    script = page / "node_modules/axe-core/axe.min.js"
    if not script.is_file():
        folder = tmp_path_factory.mktemp("packages")
        for name in ("package.json", "package-lock.json", ".npmrc"):
            (folder / name).write_bytes((page / name).read_bytes())
        subprocess.run(("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"), cwd=folder, check=True)
        script = folder / "node_modules/axe-core/axe.min.js"
    return script.read_text(encoding="utf-8")


@pytest.fixture
def violations(axe: str) -> Callable[[Page], list[Any]]:
    """What axe-core has against a page, in short."""

    def judged(page: Page) -> list[Any]:
        page.evaluate(axe)
        found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
        return [(each["id"], [node["target"] for node in each["nodes"]][:4]) for each in found["violations"]]

    return judged
