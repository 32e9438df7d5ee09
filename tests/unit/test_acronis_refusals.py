"""Which error an answer is, and what is told (bot/acronis/refusals.py, schema.py, http.py)."""

from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from bot.acronis import check_url
from bot.acronis.fields import retry_after, served_at
from bot.acronis.refusals import judge, no_connection
from bot.errors import (
    AcronisError,
    AcronisRejected,
    AcronisUnavailable,
    MissingRole,
    NotFound,
    SettingsError,
    WrongCredentials,
    WrongDataCentre,
)

PLACE = "https://dc.example"
NGINX = "<html><body><h1>401 Authorization Required</h1><hr>nginx</body></html>"


def answer(status: int, body: Any = None, path: str = "/api/task_manager/v2/tasks", **headers: str) -> httpx.Response:
    content: dict[str, Any] = {"text": body} if isinstance(body, str) else {"json": body}
    request = httpx.Request("GET", PLACE + path, params={"after": "page-token"})
    return httpx.Response(status, request=request, headers=headers, **content)


@pytest.mark.parametrize(
    "body",
    [
        {"domain": "TaskManager", "code": "BadRequest", "context": {}, "debug": {"msg": "invalid filter"}},
        {"domain": "TaskManager", "code": "invalid filter"},
        {"error": {"code": 400, "message": "invalid filter", "details": {"info": "x"}, "context": {}}},
        {"error": {"domain": "EventManager", "code": "BadRequest", "message": "invalid filter"}},
        {"error": "invalid_request", "error_description": "invalid filter"},
    ],
)
def test_each_body_shape_says_what_was_refused(body: Any) -> None:
    error = judge(answer(400, body), "")
    assert isinstance(error, AcronisRejected)
    assert error.told == "Acronis did not take this question (HTTP 400): invalid filter."


@pytest.mark.parametrize("body", [NGINX, "", "Bad Request", [1], {"error": ["x"]}])
def test_a_body_of_no_known_shape_is_not_repeated_to_a_person(body: Any) -> None:
    assert judge(answer(400, body), "").told == "Acronis did not take this question (HTTP 400)."


@pytest.mark.parametrize(
    ("status", "what", "expected"),
    [
        (401, "", WrongCredentials),
        (403, "", MissingRole),
        (404, "task 7", NotFound),
        (404, "", WrongDataCentre),
        (405, "", AcronisRejected),
        (429, "", AcronisUnavailable),
        (500, "", AcronisUnavailable),
        (503, "task 7", AcronisUnavailable),
        (204, "", AcronisUnavailable),
        (302, "", AcronisUnavailable),
    ],
)
@pytest.mark.parametrize("body", [NGINX, {"domain": "x", "code": "Y"}])
def test_each_status_is_one_of_our_errors(status: int, what: str, expected: type[AcronisError], body: Any) -> None:
    error = judge(answer(status, body), what)
    assert type(error) is expected
    assert error.told.endswith(".")
    assert not any(piece in error.told for piece in ("<", "nginx", "page-token", "https://"))


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (401, {"error": "invalid_client"}, WrongCredentials),
        (401, NGINX, WrongCredentials),
        (400, {"error": "invalid_grant"}, WrongCredentials),
        (403, {"error": "access_denied"}, WrongCredentials),
        (404, NGINX, AcronisUnavailable),
        (405, "", WrongDataCentre),
        (200, NGINX, AcronisUnavailable),
        (200, {"welcome": "here"}, WrongDataCentre),
        (302, "", WrongDataCentre),
        (400, NGINX, AcronisUnavailable),
        (502, NGINX, AcronisUnavailable),
        (429, {}, AcronisUnavailable),
    ],
)
def test_the_token_endpoint_tells_wrong_credentials_from_a_wrong_place(
    status: int, body: Any, expected: type[AcronisError]
) -> None:
    assert type(judge(answer(status, body, path="/api/2/idp/token"), "")) is expected


