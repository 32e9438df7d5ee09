"""Tolerant reading (bot/acronis/client.py, convert.py, schema.py)."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from bot.acronis.fields import moment, stamp
from bot.acronis.kinds import Classifier
from bot.acronis.reading import activity_reader, task_reader
from bot.alerting.fingerprint import run_of
from bot.errorbook.book import shipped
from bot.errors import AcronisUnavailable
from bot.model import OUTCOME_UNKNOWN, Activity, Fault, Resource, Result, Task, Tenant
from tests.builders import raw_activity, raw_task

BIG = "1683887115599998977"
DISK_FULL = "Not enough disk space"
EXPLAINED = shipped().explain(Fault(message=DISK_FULL))


def tasks(*items: Any, **envelope: Any) -> tuple[Task, ...]:
    return task_reader("main", Classifier()).page(json.dumps({"items": list(items), **envelope}).encode()).items


def read(**changes: Any) -> Task:
    (one,) = tasks(raw_task(**changes))
    return one


def read_activity(**changes: Any) -> Activity:
    body = json.dumps({"items": [raw_activity(**changes)]}).encode()
    (one,) = activity_reader("main", Classifier()).page(body).items
    return one


@pytest.mark.parametrize("digits", range(15))
def test_any_number_of_fraction_digits_is_read(digits: int) -> None:
    fraction = "123456789123456"[:digits]
    text = f"2022-06-01T12:30:15{'.' if digits else ''}{fraction}Z"
    assert moment(text) == datetime(2022, 6, 1, 12, 30, 15, int(fraction[:6].ljust(6, "0")), tzinfo=UTC)


@pytest.mark.parametrize(
    "text", [None, "", "0001-01-01T00:00:00Z", "soon", "2022-13-01T00:00:00Z", "9999-12-31T23:59:59-01:00", " "]
)
def test_what_is_no_time_is_none(text: str | None) -> None:
    assert moment(text) is None


def test_other_zones_and_none_at_all_are_read_as_utc() -> None:
    noon = datetime(2022, 6, 1, 12, tzinfo=UTC)
    assert moment("2022-06-01T14:00:00+02:00") == moment("2022-06-01T12:00:00") == noon


def test_a_stamp_is_as_the_guide_writes_it() -> None:
    assert stamp(datetime(2022, 6, 1, tzinfo=UTC)) == "2022-06-01T00:00:00Z"
    assert stamp(datetime(2022, 6, 1, 0, 0, 0, 5, tzinfo=UTC)) == "2022-06-01T00:00:00.000005Z"


@pytest.mark.parametrize("value", [None, "", "0001-01-01T00:00:00Z", 17, {}])
def test_a_time_of_no_use_is_no_time(value: object) -> None:
    item = {**raw_task(), "startedAt": value}
    (one,) = tasks(item)
    assert one.started_at is None


def test_without_a_time_of_change_the_next_best_serves() -> None:
    assert read(updatedAt=None).updated_at == datetime(2026, 3, 2, 8, 0, 0, 500000, tzinfo=UTC)
    queued = read(updatedAt=None, completedAt=None, startedAt=None)
    assert queued.updated_at == datetime(2026, 3, 2, 7, 40, tzinfo=UTC)


def test_an_id_is_exact_text_wherever_it_stands() -> None:
    assert read(id=BIG).id == BIG
    assert read(id=BIG, idString=None).id == BIG
    assert read(id="activity-001").id == "activity-001"
    assert float(BIG) != int(BIG)


def test_an_id_that_went_through_a_double_is_not_trusted() -> None:
    item = {**raw_task(idString=None), "id": 1.683887115599999e18}
    assert tasks(item) == ()


def test_missing_parts_are_empty() -> None:
    bare = read(
        tenant=None, resource=None, policy=None, result=None, context=None, startedByUser=None, assignCount=None
    )
    assert (bare.tenant, bare.resource, bare.result, bare.code) == (Tenant(), Resource(), None, "")
    assert (bare.name, bare.plan, bare.started_by, bare.attempts, bare.is_root) == ("", "", "", 0, True)
    assert read(tenant={"id": 67, "name": "A"}).tenant == Tenant(id="67", name="A")
    assert read(result={}).result is None


def test_null_reads_like_absent() -> None:
    nothing = {**dict.fromkeys(raw_task()), "idString": BIG, "updatedAt": "2026-03-02T08:00:00Z"}
    (one,) = tasks(nothing)
    assert (one.id, one.type, one.state, one.tenant) == (BIG, "", "", Tenant())


def test_unknown_states_types_and_codes_are_kept_as_they_are() -> None:
    odd = read(state="Suspended?", type="TeamsBackup2", result={"code": "half"})
    assert (odd.state, odd.type, odd.code) == ("Suspended?", "TeamsBackup2", "half")


@pytest.mark.parametrize(
    "result",
    [
        "error",
        "Not enough disk space",
        ["error"],
        5,
        False,
        "",
        [],
        {"code": {"a": 1}},
        {"code": None},
        {"code": ["error"], "error": "x"},
        {"error": {"code": "X"}},
        {"outcome": "failed"},
        {"code": "x" * 300},
    ],
)
def test_a_result_that_cannot_be_read_is_an_unknown_outcome(result: object) -> None:
    """It is told, not set aside: a backup may have failed."""
    (odd,) = tasks({**raw_task(), "result": result})
    assert odd.code == OUTCOME_UNKNOWN
    (running,) = tasks({**raw_task(), "state": "started", "result": result})
    assert running.code in ("", "x")


@pytest.mark.parametrize(
    ("code", "read_as"),
    [
        ("Error", "error"),
        (" OK ", "ok"),
        ("TimedOut", "timedout"),
        ("error\u200b", "error"),
        ("failed", "error"),
        ("FAILURE", "error"),
        (0, OUTCOME_UNKNOWN),
        ("-1.5", OUTCOME_UNKNOWN),
    ],
)
def test_a_documented_code_is_read_in_every_case(code: object, read_as: str) -> None:
    """What says that it failed has failed; a number says nothing."""
    assert read(result={"code": code}).code == read_as


@pytest.mark.parametrize("code", ["Fehler", "half", "5xx"])
def test_a_code_that_nobody_knows_is_an_unknown_outcome_beside_an_error(code: str) -> None:
    assert read(result={"code": code}).code == code
    told = read(result={"code": code, "error": {"message": DISK_FULL}})
    assert (told.code, told.result and told.result.error and told.result.error.message) == (OUTCOME_UNKNOWN, DISK_FULL)


@pytest.mark.parametrize("state", ["Completed", "COMPLETED", " completed ", "completed\u200b"])
def test_a_documented_state_is_read_in_every_case(state: str) -> None:
    assert read(state=state).is_over
    assert read(state=state, result="error").code == OUTCOME_UNKNOWN


@pytest.mark.parametrize(
    "item",
    [
        {"result": {"code": "error", "error": DISK_FULL}},
        {"result": {"code": "error", "error": [{"text": DISK_FULL}]}},
        {"result": {"code": "error", "error": {"code": "X", "description": DISK_FULL}}},
        {"result": {"code": "error", "error": {"details": [{"domain": "Storage", "info": DISK_FULL}]}}},
        {"result": {"code": "error", "message": DISK_FULL}},
        {"result": {"code": "error", "reason": {"text": DISK_FULL}, "payload": "A::B"}},
        {"result": {"code": "error", "error": {}, "errors": [None, DISK_FULL]}},
        {"result": {"code": "error"}, "error": DISK_FULL},
        {"result": {"code": "error"}, "error": {"context": {"cause_str": DISK_FULL}}},
        {"result": {"code": "error", "error": {"code": "X"}}, "error": {"message": DISK_FULL}},
        {"result": None, "error": DISK_FULL},
        {"result": "Not enough disk space"},
        {"result": {"code": "warning", "warnings": DISK_FULL}},
        {"result": {"code": "warning", "warnings": [DISK_FULL]}},
        {"result": {"code": "warning", "warnings": {"text": DISK_FULL}}},
        {"result": {"code": "error"}, "errors": [DISK_FULL]},
        {"result": {"code": "error"}, "message": DISK_FULL},
        {"result": {"code": "error"}, "warnings": {"text": DISK_FULL}},
        {"result": {"code": "error"}, "context": {"error": DISK_FULL}},
        {"result": {"code": "error", "error": {"message": "12"}, "message": DISK_FULL}},
        {"result": {"code": "error", "error": {"message": 5, "context": DISK_FULL}}},
        {"result": {"code": "error", "error": {"cause": [DISK_FULL]}}},
        {"result": {"code": "error", "error": {"origin": DISK_FULL}}},
        {"result": {"code": "error", "error": {"context": {"cause_str": {"en": DISK_FULL}}}}},
        {"result": {"code": "error", "error": {"context": {"_src": [{"text": DISK_FULL}]}}}},
        {"result": {"code": "abandoned", "error": {"a": {"b": {"c": [[DISK_FULL]]}}}}},
    ],
)
def test_a_cause_in_an_odd_place_is_shown(item: dict[str, Any]) -> None:
    (odd,) = (
        task_reader("main", Classifier(), shipped())
        .page(json.dumps({"items": [{**raw_task(), **item}]}).encode())
        .items
    )
    run = run_of(odd)
    assert run is not None
    assert (run.cause.text, run.cause.entry) == (EXPLAINED.text, EXPLAINED.entry)


def test_what_went_well_has_no_cause_wherever_texts_stand() -> None:
    assert read(
        result={"code": "ok", "payload": "MachineManagement::AddAgentResponse", "note": "fine"}
    ).result == Result("ok")


def test_a_cause_that_is_too_deep_or_too_long_costs_nothing_else() -> None:
    body = f'{{"items": [{json.dumps(raw_task(result="RESULT"))}]}}'.replace('"RESULT"', _deep(5000))
    (odd,) = task_reader("main", Classifier()).page(body.encode()).items
    assert odd.code == "error"
    wide = read(result={"code": "error", "error": {str(n): {"n": n} for n in range(5000)}})
    assert wide.code == "error"


def _deep(levels: int) -> str:
    return f'{{"code": "error", "error": {"[" * levels}"x"{"]" * levels}}}'


def test_side_matters_of_the_wrong_shape_read_as_absent() -> None:
    odd = read(progress="50 %", context=[1], blockers={}, resource="x", assignCount="many", uuid=7, tenant=[])
    assert (odd.progress, odd.blockers, odd.resource, odd.attempts, odd.tenant) == (None, (), Resource(), 0, Tenant())
    huge = read(progress={"total": 10**30, "bytesProcessed": -1, "processingSpeed": "fast"}).progress
    assert huge is not None
    assert (huge.total, huge.bytes_processed, huge.speed) == (0, None, None)


@pytest.mark.parametrize(
    "broken",
    [
        "text",
        None,
        [],
        17,
        {},
        {"id": 0},
        {**raw_task(), "state": {"a": 1}},
        {**raw_task(), "type": ["Backup"]},
        {**raw_task(), "type": "x" * 300},
        {"idString": "7"},
    ],
)
def test_a_malformed_item_is_set_aside_and_the_rest_goes_on(broken: Any) -> None:
    body = {"items": [raw_task(id="1"), broken, raw_task(id="2")], "paging": {"cursors": {"after": "more=="}}}
    page = task_reader("main", Classifier()).page(json.dumps(body).encode())
    assert [item.id for item in page.items] == ["1", "2"]
    assert (page.malformed, page.after) == (1, "more==")


def test_a_malformed_item_is_counted_each_time_but_logged_once() -> None:
    reader = task_reader("main", Classifier())
    body = json.dumps({"items": [{**raw_task(id=BIG), "state": ["secret words"]}, "x"]}).encode()
    with capture_logs() as logged:
        assert [reader.page(body).malformed for _ in range(3)] == [2, 2, 2]
    assert [(entry["id"], entry["reason"]) for entry in logged] == [(BIG, "state: string_type"), ("", "model_type")]
    assert "secret words" not in str(logged)


def test_names_no_database_takes_do_not_spoil_a_page() -> None:
    body = json.dumps({"items": [raw_task(resource={"id": "1", "name": "NUL X"}), raw_task()]})
    body = body.replace("NUL", "a\\u0000b\\ud800")
    first, second = task_reader("main", Classifier()).page(body.encode()).items
    assert first.name == "ab\ufffd X"
    assert second.name == "SRV-SQL01"


def test_a_byte_order_mark_spoils_no_page() -> None:
    body = b"\xef\xbb\xbf" + json.dumps({"items": [raw_task(id="1")]}).encode()
    assert [item.id for item in task_reader("main", Classifier()).page(body).items] == ["1"]


def test_bytes_that_are_not_utf8_do_not_spoil_a_page() -> None:
    body = json.dumps({"items": [raw_task(startedByUser="NAME")]}).encode().replace(b"NAME", b"J\xfcrgen")
    (one,) = task_reader("main", Classifier()).page(body).items
    assert one.started_by == "J\ufffdrgen"


@pytest.mark.parametrize(
    "body",
    [b"", b"<html>", b"[]", b'{"items": 5}', b'{"status": "ok"}', b'{"items": [', b"null", b"[" * 100_000],
)
def test_what_is_no_list_is_an_error_and_not_an_empty_list(body: bytes) -> None:
    with pytest.raises(AcronisUnavailable, match="cannot be read"):
        task_reader("main", Classifier()).page(body)


@pytest.mark.parametrize("body", [b"{}", b'{"items": null}', b'{"items": [], "size": 0}', b'{"paging": {}}'])
def test_an_empty_list_may_be_written_in_several_ways(body: bytes) -> None:
    page = task_reader("main", Classifier()).page(body)
    assert (page.items, page.after, page.malformed) == ((), "", 0)


@pytest.mark.parametrize(
    "envelope", [{"paging": {"cursors": {"after": "t=="}}}, {"cursors": {"after": "t=="}, "paging": None}]
)
def test_both_envelopes_hold_the_token(envelope: dict[str, Any]) -> None:
    body = json.dumps({"items": [raw_task()], **envelope}).encode()
    assert task_reader("main", Classifier()).page(body).after == "t=="


@pytest.mark.parametrize("body", [b"[]", b"<html>", b'{"domain": "x", "code": "y"}'])
def test_a_single_answer_that_is_no_task_is_an_error(body: bytes) -> None:
    with pytest.raises(AcronisUnavailable, match="cannot be read"):
        task_reader("main", Classifier()).one(body)


@pytest.mark.parametrize(
    ("context", "resource", "expected"),
    [
        ({"resourceName": "b"}, {"id": "i", "name": "a"}, "a"),
        ({"resourceName": "b", "MachineName": "c"}, {"id": "i"}, "b"),
        ({"MachineName": "c", "Persistent": {"Name": "d"}}, {}, "c"),
        ({"Persistent": {"Name": "d"}, "title": "Adding agent 'e'"}, {}, "d"),
        ({"title": "Adding agent 'e' to the server"}, {"id": "i"}, "e"),
        ({"title": "Backup plan 'Nightly'"}, {"id": "i"}, "i"),
        ({"title": "Revoking plan 'p' from the resource with ID 'x'"}, {}, ""),
    ],
)
def test_the_name_shown_is_the_best_there_is(context: dict[str, Any], resource: dict[str, Any], expected: str) -> None:
    """The order of the reference, §10; a quoted plan or id in a title is no name of a machine."""
    assert read(context=context, resource=resource).name == expected
    assert read_activity(context=context, resource=resource).name == expected


@pytest.mark.parametrize(
    ("context", "policy", "expected"),
    [
        ({"BackupPlanName": "b"}, {"name": "a"}, "a"),
        ({"BackupPlanName": "b", "PlanName": "c"}, {}, "b"),
        ({"PlanName": "c", "policyName": "d"}, {}, "c"),
        ({"policyName": "d"}, {}, "d"),
    ],
)
def test_the_plan_shown_is_the_best_there_is(context: dict[str, Any], policy: dict[str, Any], expected: str) -> None:
    assert read(context=context, policy=policy).plan == expected


@pytest.mark.parametrize("nothing", ["00000000-0000-0000-0000-000000000000", "0", " ", "\u200b", "null", "-", "/"])
def test_what_names_nothing_is_no_tenant_and_no_plan(nothing: str) -> None:
    """Two plans without an id are two, and so are two machines of one name whose tenant nobody knows."""
    odd = read(tenant={"id": nothing, "uuid": nothing, "locator": nothing}, policy={"id": nothing, "name": "Nightly"})
    assert (odd.tenant, odd.policy.id, odd.plan) == (Tenant(), "", "Nightly")
    assert read(policy={"id": nothing, "name": nothing}, context={"policyId": nothing, "PlanName": "A"}).plan == "A"


@pytest.mark.parametrize("field", ["startedAt", "completedAt", "enqueuedAt", "assignedAt"])
@pytest.mark.parametrize("at", ["8999-01-01T00:00:00Z", "2999-03-04T08:00:02Z", "2150-01-01T00:00:00+14:00"])
def test_a_time_to_come_is_not_believed(field: str, at: str) -> None:
    """It would heal all that fails until then."""
    odd = read(**{"startedAt": None, field: at})
    assert max(odd.began_at, odd.ended_at) <= datetime(2026, 3, 3, tzinfo=UTC)


def test_the_last_moments_of_all_are_no_time() -> None:
    last = "9999-12-31T23:59:59Z"
    assert read(updatedAt=last, startedAt=last).updated_at.year == 2026
    assert read(updatedAt="8999-12-31T23:59:59Z").updated_at.year == 8999


def test_ids_missing_beside_the_names_are_taken_from_the_context() -> None:
    """So that two mailboxes without `resource` are not one problem."""
    cloud = read(resource=None, policy=None, context={"resourceId": "r-1", "policyId": "p-1"})
    assert (cloud.resource.id, cloud.policy.id) == ("r-1", "p-1")


@pytest.mark.parametrize(
    ("changes", "expected", "name"),
    [
        ({"executor": {"id": "AGENT-1"}, "affinity": {"agentId": "AGENT-2"}}, "?agent AGENT-1", "agent AGENT-1"),
        ({"executor": {"id": ""}, "affinity": {"agentId": "AGENT-2"}}, "?agent AGENT-2", "agent AGENT-2"),
        ({"executor": "x", "context": {"title": "Backup 7"}}, "?title Backup 7", ""),
        ({"context": {"title": "Sicherungsplan 'SRV-1'"}}, "?title Sicherungsplan 'SRV-1'", "SRV-1"),
        ({"context": {"title": " "}}, "", ""),
        ({"executor": {"id": "A"}, "resource": {"id": "0000-0000", "name": ""}}, "?agent A", "agent A"),
        ({"executor": {"id": "A"}, "resource": {"name": "SRV-1"}}, "", "SRV-1"),
        ({"executor": {"id": "A"}, "resource": {"id": "null", "name": " "}}, "?agent A", "agent A"),
        ({"executor": {"id": "A"}, "resource": {"id": "\t", "name": "\u200b"}}, "?agent A", "agent A"),
        ({"executor": {"id": "N/A"}, "resource": {"id": 0.0, "name": "-"}}, "", ""),
        ({"context": {"MachineName": " ", "title": "Backup 7"}}, "?title Backup 7", ""),
        ({"resource": {"name": " "}, "context": {"MachineName": "SRV-1"}}, "", "SRV-1"),
    ],
)
def test_what_nothing_names_has_a_stand_in(changes: dict[str, Any], expected: str, name: str) -> None:
    """The agent that ran it, the one it is bound to, its title; a name that only a title quotes may be a plan's."""
    odd = read(**{"resource": None, "policy": None, "context": {}, **changes})
    assert (odd.resource.id, odd.name) == (expected, name)


