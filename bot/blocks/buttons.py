"""Buttons: labels, action ids and values. People can read and forge a value, so it holds only an id and a page."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from bot.alerting.triage import offers_undo
from bot.blocks.alert_words import alert_name
from bot.blocks.text import count, cut, plain, tame
from bot.model import Aim, Alert, Answer, Block, HomePart, Kind, Silence, task_behind

MENU: Final = 5
"""Options of a menu without a label: Slack takes no more."""
WAKE: Final = ("Wake now", "wake")
SNOOZES: Final = (
    ("2 hours", "snooze.hours"),
    ("Until 08:00", "snooze.morning"),
    ("Until the next run", "snooze.run"),
    ("Until it recovers", "snooze.recovery"),
)

_NOT_TO_RUN: Final = frozenset[str]({Silence.OFFLINE, Silence.VANISHED, Silence.STUCK, Silence.WAITS})
"""What is away cannot run, and what hangs or waits runs already."""
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


def of_alert(alert: Alert) -> tuple[Block, ...]:
    """Details of the last failed run, and why the alert was posted or not."""
    return tuple(filter(None, (details(task_behind(alert.latest.task_id), alert_name(alert)), why(alert))))


# ── what people do about an alert, or about what a storm's card shows ──


def row_of(alert: Alert, *, may_run: bool = False, window: str = "") -> tuple[Block, ...]:
    """The row of an alert's card: Take or Release, Snooze, More. What is over keeps what can be read of it.

    `window` is the page of a storm's window that it stands in: what acts draws that page anew.
    """
    aim, name = Aim(alert.id), alert_name(alert)
    if alert.id <= 0:
        return tuple(filter(None, (details(task_behind(alert.latest.task_id), name),)))
    more = [*_readable(alert), *_doable(alert, may_run=may_run, window=window)]
    if not alert.is_open:
        return (_more(more),)
    triage = alert.triage
    return (
        take(aim, name, triage.owner is not None, window),
        _snooze(aim, triage.snooze is not None, window),
        _more(more),
    )


def row_of_storm(card_id: int, total: int, *, taken: bool, snoozed: bool) -> tuple[Block, ...]:
    """The same for all that a storm's card counts. No buttons for a card that is not stored."""
    if card_id <= 0:
        return ()
    return row_of_share(Aim(card_id=card_id), count(total, "alert"), taken=taken, snoozed=snoozed)


def row_of_share(aim: Aim, name: str, *, taken: bool, snoozed: bool, window: str = "") -> tuple[Block, ...]:
    more = [_option("Note", "alert.note", _from(aim, window)), _option("Resolve", "alert.resolve", _from(aim, window))]
    if not window:
        more = [_option("Show all", "storm.alerts", f"{aim.card_id}:1"), *more]
    return take(aim, name, taken, window), _snooze(aim, snoozed, window), _more(more)


def take(aim: Aim, name: str, is_taken: bool, window: str = "") -> Block:
    """Take, and Release once it is taken."""
    if is_taken:
        return button("Release", *_at_once("release", aim, window), f"Release {name}")
    return {**button("Take", *_at_once("take", aim, window), f"Take {name}"), "style": "primary"}


def answers(aim: Aim, name: str) -> tuple[Block, ...]:
    """To whom has it: whether it is still so."""
    return button("Still mine", "alert.take", str(aim), f"Still mine: {name}"), take(aim, name, is_taken=True)


def take_over(aim: Aim, window: str = "") -> Block:
    return button("Take over", *_at_once("over", aim, window), "Take over from whoever has it")


def _at_once(act: str, aim: Aim, window: str) -> tuple[str, str]:
    """The action and its value."""
    return (f"storm.{act}", f"{window}:{aim}") if window else (f"alert.{act}", str(aim))


def _from(aim: Aim, window: str) -> str:
    """The value of what opens another window: the aim, and the page that it is opened from."""
    return f"{aim} {window}".rstrip()


def _snooze(aim: Aim, is_snoozed: bool, window: str) -> Block:
    """A choice acts at once, but the last, which opens a window."""
    choices = ((label, *_at_once(act, aim, window)) for label, act in ((WAKE,) if is_snoozed else ()) + SNOOZES)
    until = ("Until …", "alert.snooze.until", _from(aim, window))
    return {
        "type": "static_select",
        "action_id": "alert.snooze",
        "placeholder": {"type": "plain_text", "text": "Snooze", "emoji": False},
        "options": [_option(*each) for each in (*choices, until)],
    }


def of_shares(card_id: int, shares: Sequence[tuple[str, str]]) -> Block:
    """The menu of a storm's window: all of it, or one share, by its label and key."""
    options = [("All", ""), *shares]
    return {
        "type": "static_select",
        "action_id": "storm.list",
        "placeholder": {"type": "plain_text", "text": "Only one tenant or cause", "emoji": False},
        "options": [_option(label, "storm.share", f"{card_id}:1:{key}") for label, key in options],
    }


