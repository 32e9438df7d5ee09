"""Words after an act's verb. Pure and total: any text gives an `ActWords` or a UsageError.

    take    = [alert] ["over"] [["for"] person] [remark]
    release = [alert]
    wake    = [alert]
    undo    = [alert]
    run     = ["now"] [alert]
    snooze  = [alert] [end] [remark]                   ends stand in `snooze_ends`, remarks in `remarks`
    resolve = [alert] ["because" | ":" | "–"] text
    note    = [alert] [":" | "–"] text
    alert   = ["alert"] ["#"] digits | quoted | name   a name that is known may have any word in it: the longest wins

A reason and a note are kept as they were typed. In a card's thread nothing needs to name the alert: there a bare number
or a name begins a note or a reason only where it is that of an alert. The names are handed in.
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from bot.errors import UsageError
from bot.language.act_phrases import in_order
from bot.language.remarks import BECAUSE_WORDS, DASHES, is_courtesy, parted, remark_of
from bot.language.sentence import in_quotes, plain, quoted_at
from bot.language.snooze_ends import BEFORE_END, EXAMPLE, UNTIL, Ending, ending, spoken_ending
from bot.language.times import UNITS
from bot.model import Act, folded
from bot.model.values import dataclass

ACT_WORDS: Final[Mapping[str, str]] = {
    **{act.value: act.value for act in (Act.TAKE, Act.RELEASE, Act.SNOOZE, Act.WAKE, Act.RESOLVE, Act.NOTE, Act.RUN)},
    **dict.fromkeys(("ack", "acknowledge", "claim", "own", "grab"), Act.TAKE.value),
    **dict.fromkeys(("unack", "untake", "unclaim", "drop"), Act.RELEASE.value),
    **dict.fromkeys(("mute", "silence", "postpone"), Act.SNOOZE.value),
    **dict.fromkeys(("unsnooze", "unmute", "unsilence"), Act.WAKE.value),
    **dict.fromkeys(("close", "resolved"), Act.RESOLVE.value),
    **dict.fromkeys(("undo", "reopen", "unresolve"), Act.UNDO.value),
    **dict.fromkeys(("retry", "rerun"), Act.RUN.value),
    **dict.fromkeys(("retire", "decommission"), Act.RETIRE.value),
    **dict.fromkeys(("übernehme", "übernehmen", "uebernehme", "uebernehmen"), Act.TAKE.value),
    **dict.fromkeys(("stumm", "stummschalten"), Act.SNOOZE.value),
    **dict.fromkeys(("erledigt", "behoben", "gelöst", "geloest"), Act.RESOLVE.value),
    "notiz": Act.NOTE.value,
    **dict.fromkeys(("cancel", "abort", "stop", "kill"), "cancel"),
}
"""First words that ask for an act, and the verb that each stands for."""
BECAUSE: Final = re.compile(r"\s*(?:[:,–—-]+\s*)?(?:(?:because|cause|bc|cos|coz|since|reason)\b:?)?\s*", re.IGNORECASE)

_EXAMPLES: Final = {
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
_LEAD: Final = re.compile(
    r"[\s,:]*(?:(?:please|pls|just|can|could|you|i|i['’]ll|ill|will|let|me)\s+)*([^\W\d_]+)(?=[\s:,!.?#\"“„]|$)",
    re.IGNORECASE,
)
_INVISIBLE: Final = dict.fromkeys(map(ord, "\u200b\u2060\ufeff\u00ad\u200e\u200f\u202a\u202b\u202c\u202d\u202e"))
_NUMBER: Final = re.compile(
    r"(?P<marked>alert\s*|no\.?\s*|nr\.?\s*|number\s*)?(?P<sign>[#＃]\s*)?(?P<digits>[0-9]{1,12})(?=[:,.;?!]*(?:\s|$)|[–—])",
    re.IGNORECASE,
)
_OF_ALERT: Final = re.compile(
    r"\s+(?:now\s+)?(?:alert\b|[#0-9\"“„«'‘]|(?:it|this|that)(?:\s+(?:again|now|please))*[\s.!]*$)", re.IGNORECASE
)
_KIND: Final = re.compile(r"(?:the|alerts?|machine|tenant|plan)\s+(?=\S)", re.IGNORECASE)
_ON: Final = re.compile(r"(?:on|for|to|about|of)\s+(?=\S)", re.IGNORECASE)
_ALL_OF: Final = re.compile(
    r"(?:all(?:\s+(?:the\s+)?alerts?)?|everything|every\s+alert|alerts)\s+(?:of|at|from|on|about)\s+(?=[^\W\d_])",
    re.IGNORECASE,
)
_WORD: Final = re.compile(r"\S+")
_TO: Final = re.compile(r"\s*(?:for|to)\s+(?=\S)", re.IGNORECASE)
_OVER: Final = re.compile(r"\s*over(?=\s|$)", re.IGNORECASE)
_NOW: Final = re.compile(r"\s*now(?=\s|$)", re.IGNORECASE)
_ALSO: Final = r"\s*(?:[,;&+/]|(?:and|or)\b)\s*"
_ANOTHER: Final = r"(?:alert\s*)?[#＃]?[0-9]{1,12}(?![\w.:][\w])"
_MORE: Final = re.compile(rf"(?:{_ALSO}{_ANOTHER})+[\s.!]*", re.IGNORECASE)
"""More alerts behind a name."""
_SEVERAL: Final = re.compile(
    rf"[\s:,]*(?:alerts?\s*)?[#＃]?[0-9]{{1,12}}(?:(?:(?P<also>{_ALSO})|\s+){_ANOTHER})+", re.IGNORECASE
)
_BEHIND_SEVERAL: Final = re.compile(
    r"[\s.!,]*(?:$|[:–—-]|@|[0-9.]+\s*[a-z]+"
    r"|(?:because|bc|cos|coz|for|to|until|till|til|please|pls|now|looking|on it|working)\b)",
    re.IGNORECASE,
)
"""What shows that numbers side by side are alerts: `14, 2 disks ordered` has a remark."""
_ON_IT: Final = re.compile(
    r"(?:\s*[:,–—-]*\s*(?:(?:i['’]?m|i am|im|am|now|already|currently|and)\s+)*"
    r"(?:on (?:it|this)|looking(?: (?:at|into) (?:it|this))?|working on (?:it|this)|(?:investigating|checking)(?: it)?"
    r"|mine))",
    re.IGNORECASE,
)
_DASH: Final = re.compile(r"\s*[:,–—-]*\s*")
_STOPS: Final = {
    Act.TAKE: frozenset({"for", "to"}) | BECAUSE_WORDS | DASHES,
    Act.SNOOZE: BEFORE_END | BECAUSE_WORDS | DASHES,
    Act.RESOLVE: frozenset({"cause", "since", "reason"}) | BECAUSE_WORDS,
}
_MOST_WORDS: Final = 60
_LONGEST_NAME: Final = 256
_LEAST_PART: Final = 3  # letters of a part of a name, where text follows it
_ALIKE: Final = 0.8  # one slip in five letters
NOT_HERE: Final = {
    "cancel": (
        "A run cannot be cancelled from here: it is stopped in Acronis's console, under Activities. Nightshift only"
        " reads, and shows what was cancelled with /tasks cancelled."
    ),
    Act.RUN.value: (
        "Run now is not switched on here. Start the backup in Acronis's console, under Plans or Devices; a success"
        " closes the alert by itself."
    ),
}


@dataclass(frozen=True, slots=True)
class ActWords:
    """What was typed: an alert's `number`, or a `name`, or neither. `near` is a known name like one that is not known.

    `to` is a person as typed; `over`: although another has the alert. `ending` is a snooze's, None where none was
    named. `text` is a reason, a note or a remark as typed. The name stands at `offset` of the text, `length` characters
    long.
    """

    act: Act
    number: int = 0
    name: str = ""
    near: str = ""
    to: str = ""
    over: bool = False
    ending: Ending | None = None
    text: str = ""
    offset: int = 0
    length: int = 0


@dataclass(frozen=True, slots=True)
class _Target:
    number: int = 0
    name: str = ""
    near: str = ""
    offset: int = 0
    until: int = 0


def act_verb(text: str) -> tuple[str, int]:
    """The verb of an act that the text begins with, and where its word ends; "" where it begins with none.

    `run` alone and with filters is about what runs now.
    """
    found = _LEAD.match(text)
    if found is None:
        return "", 0
    word, until = found[1].casefold(), found.end(1)
    if word == Act.RUN and not _OF_ALERT.match(text, until):
        return "", 0
    verb = ACT_WORDS.get(word, "")
    return (verb, until) if verb else ("", 0)


def visible(text: str) -> str:
    """Without signs that nobody sees, which phones and clipboards leave."""
    return text.translate(_INVISIBLE) if not text.isascii() else text


def not_here(verb: str, text: str, until: int) -> UsageError:
    """Why it cannot be done from here, and where it can. The verb's word ends at the place `until`."""
    word = text[:until].rsplit(maxsplit=1)[-1]
    return UsageError(NOT_HERE[verb], text=text, offset=until - len(word), length=len(word))


