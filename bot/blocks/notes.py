"""Notes to one person: a misunderstood word, a refusal, a failure, a window. Sentences (`told`) come unescaped."""

from bot.blocks.help import command
from bot.blocks.layout import HEADLINE, UTC_ZONE, Paragraph, Piece, Reader, Small, message, modal
from bot.blocks.phrase import Command, Foreign, Part, Phrase
from bot.blocks.text import cut, foreign, plain
from bot.errors import UsageError
from bot.model import Message, Modal

_TOLD = 1_500
_AROUND = 60  # characters shown on either side of the word that was not understood
_WORDLESS = "This did not work."


def usage(error: UsageError) -> Message:
    """What is wrong, what was typed with the word marked, and a command that works."""
    try_: Phrase = ("Try ", Command(command(error.example))) if plain(error.example) else ()
    return refusal(error.told, Paragraph((_mark(error), try_)))


def refusal(told: str, *more: Piece) -> Message:
    return message(foreign(told, HEADLINE) or _WORDLESS, [Paragraph.of(_sentence(told)), *more], Reader())


def failure(told: str, reference: str) -> Message:
    """`reference` is also in the log; "" where the log has nothing to add."""
    small: Phrase = ("Reference ", Foreign(reference, 60), ", also in the bot's log") if plain(reference) else ()
    return refusal(told, Small((small,)))


def loading_modal(title: str) -> Modal:
    """Shown at once: Slack lets a modal be opened only within 3 s of the press."""
    return modal(title, [Paragraph.of("Asking Acronis …")], UTC_ZONE)


def failed_modal(title: str, told: str) -> Modal:
    return modal(title, [Paragraph.of(_sentence(told))], UTC_ZONE)


def _sentence(told: str) -> Part:
    return Foreign(told, _TOLD) if plain(told) else _WORDLESS


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
