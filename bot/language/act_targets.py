"""Finds the alert that an act is about, in the words after its verb: by a number, or by a name.

An act is done to one alert: several that are named side by side are refused. The names are handed in.
"""

import re
from collections.abc import Collection, Iterable, Sequence
from typing import Final

from bot.errors import UsageError
from bot.language.german import GERMAN_UNITS
from bot.language.lengths import UNITS
from bot.language.remarks import BECAUSE_WORDS, COURTESY, DASHES, REASON_WORDS, is_courtesy
from bot.language.sentence import plain, quoted_at
from bot.language.snooze_ends import BEFORE_END, UNTIL
from bot.model import Act, folded
from bot.model.values import dataclass

EXAMPLES: Final = {
    Act.TAKE: "/tasks take 14 for @noah",
    Act.RELEASE: "/tasks release 14",
    Act.SNOOZE: "/tasks snooze 14 2h",
    Act.WAKE: "/tasks wake 14",
    Act.RESOLVE: "/tasks resolve 14 because disk replaced",
    Act.NOTE: "/tasks note 14 disk ordered",
    Act.RETIRE: "/tasks retire SRV-OLD because it was decommissioned",
    Act.RUN: "/tasks run 14",
    Act.UNDO: "/tasks undo 14",
}
"""A command that works, by the act."""
_NUMBER: Final = re.compile(
    r"(?:the\s+)?(?P<marked>alert\s*|no\.?\s*|nr\.?\s*|number\s*)?(?P<sign>[#＃]\s*)?(?P<digits>[0-9]{1,12})(?=[:,.;?!]*(?:\s|$)|[–—])",
    re.IGNORECASE,
)
_KIND: Final = re.compile(r"(?:the|alerts?|machine|tenant|plan)\s+(?=\S)", re.IGNORECASE)
_ON: Final = re.compile(r"(?:on|for|to|about|of)\s+(?=\S)", re.IGNORECASE)
_ALL_OF: Final = re.compile(
    r"(?:all(?:\s+(?:the\s+)?alerts?)?|everything|every\s+alert|alerts)\s+(?:of|at|from|on|about)\s+(?=[^\W\d_])",
    re.IGNORECASE,
)
_WORD: Final = re.compile(r"\S+")
_ALSO: Final = r"\s*(?:[,;&+/]|(?:and|or)\b)\s*"
_ANOTHER: Final = r"(?:alert\s*)?[#＃]?[0-9]{1,12}(?![\w.:][\w])"
_MORE: Final = re.compile(rf"(?:{_ALSO}{_ANOTHER})+[\s.!]*", re.IGNORECASE)
"""More alerts behind a name."""
_SEVERAL: Final = re.compile(
    rf"[\s:,]*(?:alerts?\s*)?[#＃]?[0-9]{{1,12}}(?:(?:(?P<also>{_ALSO})|\s+){_ANOTHER})+", re.IGNORECASE
)
_STOPS: Final = {
    Act.TAKE: frozenset({"for", "to"}) | BECAUSE_WORDS | DASHES,
    Act.SNOOZE: BEFORE_END | BECAUSE_WORDS | DASHES,
    Act.RESOLVE: REASON_WORDS,
}
_BEHIND_ALERTS: Final = sorted(BECAUSE_WORDS | UNTIL | COURTESY - {""} | {"for", "to", "looking", "on it", "working"})
_BEHIND_SEVERAL: Final = re.compile(
    rf"[\s.!,]*(?:$|[:–—-]|@|[0-9.]+\s*[a-z]+|(?:{'|'.join(_BEHIND_ALERTS)})\b)", re.IGNORECASE
)
"""What shows that numbers side by side are alerts: `14, 2 disks ordered` has a remark."""
_MOST_WORDS: Final = 60
_LONGEST_NAME: Final = 256
_LEAST_PART: Final = 3  # letters of a part of a name, where text follows it
_ALIKE: Final = 0.8  # one slip in five letters


