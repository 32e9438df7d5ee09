"""Whether a person may do something about alerts, there and now. The rules are `alerting.roles`'s.

Who is no full member of the workspace never comes this far (bot/slack/access.py); it is looked at again all the same.
"""

import re
from collections.abc import Callable, Sequence
from typing import Final, Protocol

from bot.alerting.roles import Actor, groups_named, refusal, refused_in, role_of
from bot.model import Act, Alert, Grant, Membership, Person, Role, Routing, Run, Tenant, Whence
from bot.store.bound_names import bound
from bot.store.engine import Database

_USER: Final = re.compile(r"[UW][A-Z0-9]{2,30}", re.ASCII)
_NOT_OURS: Final = "Only members of this workspace act on alerts."


class Groups(Protocol):
    """Who is in the user groups that grants name. Does not raise."""

    async def of(self, user_id: str) -> Membership: ...


class Access:
    """`team_id` is our own workspace, "" where it is not known. Without `groups` nobody is in any."""

    def __init__(
        self,
        grants: Sequence[Grant] = (),
        routing: Routing | None = None,
        database: Database | None = None,
        groups: Groups | None = None,
        team_id: str = "",
    ) -> None:
        self._grants = tuple(grants)
        self._routing = routing or Routing()
        self._database = database
        self._groups = groups if groups_named(self._grants) else None
        self._team_id = team_id

    async def role(self, person: Person, whence: Whence, run: Run | None = None) -> Role:
        """What the person is for the alert of this run, from that channel."""
        if not self._is_ours(person):
            return Role.VIEWER
        return role_of(self._grants, _actor(person, whence, await self._membership(person)), run)

    async def check(self, act: Act, person: Person, whence: Whence, alerts: Sequence[Alert] = ()) -> str:
        """Why the person may not do it about these alerts from that channel, for the person; "" where they may.

        Of many alerts each must be allowed. Asks Slack only where grants name user groups.
        """
        if not self._is_ours(person):
            return _NOT_OURS
        if told := await self._elsewhere(whence.channel, alerts):
            return told
        membership = await self._membership(person)
        actor = _actor(person, whence, membership)
        runs: Sequence[Run | None] = [alert.latest for alert in alerts] or (None,)
        told = next((told for run in runs if (told := refusal(act, self._grants, actor, run))), "")
        return f"{told} {membership.trouble}" if told and membership.trouble else told

    async def tenants(self, channel: str) -> Callable[[Tenant], bool]:
        """Whether a tenant's alerts may be named in that channel: in one bound to tenants only theirs."""
        if channel not in self._routing.bound:
            return lambda _: True
        routing = await self._bound()
        return lambda tenant: not refused_in(channel, tenant, routing)

    def _is_ours(self, person: Person) -> bool:
        return _USER.fullmatch(person.id) is not None and self._team_id in ("", person.team_id)

    async def _elsewhere(self, channel: str, alerts: Sequence[Alert]) -> str:
        """Why one of them cannot be acted on in a channel that is bound to tenants."""
        if channel not in self._routing.bound or not alerts:
            return ""
        routing = await self._bound()
        found = (refused_in(channel, alert.latest.tenant, routing) for alert in alerts)
        return next(filter(None, found), "")

    async def _bound(self) -> Routing:
        """The routing with the tenants that its names stand for now."""
        if self._database is None:
            return self._routing
        async with self._database.read() as connection:
            return await bound(connection, self._routing)

    async def _membership(self, person: Person) -> Membership:
        return Membership() if self._groups is None else await self._groups.of(person.id)


def _actor(person: Person, whence: Whence, membership: Membership) -> Actor:
    return Actor(person.id, whence.channel, membership.groups, membership.unsure)
