"""Mentions, over both transports alike: words as after /tasks, answered once, in their thread, to the asker alone."""

from dataclasses import replace
from typing import Any

import aiohttp
import pytest
from structlog.testing import capture_logs

from bot.model import Invocation, Message, Person, Place, Press
from bot.sandbox.slack import ALERTS, OTHER_TEAM, Delivery
from bot.sandbox.slack.deliveries import signature
from bot.services import ActionHandler, Services
from bot.slack.access import BOT, DEACTIVATED, GUEST, OTHER_WORKSPACE, STRANGER
from tests.patience import patient_limits
from tests.slack_house import MIA, SECRET, TRANSPORTS, House, open_house

both = pytest.mark.parametrize("transport", TRANSPORTS)
PAGE = {"type": "button", "text": {"type": "plain_text", "text": "Go"}, "action_id": "answer.page", "value": "a:2"}


def start_thread(house: House, channel: str = ALERTS) -> str:
    """A message of somebody else, with a reply; its ts."""
    root = house.slack.say("U0NOAH", channel, "Is it broken again?")
    house.slack.say("U0ASHA", channel, "Looks like it", thread_ts=root.ts)
    return root.ts


async def mention(house: House, text: str, user: str = MIA, channel: str = ALERTS, **more: Any) -> Delivery:
    delivery = await house.slack.mention(user, channel, text, **more)
    assert delivery is not None
    return delivery


def seen(house: House, user: str = MIA, channel: str = ALERTS) -> list[tuple[str, str]]:
    """Texts for the user's eyes alone, each with its thread."""
    return [(message.text, message.thread_ts) for message in house.slack.whispers(user, channel)]


def asked(house: House) -> list[Invocation]:
    return [invocation for _, invocation in house.asked if isinstance(invocation, Invocation)]


@both
async def test_a_mention_in_a_thread_is_answered_once_there_and_to_the_asker_alone(transport: str) -> None:
    async with open_house(transport) as house:
        thread = start_thread(house)
        delivery = await mention(house, "@nightshift say hello", thread_ts=thread)
        assert (delivery.acked, delivery.body or "") == (True, "")
        await house.settle()
        assert seen(house) == [("hello in Europe/Berlin", thread)]
        assert house.called() == ["chat.postEphemeral"]
        assert house.whispers("U0NOAH") == []
        assert len(house.slack.posts(ALERTS)) == 3


@both
async def test_a_mention_in_the_channel_is_answered_in_the_channel(transport: str) -> None:
    async with open_house(transport) as house:
        await mention(house, "@nightshift say hello")
        await house.settle()
        assert seen(house) == [("hello in Europe/Berlin", "")]


@pytest.mark.parametrize(
    ("text", "verb", "argument"),
    [
        ("@nightshift", "overview", ""),
        ("@nightshift say acme.com", "say", "acme.com"),
        ("@nightshift say lena@acme.example", "say", "lena@acme.example"),
        ("@nightshift: say a&b", "say", "a&b"),
        ("say hello @nightshift", "say", "hello"),
        ("@nightshift /tasks say hello", "say", "hello"),
        ("@nightshift /tasks", "overview", ""),
        ("@nightshift failed today", "", ""),
    ],
)
async def test_a_mentions_words_mean_what_they_mean_after_the_command(text: str, verb: str, argument: str) -> None:
    async with open_house("socket") as house:
        await mention(house, text)
        await house.settle()
        assert [(invocation.verb, invocation.argument) for invocation in asked(house)] == [(verb, argument)]


@both
async def test_a_word_that_is_not_understood_is_marked(transport: str) -> None:
    async with open_house(transport) as house:
        thread = start_thread(house)
        await mention(house, "@nightshift runing", thread_ts=thread)
        await house.settle()
        [(text, where)] = seen(house)
        assert "runing" in text
        assert "running" in text
        assert where == thread
        assert house.asked == []


