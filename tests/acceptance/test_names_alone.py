"""What tired people type, asked of the real process: names and numbers alone, and buttons that ask."""

from typing import Any

from bot.sandbox.slack import Message
from tests.acceptance.test_kill import happens, told
from tests.bot_process import MIA, Stage
from tests.night import CHANNEL


async def begun(here: Stage) -> None:
    """Two machines have failed, and an alert is told of each."""
    await here.started("run")
    await here.seen(lambda: here.slack.posts(CHANNEL))
    happens(here, "error")
    happens(here, "error", name="SRV-SQL02")
    await here.seen(lambda: told(here))
    await here.seen(lambda: any("SRV-SQL02" in each.text for each in here.slack.posts(CHANNEL)))


async def test_a_name_alone_says_what_is_known_of_it(here: Stage) -> None:
    await begun(here)
    said = (await here.answered("srv‑sql01?")).text
    assert "1 alert open" in said
    assert "Restore points" in said
    assert "SRV-SQL02" not in said


async def test_what_fits_several_names_is_offered_as_buttons_that_ask(here: Stage) -> None:
    await begun(here)
    refused = await here.answered("failed sql")
    assert "say which" in refused.text
    assert [each["text"]["text"] for each in _buttons(refused)] == ["failed SRV-SQL01", "failed SRV-SQL02"]
    await here.slack.tap(MIA, label="failed SRV-SQL02", channel=refused.channel)
    await here.seen(lambda: "from the bot's copy" in here.slack.whispers(MIA)[-1].text)
    (answer,) = here.slack.whispers(MIA)
    assert "SRV-SQL02" in answer.text
    assert "SRV-SQL01" not in answer.text


async def test_a_slip_is_offered_with_every_other_word_and_nothing_is_asked_of_acronis(here: Stage) -> None:
    await begun(here)
    refused = await here.answered("faild machine SRV-SQL01 since yesterday")
    assert [each["text"]["text"] for each in _buttons(refused)] == ["Ask it"]
    assert "failed machine SRV-SQL01 since yesterday" in str(refused.blocks)
    assert [each["text"]["text"] for each in _buttons(await here.answered("SVR-SQL01"))] == ["SRV-SQL01"]
    assert [each["text"]["text"] for each in _buttons(await here.answered("failed SRV-SQL03"))] == ["help"]


async def test_a_number_alone_shows_the_alert_and_an_id_alone_the_task(here: Stage) -> None:
    await begun(here)
    assert "SRV-SQL" in (await here.answered("#1")).text
    together = _buttons(await here.answered("failed today"))
    assert [each["text"]["text"] for each in together if each["action_id"] == "task.alike"] == ["Show 2"]
    apart = _buttons(await here.answered("failed today sort name"))
    details = next(each for each in apart if each["action_id"] == "task.details")
    assert "SRV-SQL" in (await here.answered(details["value"])).text


async def test_an_alert_is_explained_by_its_machines_name(here: Stage) -> None:
    await begun(here)
    assert "SRV-SQL02" in (await here.answered("why srv-sql02")).text
    assert "2 alerts open" in (await here.answered("why machine srv-sql")).text


async def test_a_cause_a_code_and_what_is_unusual_are_filters(here: Stage) -> None:
    await begun(here)
    assert "SRV-SQL01" in (await here.answered("cause storage")).text
    assert "Nothing found" in (await here.answered("cause nonsense")).text
    assert "Nothing found" in (await here.answered("running unusual")).text
    assert "By plan" in (await here.answered("stats by plan")).text


def _buttons(message: Message) -> list[Any]:
    return [
        button
        for block in message.blocks
        for button in (*block.get("elements", ()), block.get("accessory"))
        if isinstance(button, dict) and button.get("type") == "button"
    ]
