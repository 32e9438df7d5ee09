"""What is counted: bounded label sets, no foreign words in labels, and histograms as Prometheus wants them."""

import shutil
import subprocess
from datetime import timedelta

import pytest

from bot.measures import ACKS, ACRONIS, FAILED, MOST, OTHER, SENT, Measures
from bot.model import SystemClock
from bot.telemetry import Vitals


def vitals() -> Vitals:
    return Vitals(SystemClock(), timedelta(minutes=1))


@pytest.mark.parametrize("word", ["Acme Corp", "", "x" * 61, "a\nb", "<!channel>", "ünwort", "../etc", "a b"])
def test_what_is_no_word_of_a_protocol_becomes_other(word: str) -> None:
    measures = Measures()
    measures.count(FAILED, word)
    assert measures.counts[FAILED] == {(OTHER,): 1}


@pytest.mark.parametrize("word", ["channel_not_found", "503", "chat.postMessage", "no-answer"])
def test_words_of_a_protocol_stay(word: str) -> None:
    measures = Measures()
    measures.count(FAILED, word)
    assert measures.counts[FAILED] == {(word,): 1}


def test_the_label_sets_of_a_family_are_bounded_and_none_is_lost() -> None:
    measures = Measures()
    for number in range(3 * MOST):
        measures.count(FAILED, f"reason_{number}")
        measures.time(ACRONIS, 0.1, "task_manager", str(number))
    assert len(measures.counts[FAILED]) == len(measures.timings[ACRONIS]) == MOST + 1
    assert sum(measures.counts[FAILED].values()) == 3 * MOST
    assert sum(sum(each.counts) for each in measures.timings[ACRONIS].values()) == 3 * MOST


def test_a_histogram_counts_up_to_each_bound() -> None:
    mine = vitals()
    for seconds in (0.004, 0.005, 0.3, 9.0):
        mine.measures.acked(seconds)
    text = mine.metrics().decode()
    name = ACKS.name
    for bound, number in (("0.005", 2), ("0.25", 2), ("0.5", 3), ("3.0", 3), ("+Inf", 4)):
        assert f'{name}_bucket{{le="{bound}"}} {number}.0' in text
    assert f"{name}_count 4.0" in text
    assert f"{name}_sum 9.309" in text


@pytest.mark.needs("promtool")
def test_promtool_finds_no_fault_in_the_metrics() -> None:
    mine = vitals()
    mine.watch(["default"])
    mine.poll_succeeded("default", mine.since)
    mine.way_in(None)
    mine.canary(mine.since)
    mine.measures.acked(0.1)
    mine.measures.acronis("task_manager", "200", 0.2)
    mine.measures.slack("chat.postMessage", "200", 0.2)
    mine.measures.count(SENT, "message")
    tool = shutil.which("promtool") or ""
    done = subprocess.run([tool, "check", "metrics"], input=mine.metrics(), capture_output=True, check=False)
    assert (done.returncode, done.stderr.decode() + done.stdout.decode()) == (0, "")
