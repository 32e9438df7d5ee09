"""The pretend Slack's messages follow Slack's rules, seen through the real slack_sdk client."""

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.slack import ALERTS, BOT, BOT_USER, SCOPES, TEAM, ControlError, Limits, Running, Tokens, serve


@pytest.fixture
async def slack() -> AsyncIterator[Running]:
    running = await serve(limits=Limits(metered=False))
    yield running
    await running.close()


@pytest.fixture
def client(slack: Running) -> AsyncWebClient:
    return AsyncWebClient("xoxb-sandbox", base_url=slack.api_url, retry_handlers=[])


def section(text: str) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}


def refused(error: str) -> Any:
    return pytest.raises(SlackApiError, match=f"'error': '{error}'")


async def test_auth_test_names_team_and_bot_and_the_header_its_scopes(client: AsyncWebClient) -> None:
    answer = await client.auth_test()
    assert (answer["team_id"], answer["user_id"], answer["bot_id"]) == (TEAM, BOT_USER, BOT)
    assert answer.headers["x-oauth-scopes"] == ",".join(sorted(SCOPES))
    with refused("invalid_auth") as refusal:
        await client.api_call("auth.test", headers={"Authorization": "Bearer xoxb-other"})
    assert "x-oauth-scopes" not in refusal.value.response.headers


async def test_a_token_is_checked_before_anything_else(slack: Running, client: AsyncWebClient) -> None:
    with refused("not_authed"):
        await AsyncWebClient(base_url=slack.api_url).auth_test()
    with refused("invalid_auth"):
        await AsyncWebClient("xoxb-other", base_url=slack.api_url).auth_test()
    with refused("not_allowed_token_type"):
        await AsyncWebClient("xapp-sandbox", base_url=slack.api_url).chat_postMessage(channel=ALERTS, text="x")
    slack.slack.revoke("bot")
    with refused("token_revoked"):
        await client.chat_postMessage(channel=ALERTS, text="x")
    slack.slack.restore("bot")
    assert (await client.auth_test())["ok"]


async def test_two_sandboxes_share_nothing() -> None:
    first, second = await serve(tokens=Tokens(bot="xoxb-one")), await serve()
    await AsyncWebClient("xoxb-one", base_url=first.api_url).chat_postMessage(channel=ALERTS, text="x")
    assert second.slack.posts(ALERTS) == []
    with refused("invalid_auth"):
        await AsyncWebClient("xoxb-one", base_url=second.api_url).auth_test()
    await first.close()
    await second.close()


async def test_a_method_slack_does_not_have_is_unknown(client: AsyncWebClient) -> None:
    with refused("unknown_method"):
        await client.api_call("chat.shout")


async def test_a_form_says_the_same_as_json(slack: Running) -> None:
    form = {"channel": ALERTS, "blocks": '[{"type": "divider"}]', "text": "x", "token": "xoxb-sandbox"}
    async with (
        aiohttp.ClientSession() as session,
        session.post(slack.api_url + "chat.postMessage", data=form) as answer,
    ):
        assert (await answer.json())["message"]["blocks"][0]["type"] == "divider"
    form["blocks"] = "[{"
    async with (
        aiohttp.ClientSession() as session,
        session.post(slack.api_url + "chat.postMessage", data=form) as answer,
    ):
        assert (await answer.json())["error"] == "invalid_blocks_format"


async def test_a_post_is_shown_with_blocks_text_and_metadata(slack: Running, client: AsyncWebClient) -> None:
    metadata = {"event_type": "card", "event_payload": {"key": "a1"}}
    answer = await client.chat_postMessage(
        channel=ALERTS, text="Failed", blocks=[section("*Failed*")], metadata=metadata
    )
    [message] = slack.slack.shown(ALERTS)
    assert message.ts == answer["ts"]
    assert message.text == "Failed"
    assert message.blocks[0]["text"]["text"] == "*Failed*"
    assert message.blocks[0]["block_id"]
    assert message.metadata == metadata
    assert answer["message"]["bot_id"] == BOT


async def test_stamps_are_unique_and_grow(slack: Running, client: AsyncWebClient) -> None:
    stamps = [(await client.chat_postMessage(channel=ALERTS, text="x"))["ts"] for _ in range(20)]
    assert sorted(set(stamps)) == stamps


@pytest.mark.parametrize(
    ("channel", "error"),
    [
        ("C0OUTSIDE", "not_in_channel"),
        ("G0SECRET", "channel_not_found"),
        ("C0NOWHERE", "channel_not_found"),
        ("C0ARCHIVED", "is_archived"),
        ("U0ROBOT", "cannot_dm_bot"),
    ],
)
async def test_a_post_where_the_bot_may_not_is_refused(client: AsyncWebClient, channel: str, error: str) -> None:
    with refused(error):
        await client.chat_postMessage(channel=channel, text="x")


