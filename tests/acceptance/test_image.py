"""The image: the steps of the Dockerfile, done for real, and the bot that comes of them (tests/image.py)."""

import asyncio
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path

import pytest

from bot.settings.environment import SECRETS
from tests import bot_process, image
from tests.bot_process import BotProcess, free_port, stage

ROOT = Path(__file__).parents[2]
DOCKERFILE = ROOT / "Dockerfile"
STATE = "/var/lib/nightshift"


@pytest.fixture
def folder() -> Iterator[Path]:
    """An empty one that any user reaches, which pytest's own are not."""
    made = Path(tempfile.mkdtemp(prefix="nightshift-image-"))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made)


async def started(world: bot_process.Stage, built: image.Stage, **variables: str) -> BotProcess:
    """What an engine would start: ENTRYPOINT and CMD, by USER, with ENV and the operator's variables."""
    words = [*built.settings["ENTRYPOINT"].words, *built.settings["CMD"].words]
    theirs = {name: value for name, value in world.environment().items() if name not in ("PATH", "HOME", "PYTHONPATH")}
    command = built.command(words, writable=[STATE])
    environment = {**theirs, **built.environment(), **variables}
    return await world.start_words(command, environment=environment, folder=built.path("."))


def looked(built: image.Stage, port: int) -> int:
    """The exit code of HEALTHCHECK."""
    words = image.Step("CMD", built.settings["HEALTHCHECK"].text.removeprefix("CMD "), {}).words
    environment = built.environment(PORT=str(port))
    command = built.command(words, writable=[STATE])
    return subprocess.run(command, env=environment, stderr=subprocess.DEVNULL, check=False).returncode


def owner(pid: int) -> int:
    """Whose process it is."""
    return Path(f"/proc/{pid}").stat().st_uid


def answer(port: int, path: str) -> int:
    with closing(HTTPConnection("127.0.0.1", port, timeout=30)) as way:
        way.request("GET", path)
        return way.getresponse().status


@pytest.mark.timeout(900)
async def test_the_steps_of_the_dockerfile_make_a_bot_that_becomes_ready(folder: Path) -> None:
    """Read-only but for its volume, not root, healthy, under 250 MB, and ended by its STOPSIGNAL with 0."""
    built = await asyncio.to_thread(image.build, DOCKERFILE, folder)
    assert image.BASE_SIZE + image.size_of(built.folder) < 250_000_000
    port = free_port()
    async with stage(folder) as world:
        bot = await started(world, built, PORT=str(port))
        await bot.ready()
        assert await asyncio.to_thread(answer, port, "/healthz") == 200
        assert await asyncio.to_thread(looked, built, port) == 0
        assert await asyncio.to_thread(looked, built, free_port()) != 0
        if os.geteuid() == 0:
            assert owner(bot.pid) == built.user
        bot.send(signal.Signals[built.settings["STOPSIGNAL"].text])
        assert await bot.ended() == 0
    assert built.path(f"{STATE}/nightshift.sqlite3").stat().st_size > 0


def test_the_image_is_built_of_what_is_there_and_not_ignored() -> None:
    """.dockerignore lets nothing into the context but what COPY names."""
    steps = image.steps_of(DOCKERFILE)
    copied = {name for step in steps if step.word == "COPY" and "from" not in step.options for name in step.words[:-1]}
    ignore = (ROOT / ".dockerignore").read_text().splitlines()
    assert ignore[1] == "*"
    assert {line.removeprefix("!") for line in ignore if line.startswith("!")} == copied
    assert [name for name in copied if not (ROOT / name).exists()] == []


def test_the_image_is_not_root_and_pinned_and_keeps_no_secret() -> None:
    steps = image.steps_of(DOCKERFILE)
    texts = {step.word: step.text for step in steps}
    assert texts["USER"] == "10001:10001"
    assert texts["STOPSIGNAL"] == "SIGTERM"
    assert texts["VOLUME"] == f'["{STATE}"]'
    assert {step.words[0] for step in steps if step.word == "FROM"} == {"python:3.11-slim-bookworm"}
    assert not any(name in DOCKERFILE.read_text() for name in SECRETS if name != "DATABASE_URL")
