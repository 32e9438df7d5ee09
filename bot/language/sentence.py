"""Cuts what a person typed into words. Each word knows where it stood; the sentence knows when and where it was typed.

    quoted = "…" | “…” | „…“ | «…» | '…'      one name; a double quote inside is written twice
    sign   = > | <                            before a number
    dash   = - | -- | –  | —                  right before a word: read as `not`; between times: as `to`; else nothing

This file undoes what phones do to text: curly quotes, long dashes, non-breaking spaces, invisible marks, capitals and
stray dots, and the 's of a time (`monday's`). It knows no other word of the language.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from bot.errors import UsageError
from bot.language.known import NOBODY, KnownNames
from bot.model import OUR_SIGNS, cleaned, composed
from bot.model.values import dataclass
from bot.model.zones import local_of

ADVICE = "/tasks failed since yesterday"  # the example of an error that has no better one
NOT: Final = "not"  # a dash right before a word is read as this word
_ANY_TIME = datetime(2000, 1, 1, tzinfo=UTC)
_UTC = ZoneInfo("UTC")
_MOST_SHOWN = 40
_DOUBLE = '"“”„‟«»″＂〝〞'
_SINGLE = "'‘’‚‛‹›"
_DASHES = "-‐‑‒–−—―"
_PIECE = re.compile(
    rf"(?P<comma>[,;])"
    rf"|(?<![^\s,;])(?P<dash>[{_DASHES}]{{1,3}}|!)(?=[\w*∗{_DOUBLE}{_SINGLE}])"
    r"|(?<![^\s,;])(?P<sign>[<>])(?=\s*[0-9])"
    rf"|[{_DOUBLE}](?P<double>(?:[^{_DOUBLE}]++|(?P<twice>[{_DOUBLE}])(?P=twice))*+)[{_DOUBLE}]"
    rf"|(?P<open>[{_DOUBLE}])"
    rf"|(?<![^\s,;{_DASHES}])[{_SINGLE}](?P<single>.{{1,300}}?)[{_SINGLE}](?=[\s,;.:!?)]|$)"
    rf"|(?P<key>[^\W\d_]++)[:=](?=[\w*{_DOUBLE}{_SINGLE}])"
    r"|(?P<long>[—―])"
    rf"|(?P<word>[^\s,;—―]+)",
    re.DOTALL,
)
_DECIMAL = re.compile(
    r"(?<=[0-9]),(?=[0-9]{1,3} ?(?:h|hrs?|hours?|d|days?|w|weeks?|std|stunden?|tage?n?)\b)", re.IGNORECASE
)
"""The comma of `1,5h`."""
_TWICE = re.compile(rf"([{_DOUBLE}])\1")
TO: Final = "to"
_WEEKDAY = (
    "(?:(?:mon|tues?|wed|thu(?:rs)?|fri|sat|sun)(?:day|nesday|rsday|urday)?"
    "|mo|di|mi|do|fr|sa|so|(?:mon|diens|donners|frei|sams|sonn)tag|mittwoch|sonnabend)"
)
_CLOCK = "[0-9]{1,2}(?:[:.][0-9]{2}(?:am|pm)?|am|pm)|[0-2][0-9][0-5][0-9]"
_DOTTED = r"[0-9]{1,2}\.[0-9]{1,2}(?:\.(?:[0-9]{4}|[0-9]{2})?)?"
_MONTH = (
    "(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sep(?:t|tember)?|oct(?:ober)?"
    "|nov(?:ember)?|dec(?:ember)?|q[1-4])"
)
_ENDS = f"({_CLOCK}|midnight|noon|{_WEEKDAY}|{_DOTTED}|{_MONTH})"
_TIMES = re.compile(f"{_ENDS}-{_ENDS}")
_SAME_HALF = re.compile("([0-9]{1,2})-([0-9]{1,2}(am|pm))")
_PART_OF_MONTH = re.compile(f"(early|mid|late)-({_MONTH})")
_DOTS = re.compile(r"([0-9][0-9:t-]{0,18}|[a-z]{3,9})\.{2,3}([0-9][0-9:t-]{0,18}|[a-z]{3,9})")
_FOUR_DIGITS = re.compile("^([0-9]{2})([0-9]{2})$")
_TIME_LIKE = re.compile(
    rf"{_CLOCK}|{_WEEKDAY}|{_MONTH}|yesterday|today|gestern|heute|[0-9]{{1,4}}[-./][0-9].*|am|pm|midnight|noon"
)
_DAY_LIKE = re.compile(r"[0-3]?[0-9](?:st|nd|rd|th|\.[0-9]{1,2}(?:\.[0-9]{2,4})?)?")
_POSSESSIVE = re.compile("['’]?s$")
_SHORTCODE = re.compile(r":[a-z0-9_+'-]+:")
_SYMBOLS = frozenset(("So", "Sk"))
_NOON = 12
_HALVES = ("am", "pm")
_TURNS = frozenset(("midnight", "noon"))  # of the day: a clock may follow them
_APOSTROPHES = ("'", "’")
_DAYS = frozenset(("today", "yesterday", "tonight"))
_OWNERS = _DAYS | frozenset(
    [
        "night",
        "overnight",
        "week",
        "month",
        "weekend",
        "morning",
        "afternoon",
        "evening",
        "monday",
        "tuesday",
        "wednesday",
        "thursday",
        "friday",
        "saturday",
        "sunday",
        *("january", "february", "march", "april", "june", "july", "august"),
        *("september", "october", "november", "december"),
    ]
)
_EITHER_QUOTE = re.compile(rf"[{_DOUBLE}]")
_EDGES = "\"'`“”„‘’‚«»‹›.:!?…()[]{}<>*_~|"
_NAME_EDGES = " \"'`“”„«»‹›.:!?…"
_LOOK_ALIKES = dict.fromkeys(map(ord, "‐‑‒–−"), "-") | dict.fromkeys(map(ord, "‘’‛"), "'") | OUR_SIGNS


class Token(NamedTuple):
    """One word in its plain form, and where it was typed. `name`: it stood in quotes; `apart`: after a comma."""

    word: str
    offset: int
    length: int
    name: str = ""
    apart: bool = False


@dataclass(frozen=True, slots=True)
class Sentence:
    """What was typed, when and in which zone. A stretch of words goes from `first` up to, not including, `until`.

    Words for a severity are known only where it `has_severities`, words for how a restore point stands only where it
    `has_standings`: tenants may be called so. `names` are known; words that are `passed` over say what the verb says.
    """

    text: str
    tokens: tuple[Token, ...]
    now: datetime
    zone: ZoneInfo
    has_severities: bool = False
    has_standings: bool = False
    names: KnownNames = NOBODY
    passed: frozenset[str] = frozenset()

    @property
    def end(self) -> int:
        return len(self.tokens)

    @property
    def minute(self) -> datetime:
        """The full minute (UTC) at which it was typed."""
        return self.now.astimezone(UTC).replace(second=0, microsecond=0)

    @property
    def today(self) -> date:
        return local_of(self.now, self.zone).date()

    def word(self, at: int) -> str:
        """The word at this place; "" past the end, and for a name in quotes, which is no word."""
        if at < 0:
            return ""
        try:  # the most frequent call of all: a look at the length would be another
            token = self.tokens[at]
        except IndexError:
            return ""
        return "" if token.name else token.word

    def name(self, first: int, until: int) -> str:
        """The words as a name: `Smith & Sons`."""
        if self.tokens[first].name:
            return self.tokens[first].name
        offset, length = self.span(first, until)
        return cleaned(self.text[offset : offset + length]).strip(_NAME_EDGES)

    def shown(self, first: int, until: int | None = None) -> str:
        """The words as typed, in quotes, cut where they are long; "" past the end. Without `until` one word."""
        offset, length = self.span(first, until)
        typed = self.text[offset : offset + length]
        typed = typed if length <= _MOST_SHOWN else typed[:_MOST_SHOWN] + "…"
        return f"“{typed.strip(_DOUBLE)}”" if length else ""

    def fault(
        self, told: str, first: int, until: int | None = None, example: str = ADVICE, meant: Sequence[str] = ()
    ) -> UsageError:
        """An error that points at these words, or at the text's end. Without `until` it points at one word."""
        offset, length = self.span(first, until)
        return UsageError(told, text=self.text, offset=offset, length=length, example=example, meant=meant)

    def span(self, first: int, until: int | None) -> tuple[int, int]:
        """Where the words stand in the text, and how many characters they take."""
        if not 0 <= first < len(self.tokens):
            return len(self.text), 0
        last = self.tokens[min(max(first + 1, until or 0), len(self.tokens)) - 1]
        offset, end = self.tokens[first].offset, last.offset + last.length
        if end < offset:  # words were moved to the front
            offset, end = last.offset, self.tokens[first].offset + self.tokens[first].length
        return offset, end - offset


