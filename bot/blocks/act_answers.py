"""What a person hears after an act, in a sentence or two: what is so now, or why nothing was done."""

from collections import Counter
from collections.abc import Sequence
from typing import Final

from bot.alerting.triage import Done, Outcome, Result
from bot.blocks import acts, buttons
from bot.blocks.alert_words import about, as_of
from bot.blocks.layout import HEADLINE, Paragraph, Piece, Reader, Row, Small, message
from bot.blocks.notes import denied, refusal
from bot.blocks.phrase import At, Foreign, Part, Phrase, words
from bot.blocks.text import count
from bot.model import LONGEST_WORDS, Act, Aim, Alert, Block, Message, Owner, Person

_NOTHING: Final = "No alert has this number. The numbers stand in /tasks alerts."
_REPEATED: Final = "This was done already: Slack sent it twice."
_DONE: Final = {
    Act.TAKE: "Taken",
    Act.SNOOZE: "Snoozed",
    Act.RESOLVE: "Resolved",
    Act.RELEASE: "Released",
    Act.WAKE: "Woken",
    Act.UNDO: "Open again",
    Act.NOTE: "Noted",
    Act.RETIRE: "Retired",
    Act.RUN: "Asked for",
}
_NOT_SO: Final = {
    Act.RELEASE: "Nobody has taken it.",
    Act.WAKE: "It is not snoozed.",
    Act.UNDO: "It was not resolved by hand, so there is nothing to undo.",
    Act.RETIRE: "Its alert is about a failure. Only what is missed, has never run or vanished is retired.",
}
_TOO_LATE: Final = {
    Act.SNOOZE: "That time is over, so nothing is snoozed.",
    Act.UNDO: "It was resolved more than ten minutes ago. The next failure opens it again.",
}
_PLAIN: Final = {
    Outcome.FOLLOWED: "It failed again since, which is an alert of its own.",
    Outcome.RECOVERED: "It recovered since, so it stays closed.",
}


def act_answer(act: Act, result: Result, person: Person, *, window: str = "") -> Message:
    """What became of the act, for who acted. `window` is the page of a storm's window that it was pressed in."""
    if result.refused:
        return denied(result.refused)
    if not result.done:
        return refusal(_NOTHING)
    if len(result.done) > 1:
        return _of_many(act, result, person)
    (done,) = result.done
    said = _said(act, done, person, is_repeated=result.is_repeated)
    is_offered = done.outcome is Outcome.OTHERS and done.after.triage.owner
    row = (buttons.take_over(Aim(done.after.id), window),) if is_offered else ()
    headline = words(said, person.zone, result.at)
    if len(headline) > HEADLINE:  # a long name or reason: the line below says it
        headline = _REPEATED if result.is_repeated else _DONE.get(act, "Done")
    return _message(headline, (said, about(done.after)), row, person, result)


def with_words(answer: Message, text: str) -> Message:
    """The answer, and what was typed: nothing of it is lost."""
    return _with_text(answer, "You typed: ", text)


def with_note(answer: Message, text: str) -> Message:
    """The answer, and the note that was written with the act."""
    return _with_text(answer, "Noted: ", text)


def _with_text(answer: Message, label: str, text: str) -> Message:
    typed = message(answer.text, [Paragraph.of(label, Foreign(text, LONGEST_WORDS, whole=True))], Reader())
    return Message(typed.text, (*answer.blocks, *typed.blocks))


def _said(act: Act, done: Done, person: Person, *, is_repeated: bool) -> Phrase:
    """What is so now."""
    alert, outcome = done.after, done.outcome
    owner = alert.triage.owner
    if is_repeated and outcome is not Outcome.OTHERS:
        return (_REPEATED, " ", *_state(alert))
    match outcome:
        case Outcome.DONE:
            return _done(act, alert, person)
        case Outcome.OTHERS if owner:
            return _has(owner)
        case Outcome.ALREADY if owner:
            return ("It is yours since ", At(owner.since)) if owner.who == person.id else _has(owner)
        case Outcome.ENDED:
            return _ended(act, alert)
        case Outcome.NOT_SO:
            return (_NOT_SO.get(act, "There is nothing to do."),)
        case Outcome.TOO_LATE:
            return (_TOO_LATE.get(act, "It is too late for that."),)
    return (_PLAIN.get(outcome, "Nothing was done."),)


def _done(act: Act, alert: Alert, person: Person) -> Phrase:
    owner, snooze = alert.triage.owner, alert.triage.snooze
    if act is Act.TAKE and owner:
        return ("Taken. It is yours since ", At(owner.since)) if owner.who == person.id else acts.taken(owner)
    if act is Act.SNOOZE and snooze:
        return ("Snoozed ", *acts.until(snooze.end.value, snooze.until))
    if act is Act.RESOLVE and alert.resolution:
        return (*acts.resolved(alert.resolution), ". You can undo it for ten minutes")
    return (_DONE.get(act, "Done"),)


def _has(owner: Owner) -> Phrase:
    """`Mia has it since 03:12`."""
    return (acts.person(owner.name, owner.who), " has it since ", At(owner.since))


def _ended(act: Act, alert: Alert) -> Phrase:
    how = alert.ending.value if alert.ending else "ended"
    return (f"It is over ({how} ", At(as_of(alert)), f"), so there is nothing to {act.value}")


def _state(alert: Alert) -> Phrase:
    owner, snooze = alert.triage.owner, alert.triage.snooze
    parts: list[Part] = []
    if owner:
        parts += [*acts.taken(owner), ". "]
    if snooze:
        parts += [*acts.snoozed(snooze), "."]
    return tuple(parts)


# ── a storm's card, or a share of it ──


def _of_many(act: Act, result: Result, person: Person) -> Message:
    """`Taken, 298 of 300 alerts`, and why the others are not. No colon: behind a time it would make an emoji."""
    did = [each for each in result.done if each.outcome is Outcome.DONE]
    said: Phrase = _done_to_all(act, did[0].after, person) if did else ("Nothing was changed",)
    counted = f", {len(did):,} of {count(len(result.done), 'alert')}"
    headline = words((*said, counted), person.zone, result.at)
    if len(headline) > HEADLINE:  # a long name or reason: the line below says it
        headline = f"{_DONE.get(act, 'Done')}{counted}"
    return _message(headline, ((*said, counted, "."), *_left(result.done)), (), person, result)


def _done_to_all(act: Act, alert: Alert, person: Person) -> Phrase:
    """What is so now of all of them, without a stop at its end."""
    owner = alert.triage.owner
    if act is Act.TAKE and owner and owner.who == person.id:
        return ("Taken",)
    if act is Act.RESOLVE and alert.resolution:
        return acts.resolved(alert.resolution)
    return _done(act, alert, person)


def _left(done: Sequence[Done]) -> list[Phrase]:
    """Why the others were not changed."""
    left = Counter(each.outcome for each in done if each.outcome is not Outcome.DONE)
    return [(f"{count(number, 'alert')}: {outcome.value}.",) for outcome, number in left.most_common()]


def _message(
    headline: str, lines: tuple[Phrase, ...], row: tuple[Block, ...], person: Person, result: Result
) -> Message:
    guess = () if person.zone_is_known else (f"Times read in {person.zone}: Slack did not tell yours",)
    pieces: list[Piece] = [Paragraph(lines), Row(row), Small((guess,))]
    return message(headline, pieces, Reader.of(person, result.at))
