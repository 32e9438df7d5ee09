"""What whoever runs the sandbox may order: trouble, sockets, tokens, scopes, channels. Knows nothing of HTTP."""

from collections.abc import Callable, Iterable
from dataclasses import asdict
from typing import Any, TypeVar

from bot.sandbox.slack.calls import ControlError, Json, RefusalError
from bot.sandbox.slack.deliveries import Dispatcher
from bot.sandbox.slack.faults import KINDS, Fault, Hold
from bot.sandbox.slack.people import Channel
from bot.sandbox.slack.sockets import Sockets
from bot.sandbox.slack.state import State

T = TypeVar("T")
LONGEST_PAUSE = 0.2  # seconds after which `until` looks again even if nothing was written down


class Operations:
    """`state` holds everything; people's side of the same object is in `pretend`."""

    def __init__(self, state: State, request_url: str | None = None) -> None:
        self.state = state
        self.workspace = state.workspace
        self.views = state.views
        self.faults = state.faults
        self.journal = state.journal
        self.access = state.access
        self.sockets = Sockets(state)
        self.dispatcher = Dispatcher(state, self.sockets, request_url)

    def fault(
        self,
        kind: str,
        method: str = "*",
        *,
        times: int | None = 1,
        channel: str = "",
        seconds: float = 0.0,
        status: int = 500,
        error: str = "internal_error",
        retry_after: str = "",
        location: str = "",
    ) -> None:
        """Orders trouble for the next calls; the kinds are in `faults.KINDS`. Raises ControlError for any other."""
        if kind not in KINDS:
            raise ControlError(f"unknown kind of fault {kind!r}; there are {', '.join(KINDS)}")
        self.faults.ordered.append(Fault(kind, method, times, channel, seconds, status, error, retry_after, location))

    def clear_faults(self) -> None:
        """Ends every fault; holds stay."""
        self.faults.ordered.clear()

    def hold(self, method: str, when: str = "after", *, channel: str = "") -> Hold:
        """Holds the next call of a method before it is accepted, or after it was stored and before the answer."""
        if when not in {"before", "after"}:
            raise ControlError(f"a call is held before or after it is accepted, not {when!r}")
        self.faults.holds.append(Hold(method, when, channel))
        return self.faults.holds[-1]

    def release(self) -> None:
        """Lets everything that is held go on. A call whose client died while held before acceptance is dropped."""
        self.faults.release()

    def cut(self) -> None:
        """Every Socket Mode connection ends without a word."""
        self.sockets.cut()

    async def disconnect(self, reason: str = "refresh_requested") -> None:
        """Asks every Socket Mode client to leave."""
        await self.sockets.disconnect(reason)

    async def disable_link(self, *, disabled: bool = True) -> None:
        """Socket Mode is switched off in the app's settings: every client has to go, and no new one may stay."""
        self.sockets.disabled = disabled
        if disabled:
            await self.sockets.disconnect("link_disabled")

    def set_request_url(self, url: str | None = None) -> None:
        """From now on deliveries go there, signed; None is Socket Mode again."""
        self.dispatcher.request_url = url or None

    def set_scopes(self, scopes: Iterable[str]) -> None:
        """The bot token's scopes from now on."""
        self.access.scopes = set(scopes)

    def revoke(self, token: str) -> None:
        """`token` is bot, app or both."""
        self.access.revoked |= self._tokens(token)

    def restore(self, token: str) -> None:
        """Takes a revocation back."""
        self.access.revoked -= self._tokens(token)

    def archive(self, channel: str, *, archived: bool = True) -> None:
        """Archives a channel, or brings it back."""
        self.place(channel).archived = archived

    def invite(self, channel: str, *, member: bool = True) -> None:
        """Takes the bot into a channel, or throws it out."""
        self.place(channel).member = member

    def set_group(self, group: str, users: list[str]) -> None:
        """The members of a user group from now on."""
        if group not in self.workspace.groups:
            raise ControlError(f"no user group {group!r}; there are {', '.join(self.workspace.groups)}")
        self.workspace.groups[group].users = [self._known(self.workspace.person, user).id for user in users]

    def leave(self, channel: str, user: str) -> None:
        """A person leaves a channel."""
        self.place(channel).absent.add(user)

    def close_edit_window(self, channel: str, ts: str, *, closed: bool = True) -> None:
        """Edits of the message are refused as `edit_window_closed`."""
        self._known(self.workspace.message, self.place(channel).id, ts).edit_window_closed = closed

    def forget_limits(self) -> None:
        """All rate limits start anew."""
        self.state.meter.buckets.clear()

    def place(self, channel: str) -> Channel:
        """A channel by id or name, or a user's direct message; unlike the bot, people see all of them."""
        for each in self.workspace.channels.values():
            if channel and channel.removeprefix("#") in {each.id, each.name}:
                return each
        return self._known(self.workspace.channel, channel)

    async def until(self, reached: Callable[[], T]) -> T:
        """Returns what `reached` returns as soon as that is true. Raises ControlError when the server closes first."""
        while not (value := reached()):
            if self.journal.closed:
                raise ControlError("the server closed before it came to that")
            await self.journal.after(len(self.journal.entries), LONGEST_PAUSE)
        return value

    def trouble(self) -> Json:
        """What is ordered now, and which holds have caught a call."""
        holds = [hold.as_json() for hold in self.faults.holds]
        return {"faults": [asdict(fault) for fault in self.faults.ordered], "holds": holds}

    def _tokens(self, token: str) -> set[str]:
        bot, app = self.access.tokens.bot, self.access.tokens.app
        known = {"bot": {bot}, "app": {app}, "both": {bot, app}}
        if token not in known:
            raise ControlError(f"no token {token!r}; there are {', '.join(known)}")
        return known[token]

    def _known(self, find: Callable[..., T], *names: Any) -> T:
        """What is found by these names, with words for who asks for what is not there. Raises ControlError."""
        try:
            return find(*names)
        except RefusalError as refusal:
            raise ControlError(f"{refusal.error}: {', '.join(names)}") from refusal
