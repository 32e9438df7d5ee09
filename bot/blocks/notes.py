"""Notes to one person: a misunderstood word, a refusal, a failure, a window; to a channel: of the bot's own database.

Sentences (`told`) come unescaped.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta

from bot.blocks.asks import asks
from bot.blocks.help import command
from bot.blocks.layout import HEADLINE, UTC_ZONE, Paragraph, Piece, Reader, Small, message, modal
from bot.blocks.phrase import Command, Foreign, Mention, Part, Phrase
from bot.blocks.text import cut, foreign, plain, span
from bot.errors import UsageError
from bot.model import Home, Message, Modal

_TOLD = 1_500
_AROUND = 60  # characters shown on either side of the word that was not understood
_ID = re.compile(r"\b([UWSCG](?=[A-Z]*[0-9])[A-Z0-9]{2,30})\b", re.ASCII)
_WORDLESS = "This did not work."


def usage(error: UsageError) -> Message:
    """What is wrong, what was typed with the word marked, and a button for each command that may have been meant.

    A command whose button stands below is not written out above it again; the plain text has no buttons.
    """
    offers, mark = _offers(error), _mark(error)
    try_: Phrase = ("Try ", Command(command(error.example))) if plain(error.example) else ()
    shown = () if error.offers else ("For example:",) if offers else try_
    spoken = None if shown == try_ else (mark, () if error.offers else try_)
    return refusal(error.told, Paragraph((mark, shown), spoken=spoken), *asks(offers))


def _offers(error: UsageError) -> Sequence[str]:
    """A command that works as an example is asked by a button too, where it asks and changes nothing."""
    is_question = error.is_question and error.example.startswith("/tasks ")
    return error.offers or ((error.example.removeprefix("/tasks "),) if is_question else ())


def refusal(told: str, *more: Piece) -> Message:
    return message(_headline(told), [Paragraph.of(_sentence(told)), *more], Reader())


def left_out(answer: Message, told: str) -> Message:
    """The answer, and which words of the question it does not follow, and why."""
    line = message(answer.text, [Small(((_sentence(told),),))], Reader())
    return replace(answer, text=line.text, blocks=(*answer.blocks, *line.blocks))


def denied(told: str) -> Message:
    """That somebody may not do it. Ids of Slack's in it are shown as names. It is for one person: nobody is called."""
    parts = [part for each in _ID.split(cut(told, _TOLD)) for part in _named(each)]
    return message(_headline(told), [Paragraph.of(*(parts if plain(told) else (_WORDLESS,)))], Reader())


def failure(told: str, reference: str) -> Message:
    """`reference` is also in the log; "" where the log has nothing to add."""
    small: Phrase = ("Reference ", Foreign(reference, 60), ", also in the bot's log") if plain(reference) else ()
    return refusal(told, Small((small,)))


def store_fails(told: str, *, holds_up: bool, repeated: bool = False) -> Message:
    """`told` says what is wrong with the database, and what to do. `repeated`: another process may have said it."""
    waits = Paragraph.of("Until then new alerts wait, and questions are answered from what can be read.")
    return refusal(told, *((waits,) if holds_up else ()), *_repeated(repeated))


def store_is_back(lasted: timedelta, *, repeated: bool = False) -> Message:
    told = f"The database can be used again. It could not for {span(lasted)}; what waited is told now."
    return refusal(told, *_repeated(repeated))


def _repeated(is_it: bool) -> tuple[Piece, ...]:
    return (Paragraph.of("Possibly repeated: another process of the bot may have said so, too."),) if is_it else ()


def store_is_older(file: str) -> Message:
    marked = "What was told since it was made may be told again now, and is then marked as possibly repeated."
    return refusal(f"The database {file} is an older copy that was put back.", Paragraph.of(marked))


def loading_modal(title: str) -> Modal:
    """Shown at once: Slack lets a modal be opened only within 3 s of the press."""
    return modal(title, [Paragraph.of("Asking Acronis …")], UTC_ZONE)


def moment_modal(title: str) -> Modal:
    """Shown where a form's handler needs longer than Slack waits."""
    return modal(title, [Paragraph.of("One moment …")], UTC_ZONE)


def failed_home(told: str) -> Home:
    """The Home tab of one who may not see it, or of one that cannot be drawn now."""
    return Home(failed_modal("", told).blocks)


def denied_modal(title: str, told: str) -> Modal:
    """As `denied`, in a window."""
    return Modal(modal(title, [], UTC_ZONE).title, denied(told).blocks)


def failed_modal(title: str, told: str) -> Modal:
    return modal(title, [Paragraph.of(_sentence(told))], UTC_ZONE)


def _named(words: str) -> Iterator[Part]:
    """An id as its name, other words with the blanks at their ends."""
    if _ID.fullmatch(words):
        yield Mention(words)
        return
    yield " " if words[:1].isspace() else ""
    yield Foreign(words, _TOLD, whole=True)
    yield " " if words[-1:].isspace() else ""


def _headline(told: str) -> str:
    return foreign(told, HEADLINE, whole=True) or _WORDLESS


def _sentence(told: str) -> Part:
    """No word loses its middle: it may be the name of a scope or of a setting."""
    return Foreign(told, _TOLD, whole=True) if plain(told) else _WORDLESS


def _mark(error: UsageError) -> Phrase:
    """`failed »runing« since monday`. Signs mark the word beside its weight."""
    start = min(max(error.offset, 0), len(error.text))
    end = min(start + max(error.length, 0), len(error.text))
    before, word, after = error.text[:start], error.text[start:end], error.text[end:]
    if not plain(error.text):
        return ()
    before = plain(before) if len(before) <= _AROUND else f"…{plain(before[-_AROUND:])}"
    after = cut(plain(after), _AROUND)
    mark: tuple[Part, ...] = ("»", Foreign(word, _AROUND, strong=True) if plain(word) else " ", "«")
    lead: tuple[Part, ...] = ("You typed: ", Foreign(before, 400), " ") if before else ("You typed: ",)
    return (*lead, *mark, *((" ", Foreign(after, 400)) if after else ()))
