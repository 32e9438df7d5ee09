"""Serves one delivery: who asks, what is asked, the handler's answer, sent.

A mention is answered like a command, a message's shortcut like a tap on a button.

Access is checked before anything is asked for or changed by a button, and before anything is sent but one: where Slack
takes more than a second to say who taps, an empty window opens, and then holds the answer or the refusal. This is the
top of a person's request: whatever goes wrong here ends in words for the person and, with the same reference, in the
log.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import structlog
from slack_sdk.web.async_client import AsyncWebClient

from bot.blocks import notes
from bot.errors import AccessDenied, SlackError
from bot.language import parse
from bot.model import Message, Modal, Person, Place, Press
from bot.services import ActionHandler, Handlers, Services
from bot.slack.failures import WENT_WRONG, Mishap, mishap_of, or_mishap
from bot.slack.modals import Windows
from bot.slack.people import People
from bot.slack.requests import Command, Mention, Reach, Shortcut, Tap
from bot.slack.respond import Answerer
from bot.slack.sign_in import Identity
from bot.slack.visit import Visit

log = structlog.get_logger(__name__)

COMMANDS: Mapping[str, str] = {"/tasks": "", "/activities": "activities "}
"""The commands of manifest.yml, and the words that each stands for."""

SHORTCUTS: Mapping[str, str] = {"what_is_this_task": "message.task"}
"""The shortcuts of manifest.yml by callback id, and the action that each stands for."""

UNKNOWN_COMMAND = "Nightshift does not answer {name}. Type /tasks help to see what it answers."
OLDER_VERSION = "This button came from an older version of Nightshift and does nothing now. Ask again with /tasks."
OLDER_SHORTCUT = "This shortcut came from an older version of Nightshift and does nothing now. Ask with /tasks show ID."
WINDOW_TOO_LATE = "Slack did not open the window in time. Try it again."
BOUND = "This channel shows only some tenants, so no answer is shared into it. Use “Send to me” instead."
INTERRUPTED = "Nightshift was stopped before it could answer you. Ask again in a minute."


@dataclass(slots=True)
class Errand:
    """A delivery on its way. `is_sending` turns true when its answer may have reached the asker."""

    delivery: Command | Mention | Tap | Shortcut
    is_sending: bool = False


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
            if isinstance(delivery, Command | Mention):
                await self._send(errand, await self._answer_question(delivery))
            elif isinstance(delivery, Shortcut):
                await self._serve_shortcut(errand, delivery)
            else:
                await self._serve_tap(errand, delivery)
        except SlackError as error:
            log.exception("an answer reached nobody", user=delivery.reach.user_id, code=error.code)
        except Exception as error:  # noqa: BLE001 - the top of a request: the asker must hear something
            await self._tell_plainly(errand, mishap_of(error))

    async def tell_interrupted(self, reach: Reach) -> None:
        """Raises `SlackError` where it cannot be told."""
        await self._answerer.send(Message(INTERRUPTED), reach)

    async def _send(self, errand: Errand, message: Message) -> None:
        reach = errand.delivery.reach
        if message.place is Place.CHANNEL and reach.channel_id in self._services.bound:
            message = notes.refusal(BOUND)
        errand.is_sending = True
        await self._answerer.send(message, reach)

    async def _tell_plainly(self, errand: Errand, mishap: Mishap) -> None:
        try:
            await self._send(errand, Message(f"{mishap.told} Reference: {mishap.reference}"))
        except SlackError as error:
            log.exception("an answer reached nobody", user=errand.delivery.reach.user_id, code=error.code)

    # ── commands and mentions ──

    async def _answer_question(self, asked: Command | Mention) -> Message:
        """A question changes nothing, so it may be asked of Acronis while Slack still looks up who the asker is."""
        try:
            visit = self._visit(asked)
            person = await visit.person()
            message = await or_mishap(lambda: self._ask(asked, person))
            await visit.admitted()
        except AccessDenied as denied:
            return _refusal(asked, denied)
        return message

    async def _ask(self, asked: Command | Mention, person: Person) -> Message:
        name, text = (asked.name, asked.text) if isinstance(asked, Command) else self._command_in(asked.text)
        prefix = self._commands.get(name)
        if prefix is None:
            return Message(UNKNOWN_COMMAND.format(name=_shown(name)))
        services = self._services
        invocation = parse(prefix + text, services.clock.now(), person.zone, services.verbs)
        return await self._handlers.verbs[invocation.verb].handle(invocation, person, services)

    def _command_in(self, text: str) -> tuple[str, str]:
        """The command, and the words after it. The words alone are meant for the first command."""
        first, _, rest = text.partition(" ")
        return (first, rest) if first in self._commands else (next(iter(self._commands)), text)

    # ── buttons and shortcuts ──

    async def _serve_shortcut(self, errand: Errand, shortcut: Shortcut) -> None:
        """A press of the button that the shortcut stands for, with the message as its value."""
        action = SHORTCUTS.get(shortcut.callback_id, "")
        value = f"{shortcut.reach.channel_id}:{shortcut.message_ts}\n{shortcut.words}"
        press = Press(action or shortcut.callback_id, value)
        tap = Tap(shortcut.key, shortcut.sender, shortcut.reach, press, shortcut.trigger_id)
        await self._serve_press(errand, tap, self._handlers.actions.get(action), OLDER_SHORTCUT)

    async def _serve_tap(self, errand: Errand, tap: Tap) -> None:
        handler = self._handlers.actions.get(tap.press.action)
        if handler is not None or not tap.is_link:
            await self._serve_press(errand, tap, handler, OLDER_VERSION)

    async def _serve_press(self, errand: Errand, tap: Tap, handler: ActionHandler | None, unknown: str) -> None:
        if handler is not None and handler.opens_modal:
            await self._serve_window(errand, tap, handler)
        else:
            await self._send(errand, await self._answer_tap(tap, handler, unknown))

    async def _answer_tap(self, tap: Tap, handler: ActionHandler | None, unknown: str) -> Message:
        try:
            person = await _admitted(self._visit(tap))
        except AccessDenied as denied:
            return _refusal(tap, denied)
        if handler is None:
            log.info("a button of an older version was tapped", action=tap.press.action)
            return Message(unknown)
        return await or_mishap(lambda: self._press(handler, tap, person))

    async def _press(self, handler: ActionHandler, tap: Tap, person: Person) -> Message:
        shown = await handler.handle(tap.press, person, self._services)
        if isinstance(shown, Modal):
            raise TypeError(f"{handler.action} drew a window, but does not say that it opens one")
        return shown

    async def _serve_window(self, errand: Errand, tap: Tap, handler: ActionHandler) -> None:
        """The window opens empty, after 1 s at most: its trigger lives 3 s, and Slack or Acronis may take longer.

        One that is filled in place stays as it is until then.
        """
        title = handler.loading_title
        try:
            visit = self._visit(tap)
            await visit.person()
        except AccessDenied as denied:
            await self._send(errand, _refusal(tap, denied))
            return
        view_id = tap.view_id if handler.in_place else ""
        try:
            view_id = view_id or await self._windows.open(
                tap.trigger_id, notes.loading_modal(title), on_top=tap.in_modal
            )
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
            mishap = mishap_of(error)
            told = f"{mishap.told} Reference: {mishap.reference}" if mishap.reference else mishap.told
            return notes.failed_modal(handler.loading_title, told)
        return shown if isinstance(shown, Modal) else Modal(handler.loading_title, shown.blocks)

    async def _fill(self, view_id: str, title: str, modal: Modal) -> None:
        try:
            await self._windows.fill(view_id, modal)
        except SlackError as error:
            mishap = mishap_of(error)
            await self._windows.fill(view_id, notes.failed_modal(title, f"{WENT_WRONG} Reference: {mishap.reference}"))

    # ── both ──

    def _visit(self, delivery: Command | Mention | Tap) -> Visit:
        return Visit(delivery.sender, self._home, self._people, self._services.zone)


async def _admitted(visit: Visit) -> Person:
    await visit.admitted()
    return await visit.person()


def _refusal(delivery: Command | Mention | Tap, denied: AccessDenied) -> Message:
    log.info("somebody was refused", user=delivery.sender.user_id, team=delivery.sender.team_id)
    return notes.refusal(denied.told)


def _shown(name: str) -> str:
    return "".join(letter for letter in name[:40] if letter.isalnum() or letter in "/-_")
