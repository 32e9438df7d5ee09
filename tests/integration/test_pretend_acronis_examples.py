"""Clients that speak as the vendor's own examples do must be understood by the pretend Acronis, without a change.

Written from how they behave on the wire: Python (`requests`, lists of parameters, `limit` with `lod` and `after`),
PowerShell (`limit` and `after`), bash with curl (parentheses and token as they are, a body on one line).
"""

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote, urlencode
from urllib.request import Request, urlopen

import pytest

from tests.integration.pretending import API, CLIENT, Visitor, visiting


@pytest.fixture
async def visitor() -> AsyncIterator[Visitor]:
    async with visiting() as guest:
        guest.control.grow(45)
        guest.control.storm(3, seconds=0)
        yield guest


async def fetch(visitor: Visitor, target: str, form: str | None = None) -> dict[str, Any]:
    """One request by the standard library, in a thread: it knows neither asyncio nor our client."""
    basic = "Basic " + base64.b64encode(":".join(CLIENT).encode()).decode()
    headers = {"Authorization": visitor.http.headers["Authorization"] if form is None else basic}
    request = Request(visitor.running.url + target, form.encode() if form else None, headers)

    def go() -> dict[str, Any]:
        with urlopen(request) as answer:
            text = answer.read().decode()
        assert "\n" not in text, "bash reads the body with one `read`"
        body: dict[str, Any] = json.loads(text)
        return body

    return await asyncio.to_thread(go)


async def test_the_token_call_of_all_three_languages(visitor: Visitor) -> None:
    """A form with nothing but the grant type, id and secret as Basic; the end is read from `expires_on`."""
    token = await fetch(visitor, "/api/2/idp/token", "grant_type=client_credentials")
    assert token["expires_on"] - visitor.running.world.now() / 10**9 > 900
    client = await fetch(visitor, f"/api/2/clients/{CLIENT[0]}")
    assert client["tenant_id"]


def params(pairs: Mapping[str, str | Sequence[str]]) -> str:
    return urlencode(pairs, doseq=True, quote_via=quote)


async def test_python_pages_with_limit_lod_and_after(visitor: Visitor) -> None:
    first = {"limit": "10", "lod": "short", "completedAt": "gt(2020-04-22T00:00:00Z)"}
    body = await fetch(visitor, f"{API}/tasks?{params(first)}")
    seen = [item["id"] for item in body["items"]]
    while "paging" in body and "after" in body["paging"]["cursors"]:
        later = {"limit": "10", "lod": "short", "after": body["paging"]["cursors"]["after"]}
        body = await fetch(visitor, f"{API}/tasks?{params(later)}")
        seen += [item["id"] for item in body["items"]]
    assert len(seen) == len(set(seen)) == 48


async def test_python_counts_what_completed_last_week_by_result(visitor: Visitor) -> None:
    body = await fetch(visitor, f"{API}/tasks?{params({'completedAt': 'gt(2020-04-22T00:00:00Z)'})}")
    assert body["size"] > 0
    done = [task for task in body["items"] if task["state"] == "completed" and task["result"]["code"] == "ok"]
    assert len(done) == 45


async def test_python_asks_for_several_values_with_a_repeated_key(visitor: Visitor) -> None:
    wanted = {"state": ["started", "completed"], "type": ["UserMailboxBackup", "D332948D-A7A9-4E07-B76C-253DCF6E17FB"]}
    body = await fetch(visitor, f"{API}/tasks?{params(wanted)}")
    assert len(body["items"]) == 48


async def test_bash_puts_parentheses_and_token_into_the_url_as_they_are(visitor: Visitor) -> None:
    week = await fetch(visitor, f"{API}/tasks?completedAt=gt(2020-04-22T00:00:00Z)")
    assert len(week["items"]) == 48
    pages = 0
    cursor = ""
    while cursor or not pages:
        target = f"{API}/tasks?limit=10" + (f"&after={cursor}" if cursor else "")
        cursor = (await fetch(visitor, target))["paging"]["cursors"].get("after", "")
        pages += 1
    assert pages == 5


async def test_powershell_filters_activities_by_policy_type(visitor: Visitor) -> None:
    body = await fetch(
        visitor, f"{API}/activities?completedAt=gt(2020-04-22T00:00:00Z)&resultCode=error&policyType=backup"
    )
    roots = [one for one in body["items"] if "parentActivityId" not in one]
    assert len(roots) == 3
