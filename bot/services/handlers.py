"""What a handler is, and what it may use. A handler returns what to show, and never sends anything."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Final
from zoneinfo import ZoneInfo

from bot.blocks.frame import Frame
from bot.blocks.phrase import SLACK
from bot.language import understood
from bot.model import (
    Answer,
    Clock,
    FieldErrors,
    Form,
    Home,
    Invocation,
    Message,
    Modal,
    Person,
    Press,
    Rules,
    TaskQuery,
    Verb,
    Whence,
)
from bot.services.access import Access
from bot.services.acting import Acting
from bot.services.alerts import Alerts
from bot.services.audit import Audits
from bot.services.colleagues import Colleagues, Nobody
from bot.services.health import Health
from bot.services.home import Overviews
from bot.services.running import Running
from bot.services.tasks import Tasks

_NAMED: Final = 2  # longer names that are told


@dataclass(frozen=True, slots=True)
class Turn:
    """A page, counted from 1, of a kept answer. `is_shared`: others see it, so it says who asked, and its pages are
    turned to in its thread. `whence` is where its button was pressed."""

    answer: Answer
    page: int = 1
    is_shared: bool = False
    whence: Whence = field(default_factory=Whence)

    def frame(self, question: str, person: Person) -> Frame:
        if self.is_shared:
            return Frame(question, person, self.page, self.answer, shared_by=self.answer.asker)
        return Frame(question, person, self.page, self.answer)


@dataclass(frozen=True, slots=True)
class Services:
    """What a handler may use. `console` has the console's address by account, `site` is the workspace's.

    A last good backup older than `target` is late. No answer is shared into a channel `bound` to tenants. `access` says
    who may act, `audit` who did.
    """

    tasks: Tasks
    clock: Clock
    verbs: tuple[Verb, ...]
    zone: ZoneInfo
    console: Mapping[str, str] = field(default_factory=dict[str, str])
    target: timedelta = Rules().target
    alerts: Alerts = field(kw_only=True)
    health: Health = field(kw_only=True)
    acting: Acting = field(kw_only=True)
    running: Running = field(kw_only=True)
    access: Access = field(kw_only=True, default_factory=Access)
    audit: Audits = field(kw_only=True, default_factory=Audits)
    colleagues: Colleagues = field(kw_only=True, default_factory=Nobody)
    overviews: Overviews = field(kw_only=True, default_factory=Overviews)
    site: str = SLACK
    bound: frozenset[str] = frozenset()

    def frame(self, turn: Turn, person: Person, noun: str = "tasks") -> Frame:
        """The frame of a page. `noun` is what the question is about."""
        return turn.frame(self.question(turn.answer.query, person, noun), person)

    async def beside_open(self, frame: Frame) -> Frame:
        """The frame of an answer in which nothing is wrong: it says how many alerts are open all the same."""
        return replace(frame, still_open=await self.alerts.count_open())

    def question(self, query: TaskQuery, person: Person, noun: str = "tasks") -> str:
        """How it was understood, in plain words."""
        return self.with_others(understood(query, person.zone, self.clock.now(), noun=noun), query)

    def with_others(self, words: str, query: TaskQuery) -> str:
        """`…, tenant “Acme Corp”. Acme Corp, not Acme Corp Berlin`: longer names that a name could be taken for."""
        return ". ".join((words, *(_not_these(*each) for each in self.tasks.other_names(query))))


def _not_these(name: str, others: Sequence[str]) -> str:
    """The first two, and how many more there are."""
    more = f" and {len(others) - _NAMED:,} more" if len(others) > _NAMED else ""
    return f"{name}, not {', '.join(others[:_NAMED])}{more}"


@dataclass(frozen=True, slots=True)
class VerbHandler:
    """`draw` draws a page of an answer that this verb gave and kept; None where it keeps none."""

    verb: Verb
    handle: Callable[[Invocation, Person, Services], Awaitable[Message]]
    draw: Callable[[Turn, Person, Services], Awaitable[Message]] | None = None


@dataclass(frozen=True, slots=True)
class ActionHandler:
    """One button, or one option of a menu: one whose value is `ACTION VALUE` is the button ACTION with VALUE.

    `opens_modal`: it always draws a window, which opens at once with `loading_title`. `may_open`: it answers first,
    with a message or with a window; where that takes more than 2 s, the window opens with `loading_title` all the same.
    `in_place`: the answer fills the window that it was pressed in. What is pressed in a window or in the Home tab is
    answered in a window, where the answer is for the asker alone: nobody sees a message that appears behind it.
    """

    action: str
    handle: Callable[[Press, Person, Services], Awaitable[Message | Modal]]
    opens_modal: bool = False
    loading_title: str = ""
    in_place: bool = False
    may_open: bool = False


@dataclass(frozen=True, slots=True)
class FormHandler:
    """A window with a submit button, by its `Modal.action`.

    A message closes the window, or all that lie above each other, and is then sent; without text nothing is sent.
    Errors keep what was entered. Another window takes the place of this one. `below` draws the window that it was
    opened in as it is now, with the message in it; None where that has nothing new to show: then all are closed.
    """

    action: str
    handle: Callable[[Form, Person, Services], Awaitable[Message | FieldErrors | Modal]]
    below: Callable[[Form, Message, Person, Services], Awaitable[Modal | None]] | None = None


@dataclass(frozen=True, slots=True)
class HomeHandler:
    """What the app's Home tab shows a person who opens it."""

    handle: Callable[[Person, Services], Awaitable[Home]]


@dataclass(frozen=True, slots=True)
class Handlers:
    verbs: Mapping[str, VerbHandler]
    actions: Mapping[str, ActionHandler]
    forms: Mapping[str, FormHandler] = field(default_factory=dict[str, FormHandler])
    home: HomeHandler | None = None
