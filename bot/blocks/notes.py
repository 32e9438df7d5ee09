"""Short words to one person: a word that was not understood, a refusal, a failure, help.

Sentences (`told`) come unescaped and may repeat what the person typed.
"""

from bot.blocks.help import Term, command, help_page
from bot.blocks.layout import HEADLINE, Paragraph, Piece, Reader, Small, message
from bot.blocks.phrase import Named, Part, Phrase, Typed
from bot.blocks.text import cut, foreign, plain
from bot.errors import UsageError
from bot.model import Message

__all__ = ["Term", "failure", "help_page", "refusal", "usage"]

_TOLD = 1_500
_AROUND = 60  # characters shown on either side of the word that was not understood


def usage(error: UsageError) -> Message:
    """What was typed with the word in question marked, what is wrong with it, and a phrase that works."""
    try_: Phrase = ("Try ", Typed(command(error.example))) if plain(error.example) else ()
    said = _sentence(error.told)
    pieces: list[Piece] = [
        Paragraph(((said,),)),
        Paragraph((_marked(error), try_)),
    ]
    return message(_first(error.told), pieces, Reader())


def refusal(told: str) -> Message:
    return message(_first(told), [Paragraph(((_sentence(told),),))], Reader())


def failure(told: str, reference: str) -> Message:
    """`reference` is also in the log."""
    small: Phrase = ("Reference ", Named(reference, 60), ", also in the bot's log") if plain(reference) else ()
    return message(_first(told), [Paragraph(((_sentence(told),),)), Small((small,))], Reader())


def _sentence(told: str) -> Part:
    return Named(told, _TOLD) if plain(told) else "This did not work."


def _first(told: str) -> str:
    return foreign(told, HEADLINE) or "This did not work."


def _marked(error: UsageError) -> Phrase:
    """`failed »runing« since monday`: marked by signs as well as by weight."""
    start = min(max(error.offset, 0), len(error.text))
    end = min(start + max(error.length, 0), len(error.text))
    before, word, after = error.text[:start], error.text[start:end], error.text[end:]
    if not plain(error.text):
        return ()
    before = plain(before) if len(before) <= _AROUND else f"…{plain(before[-_AROUND:])}"
    after = cut(plain(after), _AROUND)
    mark: tuple[Part, ...] = ("»", Named(word, _AROUND, strong=True) if plain(word) else " ", "«")
    lead: tuple[Part, ...] = ("You typed: ", Named(before, 400), " ") if before else ("You typed: ",)
    return (*lead, *mark, *((" ", Named(after, 400)) if after else ()))
