"""The frame of an answer: the question, what was not read, as of when and from where, and the buttons."""

from collections.abc import Sequence
from typing import Any

from bot.blocks import buttons
from bot.blocks.layout import HEADLINE, Paragraph, Piece, Reader, Small, message
from bot.blocks.paging import ListPage, Rests
from bot.blocks.phrase import At, Foreign, Mention, Phrase, Strong
from bot.blocks.text import count, cut, foreign
from bot.model import Answer, Basis, Block, Message, OpenCount, Person
from bot.model.values import dataclass

SAID = 500  # characters of the question that an answer repeats
_LEAST_SAID = 14  # of them, with the colon, in the first line
BEHIND = "Not up to date"
NONE_OPEN = OpenCount()


def open_words(still_open: OpenCount) -> str:
    """`14 alerts are open, 6 critical · 1 stuck · 2 missed`."""
    one = still_open.size == 1
    critical = f", {still_open.critical:,} critical" if still_open.critical else ""
    silent = "".join(f" · {size:,} {code}" for code, size in still_open.silent)
    return f"{count(still_open.size, 'alert')} {'is' if one else 'are'} open{critical}{silent}"


@dataclass(frozen=True, slots=True)
class Frame:
    """`question` is how the question was understood, in plain words, not escaped: names in it were typed by the asker.

    `page` counts from 1. `answer` is kept for the buttons, if any. `shared_by` is the asker where others read it.
    `still_open` counts the open alerts where the answer shows nothing wrong: a filter makes no all-clear. What
    `is_private` has no button that shares it.
    """

    question: str
    person: Person
    page: int = 1
    answer: Answer | None = None
    shared_by: str = ""
    still_open: OpenCount = NONE_OPEN
    is_private: bool = False

    def heading(self, where: str, *more: Phrase) -> Paragraph:
        """The question, the place of this page in the answer, and who asked where others read it."""
        asker: Phrase = ("Asked by ", Mention(self.shared_by)) if self.shared_by else ()
        return Paragraph(((Foreign(self.question, SAID, strong=True),), (where,) if where else (), asker, *more))

    def headline(self, words: str, rests: Rests) -> str:
        """The first line: that the copy is behind, our own `words`, and as much of the question as fits."""
        behind = f"{BEHIND}. " if rests.stale else ""
        open_ = f"; {open_words(self.still_open)}" if self.still_open.size else ""
        said = cut(f"{words[:1].upper()}{words[1:]}", HEADLINE - len(behind) - len(open_) - _LEAST_SAID)
        start = f"{behind}{said}{open_}: "
        return start + foreign(self.question, HEADLINE - len(start))

    def message(
        self, headline: str, body: Sequence[Piece], rests: Rests, *small: Phrase, shown: ListPage[Any] | None = None
    ) -> Message:
        """Draws an answer: what is missing, `body`, the small print, the buttons."""
        page, pages = (shown.page, shown.pages) if shown else (1, 1)
        as_of: Phrase = ("As of ", At(rests.as_of), f", {rests.origin.value}")
        zone = self.person.zone
        guess = () if self.person.zone_is_known else (f"Times read in {zone}: Slack did not tell yours",)
        source = Small((*small, as_of, guess), spoken=(*small, as_of))
        return message(
            headline,
            [gaps(rests), self._warning(), *body, source],
            Reader.of(self.person, rests.as_of),
            buttons=self._buttons(page, pages),
        )

    def _buttons(self, page: int, pages: int) -> tuple[Block, ...]:
        if self.shared_by:
            return buttons.of_shared(self.answer, page, pages)
        return buttons.of_answer(self.answer, page, pages, is_private=self.is_private)

    def _warning(self) -> Paragraph:
        return Paragraph.of(Strong(f"{open_words(self.still_open)}.")) if self.still_open.size else Paragraph(())


def gaps(rests: Rests) -> Paragraph:
    """What was not read. That the copy is behind comes first. No lines where nothing is missing."""
    lines: list[Phrase] = [(Strong(f"{BEHIND}:"), " ", Foreign(rests.stale, 300))] if rests.stale else []
    if rests.partial:
        back_to = None if isinstance(rests, Basis) else rests.back_to
        reach: Phrase = (", back to ", At(back_to)) if back_to else ()
        lines.append((Strong("Partial:"), " ", Foreign(rests.partial, 300), *reach))
    if not isinstance(rests, Basis) and rests.malformed:
        verb = "is" if rests.malformed == 1 else "are"
        lines.append((f"{count(rests.malformed, 'entry', 'entries')} could not be read and {verb} missing.",))
    return Paragraph(tuple(lines))
