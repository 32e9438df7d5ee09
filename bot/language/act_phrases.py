"""Acts in other people's order of words: `give 14 to @noah`, `14 is mine`, `shut up 14`, `who has 14?`. Pure and total.

`in_order` says the same with the verb first, as `acts` and the grammar read it. What is no such phrase stays as it is.
Words that also begin a question (`done`, `start`, `quiet`) ask for an act only beside an alert's number.
"""

import re
from functools import cache
from typing import Final

_NUMBER: Final = r"(?:the\s+)?(?:alert\s*|no\.?\s*)?[#＃]?\s?[0-9]{1,12}"
_POINTER: Final = r"(?:it|this|that|this one|that one|them|these)"
_ONE: Final = rf"(?:(?P<n>{_NUMBER})|{_POINTER})"
_ANY: Final = r"(?P<a>\S.*?)"
_I: Final = r"(?:(?:i['’]?m|i am|im|i['’]?ve|i have|i['’]?ll|i|we|we['’]?ve)\s+)"
_END: Final = r"[\s.!]*"
_MENDED: Final = r"(?:fixed|mended|solved|repaired|resolved|closed|sorted|done|erledigt|behoben|gelöst|geloest)"
_NO_NAME: Final = (
    "call|duty|no|an?|any|the|failed|failures?|errors?|problems?|missed|late|been|everything|all|things|what|who|which|why|when|there|nothing|is|are|not|note|notes|comment|remark|add|write|leave|make|"
    "resolve|close|resolved|snooze|mute|silence|take|ack|release|drop|wake|undo|run|retry|retire|show|history|mark"
)
_MACHINE: Final = r"(?=\S*[^\W\d_])(?=\S*[0-9])[^\s,:]*[^\s,:?]"  # of letters and digits: `sql01`
_NO_ONE: Final = rf"(?!(?:{_NO_NAME})\b)"
_HAS: Final = (
    r"(?:has\s+(?:taken|acked|acknowledged|claimed|got)|has|have|took|acked|acknowledged|claimed|grabbed|owns|got|on|taken|handling|doing|fixing"
    r"|working\s+on|taking\s+care\s+of|looking\s+(?:at|into|after))"
)
_WHO: Final = rf"(?:who(?:['’]s|\s+is)?\s+{_HAS}|who(?:se|['’]s)\s+(?:is|has))"
_QUIET: Final = (
    r"(?:shut\s*up|shush|hush|(?:please\s+)?be\s+quiet|ignore|dismiss|stop\s+(?:alerting|nagging|paging|pinging|reminding|telling|bothering)"
    r"(?:\s+(?:me|us))?)(?:\s+(?:about|for|of|with|on)\b)?"
)
_HELLO: Final = r"(?:(?:hi|hey|hello|please|pls|bitte|(?:can|could|would|will)\s+you)[\s,!]+){0,3}"
_NO_VERB: Final = (
    r"(?!(?<=close)\s+to\b|(?<=take)\s+(?:too|longer|over\s+(?:an?|[0-9]))\b|(?<=resolve)\s+(?:dns|host|names?)\s+fail"
    r"|(?<=note)\s+(?:(?:last|this)\s+(?:week|month|night|shift)|by\s+whom?|why|when|missing)[\s?]*$)"
)
"""`SRV-SQL01 take longer than 2h`, `SRV-FILE01 close to full`, `SRV-SQL01 note last week`: no act is asked for."""
_ACTS: Final = frozenset(("take", "release", "snooze", "wake", "resolve", "undo", "note", "run"))
_POLITE: Final = re.compile(rf"{_HELLO}(?:can|could|would|will|please|pls|may|shall)\b", re.IGNORECASE)
_ASKS: Final = re.compile(
    r"[\s:,;–—-]*(?:by\s+whom?|why|since\s+when|when|how|who|or\s+not|wann|warum|wer|wieso|yesterday|today|last\s+(?:night|week)"
    r"|this\s+(?:morning|week))[\s?!.]*",
    re.IGNORECASE,
)
"""As what nobody gives a reason: `14 closed, why?`, `14 done by whom`, `14 closed last night`."""
_ABOUT_ONE: Final = re.compile(rf"{_HELLO}(?:{_NUMBER}|{_MACHINE})(?![\w-])", re.IGNORECASE)
_PHRASES: Final[tuple[tuple[str, str], ...]] = (
    # about one, in a question
    (
        r"(?:(?:(?:since|until)\s+)?when|how\s+(?:long|old|bad|late)|what\s+caused|why)\s+"
        rf"(?:(?:did|was|is|were|does|has|have|had|will|i|we|you|get|got)\s+)*(?P<n>{_NUMBER})"
        r"(?:\s+(?:been|open(?:ed)?|start(?:ed)?|fail(?:ed|ing)?|resolved?|closed?|snoozed|woken|wakes?|ends?|taken|acked|late|red|down"
        r"|critical|happen(?:ed)?|come|came|back|up))*\s*\?*",
        "why {n}",
    ),
    (
        rf"(?:what(?:['’]s|\s+is|\s+was)?\s+)?(?:the\s+)?(?:root\s+)?(?:cause|reason)\s+(?:(?:of|for|behind)\s+)?(?P<n>{_NUMBER})\s*\?*",
        "why {n}",
    ),
    (rf"(?P<n>{_NUMBER})\s+why\s*\?*", "why {n}"),
    (rf"wer\s+(?:hat|nimmt|macht)\s+(?P<n>{_NUMBER})\s*\?*", "why {n}"),
    (
        rf"(?:should|shall|must)\s+(?:i|we)\s+(?:take|ack|resolve|close|snooze|note|run)\s+(?P<n>{_NUMBER})\s*\?*",
        "why {n}",
    ),
    (
        r"(?:which\s+|what\s+)?alerts\s+(?:that\s+)?(?:nobody|no\s+one|noone)\s+(?:took|has|owns)\s*\?*",
        "alerts not taken",
    ),
    (
        r"(?:what\s+(?:was|did)\s+|alerts?\s+)?(?:resolved|closed)\s+by\s+\S.*|alerts?\s+(?:resolved|closed)\s*\?*",
        "handover",
    ),
    (r"(?:alerts?\s+)?(?:taken|acked|acknowledged|owned|claimed)\s+by\s+(?!(?:me|myself)\b)\S.*", "alerts taken"),
    (r"(?:alerts?\s+)?(?:snoozed|muted|silenced)\s+by\s+(?!(?:me|myself)\b)\S.*", "alerts snoozed"),
    (r"who\s+has\s+(?:any\s+)?(?:open\s+)?(?:alerts|problems|issues)\s*\?*", "alerts"),
    (r"who\s+has\s+(?:any\s+)?critical\s+alerts\s*\?*", "alerts critical"),
    (r"who\s+has\s+(?:any\s+)?(?P<p>warnings|failures|errors)\s*\?*", "{p}"),
    # who has it
    (rf"{_WHO}\s+(?P<n>{_NUMBER})\s*\?*", "why {n}"),
    (
        rf"(?:has|was|is)\s+(?P<n>{_NUMBER})\s+(?:already\s+)?(?:been\s+)?(?:taken|acked|acknowledged|claimed|owned|resolved|closed|snoozed)(?:\s+already|\s+by\s.*)?\s*\?*",
        "why {n}",
    ),
    (rf"{_WHO}\s+{_POINTER}\s*\?*", "alerts taken"),
    (rf"(?:is|has)\s+(?:any|some)(?:one|body)\s+(?:already\s+)?{_HAS}\s+(?P<n>{_NUMBER})\s*\?*", "why {n}"),
    (
        rf"(?:is|has)\s+any(?:one|body)\s+{_HAS}\s+{_NO_ONE}(?!{_POINTER}\b){_ANY}\s*\?*",
        'alerts for "{a}"',
    ),
    (r"who\s+(?:has|took|owns)\s+what\s*\?*", "alerts taken"),
    (rf"{_WHO}\s+{_NO_ONE}{_ANY}\s*\?*", 'alerts for "{a}"'),
    (
        r"what\s+(?:(?:did|have|do)\s+i\s+(?:take|taken|have|own|snooze|snoozed|got)|is\s+mine|am\s+i\s+on)\s*\?*",
        "mine",
    ),
    (
        r"(?:(?:can|could)\s+you\s+)?(?:what\s+(?:do|must|should)\s+(?:i|we)\s+(?:have\s+to\s+)?|(?:make|write|prepare)\s+(?:me\s+)?(?:the|a|my)\s+)?"
        r"(?:shift\s+(?:report|handover|summary|change)|end\s+of\s+(?:the\s+|my\s+)?shift|hand[\s-]?(?:over|off))"
        r"(?:\s+(?P<p>(?:of|for)\s.*|today|yesterday|tonight|last\s.*|this\s.*|since\s.*))?(?:\s+please)?\s*\?*",
        "handover {p}",
    ),
    (
        r"(?:what\s+(?:was|were|got|is)\s+)?(?:resolved|closed)\s+(?:alerts?\s*)?(?P<p>today|yesterday|tonight|last\s.*|this\s.*|since\s.*)",
        "handover {p}",
    ),
    (r"(?:what\s+(?:was|were|got|is)\s+)(?:resolved|closed)\s*\?*|(?:resolved|closed)\s+alerts?|closed", "handover"),
    # to whom
    (rf"(?:give|hand|assign|pass)\s+me\s+(?P<n>{_NUMBER})", "take {n}"),
    (
        rf"(?:give|hand(?:\s*over)?|assign|reassign|re-assign|pass|transfer|delegate)\s+(?:over\s+)?{_ONE}(?:\s+over)?(?:\s+on)?"
        r"\s+to\s+(?P<p>\S.*)",
        "take {n} for {p}",
    ),
    (
        rf"(?:give|hand(?:\s*over)?|assign|reassign|re-assign|pass|transfer|delegate)\s+(?:over\s+)?(?!(?:me|us)\b){_ANY}"
        r"(?:\s+over)?(?:\s+on)?\s+to\s+(?P<p>@\S.*|me|myself)",
        "take {a} for {p}",
    ),
    (rf"(?P<n>{_NUMBER})\s+(?:is\s+)?(?:for|to)\s+(?P<p>@\S.*|me)", "take {n} for {p}"),
    (rf"(?P<p>@\S+)\s+(?:takes|take|has|gets|owns)\s+(?P<n>{_NUMBER})", "take {n} for {p}"),
    (r"(?:alerts?\s+)?(?:assigned\s+to|taken\s+by|owned\s+by|acked\s+by)\s+(?:me|myself)\s*\?*", "mine"),
    (rf"(?:mine|my\s+alerts)\s+(?:at|for|of|from)?\s*(?!{_NUMBER})(?P<a>[^\W\d].*)", "alerts mine {a}"),
    # taking
    (rf"{_I}?(?:got|have|on|taking|handling)\s+{_POINTER}", "take"),
    (rf"(?:{_I})(?:got|have|on|taking|handling|doing|own|took)\s+(?P<n>{_NUMBER})", "take {n}"),
    (
        rf"(?P<n>{_NUMBER})[\s:,]+{_I}?(?:now\s+)?(?:looking(?:\s+(?:at|into)\s+{_POINTER})?|on\s+{_POINTER}|working\s+on\s+{_POINTER}"
        r"|investigating|checking)",
        "take {n}",
    ),
    (rf"assign\s+(?P<n>{_NUMBER})\s+(?:to\s+)?(?P<p>@\S.*)", "take {n} for {p}"),
    (rf"ich\s+(?:nehme|übernehme|uebernehme|mache|habe)\s+(?P<n>{_NUMBER})", "take {n}"),
    (rf"mine[\s:,]+(?P<n>{_NUMBER})", "take {n}"),
    (rf"{_ONE}(?:\s+is|['’]s)?\s+mine", "take {n}"),
    (rf"{_NO_ONE}{_ANY}\s+is\s+mine", "take {a}"),
    (rf"take\s*over\s+(?P<n>{_NUMBER})", "take over {n}"),
    (rf"takeover\s+{_ANY}", "take over {a}"),
    # releasing
    (
        rf"take\s+(?P<n>{_NUMBER})\s+off"
        r"(?:\s+(?:of\s+)?(?:me|us|(?:my|our)\s+(?:list|plate|hands|name|desk|queue)))?(?:[\s,]+(?:please|now|thanks|thx))*\s*\?*",
        "release {n}",
    ),
    (rf"let\s+(?P<n>{_NUMBER})\s+go", "release {n}"),
    (rf"(?:let\s+go(?:\s+of)?|give\s+back|hand\s+back|put\s+back|unassign|un-assign|untake)\s+{_ANY}", "release {a}"),
    (rf"(?:give|hand|put)\s+{_ANY}\s+back", "release {a}"),
    (rf"(?P<n>{_NUMBER})\s+(?:is\s+not|isn['’]?t|not)\s+mine", "release {n}"),
    (rf"not\s+mine[\s:,]+(?P<n>{_NUMBER})", "release {n}"),
    # silence
    (rf"stop\s+(?:the\s+)?snooz(?:ing|e)(?:\s+of)?\s+{_ANY}", "wake {a}"),
    (rf"(?:end|cancel|undo)\s+(?:the\s+)?snooze(?:\s+(?:of|on|for))?\s+{_ANY}", "wake {a}"),
    (rf"wake\s+up\s+{_ANY}", "wake {a}"),
    (rf"wake\s+(?P<n>{_NUMBER})\s+up", "wake {n}"),
    (rf"remind\s+me\s+(?:of|about|on)\s+(?P<n>{_NUMBER})\s+(?P<p>\S.*)", "snooze {n} {p}"),
    (rf"remind\s+me\s+(?P<p>\S.*?)\s+(?:of|about|on)\s+(?P<n>{_NUMBER})", "snooze {n} {p}"),
    (rf"{_QUIET}\s+{_ANY}", "snooze {a}"),
    (_QUIET, "snooze"),
    (
        rf"extend\s+(?:(?:the\s+)?snooze\s+(?:of|on|for)\s+)?(?P<n>{_NUMBER})\s+(?:(?:by|for)\s+)?(?P<p>\S.*)",
        "snooze {n} {p}",
    ),
    (rf"(?:quiet|quieten|calm|later|not now)\s+(?P<n>{_NUMBER})(?P<p>\s.*)?", "snooze {n} {p}"),
    # over
    (r"undo\s+(?:the\s+)?(?:resolve|resolved|resolving|close|closing)(?:\s+(?:of|on))?\s*(?P<a>.*)", "undo {a}"),
    (r"(?:re-?open|unresolve|un-resolve|unclose)\b\s*(?P<a>.*)", "undo {a}"),
    (rf"open\s+(?P<n>{_NUMBER})\s+again", "undo {n}"),
    (rf"open\s+(?P<n>{_NUMBER})", "show {n}"),
    (rf"open\s+{_ANY}\s+again", "undo {a}"),
    (rf"(?:{_MENDED}|fix|solve)[\s:,]+(?P<n>{_NUMBER})(?P<p>(?=[\s:,.;]).*)?", "resolve {n} {p}"),
    (rf"(?:fixed|mended|solved|repaired)\s+{_ANY}", "resolve {a}"),
    (rf"(?:i['’]?m\s+)?(?:done|finished)\s+with\s+(?P<n>{_NUMBER})", "resolve {n}"),
    (
        rf"(?:close|resolve)\s+(?:the\s+)?(?:ticket|incident|case|issue|problem)\s+(?P<n>{_NUMBER})(?P<p>(?=[\s:,.;]).*)?",
        "resolve {n} {p}",
    ),
    (rf"mark\s+{_ANY}\s+(?:as\s+)?{_MENDED}", "resolve {a}"),
    (rf"(?P<n>{_NUMBER})(?:\s+ist?|['’]s)?(?:\s+now)?[\s:,]+{_MENDED}(?:[\s:,–—-]+(?P<p>\S.*))?", "resolve {n} {p}"),
    (rf"{_POINTER}(?:\s+is|['’]s)(?:\s+now)?\s+{_MENDED}", "resolve"),
    (rf"{_NO_ONE}{_ANY}\s+is(?:\s+now)?\s+(?:fixed|mended|solved|repaired)", "resolve {a}"),
    # notes
    (rf"(?:add|write|leave|make)\s+(?:a\s+)?(?:note|comment)\s+(?:(?:to|on|for|about)\s+)?{_ANY}", "note {a}"),
    (rf"(?:comment|remark)\s+(?:(?:to|on|for|about)\s+)?{_ANY}", "note {a}"),
    (r"(?:show\s+)?notes\s+(?:of|on|for|about)\s+(?P<a>\S.*)", "history {a}"),
    # again
    (rf"try\s+again\s+(?P<n>{_NUMBER})", "run {n}"),
    (rf"(?:start|restart|re-run|try)\s+(?P<n>{_NUMBER})(?:\s+(?:again|now))?", "run {n}"),
    (rf"run\s+(?P<n>{_NUMBER})\s+(?:again|now)", "run {n}"),
    (r"(?:run|start|back\s*up)\s+(?P<a>\S*[0-9_-]\S*)\s+(?:now|again)", 'run "{a}"'),
    (
        r"(?:start|restart|run|trigger|launch|kick\s+off)\s+(?:(?:the|a)\s+)?(?:backup|back-up|run|job)\s+(?:(?:of|for|on)\s+)?(?P<a>\S*[0-9_-]\S*)"
        r"(?:\s+(?:now|again))?",
        'run "{a}"',
    ),
    (r"(?:start|trigger|launch|kick\s+off)\s+(?P<a>\S*[0-9_-]\S*)", 'run "{a}"'),
    # the verb and the number in one; machines are called note15 and close2
    (
        r"(?P<v>ack|take|snooze|mute|resolve)#?(?P<n>[0-9]{1,12})(?P<p>(?=[\s:,.;!?]).*)?",
        "{v} {n} {p}",
    ),
    # the number before the verb
    (
        rf"(?P<n>{_NUMBER})[\s:,]+(?P<v>take|ack|release|drop|snooze|mute|silence|wake|unmute|unsnooze|resolve|close|note|undo|why)"
        r"(?:[\s:,]+(?P<p>\S.*))?",
        "{v} {n} {p}",
    ),
    # a machine's name before the verb
    (
        rf"{_NO_ONE}(?P<a>{_MACHINE})[\s:,]+(?P<v>take|ack|release|snooze|mute|silence|wake|unmute|resolve|close|note|rerun|retry){_NO_VERB}"
        r"(?:[\s:,]+(?P<p>\S.*))?",
        '{v} "{a}" {p}',
    ),
    (rf"{_NO_ONE}(?P<a>{_MACHINE})\s+(?:fixed|mended|solved|repaired)(?:[\s:,–—-]+(?P<p>\S.*))?", 'resolve "{a}" {p}'),
)
_LONGEST: Final = 400
_NAMED: Final = re.compile(r"\(\?P<\w+>")
_BLANKS: Final = re.compile(r"[^\S\n]+")
_PARTS: Final = ("a", "n", "p", "v")


