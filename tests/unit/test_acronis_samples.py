"""Every object of the reference's samples is read (bot/acronis/client.py, convert.py)."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot.acronis import convert
from bot.acronis.auth import read_token
from bot.acronis.kinds import Classifier
from bot.acronis.reading import activity_reader, task_reader
from bot.acronis.refusals import judge
from bot.acronis.schema import RawActivity, RawFault, RawTask
from bot.errorbook.explain import explain
from bot.errors import AcronisRejected, WrongCredentials
from bot.model import Activity, Kind, Task, Workload

SAMPLES: list[dict[str, Any]] = json.loads(
    (Path(__file__).parents[1] / "samples" / "acronis-samples.json").read_text(encoding="utf-8")
)
NUMBERED = list(enumerate(SAMPLES))
FRAGMENT = 5
TASKS = [pytest.param(index, id=str(index)) for index, one in NUMBERED if one["kind"] == "task" and index != FRAGMENT]
ACTIVITIES = [pytest.param(index, id=str(index)) for index, one in NUMBERED if one["kind"] == "activity"]
ALERTS = [pytest.param(index, id=str(index)) for index, one in NUMBERED if one["kind"] == "alert"]


def task(index: int) -> Task:
    return convert.task(RawTask.model_validate(SAMPLES[index]["object"]), "main", Classifier())


def activity(index: int) -> Activity:
    return convert.activity(RawActivity.model_validate(SAMPLES[index]["object"]), "main", Classifier())


def test_no_sample_is_left_out() -> None:
    kinds = {"task": len(TASKS) + 1, "activity": len(ACTIVITIES), "alert": len(ALERTS), "envelope": 5}
    assert sum(kinds.values()) + 2 == len(SAMPLES)
    assert [one["kind"] for one in SAMPLES].count("result-fragment") == 2


@pytest.mark.parametrize("index", TASKS)
def test_a_task_is_read_with_its_exact_id(index: int) -> None:
    told = SAMPLES[index]["object"]
    read = task(index)
    assert read.id == told["idString"] == str(told["id"])
    assert (read.state, read.type, read.uuid) == (told["state"], told["type"], told["uuid"])
    assert read.code == told.get("result", {}).get("code", "")
    assert read.tenant.locator == told["tenant"]["locator"]
    assert read.updated_at.tzinfo is UTC
    assert (read.completed_at is None) == ("completedAt" not in told)


@pytest.mark.parametrize("index", ACTIVITIES)
def test_an_activity_is_read_with_its_exact_ids(index: int) -> None:
    told = SAMPLES[index]["object"]
    read = activity(index)
    assert (read.id, read.task_id) == (told["idString"], told["taskIdString"])
    assert read.parent_id == told.get("parentActivityIdString", "")
    assert (read.state, read.type) == (told["state"], told["type"])
    assert read.code == told["result"].get("code", "")


@pytest.mark.parametrize("index", [*TASKS, *ACTIVITIES])
def test_each_sample_reads_the_same_out_of_a_page(index: int) -> None:
    """Out of bytes, the quick way and the slow one, which a broken neighbour forces."""
    told = SAMPLES[index]["object"]
    reader = task_reader("main", Classifier()) if SAMPLES[index]["kind"] == "task" else None
    pages = reader or activity_reader("main", Classifier())
    expected = (task(index) if reader else activity(index),)
    assert pages.page(json.dumps({"items": [told]}).encode()).items == expected
    assert pages.page(json.dumps({"items": [told, "broken"]}).encode()).items == expected


def test_the_fragment_without_an_id_is_set_aside() -> None:
    page = task_reader("main", Classifier()).page(json.dumps({"items": [SAMPLES[FRAGMENT]["object"]]}).encode())
    assert (page.items, page.malformed) == ((), 1)


def test_a_sample_that_contradicts_itself_keeps_its_state() -> None:
    """The guide's running task has an end and a result: only the state tells."""
    running = task(1)
    assert (running.state, running.is_over, running.code) == ("started", False, "ok")


def test_fractions_are_cut_to_microseconds() -> None:
    assert task(0).started_at == datetime(2020, 4, 22, 11, 34, 3, 290396, tzinfo=UTC)
    assert activity(13).created_at == datetime(2025, 10, 10, 17, 9, 33, 407941, tzinfo=UTC)


def test_names_are_found_where_each_sample_has_them() -> None:
    assert (task(0).name, task(0).plan) == ("DESKTOP-GFT9S1R", "")
    assert (task(6).name, task(6).plan) == ("WIN-R1OR1V5M79O", "XDR plan")
    assert (activity(11).name, activity(11).plan) == ("", "EDR - XDR Protection")
    assert activity(23).name == "fixture-user-1@example.invalid"


