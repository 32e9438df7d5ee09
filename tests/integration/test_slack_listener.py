"""Commands, over both transports alike: acknowledged at once, answered to the asker, refused in exact words."""

import asyncio
import hashlib
import hmac
import json
import logging
import time
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlencode

import aiohttp
import pytest
from slack_bolt.request.async_request import AsyncBoltRequest
from structlog.testing import capture_logs

from bot.errors import AccessDenied, AcronisUnavailable, AnswerExpired, UsageError
from bot.model import Invocation, Message, Person, Whence
from bot.sandbox.slack import ALERTS, OTHER_TEAM, TEAM
from bot.services import Services
from bot.slack.access import BOT, DEACTIVATED, GUEST, OTHER_WORKSPACE, STRANGER, UNKNOWN
from bot.store.engine import Database
from tests.patience import patient_limits
from tests.slack_house import MIA, SECRET, SPOILT, TRANSPORTS, House, open_house, small_database

both = pytest.mark.parametrize("transport", TRANSPORTS)


@both
async def test_a_command_is_acknowledged_silently_and_answered_to_the_asker_alone(transport: str) -> None:
    async with open_house(transport) as house:
        delivery = await house.slack.command(MIA, ALERTS, "say hello")
        assert (delivery.shown, delivery.body or "") == ("", "")
        await house.settle()
        assert house.whispers() == ["hello in Europe/Berlin"]
        assert house.slack.shown(ALERTS) == []
        assert house.whispers("U0NOAH") == []


@both
async def test_each_command_stands_for_its_words(transport: str) -> None:
    async with open_house(transport) as house:
        await house.slack.command(MIA, ALERTS, "")
        await house.slack.command(MIA, ALERTS, "failed")
        await house.settle()
        assert sorted(invocation.verb for _, invocation in house.asked if isinstance(invocation, Invocation)) == [
            "",
            "overview",
        ]


@both
async def test_a_handler_learns_where_it_was_asked(transport: str) -> None:
    async with open_house(transport) as house:
        command = await house.slack.command(MIA, "C0GENERAL", "say hello")
        root = house.slack.say(MIA, ALERTS, "Look")
        mention = await house.slack.mention(MIA, ALERTS, "@nightshift say hello", thread_ts=root.ts)
        await house.settle()
        assert mention is not None
        asked = {each.whence for _, each in house.asked}
        assert asked == {
            Whence("C0GENERAL", key=str(command.payload["trigger_id"]), via="command"),
            Whence(ALERTS, root.ts, str(mention.payload["event_id"]), "mention"),
        }


@both
async def test_a_word_that_is_not_understood_is_pointed_at_and_nothing_is_asked(transport: str) -> None:
    async with open_house(transport) as house:
        await house.slack.command(MIA, ALERTS, "runing")
        await house.settle()
        assert "runing" in house.whispers()[0]
        assert "running" in house.whispers()[0]
        assert house.asked == []


@both
async def test_an_endless_command_is_told_how_long_it_may_be(transport: str) -> None:
    async with open_house(transport) as house:
        await house.slack.command(MIA, ALERTS, "x" * 5_000)
        await house.settle()
        assert "3,000" in house.whispers()[0]


@both
async def test_a_command_nobody_knows_is_told_so(transport: str) -> None:
    async with open_house(transport) as house:
        delivery = await house.slack.command(MIA, ALERTS, "x", command="/taks")
        await house.settle()
        assert delivery.acked
        assert "does not answer /taks" in house.whispers()[0]


@both
@pytest.mark.parametrize(
    ("user", "team", "words"),
    [
        ("U0GUEST", "", GUEST),
        ("U0SINGLE", "", GUEST),
        ("U0STRANGER", TEAM, STRANGER),
        ("U0OTHER", TEAM, OTHER_WORKSPACE),
        ("U0OTHER", "", OTHER_WORKSPACE),
        (MIA, OTHER_TEAM, OTHER_WORKSPACE),
        ("U0GONE", "", DEACTIVATED),
        ("U0ROBOT", "", BOT),
    ],
)
async def test_whoever_may_not_ask_is_refused_in_exact_words(transport: str, user: str, team: str, words: str) -> None:
    async with open_house(transport) as house:
        await house.slack.command(user, ALERTS, "say hello", team=team)
        await house.slack.command(user, ALERTS, "nonsense", team=team)
        await house.settle()
        assert house.whispers(user) == [words, words]
        assert house.asked == []


@both
async def test_a_command_delivered_twice_is_answered_once(transport: str) -> None:
    async with open_house(transport) as house:
        delivery = await house.slack.command(MIA, ALERTS, "say hello", twice=True)
        await house.settle()
        assert [attempt.acked for attempt in delivery.attempts] == [True, True]
        assert house.whispers() == ["hello in Europe/Berlin"]