@cache
def _read() -> tuple[tuple[re.Pattern[str], str], ...]:
    """Compiled by the first question: that takes longer than a start should wait."""
    return tuple((re.compile(rf"{_HELLO}{phrase}{_END}", re.IGNORECASE | re.DOTALL), said) for phrase, said in _PHRASES)


@cache
def _any() -> re.Pattern[str]:
    """All of them as one: most questions are none of them, and are told so at once."""
    every = "|".join(f"(?:{phrase})" for phrase, _ in _PHRASES)
    return re.compile(rf"{_HELLO}(?:{re.sub(_NAMED, '(?:', every)}){_END}", re.IGNORECASE | re.DOTALL)


def in_order(text: str) -> str:
    """The same with its verb first; the text itself where it is no such phrase."""
    if len(text) > _LONGEST:
        return text
    single = _BLANKS.sub(" ", text.strip())
    if not _any().fullmatch(single):
        return text
    for phrase, said in _read():
        if found := phrase.fullmatch(single):
            named = found.groupdict()
            parts = {part: (named.get(part) or "").strip() for part in _PARTS}
            command = said.format(**parts).strip()
            if not _is_question(single, command, parts["p"]):
                return command
            return f"why {parts['n']}" if parts["n"] else text
    return text


def _is_question(typed: str, command: str, reason: str) -> bool:
    """Whether it is asked about what the act would do: `14 for @noah?`, `14 closed, why?`. A verb in front is no
    question, nor is a favour, and a note may ask what it likes."""
    verb = command.split(maxsplit=1)[0]
    if verb not in _ACTS or _POLITE.match(typed):
        return False
    asks = bool(reason) and verb != "snooze" and _ASKS.fullmatch(reason) is not None
    return asks or (verb != "note" and typed.endswith("?") and _ABOUT_ONE.match(typed) is not None)
