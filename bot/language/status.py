"""Questions about how things are: `is everything ok?`, `all good?`, `status`. The overview answers them.

    status = { opener | subject | word for well } [ filters ] { word for well | filler }

A list of what went well would read as all clear while something is wrong, so it never answers such a question. What is
left between the first words and the last ones are filters: `are the backups of tenant Acme ok?`.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from bot.language.sentence import NOT, Sentence
from bot.language.spans import PARTS
from bot.language.table import FILLERS

STATUS_NAMES = frozenset(("status", "summary", "overview", "situation", "report", "digest", "state", "attention"))
_OPENERS = frozenset(
    (
        *(
            "is",
            "are",
            "was",
            "were",
            "am",
            "isn't",
            "aren't",
            "do",
            "does",
            "did",
            "has",
            "have",
            "how",
            "how's",
            "hows",
        ),
        *(
            "what's",
            "whats",
            "what",
            "tell",
            "give",
            "everything",
            "everything's",
            "everythings",
            "we",
            "things",
        ),
    )
)
_SUBJECTS = frozenset(
    (
        *(
            "everything",
            "all",
            "it",
            "that",
            "this",
            "we",
            "us",
            "me",
            "our",
            "you",
            "i",
            "things",
            "there",
            "systems",
            "everyone",
            "everybody",
        ),
        *("looking", "look", "looks", "doing", "going", "go", "went", "gone", "run", "ran", "running", "still", "up"),
        *(
            "now",
            "right",
            "current",
            "currently",
            "today's",
            "a",
            "about",
            "at",
            "with",
            "for",
            "on",
            "been",
            "so",
            "far",
            "needs",
            "need",
        ),
    )
)
_WELL = frozenset(
    (
        *("ok", "okay", "good", "fine", "well", "alright", "allright", "healthy", "green", "clear", "quiet", "great"),
        *("safe", "normal", "successful", "succeeded", "succeed", "success", "working", "perfect", "happy", "cool"),
        *("alive", "down", "dead", "online", "order", "nominal", "smooth", "smoothly", "clean", "sane"),
    )
)
_NONE = frozenset(("no", "nothing", "none", "zero"))
_WRONG = frozenset(
    ("error", "errors", "failure", "failures", "failed", "failing", "problem", "problems", "issues", "wrong", "broken")
)
_DO = frozenset(("do", "does", "did", "has", "have"))
_HAPPENED = frozenset(("run", "ran", "work", "works", "worked", "finish", "finished", "complete", "completed"))
_OVER = frozenset(("done", "finished", "complete", "completed"))
_STRETCHES = frozenset((*PARTS, "week", "month", "quarter", "year", "weekend"))
_LISTS = frozenset(("which", "who", "list", "show"))  # they ask for the runs themselves
_PASSED: Final = FILLERS | _OPENERS | _SUBJECTS | _WELL | STATUS_NAMES
_EMPTY: Final = FILLERS | _OPENERS | _SUBJECTS
_TAIL: Final = _WELL | _SUBJECTS | FILLERS | STATUS_NAMES
_WRONG_OR_PASSED: Final = _WRONG | _PASSED
_HOW: Final = frozenset(("how", "how's", "hows"))
_HOW_MANY: Final = frozenset(("many", "much", "often", "long"))  # they ask for runs, not for how things are
_WHATS_UP: Final = frozenset(("what's", "whats"))
_OF_SOME: Final = frozenset(("at", "for", "with", "on", "in"))  # all good at beta?
_OF_TIMES: Final = frozenset(("today", "tonight", "yesterday", "overnight", "this", "last", "since", "so", "now"))
_RESULTS: Final = frozenset(("ok", "okay", "successful", "succeeded"))
_EVERY: Final = frozenset(("all", "everything", "everyone", "everybody"))
_SIGNS: Final = _WELL | STATUS_NAMES | _NONE | _HAPPENED | _OVER | _HOW | _WHATS_UP
"""A question about how things are has one of these."""


def status_at(sentence: Sentence) -> tuple[int, int] | None:
    """Where the filters of a question about how things are begin and end; None where it is no such question."""
    words = ["" if token.name else token.word for token in sentence.tokens]
    if _SIGNS.isdisjoint(words) or words[0] in _LISTS or (words[0] in _HOW and not _HOW_MANY.isdisjoint(words[1:2])):
        return None
    if words[0] in _DO and words[1:2] == [NOT]:  # `did not succeed`: runs are asked for
        return None
    first, last = _outer(words)
    ends_well = words[-1] in _WELL and NOT not in words[-2:]
    is_question = sentence.text.rstrip().endswith("?")
    is_asked = is_question and (
        words[0] in _PASSED
        or ends_well
        or not _WELL.isdisjoint(words[1:2])
        or any(word in _WELL and behind in _OF_TIMES for word, behind in pairwise(words))
    )  # `backups ok at beta?`
    if is_question and words[0] in _EVERY and words[-1] in _OVER:  # `all done?`
        return len(words), len(words)
    second, third = (*words[1:3], "", "")[:2]
    is_of_some = second in _WELL and (third in _OF_SOME or (third in _OF_TIMES and second not in _RESULTS))
    is_alone = words[0] == "all" and (
        first == last or is_of_some
    )  # `all ok today` asks for the tasks, as `ok all` does
    asks = words[0] in _OPENERS or words[0] in STATUS_NAMES or is_asked or is_alone
    says = any(word in _WELL or word in STATUS_NAMES for word in words) or words[0] in _HOW
    is_up = first == last and words[0] in _WHATS_UP and "up" in words
    if (none := _asks_for_none(words, is_question=is_question)) is not None:
        return none, len(words)
    if words[0] in _DO and words[-1] in _HAPPENED:  # `did all backups run?`: not for those that run now
        return first, max(first, last - (words[last - 1] in _HAPPENED))
    return (first, last) if (asks and says) or is_up else None


def _asks_for_none(words: Sequence[str], *, is_question: bool) -> int | None:
    """`no errors today?`, `nothing failed`: to list what did not fail would read as a yes. Where its filters begin."""
    first = next((at for at, word in enumerate(words) if word not in _EMPTY), len(words))
    if first == len(words) or words[first] not in _NONE:
        return None
    wrong = next((at for at in range(first + 1, len(words)) if words[at] not in _EMPTY), len(words))
    after = next((at for at in range(wrong, len(words)) if words[at] not in _WRONG_OR_PASSED), len(words))
    if any(word in _WRONG for word in words[wrong:after]):
        return after
    is_of_some = is_question and not _WRONG.isdisjoint(words[wrong:])  # `no machine failed?`: those that did
    return first + 1 if is_of_some and words[first] in ("no", "zero") else None


def _outer(words: Sequence[str]) -> tuple[int, int]:
    """What is left between the first words that are passed over and the last ones."""
    first = next((at for at, word in enumerate(words) if word not in _PASSED or _is_time(words, at)), len(words))
    last = len(words)
    while last > first and words[last - 1] in _TAIL:
        last -= 1
    return first, last


def _is_time(words: Sequence[str], at: int) -> bool:
    """`this week`: there `this` says when."""
    return words[at] == "this" and words[at + 1 : at + 2] != [] and words[at + 1] in _STRETCHES


def asks_how(words: Sequence[str]) -> bool:
    """`alerts all quiet?`, `protected? everyone ok`: whether a verb's words ask how all of it is."""
    return (
        len(words) > 1
        and not _EVERY.isdisjoint(words)
        and not _WELL.isdisjoint(words)
        and all(word in _PASSED or word in _EVERY for word in words)
    )