@both
async def test_an_event_that_slack_repeats_acts_once(transport: str) -> None:
    """The first acknowledgement is lost on its way back, so Slack sends the same event again."""
    async with open_house(transport) as house:
        first = await mention(house, "@nightshift say hello", twice=True)
        again = await house.slack.dispatcher.deliver("events_api", first.payload)
        await house.settle()
        assert [attempt.acked for attempt in (*first.attempts, *again.attempts)] == [True] * 3
        assert house.whispers() == ["hello in Europe/Berlin"]


async def test_an_event_that_could_not_be_delivered_is_answered_when_slack_repeats_it() -> None:
    async with open_house("http", limits=patient_limits(event_retry_seconds=(0.2,))) as house:
        house.slack.set_request_url("http://127.0.0.1:9/")
        delivery = await mention(house, "@nightshift say hello")
        house.slack.set_request_url(house.url)
        assert not delivery.acked
        await house.until(lambda: delivery.acked)
        await house.settle()
        assert house.whispers() == ["hello in Europe/Berlin"]


@both
@pytest.mark.parametrize(
    ("user", "words"),
    [
        ("U0GUEST", GUEST),
        ("U0SINGLE", GUEST),
        ("U0STRANGER", OTHER_WORKSPACE),
        ("U0OTHER", OTHER_WORKSPACE),
        ("U0GONE", DEACTIVATED),
    ],
)
async def test_whoever_may_not_ask_is_refused_in_exact_words(transport: str, user: str, words: str) -> None:
    """People of other companies can mention the bot in a channel that is shared with them."""
    async with open_house(transport) as house:
        thread = start_thread(house, "C0SHARED")
        await mention(house, "@nightshift say hello", user, "C0SHARED", thread_ts=thread)
        await house.settle()
        assert seen(house, user, "C0SHARED") == [(words, thread)]
        assert house.asked == []


async def test_a_stranger_whose_message_names_no_company_is_refused_too() -> None:
    async with open_house("socket") as house:
        event = {"type": "app_mention", "user": "U0STRANGER", "channel": "C0SHARED", "text": "<@U0NIGHTSHIFT> failed"}
        await house.slack.event(event)
        await house.settle()
        assert house.whispers("U0STRANGER") == []
        assert seen(house, "U0STRANGER", "C0SHARED") == [(STRANGER, "")]


async def test_a_member_may_ask_in_a_channel_that_another_company_hosts() -> None:
    """There Slack's outer team may be the host's; the message and the authorisation tell whose the asker is."""
    async with open_house("socket") as house:
        await mention(house, "@nightshift say hello", channel="C0SHARED", team=OTHER_TEAM)
        await house.settle()
        assert seen(house, channel="C0SHARED") == [("hello in Europe/Berlin", "")]


@both
async def test_a_bot_that_names_us_gets_no_answer(transport: str) -> None:
    """Two bots that answer each other never end."""
    async with open_house(transport) as house:
        assert (await mention(house, "@nightshift say hello", "U0ROBOT")).acked
        await house.settle()
        assert house.called() == []
        assert BOT not in house.whispers("U0ROBOT")


@both
async def test_an_old_event_is_acknowledged_only(transport: str) -> None:
    async with open_house(transport) as house:
        with capture_logs() as logs:
            assert (await mention(house, "@nightshift say hello", late=3600)).acked
            assert (await mention(house, "@nightshift say soon", late=200)).acked
            await house.settle()
        assert house.whispers() == ["soon in Europe/Berlin"]
        assert "an old event is acknowledged only, or our clock is ahead" in [entry["event"] for entry in logs]


async def test_who_cannot_be_answered_in_the_channel_is_answered_directly() -> None:
    async with open_house("socket") as house:
        thread = start_thread(house)
        house.slack.leave(ALERTS, MIA)
        await mention(house, "@nightshift say hello", thread_ts=thread)
        await house.settle()
        assert house.called() == ["chat.postEphemeral", "chat.postMessage"]
        assert [message.text for message in house.slack.direct(MIA)] == ["hello in Europe/Berlin"]