@both
async def test_events_and_shortcuts_and_whatever_comes_are_acknowledged(transport: str) -> None:
    async with open_house(transport) as house:
        for event in ({"type": "reaction_added", "user": MIA, "channel": ALERTS}, {"type": "brand_new"}):
            assert (await house.slack.event(event)).acked
        assert (await house.slack.open_home(MIA)).acked
        await house.settle()
        assert house.asked == []
        assert house.called() == []


@pytest.mark.parametrize(
    "kind", ["shortcut", "message_action", "view_submission", "view_closed", "brand_new", "interactive_message"]
)
async def test_every_kind_of_payload_is_acknowledged_with_nothing(kind: str) -> None:
    async with open_house("socket") as house:
        body = {"type": kind, "team": {"id": TEAM}, "user": {"id": MIA}, "trigger_id": kind, "callback_id": "x"}
        answer = await house.listener.app.async_dispatch(AsyncBoltRequest(body=body, mode="socket_mode"))
        assert (answer.status, answer.body) == (200, "")


async def test_a_menu_that_asks_for_choices_gets_none() -> None:
    """Slack shows a warning where the acknowledgement carries no list."""
    async with open_house("socket") as house:
        body = {"type": "block_suggestion", "team": {"id": TEAM}, "user": {"id": MIA}}
        answer = await house.listener.app.async_dispatch(AsyncBoltRequest(body=body, mode="socket_mode"))
        assert json.loads(answer.body) == {"options": []}


# ── when something goes wrong ──


@both
async def test_a_handler_that_breaks_tells_a_reference_that_is_in_the_log(transport: str) -> None:
    async def broken(*_: Any) -> Message:
        raise RuntimeError("token xoxb-1 of srv-9")

    async with open_house(transport, say=broken) as house:
        with capture_logs() as logs:
            await house.slack.command(MIA, ALERTS, "say hello")
            await house.settle()
        reference = next(entry["reference"] for entry in logs if entry["event"] == "a request broke")
        assert reference in house.whispers()[0]
        assert "went wrong on our side" in house.whispers()[0]
        assert "xoxb" not in house.whispers()[0]


async def test_an_error_of_ours_says_what_happened_and_its_reference() -> None:
    async def away(*_: Any) -> Message:
        raise AcronisUnavailable("Acronis does not answer. Try again in a minute.")

    async with open_house("http", say=away) as house:
        with capture_logs() as logs:
            await house.slack.command(MIA, ALERTS, "say hello")
            await house.settle()
        reference = next(entry["reference"] for entry in logs if entry["event"] == "a request failed")
        assert house.whispers()[0].startswith("Acronis does not answer. Try again in a minute.")
        assert reference in house.whispers()[0]


async def test_an_answer_no_longer_kept_is_said_without_a_reference() -> None:
    async def expired(*_: Any) -> Message:
        raise AnswerExpired("This answer is no longer kept. Ask again.")

    async with open_house("http", say=expired) as house:
        await house.slack.command(MIA, ALERTS, "say hello")
        await house.settle()
        assert "no longer kept" in house.whispers()[0]
        assert "eference" not in house.whispers()[0]


async def test_a_refusal_by_a_handler_is_said_in_its_words() -> None:
    async def refused(*_: Any) -> Message:
        raise AccessDenied("Only the team of Acme may see this.")

    async with open_house("http", say=refused) as house:
        await house.slack.command(MIA, ALERTS, "say hello")
        await house.settle()
        assert house.whispers() == ["Only the team of Acme may see this."]


async def test_when_even_the_words_for_it_cannot_be_drawn_the_asker_hears_something() -> None:
    async def broken(*_: Any) -> Message:
        raise UsageError("x", text=None)  # type: ignore[arg-type]

    async with open_house("http", say=broken) as house:
        await house.slack.command(MIA, ALERTS, "say hello")
        await house.settle()
        assert "went wrong on our side" in house.whispers()[0]


async def test_an_answer_that_reaches_nobody_is_in_the_log() -> None:
    async with open_house("http") as house:
        for method in ("response_url", "chat.postEphemeral", "chat.postMessage"):
            house.slack.fault("http", method, times=None)
        with capture_logs() as logs:
            await house.slack.command(MIA, ALERTS, "say hello")
            await house.settle()
        assert "an answer reached nobody" in [entry["event"] for entry in logs]


# ── who asks, when Slack is slow ──