def parse_act(
    text: str, now: datetime, zone: ZoneInfo, names: Collection[str] = (), thread: Collection[int] | None = None
) -> ActWords:
    """What is asked for. `names` are those of open alerts, `thread` the numbers of the thread's, None where it is none.

    Raises UsageError.
    """
    said = in_order(text)
    text = said if act_verb(said)[0] else text  # `resolved this week` is a question elsewhere
    verb, until = act_verb(text)
    act, over = Act(verb), False
    _refuse_several(act, text, until)
    if act is Act.TAKE and (found := _OVER.match(text, until)):
        over, until = True, found.end()
    if act is Act.RUN and (found := _NOW.match(text, until)):
        until = found.end()
    target = _Reader(act, text, names, thread).target(until)
    return _with_rest(act, text, target, now, zone, over=over)


def _with_rest(act: Act, text: str, target: _Target, now: datetime, zone: ZoneInfo, *, over: bool) -> ActWords:
    rest = text[target.until :]
    to, found, said = "", None, ""
    match act:
        case Act.TAKE:
            if match := _OVER.match(rest):
                over, rest = True, rest[match.end() :]
            to, said = _handed(text, target, rest)
        case Act.SNOOZE:
            found, said = ending(text, target.until, now, zone)
        case Act.RESOLVE:
            _refuse_more(act, text, target)
            said = BECAUSE.sub("", rest, count=1).strip()
            if all(map(is_courtesy, said.split())):
                said = ""
        case Act.NOTE:
            said = _DASH.sub("", rest, count=1).strip()
        case _:
            _refuse_rest(act, text, rest)
    length = max(target.until - target.offset, 0)
    return ActWords(act, target.number, target.name, target.near, to, over, found, said, target.offset, length)


