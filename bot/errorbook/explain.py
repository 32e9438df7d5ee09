"""What went wrong, in one line that may be shown to people.

Acronis's error texts are cleaned here: noise, addresses, host names, paths and ids go, what a person can use stays. The
result is clean, not escaped: customers' words are still in it. Knows nothing of Slack.
"""

import re
from collections import deque
from collections.abc import Mapping
from functools import lru_cache
from operator import itemgetter

from bot.model import Cause, Fault

MOST_CHARACTERS = 300
_READ = 1000  # characters of a text that are looked at: the rest could not be shown anyway

_INVISIBLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]+")
_GUID = r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}"
_HOST = (
    r"(?<![a-z0-9_-])(?![a-z0-9_]++\.(?-i:[A-Z][a-z]+)\b(?!\.))"
    r"(?:[a-z0-9_][a-z0-9_-]{0,62}\.){1,8}[a-z_][a-z0-9_-]{1,62}"
)
_SECRETIVE = "|".join(
    (
        r"\b(?:password|passwd|pwd|passphrase|(?:client[_ -]?)?secret|(?:access[_ -]?|auth[_ -]?|refresh[_ -]?)?token"
        r"|(?:api|access|account|shared)[_ -]?key)\s{0,3}[=:]\s{0,3}[\"']?[^\s\"';,&]+",
        r"\bAKIA[0-9A-Z]{12,}\b",  # a key of Amazon's
        r"\b[0-9a-f]{32,}\b",  # a token, or a checksum: it helps nobody
        r"\[?(?<![\w:])(?:[0-9a-f]{1,4}:){1,7}:(?:[0-9a-f]{1,4}:?){0,7}(?!\w)(?:%\w{1,20})?\]?(?::\d+)?",  # short IPv6
        r"(?:(?<![\w+.-])[\w+.-]{1,40}+)?://[^\s\"'<>]*",
        r"\b[a-z][a-z0-9+.-]{1,19}:/[^\s\"'<>]+",  # avfs:/…
        r"(?:(?<![\w.+-])[\w.+-]{1,64}+|(?<=[\w.+-]))@[\w.-]{1,255}",
        r"\b[a-z]:[\\/](?:[^\\/\"'<>|*?:;,]{1,100}[\\/])*[^\s\"'<>|*?:;,]*",  # C:\…
        r"\\\\[^\s\"'<>|]*[^\s\"'<>|.,;:]",  # \\server\share
        r"(?<![\w/])/(?:[\w.@%+~-]+/)+[\w.@%+~-]*",  # /var/lib/…
        rf"{_GUID}[0-9a-z]*",
        r"\b0x[0-9a-f]+\b",
        r"\d{1,9}(?:\.\d{1,3}){3}(?::\d+)?\b",  # an address, and digits that stick to it
        r"(?<![\w:])(?:[0-9a-f]{1,4}:){3,7}:?[0-9a-f]{1,4}(?![\w:])",  # IPv6, not a time of day
        rf"{_HOST}(?::\d+)?",
        r"(?<![\w`'~])[\w`'~]++(?:::[\w`'~-]++)+",  # names from the source code
        r"\b\d{9,}\b",
    )
)
_UNFIT = re.compile(_SECRETIVE, re.IGNORECASE)
_QUOTED = re.compile(r"([\"'“‘«])([^\"'“”‘’«»]*)[\"'”’»]")
_NOISE = re.compile(
    r"TOL: Failed to execute the command\.?|\bTOL:(?!:)|Server response message:.*$|\{\s*\".*\}|\{\s*\".*$"
    r"|</?(?:html|head|title|body|center|h\d|hr|p|br|pre|div)\b[^<>]{0,100}>",
    re.IGNORECASE | re.DOTALL,
)
_LEFT_BY_A_CUT = re.compile(
    r"\b(?:with|of|for|from|to|at|on|in|by) (?:the )?"
    r"(?:(?:(?:class|group) )?(?:URL|URI|ID|UUID|GUID|host|path|address|tenant|app) ?[=:]? ?)?\x00"
    r"|\b(?:error code|error|code) ?[=:]? ?\x00(?= ?(?:[.,;)]|$))"
    r"|[=:]? ?\x00",
    re.IGNORECASE,
)
_BEFORE_A_STOP = re.compile(r" (?=[.,;:!?)](?!=))")
_EMPTY_BRACKETS = re.compile(r"\(\s*\)|\[\s*\]|<\s*>|\{\s*\}")
_STOPS = re.compile(r"([.,;:])(?:\s*[.,;:])+")
_NOTHING_KNOWN = Cause()
_REMEMBERED = 1024  # a failed run is explained more than once, and many fail for one cause
_CAUSES = ("cause_str", "cause", "message", "errormessage", "msg", "error", "text", "reason", "description")
_NO_CAUSES = frozenset(
    ("code", "domain", "payload", "id", "uuid", "type", "tag", "$module", "kblink", "sercode", "file")
)
_MOST_LOOKED_AT = 1000
_SAYS_SOMETHING = re.compile(r"[^\W\d_]{2,}")


