"""Serves a tap on a button, a choice in a menu and a message's shortcut: the handler's answer as a message or a window.

Access is checked before anything is asked for or changed. A window is seen above everything else, so what is pressed in
one, or in the Home tab, is answered in a window; a message behind it would be seen by nobody on a phone.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import replace

import structlog

from bot.blocks import notes
from bot.errors import AccessDenied, SlackError
from bot.model import Message, Modal, Place, Press
from bot.services import ActionHandler
from bot.slack.answering import TITLE, Answering, window_of
from bot.slack.failures import WENT_WRONG, Failure, failure_message, failure_of
from bot.slack.modals import TOO_DEEP, TOO_LATE
from bot.slack.people import Asker
from bot.slack.requests import Request, Shortcut, Tap

log = structlog.get_logger(__name__)

SHORTCUTS: Mapping[str, str] = {"what_is_this_task": "message.task"}
"""The shortcuts of manifest.yml by callback id, and the action that each stands for."""

OLDER_VERSION = "This button came from an older version of Nightshift and does nothing now. Ask again with /tasks."
OLDER_SHORTCUT = "This shortcut came from an older version of Nightshift and does nothing now. Ask with /tasks show ID."
MODAL_TOO_LATE = "Slack did not open the window in time. Try it again."
_WINDOW_SECONDS = 2.0
"""From the press to a window that says "one moment": its trigger lives 3 s."""


class Presses:
    """Raises `AccessDenied`, `SlackError`."""

    def __init__(self, answering: Answering) -> None:
        self._answering = answering

    async def serve_shortcut(self, request: Request, shortcut: Shortcut) -> None:
        await self._serve(request, _tap_of(shortcut), OLDER_SHORTCUT)

    async def serve_tap(self, request: Request, tap: Tap) -> None:
        await self._serve(request, tap, OLDER_VERSION)

    async def _serve(self, request: Request, tap: Tap, unknown: str) -> None:
        press = self._meant(tap)
        tap = replace(tap, press=replace(press, whence=tap.whence))
        handler = self._answering.handlers.actions.get(press.action)
        if tap.is_link and (handler is None or tap.option):
            log.debug("a link was opened", action=press.action)
        elif handler is None:
            await self._older(request, tap, unknown)
        elif handler.opens_modal:
            await self._open_and_draw(request, tap, handler)
        elif handler.may_open or tap.view_id or tap.is_home:
            await self._answer_or_open(request, tap, handler)
        else:
            answer = await self._answer(tap, handler)
            await self._answering.send(request, _message(answer, handler))

    def _meant(self, tap: Tap) -> Press:
        """A menu's option is a button of its own, where there is such a button."""
        known = self._answering.handlers.actions
        return tap.option if tap.option and (tap.option.action in known or tap.press.action not in known) else tap.press

    async def _older(self, request: Request, tap: Tap, unknown: str) -> None:
        if tap.is_entry:
            return
        await self._answering.asker(tap).admitted()
        log.info("a button of an older version was tapped", action=tap.press.action)
        await self._answering.send(request, Message(unknown))

    async def _answer(self, tap: Tap, handler: ActionHandler) -> Message | Modal:
        """Raises AccessDenied only."""
        person = await self._answering.asker(tap).admitted()
        try:
            return await handler.handle(tap.press, person, self._answering.services)
        except Exception as error:  # noqa: BLE001 - a handler may raise anything
            return failure_message(error)

    # ── a window that opens at once ──

    async def _open_and_draw(self, request: Request, tap: Tap, handler: ActionHandler) -> None:
        """The modal opens empty, after 1 s at most: its trigger lives 3 s, and Slack or Acronis may take longer.

        One that is filled in place stays as it is until then.
        """
        asker = self._answering.asker(tap)
        await asker.person()
        view_id = (tap.view_id if handler.in_place else "") or await self._open_loading(tap, handler)
        if not view_id:
            await self._answering.send(request, Message(MODAL_TOO_LATE))
            return
        modal = await self._draw(asker, tap, handler)
        request.is_sending = True
        await self._answering.modals.fill(view_id, modal, handler.loading_title, tap.whence)

    async def _open_loading(self, tap: Tap, handler: ActionHandler) -> str:
        """The new view's id, "" where Slack opened none."""
        loading = notes.loading_modal(handler.loading_title or TITLE)
        try:
            return await self._answering.modals.open(
                tap.trigger_id, loading, on_top=bool(tap.view_id), whence=tap.whence
            )
        except SlackError as error:
            log.warning("slack opened no modal", action=tap.press.action, code=error.code)
            return ""

    async def _draw(self, asker: Asker, tap: Tap, handler: ActionHandler) -> Modal:
        title = handler.loading_title
        try:
            answer = await handler.handle(tap.press, await asker.admitted(), self._answering.services)
        except Exception as error:  # noqa: BLE001 - the open modal must say something
            return notes.failed_modal(title, failure_of(error).text)
        return answer if isinstance(answer, Modal) else Modal(title, answer.blocks)

    # ── an answer that may be a window ──

    async def _answer_or_open(self, request: Request, tap: Tap, handler: ActionHandler) -> None:
        """The handler runs first. Where it takes too long for the trigger, a window opens and is filled later."""
        answering = asyncio.create_task(self._answer(tap, handler))
        view_id = tap.view_id if handler.in_place else ""
        try:
            await asyncio.wait({answering}, timeout=request.left(_WINDOW_SECONDS))
            if not answering.done() and not view_id:
                view_id = await self._open_loading(tap, handler)
            answer = await answering
        except AccessDenied as denied:
            log.info("somebody was refused", user=tap.sender.user_id, team=tap.sender.team_id)
            answer = notes.refusal(denied.told)
        finally:
            answering.cancel()
        request.is_sending = True
        if isinstance(answer, Modal):
            await self._show(request, tap, answer, view_id)
        else:
            await self._say(request, tap, self._answering.allowed(request, answer), view_id, handler.loading_title)

    async def _say(self, request: Request, tap: Tap, message: Message, view_id: str, title: str) -> None:
        """What only the asker is to see is shown where they look. What goes elsewhere, or replaces, goes there too."""
        in_view, opened = bool(tap.view_id) or tap.is_home, bool(view_id) and view_id != tap.view_id
        is_seen = message.place is Place.ASKER and (in_view or opened)
        if not is_seen or (message.replaces and not in_view):
            await self._answering.send(request, message)
        has_words = bool(message.text or message.blocks)
        if opened or (is_seen and has_words):
            place = view_id or (tap.view_id if message.replaces else "")
            if not await self._show(request, tap, window_of(message, title), place) and is_seen:
                await self._answering.send(request, message)

    async def _show(self, request: Request, tap: Tap, modal: Modal, view_id: str) -> bool:
        """False where the window was closed meanwhile."""
        modals = self._answering.modals
        if view_id:
            return await modals.fill(view_id, modal, modal.title, tap.whence)
        try:
            await modals.open(tap.trigger_id, modal, on_top=bool(tap.view_id), whence=tap.whence)
        except SlackError as error:
            if error.code in TOO_LATE:
                log.warning("slack opened no modal", action=tap.press.action, code=error.code)
                await self._answering.send(request, Message(MODAL_TOO_LATE))
            elif tap.view_id and error.code == TOO_DEEP:  # the new one takes the place of the one it was pressed in
                await modals.fill(tap.view_id, modal, modal.title, tap.whence)
            else:
                await self._fail(request, tap, modal.title, error)
        except ValueError as error:
            await self._fail(request, tap, modal.title, error)
        return True

    async def _fail(self, request: Request, tap: Tap, title: str, error: Exception) -> None:
        """Slack takes no such window. Its trigger may be spent."""
        words = Failure(WENT_WRONG, failure_of(error).reference).text
        if tap.view_id:
            await self._answering.modals.fill(tap.view_id, notes.failed_modal(title, words), title)
        else:
            await self._answering.send(request, Message(words))


def _message(answer: Message | Modal, handler: ActionHandler) -> Message:
    """Raises TypeError for a window that the handler did not announce."""
    if isinstance(answer, Modal):
        raise TypeError(f"{handler.action} drew a modal, but does not say that it opens one")
    return answer


def _tap_of(shortcut: Shortcut) -> Tap:
    """The tap on the button that the shortcut stands for, with the message as its value."""
    value = f"{shortcut.reply_to.channel_id}:{shortcut.message_ts}\n{shortcut.words}"
    press = Press(SHORTCUTS.get(shortcut.callback_id, ""), value)
    return Tap(shortcut.key, shortcut.sender, shortcut.reply_to, press, shortcut.trigger_id)
