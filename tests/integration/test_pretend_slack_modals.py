"""Modals and Home tabs of the pretend Slack keep Slack's rules, through slack_sdk and Bolt."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.slack import ALERTS, ControlError, Running, serve


@pytest.fixture
def clock() -> list[float]:
    return [1_800_000_000.0]


@pytest.fixture
async def slack(clock: list[float]) -> AsyncIterator[Running]:
    running = await serve(now=lambda: clock[0])
    yield running
    await running.close()


@pytest.fixture
def client(slack: Running) -> AsyncWebClient:
    return AsyncWebClient("xoxb-sandbox", base_url=slack.api_url, retry_handlers=[])


@pytest.fixture
async def app(slack: Running, client: AsyncWebClient) -> AsyncIterator[AsyncApp]:
    app = AsyncApp(client=client, raise_error_for_unhandled_request=False)
    handler = AsyncSocketModeHandler(app, "xapp-sandbox", web_client=AsyncWebClient(base_url=slack.api_url))
    await handler.connect_async()  # type: ignore[no-untyped-call]  # Bolt left it untyped
    await slack.slack.sockets.connected()
    yield app
    await handler.close_async()  # type: ignore[no-untyped-call]  # Bolt left it untyped


def plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text}


def modal(title: str = "Task", **more: Any) -> dict[str, Any]:
    note = {"type": "input", "block_id": "note", "label": plain("Note"), "element": {"type": "plain_text_input"}}
    deeper = {"type": "actions", "elements": [{"type": "button", "text": plain("Deeper"), "action_id": "deeper"}]}
    return {"type": "modal", "title": plain(title), "submit": plain("Save"), "blocks": [note, deeper], **more}


def trigger(slack: Running, user: str = "U0MIA") -> str:
    return slack.slack.state.triggers.issue(user)


def refused(error: str) -> Any:
    return pytest.raises(SlackApiError, match=f"'error': '{error}'")


async def test_a_trigger_works_once_and_for_three_seconds(
    slack: Running, client: AsyncWebClient, clock: list[float]
) -> None:
    first, second = trigger(slack), trigger(slack)
    await client.views_open(trigger_id=first, view=modal())
    with refused("exchanged_trigger_id"):
        await client.views_open(trigger_id=first, view=modal())
    clock[0] += 3.1
    with refused("trigger_expired"):
        await client.views_open(trigger_id=second, view=modal())
    with refused("invalid_trigger_id"):
        await client.views_open(trigger_id="made.up", view=modal())


async def test_a_view_with_faults_is_refused_with_their_places(slack: Running, client: AsyncWebClient) -> None:
    with pytest.raises(SlackApiError) as refusal:
        await client.views_open(trigger_id=trigger(slack), view=modal("x" * 25))
    assert refusal.value.response["error"] == "invalid_arguments"
    assert "/view/title/text" in refusal.value.response["response_metadata"]["messages"][0]


async def test_an_update_with_an_old_hash_conflicts(slack: Running, client: AsyncWebClient) -> None:
    opened = await client.views_open(trigger_id=trigger(slack), view=modal("Loading"))
    view = opened["view"]
    await client.views_update(view_id=view["id"], hash=view["hash"], view=modal("Task"))
    with refused("hash_conflict"):
        await client.views_update(view_id=view["id"], hash=view["hash"], view=modal("Late"))
    await client.views_update(view_id=view["id"], view=modal("Forced"))
    top = slack.slack.views.top("U0MIA")
    assert top is not None
    assert top.content["title"]["text"] == "Forced"
    assert len(top.versions) == 3


async def test_a_view_is_found_by_the_bots_own_name_which_is_unique(slack: Running, client: AsyncWebClient) -> None:
    await client.views_open(trigger_id=trigger(slack), view=modal(external_id="task-1"))
    await client.views_update(external_id="task-1", view=modal("Named", external_id="task-1"))
    with refused("duplicate_external_id"):
        await client.views_open(trigger_id=trigger(slack, "U0NOAH"), view=modal(external_id="task-1"))
    with refused("not_found"):
        await client.views_update(external_id="task-2", view=modal())


async def test_views_are_three_deep_and_pushed_by_a_tap_inside(slack: Running, app: AsyncApp) -> None:
    refusals: list[str] = []

    @app.action("deeper")
    async def _(ack: Any, body: dict[str, Any], client: AsyncWebClient) -> None:
        await ack()
        try:
            await client.views_push(trigger_id=body["trigger_id"], view=modal("Deeper"))
        except SlackApiError as error:
            refusals.append(str(error.response["error"]))

    await app.client.views_open(trigger_id=trigger(slack), view=modal())
    stack = slack.slack.views.stacks["U0MIA"]
    await slack.slack.tap("U0MIA", label="Deeper", view=stack[0].id)
    await slack.slack.until(lambda: len(stack) == 2)
    await slack.slack.tap("U0MIA", label="Deeper", view=stack[1].id)
    await slack.slack.until(lambda: len(stack) == 3)
    await slack.slack.tap("U0MIA", label="Deeper", view=stack[2].id)
    await slack.slack.until(lambda: refusals)
    assert refusals == ["push_limit_reached"]
    assert stack[2].previous == stack[1].id
    assert stack[2].root == stack[0].id


async def test_a_submission_carries_what_was_typed_and_closes_the_view(slack: Running, app: AsyncApp) -> None:
    typed: list[Any] = []

    @app.view("note")
    async def _(ack: Any, view: dict[str, Any]) -> None:
        typed.append(view["state"]["values"]["note"])
        typed.append(view["private_metadata"])
        await ack()

    await app.client.views_open(trigger_id=trigger(slack), view=modal(callback_id="note", private_metadata="task 1"))
    with pytest.raises(ControlError, match="must be filled in"):
        await slack.slack.submit("U0MIA")
    with pytest.raises(ControlError, match="no such input"):
        await slack.slack.submit("U0MIA", {"note": "x", "other": "y"})
    delivery = await slack.slack.submit("U0MIA", {"note": "disk is full"})
    assert (delivery.acked, delivery.shown) == (True, "")
    assert next(iter(typed[0].values())) == {"type": "plain_text_input", "value": "disk is full"}
    assert typed[1] == "task 1"
    assert slack.slack.views.top("U0MIA") is None


@pytest.mark.parametrize("word", ["errors", "update", "push", "clear", "nonsense"])
async def test_a_submissions_answer_is_done(slack: Running, app: AsyncApp, word: str) -> None:
    """Errors keep it open with their words; an answer that cannot be used shows trouble."""
    answers: dict[str, dict[str, Any]] = {
        "errors": {"errors": {"note": "Too short"}},
        "update": {"view": modal("After")},
        "push": {"view": modal("On top")},
        "clear": {},
        "nonsense": {},
    }

    @app.view("note")
    async def _(ack: Any) -> None:
        await ack(response_action=word, **answers[word])

    opened = await app.client.views_open(trigger_id=trigger(slack), view=modal(callback_id="note"))
    delivery = await slack.slack.submit("U0MIA", {"note": "x"})
    view = slack.slack.view(opened["view"]["id"])
    top = slack.slack.views.top("U0MIA")
    titles = {"errors": "Task", "update": "After", "push": "On top", "nonsense": "Task"}
    assert (top.content["title"]["text"] if top else None) == titles.get(word)
    assert view.errors == ({"note": "Too short"} if word == "errors" else {})
    assert bool(delivery.shown) == (word == "nonsense")


async def test_closing_is_told_only_where_it_was_asked_for(slack: Running, app: AsyncApp) -> None:
    heard: list[bool] = []

    @app.view_closed("loud")
    async def _(ack: Any, body: dict[str, Any]) -> None:
        heard.append(body["is_cleared"])
        await ack()

    await app.client.views_open(trigger_id=trigger(slack), view=modal(callback_id="loud", notify_on_close=True))
    assert (await slack.slack.close_view("U0MIA")) is not None
    await app.client.views_open(trigger_id=trigger(slack), view=modal(callback_id="quiet"))
    assert (await slack.slack.close_view("U0MIA", everything=True)) is None
    assert heard == [False]


async def test_opening_the_home_tab_is_told_and_what_is_published_is_shown(slack: Running, app: AsyncApp) -> None:
    @app.event("app_home_opened")
    async def _(event: dict[str, Any], client: AsyncWebClient) -> None:
        blocks = [{"type": "header", "text": plain("Welcome")}]
        await client.views_publish(user_id=event["user"], view={"type": "home", "blocks": blocks})

    assert (await slack.slack.open_home("U0MIA")).acked
    home = await slack.slack.until(lambda: slack.slack.views.homes.get("U0MIA"))
    assert home is not None
    assert home.content["blocks"][0]["text"]["text"] == "Welcome"


async def test_menus_send_the_option_that_was_picked(slack: Running, app: AsyncApp) -> None:
    picked: list[str] = []

    @app.action("more")
    async def _(ack: Any, action: dict[str, Any]) -> None:
        picked.append(action["selected_option"]["value"])
        await ack()

    options = [{"text": plain("Details"), "value": "d"}, {"text": plain("Why"), "value": "w"}]
    overflow = {"type": "overflow", "action_id": "more", "options": options}
    block = {"type": "section", "text": plain("Failed"), "accessory": overflow}
    await app.client.chat_postMessage(channel=ALERTS, text="Failed", blocks=[block])
    await slack.slack.tap("U0MIA", action="more", value="Why", channel=ALERTS)
    assert picked == ["w"]
    with pytest.raises(ControlError, match="no option"):
        await slack.slack.tap("U0MIA", action="more", value="Nothing", channel=ALERTS)


async def test_a_button_that_an_edit_took_away_can_still_be_tapped_by_a_slow_finger(
    slack: Running, client: AsyncWebClient
) -> None:
    block = {"type": "actions", "elements": [{"type": "button", "text": plain("Take"), "action_id": "take"}]}
    ts = str((await client.chat_postMessage(channel=ALERTS, text="Failed", blocks=[block]))["ts"])
    await client.chat_update(channel=ALERTS, ts=ts, text="Recovered")
    with pytest.raises(ControlError, match="no such button"):
        await slack.slack.tap("U0MIA", label="Take", channel=ALERTS, ts=ts)
    delivery = await slack.slack.tap("U0MIA", label="Take", channel=ALERTS, ts=ts, old=True)
    assert delivery.payload["actions"][0]["action_id"] == "take"


async def test_a_home_tab_is_replaced_and_an_old_hash_conflicts(slack: Running, client: AsyncWebClient) -> None:
    home = {"type": "home", "blocks": [{"type": "divider"}]}
    first = (await client.views_publish(user_id="U0MIA", view=home))["view"]
    second = (await client.views_publish(user_id="U0MIA", view=home, hash=first["hash"]))["view"]
    assert second["id"] == first["id"]
    with refused("hash_conflict"):
        await client.views_publish(user_id="U0MIA", view=home, hash=first["hash"])
    with refused("invalid_arguments"):
        await client.views_publish(user_id="U0MIA", view=modal())


async def test_a_view_of_more_than_250_kb_is_too_large(slack: Running, client: AsyncWebClient) -> None:
    blocks = [{"type": "section", "text": plain("x" * 3000)}] * 90
    with refused("view_too_large"):
        await client.views_open(trigger_id=trigger(slack), view=modal() | {"blocks": blocks})


async def test_each_kind_of_input_has_its_own_state(slack: Running, app: AsyncApp) -> None:
    """Numbers, dates, people and options, one and several; what nobody touched keeps its start."""
    typed: dict[str, Any] = {}
    options = [{"text": plain(word), "value": word} for word in ("a", "b")]
    elements: dict[str, dict[str, Any]] = {
        "day": {"type": "datepicker", "initial_date": "2026-11-22"},
        "who": {"type": "multi_users_select"},
        "some": {"type": "checkboxes", "options": options},
        "one": {"type": "static_select", "option_groups": [{"label": plain("Group"), "options": options}]},
        "far": {"type": "external_select"},
        "hours": {"type": "number_input", "is_decimal_allowed": False, "min_value": "1"},
    }

    @app.view("all")
    async def _(ack: Any, view: dict[str, Any]) -> None:
        for block_id, actions in view["state"]["values"].items():
            typed[block_id] = actions["it"]
        await ack()

    blocks = [
        {"type": "input", "block_id": name, "label": plain(name), "element": {**element, "action_id": "it"}}
        for name, element in elements.items()
    ]
    view = {"type": "modal", "title": plain("All"), "submit": plain("Save"), "callback_id": "all", "blocks": blocks}
    await app.client.views_open(trigger_id=trigger(slack), view=view)
    await slack.slack.submit("U0MIA", {"who": ["U0NOAH"], "some": ["a", "b"], "one": "b", "far": "x", "hours": "2"})
    assert typed["day"]["selected_date"] == "2026-11-22"
    assert typed["who"]["selected_users"] == ["U0NOAH"]
    assert [option["value"] for option in typed["some"]["selected_options"]] == ["a", "b"]
    assert typed["one"]["selected_option"]["value"] == "b"
    assert typed["far"]["selected_option"]["value"] == "x"
    assert typed["hours"]["value"] == "2"


async def test_errors_that_name_no_input_are_trouble(slack: Running, app: AsyncApp) -> None:
    @app.view("note")
    async def _(ack: Any) -> None:
        await ack(response_action="errors", errors={"elsewhere": "no"})

    await app.client.views_open(trigger_id=trigger(slack), view=modal(callback_id="note"))
    assert "trouble" in (await slack.slack.submit("U0MIA", {"note": "x"})).shown
    assert slack.slack.views.top("U0MIA") is not None


async def test_a_submission_nobody_acks_leaves_the_view_open(slack: Running, client: AsyncWebClient) -> None:
    await client.views_open(trigger_id=trigger(slack), view=modal())
    assert (await slack.slack.submit("U0MIA", {"note": "x"})).shown == "dispatch_failed"
    assert slack.slack.views.top("U0MIA") is not None


# ── what Slack's client does not let a person do ──


def form(element: dict[str, Any], **more: Any) -> dict[str, Any]:
    block = {"type": "input", "block_id": "it", "label": plain("It"), "element": {"action_id": "entry", **element}}
    return modal(callback_id="note", blocks=[block]) | more


@pytest.mark.parametrize(
    ("element", "entry", "said"),
    [
        ({"type": "plain_text_input", "max_length": 5}, "longer", "may not have 6 characters"),
        ({"type": "plain_text_input", "min_length": 3}, "a", "may not have 1 characters"),
        ({"type": "plain_text_input"}, "two\nlines", "one line only"),
        ({"type": "plain_text_input", "multiline": True}, "x" * 3001, "may not have 3001 characters"),
        ({"type": "datepicker"}, "26.11.2026", "no value of a datepicker"),
        ({"type": "timepicker"}, "8:00", "no value of a timepicker"),
        ({"type": "datetimepicker"}, "soon", "whole number of seconds"),
        ({"type": "users_select"}, "@mia", "no value of a users_select"),
    ],
)
async def test_what_slacks_client_would_not_take_is_refused(
    slack: Running, client: AsyncWebClient, element: dict[str, Any], entry: object, said: str
) -> None:
    await client.views_open(trigger_id=trigger(slack), view=form(element))
    with pytest.raises(ControlError, match=said):
        await slack.slack.submit("U0MIA", {"it": entry})


async def test_a_view_without_a_submit_button_and_a_closed_one_cannot_be_submitted(
    slack: Running, client: AsyncWebClient
) -> None:
    bare = {"type": "modal", "title": plain("Task"), "blocks": [{"type": "divider"}]}
    opened = await client.views_open(trigger_id=trigger(slack), view=bare)
    with pytest.raises(ControlError, match="no submit button"):
        await slack.slack.submit("U0MIA")
    await slack.slack.close_view("U0MIA")
    with pytest.raises(ControlError, match="is closed"):
        await slack.slack.submit("U0MIA", view=opened["view"]["id"])


@pytest.mark.parametrize(
    "fault",
    [
        {"title": plain("x" * 25)},
        {"submit": plain("x" * 25)},
        {"close": plain("x" * 25)},
        {"callback_id": "x" * 256},
        {"private_metadata": "x" * 3001},
        {"blocks": [{"type": "divider"}] * 101},
        {"blocks": [{"type": "input", "label": plain("x"), "element": {"type": "overflow", "options": []}}]},
    ],
)
async def test_a_view_beyond_slacks_limits_is_refused_and_so_is_an_answer_with_it(
    slack: Running, app: AsyncApp, fault: dict[str, Any]
) -> None:
    @app.view("note")
    async def _(ack: Any) -> None:
        await ack(response_action="update", view=modal(**fault))

    with refused("invalid_arguments"):
        await app.client.views_open(trigger_id=trigger(slack), view=modal(**fault))
    await app.client.views_open(trigger_id=trigger(slack), view=modal(callback_id="note"))
    assert "trouble" in (await slack.slack.submit("U0MIA", {"note": "x"})).shown
    assert slack.slack.views.top("U0MIA") is not None


async def test_inputs_need_a_submit_button(slack: Running, client: AsyncWebClient) -> None:
    bare = {key: value for key, value in modal().items() if key != "submit"}
    with refused("invalid_arguments"):
        await client.views_open(trigger_id=trigger(slack), view=bare)


@pytest.mark.parametrize("words", [None, "", 5, ["x"]])
async def test_errors_without_words_are_trouble(slack: Running, app: AsyncApp, words: object) -> None:
    @app.view("note")
    async def _(ack: Any) -> None:
        await ack(response_action="errors", errors={"note": words})

    await app.client.views_open(trigger_id=trigger(slack), view=modal(callback_id="note"))
    assert "trouble" in (await slack.slack.submit("U0MIA", {"note": "x"})).shown


@pytest.mark.parametrize(
    "element",
    [
        {"type": "overflow", "options": []},
        {"type": "overflow", "options": [{"text": plain("x"), "value": str(each)} for each in range(6)]},
        {"type": "overflow", "options": [{"text": plain("x" * 76), "value": "x"}]},
        {"type": "static_select", "options": [{"text": plain("x"), "value": "x" * 151}]},
        {"type": "static_select", "options": [{"text": plain("x"), "value": str(each)} for each in range(101)]},
        {"type": "static_select", "placeholder": plain("x" * 151), "options": [{"text": plain("x"), "value": "x"}]},
        {"type": "static_select"},
    ],
)
async def test_menus_beyond_slacks_limits_are_refused(client: AsyncWebClient, element: dict[str, Any]) -> None:
    with refused("invalid_blocks"):
        await client.chat_postMessage(channel=ALERTS, text="x", blocks=[{"type": "actions", "elements": [element]}])


async def test_an_option_is_picked_by_its_label_whatever_menu_has_it(slack: Running, app: AsyncApp) -> None:
    picked: list[str] = []

    @app.action("second")
    async def _(ack: Any, action: dict[str, Any]) -> None:
        picked.append(action["selected_option"]["value"])
        await ack()

    first = {"type": "overflow", "action_id": "first", "options": [{"text": plain("Why"), "value": "w"}]}
    grouped = {"label": plain("Group"), "options": [{"text": plain("2 hours"), "value": "2h"}]}
    second = {"type": "static_select", "action_id": "second", "option_groups": [grouped]}
    block = {"type": "actions", "elements": [first, second]}
    ts = str((await app.client.chat_postMessage(channel=ALERTS, text="Failed", blocks=[block]))["ts"])
    await slack.slack.pick("U0MIA", "2 hours", channel=ALERTS)
    with pytest.raises(ControlError, match="no menu has the option"):
        await slack.slack.pick("U0MIA", "8 hours", channel=ALERTS)
    await app.client.chat_update(channel=ALERTS, ts=ts, text="Recovered")
    with pytest.raises(ControlError, match="no menu has the option"):
        await slack.slack.pick("U0MIA", "2 hours", channel=ALERTS)
    await slack.slack.pick("U0MIA", "2h", channel=ALERTS, old=True)
    assert picked == ["2h", "2h"]


async def test_a_delivery_is_sent_again_as_it_was(slack: Running, app: AsyncApp) -> None:
    heard: list[str] = []

    @app.view("note")
    async def _(ack: Any, body: dict[str, Any]) -> None:
        heard.append(body["trigger_id"])
        await ack(response_action="errors", errors={"note": "No"})

    await app.client.views_open(trigger_id=trigger(slack), view=modal(callback_id="note"))
    first = await slack.slack.submit("U0MIA", {"note": "x"})
    assert (await slack.slack.redeliver(first.id)).acked
    assert len(set(heard)) == 1
    assert len(heard) == 2
    with pytest.raises(ControlError, match="no delivery 99"):
        await slack.slack.redeliver(99)


@pytest.mark.parametrize("tab", ["home", "messages"])
async def test_the_event_of_a_home_says_which_tab_and_what_is_shown(slack: Running, app: AsyncApp, tab: str) -> None:
    await app.client.views_publish(user_id="U0MIA", view={"type": "home", "blocks": [{"type": "divider"}]})
    event = (await slack.slack.open_home("U0MIA", tab=tab)).payload["event"]
    assert (event["tab"], "view" in event) == (tab, tab == "home")


async def test_a_home_of_more_than_a_hundred_blocks_is_refused(client: AsyncWebClient) -> None:
    with refused("invalid_arguments"):
        await client.views_publish(user_id="U0MIA", view={"type": "home", "blocks": [{"type": "divider"}] * 101})
    with refused("user_not_found"):
        await client.views_publish(user_id="U0NOBODY", view={"type": "home", "blocks": []})
