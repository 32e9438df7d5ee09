"""The workspace as it stands: people, channels, every message ever shown. Knows nothing of HTTP, tokens or limits."""

from collections.abc import Callable
from dataclasses import replace

from bot.sandbox.slack.calls import RefusalError
from bot.sandbox.slack.elements import named
from bot.sandbox.slack.limits import Now
from bot.sandbox.slack.messages import Content, Message, Version
from bot.sandbox.slack.people import BOT_USER, FILE, Channel, Group, Person


class Workspace:
    """Messages lie under (channel, ts); ephemeral ones in `whispers`, oldest first. Nothing is ever forgotten."""

    def __init__(self, now: Now, note: Callable[..., None]) -> None:
        self.people: dict[str, Person] = {id_: Person(id_, **each) for id_, each in FILE.fill("people").items()}
        self.groups: dict[str, Group] = {id_: Group(id_, **each) for id_, each in FILE.fill("groups").items()}
        self.channels: dict[str, Channel] = {id_: Channel(id_, **each) for id_, each in FILE.fill("channels").items()}
        self.messages: dict[str, dict[str, Message]] = {channel: {} for channel in self.channels}
        self.whispers: list[Message] = []
        self._now = now
        self._note = note
        self._last_micros = 0

    def stamp(self) -> str:
        """A new `ts`: unlike any before, and later."""
        self._last_micros = max(int(self._now() * 1_000_000), self._last_micros + 1)
        return f"{self._last_micros // 1_000_000}.{self._last_micros % 1_000_000:06d}"

    def person(self, user: str) -> Person:
        """Raises RefusalError user_not_found."""
        if user not in self.people:
            raise RefusalError("user_not_found")
        return self.people[user]

    def channel(self, channel: str) -> Channel:
        """A channel as the bot may see it; a user's id is their direct message. Raises channel_not_found."""
        if channel in self.people:
            return self.direct(channel)
        found = self.channels.get(channel)
        if found is None or (found.private and not found.member):
            raise RefusalError("channel_not_found")
        return found

    def direct(self, user: str) -> Channel:
        """The app's direct message with a user, opened where need be. Raises cannot_dm_bot, user_disabled."""
        person = self.person(user)
        if person.bot:
            raise RefusalError("cannot_dm_bot")
        if person.deleted:
            raise RefusalError("user_disabled")
        channel = "D" + user[1:]
        if channel not in self.channels:
            self.channels[channel] = Channel(channel, "", direct_with=user)
            self.messages[channel] = {}
        return self.channels[channel]

    def message(self, channel: str, ts: str) -> Message:
        """A message that is still there. Raises RefusalError message_not_found."""
        found = self.messages.get(channel, {}).get(ts)
        if found is None or found.deleted:
            raise RefusalError("message_not_found")
        return found

    def post(
        self, channel: str, content: Content, *, user: str = BOT_USER, thread_ts: str = "", broadcast: bool = False
    ) -> Message:
        """Stores a message. `thread_ts` may name a reply: the new one goes under the same first message."""
        first = self._first(channel, thread_ts) if thread_ts else ""
        message = Message(self.stamp(), channel, user, content, by_bot=user == BOT_USER, thread_ts=first)
        message.broadcast = broadcast and bool(thread_ts)
        self.messages[channel][message.ts] = message
        self._write("posted", message, content)
        return message

    def whisper(self, channel: str, user: str, content: Content, *, thread_ts: str = "") -> Message:
        """Stores an ephemeral message for one user."""
        message = Message(self.stamp(), channel, BOT_USER, content, thread_ts=thread_ts, only_for=user)
        self.whispers.append(message)
        self._write("posted", message, content)
        return message

    def edit(self, message: Message, content: Content) -> None:
        """Without blocks people see "(edited)" beside the text; with blocks there is no mark (docs of chat.update)."""
        message.edited_mark = not content.blocks
        self._write("edited", message, content)

    def delete(self, message: Message) -> None:
        message.deleted = True
        self._write("deleted", message, message.content)

    def shown(self, channel: str) -> list[Message]:
        """What the channel shows now, oldest first: no replies but those that were broadcast."""
        there = self.messages[channel].values()
        return [each for each in there if not each.deleted and (not each.thread_ts or each.broadcast)]

    def replies(self, channel: str, ts: str) -> list[Message]:
        """The replies under a message, oldest first, without the message itself."""
        return [each for each in self.messages[channel].values() if each.thread_ts == ts and not each.deleted]

    def whispered(self, user: str, channel: str = "") -> list[Message]:
        """The ephemeral messages a user sees now, oldest first. Slack shows none in a thread without replies."""
        return [
            each
            for each in self.whispers
            if each.only_for == user and not each.deleted and channel in {"", each.channel}
            if not each.thread_ts or self.replies(each.channel, each.thread_ts)
        ]

    def _first(self, channel: str, thread_ts: str) -> str:
        parent = self.messages[channel].get(thread_ts)
        if parent is None or (parent.deleted and not self.replies(channel, thread_ts)):
            raise RefusalError("thread_not_found")
        return parent.thread_ts or parent.ts

    def _write(self, what: str, message: Message, content: Content) -> None:
        """The message shows this from now on; every block and element of it gets a name."""
        message.content = replace(content, blocks=tuple(named(list(content.blocks))))
        message.versions.append(Version(what, self._now(), message.content))
        facts = ("channel", "ts", "thread_ts", "broadcast", "only_for", "user", "text")
        self._note(what, **{fact: getattr(message, fact) for fact in facts}, **message.content.shown())
