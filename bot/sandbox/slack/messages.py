"""One message with all it ever showed. Knows nothing of channels, tokens or HTTP."""

from copy import deepcopy
from dataclasses import dataclass, field

from bot.sandbox.slack.people import APP, BOT, TEAM
from bot.sandbox.slack.refusal import Json


@dataclass(frozen=True, slots=True)
class Content:
    """What a message shows. `metadata` is {} where none was sent."""

    text: str = ""
    blocks: tuple[Json, ...] = ()
    attachments: tuple[Json, ...] = ()
    metadata: Json = field(default_factory=dict)


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
        answer: Json = {"type": "message", "user": self.user, "ts": self.ts, "text": self.text, "team": TEAM}
        if self.by_bot:
            answer |= {"bot_id": BOT, "app_id": APP}
        answer |= {
            key: deepcopy(list(value))
            for key, value in (("blocks", self.blocks), ("attachments", self.content.attachments))
            if value
        }
        answer |= self._thread(replies)
        if metadata and self.metadata:
            answer["metadata"] = deepcopy(self.metadata)
        if self.edited_mark:
            answer["edited"] = {"user": self.user, "ts": self.ts}
        if self.only_for:
            answer["is_ephemeral"] = True
        return answer

    def _thread(self, replies: int) -> Json:
        if self.thread_ts:
            broadcast = {"subtype": "thread_broadcast"} if self.broadcast else {}
            return {"thread_ts": self.thread_ts, **broadcast}
        return {"thread_ts": self.ts, "reply_count": replies} if replies else {}

    def as_tombstone(self, replies: int) -> Json:
        """What is left of a deleted message whose thread lives on."""
        return {
            "type": "message",
            "subtype": "tombstone",
            "user": "USLACKBOT",
            "text": "This message was deleted.",
            "ts": self.ts,
            "thread_ts": self.ts,
            "reply_count": replies,
        }

    def as_record(self) -> Json:
        """Everything a test may ask, for the control API."""
        return self.as_json() | {
            "channel": self.channel,
            "only_for": self.only_for,
            "broadcast": self.broadcast,
            "deleted": self.deleted,
            "edits": self.edits,
            "versions": [
                {
                    "what": version.what,
                    "at": version.at,
                    "text": version.content.text,
                    "blocks": list(version.content.blocks),
                    "metadata": version.content.metadata,
                }
                for version in self.versions
            ],
        }