# ── buttons of an answer in a thread ──


async def with_button(invocation: Invocation, person: Person, services: Services) -> Message:
    return Message("Two failed", ({"type": "actions", "elements": [PAGE]},))


def turning(message: Message) -> ActionHandler:
    async def turn(press: Press, person: Person, services: Services) -> Message:
        return message

    return ActionHandler("answer.page", turn)


async def ask_and_tap(house: House) -> str:
    """Asks in a thread and taps the answer's button; the thread."""
    thread = start_thread(house)
    await mention(house, "@nightshift say it", thread_ts=thread)
    await house.calm()
    assert (await house.slack.tap(MIA, action="answer.page", channel=ALERTS)).acked
    await house.settle()
    return thread


@both
async def test_an_answer_in_a_thread_is_shared_into_that_thread(transport: str) -> None:
    shared = Message("Mia shares", place=Place.CHANNEL)
    async with open_house(transport, say=with_button, actions=[turning(shared)]) as house:
        thread = await ask_and_tap(house)
        assert [reply.text for reply in house.slack.replies(ALERTS, thread)][-1] == "Mia shares"
        assert [message.text for message in house.slack.shown(ALERTS)] == ["Is it broken again?"]
        assert seen(house) == [("Two failed", thread)]


async def test_a_share_into_a_thread_finds_it_by_the_second_way_too() -> None:
    shared = Message("Mia shares", place=Place.CHANNEL)
    async with open_house("socket", say=with_button, actions=[turning(shared)]) as house:
        house.slack.fault("error", "response_url", error="expired_url")
        thread = await ask_and_tap(house)
        assert [reply.text for reply in house.slack.replies(ALERTS, thread)][-1] == "Mia shares"


@both
async def test_the_next_page_takes_the_place_of_the_answer_in_the_thread(transport: str) -> None:
    page = Message("Page two", replaces=True)
    async with open_house(transport, say=with_button, actions=[turning(page)]) as house:
        thread = await ask_and_tap(house)
        assert seen(house) == [("Page two", thread)]


@both
async def test_what_a_button_says_beside_the_answer_stays_in_the_thread(transport: str) -> None:
    async with open_house(transport, say=with_button, actions=[turning(Message("Noted"))]) as house:
        thread = await ask_and_tap(house)
        assert seen(house) == [("Two failed", thread), ("Noted", thread)]


async def test_where_no_ephemeral_message_is_taken_a_button_in_a_thread_answers_by_its_url() -> None:
    async with open_house("socket", say=with_button, actions=[turning(Message("Noted"))]) as house:
        thread = start_thread(house)
        await mention(house, "@nightshift say it", thread_ts=thread)
        await house.calm()
        house.slack.fault("error", "chat.postEphemeral", error="not_in_channel")
        await house.slack.tap(MIA, action="answer.page", channel=ALERTS)
        await house.settle()
        assert house.called()[-2:] == ["chat.postEphemeral", "response_url"]
        assert seen(house)[-1] == ("Noted", thread)


# ── signed HTTP ──


async def test_slacks_check_of_the_events_address_is_answered() -> None:
    """Slack saves the address only when it sends the challenge back."""
    async with open_house("http") as house:
        body = b'{"type": "url_verification", "challenge": "abc", "token": "t"}'
        headers = {"Content-Type": "application/json"} | signature(SECRET, body, house.slack.state.now())
        async with aiohttp.ClientSession() as session, session.post(house.url, data=body, headers=headers) as answer:
            assert answer.status == 200
            assert "abc" in await answer.text()


async def test_a_mention_signed_by_somebody_else_is_refused() -> None:
    async with open_house("http") as house:
        house.slack.access.tokens = replace(house.slack.access.tokens, signing_secret="wrong")
        delivery = await mention(house, "@nightshift say hello")
        assert (delivery.acked, delivery.attempts[0].status) == (False, 401)
        await house.settle()
        assert house.asked == []
