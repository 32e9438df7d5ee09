"""What a person hears who retired a workload."""

from collections.abc import Sequence

from bot.alerting.triage import Outcome, Result
from bot.blocks.alert_words import about
from bot.blocks.layout import Paragraph, Reader, message
from bot.blocks.phrase import Phrase, words
from bot.blocks.text import count
from bot.model import Alert, Message, Person

_FROM_NOW: Phrase = ("Nothing is expected of it until it runs again.",)


def retired_answer(found: Sequence[Alert], result: Result, person: Person) -> Message:
    """`Retired: SRV-OLD, Acme Corp. 2 alerts closed.`"""
    if result.is_repeated:
        said: Phrase = ("This was done already: Slack sent it twice.",)
        return message(words(said, person.zone, result.at), [Paragraph.of(*said)], Reader.of(person, result.at))
    closed = sum(each.outcome is Outcome.DONE for each in result.done)
    lines: list[Phrase] = [("Retired ", *about(found[0], 60, 40))]
    if closed:
        lines.append((f"{count(closed, 'alert')} closed.",))
    headline = words(lines[0], person.zone, result.at)
    return message(headline, [Paragraph((*lines, _FROM_NOW))], Reader.of(person, result.at))
