"""The listener with everything around it, over real sockets: a pretend Slack, an intake, tiny handlers. For tests."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import create_autospec
from zoneinfo import ZoneInfo

import aiohttp
from slack_bolt.async_app import AsyncApp

from bot.language import NOBODY
from bot.model import FieldErrors, Form, Invocation, Message, Modal, Person, Press, SystemClock, Takes, Verb
from bot.sandbox.slack import ALERTS, Limits, PretendSlack, Running, serve
from bot.services import (
    Acting,
    ActionHandler,
    Alerts,
    FormHandler,
    Handlers,
    Health,
    HomeHandler,
    Services,
    Tasks,
    VerbHandler,
)
from bot.services import Running as Runs
from bot.slack.http import HttpIntake
from bot.slack.listener import Listener
from bot.slack.people import People
from bot.slack.sign_in import make_client, sign_in
from bot.slack.socket_mode import SocketIntake
from bot.store.deliveries import Deliveries
from bot.store.engine import Database
from bot.store.people import Profiles
from tests.fresh_file import fresh_file
from tests.patience import PATIENCE, patient_limits

MIA = "U0MIA"
SECRET = "sandbox-signing-secret"
SAY = Verb("say", "says what is asked", Takes.WORD)
LIST = Verb("", "lists", Takes.FILTERS)
NOTHING = Verb("overview", "what needs attention")
TRANSPORTS = ("socket", "http")

Asked = list[tuple[Person, Invocation | Press | Form]]
Say = Callable[[Invocation, Person, Services], Awaitable[Message]]


class Fit:
    """Health for the HTTP port: always well."""

    def alive(self) -> str:
        return ""

    def ready(self) -> str:
        return ""

    def metrics(self) -> bytes:
        return b""


@dataclass
class House:
    """`asked` is who reached a handler with what, in order."""

    slack: PretendSlack
    listener: Listener
    running: Running
    url: str
    asked: Asked = field(default_factory=list)

    async def settle(self) -> None:
        """Returns when everything that came in is answered. Nothing is taken after that."""
        await self.listener.finish(PATIENCE)

    async def calm(self) -> None:
        """Returns when nothing is being served; more may come."""
        await self.until(lambda: not self.listener.busy)

    async def until(self, reached: Callable[[], object]) -> None:
        """Returns when it is so. Looks at each thing that happens in Slack, and now and then."""
        while not reached():
            await self.slack.journal.after(len(self.slack.journal.entries), 0.02)

    def whispers(self, user: str = MIA) -> list[str]:
        """What the user sees, for their eyes alone, in #backup-alerts."""
        return [message.text for message in self.slack.whispers(user, ALERTS)]

    def called(self) -> list[str]:
        """Which methods were called, but for the sign-in and the people."""
        quiet = {"auth.test", "apps.connections.open", "users.info"}
        return [request["method"] for request in self.slack.requests if request["method"] not in quiet]


async def say(invocation: Invocation, person: Person, services: Services) -> Message:
    return Message(f"{invocation.argument or invocation.verb or 'a list'} in {person.zone.key}")


def loaded(app: AsyncApp) -> asyncio.Future[AsyncApp]:
    """As the intakes take it."""
    future = asyncio.get_running_loop().create_future()
    future.set_result(app)
    return future


@asynccontextmanager
async def open_house(
    transport: str,
    *,
    say: Say = say,
    actions: Iterable[ActionHandler] = (),
    forms: Iterable[FormHandler] = (),
    home: HomeHandler | None = None,
    limits: Limits | None = None,
    patience: float = PATIENCE,
    bound: frozenset[str] = frozenset(),
    database: Database | None = None,
) -> AsyncIterator[House]:
    """A listener behind `transport`. Its verbs all answer with `say`; its buttons are `actions`.

    What is sent from its windows goes to `forms`.
    """
    running = await serve(limits=limits or patient_limits())
    async with aiohttp.ClientSession() as session, AsyncExitStack() as stack:
        store = await stack.enter_async_context(small_database()) if database is None else database
        client = make_client("xoxb-sandbox", running.api_url, session, timeout=PATIENCE)
        clock = SystemClock()
        asked: Asked = []
        listener = Listener(
            client=client,
            signing_secret=SECRET if transport == "http" else None,
            identity=await sign_in(client),
            handlers=_handlers(say, actions, forms, home, asked),
            services=Services(
                clock=clock,
                verbs=(SAY, LIST, NOTHING),
                zone=ZoneInfo("UTC"),
                bound=bound,
                **_unasked(),
            ),
            people=People(client, Profiles(store), clock, patience=patience),
            taken=Deliveries(store),
        )
        intake: SocketIntake | HttpIntake
        if transport == "http":
            intake = HttpIntake(loaded(listener.app), "127.0.0.1", 0, Fit(), secret=SECRET)
        else:
            intake = SocketIntake(loaded(listener.app), "xapp-sandbox", client)
        await intake.open()
        url = f"http://127.0.0.1:{intake.port}/slack/events" if isinstance(intake, HttpIntake) else ""
        running.slack.set_request_url(url)
        try:
            yield House(running.slack, listener, running, url, asked)
        finally:
            running.slack.clear_faults()
            await intake.close()
            await listener.finish(2)
            await running.close()


@asynccontextmanager
async def small_database() -> AsyncIterator[Database]:
    """A database of its own, gone afterwards."""
    with TemporaryDirectory() as folder:
        database = Database(fresh_file(Path(folder) / "bot.sqlite3"))
        try:
            yield database
        finally:
            await database.close()


async def read_only(database: Database) -> None:
    async with database.write() as connection:
        await connection.exec_driver_sql("PRAGMA query_only = 1")


async def overwritten(database: Database) -> None:
    database.path.write_bytes(b"no database" * 900)


async def deleted(database: Database) -> None:
    database.path.unlink()


SPOILT = (read_only, overwritten, deleted)
"""What makes a database useless while the bot runs on it. The last two also for reading, before it was opened."""


@cache
def _unasked() -> dict[str, Any]:
    """The services that no handler here asks for more than names. To make them takes longer than most tests."""
    parts = {"tasks": Tasks, "alerts": Alerts, "health": Health, "acting": Acting, "running": Runs}
    made: dict[str, Any] = {name: create_autospec(part, instance=True) for name, part in parts.items()}
    made["tasks"].known_names.return_value = NOBODY
    return made


def _handlers(
    say: Say,
    actions: Iterable[ActionHandler],
    forms: Iterable[FormHandler],
    home: HomeHandler | None,
    asked: Asked,
) -> Handlers:
    async def answer(invocation: Invocation, person: Person, services: Services) -> Message:
        asked.append((person, invocation))
        return await say(invocation, person, services)

    def noted(handler: ActionHandler) -> ActionHandler:
        async def handle(press: Press, person: Person, services: Services) -> Message | Modal:
            asked.append((person, press))
            return await handler.handle(press, person, services)

        return replace(handler, handle=handle)

    def entered(handler: FormHandler) -> FormHandler:
        async def handle(form: Form, person: Person, services: Services) -> Message | FieldErrors | Modal:
            asked.append((person, form))
            return await handler.handle(form, person, services)

        return replace(handler, handle=handle)

    verbs = {verb.name: VerbHandler(verb, answer) for verb in (SAY, LIST, NOTHING)}
    return Handlers(
        verbs,
        {handler.action: noted(handler) for handler in actions},
        {handler.action: entered(handler) for handler in forms},
        home,
    )
