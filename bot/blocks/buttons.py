"""Buttons: their labels, action ids and values. What a press does is a handler's.

A value is never more than an answer's or a task's id and a page: people can read and forge it.
"""

import re

from bot.blocks.outcomes import called
from bot.blocks.text import cut, plain, tame
from bot.model import Answer, Block, Task

NEXT = "answer.page"
PREVIOUS = "answer.back"  # its own id: Slack refuses two equal action ids in one block
SHARE = "answer.share"
DIRECT = "answer.direct"
AGAIN = "answer.again"
DETAILS = "task.details"
CONSOLE = "link.console"  # Slack opens the address; the press is only to be acknowledged
_ADDRESS = re.compile(r"https?://[\w.-]+(?::\d+)?(?:[/?#][!-;=?-~]*)?", re.ASCII)  # no blanks, no angle brackets


def button(label: str, action: str, value: str, spoken: str) -> Block:
    """`spoken` is what a screen reader says, 75 characters at most as the label."""
    return {
        "type": "button",
        "text": {"type": "plain_text", "text": cut(plain(label), 30), "emoji": False},
        "action_id": action,
        "value": value,
        "accessibility_label": tame(spoken, 75),
    }


def details(task: Task) -> Block | None:
    """None for a task without a usable id: a button that finds nothing is not shown."""
    if not 0 < len(task.id) <= 100:
        return None
    return button("Details", DETAILS, task.id, f"Details of {called(task)}")


def console(url: str) -> Block | None:
    """A link button; None for what is no whole http or https address."""
    if not _ADDRESS.fullmatch(url) or len(url) > 3_000:
        return None
    opens = button("Open the console", CONSOLE, "console", "Open Acronis's console in the browser")
    return {**opens, "url": url}


def of_answer(answer: Answer | None, page: int, pages: int) -> tuple[Block, ...]:
    """The buttons below an answer, the one wanted most first: phones stack them. None for a shared one."""
    if answer is None:
        return ()
    shown = []
    if page < pages:
        shown.append(button("Next page", NEXT, f"{answer.id}:{page + 1}", f"Next page, {page + 1} of {pages}"))
    if page > 1:
        shown.append(
            button("Previous page", PREVIOUS, f"{answer.id}:{page - 1}", f"Previous page, {page - 1} of {pages}")
        )
    place = f"{answer.id}:{page}"
    return (
        *shown,
        button("Ask again", AGAIN, place, "Ask the same question again"),
        button("Share here", SHARE, place, "Share this answer in the channel"),
        button("Send to me", DIRECT, place, "Send this answer to me as a direct message"),
    )