async def test_a_post_without_content_or_scope_is_refused(slack: Running, client: AsyncWebClient) -> None:
    with refused("no_text"):
        await client.api_call("chat.postMessage", json={"channel": ALERTS})
    slack.slack.set_scopes(["commands"])
    with pytest.raises(SlackApiError) as refusal:
        await client.chat_postMessage(channel=ALERTS, text="x")
    assert refusal.value.response["needed"] == "chat:write"
    assert refusal.value.response["provided"] == "commands"


async def test_text_is_cut_at_40000_and_an_edit_refuses_4001(slack: Running, client: AsyncWebClient) -> None:
    posted = await client.chat_postMessage(channel=ALERTS, text="x" * 50_000)
    assert len(slack.slack.shown(ALERTS)[0].text) == 40_000
    await client.chat_update(channel=ALERTS, ts=posted["ts"], text="y" * 4_000)
    with refused("msg_too_long"):
        await client.chat_update(channel=ALERTS, ts=posted["ts"], text="y" * 4_001)


async def test_an_edit_with_text_alone_removes_the_blocks_and_keeps_the_metadata(
    slack: Running, client: AsyncWebClient
) -> None:
    metadata = {"event_type": "card", "event_payload": {"key": "a1"}}
    posted = await client.chat_postMessage(channel=ALERTS, text="a", blocks=[section("a")], metadata=metadata)
    await client.chat_update(channel=ALERTS, ts=posted["ts"], text="b")
    [message] = slack.slack.shown(ALERTS)
    assert (message.text, message.blocks, message.metadata) == ("b", (), metadata)
    assert message.edited_mark
    assert message.edits == 1
    assert [version.content.text for version in message.versions] == ["a", "b"]


async def test_an_edit_with_blocks_has_no_mark_and_may_send_new_metadata(
    slack: Running, client: AsyncWebClient
) -> None:
    posted = await client.chat_postMessage(channel=ALERTS, text="a", blocks=[section("a")])
    new = {"event_type": "card", "event_payload": {"key": "b2"}}
    await client.chat_update(channel=ALERTS, ts=posted["ts"], text="b", blocks=[section("b")], metadata=new)
    [message] = slack.slack.shown(ALERTS)
    assert not message.edited_mark
    assert message.metadata == new


async def test_an_edit_of_what_cannot_be_edited_says_why(slack: Running, client: AsyncWebClient) -> None:
    ts = str((await client.chat_postMessage(channel=ALERTS, text="a"))["ts"])
    theirs = slack.slack.say("U0MIA", ALERTS, "mine")
    with refused("cant_update_message"):
        await client.chat_update(channel=ALERTS, ts=theirs.ts, text="b")
    with refused("cant_delete_message"):
        await client.chat_delete(channel=ALERTS, ts=theirs.ts)
    slack.slack.close_edit_window(ALERTS, ts)
    with refused("edit_window_closed"):
        await client.chat_update(channel=ALERTS, ts=ts, text="b")
    slack.slack.delete(ALERTS, ts)
    with refused("message_not_found"):
        await client.chat_update(channel=ALERTS, ts=ts, text="b")
    slack.slack.archive(ALERTS)
    with refused("is_archived"):
        await client.chat_update(channel=ALERTS, ts=ts, text="b")


async def test_replies_stay_in_the_thread_and_a_broadcast_is_in_both(slack: Running, client: AsyncWebClient) -> None:
    parent = str((await client.chat_postMessage(channel=ALERTS, text="card"))["ts"])
    await client.chat_postMessage(channel=ALERTS, text="quiet", thread_ts=parent)
    loud = await client.chat_postMessage(channel=ALERTS, text="loud", thread_ts=parent, reply_broadcast=True)
    await client.chat_postMessage(channel=ALERTS, text="under a reply", thread_ts=str(loud["ts"]))
    assert [message.text for message in slack.slack.shown(ALERTS)] == ["card", "loud"]
    assert [message.text for message in slack.slack.replies(ALERTS, parent)] == ["quiet", "loud", "under a reply"]
    with refused("thread_not_found"):
        await client.chat_postMessage(channel=ALERTS, text="x", thread_ts="1.000001")


async def test_history_needs_its_scope_and_names_it(slack: Running, client: AsyncWebClient) -> None:
    with pytest.raises(SlackApiError) as refusal:
        await client.conversations_history(channel=ALERTS)
    assert refusal.value.response["error"] == "missing_scope"
    assert refusal.value.response["needed"] == "channels:history"
    slack.slack.set_scopes(["chat:write", "channels:history"])
    assert (await client.conversations_history(channel=ALERTS))["messages"] == []
    with refused("missing_scope"):
        await client.conversations_history(channel="G0PRIVATE")
    with refused("not_in_channel"):
        await client.conversations_history(channel="C0OUTSIDE")