def read(text: str, now: datetime = _ANY_TIME, zone: ZoneInfo = _UTC, names: KnownNames = NOBODY) -> Sentence:
    """Cuts the text into words. Raises UsageError where a quote is opened and never closed."""
    tokens, apart = list[Token](), False
    spelled = _DECIMAL.sub(".", text) if "," in text else text
    is_dashed, has_signs = False, ":" in text or not text.isascii()
    for piece in _PIECE.finditer(spelled):
        if piece.lastgroup == "open":
            told = "A quote is opened here and not closed."
            raise UsageError(told, text=text, offset=piece.start(), length=1, example='/tasks tenant "Acme Corp"')
        token = _token(piece, apart=apart)
        if has_signs and not token.name and _is_emoji(token.word, piece[0]) and not names.most_words(token.word):
            continue
        is_word = bool(token.name or token.word.strip("-"))
        if is_word:
            if is_dashed and _is_stretch(tokens[-1:], token):
                tokens.append(Token(TO, token.offset, 0))
            if ".." in token.word:
                tokens.extend(_stretched(token))
            elif "-" in token.word:
                tokens.extend(_parted(token))
            else:
                tokens.append(token)
        is_dashed = not is_word and piece.lastgroup in ("word", "long")
        apart = piece.lastgroup == "comma" or (apart and not is_word)
    return Sentence(text, tuple(tokens), now, zone, names=names)


