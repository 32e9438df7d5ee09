"""What is freed goes back to the machine."""

import subprocess
import sys

import pytest

from tests.benchmarks.measure import ROOT

FREED = """
from bot.memory import keep_small
def rss():
    return int(open("/proc/self/statm").read().split()[1]) * 4
took = keep_small()
before = rss()
for _ in range(50):  # glibc learns from freed blocks to keep such
    block = bytearray(1_000_000); del block
kept = [bytes(300_000) for _ in range(60)]
between = [bytes(700) for _ in range(60)]
del kept
print(took, rss() - before < 5_000)
"""


def test_large_blocks_go_back_to_the_machine() -> None:
    done = subprocess.run([sys.executable, "-c", FREED], cwd=ROOT, capture_output=True, text=True, check=True)
    took, is_small = done.stdout.split()
    if took != "True":
        pytest.skip("this is no glibc")
    assert is_small == "True"


LEFT_OUT = """
import sys
import bot.slack.listener, bot.store, bot.schedule
unused = ("aiohttp.web", "slack_bolt.app.app", "sqlalchemy.orm", "multiprocessing.connection", "psycopg")
unused += ("sqlalchemy.dialects.postgresql",)
print([name for name in unused if name in sys.modules])
from aiohttp import web
from concurrent.futures import ProcessPoolExecutor
print(web.Response, ProcessPoolExecutor)
"""


def test_what_nobody_uses_is_not_loaded_and_is_there_for_who_does() -> None:
    done = subprocess.run([sys.executable, "-c", LEFT_OUT], cwd=ROOT, capture_output=True, text=True, check=True)
    loaded, later = done.stdout.splitlines()
    assert loaded == "[]"
    assert "None" not in later