@pytest.mark.usefixtures("hurried")
async def test_the_zone_is_not_waited_for_but_the_answer_is_held_until_the_asker_is_known() -> None:
    async with open_house("socket") as house:
        house.slack.hold("users.info", "before")
        await house.slack.command(MIA, ALERTS, "say hello")
        await house.until(lambda: house.asked)
        assert house.whispers() == []
        house.slack.release()
        await house.settle()
        person, _ = house.asked[0]
        assert (person.zone.key, person.zone_is_known) == ("UTC", False)
        assert house.whispers() == ["hello in UTC"]


@pytest.mark.usefixtures("hurried")
async def test_a_guest_is_not_answered_because_slack_is_slow() -> None:
    async with open_house("socket") as house:
        house.slack.hold("users.info", "before")
        await house.slack.command("U0GUEST", ALERTS, "say hello")
        await house.until(lambda: house.asked)
        house.slack.release()
        await house.settle()
        assert house.whispers("U0GUEST") == [GUEST]


@pytest.mark.parametrize("user", [MIA, "U0GUEST", "U0SINGLE"])
@pytest.mark.parametrize("kind", ["hang", "http", "ratelimited"])
async def test_when_slack_never_said_who_asks_they_are_refused_in_words(kind: str, user: str) -> None:
    async with open_house("socket", patience=0.3) as house:
        house.slack.fault(kind, "users.info", seconds=60, times=None)
        with capture_logs() as logs:
            await house.slack.command(user, ALERTS, "say hello")
            await house.settle()
        assert house.whispers(user) == [UNKNOWN]
        assert "slack did not say who a user is" in [entry["event"] for entry in logs]


async def test_a_guest_who_asks_until_slack_is_tired_gets_no_answer() -> None:
    """Slack takes some 100 questions a minute about people. Past that a guest must not pass for a member."""
    async with open_house("socket") as house:
        for _ in range(140):
            await house.slack.command("U0GUEST", ALERTS, "say hello")
        await house.calm()
        assert set(house.whispers("U0GUEST")) == {GUEST}
        assert [request["method"] for request in house.slack.requests].count("users.info") == 1


@pytest.mark.parametrize("facts", [{"trigger_id": "1.2.abc"}, {}])
async def test_what_was_taken_before_a_restart_is_not_answered_again(facts: dict[str, str]) -> None:
    async with small_database() as database:
        body, at = _command(**facts), str(int(time.time()))
        answers = []
        for _ in range(2):
            async with open_house("http", database=database) as house:
                assert await _post(house, SECRET, body, at) == 200
                assert await _post(house, SECRET, body, at) == 200
                await house.settle()
                answers.append(house.whispers())
        assert answers == [["hello in Europe/Berlin"], []]


@pytest.mark.usefixtures("hurried")
async def test_a_store_in_trouble_keeps_nobody_from_an_answer() -> None:
    async with small_database() as database, open_house("http", database=database) as house, database.write():
        assert await _post(house, SECRET, _command(trigger_id="1.2.abc")) == 200
        await house.settle()
        assert house.whispers() == ["hello in Europe/Berlin"]


@pytest.mark.parametrize("spoil", SPOILT)
async def test_a_store_that_takes_nothing_keeps_nobody_from_an_answer(
    spoil: Callable[[Database], Awaitable[None]],
) -> None:
    async with small_database() as database, open_house("http", database=database) as house:
        await spoil(database)
        assert await _post(house, SECRET, _command(trigger_id="1.2.abc")) == 200
        await house.settle()
        assert house.whispers() == ["hello in Europe/Berlin"]


# ── signed HTTP ──


async def test_a_wrong_signature_is_refused_and_leaves_no_body_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with open_house("http") as house:
        status = await _post(house, "wrong-secret")
        assert status == 401
        assert await _post(house, SECRET) == 200
        await house.settle()
        [(_, asked)] = house.asked
        assert isinstance(asked, Invocation)
        assert (asked.verb, asked.argument, asked.text) == ("say", "hello", "say hello")
        assert "team_id" not in caplog.text
        assert "v0=" not in caplog.text