async def test_history_tells_metadata_only_when_asked(slack: Running, client: AsyncWebClient) -> None:
    slack.slack.set_scopes(["chat:write", "channels:history"])
    metadata = {"event_type": "card", "event_payload": {"key": "a1"}}
    ts = str((await client.chat_postMessage(channel=ALERTS, text="card", metadata=metadata))["ts"])
    await client.chat_postMessage(channel=ALERTS, text="reply", metadata=metadata, thread_ts=ts)
    assert "metadata" not in (await client.conversations_history(channel=ALERTS))["messages"][0]
    told = await client.conversations_history(channel=ALERTS, include_all_metadata=True)
    assert [message["metadata"] for message in told["messages"]] == [metadata]
    assert told["messages"][0]["reply_count"] == 1
    thread = await client.conversations_replies(channel=ALERTS, ts=ts, include_all_metadata=True)
    assert [message["text"] for message in thread["messages"]] == ["card", "reply"]
    assert thread["messages"][1]["metadata"] == metadata


async def test_history_comes_newest_first_in_pages_and_between_times(slack: Running, client: AsyncWebClient) -> None:
    slack.slack.set_scopes(["chat:write", "channels:history"])
    stamps = [str((await client.chat_postMessage(channel=ALERTS, text=str(n)))["ts"]) for n in range(5)]
    page = await client.conversations_history(channel=ALERTS, limit=2)
    assert [message["text"] for message in page["messages"]] == ["4", "3"]
    more = await client.conversations_history(channel=ALERTS, limit=2, cursor=page["response_metadata"]["next_cursor"])
    assert [message["text"] for message in more["messages"]] == ["2", "1"]
    middle = await client.conversations_history(channel=ALERTS, oldest=stamps[1], latest=stamps[3])
    assert [message["text"] for message in middle["messages"]] == ["2"]
    edge = await client.conversations_history(channel=ALERTS, oldest=stamps[1], latest=stamps[3], inclusive=True)
    assert len(edge["messages"]) == 3


async def test_a_deleted_first_message_leaves_a_tombstone_over_its_thread(
    slack: Running, client: AsyncWebClient
) -> None:
    slack.slack.set_scopes(["chat:write", "channels:history"])
    ts = str((await client.chat_postMessage(channel=ALERTS, text="card"))["ts"])
    await client.chat_postMessage(channel=ALERTS, text="reply", thread_ts=ts)
    alone = str((await client.chat_postMessage(channel=ALERTS, text="alone"))["ts"])
    for each in (ts, alone):
        await client.chat_delete(channel=ALERTS, ts=each)
    told = (await client.conversations_history(channel=ALERTS))["messages"]
    assert [message["subtype"] for message in told] == ["tombstone"]
    assert slack.slack.shown(ALERTS) == []


async def test_an_ephemeral_message_is_seen_by_one_and_cannot_be_edited(slack: Running, client: AsyncWebClient) -> None:
    answer = await client.chat_postEphemeral(channel=ALERTS, user="U0MIA", text="only you")
    assert [message.text for message in slack.slack.whispers("U0MIA", ALERTS)] == ["only you"]
    assert slack.slack.posts(ALERTS) == []
    with refused("message_not_found"):
        await client.chat_update(channel=ALERTS, ts=answer["message_ts"], text="b")
    slack.slack.leave(ALERTS, "U0NOAH")
    with refused("user_not_in_channel"):
        await client.chat_postEphemeral(channel=ALERTS, user="U0NOAH", text="x")


async def test_a_post_to_a_user_goes_into_their_direct_message(slack: Running, client: AsyncWebClient) -> None:
    posted = await client.chat_postMessage(channel="U0MIA", text="hello")
    assert str(posted["channel"]).startswith("D")
    assert [message.text for message in slack.slack.direct("U0MIA")] == ["hello"]
    slack.slack.set_scopes(["im:write"])
    opened = await client.conversations_open(users="U0MIA")
    assert opened["channel"]["id"] == posted["channel"]


async def test_users_info_tells_zone_and_kind_of_person(client: AsyncWebClient) -> None:
    kolkata = (await client.users_info(user="U0ASHA"))["user"]
    assert (kolkata["tz"], kolkata["tz_offset"]) == ("Asia/Kolkata", 19_800)
    assert (await client.users_info(user="U0GUEST"))["user"]["is_restricted"]
    assert (await client.users_info(user="U0SINGLE"))["user"]["is_ultra_restricted"]
    stranger = (await client.users_info(user="U0STRANGER"))["user"]
    assert stranger["is_stranger"]
    assert stranger["team_id"] != TEAM
    with refused("user_not_found"):
        await client.users_info(user="U0NOBODY")