@dataclass(frozen=True, slots=True)
class Target:
    """What an act is about, as `ActWords` says it: its words begin at `offset` of the text and end at `until`."""

    number: int = 0
    name: str = ""
    near: str = ""
    offset: int = 0
    until: int = 0


@dataclass(frozen=True, slots=True)
class TargetReader:
    """Finds what an act is about."""

    act: Act
    text: str
    names: Collection[str]
    thread: Collection[int] | None

    @property
    def has_text(self) -> bool:
        return self.act in (Act.NOTE, Act.RESOLVE)

    def target(self, at: int) -> Target:
        """What the words from the place `at` on name; nothing where none does."""
        at = _after_blanks(self.text, at)
        if of_all := _ALL_OF.match(self.text, at):  # `resolve all of beta`: each of its alerts is offered
            at = of_all.end()
        if self.act is Act.NOTE and (found := _ON.match(self.text, at)):
            about = self._number(found.end()) or self._longest_known(found.end())
            if about or self.thread is None:
                return about or self._name(found.end())
        if at == len(self.text) or (self.act is Act.SNOOZE and self._is_length(at)):
            return Target(until=at)
        return self._number(at) or self._name(at)

    def _is_length(self, at: int) -> bool:
        """`2 hours`: no alert's number."""
        first, second = [plain(word) for word in (*self.text[at:].split(maxsplit=2)[:2], "", "")][:2]
        return first.isdigit() and (second in UNITS or second in GERMAN_UNITS)

    def _number(self, at: int) -> Target | None:
        found = _NUMBER.match(self.text, at)
        if found is None:
            return None
        number, until = int(found["digits"]), found.end()
        is_marked = bool(found["marked"] or found["sign"])
        if self.thread is not None and self.has_text and not is_marked and number not in self.thread:
            following = self.text[until:].split(maxsplit=1)[:1]
            if following and self.text[until : until + 1] != ":" and plain(following[0]) not in _STOPS[Act.RESOLVE]:
                return None
        while self.text[until : until + 1] in (",", ".", ";", "?", "!") and self.text[until : until + 1]:
            until += 1
        return Target(number=number, offset=at, until=until)

    def _name(self, at: int) -> Target:
        for start in dict.fromkeys((at, *(found.end() for found in [_KIND.match(self.text, at)] if found))):
            if quoted := quoted_at(self.text, start):
                name, until = quoted
                near = "" if self._known(name) else _nearest(name, self.names)
                if self.thread is None or self._known(name) or not self.has_text:
                    return Target(name=name, near=near, offset=start, until=until)
            if known := self._longest_known(start):
                return known
        return self._unknown(at)

    def _known(self, name: str) -> bool:
        return any(folded(name) in folded(each) for each in self.names)

    def _words(self, at: int) -> list[tuple[int, int]]:
        found = _WORD.finditer(self.text, at, min(len(self.text), at + 2 * _LONGEST_NAME))
        return [each.span() for each, _ in zip(found, range(_MOST_WORDS), strict=False)]

    def _longest_known(self, at: int) -> Target | None:
        known = {folded(name) for name in self.names}
        for _, end in reversed(self._words(at)):
            for until in dict.fromkeys((end, at + len(self.text[at:end].rstrip(",.;:!?")))):
                typed = self.text[at:until]
                if typed and folded(typed) in known:
                    return Target(name=typed, offset=at, until=until)
        return None

    def _unknown(self, at: int) -> Target:
        """What is no whole name that is known: a part of one, or a slip in it, or a name that nobody has."""
        words = self._words(at)
        stop = self._stop(words)
        if stop == 0 or (self.thread is not None and self.has_text):
            return Target(offset=at, until=at)
        if not self.has_text or stop < len(words):
            while stop > 1 and is_courtesy(self.text[slice(*words[stop - 1])]):
                stop -= 1
            return self._named(at, words[stop - 1][1])
        return self._prefix(at, words)

    def _stop(self, words: Sequence[tuple[int, int]]) -> int:
        """The place of the word that ends the name: of the last one for a person, else of the first."""
        stops = _STOPS.get(self.act, frozenset[str]())
        spelled = [plain(self.text[start:end]) for start, end in words]
        places = [n for n, word in enumerate(spelled) if word in stops or self._begins_length(spelled, n)]
        if self.act is Act.SNOOZE and (ends := [n for n in places if spelled[n] in UNTIL]):
            return ends[-1] if places[0] >= ends[0] else places[0]
        if not places:
            return len(words)
        return places[-1] if self.act is Act.TAKE else places[0]

    def _begins_length(self, words: Sequence[str], at: int) -> bool:
        if self.act is not Act.SNOOZE:
            return False
        following = words[at + 1] if at + 1 < len(words) else ""
        found = re.fullmatch(r"(?:[0-9.]+([a-z]+))+", words[at])
        return (words[at].isdigit() and following in UNITS) or bool(found and found[1] in UNITS)

    def _named(self, at: int, until: int) -> Target:
        until = at + len(self.text[at:until].rstrip(",.;:!?"))
        typed = self.text[at:until]
        near = "" if self._known(typed) else _nearest(typed, self.names)
        return Target(name=typed, near=near, offset=at, until=until)

    def _prefix(self, at: int, words: Sequence[tuple[int, int]]) -> Target:
        """Text follows the name: the longest part of a known name, else what is most like one, else one word."""
        ends = [at + len(self.text[at:end].rstrip(",.;:!?")) for _, end in words[:12]]
        for until in reversed(ends):
            if len(self.text[at:until]) >= _LEAST_PART and self._known(self.text[at:until]):
                return Target(name=self.text[at:until], offset=at, until=until)
        for until in reversed(ends):
            if near := _nearest(self.text[at:until], self.names):
                return Target(name=self.text[at:until], near=near, offset=at, until=until)
        return Target(name=self.text[at : ends[0]], offset=at, until=ends[0])


