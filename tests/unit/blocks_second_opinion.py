"""A second opinion on our payloads: slackblocks builds each of them from its own objects and raises where it refuses.

It parses no rich text from JSON, so this translates; a shape it has no object for is an error here, but for moments
and broadcasts, which it does not know: words stand in.
"""

from collections.abc import Mapping
from typing import Any

import slackblocks as second
from slackblocks.objects import TextType

from bot.model import Block, Message, Modal

Json = Mapping[str, Any]


def message_of(message: Message) -> None:
    """Raises what slackblocks raises for what Slack would refuse."""
    second.Message("C01GENERAL", message.text, [_block(block) for block in message.blocks]).to_dict()


def modal_of(modal: Modal) -> None:
    second.ModalView(modal.title, [_block(block) for block in modal.blocks], close=modal.close).to_dict()


def _block(block: Block) -> second.Block:
    _only(block, "type", "text", "accessory", "elements")
    match block["type"]:
        case "section":
            accessory = _button(block["accessory"]) if "accessory" in block else None
            return second.SectionBlock(_text(block["text"]), accessory=accessory)
        case "context":
            return second.ContextBlock([_text(each) for each in block["elements"]])
        case "actions":
            return second.ActionsBlock([_button(each) for each in block["elements"]])
        case "rich_text":
            return second.RichTextBlock([_rich(each) for each in block["elements"]])
        case other:
            raise ValueError(other)


def _text(text: Json) -> second.Text:
    _only(text, "type", "text", "emoji", "verbatim")
    return second.Text(text["text"], TextType(text["type"]), text.get("emoji", False), text.get("verbatim", False))


def _button(button: Json) -> second.Button:
    _only(button, "type", "text", "action_id", "value", "accessibility_label", "url")
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