def _handed(text: str, target: _Target, rest: str) -> tuple[str, str]:
    """To whom, and a remark: `for @noah because he knows it`, `customer informed`; both may be ""."""
    if said := _ON_IT.match(rest):  # `ack 14, looking into it`
        rest = rest[said.end() :]
    until, remark = parted(rest, 0)
    before = rest[:until]
    if found := _TO.match(before):
        return _person(before[found.end() :]), remark
    if before.lstrip().startswith("@"):
        return _person(before), remark
    _refuse_more(Act.TAKE, text, target)
    if not remark:
        remark = remark_of(before)
        _refuse_rest(Act.TAKE, text, "" if remark else rest)
    elif any(not is_courtesy(word) for word in before.split()):
        remark = rest.strip()
    return "", "" if _ON_IT.fullmatch(remark) else remark


def _person(typed: str) -> str:
    words = typed.split()
    while words and is_courtesy(words[-1]):
        words.pop()
    return " ".join(words).strip(",.;:!?")


def _refuse_more(act: Act, text: str, target: _Target) -> None:
    """`resolve SRV-SQL01 and 15`: an act is done to one alert at a time."""
    at = target.until - (text[target.until - 1] in ",;")
    if not target.number and (found := _MORE.fullmatch(text, at)):
        raise _one_at_a_time(act, text, at, found.end())


def _refuse_several(act: Act, text: str, at: int) -> None:
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
    return UsageError(told, text=text, offset=at, length=until - at, example=_EXAMPLES[act])


def _refuse_rest(act: Act, text: str, rest: str) -> None:
    words = [word for word in rest.split() if not is_courtesy(word)]
    if words:
        offset = text.index(words[0], len(text) - len(rest))
        told = f"{in_quotes(' '.join(words)[:40])} is too much: “{act}” takes one alert, by its number or its name."
        raise UsageError(told, text=text, offset=offset, length=len(text) - offset, example=_EXAMPLES[act])