def _nearest(typed: str, names: Iterable[str]) -> str:
    """The name that differs by one slip in five letters at most; "" where there is none."""
    from rapidfuzz import process  # noqa: PLC0415  only a name that is not known needs it
    from rapidfuzz.distance import OSA  # noqa: PLC0415

    found = process.extractOne(
        folded(typed)[:_LONGEST_NAME],
        list(names),
        scorer=OSA.normalized_similarity,
        processor=folded,
        score_cutoff=_ALIKE,
    )
    return found[0] if found else ""


def refuse_more(act: Act, text: str, target: Target) -> None:
    """`resolve SRV-SQL01 and 15`: an act is done to one alert at a time."""
    at = target.until - (text[target.until - 1] in ",;")
    if not target.number and (found := _MORE.fullmatch(text, at)):
        raise _one_at_a_time(act, text, at, found.end())


def refuse_several(act: Act, text: str, at: int) -> None:
    """`resolve 14, 15 because …`, `take 14+15`, `snooze 14 15 2h`."""
    found = _SEVERAL.match(text, at)
    behind = _BEHIND_SEVERAL.match(text, found.end()) if found else None
    if found is None or not (behind or found[0].count("#") > 1):
        return
    is_end = act is Act.SNOOZE and not found["also"] and behind and behind.end() == len(text)
    if not is_end:  # `snooze 14 2` rather says when
        raise _one_at_a_time(act, text, at, found.end())


def _one_at_a_time(act: Act, text: str, at: int, until: int) -> UsageError:
    told = f"“{act}” takes one alert at a time. Those of a storm are done together by its card."
    return UsageError(told, text=text, offset=at, length=until - at, example=EXAMPLES[act])


def _after_blanks(text: str, at: int) -> int:
    while at < len(text) and (text[at].isspace() or text[at] in ":,"):
        at += 1
    return at
