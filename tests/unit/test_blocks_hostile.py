"""Whatever customers typed, everything drawn keeps Slack's limits and nothing in it is live."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.blocks import answers, cards, limits, notes
from bot.errors import UsageError
from bot.language import terms
from bot.model import (
    Activity,
    Alert,
    AlertStatus,
    AlertView,
    Answer,
    Blocker,
    Cause,
    Ending,
    Fault,
    Found,
    Kind,
    Message,
    Modal,
    OutageView,
    Person,
    Policy,
    Progress,
    Resource,
    Result,
    SummaryView,
    Task,
    TaskQuery,
    Tenant,
    UndeliveredView,
    Verb,
)
from bot.sandbox.slack.layouts import message_faults, view_faults

NASTY = (
    "<!channel>",
    "<!here|x>",
    "<!subteam^S1>",
    "<@U01ALICE>",
    "<#C01GEN>",
    "<http://evil.example|good>",
    "https://evil.example",
    "mailto:a@b.example",
    "@channel",
    "*bold*",
    "_italic_",
    "~gone~",
    "`code`",
    "```",
    ":warning:",
    ":a",
    "b:",
    "> quote",
    "\n\n",
    "\r\u2028",
    "\u202eright\u2069",
    "\u200b",
    "&amp;",
    "&lt;!channel&gt;",
    "<!date^1^{date}|x>",
    "x" * 256,
    "&" * 256,
    "*" * 256,
    "\ud800",
    "\x00",
    "e" + "\u0301" * 99,
    "👩‍👩‍👧",
    "שלום",
    "",
)
WORDS = st.one_of(
    st.sampled_from(NASTY), st.text(max_size=20), st.sampled_from(NASTY).map(lambda nasty: f"{nasty} " * 20)
)
ZONES = st.sampled_from([ZoneInfo("UTC"), ZoneInfo("Europe/Berlin"), ZoneInfo("Pacific/Kiritimati")])
LENGTHS = st.floats(allow_nan=True, allow_infinity=True) | st.none()
TIMES = st.datetimes(timezones=st.just(UTC)) | st.sampled_from(
    [datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC), datetime(2022, 6, 1, tzinfo=UTC)]
)
TENANTS = st.builds(Tenant, id=WORDS, uuid=WORDS, name=WORDS, locator=WORDS)
FAULTS = st.builds(Fault, code=WORDS, cause=WORDS, effect=WORDS, message=WORDS, leaf=WORDS, ser_code=WORDS)
RESULTS = st.builds(
    Result,
    code=st.sampled_from(["ok", "error", "warning", "timedout"]) | WORDS,
    error=FAULTS | st.none(),
    warnings=st.lists(FAULTS, max_size=1).map(tuple),
)
SHARED: dict[str, st.SearchStrategy[Any]] = {
    "account": WORDS,
    "id": WORDS,
    "type": WORDS,
    "state": st.sampled_from(["completed", "started", "paused", "enqueued"]) | WORDS,
    "updated_at": TIMES,
    "tenant": TENANTS,
    "resource": st.builds(Resource, id=WORDS, type=WORDS, name=WORDS),
    "policy": st.builds(Policy, id=WORDS, type=WORDS, name=WORDS),
    "name": WORDS,
    "plan": WORDS,
    "title": WORDS,
    "kind": st.sampled_from(Kind),
    "result": RESULTS | st.none(),
    "started_by": WORDS,
    "started_at": TIMES | st.none(),
    "completed_at": TIMES | st.none(),
    "progress": st.builds(
        Progress, total=st.integers(), current=st.integers() | st.none(), speed=LENGTHS, left=WORDS | st.just("1h2m")
    ),
}
TASKS = st.builds(
    Task,
    **SHARED,
    blockers=st.lists(st.builds(Blocker, WORDS, st.tuples(WORDS)), max_size=2).map(tuple),
    run_mode=WORDS,
    enqueued_at=TIMES | st.none(),
    attempts=st.integers(0, 9),
)
ACTIVITIES = st.builds(Activity, **SHARED, parent_id=WORDS)
PEOPLE = st.builds(Person, st.just("U01ALICE"), st.just("T1"), ZONES, st.booleans())
ALERTS = st.builds(
    Alert,
    id=st.integers(0, 10**9),
    fingerprint=WORDS,
    account=WORDS,
    kind=st.sampled_from(Kind),
    tenant=TENANTS,
    name=WORDS,
    plan=WORDS,
    type=WORDS,
    status=st.sampled_from(AlertStatus),
    opened_at=TIMES,
    failed_at=TIMES,
    task_id=WORDS,
    cause=st.builds(Cause, WORDS, WORDS, WORDS),
    code=WORDS,
    occurrences=st.integers(1, 10**6),
    closed_at=TIMES | st.none(),
    ending=st.sampled_from(Ending) | st.none(),
)
VIEWS = st.one_of(
    st.builds(
        AlertView,
        ALERTS,
        st.lists(st.sampled_from(["ok", "error", "cancelled"]) | WORDS, max_size=20).map(tuple),
        st.timedeltas(timedelta(0)) | st.none(),
        TIMES | st.none(),
        TIMES | st.none(),
        ALERTS | st.none(),
    ),
    st.builds(
        SummaryView, WORDS, TIMES, st.lists(ALERTS, max_size=2).map(lambda few: tuple(few * 12)), st.integers(0, 10**9)
    ),
    st.builds(OutageView, WORDS, TIMES, WORDS, TIMES | st.none()),
    st.builds(UndeliveredView, WORDS, WORDS, WORDS),
)
ANSWER = Answer("answer1", "", TaskQuery(), "U01ALICE", datetime(2022, 6, 1, tzinfo=UTC))
GAPS = {"as_of": TIMES, "partial": WORDS, "back_to": TIMES | st.none(), "malformed": st.integers(0, 9)}

OURS = re.compile(
    r"<!date\^\d+\^\{date_short_pretty\} \{time\}\|[^<>|]*>|https://kb\.acronis\.com/errorcode/\?ser=[\w.%-]+|&(?:amp|lt|gt);"
)
LIVE = re.compile(
    r"[<>]|&|://|mailto:|@(?:channel|here|everyone)|:[^\s:]+:|[~`\x00-\x09\x0b-\x1f\u202a-\u202e\u2066-\u2069]",
    re.IGNORECASE,
)


def texts(part: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every text in blocks, with the object it stands in."""
    if isinstance(part, dict):
        if isinstance(part.get("text"), str):
            yield part["text"], part
        for value in part.values():
            yield from texts(value)
    elif isinstance(part, list | tuple):
        for each in part:
            yield from texts(each)