def explain(fault: Fault | None) -> Cause:
    """What the error book made of it, else the error's own words. Empty where nothing is known."""
    if fault is None:
        return _NOTHING_KNOWN
    return cleaned(fault) if fault.explained is None else fault.explained


@lru_cache(maxsize=_REMEMBERED)
def cleaned(fault: Fault) -> Cause:
    """The first text that still says something once it is clean: cause, message, leaf, effect; else the code."""
    code, ser_code = one_line(fault.code), one_line(fault.ser_code)
    lines = map(clean, (fault.cause, fault.message, fault.leaf, fault.effect))
    return Cause(next(filter(_SAYS_SOMETHING.search, lines), code[:MOST_CHARACTERS]), code, ser_code)


def says_something(text: str) -> bool:
    """Whether there is a word in it."""
    return _SAYS_SOMETHING.search(text) is not None


def text_in(value: object) -> str:
    """The text that best says a cause, in a place that nobody documented; "" where there is none.

    What is named as a cause or a message comes first, then what stands least deep.
    """
    found: list[tuple[int, str]] = []
    waiting = deque([("", value)])
    for _ in range(_MOST_LOOKED_AT):
        if not waiting:
            break
        name, each = waiting.popleft()
        if isinstance(each, str) and _SAYS_SOMETHING.search(each) and name not in _NO_CAUSES:
            found.append((_CAUSES.index(name) if name in _CAUSES else len(_CAUSES), each))
        elif isinstance(each, Mapping):
            waiting.extend((str(key).casefold(), inner) for key, inner in each.items())
        elif isinstance(each, list):
            waiting.extend((name, inner) for inner in each)
    return min(found, key=itemgetter(0), default=(0, ""))[1]


def clean(text: str) -> str:
    """`text` as one line of at most 300 characters, without what must not be shown in a channel."""
    line = one_line(_NOISE.sub(" ", text[:_READ]))
    line = _QUOTED.sub(_without_unfit_quotes, line)
    line = _LEFT_BY_A_CUT.sub(" ", _UNFIT.sub("\x00", line))
    line = _BEFORE_A_STOP.sub("", " ".join(_EMPTY_BRACKETS.sub("", line).split()))
    return _cut(_STOPS.sub(r"\1", line).lstrip(" .,;:-").rstrip(" ,;:-"))


def one_line(text: str) -> str:
    """Without control and invisible characters, every run of blanks one."""
    return " ".join((text if text.isprintable() else _INVISIBLE.sub(" ", text)).split())


def _without_unfit_quotes(match: re.Match[str]) -> str:
    """A quoted name that holds an id or an address goes whole: half a name helps nobody."""
    return "\x00" if not match[2].strip() or _UNFIT.search(match[2]) else match[0]


def _cut(line: str) -> str:
    if len(line) <= MOST_CHARACTERS:
        return line
    kept = line[: MOST_CHARACTERS - 1]
    return (kept.rsplit(" ", 1)[0] or kept).rstrip(" ,;:") + "…"