async def test_oauth_settings_of_the_environment_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bolt turns on its own sign-in flow where it finds these; and the first request must not wait for auth.test."""
    monkeypatch.setenv("SLACK_CLIENT_ID", "1.2")
    monkeypatch.setenv("SLACK_CLIENT_SECRET", "shh")
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-other")
    async with open_house("http") as house:
        await house.slack.command(MIA, ALERTS, "say hello")
        await house.settle()
        assert house.whispers() == ["hello in Europe/Berlin"]
        assert [request["method"] for request in house.slack.requests].count("auth.test") == 1


def _command(**facts: str) -> str:
    known = {"team_id": TEAM, "user_id": MIA, "channel_id": ALERTS}
    return urlencode({"command": "/tasks", "text": "say hello", **known, **facts})


async def _post(house: House, secret: str, body: str = "", stamp: str = "") -> int:
    body, stamp = body or _command(), stamp or str(int(time.time()))
    digest = hmac.new(secret.encode(), f"v0:{stamp}:{body}".encode(), hashlib.sha256).hexdigest()
    headers = {
        "X-Slack-Request-Timestamp": stamp,
        "X-Slack-Signature": f"v0={digest}",
        "Content-Type": "application/x-www-form-urlencoded",
    }
    async with aiohttp.ClientSession() as session, session.post(house.url, data=body, headers=headers) as answer:
        return answer.status


async def test_a_burst_is_answered_whole() -> None:
    async def echo(invocation: Invocation, person: Person, services: Services) -> Message:
        await asyncio.sleep(0.01)
        return Message(invocation.argument)

    async with open_house("http", say=echo) as house:
        sent = [house.slack.command(MIA, ALERTS, f"say word{number}") for number in range(50)]
        deliveries = await asyncio.gather(*sent)
        await house.settle()
        assert all(delivery.acked for delivery in deliveries)
        assert sorted(house.whispers()) == sorted(f"word{number}" for number in range(50))


@pytest.mark.parametrize("transport", TRANSPORTS)
@pytest.mark.usefixtures("hurried")
async def test_a_few_questions_of_one_person_are_served_at_a_time_and_none_is_dropped(transport: str) -> None:
    """More than the line holds: the first are answered, who waits is told so, and the others are refused in words."""
    at_once, most, going_on = 0, 0, asyncio.Event()

    async def slowly(invocation: Invocation, person: Person, services: Services) -> Message:
        nonlocal at_once, most
        at_once += 1
        most = max(most, at_once)
        await going_on.wait()
        at_once -= 1
        return Message(invocation.argument)

    async with open_house(transport, say=slowly) as house:
        sent = [house.slack.command(MIA, ALERTS, f"say word{number}") for number in range(190)]
        assert all(delivery.acked for delivery in await asyncio.gather(*sent))
        await house.until(lambda: any(text.startswith("One moment: a few") for text in house.whispers()))
        await house.until(lambda: at_once == 3)
        going_on.set()
        await house.settle()
        said = house.whispers()
        answers = {text for text in said if text.startswith("word")}
        refusals = [text for text in said if text.startswith("One moment: too many")]
        assert (most, len(answers), len(refusals)) == (3, 153, 37)


async def test_nobody_waits_for_the_questions_of_another_person() -> None:
    going_on = asyncio.Event()

    async def slowly(invocation: Invocation, person: Person, services: Services) -> Message:
        if person.id == MIA:
            await going_on.wait()
        return Message(invocation.argument)

    async with open_house("http", say=slowly) as house:
        await asyncio.gather(*(house.slack.command(MIA, ALERTS, f"say word{number}") for number in range(20)))
        await house.slack.command("U0NOAH", ALERTS, "say hello")
        await house.until(lambda: house.whispers("U0NOAH"))
        going_on.set()
        await house.settle()
        assert house.whispers("U0NOAH") == ["hello"]


async def test_mentions_that_the_line_has_no_room_for_are_refused_in_words() -> None:
    going_on = asyncio.Event()

    async def slowly(invocation: Invocation, person: Person, services: Services) -> Message:
        await going_on.wait()
        return Message(invocation.argument)

    async with open_house("http", say=slowly, limits=patient_limits(metered=False)) as house:
        await asyncio.gather(
            *(house.slack.mention(MIA, ALERTS, f"@nightshift say word{number}") for number in range(160))
        )
        await house.until(lambda: any(text.startswith("One moment: too many") for text in house.whispers()))
        going_on.set()
        await house.settle()
        assert len([text for text in house.whispers() if text.startswith("word")]) == 153


@pytest.mark.parametrize("event", [5, "x", None, [], [{}], True])
@pytest.mark.parametrize("kind", ["application/json", "text/plain"])
async def test_a_signed_body_of_another_shape_is_refused_in_one_line(event: object, kind: str) -> None:
    """Bolt takes an event for an object."""
    body = json.dumps({"type": "event_callback", "event": event, "event_id": "E1"})
    stamp = str(int(time.time()))
    digest = hmac.new(SECRET.encode(), f"v0:{stamp}:{body}".encode(), hashlib.sha256).hexdigest()
    headers = {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": f"v0={digest}", "Content-Type": kind}
    async with open_house("http") as house, aiohttp.ClientSession() as session:
        with capture_logs() as lines:
            async with session.post(house.url, data=body, headers=headers) as answer:
                assert answer.status == 400
        assert [line["event"] for line in lines] == ["an unreadable request was refused"]
