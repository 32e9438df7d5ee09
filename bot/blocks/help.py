"""Help: a page that fits a phone's screen, and one word explained. Owns the looks; the words are the grammar's."""

from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from typing import Protocol

from bot.blocks.layout import HEADLINE, Paragraph, Piece, Reader, message
from bot.blocks.phrase import Named, Phrase, Strong, Typed, joined
from bot.blocks.text import cut, foreign, plain
from bot.model import Message, Verb

SCREEN = 24  # lines of a phone's screen, 390 px wide
WIDE = 40  # characters in such a line
_EXAMPLES = 9
_HEAD = "Type /tasks, then any of these words"


class Term(Protocol):
    """A row of the grammar's table: words that mean the same, the preferred one first."""

    @property
    def words(self) -> tuple[str, ...]: ...
    @property
    def meaning(self) -> str: ...
    @property
    def group(self) -> str: ...
    @property
    def example(self) -> str: ...


def command(example: str) -> str:
    """A phrase as it is typed into Slack."""
    return example if example.startswith("/") else f"/tasks {example}"


def help_page(verbs: Sequence[Verb], terms: Sequence[Term], word: str = "") -> Message:
    """The whole page, or what one `word` means. An unknown word is answered with the nearest one, and the page."""
    wanted = _key(word)
    if not wanted:
        return _page(verbs, terms, ())
    for term in terms:
        if wanted in map(_key, term.words):
            return _explained(term.words, term.meaning, (term.example,))
    for verb in verbs:
        if verb.name and wanted == _key(verb.name):
            return _explained((verb.name,), verb.summary, verb.examples)
    return _page(verbs, terms, _unknown(word, verbs, terms))


def _page(verbs: Sequence[Verb], terms: Sequence[Term], first: Phrase) -> Message:
    pieces: list[Piece] = [
        Paragraph((first,)),
        Paragraph(((Strong(_HEAD),), *_groups(terms))),
        Paragraph(((Strong("Examples"),), *_examples(verbs, terms))),
        Paragraph((("A word explained: ", Typed("/tasks help since")),)),
    ]
    return message(_HEAD, pieces, Reader())


def _groups(terms: Sequence[Term]) -> Iterator[Phrase]:
    """One line a group, in the table's order, with the preferred word of each term."""
    groups: dict[str, list[Phrase]] = {}
    for term in terms:
        if term.words:
            groups.setdefault(term.group, []).append((Named(term.words[0], 30),))
    for name, words in groups.items():
        yield (Named(name.capitalize(), 30, strong=True), " ", *joined(words, ", "))


def _examples(verbs: Sequence[Verb], terms: Sequence[Term]) -> Iterator[Phrase]:
    """One a line: those of plain questions, one of each verb, then as many of the terms' as the screen holds."""
    plainest_first = sorted(verbs, key=lambda verb: bool(verb.name))
    named = [command(each) for verb in plainest_first for each in (verb.examples[:1] if verb.name else verb.examples)]
    more = [command(term.example) for term in terms if plain(term.example)]
    for example in list(dict.fromkeys(filter(plain, [*named, *more])))[:_EXAMPLES]:
        yield (Typed(cut(example, WIDE)),)


def _explained(words: Sequence[str], meaning: str, examples: Sequence[str]) -> Message:
    same: Phrase = ("The same: ", *joined([(Named(word, 30),) for word in words[1:]], ", ")) if len(words) > 1 else ()
    shown = tuple((Typed(command(example)),) for example in examples if plain(example))
    lines: tuple[Phrase, ...] = ((Named(words[0], 30, strong=True),), (Named(meaning, 500),), same)
    headline = f"{foreign(words[0], 30)}, explained"
    return message(headline[:HEADLINE], [Paragraph(lines), Paragraph(shown)], Reader())


def _unknown(word: str, verbs: Sequence[Verb], terms: Sequence[Term]) -> Phrase:
    known = [_key(each) for term in terms for each in term.words] + [_key(verb.name) for verb in verbs if verb.name]
    near = get_close_matches(_key(word)[:60], known, n=1)
    start: Phrase = ("I do not know the word ", Named(word, 60, strong=True), ".")
    return (*start, " Did you mean ", Typed(f"/tasks help {near[0]}"), "?") if near else start


def _key(word: str) -> str:
    return plain(word).casefold().rstrip("?")
