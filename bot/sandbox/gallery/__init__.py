"""The gallery: every message, window and Home tab that the bot can produce, drawn from samples by `bot.blocks`.

It is shown beside the demo's page, and tests draw it. Nothing of the bot imports it.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from bot.model import Verb
from bot.sandbox.gallery import (
    act_entries,
    alert_answers,
    alert_cards,
    figures,
    hostile,
    many_cards,
    mistakes,
    silent_cards,
    task_answers,
    threads,
    trouble_cards,
    windows,
)
from bot.sandbox.gallery.entry import Entry, Group
from bot.sandbox.gallery.nouns import NOW
from bot.sandbox.gallery.samples import FAILED_AT

__all__ = ["Entry", "Group", "groups"]


def groups(verbs: Sequence[Verb]) -> tuple[Group, ...]:
    """All of it, in the order in which it is shown. `verbs` are what people can type after /tasks."""
    return (*_cards(), *_answers(verbs), *_windows(), *_strange())


def _group(title: str, about: str, *entries: Iterable[Entry], at: datetime = NOW) -> Group:
    return Group(title, about, tuple(each for some in entries for each in some), at)


def _cards() -> Iterable[Group]:
    yield _group(
        "A failure",
        "One card, edited in place until the problem is over.",
        alert_cards.failing(),
        alert_cards.again(),
        at=FAILED_AT,
    )
    yield _group(
        "Taken and snoozed",
        "The card says who has it, and until when it is quiet.",
        alert_cards.triaged(),
        at=FAILED_AT,
    )
    yield _group("Over", "Every way in which an alert ends.", alert_cards.ended(), at=FAILED_AT)
    yield _group("Silence", "What did not run, hangs, waits or saves nothing.", silent_cards.silences(), at=FAILED_AT)
    yield _group("Silence, over", "How that ends.", silent_cards.silences_over(), at=FAILED_AT)
    yield _group("Storms", "Many failures are one card.", many_cards.storms(), at=FAILED_AT)
    yield _group("The first message", "What a bot says that was just set up.", many_cards.summaries())
    yield _group("Digests", "What a channel reads at eight in the morning.", many_cards.digests())
    yield _group(
        "Threads", "What happens later stands below the card, as plain text.", threads.thread(), threads.acts()
    )
    yield _group("Direct messages", "What a person hears alone.", threads.direct())
    yield _group(
        "The bot's own troubles",
        "Acronis or Slack is away, a channel is gone, the database cannot be used; and the canary.",
        trouble_cards.outages(),
        trouble_cards.undelivered(),
        trouble_cards.database(),
    )


def _answers(verbs: Sequence[Verb]) -> Iterable[Group]:
    yield _group("What needs attention", "/tasks alone.", task_answers.overviews())
    yield _group("Tasks", "Lists, one task, its steps.", task_answers.lists(), task_answers.one_task())
    yield _group(
        "Alerts", "What is open, what is yours, and why it was told.", alert_answers.alerts(), alert_answers.reasons()
    )
    yield _group(
        "Hand-over and audit",
        "For the next shift, and for managers.",
        alert_answers.of_people(),
        alert_answers.audits(),
    )
    yield _group("Protected?", "Who has a good backup, and who has not.", figures.protections())
    yield _group("History and statistics", "What the past says.", figures.histories(), figures.statistics())
    yield _group("Health", "How the bot is.", figures.health())
    yield _group("Acts", "What a person hears who acts.", act_entries.answers(), act_entries.questions())
    yield _group("Help", "Every verb and every word.", mistakes.help_pages(verbs))
    yield _group("Not understood", "The word is marked, and what works is offered.", mistakes.not_understood(verbs))
    yield _group(
        "Turned down", "Every sentence that refuses, asks back or says that something failed.", mistakes.turned_down()
    )


def _windows() -> Iterable[Group]:
    yield _group("Windows of acts", "What is confirmed or written.", act_entries.windows())
    yield _group(
        "Windows that show more", "Details, a storm's alerts, why.", windows.details(), windows.lists(), windows.small()
    )
    yield _group("The Home tab", "The same without a question.", windows.homes())


def _strange() -> Iterable[Group]:
    yield _group(
        "Names", "Other scripts, the longest names, and names made to look like something else.", hostile.names()
    )
