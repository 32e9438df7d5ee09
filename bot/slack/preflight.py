"""Whether Slack has what the settings need: the token's scopes, each channel, each group and person that is called.

Shows people nothing, but for `say`, which posts one line to a channel and takes it back. It must not know where the
settings stand: `Needs` names the place of each thing for the reader. What cannot be looked at is a fault, too.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import ChannelDead, SlackError, SlackRefused, Uncertain
from bot.model import Message
from bot.slack.groups import SCOPE_OF_GROUPS, UNKNOWN_GROUP
from bot.slack.notifier import Notifier
from bot.slack.sign_in import Identity
from bot.slack.web_api import call

SCOPES: Mapping[str, str] = {
    "app_mentions:read": "@mentions are not answered",
    "chat:write": "nothing can be posted",
    "commands": "/tasks is not offered",
    "users:read": "nobody is answered, since guests cannot be told from members",
}
"""What manifest.yml asks for, and what is without it."""
TEST_LINE = "Nightshift: a test line of `check --say`. It is taken back at once."

_ADD = "Add it under OAuth & Permissions, or paste manifest.yml again, and reinstall the app."
_CANNOT_LOOK = "{what} was not looked at: the bot token lacks the scope {scope}. {add}"
_NO_GROUP = "Slack knows no such group. Copy its id from the group's details (S…)."
_DEAD = {
    "channel_not_found": "Slack knows no such channel, or it is private and the bot is not in it. Copy the id from the"
    " channel's details, and type /invite @{bot} there.",
    "is_archived": "It is archived. Bring it back, or name another channel.",
    "not_in_channel": "The bot is not in it. Type /invite @{bot} in {name}.",
}


@dataclass(frozen=True, slots=True)
class Needs:
    """Ids, each with the place in the settings that names it: channels, user groups and people that alerts call, and
    user groups whose members have a role."""

    channels: Mapping[str, str]
    groups: Mapping[str, str] = field(default_factory=dict[str, str])
    people: Mapping[str, str] = field(default_factory=dict[str, str])
    roles: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(slots=True)
class Findings:
    """Sentences: what is well, and what is wrong, with what to do."""

    well: list[str] = field(default_factory=list[str])
    faults: list[str] = field(default_factory=list[str])


class Preflight:
    def __init__(self, client: AsyncWebClient, identity: Identity, needs: Needs) -> None:
        self._client = client
        self._identity = identity
        self._needs = needs
        self._found = Findings()

    async def look(self) -> Findings:
        """Never raises."""
        self._check_scopes()
        for channel, place in self._needs.channels.items():
            await self._check_channel(channel, place)
        if self._needs.groups:
            await self._check_groups()
        for person, place in self._needs.people.items():
            await self._check_person(person, place)
        for group, place in self._needs.roles.items():
            await self._check_members(group, place)
        return self._found

    async def say(self) -> Findings:
        """Posts a line to each channel, by the way of alerts, and takes it back."""
        notifier, found = Notifier(self._client), Findings()
        for channel, place in self._needs.channels.items():
            try:
                ts = await notifier.post(channel, Message(TEST_LINE), uuid4().hex)
                await notifier.take_back(channel, ts)
            except SlackError as error:
                found.faults.append(f"Channel {channel} ({place}): {self._posting(error)}")
            else:
                found.well.append(f"Slack: a test line stood in channel {channel} ({place}), and is taken back.")
        return found

    def _check_scopes(self) -> None:
        scopes = self._identity.scopes
        missing = sorted(SCOPES.keys() - scopes)
        self._found.faults += [
            f"The bot token (SLACK_BOT_TOKEN) lacks the scope {scope}: {SCOPES[scope]}. {_ADD}" for scope in missing
        ]
        if not missing:
            self._found.well.append("Slack: the bot token has the scopes that it needs.")

    async def _check_channel(self, channel: str, place: str) -> None:
        what = f"Channel {channel} ({place})"
        info = await self._ask(self._client.conversations_info(channel=channel), what, passing=("missing_scope",))
        if info is None:
            return
        shown = info.get("channel")
        if not shown:
            await self._try_channel(channel, what, place)
            return
        name = f"#{shown['name']}" if shown.get("name") else channel
        may_post = shown.get("is_member") or (
            not shown.get("is_private") and "chat:write.public" in self._identity.scopes
        )
        if shown.get("is_archived"):
            self._found.faults.append(f"{what}, {name}: {self._dead('is_archived', name)}")
        elif not may_post:
            self._found.faults.append(f"{what}, {name}: {self._dead('not_in_channel', name)}")
        else:
            self._found.well.append(f"Slack: the bot is in {name} ({place}).")

    async def _try_channel(self, channel: str, what: str, place: str) -> None:
        """Without a scope to ask: whether a message would be taken that only the bot itself can see."""
        request = self._client.chat_postEphemeral(channel=channel, user=self._identity.bot_user_id, text=TEST_LINE)
        if await self._ask(request, what, "chat:write", passing=("user_not_in_channel",)) is not None:
            self._found.well.append(f"Slack: messages may be posted to {channel} ({place}).")

    async def _check_groups(self) -> None:
        what = f"User group {', '.join(self._needs.groups)}"
        answer = await self._ask(self._client.usergroups_list(include_disabled=True), what, SCOPE_OF_GROUPS)
        if answer is None:
            return
        known = {group.get("id"): group for group in answer.get("usergroups") or ()}
        for group, place in self._needs.groups.items():
            if group not in known:
                self._found.faults.append(f"User group {group} ({place}): {_NO_GROUP}")
            elif known[group].get("date_delete"):
                told = "It is switched off, so a mention calls nobody. Switch it on, or name another."
                self._found.faults.append(f"User group {group} ({place}), @{known[group].get('handle')}: {told}")
            else:
                self._found.well.append(f"Slack: the user group @{known[group].get('handle')} is there ({place}).")

    async def _check_person(self, person: str, place: str) -> None:
        what = f"Person {person} ({place})"
        answer = await self._ask(self._client.users_info(user=person), what, "users:read")
        if answer is not None and (answer.get("user") or {}).get("deleted"):
            self._found.faults.append(f"{what}: The account is switched off, so a mention calls nobody. Name another.")

    async def _check_members(self, group: str, place: str) -> None:
        """Whether the members of a group with a role can be read: else nobody gains anything by being in it."""
        what = f"User group {group} ({place})"
        answer = await self._ask(self._client.usergroups_users_list(usergroup=group), what, SCOPE_OF_GROUPS)
        if answer is None:
            return
        if members := answer.get("users"):
            few = "1 person is" if len(members) == 1 else f"{len(members)} people are"
            self._found.well.append(f"Slack: {few} in the user group {group} ({place}).")
        else:
            self._found.faults.append(f"{what}: Nobody is in it, or it is switched off, so it gives nobody a role.")

    async def _ask(self, request: Any, what: str, scope: str = "", passing: Sequence[str] = ()) -> Any:
        """The answer, None where there is none: then it is written down why. A `passing` refusal is as good as none."""
        try:
            return await call(request, self._client.timeout)
        except SlackError as error:
            if error.code in passing:
                return {}
            if error.code == "missing_scope":
                self._found.faults.append(_CANNOT_LOOK.format(what=what, scope=scope, add=_ADD))
            elif isinstance(error, ChannelDead):
                self._found.faults.append(f"{what}: {self._dead(error.code, 'that channel')}")
            elif error.code in UNKNOWN_GROUP:
                self._found.faults.append(f"{what}: {_NO_GROUP}")
            elif error.code in ("user_not_found", "users_not_found", "user_not_visible"):
                self._found.faults.append(f"{what}: Slack knows no such person. Copy the id from their profile (U…).")
            else:
                self._found.faults.append(f"{what} was not looked at: {error.told}")
            return None

    def _posting(self, error: SlackError) -> str:
        if isinstance(error, Uncertain):
            return f"{error.told} Look whether a test line stands there, and delete it."
        if isinstance(error, SlackRefused) or error.code not in _DEAD:
            return f"a test line was refused. {error.told}"
        return self._dead(error.code, "that channel")

    def _dead(self, code: str, name: str) -> str:
        return _DEAD.get(code, f"Slack refuses ({code}).").format(bot=self._identity.name, name=name)
