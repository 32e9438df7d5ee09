"""What Slack would show, as plain text for a terminal: entities, tokens and Block Kit made into words.

Nothing that a customer typed may move the cursor: control and direction characters are taken out.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

Json = dict[str, Any]

_TOKEN = re.compile(r"<([^<>\n]+)>")
_ENTITIES = (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&"))
_HARMLESS = "\n\u200d"  # the joiner holds emoji together


def words(text: str, names: Mapping[str, str]) -> str:
    """Slack's mrkdwn as people read it. `names` gives people's and channels' names by id."""
    told = _TOKEN.sub(lambda found: _token(found[1], names), text)
    for entity, character in _ENTITIES:
        told = told.replace(entity, character)
    return safe(told)


def safe(text: str) -> str:
    """The same text without what a terminal would obey."""
    kept = text.replace("\t", " ").replace("\r\n", "\n")
    return "".join(each for each in kept if each in _HARMLESS or unicodedata.category(each) not in ("Cc", "Cf", "Cs"))


def view_words(view: Json, names: Mapping[str, str]) -> str:
    """A modal: its title, then one line or more for each block."""
    lines = [view["title"]["text"], *(_block(block, names) for block in view["blocks"])]
    return "\n".join(line for line in lines if line.strip())


def _token(inner: str, names: Mapping[str, str]) -> str:
    """`@U1`, `#C1|name`, `!date^…|fallback`, `!here`, `https://…|label`: what stands between the brackets."""
    target, _, label = inner.partition("|")
    if target.startswith("!date^"):
        return label
    if target[0] in "@#":
        return target[0] + (label or names.get(target[1:], target[1:]))
    if target[0] == "!":
        return label or f"@{target[1:]}"
    return f"{label} ({target})" if label else target


def _block(block: Json, names: Mapping[str, str]) -> str:
    if block["type"] == "rich_text":
        return "\n".join(_part(part, names) for part in block["elements"])
    texts = [block.get("text"), *block.get("fields", ()), *_plain_elements(block)]
    return " · ".join(_object(text, names) for text in texts if text)


def _plain_elements(block: Json) -> Iterator[Json]:
    return (each for each in block.get("elements", ()) if each["type"] in ("plain_text", "mrkdwn"))


def _object(text: Json, names: Mapping[str, str]) -> str:
    return words(text["text"], names) if text["type"] == "mrkdwn" else safe(text["text"])


def _part(part: Json, names: Mapping[str, str]) -> str:
    if part["type"] == "rich_text_list":
        return "\n".join(f"• {_pieces(each['elements'], names)}" for each in part["elements"])
    return _pieces(part["elements"], names)


def _pieces(pieces: Iterable[Json], names: Mapping[str, str]) -> str:
    return safe("".join(_piece(piece, names) for piece in pieces))


def _piece(piece: Json, names: Mapping[str, str]) -> str:
    match piece["type"]:
        case "text":
            return str(piece["text"])
        case "link":
            return f"{piece['text']} ({piece['url']})" if piece.get("text") else str(piece["url"])
        case "date":
            return str(piece.get("fallback", ""))
        case "user":
            return f"@{names.get(piece['user_id'], piece['user_id'])}"
        case "emoji":
            return f":{piece['name']}:"
        case other:
            return f"[{other}]"
