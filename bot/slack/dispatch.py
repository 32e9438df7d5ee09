"""Serves one request: who asks, what is asked, the handler's answer, sent.

A mention is answered like a command. `presses` serves buttons, menus and shortcuts, `forms` what is sent from a window.
Access is checked before anything is changed, before a button or a form asks for anything, and before anything is sent
but one: where Slack takes more than a second to say who taps, an empty modal opens, and then holds the answer or the
refusal.
This is the top of a person's request: whatever goes wrong here ends in words for the person and, with the same
reference, in the log.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace

import structlog
from slack_sdk.web.async_client import AsyncWebClient

from bot.blocks import notes
from bot.blocks.act_answers import with_words
from bot.errors import AccessDenied, SlackError, UsageError
from bot.language import parse
from bot.model import Invocation, Message, Person
from bot.services import Handlers, Services, VerbHandler
from bot.slack.answering import Answering
from bot.slack.failures import failure_message, failure_of
from bot.slack.forms import SENT_BEFORE, Forms
from bot.slack.home import Homes, HomeTab
from bot.slack.modals import Modals
from bot.slack.people import Asker, People
from bot.slack.presses import Presses
from bot.slack.requests import Command, HomeOpened, Mention, Request, Shortcut, Submission, Tap
from bot.slack.respond import Responder
from bot.slack.sign_in import Identity

log = structlog.get_logger(__name__)

COMMANDS: Mapping[str, str] = {"/tasks": "", "/activities": "activities "}
"""The commands of manifest.yml, and the words that each stands for."""

UNKNOWN_COMMAND = "Nightshift does not answer {name}. Type /tasks help to see what it answers."
INTERRUPTED = "Nightshift was stopped before it could answer you. Ask again in a minute."


class Dispatcher:
    def __init__(
        self, client: AsyncWebClient, home: Identity, handlers: Handlers, services: Services, people: People
    ) -> None:
        responder, modals = Responder(client), Modals(client)
        self._answering = answering = Answering(responder, modals, home, handlers, services, people)
        self._presses = Presses(answering)
        self._forms = Forms(answering)
        self.homes = Homes(answering, HomeTab(client))

    async def serve(self, request: Request) -> None:
        """Never raises but for being cancelled."""
        sender = request.delivery.sender
        try:
            try:
                await self._serve(request)
            except AccessDenied as denied:
                log.info("somebody was refused", user=sender.user_id, team=sender.team_id)
                await self._answering.send(request, notes.refusal(denied.told))
            except SlackError:
                raise
            except Exception as error:  # noqa: BLE001 - the top of a request: the asker must hear something
                await self._answering.send(request, Message(failure_of(error).text))
        except SlackError as error:
            log.exception("an answer reached nobody", user=sender.user_id, code=error.code)

    async def tell_to_wait(self, request: Request, words: str) -> None:
        """Who may not be answered hears only that, in its turn."""
        with suppress(AccessDenied):
            await self._answering.asker(request.delivery).admitted()
            await self.tell(request, words)

    async def tell_interrupted(self, request: Request) -> None:
        await self.tell(request, INTERRUPTED, "an asker could not be told of the interruption")

    async def tell_sent_before(self, request: Request) -> None:
        await self.tell(request, SENT_BEFORE)

    def postpone(self, request: Request) -> None:
        """Acknowledges a form whose handler takes longer than Slack waits."""
        if isinstance(request.delivery, Submission):
            self._forms.postpone(request, request.delivery)

    async def tell(self, request: Request, words: str, failed: str = "an asker could not be told to wait") -> None:
        """Says `words` instead of an answer, or before it. `failed` is for the log."""
        delivery = request.delivery
        try:
            if isinstance(delivery, Submission):
                await self._forms.refuse(request, delivery, words)
            elif not isinstance(delivery, HomeOpened):
                await self._answering.responder.send(Message(words), delivery.reply_to)
        except SlackError as error:
            log.warning(failed, code=error.code)

    async def _serve(self, request: Request) -> None:
        delivery = request.delivery
        match delivery:
            case Command() | Mention():
                await self._serve_question(request, delivery)
            case Shortcut():
                await self._presses.serve_shortcut(request, delivery)
            case Tap():
                await self._presses.serve_tap(request, delivery)
                if delivery.is_home and not delivery.is_link:
                    await self.homes.refresh(delivery.sender, always=delivery.option is not None)
            case Submission():
                await self._forms.serve(request, delivery)
            case HomeOpened():
                await self.homes.open(delivery)

    # ── commands and mentions ──

    async def _serve_question(self, request: Request, asked: Command | Mention) -> None:
        """A question changes nothing, so it may be asked of Acronis while Slack still looks up who the asker is."""
        asker = self._answering.asker(asked)
        person = await asker.person()
        try:
            message = await self._answer(asked, person, asker)
        except Exception as error:  # noqa: BLE001 - a handler may raise anything
            message = failure_message(error)
        await asker.admitted()
        await self._answering.send(request, message)

    async def _answer(self, asked: Command | Mention, person: Person, asker: Asker) -> Message:
        name, text = (asked.name, asked.text) if isinstance(asked, Command) else _command_in(asked.text)
        prefix = COMMANDS.get(name)
        if prefix is None:
            return Message(UNKNOWN_COMMAND.format(name=_printable(name)))
        services = self._answering.services
        names = await services.tasks.known_names()
        invocation = parse(prefix + text, services.clock.now(), person.zone, services.verbs, names)
        invocation = replace(invocation, whence=asked.whence, people=asked.people)
        handler = self._answering.handlers.verbs[invocation.verb]
        if handler.verb.is_act:
            return await self._act(handler, invocation, await asker.admitted())
        return await handler.handle(invocation, person, services)

    async def _act(self, handler: VerbHandler, invocation: Invocation, person: Person) -> Message:
        """An act is done only for who is admitted. Where it fails, what was typed is given back."""
        try:
            return await handler.handle(invocation, person, self._answering.services)
        except UsageError:
            raise
        except Exception as error:  # noqa: BLE001 - a handler may raise anything
            return with_words(failure_message(error), invocation.text)


def _command_in(text: str) -> tuple[str, str]:
    """The command, and the words after it. The words alone are meant for the first command."""
    first, _, rest = text.partition(" ")
    return (first, rest) if first in COMMANDS else (next(iter(COMMANDS)), text)


def _printable(name: str) -> str:
    return "".join(letter for letter in name[:40] if letter.isalnum() or letter in "/-_")
