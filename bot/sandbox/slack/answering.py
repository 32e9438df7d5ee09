"""What an answer to a command or a tap does: an ack's own body, and the calls of a `response_url`. No HTTP here.

Rules: docs.slack.dev, interactivity/handling-user-interaction.
"""

from dataclasses import replace

from bot.sandbox.slack import arguments, contents
from bot.sandbox.slack.messages import Message
from bot.sandbox.slack.refusal import Json, RefusalError
from bot.sandbox.slack.state import State
from bot.sandbox.slack.triggers import Answer


def answer(state: State, key: str, sent: Json) -> None:
    """One use of a `response_url`. Only what Slack takes counts as a use. Raises RefusalError."""
    found = state.answers.usable(key)
    if arguments.truth(sent, "delete_original"):
        _delete(state, found)
    else:
        speak(state, found, sent)
    found.uses += 1


def speak(state: State, to: Answer, sent: Json) -> Message:
    """Says it where the command or the tap was. A command has no original: what it replaces is posted anew."""
    content = contents.read(sent, state.limits)
    original = to.original
    if arguments.truth(sent, "replace_original") and original is not None and not original.deleted:
        state.workspace.edit(original, replace(content, metadata=content.metadata or original.metadata))
        return original
    thread = arguments.text(sent, "thread_ts")
    if arguments.text(sent, "response_type") == "in_channel":
        return state.workspace.post(to.channel, content, thread_ts=thread)
    if original is not None and not thread:
        thread = original.thread_ts
    return state.workspace.whisper(to.channel, to.user, content, thread_ts=thread)


def _delete(state: State, to: Answer) -> None:
    if to.original is None or to.original.deleted:
        raise RefusalError("message_not_found", status=404)
    state.workspace.delete(to.original)
