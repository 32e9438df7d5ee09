"""The log strikes secrets out; the vital signs tell when polls no longer come through."""

import json
import logging
from datetime import timedelta

import pytest
import structlog

from bot.telemetry import REDACTED, Vitals, configure_logging
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
