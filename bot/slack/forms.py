"""Serves a window's submit button: the handler's answer, in the acknowledgement or, where that is late, in the window.

    in time   message → the window closes, then it is sent    errors → at the inputs    window → in its place
    late      "one moment", then the message, the form again with what was entered and what is wrong, or the window

Where the form was opened in a window that shows what it changed, that window stays and is drawn anew, with the message.

Nothing that was entered is lost: a refusal or a failure is shown at the first input, and the window stays.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import structlog

from bot.blocks import notes
from bot.errors import AccessDenied, SlackError, UsageError
from bot.model import FieldErrors, Form, Message, Modal, Person, Place
from bot.services import FormHandler
from bot.slack.answering import TITLE, Answering, window_of
from bot.slack.failures import failure_of
from bot.slack.requests import Request, Submission
from bot.slack.views import errors_body, form_again, modal_view, update_body

log = structlog.get_logger(__name__)

OLDER_FORM = "This window came from an older version of Nightshift, and nothing was done. Close it and press again."
SENT_BEFORE = "This was sent before, and Nightshift was restarted meanwhile. Look whether it was done."
NOT_TAKEN = "This was not taken. Change it, or close the window."
_CLEAR: Mapping[str, Any] = {"response_action": "clear"}
_LANDING_SECONDS = 0.5
"""Between an acknowledgement that changes the window and our own next change of it: Slack has to see them in order."""

Outcome = Message | FieldErrors | Modal


class Forms:
    """Raises `SlackError`."""

    def __init__(self, answering: Answering) -> None:
        self._answering = answering

    async def serve(self, request: Request, submission: Submission) -> None:
        outcome, below = await self._outcome(submission)
        await self._tell(request, submission, outcome, below)

    async def refuse(self, request: Request, submission: Submission, words: str) -> None:
        """Shows `words` in the window, which keeps what was entered."""
        await self._tell(request, submission, _refusal(submission, words))

    def postpone(self, request: Request, submission: Submission) -> None:
        """Acknowledges now, for a handler that takes longer."""
        request.acknowledgement.give(_window_body(notes.moment_modal(submission.title or TITLE)))

    async def _outcome(self, submission: Submission) -> tuple[Outcome, Modal | None]:
        """With the window below as it is then, where that is to be drawn anew."""
        answering, form = self._answering, replace(submission.form, whence=submission.whence)
        try:
            person = await answering.asker(submission).admitted()
            handler = answering.handlers.forms.get(form.action)
            if handler is None:
                log.info("a form of an older version was sent", action=form.action[:40])
                return _refusal(submission, OLDER_FORM), None
            outcome = await handler.handle(form, person, answering.services)
        except AccessDenied as denied:
            log.info("somebody was refused", user=submission.sender.user_id, team=submission.sender.team_id)
            return _refusal(submission, denied.told), None
        except UsageError as error:
            return _refusal(submission, f"{error.told} Try {error.example}" if error.example else error.told), None
        except Exception as error:  # noqa: BLE001 - a handler may raise anything
            return _refusal(submission, failure_of(error).text), None
        if isinstance(outcome, Message):
            return outcome, await self._below(submission, handler, form, outcome, person)
        return _refusal(submission, NOT_TAKEN) if outcome == FieldErrors({}) else outcome, None

    async def _below(
        self, submission: Submission, handler: FormHandler, form: Form, said: Message, person: Person
    ) -> Modal | None:
        """What was done is done: where the window cannot be drawn, it is closed like any other."""
        if handler.below is None or not submission.below:
            return None
        try:
            return await handler.below(form, said, person, self._answering.services)
        except Exception:
            log.exception("a window below a form was not drawn", action=form.action[:40])
            return None

    async def _tell(
        self, request: Request, submission: Submission, outcome: Outcome, below: Modal | None = None
    ) -> None:
        request.is_sending = True
        try:
            body = {} if below else _body(submission, outcome)
        except ValueError as error:
            outcome = _refusal(submission, failure_of(error).text)
            body = _body(submission, outcome)
        in_time = request.acknowledgement.give(body)
        if not in_time:
            await self._fill(request, submission, outcome)
        is_seen = below is not None and await self._redraw(submission, below)
        if isinstance(outcome, Message) and ((in_time and not is_seen) or outcome.place is not Place.ASKER):
            await self._answering.send(request, outcome)

    async def _redraw(self, submission: Submission, below: Modal) -> bool:
        """False where Slack does not show it, or the person closed the window."""
        try:
            return await self._answering.modals.update(submission.below, modal_view(below, submission.whence))
        except (SlackError, ValueError) as error:
            log.warning("a window below a form was not filled", error=type(error).__name__)
            return False

    async def _fill(self, request: Request, submission: Submission, outcome: Outcome) -> None:
        """Whoever delivers the form again gets this window too: "one moment" would stay for ever."""
        view = _late_view(submission, outcome)
        request.acknowledgement.give(update_body(view))
        await asyncio.sleep(_LANDING_SECONDS)
        try:
            is_shown = await self._answering.modals.update(submission.view_id, view)
        except SlackError as error:
            log.warning("a window was not filled", code=error.code)
            is_shown = False
        if not is_shown:
            await self._answering.send(request, _words(outcome))


def _refusal(submission: Submission, words: str) -> FieldErrors | Modal:
    if submission.inputs:
        return FieldErrors({submission.inputs[0]: words})
    return notes.failed_modal(submission.title or TITLE, words)


def _body(submission: Submission, outcome: Outcome) -> Mapping[str, Any]:
    """What Slack is answered in time. Raises ValueError where a window's value is too long."""
    if isinstance(outcome, Modal):
        return _window_body(outcome, submission)
    if isinstance(outcome, Message):
        return _CLEAR if submission.is_stacked else {}
    if not submission.inputs:
        return _window_body(notes.failed_modal(submission.title or TITLE, " ".join(outcome.errors.values())))
    return errors_body(outcome, submission.inputs)


def _window_body(modal: Modal, submission: Submission | None = None) -> Mapping[str, Any]:
    return update_body(modal_view(modal, submission.whence if submission else None))


def _late_view(submission: Submission, outcome: Outcome) -> Mapping[str, Any]:
    if isinstance(outcome, Modal):
        return modal_view(outcome, submission.whence)
    if isinstance(outcome, FieldErrors):
        return form_again(submission.view, outcome)
    return modal_view(window_of(outcome, submission.title))


def _words(outcome: Outcome) -> Message:
    """What a window would have said."""
    if isinstance(outcome, Message):
        return outcome
    if isinstance(outcome, FieldErrors):
        return notes.refusal(" ".join(outcome.errors.values()))
    return Message(outcome.title, outcome.blocks)
