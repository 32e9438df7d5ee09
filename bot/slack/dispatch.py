"""Serves one request: who asks, what is asked, the handler's answer, sent.

A mention is answered like a command, a message's shortcut like a tap on a button. Access is checked before anything is
asked for or changed by a button, and before anything is sent but one: where Slack takes more than a second to say who
taps, an empty modal opens, and then holds the answer or the refusal. This is the top of a person's request: whatever
goes wrong here ends in words for the person and, with the same reference, in the log.
"""

from collections.abc import Mapping
from contextlib import suppress

import structlog
from slack_sdk.web.async_client import AsyncWebClient

from bot.blocks import notes
from bot.errors import AccessDenied, SlackError
from bot.language import parse
from bot.model import Message, Modal, Person, Place, Press
from bot.services import ActionHandler, Handlers, Services
from bot.slack.failures import failure_message, failure_of
from bot.slack.modals import Modals
from bot.slack.people import Asker, People
from bot.slack.requests import Command, Delivery, Mention, Request, Shortcut, Tap
from bot.slack.respond import Responder
from bot.slack.sign_in import Identity

log = structlog.get_logger(__name__)

COMMANDS: Mapping[str, str] = {"/tasks": "", "/activities": "activities "}
"""The commands of manifest.yml, and the words that each stands for."""

SHORTCUTS: Mapping[str, str] = {"what_is_this_task": "message.task"}
"""The shortcuts of manifest.yml by callback id, and the action that each stands for."""

UNKNOWN_COMMAND = "Nightshift does not answer {name}. Type /tasks help to see what it answers."
OLDER_VERSION = "This button came from an older version of Nightshift and does nothing now. Ask again with /tasks."
OLDER_SHORTCUT = "This shortcut came from an older version of Nightshift and does nothing now. Ask with /tasks show ID."
MODAL_TOO_LATE = "Slack did not open the window in time. Try it again."
NO_SHARING = "This channel shows only some tenants, so no answer is shared into it. Use “Send to me” instead."
INTERRUPTED = "Nightshift was stopped before it could answer you. Ask again in a minute."