@pytest.mark.parametrize(
    ("index", "kind", "workload"),
    [
        (0, Kind.MANAGEMENT, Workload.OTHER),
        (6, Kind.MANAGEMENT, Workload.MACHINE),
        (26, Kind.BACKUP, Workload.MACHINE),
        (28, Kind.BACKUP, Workload.MICROSOFT365),
        (29, Kind.RESTORE, Workload.MICROSOFT365),
        (31, Kind.BACKUP, Workload.GOOGLE),
    ],
)
def test_tasks_are_classed(index: int, kind: Kind, workload: Workload) -> None:
    assert (task(index).kind, task(index).workload) == (kind, workload)


def test_the_failed_run_is_a_root_and_carries_its_fault() -> None:
    failed = task(26)
    assert failed.is_root
    assert failed.run_mode == "scheduled"
    assert failed.result is not None
    assert failed.result.error is not None
    assert failed.result.error.code == "MemoFailedToDiscoverFesUri"
    assert failed.result.error.ser_code == "0x01350016+0x01350016+0x00A100D4+0x01270100+0x0247000D"
    assert explain(failed.result.error).text == "HTTP request failure."


def test_progress_is_read_whole_and_in_part() -> None:
    whole, part = task(28).progress, task(29).progress
    assert whole is not None
    assert part is not None
    assert (whole.current, whole.total, whole.bytes_processed) == (4211, 10000, 73819283456)
    assert (whole.speed, whole.left) == (18350080.5, "1h25m43s")
    assert (part.current, part.total) == (None, 1)


def test_warnings_blockers_and_attempts_are_read() -> None:
    warned = task(30).result
    assert warned is not None
    assert [warning.code for warning in warned.warnings] == ["MemoVssProviderDoesNotSupportVolume", "UnresolvedItems"]
    assert explain(warned.warnings[0]).text == "The request is not supported"
    (blocker,) = task(35).blockers
    assert (blocker.issue, blocker.solutions) == ("EncryptionPasswordRequired", ("Retry", "Cancel"))
    assert (task(34).attempts, task(31).cancel_requested) == (1, True)


def test_a_pasted_restore_failure_says_its_deepest_text() -> None:
    result = convert.fault(RawFault.model_validate(SAMPLES[21]["object"]["error"]))
    assert (result.cause, result.leaf) == ("Failed to copy the volume.", "Failed to copy the volume.")
    assert result.effect == "TOL: Failed to execute the command. Recovering a virtual machine"


def test_the_shape_of_2019_is_a_fault_too() -> None:
    old = convert.fault(RawFault.model_validate(SAMPLES[22]["object"]))
    assert (old.code, old.ser_code) == ("internalError", "0x00F90004+0x01350014")
    assert explain(old).text == "Activity has no associated worker."
    assert old.leaf == old.cause


@pytest.mark.parametrize("index", ALERTS)
def test_an_alert_is_never_taken_for_a_task(index: int) -> None:
    """It may have an id, but none of the times of a task but its change: it has no state, no result."""
    page = task_reader("main", Classifier()).page(json.dumps({"items": [SAMPLES[index]["object"]]}).encode())
    assert all((read.state, read.result, read.is_over) == ("", None, False) for read in page.items)


def test_an_alerts_error_message_is_a_fault() -> None:
    message = convert.fault(RawFault.model_validate(SAMPLES[18]["object"]["details"]["errorMessage"]))
    assert message.ser_code.startswith("BackupFailed+0x01350016")
    assert explain(message).text.startswith("HTTP request failure. Server response code:")
    unknown = convert.fault(RawFault.model_validate(SAMPLES[17]["object"]["details"]["errorMessage"]))
    assert (unknown.ser_code, explain(unknown).text) == ("BackupStatusUnknown", "")


def test_both_sample_envelopes_are_read() -> None:
    reader = task_reader("main", Classifier())
    first, last = (reader.page(json.dumps(SAMPLES[index]["object"]).encode()) for index in (37, 38))
    assert (first.after, first.items, first.malformed) == ("0A8AAAAAAAAAAA==", (), 0)
    assert (last.after, last.items, last.malformed) == ("", (), 0)


def test_the_sample_token_answer_and_error_bodies_are_read() -> None:
    token = {**SAMPLES[40]["object"], "access_token": "eyJ.a.b"}
    answer = read_token(httpx.Response(200, json=token))
    assert answer is not None
    assert (answer.access_token, answer.expires_on) == ("eyJ.a.b", 1591365321)
    asked = httpx.Request("GET", "https://dc.example/api/task_manager/v2/tasks")
    refused = judge(httpx.Response(400, json=SAMPLES[39]["object"], request=asked), "")
    assert isinstance(refused, AcronisRejected)
    assert "invalid filter" in refused.told
    token_asked = httpx.Request("POST", "https://dc.example/api/2/idp/token")
    assert isinstance(judge(httpx.Response(400, json=SAMPLES[41]["object"], request=token_asked), ""), WrongCredentials)
