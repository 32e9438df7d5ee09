"""Serves one command or one tap: who asks, what is asked, the handler's answer, sent. Owns the words when it fails.

Access is checked before anything is asked for or changed by a button, and before anything is sent but one: where Slack
takes more than a second to say who taps, an empty window opens, and then holds the answer or the refusal. This is the
top of a person's request: whatever goes wrong here ends in words for the person and, with the same reference, in the
log.
"""

import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

import structlog
from slack_sdk.web.async_client import AsyncWebClient

from bot.blocks import answers, notes
from bot.errors import AccessDenied, AnswerExpired, NightshiftError, SlackError, UsageError
from bot.language import parse
from bot.model import Message, Modal, Person
from bot.services import ActionHandler, Handlers, Services
from bot.slack.answering import Answerer
from bot.slack.deliveries import Command, Reach, Tap
from bot.slack.people import People
from bot.slack.session import Identity
from bot.slack.visit import Visit
from bot.slack.windows import Windows

log = structlog.get_logger(__name__)

COMMANDS: Mapping[str, str] = {"/tasks": "", "/activities": "activities "}
"""The commands of manifest.yml, and the words that each stands for."""

UNKNOWN_COMMAND = "Nightshift does not answer {name}. Type /tasks help to see what it answers."
OLDER_VERSION = "This button came from an older version of Nightshift and does nothing now. Ask again with /tasks."
WINDOW_TOO_LATE = "Slack did not open the window in time. Tap the button again."
WENT_WRONG = "Something went wrong on our side, not yours. Try again; if it stays so, tell who runs Nightshift."
INTERRUPTED = "Nightshift was stopped before it could answer you. Ask again in a minute."


@dataclass(slots=True)
class Errand:
    """A delivery on its way. `is_sending` turns true when its answer may have reached the asker."""

    delivery: Command | Tap
    is_sending: bool = False


@dataclass(frozen=True, slots=True)
class Mishap:
    """What the asker is told; `reference` is also in the log, "" where the log has nothing to add."""

    told: str
    reference: str = ""


