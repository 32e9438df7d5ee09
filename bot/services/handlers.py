"""What a handler is, and what it may use. A handler returns what is to be shown; it never sends anything."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from zoneinfo import ZoneInfo

from bot.blocks.links import SLACK
from bot.model import Answer, Clock, Invocation, Message, Modal, Person, Press, Rules, Verb
from bot.services.alerting import Alerts
from bot.services.tasks import Tasks


@dataclass(frozen=True, slots=True)
class Services:
    """`verbs` are all that there are, `zone` is the bot's own. `console` has the console's address for each account.

    A last good backup older than `target` is late. `site` is the workspace's address, for links to messages.
    Into the channels that are `bound` to tenants no answer is shared.
    """

    tasks: Tasks
    clock: Clock
    verbs: tuple[Verb, ...]
    zone: ZoneInfo
    console: Mapping[str, str] = field(default_factory=dict[str, str])
    target: timedelta = Rules().target
    alerts: Alerts = field(kw_only=True)
    site: str = SLACK
    bound: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Turn:
    """A page, counted from 1, of a kept answer. `is_shared`: others see it, so it has no buttons and says who asked."""

    answer: Answer
    page: int = 1
    is_shared: bool = False


Draw = Callable[[Turn, Person, Services], Awaitable[Message]]


@dataclass(frozen=True, slots=True)
class VerbHandler:
    """`draw` draws a page of an answer that this verb gave and kept; None where it keeps none."""

    verb: Verb
    handle: Callable[[Invocation, Person, Services], Awaitable[Message]]
    draw: Draw | None = None


@dataclass(frozen=True, slots=True)
class ActionHandler:
    """One button, by its action id. Where it opens a modal, a loading view with the title is shown first.

    `in_place`: tapped in a window, it fills that one anew in place of opening another on top.
    """

    action: str
    handle: Callable[[Press, Person, Services], Awaitable[Message | Modal]]
    opens_modal: bool = False
    loading_title: str = ""
    in_place: bool = False


@dataclass(frozen=True, slots=True)
class Handlers:
    """By verb and by action id."""

    verbs: Mapping[str, VerbHandler]
    actions: Mapping[str, ActionHandler]