@pytest.mark.parametrize(
    ("header", "date", "expected"),
    [
        ("7", "", 7.0),
        (" 0 ", "", 0.0),
        ("Mon, 02 Mar 2026 09:00:30 GMT", "Mon, 02 Mar 2026 09:00:00 GMT", 30.0),
        ("Mon, 02 Mar 2026 08:00:00 GMT", "Mon, 02 Mar 2026 09:00:00 GMT", 0.0),
        ("Mon, 02 Mar 2020 08:00:00 GMT", "", 0.0),
        ("soon", "", None),
        ("", "", None),
        ("-5", "", None),
        ("-999999999999", "", None),
        ("nan", "", None),
        ("Fri, 31 Dec 9999 23:59:59 -0100", "", None),
        ("Fri, 31 Dec 99999 23:59:59 GMT", "", None),
        ("999999", "", 3600.0),
        ("1e15", "", 3600.0),
        ("9" * 5000, "", 3600.0),
        ("inf", "", 3600.0),
        ("1.5", "", 1.5),
        ("Fri, 31 Dec 9998 23:59:59 GMT", "Mon, 02 Mar 2026 09:00:00 GMT", 3600.0),
        ("Mon, 02 Mar 2026 09:00:30 GMT", "Fri, 31 Dec 99999 23:59:59 GMT", 0.0),
    ],
)
def test_retry_after_is_read_in_seconds_and_as_a_date(header: str, date: str, expected: float | None) -> None:
    headers = {name: value for name, value in (("Retry-After", header), ("Date", date)) if value}
    assert retry_after(httpx.Response(503, headers=headers)) == expected


def test_a_long_retry_after_reaches_the_caller() -> None:
    error = judge(answer(503, "", **{"Retry-After": "120"}), "")
    assert isinstance(error, AcronisUnavailable)
    assert error.retry_after == 120.0


def test_the_servers_date_is_read_in_utc() -> None:
    at = served_at(httpx.Response(200, headers={"Date": "Mon, 02 Mar 2026 10:00:00 +0100"}))
    assert at == datetime(2026, 3, 2, 9, tzinfo=UTC)
    assert served_at(httpx.Response(200, headers={"Date": "yesterday"})) is None
    assert served_at(httpx.Response(200)) is None


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (httpx.ReadTimeout, "took too long"),
        (httpx.ConnectError, "cannot be reached"),
        (httpx.PoolTimeout, "Too many questions"),
    ],
)
def test_no_answer_at_all_is_told_with_the_host_alone(error: type[httpx.RequestError], words: str) -> None:
    told = no_connection(error("boom", request=answer(200).request)).told
    assert words in told
    assert "page-token" not in told
    assert "boom" not in told


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (" https://eu2-cloud.acronis.com/ ", "https://eu2-cloud.acronis.com"),
        ("https://eu8.acronis.cloud", "https://eu8.acronis.cloud"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("http://localhost:1/", "http://localhost:1"),
        ("http://[::1]:9000", "http://[::1]:9000"),
    ],
)
def test_an_address_is_taken_and_made_plain(given: str, kept: str) -> None:
    assert check_url(given) == kept


@pytest.mark.parametrize(
    "given",
    [
        "",
        "eu2-cloud.acronis.com",
        "ftp://eu2-cloud.acronis.com",
        "http://eu2-cloud.acronis.com",
        "http://10.0.0.1",
        "https://",
        "https://id:secret@eu2-cloud.acronis.com",
        "https://eu2-cloud.acronis.com/ui/#/dashboards",
        "https://eu2-cloud.acronis.com/?a=1",
        "https://x:port",
        "http://127.0.0.1.evil.example",
    ],
)
def test_another_address_is_refused_by_the_name_of_its_setting(given: str) -> None:
    with pytest.raises(SettingsError, match=r"accounts\.eu\.url") as refused:
        check_url(given, "accounts.eu.url")
    assert "secret@" not in refused.value.told