@dataclass(frozen=True, slots=True)
class _Reader:
    """Finds what an act is about."""

    act: Act
    text: str
    names: Collection[str]
    thread: Collection[int] | None

    @property
    def has_text(self) -> bool:
        return self.act in (Act.NOTE, Act.RESOLVE)

    def target(self, at: int) -> _Target:
        at = _after_blanks(self.text, at)
        if of_all := _ALL_OF.match(self.text, at):  # `resolve all of beta`: each of its alerts is offered
            at = of_all.end()
        if self.act is Act.NOTE and (found := _ON.match(self.text, at)):
            about = self._number(found.end()) or self._longest_known(found.end())
            if about or self.thread is None:
                return about or self._name(found.end())
        if at == len(self.text) or (self.act is Act.SNOOZE and self._is_length(at)):
            return _Target(until=at)
        return self._number(at) or self._name(at)

    def _is_length(self, at: int) -> bool:
        """`2 hours`: no alert's number."""
        first, second = [plain(word) for word in (*self.text[at:].split(maxsplit=2)[:2], "", "")][:2]
        return first.isdigit() and second in UNITS

    def _number(self, at: int) -> _Target | None:
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
        return _Target(number=number, offset=at, until=until)

    def _name(self, at: int) -> _Target:
        for start in dict.fromkeys((at, *(found.end() for found in [_KIND.match(self.text, at)] if found))):
            if quoted := quoted_at(self.text, start):
                name, until = quoted
                near = "" if self._known(name) else nearest_known(name, self.names)
                if self.thread is None or self._known(name) or not self.has_text:
                    return _Target(name=name, near=near, offset=start, until=until)
            if known := self._longest_known(start):
                return known
        return self._unknown(at)

    def _known(self, name: str) -> bool:
        return any(folded(name) in folded(each) for each in self.names)

    def _words(self, at: int) -> list[tuple[int, int]]:
        found = _WORD.finditer(self.text, at, min(len(self.text), at + 2 * _LONGEST_NAME))
        return [each.span() for each, _ in zip(found, range(_MOST_WORDS), strict=False)]

    def _longest_known(self, at: int) -> _Target | None:
        known = {folded(name) for name in self.names}
        for _, end in reversed(self._words(at)):
            for until in dict.fromkeys((end, at + len(self.text[at:end].rstrip(",.;:!?")))):
                typed = self.text[at:until]
                if typed and folded(typed) in known:
                    return _Target(name=typed, offset=at, until=until)
        return None

    def _unknown(self, at: int) -> _Target:
        """What is no whole name that is known: a part of one, or a slip in it, or a name that nobody has."""
        words = self._words(at)
        stop = self._stop(words)
        if stop == 0 or (self.thread is not None and self.has_text):
            return _Target(offset=at, until=at)
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

    def _named(self, at: int, until: int) -> _Target:
        until = at + len(self.text[at:until].rstrip(",.;:!?"))
        typed = self.text[at:until]
        near = "" if self._known(typed) else nearest_known(typed, self.names)
        return _Target(name=typed, near=near, offset=at, until=until)

    def _prefix(self, at: int, words: Sequence[tuple[int, int]]) -> _Target:
        """Text follows the name: the longest part of a known name, else what is most like one, else one word."""
        ends = [at + len(self.text[at:end].rstrip(",.;:!?")) for _, end in words[:12]]
        for until in reversed(ends):
            if len(self.text[at:until]) >= _LEAST_PART and self._known(self.text[at:until]):
                return _Target(name=self.text[at:until], offset=at, until=until)
        for until in reversed(ends):
            if near := nearest_known(self.text[at:until], self.names):
                return _Target(name=self.text[at:until], near=near, offset=at, until=until)
        return _Target(name=self.text[at : ends[0]], offset=at, until=ends[0])


def nearest_known(typed: str, names: Iterable[str]) -> str:
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


def _after_blanks(text: str, at: int) -> int:
    while at < len(text) and (text[at].isspace() or text[at] in ":,"):
        at += 1
    return at


def spoken(words: ActWords, number: int) -> str:
    """The same about the alert of this number, in words that `parse_act` reads."""
    said = f"{words.act}{' over' if words.over else ''} #{number}"
    said += f" for {words.to}" if words.to else ""
    said += f" {spoken_ending(words.ending)}" if words.ending else ""
    because = "because " if words.text and words.act is not Act.NOTE else ""
    return f"{said} {because}{words.text}".rstrip()


def before_end(error: UsageError) -> str:
    """The command without the end of a snooze that could not be read, with its remark; "" where the error is about
    something else."""
    if error.example != EXAMPLE:
        return ""
    kept = error.text[: error.offset].split()
    while kept and plain(kept[-1]) in BEFORE_END:
        kept.pop()
    _, remark = parted(error.text, error.offset)
    return " ".join([*kept, "because", remark] if remark else kept)
