"""Who may do what about alerts (`[[roles]]`). Pure: the settings go in as grants, the person as an `Actor`.

Without any grant every member is a responder. A grant replaces that default for those it names; of several that match
an alert, the highest role holds. Where grants name a person, and none of them matches the alert, the person may only
look at it: who was made responder or manager of some tenants is that for those alone. A viewer's `match` is the
exception: it takes acting away for what it matches, and leaves the rest as it is.

Where Slack did not say whether a person is in a user group, the lower role of both cases holds: a fault of Slack's
gives nobody more than the settings do.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from bot.alerting.routing import may_show, task_of
from bot.model import EVERYONE, Act, Grant, Role, Routing, Run, TaskQuery, Tenant
from bot.model.values import dataclass

MANAGED: Final = frozenset({Act.RUN, Act.AUDIT})
SHOWN: Final = 5
"""So many people, groups and channels does a refusal name."""

_ORDER: Final = tuple(Role)  # the least first
_DEFAULT: Final = Role.RESPONDER
_DOES: Final = {
    Act.TAKE: "take alerts",
    Act.RELEASE: "release alerts",
    Act.SNOOZE: "snooze alerts",
    Act.WAKE: "wake alerts",
    Act.RESOLVE: "resolve alerts",
    Act.UNDO: "undo what was resolved",
    Act.NOTE: "write notes",
    Act.RETIRE: "retire workloads",
    Act.RUN: "run backups",
    Act.AUDIT: "read the audit",
}
_A_ROLE: Final = {Role.VIEWER: "a viewer", Role.RESPONDER: "a responder", Role.MANAGER: "a manager"}
_NO_MANAGER: Final = (
    "Nobody may {does}: no manager is set. Whoever runs the bot names one under [[roles]] in nightshift.toml."
)
_ELSEWHERE: Final = (
    "This channel is bound to other tenants, so that alert cannot be acted on from here. Do it where it was told."
)


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts, and in which channel, "" for none. `groups` are the user groups that the person is in; of the `unsure`
    ones Slack did not say it."""

    user_id: str
    channel_id: str = ""
    groups: frozenset[str] = frozenset()
    unsure: frozenset[str] = frozenset()


def needed(act: Act) -> Role:
    """The least role that may do it."""
    return Role.MANAGER if act in MANAGED else Role.RESPONDER


def holds(role: Role, least: Role) -> bool:
    return _ORDER.index(role) >= _ORDER.index(least)


def role_of(grants: Sequence[Grant], actor: Actor, run: Run | None = None) -> Role:
    """What the actor is for the alert of this run. None: for what is of no one alert; grants for some do not count."""
    cases = (actor, *(replace(actor, groups=actor.groups | {each}) for each in actor.unsure))
    return min((_role(grants, each, run) for each in cases), key=_ORDER.index)


def refusal(act: Act, grants: Sequence[Grant], actor: Actor, run: Run | None = None) -> str:
    """What is needed and who may, a sentence or two; "" where the actor may."""
    least, role = needed(act), role_of(grants, actor, run)
    if holds(role, least):
        return ""
    may = [each for each in grants if holds(each.role, least) and _counts(each, run)]
    if not may and least is Role.MANAGER:
        return _NO_MANAGER.format(does=_DOES[act])
    here = "" if run is None else " here"
    told = f"Only {_A_ROLE[least]} may {_DOES[act]}, and you are {_A_ROLE[role]}{here}."
    return f"{told} {_who(may, least, grants)}"


def refused_in(channel: str, tenant: Tenant, routing: Routing) -> str:
    """Why an alert of this tenant cannot be acted on from this channel; "" where it can. Names no tenant."""
    return "" if may_show(channel, tenant, routing) else _ELSEWHERE


def groups_named(grants: Sequence[Grant]) -> frozenset[str]:
    """The user groups that grants are for."""
    return frozenset(each for grant in grants for each in grant.who if each.startswith("S"))


def _role(grants: Sequence[Grant], actor: Actor, run: Run | None) -> Role:
    named = [each for each in grants if _names(each, actor)]
    if matching := [each.role for each in named if _counts(each, run)]:
        return max(matching, key=_ORDER.index)
    return Role.VIEWER if any(each.role is not Role.VIEWER for each in named) else _DEFAULT


def _names(grant: Grant, actor: Actor) -> bool:
    return not grant.who.isdisjoint({EVERYONE, actor.user_id, actor.channel_id or EVERYONE, *actor.groups})


def _counts(grant: Grant, run: Run | None) -> bool:
    return grant.match == TaskQuery() or (run is not None and grant.match.admits(task_of(run)))


def _who(may: Sequence[Grant], least: Role, grants: Sequence[Grant]) -> str:
    """`These may: U0MIA, the group S0LEADS and whoever asks in C0OPS.`"""
    named = list(dict.fromkeys(word for grant in may for word in _words(grant)))
    if holds(_DEFAULT, least) and not any(EVERYONE in grant.who for grant in grants):
        named.append("every member whom [[roles]] does not name")
    if not named:
        return f"Nobody is {_A_ROLE[least]} for it: whoever runs the bot names one under [[roles]] in nightshift.toml."
    more = len(named) - SHOWN
    *first, last = [*named[:SHOWN], f"{more} more"] if more > 0 else named
    return f"These may: {', '.join(first)} and {last}." if first else f"This may: {last}."


def _words(grant: Grant) -> Iterator[str]:
    """People first. Ids stand bare: `blocks` shows them as names, and nothing calls anybody."""
    for each in sorted(grant.who, key=lambda who: (who[0] not in "UW", who)):
        if each == EVERYONE:
            yield "everyone"
        elif each[0] in "UW":
            yield each
        elif each[0] == "S":
            yield f"the group {each}"
        else:
            yield f"whoever asks in {each}"
