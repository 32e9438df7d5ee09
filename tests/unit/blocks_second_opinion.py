"""A second opinion on our payloads: slackblocks builds each of them from its own objects and raises where it refuses.

It parses no rich text from JSON, so this translates; a shape it has no object for is an error here, but for moments
and broadcasts, which it does not know: words stand in.
"""

from collections.abc import Mapping
from typing import Any

import slackblocks as second
from slackblocks.objects import TextType

from bot.blocks.layout import CHART
from bot.model import Block, Message, Modal

Json = Mapping[str, Any]


def message_of(message: Message) -> None:
    """Raises what slackblocks raises for what Slack would refuse. It knows no charts yet."""
    second.Message(
        "C01GENERAL", message.text, [_block(block) for block in message.blocks if block["type"] != CHART]
    ).to_dict()


def modal_of(modal: Modal) -> None:
    second.ModalView(
        modal.title, [_block(block) for block in modal.blocks], close=modal.close, submit=modal.submit or None
    ).to_dict()


def _block(block: Block) -> second.Block:
    _only(block, "type", "block_id", "text", "accessory", "elements", "label", "hint", "element")
    match block["type"]:
        case "section":
            accessory = _element(block["accessory"]) if "accessory" in block else None
            return second.SectionBlock(_text(block["text"]), accessory=accessory)
        case "context":
            return second.ContextBlock([_text(each) for each in block["elements"]])
        case "actions":
            return second.ActionsBlock([_element(each) for each in block["elements"]], block_id=block.get("block_id"))
        case "input":
            asked = _asked(block["element"])
            return second.InputBlock(
                _text(block["label"]), asked, block_id=block["block_id"], hint=_text(block["hint"])
            )
        case "rich_text":
            return second.RichTextBlock([_rich(each) for each in block["elements"]])
        case other:
            raise ValueError(other)


def _text(text: Json) -> second.Text:
    _only(text, "type", "text", "emoji", "verbatim")
    return second.Text(text["text"], TextType(text["type"]), text.get("emoji", False), text.get("verbatim", False))


def _element(element: Json) -> second.Element:
    match element["type"]:
        case "button":
            return _button(element)
        case "static_select":
            _only(element, "type", "action_id", "placeholder", "options")
            options, placeholder = _options(element), _text(element["placeholder"])
            return second.StaticSelectMenu(element["action_id"], options, placeholder=placeholder)
        case "overflow":
            _only(element, "type", "action_id", "options")
            return second.OverflowMenu(element["action_id"], _options(element))
        case other:
            raise ValueError(other)


def _options(menu: Json) -> list[second.Option]:
    return [second.Option(_text(each["text"]), each["value"]) for each in menu["options"]]


def _asked(element: Json) -> second.Element:
    if element["type"] == "datetimepicker":
        _only(element, "type", "action_id", "initial_date_time")
        return second.DateTimePicker(element["action_id"], element["initial_date_time"])
    _only(element, "type", "action_id", "multiline", "max_length")
    return second.PlainTextInput(element["action_id"], multiline=element["multiline"], max_length=element["max_length"])


def _button(button: Json) -> second.Button:
    _only(button, "type", "text", "action_id", "value", "accessibility_label", "url", "style")
    return second.Button(
        _text(button["text"]),
        button["action_id"],
        button.get("url"),
        button["value"],
        accessibility_label=button["accessibility_label"],
    )


def _rich(element: Json) -> Any:
    if element["type"] == "rich_text_list":
        _only(element, "type", "style", "indent", "elements")
        return second.RichTextList(element["style"], [_rich(each) for each in element["elements"]], element["indent"])
    _only(element, "type", "elements")
    return second.RichTextSection([_piece(each) for each in element["elements"]])


def _piece(piece: Json) -> Any:
    match piece["type"]:
        case "text":
            return second.RichText(piece["text"], **piece.get("style", {}))
        case "link":
            return second.RichTextLink(piece["url"], piece["text"])
        case "user":
            return second.RichTextUser(piece["user_id"])
        case "usergroup":
            return second.RichTextUserGroup(piece["usergroup_id"])
        case "channel":
            return second.RichTextChannel(piece["channel_id"])
        case "date":
            return second.RichText(piece["fallback"])
        case "broadcast":
            return second.RichText(piece["range"])
        case other:
            raise ValueError(other)


def _only(part: Json, *known: str) -> None:
    if unknown := set(part) - set(known):
        raise ValueError(unknown)