def kinds(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        yield part.get("type", "")
        for value in part.values():
            yield from kinds(value)
    elif isinstance(part, list | tuple):
        for each in part:
            yield from kinds(each)


def assert_harmless(shown: Message | Modal) -> None:
    """By our own check, by the pretend Slack's, and by looking for what Slack would act on."""
    assert limits.check(shown) == []
    if isinstance(shown, Message):
        assert message_faults(list(shown.blocks)) == []
        assert len(shown.text) <= 3_900
        assert len(shown.text.partition("\n")[0]) <= 120
        assert LIVE.search(OURS.sub("", shown.text)) is None
        assert "*" not in shown.text
        shown.text.encode()
    else:
        title, close = ({"type": "plain_text", "text": text} for text in (shown.title, shown.close))
        assert view_faults({"type": "modal", "title": title, "close": close, "blocks": list(shown.blocks)}) == []
    for text, where in texts(shown.blocks):
        text.encode()
        if where["type"] == "mrkdwn":
            assert LIVE.search(OURS.sub("", text)) is None
        if where["type"] == "plain_text":
            assert LIVE.search(OURS.sub("", text).replace("&", "")) is None
    assert not set(kinds(shown.blocks)) & {"broadcast", "usergroup", "emoji", "image"}


def described(said: str) -> dict[str, Any]:
    return {"said": said, "page": 1, "answer": ANSWER}


@settings(deadline=None, max_examples=25)
@given(VIEWS, ZONES, st.booleans())
def test_cards_are_harmless(view: Any, zone: ZoneInfo, repeated: bool) -> None:
    shown = cards.card(view, zone, repeated=repeated)
    assert_harmless(shown)
    assert_harmless(cards.plain_card(shown))
    if isinstance(view, AlertView | OutageView):
        assert LIVE.search(cards.closing_line(view, zone)) is None


@settings(deadline=None, max_examples=25)
@given(st.lists(TASKS, max_size=2), st.fixed_dictionaries(GAPS), WORDS, PEOPLE, TIMES)
def test_lists_of_tasks_are_harmless(
    tasks: list[Task], gaps: dict[str, Any], said: str, person: Person, newest: datetime
) -> None:
    found = Found(tuple(tasks * 6), **gaps)
    assert_harmless(answers.task_list(found, person=person, hidden=3, paused=2, asked_by=said, **described(said)))
    assert_harmless(answers.overview(found, fine=9, running=1, newest=newest, person=person, **described(said)))
    assert_harmless(answers.nothing(said=said, found=found, fine=5, newest=newest, person=person, hidden=1))


@settings(deadline=None, max_examples=25)
@given(TASKS, PEOPLE, TIMES)
def test_one_task_in_full_is_harmless(task: Task, person: Person, now: datetime) -> None:
    assert_harmless(answers.in_full(task, person, now))
    assert_harmless(answers.task_modal(task, person, now))


@settings(deadline=None, max_examples=25)
@given(st.lists(ACTIVITIES, max_size=2), st.fixed_dictionaries(GAPS), WORDS, PEOPLE, TASKS)
def test_lists_of_activities_are_harmless(
    activities: list[Activity], gaps: dict[str, Any], said: str, person: Person, task: Task
) -> None:
    found = Found(tuple(activities * 6), **gaps)
    assert_harmless(answers.activity_list(found, person=person, task=task, asked_by=said, **described(said)))


@settings(deadline=None, max_examples=25)
@given(WORDS, WORDS, WORDS, st.integers(-5, 400), st.integers(-5, 400))
def test_notes_are_harmless(told: str, text: str, example: str, offset: int, length: int) -> None:
    error = UsageError(told, text=text, offset=offset, length=length, example=example)
    assert_harmless(notes.usage(error))
    assert_harmless(notes.refusal(told))
    assert_harmless(notes.failure(told, text))
    assert_harmless(answers.expired(told))
    assert_harmless(answers.loading_modal(told))
    assert_harmless(answers.failed_modal(told, text))
    assert_harmless(notes.help_page((Verb("show", told, examples=(example,)),), terms(), text))
