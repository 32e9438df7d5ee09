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
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from bot.errors import UsageError
from bot.language.act_phrases import in_order
from bot.language.act_targets import EXAMPLES, Target, TargetReader, refuse_more, refuse_several
from bot.language.remarks import REASON_WORDS, is_courtesy, parted, remark_of
from bot.language.sentence import in_quotes, plain
from bot.language.snooze_ends import BEFORE_END, EXAMPLE, Ending, ending, spoken_ending
from bot.model import Act
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
BECAUSE: Final = re.compile(rf"\s*(?:[:,–—-]+\s*)?(?:(?:{'|'.join(sorted(REASON_WORDS))})\b:?)?\s*", re.IGNORECASE)

_LEAD: Final = re.compile(
    r"[\s,:]*(?:(?:please|pls|just|can|could|you|i|i['’]ll|ill|will|let|me)\s+)*([^\W\d_]+)(?=[\s:,!.?#\"“„]|$)",
    re.IGNORECASE,
)
_INVISIBLE: Final = dict.fromkeys(map(ord, "\u200b\u2060\ufeff\u00ad\u200e\u200f\u202a\u202b\u202c\u202d\u202e"))
_OF_ALERT: Final = re.compile(
    r"\s+(?:now\s+)?(?:alert\b|[#0-9\"“„«'‘]|(?:it|this|that)(?:\s+(?:again|now|please))*[\s.!]*$)", re.IGNORECASE
)
_DAY: Final = r"(?:tomorrow|tonight|today|(?:mon|tues|wednes|thurs|fri|satur|sun)day)"
_NO_REASON: Final = re.compile(
    r"(?:when|once|if|as\s+soon\s+as|until|till)\s+(?:it|they|this|that|the\s+\w+)"
    r"(?:['’]s|\s+(?:is|are|works?|runs?|recovers?|succeeds?|goes|comes|gets))\b.*"
    rf"|later|soon|not(?:\s+(?:yet|now))?|(?:yet|already|or\s+not)|(?:on\s+)?{_DAY}(?:\s+(?:morning|noon|afternoon|evening|night))?"
    r"|in\s+[0-9]+\s*\w+|next\s+(?:week|month|run)|morgen|später|noch\s+nicht|wenn\s+es\s+(?:wieder\s+)?(?:läuft|geht).*"
    r"|why|when|who|how",
    re.IGNORECASE | re.DOTALL,
)
_BEHIND_WORD: Final = re.compile(r"\s*(?::|because\b|since\b|weil\b)", re.IGNORECASE)
_UNTIL_WELL: Final = "/tasks snooze 14 until it recovers"
_TO: Final = re.compile(r"\s*(?:for|to)\s+(?=\S)", re.IGNORECASE)
_OVER: Final = re.compile(r"\s*over(?=\s|$)", re.IGNORECASE)
_NOW: Final = re.compile(r"\s*now(?=\s|$)", re.IGNORECASE)
_ON_IT: Final = re.compile(
    r"(?:\s*[:,–—-]*\s*(?:(?:i['’]?m|i am|im|am|now|already|currently|and)\s+)*"
    r"(?:on (?:it|this)|looking(?: (?:at|into) (?:it|this))?|working on (?:it|this)|(?:investigating|checking)(?: it)?"
    r"|mine))",
    re.IGNORECASE,
)
_DASH: Final = re.compile(r"\s*[:,–—-]*\s*")
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
    refuse_several(act, text, until)
    if act is Act.TAKE and (found := _OVER.match(text, until)):
        over, until = True, found.end()
    if act is Act.RUN and (found := _NOW.match(text, until)):
        until = found.end()
    target = TargetReader(act, text, names, thread).target(until)
    return _with_rest(act, text, target, now, zone, over=over)


def _with_rest(act: Act, text: str, target: Target, now: datetime, zone: ZoneInfo, *, over: bool) -> ActWords:
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
            refuse_more(act, text, target)
            said = BECAUSE.sub("", rest, count=1).strip()
            if all(map(is_courtesy, said.split())):
                said = ""
            if not _BEHIND_WORD.match(rest):
                _refuse_later(text, said)
        case Act.NOTE:
            said = _DASH.sub("", rest, count=1).strip()
        case _:
            _refuse_rest(act, text, rest)
    length = max(target.until - target.offset, 0)
    return ActWords(act, target.number, target.name, target.near, to, over, found, said, target.offset, length)


def _handed(text: str, target: Target, rest: str) -> tuple[str, str]:
    """To whom, and a remark: `for @noah because he knows it`, `customer informed`; both may be ""."""
    if said := _ON_IT.match(rest):  # `ack 14, looking into it`
        rest = rest[said.end() :]
    until, remark = parted(rest, 0)
    before = rest[:until]
    if found := _TO.match(before):
        return _person(before[found.end() :]), remark
    if before.lstrip().startswith("@"):
        return _person(before), remark
    refuse_more(Act.TAKE, text, target)
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


def _refuse_later(text: str, said: str) -> None:
    """Raises UsageError at `resolve 14 when it works again`, `resolve 14 tomorrow`, `resolved 14, why?`."""
    if _NO_REASON.fullmatch(said.rstrip(" ?!.").removesuffix(" please")):
        told = f"{in_quotes(said[:40])} is no reason: an alert is resolved at once. Snooze it until then."
        raise UsageError(told, text=text, offset=text.rindex(said), length=len(said), example=_UNTIL_WELL)


def _refuse_rest(act: Act, text: str, rest: str) -> None:
    words = [word for word in rest.split() if not is_courtesy(word)]
    if words:
        offset = text.index(words[0], len(text) - len(rest))
        told = f"{in_quotes(' '.join(words)[:40])} is too much: “{act}” takes one alert, by its number or its name."
        raise UsageError(told, text=text, offset=offset, length=len(text) - offset, example=EXAMPLES[act])


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