def _more(options: Sequence[Block]) -> Block:
    return {"type": "overflow", "action_id": "alert.more", "options": list(options[:MENU])}


def _readable(alert: Alert) -> Iterator[Block]:
    if 0 < len(id_ := task_behind(alert.latest.task_id)) <= 100:
        yield _option("Details", "task.details", id_)
    yield _option("Why", "alert.why", str(alert.id))


def _doable(alert: Alert, *, may_run: bool, window: str) -> Iterator[Block]:
    if alert.is_open:
        yield _option("Note", "alert.note", _from(Aim(alert.id), window))
        yield _option("Resolve", "alert.resolve", _from(Aim(alert.id), window))
        if may_run and alert.latest.kind is Kind.BACKUP and alert.latest.code not in _NOT_TO_RUN:
            yield _option("Run now", "alert.run", str(alert.id))
    elif offers_undo(alert):
        yield _option("Undo", *_at_once("undo", Aim(alert.id), window))


def _option(label: str, action: str, value: str) -> Block:
    """An option of a menu is a button in it: its value names the action."""
    return {"text": {"type": "plain_text", "text": label, "emoji": False}, "value": f"{action} {value}"}


def why(alert: Alert) -> Block | None:
    """None for an alert that is not stored."""
    return why_of(alert.id, alert_name(alert))


def why_of(alert_id: int, name: str) -> Block | None:
    spoken = f"Why: what was decided about {name}"
    return button("Why", "alert.why", str(alert_id), spoken) if alert_id > 0 else None


def all_of_storm(card_id: int, total: int) -> tuple[Block, ...]:
    """No button for a card that is not stored: it has no alerts to show."""
    if card_id <= 0:
        return ()
    label = f"Show all {total:,}"
    return (button(label, "storm.alerts", f"{card_id}:1", f"{label} alerts of this message"),)


def of_storm(aim: Aim, page: int, pages: int) -> tuple[Block, ...]:
    """The other pages of a storm's window."""
    return tuple(_turning(("storm.next", "storm.back"), str(aim.card_id), page, pages, ",", tail=f":{aim.share}"))


def of_home(part: HomePart, page: int, pages: int) -> tuple[Block, ...]:
    """The other pages of the window with a whole part of the Home tab."""
    return tuple(_turning(("home.next", "home.back"), part.value, page, pages, ","))


def console(url: str) -> Block | None:
    """A link button. None where the address is not a whole http or https one."""
    if not _ADDRESS.fullmatch(url) or len(url) > 3_000:
        return None
    # Slack opens the address; the press is only to be acknowledged
    opens = button("Open the console", "link.console", "console", "Open the console of Acronis in the browser")
    return {**opens, "url": url}


def of_answer(answer: Answer | None, page: int, pages: int, *, is_private: bool = False) -> tuple[Block, ...]:
    """The buttons below an answer. Phones stack them, so the most wanted comes first. None
    that shares a private one."""
    if answer is None:
        return ()
    place = f"{answer.id}:{page}"
    return (
        *_turning(("answer.page", "answer.back"), answer.id, page, pages),
        button("Ask again", "answer.again", place, "Ask again: the same question"),
        *([] if is_private else [button("Share here", "answer.share", place, "Share here, for all in the channel")]),
        button("Send to me", "answer.direct", place, "Send to me as a direct message"),
    )


def of_shared(answer: Answer | None, page: int, pages: int) -> tuple[Block, ...]:
    """The buttons below an answer that all see: its other pages come into its thread."""
    return () if answer is None else tuple(_turning(("shared.page", "shared.back"), answer.id, page, pages))


def _turning(
    actions: tuple[str, str], of: str, page: int, pages: int, spec: str = "", tail: str = ""
) -> Iterator[Block]:
    """To the next page and back, by two action ids: Slack refuses equal ones. `spec` is the format of numbers."""
    for label, action, to in (("Next page", actions[0], page + 1), ("Previous page", actions[1], page - 1)):
        if 1 <= to <= pages:
            yield button(label, action, f"{of}:{to}{tail}", f"{label}, {to:{spec}} of {pages:{spec}}")


def details(task_id: str, name: str) -> Block | None:
    """None for a task without a usable id: the button would find nothing."""
    return button("Details", "task.details", task_id, f"Details of {name}") if 0 < len(task_id) <= 100 else None


def alike(answer: Answer | None, page: int, task_id: str, number: int) -> Block | None:
    """Shows each task of an entry of a kept answer. None for one task alone, and where nothing is kept."""
    if answer is None or number < 2 or not 0 < len(task_id) <= 100:
        return None
    label = f"Show {number:,}"
    return button(label, "task.alike", f"{answer.id}:{page}:{task_id}", f"{label} that failed for this cause")
