"""What tired people type that is no question and no phrase of an act: where it leads. Pure and total.

Asked only where nothing else understood the text, so no question pays for it. An alert's number is taken out first, and
words that say nothing at the beginning; what is left is looked up. It stands for a command, or for a sentence that says
what to type. Where the number comes first and a colon follows, what follows is a note.
"""

from collections.abc import Mapping
from typing import Final

from bot.errors import UsageError
from bot.language.sentence import plain
from bot.language.snooze_ends import COURTESY
from bot.language.times import UNITS
from bot.model.values import dataclass

_LONGEST: Final = 1_000
_NOTHING: Final = COURTESY - {"again"}
_DIGITS: Final = 5  # a longer number may be a task's id
_NOBODYS: Final = "alerts untouched"
_TAKEN: Final = "alerts taken"

_SAID: Final[Mapping[str, str]] = {
    **dict.fromkeys(("fixed", "mended", "solved", "repaired", "fix", "all fixed", "is fixed"), "resolve"),
    **dict.fromkeys(
        ("all solved", "sorted out", "was fixed", "that was it", "false alarm", "not a problem"), "resolve"
    ),
    **dict.fromkeys(
        ("quiet", "silence please", "too loud", "too noisy", "noisy", "enough", "leave me alone"), "snooze"
    ),
    **dict.fromkeys(("go away", "later", "remind", "remind me", "remind me later", "not now", "in a minute"), "snooze"),
    **dict.fromkeys(
        ("looking", "looking at it", "looking into it", "investigating", "checking", "working on it"), "take"
    ),
    **dict.fromkeys(("look", "look at it", "on my way", "having a look", "have a look", "check it", "do it"), "take"),
    **dict.fromkeys(("take care of it", "taking care of it", "investigating it", "checking it", "take one"), "take"),
    **dict.fromkeys(("comment", "remark", "add note", "add a note", "add comment", "write note", "new note"), "note"),
    **dict.fromkeys(("write a note", "leave a note", "make a note", "take a note", "take notes", "a note"), "note"),
    **dict.fromkeys(
        ("nobody", "nobody has", "nobody has it", "nobody took it", "nobody's", "nobody is on it"), _NOBODYS
    ),
    **dict.fromkeys(
        ("nobody has them", "nobody took them", "nobody has what", "what has nobody", "who has nothing"), _NOBODYS
    ),
    **dict.fromkeys(("no one", "no one has", "no one has it", "no one took it", "noone has", "noone has it"), _NOBODYS),
    **dict.fromkeys(
        ("not taken", "unassigned", "unclaimed", "orphaned", "ownerless", "up for grabs", "free"), _NOBODYS
    ),
    **dict.fromkeys(("without owner", "no owner", "without an owner", "what is free", "what's free"), _NOBODYS),
    **dict.fromkeys(
        ("what's left", "whats left", "what is left", "what next", "what's next", "anything left"), _NOBODYS
    ),
    **dict.fromkeys(("who took", "who has", "who has it", "who is on it", "is anyone on it", "anyone on it"), _TAKEN),
    **dict.fromkeys(("anyone", "anybody", "anyone on this", "is anybody on it", "is someone on it", "owners"), _TAKEN),
    **dict.fromkeys(("get help", "help me", "need help", "i need help", "commands", "options", "menu"), "help"),
}
"""Whole commands in other words."""
_ABOUT: Final[Mapping[str, str]] = {
    **dict.fromkeys(("link", "link to", "link of", "url", "url of", "where is", "no one is on", "noone on"), "why"),
    **dict.fromkeys(("anyone looking at", "is anyone looking at", "is anybody on", "who looks at"), "why"),
    **dict.fromkeys(
        ("", "what is", "what's", "whats", "what about", "how about", "status", "status of", "state of"), "why"
    ),
    **dict.fromkeys(
        ("info", "info on", "information on", "details", "details of", "details on", "about", "how is"), "why"
    ),
    **dict.fromkeys(
        ("tell me about", "tell about", "more on", "more about", "what happened to", "what happened with"), "why"
    ),
    **dict.fromkeys(
        ("nobody has", "who took", "anyone on", "anybody on", "someone on", "is someone on", "look up"), "why"
    ),
    **dict.fromkeys(
        ("no one has", "nobody took", "nobody is on", "whats with", "what's with", "what's up with"), "why"
    ),
    **dict.fromkeys(
        ("looking at", "looking into", "looking", "investigating", "checking", "working on", "look at"), "take"
    ),
    **dict.fromkeys(
        ("look into", "check", "taking care of", "take care of", "have a look at", "having a look at"), "take"
    ),
    **dict.fromkeys(
        ("ok", "okay", "good", "fine", "green", "works", "works again", "is ok", "is fine", "is good"), "resolve"
    ),
    **dict.fromkeys(("is over", "over", "is green", "recovered", "works now", "false alarm", "was fixed"), "resolve"),
    **dict.fromkeys(
        ("later", "not now", "tonight", "remind me", "remind me of", "remind me about", "enough of"), "snooze"
    ),
    **dict.fromkeys(("explain", "who resolved", "who closed", "who snoozed", "who retired", "who muted"), "why"),
    **dict.fromkeys(("got", "taking", "handling", "have", "on"), "take"),
    **dict.fromkeys(("again", "try", "once more", "one more time"), "run"),
    **dict.fromkeys(("back", "not me", "give up", "give up on", "i give up on"), "release"),
}
"""The same beside an alert's number, which follows the command."""
_DASHES: Final = ("–", "—", "-")
_LATER: Final = frozenset(("tomorrow", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"))
_CALLS: Final = frozenset(
    (
        *("escalate", "escalating", "page", "paging", "call", "phone", "ping", "notify", "inform", "alarm", "tell"),
        *("ask", "contact", "summon", "dm", "email", "mail", "forward", "involve", "message", "invite", "sms"),
    )
)
_HANDS: Final = frozenset(
    ("assign", "reassign", "re-assign", "give", "hand", "pass", "transfer", "delegate", "handover")
)
_WEIGHS: Final = frozenset(
    (
        *("urgent", "prioritize", "prioritise", "priority", "bump", "raise", "upgrade", "downgrade", "lower", "mark"),
        *("tag", "label", "flag", "important", "pin", "star", "p1", "p2"),
    )
)
_ON_DUTY: Final = frozenset(
    f"{who}{duty}" for who in ("", "who is ", "who's ", "whos ") for duty in ("on call", "oncall", "on-call", "on duty")
)
_NOTES: Final = frozenset(("notes", "comments", "remarks"))
_THANKS: Final = frozenset(
    ("thanks", "thank", "thx", "danke", "ty", "cheers", "nope", "no", "yes", "yep", "hmm", "sorry", "cool")
)
_THANKS_TOO: Final = _THANKS | {
    "you",
    "a",
    "lot",
    "much",
    "very",
    "so",
    "problem",
    "worries",
    "thanks!",
    "that",
    "is",
    "all",
}
_HAS: Final = frozenset(("take", "takes", "has", "gets", "got", "should", "shall", "must", "can", "owns", "does"))
_OPENERS: Final = frozenset(
    (
        *(
            "please",
            "pls",
            "can",
            "could",
            "would",
            "you",
            "i",
            "i'll",
            "ill",
            "i’ll",
            "i'm",
            "i’m",
            "im",
            "am",
            "will",
        ),
        *(
            "we",
            "we'll",
            "we're",
            "let",
            "lets",
            "let's",
            "just",
            "currently",
            "hey",
            "hi",
            "to",
            "want",
            "should",
            "so",
        ),
    )
)
_NO_PERSON: Final = frozenset(
    (
        *(
            "someone",
            "somebody",
            "anyone",
            "anybody",
            "everyone",
            "everybody",
            "all",
            "everything",
            "team",
            "boss",
            "it",
        ),
        *(
            "on-call",
            "oncall",
            "on",
            "call",
            "this",
            "that",
            "them",
            "me",
            "us",
            "about",
            "for",
            "to",
            "of",
            "the",
            "a",
        ),
        *("with", "now", "again", "an", "in", "at", "up", "over", "my", "our", "duty", "manager", "management", "help"),
        *("alert", "alerts", "please", "message", "colleague", "next", "level", "higher", "and", "is", "must", "who"),
    )
)
_STATES_OF_ALERTS: Final = frozenset(
    (
        *(
            "ok",
            "okay",
            "good",
            "fine",
            "green",
            "over",
            "fixed",
            "solved",
            "done",
            "failing",
            "failed",
            "wrong",
            "open",
        ),
        *("back", "alive", "critical", "recovered", "resolved", "closed", "running", "working", "up", "red", "broken"),
    )
)
_ASKING: Final = frozenset(
    ("is", "was", "are", "did", "does", "has", "what", "what's", "whats", "what’s", "how", "why")
)
_SETTINGS: Final = "Nobody is called from here: whom an alert calls, and when, stands in the settings."
_HANDED: Final = "An alert is handed over with its number and a person, who is told at once."
_TOLD: Final = {
    "duty": f"{_SETTINGS} Who has what stands in /tasks alerts taken.",
    "call": f"{_SETTINGS} {_HANDED}",
    "hand": _HANDED,
    "takes": _HANDED,
    "weigh": "How bad an alert is comes from its restore point; nobody sets it. What people should know is a note.",
    "notes": (
        "Notes stand with their workload, in its history and in an alert's Details; those of this shift in /tasks"
        " handover. One is written with /tasks note 14 and its text."
    ),
    "thanks": "Nothing was asked, so nothing was done. What is open stands in /tasks alerts.",
    "begin": "What shall be done with alert {n}? Put a verb before it: take, snooze, resolve, note, why.",
}


@dataclass(frozen=True, slots=True)
class _Typed:
    """The words without capitals and courtesies, and without the number of an alert, which stood at `place` of them.

    `raw` are the words as typed, in the same places as they had there.
    """

    words: tuple[str, ...]
    raw: tuple[str, ...]
    number: str = ""
    place: int = -1

    @property
    def phrase(self) -> str:
        return " ".join(self.words)

    @property
    def about(self) -> str:
        """The alert's number, or a name that looks like a machine's; 14 where there is none."""
        named = (word for word in self.raw if any(map(str.isdigit, word)) and not word.startswith("@"))
        return self.number or next(named, "14")

    @property
    def person(self) -> str:
        """A person as typed, with one @; @noah where none is named."""
        marked = (word for word in self.raw if word.startswith(("@", "<@")))
        names = (each for each in self.words[1:] if each.isalpha() and each not in _NO_PERSON | _CALLS | _HANDS | _HAS)
        return next(marked, f"@{next(names, 'noah')}")


def other_words(text: str, known: frozenset[str]) -> str:
    """A command that says the same; "" where there is none. Raises UsageError with what to type instead.

    `known` are words of filters: a number beside one of them is no alert's.
    """
    typed = _typed(text)
    if typed is None:
        return ""
    if noted := _noted(text):
        return noted
    if typed.number and asks_about_alert(text):
        return f"show {typed.number}"
    said = (_ABOUT if typed.number else _SAID).get(typed.phrase)
    if said is not None:
        return f"{said} {typed.number}".rstrip()
    if typed.number and len(typed.words) == 1 and typed.words[0] in _LATER:
        return f"snooze {typed.number} {'' if typed.words[0] == 'tomorrow' else 'until '}{typed.words[0]}"
    if advice := _advice(typed, known):
        told, example = advice
        raise UsageError(told, text=text, length=len(text), example=example)
    return ""


def asks_about_alert(text: str) -> bool:
    """`is 14 ok?`, `14 fixed?`, `what's wrong with 14`: a question about an alert does nothing to it."""
    first = text.casefold().split()[0]
    words = set(text.casefold().rstrip(" ?!.").split())
    is_state = not words.isdisjoint(_STATES_OF_ALERTS) and (text.rstrip().endswith("?") or first in _ASKING)
    return is_state and words.isdisjoint(_HAS | _CALLS)


def _advice(typed: _Typed, known: frozenset[str]) -> tuple[str, str] | None:
    """What is told, and a command that works."""
    kind = _kind(typed, known)
    person = f"@{typed.words[0].lstrip('@')}" if kind == "takes" and typed.words[0] not in _NO_PERSON else typed.person
    hand = f"/tasks take {typed.about} for {person}"
    examples = {
        "duty": "/tasks alerts taken",
        "call": hand,
        "hand": hand,
        "takes": hand,
        "weigh": f"/tasks note {typed.about} urgent: the boss waits for it",
        "notes": "/tasks history SRV-SQL01",
        "thanks": "/tasks alerts",
        "begin": f"/tasks note {typed.number} {' '.join(typed.raw)}",
    }
    return (_TOLD[kind].format(n=typed.number), examples[kind]) if kind else None


def _kind(typed: _Typed, known: frozenset[str]) -> str:
    """Of `_TOLD`; "" where nothing is known that would help."""
    first, second, last = (*typed.words[:1], "")[0], (*typed.words[1:2], "")[0], (*typed.words[-1:], "")[0]
    is_question = second in ("me", "us") or not known.isdisjoint(set(typed.words[1:]) - _NO_PERSON)
    kinds = (
        ("duty", typed.phrase in _ON_DUTY),
        ("call", first in _CALLS and not is_question),
        ("hand", first in _HANDS and not is_question),
        ("takes", bool(typed.number) and second in _HAS),
        ("weigh", first in _WEIGHS and (bool(typed.number) or not is_question)),
        ("notes", not _NOTES.isdisjoint((first, last))),
        ("thanks", first in _THANKS and not typed.number and _THANKS_TOO.issuperset(typed.words)),
        ("begin", typed.place == 0 and first not in known and first not in UNITS),
    )
    return next((kind for kind, is_so in kinds if is_so), "")


def _typed(text: str) -> _Typed | None:
    """None of what is empty or long."""
    raw = text.split() if len(text) <= _LONGEST else []
    while len(raw) > 1 and plain(raw[-1]) in _NOTHING and plain(raw[-2]) != "not":
        raw.pop()
    while len(raw) > 1 and plain(raw[0]) in _OPENERS:
        raw.pop(0)
    words = [plain(word).strip(",;–—-") for word in raw]
    place = next((at for at, word in enumerate(words) if _is_number(word)), -1)
    if place < 0:
        return _Typed(tuple(words), tuple(raw)) if words else None
    number = words.pop(place).lstrip("#")
    raw.pop(place)
    if place and words[place - 1] in ("alert", "number", "no"):
        place -= 1
        words.pop(place)
        raw.pop(place)
    return _Typed(tuple(words), tuple(raw), number, place)


def _is_number(word: str) -> bool:
    digits = word.lstrip("#＃")
    return digits.isascii() and digits.isdigit() and len(digits) <= _DIGITS


def _noted(text: str) -> str:
    """`14: disk ordered` as the command of a note; "" where no colon or dash follows a number that comes first."""
    head, *rest = text.split(maxsplit=1)
    if plain(head) == "alert" and rest:
        head, *rest = rest[0].split(maxsplit=1)
    said = rest[0] if rest else ""
    number, colon, glued = head.partition(":")
    if _is_number(number) and colon and not glued[:1].isdigit():  # 14:00 is a time
        said = f"{glued} {said}".strip()
    elif _is_number(head) and said[:1] in _DASHES and said[1:2].isspace():
        number, said = head, said[1:].strip()
    elif head[-1:] in _DASHES and _is_number(head[:-1]):
        number = head[:-1]
    else:
        return ""
    return f"note {number.lstrip('#＃')} {said}" if said else ""
