"""One message: what may be said in it, what it shows, and all it ever showed. Knows nothing of channels or HTTP."""

import json
import re
from collections.abc import Iterable
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from bot.sandbox.slack.block_kit import message_faults
from bot.sandbox.slack.calls import Arguments, Json, RefusalError
from bot.sandbox.slack.elements import characters
from bot.sandbox.slack.limits import Limits
from bot.sandbox.slack.people import APP, BOT, Channel, Person
from bot.sandbox.templates import Templates

_FILE = Templates(__file__)
LONGEST = 40_000  # longer text is cut (docs of chat.postMessage)
MOST_ATTACHMENTS = 100


@dataclass(frozen=True, slots=True)
class Content:
    """What a message shows. `metadata` is {} where none was sent."""

    text: str = ""
    blocks: tuple[Json, ...] = ()
    attachments: tuple[Json, ...] = ()
    metadata: Json = field(default_factory=dict)

    def shown(self) -> Json:
        """What is drawn of it, beside the text."""
        return {"blocks": list(self.blocks), "attachments": list(self.attachments)}


@dataclass(frozen=True, slots=True)
class Version:
    """`what` is posted, edited or deleted; `at` is in seconds since 1970; `content` is what was shown from then on."""

    what: str
    at: float
    content: Content


@dataclass(slots=True)
class Message:
    """`only_for` names the one reader of an ephemeral message. `thread_ts` is "" for all but replies."""

    ts: str
    channel: str
    user: str
    content: Content
    by_bot: bool = True
    thread_ts: str = ""
    broadcast: bool = False
    only_for: str = ""
    deleted: bool = False
    edited_mark: bool = False
    edit_window_closed: bool = False
    versions: list[Version] = field(default_factory=list)

    @property
    def text(self) -> str:
        return self.content.text

    @property
    def blocks(self) -> tuple[Json, ...]:
        return self.content.blocks

    @property
    def metadata(self) -> Json:
        return self.content.metadata

    @property
    def edits(self) -> int:
        return sum(version.what == "edited" for version in self.versions)

    def as_json(self, *, metadata: bool = True, replies: int = 0) -> Json:
        """As Slack's `message` object. `replies` is the number of replies of a thread's first message."""
        said = {
            "bot": BOT if self.by_bot else "",
            "app": APP if self.by_bot else "",
            "blocks": list(self.blocks),
            "attachments": list(self.content.attachments),
            "metadata": self.metadata if metadata else {},
            "edited": {"user": self.user, "ts": self.ts} if self.edited_mark else None,
            "is_ephemeral": bool(self.only_for),
        }
        return deepcopy(_FILE.fill("message", message=self, **said) | self._thread(replies))

    def _thread(self, replies: int) -> Json:
        if self.thread_ts:
            return {"thread_ts": self.thread_ts} | ({"subtype": "thread_broadcast"} if self.broadcast else {})
        return {"thread_ts": self.ts, "reply_count": replies} if replies else {}

    def as_tombstone(self, replies: int) -> Json:
        """What is left of a deleted message whose thread lives on."""
        return _FILE.fill("tombstone", message=self, replies=replies)

    def as_record(self) -> Json:
        """Everything a test may ask, for the control API."""
        versions = [
            {"what": each.what, "at": each.at, "text": each.content.text}
            | {"blocks": list(each.content.blocks), "metadata": each.content.metadata}
            for each in self.versions
        ]
        facts = ("channel", "only_for", "broadcast", "deleted", "edits")
        return self.as_json() | {fact: getattr(self, fact) for fact in facts} | {"versions": versions}


def read_content(sent: Arguments, limits: Limits) -> Content:
    """What a call wants to say. Raises RefusalError no_text, invalid_blocks, msg_blocks_too_long and their like."""
    content = Content(
        text=sent.text("text")[:LONGEST],
        blocks=tuple(_blocks(sent.structured("blocks"), limits)),
        attachments=tuple(_attachments(sent.structured("attachments"))),
        metadata=_metadata(sent.structured("metadata"), limits),
    )
    if not (content.text or content.blocks or content.attachments):
        raise RefusalError("no_text")
    return content


def _blocks(blocks: Any, limits: Limits) -> list[Json]:
    if blocks is None:
        return []
    if not isinstance(blocks, list):
        raise RefusalError("invalid_blocks_format")
    faults = message_faults(blocks) or _lacking(blocks, limits)
    if faults:
        raise RefusalError("invalid_blocks", errors=faults, response_metadata={"messages": faults})
    if characters(blocks) > limits.blocks_characters:
        raise RefusalError("msg_blocks_too_long")
    return blocks


def _lacking(blocks: list[Json], limits: Limits) -> list[str]:
    """Blocks that this workspace does not have yet."""
    return [
        f"[ERROR] unsupported type: {block['type']} [json-pointer:/blocks/{place}/type]"
        for place, block in enumerate(blocks)
        if block.get("type") in limits.lacks
    ]


def _attachments(attachments: Any) -> list[Json]:
    if attachments is None:
        return []
    if not isinstance(attachments, list) or not all(isinstance(each, dict) for each in attachments):
        raise RefusalError("invalid_attachments")
    if len(attachments) > MOST_ATTACHMENTS:
        raise RefusalError("too_many_attachments")
    return attachments


def _metadata(metadata: Any, limits: Limits) -> Json:
    if not metadata:
        return {}
    kinds = {"event_type": str, "event_payload": dict}
    if not isinstance(metadata, dict) or not all(isinstance(metadata.get(key), kind) for key, kind in kinds.items()):
        raise RefusalError("invalid_metadata_format")
    if set(metadata) - {*kinds, "entities"}:
        raise RefusalError("invalid_metadata_format")
    if len(json.dumps(metadata, ensure_ascii=False)) > limits.metadata_characters:
        raise RefusalError("metadata_too_large")
    return metadata


# ── what a person types ──────────────────────────────────────────────────────────────────────────────────────────────

_WORD = re.compile(
    r"(?P<mention>(?<![\w@])@[\w.-]*\w)"
    r"|(?P<channel>(?<![\w#])#[\w-]+)"
    r"|(?P<address>\b[\w.+-]+@[\w-]+(?:\.[\w-]+)+\b)"
    r"|(?P<link>\bhttps?://\S+)"
    r"|(?P<host>\b(?:[\w-]+\.)+(?:com|org|net|io|dev|eu|de|example)\b)"
)


def compose(text: str, people: Iterable[Person], channels: Iterable[Channel]) -> str:
    """What Slack's client sends for typed words: `@nightshift acme.com` → `<@U0NIGHTSHIFT> <http://acme.com|acme.com>`.

    Rules: docs.slack.dev, messaging/formatting-message-text. Which words become links is a guess.
    """
    names = {f"@{person.name}": f"<@{person.id}>" for person in people}
    names |= {f"#{channel.name}": f"<#{channel.id}|{channel.name}>" for channel in channels if channel.name}

    def entity(found: re.Match[str]) -> str:
        word = found[0]
        match found.lastgroup:
            case "mention" | "channel":
                return names.get(word, word)
            case "address":
                return f"<mailto:{word}|{word}>"
            case "link":
                return f"<{word}>"
            case _:
                return f"<http://{word}|{word}>"

    for sign, escaped in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;")):
        text = text.replace(sign, escaped)
    return _WORD.sub(entity, text)
