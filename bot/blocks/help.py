"""Help: a page of SCREEN lines, one group of words, all verbs, or one word. The words are the grammar's.

A group of the page is one line of its first words, and `help GROUP` lists them all. Verbs are named there;
`help verbs`, which a button asks, says what each does, and `help VERB` explains one with its examples.
"""

import textwrap
from collections.abc import Iterable, Sequence
from itertools import zip_longest
from typing import Protocol

from bot.blocks.asks import ASKS
from bot.blocks.buttons import button
from bot.blocks.layout import HEADLINE, Beside, Paragraph, Piece, Reader, message
from bot.blocks.phrase import Command, Foreign, Phrase, Strong, join
from bot.blocks.text import cut, foreign, plain
from bot.model import Message, Verb

SCREEN = 24  # lines of a phone's screen, 390 px wide
WIDE = 40  # characters in such a line
_PLAIN = 2  # examples of plain questions that are always there
_GROUPS = 12  # lines for groups of words
_FRAME = 5  # lines that are always there: two headings, two blanks between, and the last line
_VERBS = "Verbs"
ALL_VERBS = "verbs"
"""The word after `help` that lists them with what they do."""
_OF_A_NAME = "about"  # a name alone asks it: nobody has to type it
_VERBS_EXPLAINED = button("What verbs do", ASKS[0], f"help {ALL_VERBS}", "What verbs do, one by one")
_HEAD = "Type /tasks, then any of these words"
_LAST = "/tasks help since"


class Term(Protocol):
    """A row of the grammar's table: words that mean the same. The preferred one comes first."""

    @property
    def words(self) -> tuple[str, ...]: ...
    @property
    def meaning(self) -> str: ...
    @property
    def group(self) -> str: ...
    @property
    def example(self) -> str: ...


def command(example: str) -> str:
    """The command that a person types in Slack."""
    return example if example.startswith("/") else f"/tasks {example}"


def help_page(verbs: Sequence[Verb], terms: Sequence[Term], word: str = "") -> Message:
    """What one `word` or group of words means; the whole page where it is neither."""
    wanted = _key(word)
    if verbs and wanted == ALL_VERBS:
        return _each_verb(verbs)
    for verb in verbs:
        if verb.name and wanted == _key(verb.name):
            return _explanation((verb.name,), verb.summary, verb.examples)
    for term in terms:
        if wanted in map(_key, term.words):
            return _explanation(term.words, term.meaning, (term.example,))
    if group := [term for term in terms if wanted == _key(term.group)]:
        return _of_group(group)
    return _page(verbs, terms)


def _page(verbs: Sequence[Verb], terms: Sequence[Term]) -> Message:
    groups = _groups(terms)[:_GROUPS]
    named = " ".join(cut(plain(verb.name), 20) for verb in sorted(verbs, key=_is_last) if plain(verb.name))
    room = SCREEN - _FRAME - len(groups) - len(textwrap.wrap(f"{_VERBS} {named}", WIDE))
    pieces: list[Piece] = [
        Paragraph(((Strong(_HEAD),), *map(_group, groups))),
        Paragraph.of(Strong(_VERBS), f" {named}"),
        Paragraph(((Strong("Examples"),), *((Command(example),) for example in _examples(verbs, groups, room)))),
        Beside(("A word explained: ", Command(_LAST)), _VERBS_EXPLAINED),
    ]
    return message(_HEAD, pieces, Reader())


def _is_last(verb: Verb) -> bool:
    return verb.name == _OF_A_NAME


def _groups(terms: Sequence[Term]) -> list[list[Term]]:
    groups: dict[str, list[Term]] = {}
    for term in terms:
        if term.words:
            groups.setdefault(term.group, []).append(term)
    return list(groups.values())


def _group(terms: Sequence[Term]) -> Phrase:
    """One line: the preferred word of as many terms as fit, and how many more there are."""
    name = cut(plain(terms[0].group).capitalize(), 16)
    words = [cut(plain(term.words[0]), 20) for term in terms]
    for shown in range(len(words), 0, -1):
        more = f", {len(words) - shown} more" if shown < len(words) else ""
        if len(f"{name} {', '.join(words[:shown])}{more}") <= WIDE:
            break
    return (Foreign(name, 30, strong=True), " ", *join([(Foreign(word, 30),) for word in words[:shown]], ", "), more)


def _examples(verbs: Sequence[Verb], groups: Sequence[Sequence[Term]], room: int) -> list[str]:
    """Plain questions, then verbs and groups in turn, as many as there is room for."""
    plains = _fitting(example for verb in verbs if not verb.name for example in verb.examples)
    named = _fitting(example for verb in verbs if verb.name for example in verb.examples[:1])
    in_turn = (term.example for row in zip_longest(*groups) for term in row if term is not None)
    others = (each for pair in zip_longest(named, _fitting(in_turn)) for each in pair if each)
    return list(dict.fromkeys((*plains[:_PLAIN], *others, *plains[_PLAIN:])))[: max(room, 0)]


def _fitting(examples: Iterable[str]) -> list[str]:
    """The commands that fit on one line, but for those in the page's first and last line."""
    typed = (command(example) for example in examples if plain(example))
    return [each for each in typed if len(each) <= WIDE and each not in ("/tasks", _LAST)]


def _each_verb(verbs: Sequence[Verb]) -> Message:
    """A line for each, with its first example beside it, as long as it is needed."""
    lines = [
        (Strong(cut(plain(verb.name), 20)), " ", Foreign(verb.summary, 120), *_example(verb.examples))
        for verb in verbs
        if plain(verb.name)
    ]
    return message("Verbs, and what each does", [Paragraph((line,), inset=1) for line in lines], Reader())


def _example(examples: Sequence[str]) -> Phrase:
    return (" ", Command(command(examples[0]))) if examples and plain(examples[0]) else ()


def _of_group(terms: Sequence[Term]) -> Message:
    name = foreign(terms[0].group.capitalize(), 30)
    lines = tuple(
        (Foreign(term.words[0], 30, strong=True), ", ", Foreign(term.meaning, 120)) for term in terms if term.words
    )
    return message(f"{name}, the words", [Paragraph(lines)], Reader())


def _explanation(words: Sequence[str], meaning: str, examples: Sequence[str]) -> Message:
    same: Phrase = ("The same: ", *join([(Foreign(word, 30),) for word in words[1:]], ", ")) if len(words) > 1 else ()
    shown = tuple((Command(command(example)),) for example in examples if plain(example))
    lines: tuple[Phrase, ...] = ((Foreign(words[0], 30, strong=True),), (Foreign(meaning, 500),), same)
    headline = f"{foreign(words[0], 30)}, explained"
    return message(headline[:HEADLINE], [Paragraph(lines), Paragraph(shown)], Reader())


def _key(word: str) -> str:
    return plain(word).casefold().rstrip("?")
