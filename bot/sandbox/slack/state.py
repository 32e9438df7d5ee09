"""Everything one pretend Slack remembers, in one place. Only holds the parts; each part has its own module."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from bot.sandbox.slack.access import Access, Tokens
from bot.sandbox.slack.faults import Faults
from bot.sandbox.slack.journal import Journal
from bot.sandbox.slack.limits import Limits, Meter
from bot.sandbox.slack.refusal import Json
from bot.sandbox.slack.triggers import Answers, Triggers
from bot.sandbox.slack.views import Views
from bot.sandbox.slack.workspace import Workspace


@dataclass(slots=True)
class State:
    """`now` tells seconds since 1970; `url` is the server's own address without a slash at its end.

    `tickets` are Socket Mode tickets that were given out and not used. `requests` is every call made, without tokens.
    """

    limits: Limits
    now: Callable[[], float]
    access: Access
    journal: Journal
    workspace: Workspace
    views: Views
    triggers: Triggers
    answers: Answers
    meter: Meter
    faults: Faults
    tickets: set[str]
    requests: list[Json]
    url: str = ""


def new_state(tokens: Tokens, scopes: Iterable[str], limits: Limits, now: Callable[[], float]) -> State:
    journal = Journal()
    return State(
        limits=limits,
        now=now,
        access=Access(tokens, scopes),
        journal=journal,
        workspace=Workspace(now, journal),
        views=Views(now, journal),
        triggers=Triggers(limits, now),
        answers=Answers(limits, now),
        meter=Meter(limits, now),
        faults=Faults(journal),
        tickets=set(),
        requests=[],
    )