class Desk:
    def __init__(
        self,
        client: AsyncWebClient,
        home: Identity,
        handlers: Handlers,
        services: Services,
        people: People,
        commands: Mapping[str, str] = COMMANDS,
    ) -> None:
        self._answerer = Answerer(client)
        self._windows = Windows(client)
        self._home = home
        self._handlers = handlers
        self._services = services
        self._people = people
        self._commands = commands

    async def serve(self, errand: Errand) -> None:
        """Never raises but for being cancelled."""
        delivery = errand.delivery
        try:
            if isinstance(delivery, Command):
                await self._send(errand, await self._answer_command(delivery))
            else:
                await self._serve_tap(errand, delivery)
        except SlackError as error:
            log.exception("an answer reached nobody", user=delivery.reach.user_id, code=error.code)
        except Exception as error:  # noqa: BLE001 - the top of a request: the asker must hear something
            await self._tell_plainly(errand, self._mishap(error))

    async def tell_interrupted(self, reach: Reach) -> None:
        """Raises `SlackError` where it cannot be told."""
        await self._answerer.send(Message(INTERRUPTED), reach)

    async def _send(self, errand: Errand, message: Message) -> None:
        errand.is_sending = True
        await self._answerer.send(message, errand.delivery.reach)

    async def _tell_plainly(self, errand: Errand, mishap: Mishap) -> None:
        try:
            await self._send(errand, Message(f"{mishap.told} Reference: {mishap.reference}"))
        except SlackError as error:
            log.exception("an answer reached nobody", user=errand.delivery.reach.user_id, code=error.code)

    # ── commands ──

    async def _answer_command(self, command: Command) -> Message:
        """A question changes nothing, so it may be asked of Acronis while Slack still looks up who the asker is."""
        try:
            visit = self._visit(command)
            person = await visit.person()
            message = await self._or_mishap(lambda: self._run_command(command, person))
            await visit.admitted()
        except AccessDenied as denied:
            return _refusal(command, denied)
        return message

    async def _run_command(self, command: Command, person: Person) -> Message:
        prefix = self._commands.get(command.name)
        if prefix is None:
            return Message(UNKNOWN_COMMAND.format(name=_shown(command.name)))
        services = self._services
        invocation = parse(prefix + command.text, services.clock.now(), person.zone, services.verbs)
        return await self._handlers.verbs[invocation.verb].handle(invocation, person, services)

    # ── buttons ──

    async def _serve_tap(self, errand: Errand, tap: Tap) -> None:
        handler = self._handlers.actions.get(tap.press.action)
        if handler is not None and handler.opens_modal:
            await self._serve_window(errand, tap, handler)
        elif handler is not None or not tap.is_link:
            await self._send(errand, await self._answer_tap(tap, handler))

    async def _answer_tap(self, tap: Tap, handler: ActionHandler | None) -> Message:
        try:
            person = await _admitted(self._visit(tap))
        except AccessDenied as denied:
            return _refusal(tap, denied)
        if handler is None:
            log.info("a button of an older version was tapped", action=tap.press.action)
            return Message(OLDER_VERSION)
        return await self._or_mishap(lambda: self._press(handler, tap, person))

    async def _press(self, handler: ActionHandler, tap: Tap, person: Person) -> Message:
        shown = await handler.handle(tap.press, person, self._services)
        if isinstance(shown, Modal):
            raise TypeError(f"{handler.action} drew a window, but does not say that it opens one")
        return shown

    async def _serve_window(self, errand: Errand, tap: Tap, handler: ActionHandler) -> None:
        """The window opens empty, after 1 s at most: its trigger lives 3 s, and Slack or Acronis may take longer."""
        title = handler.loading_title
        try:
            visit = self._visit(tap)
            await visit.person()
        except AccessDenied as denied:
            await self._send(errand, _refusal(tap, denied))
            return
        try:
            view_id = await self._windows.open(tap.trigger_id, answers.loading_modal(title), on_top=tap.in_modal)
        except SlackError as error:
            log.warning("slack opened no window", action=tap.press.action, code=error.code)
            await self._send(errand, Message(WINDOW_TOO_LATE))
            return
        modal = await self._draw(visit, tap, handler)
        errand.is_sending = True
        await self._fill(view_id, title, modal)

    async def _draw(self, visit: Visit, tap: Tap, handler: ActionHandler) -> Modal:
        try:
            person = await _admitted(visit)
            shown = await handler.handle(tap.press, person, self._services)
        except Exception as error:  # noqa: BLE001 - the top of a request: the open window must say something
            mishap = self._mishap(error)
            told = f"{mishap.told} Reference: {mishap.reference}" if mishap.reference else mishap.told
            return answers.failed_modal(handler.loading_title, told)
        return shown if isinstance(shown, Modal) else Modal(handler.loading_title, shown.blocks)

    async def _fill(self, view_id: str, title: str, modal: Modal) -> None:
        try:
            await self._windows.fill(view_id, modal)
        except SlackError as error:
            mishap = self._mishap(error)
            await self._windows.fill(
                view_id, answers.failed_modal(title, f"{WENT_WRONG} Reference: {mishap.reference}")
            )

    # ── both ──

    def _visit(self, delivery: Command | Tap) -> Visit:
        return Visit(delivery.sender, self._home, self._people, self._services.zone)

    async def _or_mishap(self, work: Callable[[], Awaitable[Message]]) -> Message:
        try:
            return await work()
        except UsageError as error:
            return notes.usage(error)
        except AnswerExpired as error:
            return answers.expired(error.told)
        except AccessDenied as error:
            return notes.refusal(error.told)
        except Exception as error:  # noqa: BLE001 - the top of a request: a handler may raise anything
            mishap = self._mishap(error)
            return notes.failure(mishap.told, mishap.reference)

    def _mishap(self, error: Exception) -> Mishap:
        if isinstance(error, UsageError | AnswerExpired | AccessDenied):
            return Mishap(error.told)
        reference = secrets.token_hex(3)
        if isinstance(error, NightshiftError):
            log.warning("a request failed", reference=reference, error=type(error).__name__, exc_info=error)
            return Mishap(error.told, reference)
        log.error("a request broke", reference=reference, error=type(error).__name__, exc_info=error)
        return Mishap(WENT_WRONG, reference)


async def _admitted(visit: Visit) -> Person:
    await visit.admitted()
    return await visit.person()


def _refusal(delivery: Command | Tap, denied: AccessDenied) -> Message:
    log.info("somebody was refused", user=delivery.sender.user_id, team=delivery.sender.team_id)
    return notes.refusal(denied.told)


def _shown(name: str) -> str:
    return "".join(letter for letter in name[:40] if letter.isalnum() or letter in "/-_")