class Dispatcher:
    def __init__(
        self, client: AsyncWebClient, home: Identity, handlers: Handlers, services: Services, people: People
    ) -> None:
        self._responder = Responder(client)
        self._modals = Modals(client)
        self._home = home
        self._handlers = handlers
        self._services = services
        self._people = people

    async def serve(self, request: Request) -> None:
        """Never raises but for being cancelled."""
        sender = request.delivery.sender
        try:
            try:
                await self._serve(request)
            except AccessDenied as denied:
                log.info("somebody was refused", user=sender.user_id, team=sender.team_id)
                await self._send(request, notes.refusal(denied.told))
            except SlackError:
                raise
            except Exception as error:  # noqa: BLE001 - the top of a request: the asker must hear something
                await self._send(request, Message(failure_of(error).text))
        except SlackError as error:
            log.exception("an answer reached nobody", user=sender.user_id, code=error.code)

    async def tell_to_wait(self, request: Request, words: str) -> None:
        """Who may not be answered hears only that, in its turn."""
        with suppress(AccessDenied):
            await self._asker(request.delivery).admitted()
            await self.tell(request, words)

    async def tell_interrupted(self, request: Request) -> None:
        await self.tell(request, INTERRUPTED, "an asker could not be told of the interruption")

    async def tell(self, request: Request, words: str, failed: str = "an asker could not be told to wait") -> None:
        """Says `words` instead of an answer, or before it. `failed` is for the log."""
        try:
            await self._responder.send(Message(words), request.delivery.reply_to)
        except SlackError as error:
            log.warning(failed, code=error.code)

    async def _serve(self, request: Request) -> None:
        delivery = request.delivery
        if isinstance(delivery, Command | Mention):
            await self._serve_question(request, delivery)
        elif isinstance(delivery, Shortcut):
            handler = self._handlers.actions.get(SHORTCUTS.get(delivery.callback_id, ""))
            await self._serve_tap(request, _tap_of(delivery), handler, OLDER_SHORTCUT)
        elif isinstance(delivery, Tap):
            handler = self._handlers.actions.get(delivery.press.action)
            await self._serve_tap(request, delivery, handler, OLDER_VERSION)

    async def _send(self, request: Request, message: Message) -> None:
        reply_to = request.delivery.reply_to
        if message.place is Place.CHANNEL and reply_to.channel_id in self._services.bound:
            message = notes.refusal(NO_SHARING)
        request.is_sending = True
        await self._responder.send(message, reply_to)

    def _asker(self, delivery: Delivery) -> Asker:
        return Asker(delivery.sender, self._home, self._people, self._services.zone)

    # ── commands and mentions ──

    async def _serve_question(self, request: Request, asked: Command | Mention) -> None:
        """A question changes nothing, so it may be asked of Acronis while Slack still looks up who the asker is."""
        asker = self._asker(asked)
        person = await asker.person()
        try:
            message = await self._answer(asked, person)
        except Exception as error:  # noqa: BLE001 - a handler may raise anything
            message = failure_message(error)
        await asker.admitted()
        await self._send(request, message)

    async def _answer(self, asked: Command | Mention, person: Person) -> Message:
        name, text = (asked.name, asked.text) if isinstance(asked, Command) else _command_in(asked.text)
        prefix = COMMANDS.get(name)
        if prefix is None:
            return Message(UNKNOWN_COMMAND.format(name=_printable(name)))
        services = self._services
        invocation = parse(prefix + text, services.clock.now(), person.zone, services.verbs)
        return await self._handlers.verbs[invocation.verb].handle(invocation, person, services)

    # ── buttons and shortcuts ──

    async def _serve_tap(self, request: Request, tap: Tap, handler: ActionHandler | None, unknown: str) -> None:
        if handler is not None and handler.opens_modal:
            await self._serve_modal(request, tap, handler)
        elif handler is not None:
            await self._send(request, await self._press(tap, handler))
        elif not tap.is_link:
            await self._asker(tap).admitted()
            log.info("a button of an older version was tapped", action=tap.press.action)
            await self._send(request, Message(unknown))

    async def _press(self, tap: Tap, handler: ActionHandler) -> Message:
        person = await self._asker(tap).admitted()
        try:
            answer = await handler.handle(tap.press, person, self._services)
        except Exception as error:  # noqa: BLE001 - a handler may raise anything
            return failure_message(error)
        if isinstance(answer, Modal):
            raise TypeError(f"{handler.action} drew a modal, but does not say that it opens one")
        return answer

    async def _serve_modal(self, request: Request, tap: Tap, handler: ActionHandler) -> None:
        """The modal opens empty, after 1 s at most: its trigger lives 3 s, and Slack or Acronis may take longer.

        One that is filled in place stays as it is until then.
        """
        title = handler.loading_title
        asker = self._asker(tap)
        await asker.person()
        view_id = tap.view_id if handler.in_place else ""
        try:
            view_id = view_id or await self._modals.open(
                tap.trigger_id, notes.loading_modal(title), on_top=bool(tap.view_id)
            )
        except SlackError as error:
            log.warning("slack opened no modal", action=tap.press.action, code=error.code)
            await self._send(request, Message(MODAL_TOO_LATE))
            return
        modal = await self._draw(asker, tap, handler)
        request.is_sending = True
        await self._modals.fill(view_id, modal, title)

    async def _draw(self, asker: Asker, tap: Tap, handler: ActionHandler) -> Modal:
        title = handler.loading_title
        try:
            answer = await handler.handle(tap.press, await asker.admitted(), self._services)
        except Exception as error:  # noqa: BLE001 - the open modal must say something
            return notes.failed_modal(title, failure_of(error).text)
        return answer if isinstance(answer, Modal) else Modal(title, answer.blocks)


def _command_in(text: str) -> tuple[str, str]:
    """The command, and the words after it. The words alone are meant for the first command."""
    first, _, rest = text.partition(" ")
    return (first, rest) if first in COMMANDS else (next(iter(COMMANDS)), text)


def _tap_of(shortcut: Shortcut) -> Tap:
    """The tap on the button that the shortcut stands for, with the message as its value."""
    value = f"{shortcut.reply_to.channel_id}:{shortcut.message_ts}\n{shortcut.words}"
    press = Press(SHORTCUTS.get(shortcut.callback_id, shortcut.callback_id), value)
    return Tap(shortcut.key, shortcut.sender, shortcut.reply_to, press, shortcut.trigger_id)


def _printable(name: str) -> str:
    return "".join(letter for letter in name[:40] if letter.isalnum() or letter in "/-_")