async def test_conversations_info_needs_its_scope_and_tells_membership(slack: Running, client: AsyncWebClient) -> None:
    slack.slack.set_scopes(["chat:write"])
    with refused("missing_scope"):
        await client.conversations_info(channel=ALERTS)
    slack.slack.set_scopes(["channels:read"])
    assert (await client.conversations_info(channel=ALERTS))["channel"]["is_member"]
    assert not (await client.conversations_info(channel="C0OUTSIDE"))["channel"]["is_member"]


async def test_a_permalink_names_channel_and_message(client: AsyncWebClient) -> None:
    ts = str((await client.chat_postMessage(channel=ALERTS, text="x"))["ts"])
    link = str((await client.chat_getPermalink(channel=ALERTS, message_ts=ts))["permalink"])
    assert link.endswith(f"/archives/{ALERTS}/p{ts.replace('.', '')}")


@pytest.mark.parametrize(
    ("metadata", "error"),
    [
        ({"event_type": "card"}, "invalid_metadata_format"),
        ({"event_type": 7, "event_payload": {}}, "invalid_metadata_format"),
        ({"event_type": "card", "event_payload": {}, "more": 1}, "invalid_metadata_format"),
        ({"event_type": "card", "event_payload": {"a": "x" * 9_000}}, "metadata_too_large"),
    ],
)
async def test_metadata_must_have_its_shape(client: AsyncWebClient, metadata: dict[str, Any], error: str) -> None:
    with refused(error):
        await client.chat_postMessage(channel=ALERTS, text="x", metadata=metadata)


async def test_posts_are_one_a_second_and_channel_with_a_small_burst() -> None:
    """The refusal says when to come again, and other channels are not delayed."""
    clock = [1_000_000.0]
    running = await serve(limits=Limits(post_burst=2), now=lambda: clock[0])
    client = AsyncWebClient("xoxb-sandbox", base_url=running.api_url, retry_handlers=[])
    for _ in range(2):
        await client.chat_postMessage(channel=ALERTS, text="x")
    with pytest.raises(SlackApiError) as refusal:
        await client.chat_postMessage(channel=ALERTS, text="x")
    assert refusal.value.response.status_code == 429
    assert refusal.value.response.headers["Retry-After"] == "1"
    assert refusal.value.response["error"] == "ratelimited"
    await client.chat_postMessage(channel="C0GENERAL", text="x")
    clock[0] += 1
    await client.chat_postMessage(channel=ALERTS, text="x")
    with refused("ratelimited"):
        await client.chat_postMessage(channel=ALERTS, text="x")
    running.slack.forget_limits()
    await client.chat_postMessage(channel=ALERTS, text="x")
    await running.close()


async def test_edits_are_fifty_a_minute_for_the_workspace() -> None:
    clock = [1_000_000.0]
    running = await serve(now=lambda: clock[0])
    client = AsyncWebClient("xoxb-sandbox", base_url=running.api_url, retry_handlers=[])
    ts = str((await client.chat_postMessage(channel=ALERTS, text="x"))["ts"])
    for number in range(50):
        await client.chat_update(channel=ALERTS, ts=ts, text=str(number))
    with refused("ratelimited"):
        await client.chat_update(channel=ALERTS, ts=ts, text="one more")
    await running.close()


async def test_user_groups_need_their_scope_and_tell_who_is_switched_off(
    slack: Running, client: AsyncWebClient
) -> None:
    both = (await client.usergroups_list(include_disabled=True))["usergroups"]
    assert [(group["id"], group["handle"], bool(group["date_delete"])) for group in both] == [
        ("S0ONCALL", "on-call", False),
        ("S0RETIRED", "old-on-call", True),
    ]
    assert [group["id"] for group in (await client.usergroups_list())["usergroups"]] == ["S0ONCALL"]
    slack.slack.set_scopes(["chat:write"])
    with refused("missing_scope"):
        await client.usergroups_list()


async def test_the_members_of_a_user_group_need_the_scope_too(slack: Running, client: AsyncWebClient) -> None:
    assert (await client.usergroups_users_list(usergroup="S0ONCALL"))["users"] == ["U0MIA", "U0NOAH"]
    assert (await client.usergroups_list(include_users=True))["usergroups"][0]["users"] == ["U0MIA", "U0NOAH"]
    slack.slack.set_group("S0ONCALL", ["U0ASHA"])
    assert (await client.usergroups_users_list(usergroup="S0ONCALL"))["users"] == ["U0ASHA"]
    assert (await client.usergroups_users_list(usergroup="S0RETIRED"))["users"] == []
    with refused("no_such_subteam"):
        await client.usergroups_users_list(usergroup="S0NONE")
    slack.slack.set_scopes(["chat:write"])
    with refused("missing_scope"):
        await client.usergroups_users_list(usergroup="S0ONCALL")
    with pytest.raises(ControlError, match="no user group"):
        slack.slack.set_group("S0NONE", [])