def _is_emoji(word: str, typed: str) -> bool:
    """Signs without a letter or a digit, and `:fire:`, as Slack writes them. They say nothing."""
    if word.isascii():
        return typed[:1] == ":" and bool(_SHORTCODE.fullmatch(typed))
    return not any(char.isalnum() for char in word) and any(unicodedata.category(char) in _SYMBOLS for char in word)


def _is_stretch(before: Sequence[Token], token: Token) -> bool:
    """Whether a dash between blanks is read as `to`: times stand before and after it (`22:00 – 06:00`)."""
    if not before:
        return False
    are_times = all(_TIME_LIKE.fullmatch(each.word) and not each.name for each in (*before, token))
    are_days = all(_DAY_LIKE.fullmatch(each.word) and not each.name for each in (*before, token))
    return are_times or are_days or (before[0].word in _HALVES and token.word.isdecimal())


def _begins_alike(first: str, last: str) -> bool:
    return first[:1].isdigit() is last[:1].isdigit()


def _parted(token: Token) -> Iterator[Token]:
    """`22:00-06:00` and `mon-wed` as two times with `to` between, `mid-june` as two words."""
    if not token.name and (half := _SAME_HALF.fullmatch(token.word)) and int(half[1]) < int(half[2][:-2]) < _NOON:
        yield from (
            token._replace(word=f"{half[1]}{half[3]}"),  # `3-5am`
            Token(TO, token.offset, 0),
            token._replace(word=half[2], apart=False),
        )
        return
    times = None if token.name else _TIMES.fullmatch(token.word)
    found = times or (None if token.name else _PART_OF_MONTH.fullmatch(token.word))
    if found is None or not (_begins_alike(found[1], found[2]) or _TURNS.intersection((found[1], found[2]))):
        yield token
        return
    dash = token.word.index("-")
    yield token._replace(word=_FOUR_DIGITS.sub(r"\1:\2", found[1].rstrip(".")), length=dash)
    if times:
        yield Token(TO, token.offset + dash, 1)
    yield token._replace(
        word=_FOUR_DIGITS.sub(r"\1:\2", found[2]),
        offset=token.offset + dash + 1,
        length=token.length - dash - 1,
        apart=False,
    )


def _stretched(token: Token) -> Iterator[Token]:
    """`2026-11-01..2026-11-07` as two times with `to` between."""
    found = None if token.name else _DOTS.fullmatch(token.word)
    if found is None:
        yield token
        return
    first, last = found.span(1), found.span(2)
    yield token._replace(word=found[1], length=first[1])
    yield Token(TO, token.offset + first[1], last[0] - first[1])
    yield Token(found[2], token.offset + last[0], token.length - last[0])


def _token(piece: "re.Match[str]", *, apart: bool) -> Token:
    """The token of this piece; its word is "" where the piece is no word."""
    kind, (offset, end) = piece.lastgroup or "", piece.span()
    typed, name, word = piece[kind], "", ""
    match kind:
        case "word" | "key":
            word = plain(typed)
            if word[-1:] == "s" and (owner := _POSSESSIVE.sub("", word)) in (
                _OWNERS if word[-2:-1] in _APOSTROPHES else _DAYS
            ):
                word = owner
        case "double" | "single":
            name = cleaned(_TWICE.sub(r"\1", typed) if kind == "double" else typed)
            word = plain(name) or name
        case "dash":
            word = NOT
        case "sign":
            word = typed
    return Token(word, offset, end - offset, name, apart)


def quoted_at(text: str, offset: int) -> tuple[str, int] | None:
    """The name in quotes that begins here, and where its last quote ends."""
    piece = _PIECE.match(text, offset)
    if piece is None or piece.lastgroup not in ("double", "single") or not piece[piece.lastgroup]:
        return None
    return _token(piece, apart=False).name, piece.end()


def plain(raw: str) -> str:
    """The word without capitals, look-alike characters, invisible marks and punctuation at its ends."""
    if not raw.isascii():
        raw = composed(raw, "NFKC").translate(_LOOK_ALIKES)
        raw = "".join(char for char in raw if unicodedata.category(char) not in {"Cf", "Mn"})
    return raw.casefold().strip(_EDGES)


def in_quotes(name: str) -> str:
    """The name in quotes, so that it is read back as the same name."""
    return f"“{_EITHER_QUOTE.sub(lambda quote: quote[0] * 2, name)}”"