@pytest.mark.parametrize(
    ("context", "root"),
    [
        ({}, True),
        ({"IsProcessRoot": True, "parentUUID": "x"}, True),
        ({"IsProcessRoot": False}, False),
        ({"parentUUID": "x"}, False),
        ({"IsProcessRoot": "perhaps", "parentUUID": "x"}, False),
    ],
)
def test_a_root_says_so_or_has_no_parent(context: dict[str, Any], root: bool) -> None:
    assert read(context=context).is_root is root


def chain(depth: int, text: str, end: object) -> dict[str, Any]:
    link: Any = {"text": text, "suberror": end}
    for level in range(depth):
        link = {"text": f"level {level}", "src": {"tag": 2**60}, "suberror": link}
    return link  # type: ignore[no-any-return]


@pytest.mark.parametrize("end", [{}, None, {"text": "", "suberror": {"text": " \n"}}])
def test_the_deepest_text_of_a_long_chain_is_kept(end: object) -> None:
    failed = read(result={"code": "error", "error": {"code": "X", "context": {"_src": chain(16, "at the end", end)}}})
    assert failed.result is not None
    assert failed.result.error is not None
    assert failed.result.error.leaf == "at the end"


def test_a_bottomless_chain_costs_its_leaf_and_nothing_else() -> None:
    failed = read(result={"code": "error", "error": {"code": "X", "context": {"_src": chain(300, "far down", {})}}})
    assert failed.code == "error"


def test_long_texts_are_cut_and_ids_are_not() -> None:
    long = "x" * 5000
    cut = read(
        result={"code": "error", "error": {"code": "X", "context": {"cause_str": long}}},
        resource={"id": "i" * 600, "name": long},
        context={"title": long},
    )
    assert cut.result is not None
    assert cut.result.error is not None
    assert len(cut.result.error.cause) == 1000
    assert (len(cut.name), len(cut.title), len(cut.resource.id)) == (512, 512, 600)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(sorted(raw_task())), json_values, max_size=6))
def test_whatever_a_field_holds_the_neighbours_are_read(changes: dict[str, Any]) -> None:
    body = json.dumps({"items": [raw_task(id="1"), {**raw_task(id="2"), **changes}, raw_task(id="3")]}).encode()
    page = task_reader("main", Classifier()).page(body)
    assert len(page.items) + page.malformed == 3
    assert [item.id for item in page.items][:: len(page.items) - 1] == ["1", "3"]
