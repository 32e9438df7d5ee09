"""The log strikes secrets out; the vital signs tell when polls no longer come through."""

import json
import logging
from datetime import timedelta
from typing import Any

import pytest
import structlog

from bot.telemetry import REDACTED, OnceHandler, Vitals, configure_logging
from tests.builders import NOW

pytestmark = pytest.mark.usefixtures("restored_logging")


@pytest.mark.parametrize(
    "secret",
    ["my-secret", "xoxb-1-abc", "xapp-1-A-2-b", "Bearer abc.def-1", "Basic dXNlcjpwYXNz", "eyJhbGciOiJ.eyJzdWIi.c2ln"],
)
def test_secrets_are_struck_out_wherever_they_stand(capsys: pytest.CaptureFixture[str], secret: str) -> None:
    configure_logging(["my-secret"], as_json=True)
    structlog.get_logger("ours").info("said", header=f"x {secret} y", nested={"a": [secret]})
    logging.getLogger("theirs").warning("said %s", secret)
    written = capsys.readouterr().err
    assert secret.rsplit(maxsplit=1)[-1] not in written
    assert written.count(REDACTED) >= 3


def test_a_line_is_json_for_machines(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging(as_json=True)
    structlog.get_logger("ours").info("ready", mode="run", port=3000)
    line = json.loads(capsys.readouterr().err)
    assert (line["event"], line["mode"], line["port"], line["level"]) == ("ready", "run", 3000, "info")


def test_a_line_is_text_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging(as_json=False)
    structlog.get_logger("ours").info("ready", mode="run")
    assert "mode=run" in capsys.readouterr().err


class Clock:
    now_ = NOW

    def now(self) -> object:
        return self.now_


def test_readiness_ends_after_three_missed_polls_and_comes_back() -> None:
    clock = Clock()
    vitals = Vitals(clock, timedelta(minutes=1))  # type: ignore[arg-type]
    assert vitals.ready() == "not started"
    vitals.watch(["default"])
    vitals.up()
    assert (vitals.alive(), vitals.ready()) == ("", "")
    clock.now_ = NOW + timedelta(minutes=3, seconds=1)
    vitals.poll_missed("default")
    assert "default" in vitals.ready()
    vitals.poll_succeeded("default", clock.now_)
    assert vitals.ready() == ""
    vitals.down()
    assert vitals.ready() == "not started"


def test_an_account_that_another_process_polls_is_not_late() -> None:
    clock = Clock()
    vitals = Vitals(clock, timedelta(minutes=1))  # type: ignore[arg-type]
    vitals.watch(["default"])
    vitals.up()
    clock.now_ = NOW + timedelta(minutes=10)
    vitals.read_elsewhere("default", NOW + timedelta(minutes=9))
    assert (vitals.late(), vitals.ready()) == ([], "")
    vitals.read_elsewhere("default", NOW)  # what is older says nothing
    assert vitals.late() == []
    clock.now_ = NOW + timedelta(minutes=13)
    assert vitals.late() == ["default"]


def test_metrics_count_polls_by_outcome() -> None:
    vitals = Vitals(Clock(), timedelta(minutes=1))  # type: ignore[arg-type]
    vitals.poll_succeeded("default", NOW)
    vitals.poll_missed("default")
    text = vitals.metrics().decode()
    assert 'nightshift_polls_total{account="default",outcome="read"} 1.0' in text
    assert 'nightshift_polls_total{account="default",outcome="missed"} 1.0' in text
    assert f'nightshift_last_poll_timestamp_seconds{{account="default"}} {NOW.timestamp():.9e}'[:60] in text


def test_the_lag_of_a_poll_grows_until_one_comes_through() -> None:
    clock = Clock()
    vitals = Vitals(clock, timedelta(minutes=1))  # type: ignore[arg-type]
    vitals.watch(["default"])
    clock.now_ = NOW + timedelta(seconds=90)
    assert 'nightshift_poll_lag_seconds{account="default"} 90.0' in vitals.metrics().decode()
    vitals.poll_succeeded("default", NOW + timedelta(seconds=88))
    assert 'nightshift_poll_lag_seconds{account="default"} 2.0' in vitals.metrics().decode()


def test_metrics_tell_how_long_and_how_much_the_queue_is() -> None:
    vitals = Vitals(Clock(), timedelta(minutes=1))  # type: ignore[arg-type]
    vitals.queued(timedelta(minutes=2), 7)
    text = vitals.metrics().decode()
    assert "nightshift_queue_age_seconds 120.0" in text
    assert "nightshift_queue_posts 7.0" in text


# ── what repeats ──


class Hand:
    """A monotonic clock that a test moves."""

    at = 0.0

    def __call__(self) -> float:
        return self.at


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    """What was written since the last look."""
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def test_a_line_that_repeats_is_written_once_with_a_count(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging(as_json=True)
    clock = timed()
    theirs, ours = logging.getLogger("asyncio"), structlog.get_logger("ours")
    for _ in range(300_000 // 1_000):
        theirs.error("socket.accept() out of %s", "system resource", exc_info=OSError("Too many open files"))
        ours.warning("poll failed", account="a")
        ours.warning("poll failed", account="b")
    first = lines(capsys)
    assert [(line["event"], line.get("account")) for line in first] == [
        ("socket.accept() out of system resource", None),
        ("poll failed", "a"),
        ("poll failed", "b"),
    ]
    assert "Too many open files" in first[0]["exception"]
    clock.at += 60
    ours.info("something else")
    *counts, _ = lines(capsys)
    assert [line["event"] for line in counts] == [
        "socket.accept() out of system resource (repeated 299 times)",
        "poll failed",
        "poll failed",
    ]
    assert [line.get("repeated") for line in counts[1:]] == [299, 299]
    ours.warning("poll failed", account="a")
    assert [line["event"] for line in lines(capsys)] == ["poll failed"]


def test_lines_that_differ_and_those_that_warn_of_nothing_are_all_written(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging(as_json=True)
    for number in range(3_000):
        structlog.get_logger("ours").warning("not shown", post=number)
    for _ in range(3):
        structlog.get_logger("ours").info("socket open")
    assert len(lines(capsys)) == 3_003


def test_the_counts_that_are_left_are_said_at_the_end(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging(as_json=True)
    for _ in range(3):
        logging.getLogger("asyncio").error("100 % of it")
    logging.getLogger().handlers[0].close()
    assert [line["event"] for line in lines(capsys)] == ["100 % of it", "100 % of it (repeated 2 times)"]


def timed() -> Hand:
    """The clock of the log's handler from now on."""
    clock = Hand()
    handler = logging.getLogger().handlers[0]
    assert isinstance(handler, OnceHandler)
    handler._monotonic = clock
    return clock


@pytest.mark.parametrize(
    "library", ["aiosqlite", "httpcore.http11", "slack_sdk.web", "sqlalchemy.engine", "websockets"]
)
def test_libraries_say_nothing_below_info(capsys: pytest.CaptureFixture[str], library: str) -> None:
    configure_logging(level="DEBUG")
    logging.getLogger(library).debug("executing SELECT … ('SRV-SQL01',)")
    structlog.get_logger("bot.jobs.poll").debug("page recorded")
    written = capsys.readouterr().err
    assert "SRV-SQL01" not in written
    assert "page recorded" in written


# ── alive, ready, able ──


async def test_a_schedule_that_stands_still_is_not_alive_until_it_runs_again() -> None:
    hand = Hand()
    vitals = Vitals(Clock(), timedelta(minutes=1), lambda: hand.at)  # type: ignore[arg-type]
    hand.at = 1_000
    assert vitals.alive() == ""  # a start takes its time
    await vitals.beat()
    hand.at += 59
    assert vitals.alive() == ""
    hand.at += 2
    assert "stands still since 61 s" in vitals.alive()
    await vitals.beat()
    assert vitals.alive() == ""
    hand.at += 100
    vitals.down()  # a stop pauses the schedule
    assert vitals.alive() == ""


async def test_able_is_who_is_ready_and_gets_messages_through() -> None:
    hand = Hand()
    vitals = Vitals(Clock(), timedelta(minutes=1), lambda: hand.at)  # type: ignore[arg-type]
    assert vitals.able() == "not started"
    vitals.up()
    assert vitals.able() == ""
    vitals.queued(timedelta(minutes=15), 1)
    assert vitals.able() == "messages do not get through to Slack"
    vitals.queued(timedelta(minutes=14), 900)
    assert vitals.able() == ""
    hand.at += 900
    assert vitals.able() == "the queue was not looked at for long"
    vitals.queued(timedelta(), 0)
    vitals.store_failed("The disk is full.")
    assert vitals.able() == "The disk is full."
    vitals.store_failed("")
    vitals.way_in("token_revoked", is_dead=True)
    assert "token_revoked" in vitals.able()
    assert "nightshift_way_in_up 0.0" in vitals.metrics().decode()
    vitals.way_in(None)
    await vitals.beat()
    hand.at += 61
    assert "stands still" in vitals.able()
